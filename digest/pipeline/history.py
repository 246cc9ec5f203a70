"""Acts: looks up what one subscriber was sent, and views it again from the outbox. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from digest.model import DeliveryKind, Paper, PaperId
from digest.model.past import PastDelivery
from digest.rendering.history import Line, Opened, list_line, open_past
from digest.storage import papers
from digest.storage.history import find_past, list_past
from subscribers.db import Database

PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was sent, newest first; `older` is what the next page begins below, None on the last."""

    lines: tuple[Line, ...]
    older: int | None


def list_editions(database: Database, subscriber_id: int, before: int | None = None) -> Page:
    """Give a page of what a subscriber was sent."""
    with database.reading() as session:
        found = list_past(session, subscriber_id, PER_PAGE + 1, before)
        here = found[:PER_PAGE]
        named = _load(session, (past for past in here if past.kind is DeliveryKind.ALERT))
    older = here[-1].id if len(found) > PER_PAGE else None
    return Page(tuple(list_line(past, named) for past in here), older)


def open_edition(database: Database, title: str, subscriber_id: int, number: int) -> Opened | None:
    """View one digest or alert with its papers; None if it is somebody else's, or there is none."""
    with database.reading() as session:
        past = find_past(session, subscriber_id, number)
        return None if past is None else open_past(past, _load(session, [past]), title)


def _load(session: Session, found: Iterable[PastDelivery]) -> dict[PaperId, Paper]:
    return papers.load_papers(session, {entry.paper_id for past in found for entry in past.edition.entries})
