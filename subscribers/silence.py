"""Mail that brings only alerts because its reader has the digest in a chat, and brings digests again without the chat.

The event log tells which mail is silent for which chat, and how often it came before; whoever sets its cadence by
themselves afterwards has the last word. A verb runs in the caller's transaction, as those of `service` do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from subscribers import service, store
from subscribers.addresses import EMAIL
from subscribers.model import Cadence, ChannelStatus, ChannelView, EventKind, UnknownChannel
from subscribers.store.events import list_logged

_SILENT: Final = "silent_for"
_AWAKE: Final = "awake_without"


@dataclass(frozen=True, slots=True)
class _Mark:
    """The last word on a mail: it is silent for a chat, or awake because that is gone; and how often it came before."""

    chat: int
    is_silent: bool
    cadence: Cadence


def silence(session: Session, now: datetime, mail_id: int, chat_id: int) -> None:
    """Bring only alerts by mail, as long as a chat gets the digest."""
    before = store.schedule_of(store.get_channel(session, mail_id))
    service.set_schedule(session, now, mail_id, replace(before, cadence=Cadence.ALERTS))
    _note(session, now, mail_id, {_SILENT: chat_id, "cadence": before.cadence.value})


def wake(session: Session, now: datetime, chat_ids: Iterable[int]) -> tuple[int, ...]:
    """Bring digests by mail again, as often as before, where it was silent for chats that are closed; give which."""
    return _turn(session, now, chat_ids, is_silent=True)


def hush(session: Session, now: datetime, chat_ids: Iterable[int]) -> tuple[int, ...]:
    """Take `wake` back, for chats that are open again; give which mails are silent again."""
    return _turn(session, now, chat_ids, is_silent=False)


def _turn(session: Session, now: datetime, chat_ids: Iterable[int], *, is_silent: bool) -> tuple[int, ...]:
    turned: list[int] = []
    for chat_id in chat_ids:
        for mail, mark in _find_marked(session, chat_id):
            if mark.is_silent is not is_silent:
                continue
            cadence, said = (mark.cadence, _AWAKE) if is_silent else (Cadence.ALERTS, _SILENT)
            service.set_schedule(session, now, mail.id, replace(mail.schedule, cadence=cadence))
            _note(session, now, mail.id, {said: chat_id, "cadence": mark.cadence.value})
            turned.append(mail.id)
    return tuple(turned)


def _find_marked(session: Session, chat_id: int) -> list[tuple[ChannelView, _Mark]]:
    """Give the open mails on which the last word is one about this chat."""
    try:
        owner = store.get_channel(session, chat_id).subscriber_id
    except UnknownChannel:
        return []
    marks = _read_marks(session, owner)
    mails = (each for each in store.view_subscriber(session, owner).channels if each.kind == EMAIL)
    is_open = (each for each in mails if each.status is ChannelStatus.OPEN and each.verified_at)
    return [(each, marks[each.id]) for each in is_open if each.id in marks and marks[each.id].chat == chat_id]


def _read_marks(session: Session, subscriber_id: int) -> dict[int, _Mark]:
    """Give the marks by mail. A cadence that was set after a mark takes it away; another hour or zone does not."""
    marks: dict[int, _Mark] = {}
    for kind, detail in list_logged(session, subscriber_id, (EventKind.SCHEDULE_CHANGED, EventKind.CHANNEL_CHANGED)):
        if kind is EventKind.SCHEDULE_CHANGED:
            if _has_other_cadence(detail):
                marks.pop(detail.get("channel", 0), None)
        elif _SILENT in detail or _AWAKE in detail:
            chat = detail.get(_SILENT) or detail[_AWAKE]
            marks[detail["channel"]] = _Mark(chat, _SILENT in detail, Cadence(detail["cadence"]))
    return marks


def _has_other_cadence(detail: Mapping[str, Any]) -> bool:
    cadence = detail.get("cadence", {})
    return bool(cadence.get("before") != cadence.get("after"))


def _note(session: Session, now: datetime, mail_id: int, said: dict[str, Any]) -> None:
    channel = store.get_channel(session, mail_id)
    detail = {"channel": mail_id, **said}
    store.record_event(session, channel.subscriber_id, EventKind.CHANNEL_CHANGED, now, detail)
