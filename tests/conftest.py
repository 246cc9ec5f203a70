"""What every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases"]

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def samples() -> Path:
    if not SAMPLES.is_dir():
        pytest.skip("the captured samples (a folder `shared/samples` beside the checkout) are not on this machine")
    return SAMPLES
