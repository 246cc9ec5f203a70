"""What is said of trouble: the standard's words and ours, never the server's, which are not ours to repeat. Pure."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import httpx

UNTOUCHED: Final = "what is stored is kept and the next run tries again"

# The first that fits is said; anything else httpx or TLS raises “could not be read”.
_TROUBLES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "did not let us connect in time"),
    (httpx.TimeoutException, "did not answer in time"),
    (httpx.ConnectError, "could not be reached"),
    (httpx.ProxyError, "could not be reached through the proxy"),
    (httpx.RemoteProtocolError, "broke off its answer, or it is no answer of a web server"),
    (httpx.NetworkError, "broke off its answer"),
    (httpx.UnsupportedProtocol, "is not at a web address"),
)
# Their text is our system's. That of a protocol error quotes what came: from a server that speaks something else, it
# would carry the first line of its answer to whoever reads the error.
_EXPLAINED: Final = (httpx.ConnectError, httpx.ProxyError)


def say_trouble(error: Exception) -> str:
    """Say what went wrong on the way."""
    what = next((words for kind, words in _TROUBLES if isinstance(error, kind)), "could not be read")
    why = " ".join(str(error).split())[:160] if isinstance(error, _EXPLAINED) else ""
    return f"{what} ({why})" if why else what


def say_status(host: str, status: int) -> str:
    """Say what was answered, with the standard's word for it."""
    try:
        return f"{host} answered {status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return f"{host} answered {status}"


def say_closed(said: str, wait: timedelta | None) -> str:
    """Say what follows from a refusal."""
    return f"{said}; it will not be asked again for {say_wait(wait)}" if wait else f"{said}; {UNTOUCHED}"


def say_wait(wait: timedelta) -> str:
    """Say a wait in words: `42 seconds`, `15 minutes`, `3 hours`."""
    seconds = max(1, round(wait.total_seconds()))
    for name, size in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {name}s"
    return f"{seconds} second{'s' if seconds > 1 else ''}"
