"""What every test may ask for."""

from pathlib import Path

import pytest
import structlog

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


@pytest.fixture(autouse=True)
def _logs_of_nobody_else() -> None:
    """Forget what a command of an earlier test has set: it logs only trouble, and tests look at other events too."""
    structlog.reset_defaults()
