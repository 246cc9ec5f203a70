"""What composing looks at: the papers on the desk, and the slot whose edition it is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from digest.matching.announced import DIGEST_KINDS, window
from digest.matching.index import PaperBatch, bitmap
from digest.matching.ranking import Ranking
from digest.matching.taste import Lexicon
from digest.model import AnnouncementId, AnnouncementKind, Candidate, PaperId, StoredAnnouncement
from digest.researchers.benches import Benches
from digest.researchers.following import Sightings
from subscribers.model import DueChannel
from subscribers.schedule import edition_name, last_due_at, next_due_at


class Desk:
    """The papers announced in (`start`, `end`], read and indexed once for all channels."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        start: AnnouncementId,
        end: AnnouncementId,
        notes: tuple[str, ...],
        sightings: Sightings,
        benches: Benches,
    ) -> None:
        self.sightings = sightings
        self.benches = benches
        self.batch = PaperBatch(candidates)
        self.ranking = Ranking(self.batch)
        self.start = start
        self.end = end
        self.notes = notes
        self._windows: dict[AnnouncementId, int] = {}
        self._rankings = {start: self.ranking}
        self._lexicons: dict[AnnouncementId, Lexicon] = {}

    def forget(self) -> None:
        """Forget the queries that were asked; the papers stay on the desk."""
        for ranking in self._rankings.values():
            ranking.forget()
        self.batch.forget()

    @property
    def since(self) -> datetime | None:
        """Give when the first announcement on the desk was seen; None if there is none."""
        return min((each.announcements[0].seen_at for each in self.batch.candidates), default=None)

    def window(self, after: AnnouncementId) -> int:
        """Give the papers announced after a watermark; most channels share one."""
        if after not in self._windows:
            self._windows[after] = window(self.batch, after, self.end)
        return self._windows[after]

    def ranking_after(self, after: AnnouncementId) -> Ranking:
        """Give the ranking of what was announced after a watermark: what is rare depends on what else there was."""
        if after not in self._rankings:
            self._rankings[after] = Ranking(self.batch, after)
        return self._rankings[after]

    def lexicon_after(self, after: AnnouncementId) -> Lexicon:
        """Give what papers announced after a watermark are made of, for the taste of readers."""
        if after not in self._lexicons:
            self._lexicons[after] = Lexicon(self.batch, self.window(after))
        return self._lexicons[after]

    def numbers_of(self, papers: Iterable[PaperId]) -> int:
        """Give the bitmap of some papers of the batch."""
        places = (self.batch.number_of(paper_id) for paper_id in papers)
        return bitmap(place for place in places if place is not None)

    def holds(self, papers: int, paper_id: PaperId) -> bool:
        """Whether a paper is in a bitmap."""
        return bool(self.numbers_of([paper_id]) & papers)

    def kinds_of(
        self, paper_id: PaperId, after: AnnouncementId, events: frozenset[AnnouncementKind] = frozenset()
    ) -> tuple[AnnouncementKind, ...]:
        """Say how a paper appeared after a watermark, and what of `events` happened to it."""
        kinds = dict.fromkeys(each.kind for each in self.happenings(paper_id, after))
        return tuple(kind for kind in kinds if kind in DIGEST_KINDS or kind in events)

    def happenings(self, paper_id: PaperId, after: AnnouncementId) -> tuple[StoredAnnouncement, ...]:
        """Give all that happened to a paper after a watermark, oldest first."""
        place = self.batch.number_of(paper_id)
        known = self.batch.candidates[place].announcements if place is not None else ()
        return tuple(each for each in known if each.id > after)


@dataclass(frozen=True, slots=True)
class Slot:
    """The moment of composing: it names the edition, and says when the channel is due next."""

    now: datetime
    is_forced: bool = field(default=False, kw_only=True)

    def name(self, channel: DueChannel) -> str:
        """Name the edition: the local date of the slot that has come, or of today when forced."""
        at = self.now if self.is_forced else last_due_at(channel.schedule, self.now)
        return edition_name(channel.schedule, at)

    def next_after(self, channel: DueChannel) -> datetime:
        """Give the next slot on a later local date than the edition's: one digest a day, forced or not."""
        coming = next_due_at(channel.schedule, self.now)
        is_same_day = edition_name(channel.schedule, coming) == self.name(channel)
        return next_due_at(channel.schedule, coming) if is_same_day else coming
