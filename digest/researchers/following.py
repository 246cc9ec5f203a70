"""What one reader's follows have to say about the papers on the desk: reasons, by paper. Pure.

A record's authorships hold for everybody; a reader's own answers hold for that reader before anything else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from digest.model import (
    AnnouncementKind,
    Authorship,
    Certainty,
    InstitutionId,
    Paper,
    PaperId,
    Reason,
    ReasonKind,
    ResearcherId,
    Standing,
)
from subscribers.model import FollowEvent, FollowKind, FollowWish, Position, StoredFollow, Timing

YOU_SAID: Final = "you said so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """Whose the papers on the desk are: authorships, and positions by institution (none: the paper as a whole)."""

    papers: Mapping[PaperId, Paper]
    authorships: Mapping[ResearcherId, Mapping[PaperId, Authorship]] = field(default_factory=dict)
    places: Mapping[InstitutionId, Mapping[PaperId, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What one reader sees otherwise than everybody: their answers, and what these make of other papers."""

    answers: Mapping[tuple[ResearcherId, PaperId], bool] = field(default_factory=dict)
    own: Mapping[ResearcherId, Mapping[PaperId, Authorship]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reason to tell a reader of a paper, and of which events besides its first appearance."""

    paper_id: PaperId
    reason: Reason
    events: frozenset[AnnouncementKind] = frozenset()


NO_VIEWS: Final = Views()


def list_told(follows: Iterable[StoredFollow], sightings: Sightings, views: Views = NO_VIEWS) -> list[Told]:
    """Give what these follows of one reader have to say about the papers on the desk."""
    told: list[Told] = []
    for _, wish, _ in follows:
        match wish.kind:
            case FollowKind.RESEARCHER:
                told += _tell_of_researcher(wish, sightings, views)
            case FollowKind.INSTITUTION:
                told += _tell_of_place(wish, sightings)
            case FollowKind.PAPER:
                told += _tell_of_paper(wish, sightings)
    return told


def fits(position: Position, place: int, of: int) -> bool:
    """Whether an author's place (from 1) among `of` authors is one that counts."""
    match position:
        case Position.FIRST:
            return place == 1
        case Position.LAST:
            return place == of
        case Position.FIRST_OR_LAST:
            return place in (1, of)
        case Position.ANY:
            return True


def events_of(wish: FollowWish) -> frozenset[AnnouncementKind]:
    """Give the kinds of announcement that a follow wants to hear of in the digest; those told at once are not."""
    return frozenset() if wish.timing is Timing.NOW else kinds_of(wish.events)


def kinds_of(events: Iterable[FollowEvent]) -> frozenset[AnnouncementKind]:
    """Give events as kinds of announcement."""
    return frozenset(AnnouncementKind(event.value) for event in events)


def see(authorship: Authorship, researcher_id: ResearcherId, views: Views) -> tuple[Certainty, tuple[str, ...]] | None:
    """Give how sure a reader is to be that a paper is the researcher's, and the evidence; None if it is not.

    The reader's own word comes first, then ids and what readers agree on, then the evidence as their answers shape it.
    """
    answer = views.answers.get((researcher_id, authorship.paper_id))
    if answer is not None:
        return (Certainty.SURE, (YOU_SAID,)) if answer else None
    seen = authorship
    if not authorship.standing.is_settled and researcher_id in views.own:
        own = views.own[researcher_id].get(authorship.paper_id)
        if own is None:
            return None
        seen = own
    if seen.standing.is_theirs:
        return Certainty.SURE, seen.evidence
    return (Certainty.POSSIBLE, seen.evidence) if seen.standing is Standing.POSSIBLE else None


def _tell_of_researcher(wish: FollowWish, sightings: Sightings, views: Views) -> Iterator[Told]:
    researcher_id = ResearcherId(wish.target_id)
    known = sightings.authorships.get(researcher_id, {})
    for paper_id, authorship in (dict(views.own.get(researcher_id, {})) | dict(known)).items():
        seen = see(authorship, researcher_id, views)
        of = len(sightings.papers[paper_id].authors)
        if seen is None or not fits(wish.position, authorship.position, of):
            continue
        certainty, evidence = seen
        reason = Reason(
            kind=ReasonKind.FOLLOW,
            subject=wish.name,
            position=authorship.position,
            of=of,
            certainty=certainty,
            evidence=evidence,
            target_id=wish.target_id,
        )
        events = events_of(wish) if certainty is Certainty.SURE else frozenset[AnnouncementKind]()
        yield Told(paper_id=paper_id, reason=reason, events=events)


def _tell_of_place(wish: FollowWish, sightings: Sightings) -> Iterator[Told]:
    for paper_id, places in sightings.places.get(InstitutionId(wish.target_id), {}).items():
        of = len(sightings.papers[paper_id].authors)
        place = next((each for each in places if fits(wish.position, each, of)), None)
        if places and place is None:
            continue
        reason = Reason(
            kind=ReasonKind.INSTITUTION,
            subject=wish.name,
            position=place,
            of=of,
            certainty=Certainty.SURE,
            target_id=wish.target_id,
        )
        yield Told(paper_id=paper_id, reason=reason, events=events_of(wish))


def _tell_of_paper(wish: FollowWish, sightings: Sightings) -> Iterator[Told]:
    """Tell of its events alone: the paper itself is known to whoever follows it."""
    paper_id = PaperId(wish.target_id)
    if paper_id in sightings.papers and (events := events_of(wish)):
        reason = Reason(kind=ReasonKind.PAPER, subject=wish.name, certainty=Certainty.SURE, target_id=wish.target_id)
        yield Told(paper_id=paper_id, reason=reason, events=events)
