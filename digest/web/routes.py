"""The whole URL table, by subject."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.bootstrap import App, Roster, make_tokens
from digest.notifiers.telegram_door import PATH as TELEGRAM_PATH
from digest.web.confirming import Confirming
from digest.web.erase import Erase
from digest.web.export import Export
from digest.web.farewell import Farewell
from digest.web.feedback import FeedbackPages
from digest.web.following import Following
from digest.web.health import Health
from digest.web.history import History
from digest.web.hooks import Hooks
from digest.web.identity import Identity
from digest.web.joining.links import FreshLinks
from digest.web.joining.page import Foretastes, Joining
from digest.web.leaving import Leaving
from digest.web.owners import Owners
from digest.web.pages import Pages
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

_READ: Final = ("GET", "HEAD")

Routes = Iterable[Route]
_Endpoint = Callable[[Request], Awaitable[Response]]


def list_routes(app: App, roster: Roster, reception: Reception, foretastes: Foretastes) -> list[BaseRoute]:
    """Give every page there is. The first that fits an address answers, so the longer paths stand before."""
    readers = Readers(app.database, make_tokens(app.settings), app.clock)
    return [
        *_join(app, readers, reception, foretastes),
        *_leave(app, readers),
        *_look_back(app, readers),
        *_answer(app, readers),
        *_prefer(app, readers, foretastes),
        *_look_up(app, readers),
        *_take_posts(app),
        *_watch(app, roster),
    ]


def _page(path: str, endpoint: _Endpoint, name: str) -> Route:
    """Give what is only read there."""
    return Route(path, endpoint, methods=_READ, name=name)


def _form(path: str, endpoint: _Endpoint, name: str | None = None) -> Route:
    """Give what a form is sent to."""
    return Route(path, endpoint, methods=("POST",), name=name)


def _join(app: App, readers: Readers, reception: Reception, foretastes: Foretastes) -> Routes:
    joining, confirming = Joining(app, reception, foretastes), Confirming(app, readers, reception)
    links = FreshLinks(app, reception)
    yield _page("/", joining.ask, "front")
    yield _page("/subscribe", joining.ask, "subscribe")
    yield _form("/subscribe", joining.act, "subscribe_now")
    yield _page("/confirm/{token}", confirming.ask, "confirm")
    yield _form("/confirm/{token}", confirming.act, "confirm_now")
    yield _page("/cancel/{token}", confirming.ask_cancel, "cancel")
    yield _form("/cancel/{token}", confirming.act_cancel, "cancel_now")
    yield _page("/move-back/{token}", confirming.ask_back, "move_back")
    yield _form("/move-back/{token}", confirming.act_back, "move_back_now")
    yield _page("/manage", links.ask, "ask_link")
    yield _form("/manage", links.act, "send_link")


def _leave(app: App, readers: Readers) -> Routes:
    farewell = Farewell(make_tokens(app.settings), Pages(app.settings.title))
    leaving = Leaving(app.database, readers, app.clock, farewell)
    stopping = Stopping(app.database, readers, app.clock, farewell)
    undoing = Undoing(app.database, readers, app.clock, farewell)
    yield _page("/unsubscribe/{token}", leaving.ask, "unsubscribe")
    yield _form("/unsubscribe/{token}", leaving.leave, "unsubscribe_now")
    # Where something on the way has put a slash behind it: RFC 8058 §3.2 forbids to answer with a redirect.
    yield _form("/unsubscribe/{token}/", leaving.leave)
    yield _page("/stop-alerts/{token}", stopping.ask, "stop_alerts")
    yield _form("/stop-alerts/{token}", stopping.stop, "stop_alerts_now")
    yield _form("/stop-alerts/{token}/", stopping.stop)
    yield _page("/undo/{token}", undoing.ask, "undo")
    yield _form("/undo/{token}", undoing.act, "undo_now")


def _look_back(app: App, readers: Readers) -> Routes:
    owners = Owners(app.database, readers)
    history = History(app.database, owners, app.settings.title)
    export = Export(app.database, owners, app.clock, app.settings)
    erase = Erase(app.database, owners, app.clock, app.settings)
    yield _page("/manage/{token}/editions", history.list, "editions")
    yield _page("/manage/{token}/editions/{number}", history.open, "edition")
    yield _page("/manage/{token}/why", Why(app.database, owners, app.clock, app.settings.title).ask, "why")
    yield _page("/manage/{token}/export.json", export.give, "export")
    yield _page("/manage/{token}/erase", erase.ask, "erase")
    yield _form("/manage/{token}/erase", erase.act, "erase_now")


def _answer(app: App, readers: Readers) -> Routes:
    title = app.settings.title
    identity = Identity(app.database, readers, app.clock, title)
    following = Following(app.database, readers, app.clock, title)
    feedback = FeedbackPages(app.database, readers, app.clock, title)
    saved = SavedPages(app.database, readers, app.clock, title)
    yield _page("/is-it-them/{token}", identity.ask, "is_it_them")
    yield _form("/is-it-them/{token}", identity.answer, "answer")
    yield _page("/follow/{token}", following.ask, "follow")
    yield _form("/follow/{token}", following.change, "change_follow")
    yield _page("/feedback/{token}", feedback.ask, "feedback")
    yield _form("/feedback/{token}", feedback.take, "give_feedback")
    yield _page("/manage/{token}/saved", saved.show, "saved")
    yield _form("/manage/{token}/saved", saved.change, "change_saved")
    yield _page("/manage/{token}/saved.bib", saved.export_bibtex, "saved_bibtex")
    yield _page("/manage/{token}/saved.json", saved.export_json, "saved_json")


def _prefer(app: App, readers: Readers, foretastes: Foretastes) -> Routes:
    preferences = Preferences(app, readers, foretastes)
    yield _page("/manage/{token}", preferences.show, "manage")
    for act in ACTS:
        yield Route(f"/manage/{{token}}/{act}", preferences.show, methods=_READ)
        yield _form(f"/manage/{{token}}/{act}", preferences.change)


def _look_up(app: App, readers: Readers) -> Routes:
    researchers = Researchers(app, readers)
    yield _page("/researchers", researchers.search, "researchers")
    yield _page("/researchers/{id}.json", researchers.show_json, "researcher_json")
    yield _page("/researchers/{id}", researchers.show, "researcher")


def _take_posts(app: App) -> Routes:
    hooks = Hooks(app)
    yield _form("/hooks/ses", hooks.ses, "ses")
    yield _form("/hooks/postmark", hooks.postmark, "postmark")
    yield _form("/hooks/sendgrid", hooks.sendgrid, "sendgrid")
    yield _form("/hooks/mailgun", hooks.mailgun, "mailgun")
    yield _form(TELEGRAM_PATH, TelegramHook(app).take, "telegram")


def _watch(app: App, roster: Roster) -> Routes:
    status = Status(app, roster)
    yield _page("/status", status.show, "status")
    yield _page("/status.json", status.show_json, "status_json")
    yield _page("/health", Health(app.database).show, "health")
