"""What every test may ask for."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

pytest_plugins = ["tests.databases"]

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
# How many new objects, then collections of them, make Python look for garbage; 700, 10 and 10 by default.
GARBAGE = (20_000, 10, 10)


def pytest_collection_finish() -> None:
    """Spare the garbage collector the modules and tests that are there to stay: it took a seventh of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    """Let the commands that tests start keep what they have compiled, also where Python is told not to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


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
