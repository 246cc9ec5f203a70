"""The demo: a bundled day of invented papers in the exact wire formats, and the subscribers who read it.

`papers/` is what people edit, `captured/` is what `python -m digest.demo.build` makes of it. Sends nothing.
"""

from datetime import date
from pathlib import Path

DAY = date(2026, 11, 20)
CAPTURED = Path(__file__).parent / "captured"
