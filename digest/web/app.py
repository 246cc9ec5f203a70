"""The whole URL table, and the server that runs beside the scheduler."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.bootstrap import App, Roster, make_tokens
from digest.errors import ConfigurationError
from digest.web.following import Following
from digest.web.health import RETRY_AFTER, Health
from digest.web.identity import Identity
from digest.web.leaving import Leaving
from digest.web.readers import Readers
from digest.web.researchers import Researchers
from digest.web.status import Status
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()


def make_web(app: App, roster: Roster) -> FastAPI:
    """Build the web application: every URL there is."""
    tokens, title = make_tokens(app.settings), app.settings.title
    readers = Readers(app.database, tokens, app.clock)
    leaving = Leaving(app.database, tokens, app.clock, title)
    identity = Identity(app.database, readers, app.clock, title)
    following = Following(app.database, readers, app.clock, title)
    researchers = Researchers(app, readers)
    health = Health(app.database)
    status = Status(app, roster)
    return FastAPI(
        title=title,
        openapi_url=None,  # there is no API yet to describe
        routes=[
            Route("/unsubscribe/{token}", leaving.ask, methods=["GET", "HEAD"], name="unsubscribe"),
            Route("/unsubscribe/{token}", leaving.leave, methods=["POST"], name="unsubscribe_now"),
            Route("/is-it-them/{token}", identity.ask, methods=["GET", "HEAD"], name="is_it_them"),
            Route("/is-it-them/{token}", identity.answer, methods=["POST"], name="answer"),
            Route("/follow/{token}", following.ask, methods=["GET", "HEAD"], name="follow"),
            Route("/follow/{token}", following.change, methods=["POST"], name="change_follow"),
            Route("/researchers", researchers.search, methods=["GET", "HEAD"], name="researchers"),
            Route("/researchers/{id}.json", researchers.show_json, methods=["GET", "HEAD"], name="researcher_json"),
            Route("/researchers/{id}", researchers.show, methods=["GET", "HEAD"], name="researcher"),
            Route("/status", status.show, methods=["GET", "HEAD"], name="status"),
            Route("/status.json", status.show_json, methods=["GET", "HEAD"], name="status_json"),
            Route("/health", health.show, methods=["GET", "HEAD"], name="health"),
        ],
        exception_handlers={DatabaseUnavailable: _come_back_later},
    )


async def _come_back_later(_request: Request, error: Exception) -> Response:
    """Answer 503 while the database is away, so that a mail provider posts again; the cause goes to the log alone."""
    log.error("database_unavailable", error=str(error))
    sentence = "The service cannot answer just now. Please try again in a minute."
    return PlainTextResponse(sentence, 503, headers={"Retry-After": RETRY_AFTER})


class WebServer(uvicorn.Server):
    """Serves in the loop of the service, which owns the signals."""

    def __init__(self, app: App, roster: Roster) -> None:
        super().__init__(uvicorn.Config(make_web(app, roster), log_config=None, access_log=False, lifespan="off"))
        self._socket = _listen(app.settings.web_host, app.settings.web_port)

    async def run_until_stopped(self) -> None:
        """Answer requests."""
        await self.serve(sockets=[self._socket])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the scheduler."""
        yield

    def stop(self) -> None:
        """Answer what is being answered, then stop."""
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        why = f"{error.strerror}. Choose another DIGEST_WEB_PORT, or DIGEST_WEB_HOST."
    except (TypeError, ValueError):  # what cannot be encoded as the name of a host
        why = "DIGEST_WEB_HOST is neither an address nor the name of a host."
    raise ConfigurationError([f"The web server cannot listen on {host}:{port}: {why}"])
