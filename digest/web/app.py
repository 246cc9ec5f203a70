"""The whole URL table, and the server that runs beside the scheduler."""

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
from starlette.routing import Route

from digest.bootstrap import App, Roster, make_tokens
from digest.errors import ConfigurationError
from digest.notifiers.telegram_door import PATH as TELEGRAM_PATH
from digest.web.api import DESCRIPTION, Api, explain_invalid
from digest.web.confirming import Confirming
from digest.web.erase import Erase
from digest.web.export import Export
from digest.web.farewell import Farewell
from digest.web.feedback import FeedbackPages
from digest.web.following import Following
from digest.web.health import RETRY_AFTER, Health
from digest.web.history import History
from digest.web.hooks import Hooks
from digest.web.identity import Identity
from digest.web.joining.links import FreshLinks
from digest.web.joining.page import Foretastes, Joining
from digest.web.leaving import Leaving
from digest.web.owners import Owners
from digest.web.pages import NOT_FOUND, Pages
from digest.web.preferences.page import ACTS, Preferences
from digest.web.readers import Readers
from digest.web.reception import Reception
from digest.web.researchers import Researchers
from digest.web.saved import SavedPages
from digest.web.status import Status
from digest.web.stopping import Stopping
from digest.web.telegram_hook import TelegramHook
from digest.web.undoing import Undoing
from digest.web.why import Why
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()


def make_web(app: App, roster: Roster) -> FastAPI:
    """Build the web application: every URL there is."""
    tokens, title = make_tokens(app.settings), app.settings.title
    readers = Readers(app.database, tokens, app.clock)
    farewell = Farewell(tokens, Pages(title))
    leaving = Leaving(app.database, readers, app.clock, farewell)
    stopping = Stopping(app.database, readers, app.clock, farewell)
    undoing = Undoing(app.database, readers, app.clock, farewell)
    owners = Owners(app.database, readers)
    history = History(app.database, owners, title)
    why = Why(app.database, owners, app.clock, title)
    export = Export(app.database, owners, app.clock, app.settings)
    erase = Erase(app.database, owners, app.clock, app.settings)
    identity = Identity(app.database, readers, app.clock, title)
    following = Following(app.database, readers, app.clock, title)
    feedback = FeedbackPages(app.database, readers, app.clock, title)
    saved = SavedPages(app.database, readers, app.clock, title)
    researchers = Researchers(app, readers)
    hooks = Hooks(app)
    telegram = TelegramHook(app)
    health = Health(app.database)
    status = Status(app, roster)
    reception = Reception(app)
    foretastes = Foretastes(app, reception)
    preferences = Preferences(app, readers, foretastes)
    joining = Joining(app, reception, foretastes)
    links = FreshLinks(app, reception)
    confirming = Confirming(app, readers, reception)
    web = FastAPI(
        title=title,
        openapi_url=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # the address it would lead to is of whatever host the request names
        routes=[
            Route("/", joining.ask, methods=["GET", "HEAD"], name="front"),
            Route("/subscribe", joining.ask, methods=["GET", "HEAD"], name="subscribe"),
            Route("/subscribe", joining.act, methods=["POST"], name="subscribe_now"),
            Route("/confirm/{token}", confirming.ask, methods=["GET", "HEAD"], name="confirm"),
            Route("/confirm/{token}", confirming.act, methods=["POST"], name="confirm_now"),
            Route("/cancel/{token}", confirming.ask_cancel, methods=["GET", "HEAD"], name="cancel"),
            Route("/cancel/{token}", confirming.act_cancel, methods=["POST"], name="cancel_now"),
            Route("/move-back/{token}", confirming.ask_back, methods=["GET", "HEAD"], name="move_back"),
            Route("/move-back/{token}", confirming.act_back, methods=["POST"], name="move_back_now"),
            Route("/manage", links.ask, methods=["GET", "HEAD"], name="ask_link"),
            Route("/manage", links.act, methods=["POST"], name="send_link"),
            Route("/unsubscribe/{token}", leaving.ask, methods=["GET", "HEAD"], name="unsubscribe"),
            Route("/unsubscribe/{token}", leaving.leave, methods=["POST"], name="unsubscribe_now"),
            # Where something on the way has put a slash behind it: RFC 8058 §3.2 forbids to answer with a redirect.
            Route("/unsubscribe/{token}/", leaving.leave, methods=["POST"]),
            Route("/stop-alerts/{token}", stopping.ask, methods=["GET", "HEAD"], name="stop_alerts"),
            Route("/stop-alerts/{token}", stopping.stop, methods=["POST"], name="stop_alerts_now"),
            Route("/stop-alerts/{token}/", stopping.stop, methods=["POST"]),
            Route("/undo/{token}", undoing.ask, methods=["GET", "HEAD"], name="undo"),
            Route("/undo/{token}", undoing.act, methods=["POST"], name="undo_now"),
            Route("/manage/{token}/editions", history.list, methods=["GET", "HEAD"], name="editions"),
            Route("/manage/{token}/editions/{number}", history.open, methods=["GET", "HEAD"], name="edition"),
            Route("/manage/{token}/why", why.ask, methods=["GET", "HEAD"], name="why"),
            Route("/manage/{token}/export.json", export.give, methods=["GET", "HEAD"], name="export"),
            Route("/manage/{token}/erase", erase.ask, methods=["GET", "HEAD"], name="erase"),
            Route("/manage/{token}/erase", erase.act, methods=["POST"], name="erase_now"),
            Route("/is-it-them/{token}", identity.ask, methods=["GET", "HEAD"], name="is_it_them"),
            Route("/is-it-them/{token}", identity.answer, methods=["POST"], name="answer"),
            Route("/follow/{token}", following.ask, methods=["GET", "HEAD"], name="follow"),
            Route("/follow/{token}", following.change, methods=["POST"], name="change_follow"),
            Route("/feedback/{token}", feedback.ask, methods=["GET", "HEAD"], name="feedback"),
            Route("/feedback/{token}", feedback.take, methods=["POST"], name="give_feedback"),
            Route("/manage/{token}/saved", saved.show, methods=["GET", "HEAD"], name="saved"),
            Route("/manage/{token}/saved", saved.change, methods=["POST"], name="change_saved"),
            Route("/manage/{token}/saved.bib", saved.export_bibtex, methods=["GET", "HEAD"], name="saved_bibtex"),
            Route("/manage/{token}/saved.json", saved.export_json, methods=["GET", "HEAD"], name="saved_json"),
            Route("/manage/{token}", preferences.show, methods=["GET", "HEAD"], name="manage"),
            *(Route(f"/manage/{{token}}/{act}", preferences.show, methods=["GET", "HEAD"]) for act in ACTS),
            *(Route(f"/manage/{{token}}/{act}", preferences.change, methods=["POST"]) for act in ACTS),
            Route("/researchers", researchers.search, methods=["GET", "HEAD"], name="researchers"),
            Route("/researchers/{id}.json", researchers.show_json, methods=["GET", "HEAD"], name="researcher_json"),
            Route("/researchers/{id}", researchers.show, methods=["GET", "HEAD"], name="researcher"),
            Route("/hooks/ses", hooks.ses, methods=["POST"], name="ses"),
            Route("/hooks/postmark", hooks.postmark, methods=["POST"], name="postmark"),
            Route("/hooks/sendgrid", hooks.sendgrid, methods=["POST"], name="sendgrid"),
            Route("/hooks/mailgun", hooks.mailgun, methods=["POST"], name="mailgun"),
            Route(TELEGRAM_PATH, telegram.take, methods=["POST"], name="telegram"),
            Route("/status", status.show, methods=["GET", "HEAD"], name="status"),
            Route("/status.json", status.show_json, methods=["GET", "HEAD"], name="status_json"),
            Route("/health", health.show, methods=["GET", "HEAD"], name="health"),
        ],
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
