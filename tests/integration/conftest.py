"""What integration tests may ask for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.telegram_chats import ChatServer
from tests.talks import Talk

GOLDEN = Path(__file__).parents[1] / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def assert_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with `tests/golden/<name>`, or write it there with `pytest tests/integration --update-golden`."""
    is_update = request.config.getoption("--update-golden", default=False)

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if is_update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.is_file(), f"no golden file {name}: run pytest tests/integration --update-golden and read the diff"
        assert text == path.read_bytes().decode("utf-8")

    return compare


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """Run a Bot API server on loopback, where a bot may listen. Tests of other servers have their own by this name."""
    with ChatServer() as running:
        yield running


@pytest.fixture
def talk(server: ChatServer) -> Talk:
    """Give Ada's private chat with the bot."""
    return Talk(server)
