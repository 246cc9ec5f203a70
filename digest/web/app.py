"""The web application, and the server that runs beside the scheduler."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.bootstrap import App, Roster
from digest.errors import ConfigurationError
from digest.web.api import DESCRIPTION, Api, explain_invalid
from digest.web.health import RETRY_AFTER
from digest.web.joining.page import Foretastes
from digest.web.pages import NOT_FOUND, Pages
from digest.web.reception import Reception
from digest.web.routes import list_routes
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()


def make_web(app: App, roster: Roster) -> FastAPI:
    """Build the web application: every page of `routes`, and the API for programs."""
    reception = Reception(app)
    foretastes = Foretastes(app, reception)
    web = FastAPI(
        title=app.settings.title,
        openapi_url=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # the address it would lead to is of whatever host the request names
        routes=list_routes(app, roster, reception, foretastes),
        exception_handlers={
            DatabaseUnavailable: _come_back_later,
            RequestValidationError: explain_invalid,
            NOT_FOUND: _lead_nowhere,
        },
    )
    web.include_router(Api(app, reception, foretastes).make_router())
    return web


async def _lead_nowhere(request: Request, _error: Exception) -> Response:
    """Answer an address that there is not, as a link that was never ours."""
    return Pages(request.app.title).unknown()


async def _come_back_later(_request: Request, error: Exception) -> Response:
    """Answer 503 while the database is away, so that a mail provider posts again; the cause goes to the log alone."""
    log.error("database_unavailable", error=str(error))
    sentence = "The service cannot answer just now. Please try again in a minute."
    return PlainTextResponse(sentence, 503, headers={"Retry-After": RETRY_AFTER})


class WebServer(uvicorn.Server):
    """Serves in the loop of the service, which owns the signals."""

    def __init__(self, app: App, roster: Roster) -> None:
        # Whom a request is from is ours to judge (`visitors`): uvicorn would believe anybody on this machine.
        options: dict[str, Any] = {"log_config": None, "access_log": False, "proxy_headers": False}
        super().__init__(uvicorn.Config(make_web(app, roster), lifespan="off", **options))
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
