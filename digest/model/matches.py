"""Wishes met: follows, matches with their reasons, editions."""

from dataclasses import dataclass
from enum import StrEnum

from digest.model.ids import AnnouncementId, ChannelId, FollowId, PaperId
from digest.model.papers import AnnouncementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A wish about a researcher: a name, and what is known that tells the person from namesakes.

    `fields` are category prefixes (`cs`, `cs.CL`) the person is known to publish in; `hf_user` and `orcid` are exact.
    """

    id: FollowId
    name: str
    fields: tuple[str, ...] = ()
    hf_user: str | None = None
    orcid: str | None = None


class Certainty(StrEnum):
    """How sure it is that an author is the followed researcher."""

    SURE = "sure"
    POSSIBLE = "possible"


class ReasonKind(StrEnum):
    """Why a paper is in a digest."""

    FOLLOW = "follow"
    WORD = "word"
    PHRASE = "phrase"
    CATEGORY = "category"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, as data; `matching.explain` says it in words.

    For a follow: `subject` is the followed name, `position` and `of` place the author (from 1), `evidence` says what
    speaks for or against it being them. For a query term: `subject` is the term, `where` the fields it stands in
    (`title`, `abstract`, `categories`, `authors`), and `interest` the query as the subscriber wrote it.
    """

    kind: ReasonKind
    subject: str
    where: tuple[str, ...] = ()
    position: int | None = None
    of: int | None = None
    certainty: Certainty | None = None
    evidence: tuple[str, ...] = ()
    interest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A paper for a subscriber: how much, and why. `score` is unitless; higher is better.

    `kinds` says how the paper appeared in the announcements its edition covers.
    """

    paper_id: PaperId
    score: float
    reasons: tuple[Reason, ...]
    kinds: tuple[AnnouncementKind, ...] = ()

    @property
    def is_followed(self) -> bool:
        """Whether a followed researcher surely wrote it."""
        return any(reason.certainty is Certainty.SURE for reason in self.reasons)

    @property
    def is_possibly_followed(self) -> bool:
        """Whether a followed researcher may have written it."""
        return any(reason.certainty is Certainty.POSSIBLE for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One digest of one channel: what to say, not how. `more` counts matches the cap left out.

    `name` is the local date of the edition (`2026-11-22`). It covers the announcements with ids in
    (`covers_after`, `covers_to`], in which `announced` papers were looked at. `notes` are sentences about sources.
    """

    name: str
    channel_id: ChannelId
    entries: tuple[Match, ...]
    more: int
    covers_after: AnnouncementId
    covers_to: AnnouncementId
    announced: int = 0
    notes: tuple[str, ...] = ()
