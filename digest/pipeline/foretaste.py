"""Acts: shows what wishes would have brought over the last days, as composing would have had it. Stores nothing.

The papers of the days are read and indexed once, which takes seconds, and kept for half an hour: strangers ask often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from digest.matching.memory import passing
from digest.model import AnnouncementId, Edition, Paper, PaperId
from digest.pipeline.compose import compose_editions, lay_desk
from digest.pipeline.desk import Desk, Slot
from digest.pipeline.known import Known
from digest.pipeline.signup_wishes import FollowChoice, SignupWishes
from digest.storage import announcements
from subscribers.addresses import EMAIL
from subscribers.db import Database
from subscribers.model import DueChannel, FollowWish, InterestWish, StoredFollow, StoredInterest, Wishes

REACH: Final = timedelta(days=7)
KEPT_FOR: Final = timedelta(minutes=30)
MOST_SHOWN: Final = 8  # papers
_NOBODY: Final = 0  # the number of the channel and the subscriber that do not exist


@dataclass(frozen=True, slots=True, kw_only=True)
class WishCount:
    """How many papers one wish alone would have brought; None if that cannot be told before it is wished."""

    text: str
    papers: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretaste:
    """What wishes would have brought: `total` papers of the `announced` ones, the first of them in `edition`.

    `since` is the beginning of what was looked at: a week ago, or when the first paper was stored here.
    """

    since: datetime
    until: datetime
    announced: int
    total: int
    topics: tuple[WishCount, ...]
    people: tuple[WishCount, ...]
    edition: Edition
    papers: dict[PaperId, Paper]


@dataclass(frozen=True, slots=True)
class _Laid:
    """A desk, when it was laid, and since when it has papers."""

    desk: Desk
    at: datetime
    since: datetime


class Foreteller:
    """Gives foretastes. One at a time: whoever calls from several threads holds a lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._laid: _Laid | None = None

    def give(self, wishes: SignupWishes, now: datetime) -> Foretaste:
        """Compose what the last days would have brought; papers of followed people where there is a record of them."""
        laid = self._lay(now)
        try:
            with passing():
                return _compose(laid, wishes, now)
        finally:
            laid.desk.forget()

    def _lay(self, now: datetime) -> _Laid:
        laid = self._laid
        if laid is None or not timedelta() <= now - laid.at < KEPT_FOR:
            self._laid = None  # two at once would take twice the memory
            with self._database.reading() as session:
                after = announcements.find_watermark(session, now, REACH)
            desk = lay_desk(self._database, after, now)
            laid = self._laid = _Laid(desk, now, _find_since(desk, after, now))
        return laid


def _compose(laid: _Laid, wishes: SignupWishes, now: datetime) -> Foretaste:
    desk = laid.desk
    channel = _imagine(desk, wishes, now)
    (edition,) = compose_editions(
        desk, [channel], Known(wishes={_NOBODY: _store(wishes, now)}), Slot(now, is_forced=True)
    )
    shown = {entry.paper_id for entry in edition.entries}
    return Foretaste(
        since=laid.since,
        until=now,
        announced=edition.announced,
        total=len(edition.entries) + edition.more,
        topics=tuple(_count_topic(desk, each) for each in wishes.interests),
        people=tuple(_count_person(desk, each) for each in wishes.follows),
        edition=replace(edition, notes=()),
        papers={each.paper_id: each.paper for each in desk.batch.candidates if each.paper_id in shown},
    )


def _imagine(desk: Desk, wishes: SignupWishes, now: datetime) -> DueChannel:
    """Give a channel that does not exist, as composing wants it."""
    return DueChannel(
        id=_NOBODY,
        subscriber_id=_NOBODY,
        name="",
        kind=EMAIL,
        address="",
        language=wishes.language,
        schedule=wishes.schedule,
        cap=MOST_SHOWN,
        watermark=desk.start,
        next_due_at=now,
    )


def _store(wishes: SignupWishes, now: datetime) -> Wishes:
    return Wishes(
        interests=tuple(_number(wishes.interests)),
        exclusions=tuple(_number(wishes.exclusions)),
        follows=tuple(
            StoredFollow(number, FollowWish(target_id=each.researcher_id, name=each.name), now)
            for number, each in enumerate(wishes.follows)
            if each.researcher_id is not None
        ),
    )


def _number(wishes: Sequence[InterestWish]) -> Iterable[StoredInterest]:
    return (StoredInterest(number, wish.canonical, wish.text) for number, wish in enumerate(wishes))


def _count_topic(desk: Desk, wish: InterestWish) -> WishCount:
    papers = desk.numbers_of(
        desk.batch.candidates[number].paper_id for number in desk.ranking.worths_of(wish.canonical)
    )
    return WishCount(text=wish.text, papers=(papers & desk.window(desk.start)).bit_count())


def _count_person(desk: Desk, choice: FollowChoice) -> WishCount:
    if choice.researcher_id is None:
        return WishCount(text=choice.name, papers=None)
    theirs = desk.sightings.authorships.get(choice.researcher_id, {})
    sure = desk.numbers_of(number for number, each in theirs.items() if each.standing.is_theirs)
    return WishCount(text=choice.name, papers=(sure & desk.window(desk.start)).bit_count())


def _find_since(desk: Desk, after: AnnouncementId, now: datetime) -> datetime:
    """Give since when papers were looked at: a service that has begun this week has not seen seven days."""
    seen = [announced.seen_at for each in desk.batch.candidates for announced in each.announcements]
    return now - REACH if after or not seen else min(seen)
