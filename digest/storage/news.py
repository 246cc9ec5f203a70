"""What a batch adds to the stream: what its source announces, and what happened to the papers in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.events import EventRules, Seen, find_events, note_changes
from digest.model import Announcement, AnnouncementKind, Batch, PaperId
from digest.storage.announcements import Known, add_announcements, find_known
from digest.storage.code_checks import add_code_checks
from digest.storage.papers import Change, Saved

Placed = tuple[PaperId, Announcement]


@dataclass(frozen=True, slots=True)
class News:
    """How many announcements were new, and how many were about papers the batch does not hold."""

    announcements: int
    lost: int


def announce(session: Session, batch: Batch, saved: Saved, rules: EventRules, now: datetime) -> News:
    """Append what a batch announces and what happened; a repository that needs looking at waits for that."""
    changes = {change.paper_id: change for change in saved.changes}
    stated = _place(batch, saved, changes)
    known = find_known(session, _old_papers(stated, changes))
    events = list(_find_events(batch.source, stated, changes, known, rules, now.date()))
    if rules.checks_code:
        code = [each for each in events if each[1].kind is AnnouncementKind.CODE_RELEASED]
        links = [(paper_id, changes[paper_id].after.code_url or "") for paper_id, _ in code]
        add_code_checks(session, links, batch.source, now)
        events = [each for each in events if each[1].kind is not AnnouncementKind.CODE_RELEASED]
    fresh = add_announcements(session, [*stated, *events], known, now)
    return News(announcements=fresh, lost=len(batch.announcements) - len(stated))


def _place(batch: Batch, saved: Saved, changes: Mapping[PaperId, Change]) -> list[Placed]:
    """Give the announcements of a batch with the rows they are about, and say what replacements changed."""
    placed: list[Placed] = []
    for announcement in batch.announcements:
        paper_id = saved.rows.get(announcement.paper)
        if paper_id is None:
            continue
        placed.append((paper_id, _note(announcement, changes.get(paper_id))))
    return placed


def _note(announcement: Announcement, change: Change | None) -> Announcement:
    if change is None or change.before is None:
        return announcement
    return note_changes(announcement, change.before, change.after)


def _old_papers(stated: Sequence[Placed], changes: Mapping[PaperId, Change]) -> set[PaperId]:
    """Give the papers that may have been announced before: not those that are new with this batch."""
    new = {paper_id for paper_id, change in changes.items() if change.before is None}
    return {paper_id for paper_id, _ in stated} | changes.keys() - new


def _find_events(
    source: str,
    stated: Sequence[Placed],
    changes: Mapping[PaperId, Change],
    known: Known,
    rules: EventRules,
    today: date,
) -> Iterator[Placed]:
    announced: dict[PaperId, set[Announcement]] = {}
    for paper_id, announcement in stated:
        announced.setdefault(paper_id, set()).add(announcement)
    for paper_id, change in changes.items():
        if not change.is_updated or not _may_tell(change):
            continue
        here = announced.get(paper_id, set())
        seen = Seen(
            source=source,
            on=max((each.announced_on for each in here), default=today),
            announced=frozenset(known.get(paper_id, ())) | {(each.kind, each.detail) for each in here},
        )
        for event in find_events(change.before, change.after, seen, rules.upvotes):
            yield paper_id, event


def _may_tell(change: Change) -> bool:
    """Whether an event may be found in it: of a new paper nothing counts but its upvotes."""
    return change.before is not None or bool(change.after.upvotes)
