"""Wishes met: matches with their reasons, editions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from digest.model.ids import AnnouncementId, ChannelId, PaperId
from digest.model.papers import AnnouncementKind


class Certainty(StrEnum):
    """How sure it is that an author is the followed researcher."""

    SURE = "sure"
    POSSIBLE = "possible"


class ReasonKind(StrEnum):
    """Why a paper is in a digest."""

    FOLLOW = "follow"
    INSTITUTION = "institution"
    PAPER = "paper"
    WORD = "word"
    PHRASE = "phrase"
    CATEGORY = "category"
    AUTHOR = "author"
    TASTE = "taste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, as data; `matching.explain` says it in words.

    For a follow: `subject` is the followed name, `target_id` the row of the researcher, `position` and `of` place the
    author (from 1), `evidence` says what speaks for or against it being them. A followed institution is placed alike,
    by its first author; a followed paper has no place. For a query term: `subject` is the term, `where` the fields it
    stands in (`title`, `abstract`, `categories`, `authors`), and `interest` the query as the subscriber wrote it. For a
    taste: `subject` is what the paper shares with others that the subscriber asked more of, if that can be named.
    """

    kind: ReasonKind
    subject: str
    where: tuple[str, ...] = ()
    position: int | None = None
    of: int | None = None
    certainty: Certainty | None = None
    evidence: tuple[str, ...] = ()
    interest: str | None = None
    target_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A paper for a subscriber: how much, and why. `score` is unitless; higher is better.

    `kinds` says how the paper appeared in the announcements its edition covers, `news` what happened to it, in words,
    where it is told for that (`new version v3`).
    """

    paper_id: PaperId
    score: float
    reasons: tuple[Reason, ...]
    kinds: tuple[AnnouncementKind, ...] = ()
    news: tuple[str, ...] = ()

    @property
    def is_followed(self) -> bool:
        """Whether a followed researcher surely wrote it, or it is followed itself, or comes from a followed place."""
        return any(reason.certainty is Certainty.SURE for reason in self.reasons)

    @property
    def is_possibly_followed(self) -> bool:
        """Whether a followed researcher may have written it."""
        return any(reason.certainty is Certainty.POSSIBLE for reason in self.reasons)


IN_PLACE: Final = "+"  # in the name of an edition, before the channel in whose place another one got it


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One digest of one channel, or one alert: what to say, not how. `more` counts matches the cap left out.

    `name` is the local date of a digest (`2026-11-22`), or says what an alert is about (`new-4711`). It covers the
    announcements with ids in (`covers_after`, `covers_to`], in which `announced` papers were looked at. `notes` are
    sentences about sources, `corrections` such about papers of earlier editions.
    """

    name: str
    channel_id: ChannelId
    entries: tuple[Match, ...]
    more: int
    covers_after: AnnouncementId
    covers_to: AnnouncementId
    announced: int = 0
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is anything to send: papers, or that earlier ones are somebody else's."""
        return bool(self.entries or self.corrections)
