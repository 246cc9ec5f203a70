"""Acts: finds or makes the record that somebody means, and lets a subscriber follow it.

What is known locally decides at once; services are asked later, by `refresh`, and make the record better.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.intake import clean_text
from digest.languages.phrases import SEED
from digest.model import Affiliation, Authorship, InstitutionId, PaperId, PersonId, Researcher, ResearcherId, Standing
from digest.pipeline.attribute import attribute_researcher, begin_judging
from digest.researchers.names import parse_name
from digest.researchers.places import Institution
from digest.storage import authorships, institutions, papers, researchers
from subscribers import service, store
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, Timing
from subscribers.outcomes import WishChanged
from subscribers.validation import MAX_NAME, MAX_TARGET_NAME, check_text

# What a follow of a paper tells, unless other switches are set: everything that can happen to it.
PAPER_EVENTS = tuple(FollowEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A stored paper by which a person is known: they are its author at `position` (from 1)."""

    paper_id: PaperId
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWanted:
    """Whom somebody means: a name, and what tells the person from namesakes. `affiliation` is where they work."""

    name: str
    affiliation: str = ""
    fields: tuple[str, ...] = ()
    ids: tuple[PersonId, ...] = ()
    seeds: tuple[Seed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody wants to hear, and how soon. None leaves what was wished before, or what is usual."""

    timing: Timing | None = None
    position: Position | None = None
    events: tuple[FollowEvent, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a follow led to: the row of the target, its name, whether it is new here, and what changed."""

    kind: FollowKind
    target_id: int
    name: str
    is_new_target: bool
    change: WishChanged


USUAL = Terms()


def follow_person(
    session: Session, now: datetime, subscriber_id: int, wanted: PersonWanted, terms: Terms = USUAL
) -> Followed:
    """Let a subscriber follow a person; raises InvalidWish for what is neither known by an id nor a person's name."""
    check_text("name", wanted.name, MAX_NAME)
    if not wanted.ids and not _is_name(wanted.name):
        raise InvalidWish(not_a_person(wanted.name))
    researcher_id, is_new = find_or_add(session, now, wanted)
    name = researchers.load_researchers(session, [researcher_id])[researcher_id].name
    change = _follow(session, now, subscriber_id, FollowKind.RESEARCHER, researcher_id, name, terms)
    return Followed(kind=FollowKind.RESEARCHER, target_id=researcher_id, name=name, is_new_target=is_new, change=change)


def follow_researcher(
    session: Session, now: datetime, subscriber_id: int, researcher_id: ResearcherId, terms: Terms = USUAL
) -> Followed:
    """Let a subscriber follow a record that exists. Raises InvalidWish if it does not."""
    living = researchers.find_living(session, researcher_id)
    if living is None:
        raise InvalidWish(f"There is no researcher {researcher_id}.")
    name = researchers.load_researchers(session, [living])[living].name
    change = _follow(session, now, subscriber_id, FollowKind.RESEARCHER, living, name, terms)
    return Followed(kind=FollowKind.RESEARCHER, target_id=living, name=name, is_new_target=False, change=change)


def follow_institution(
    session: Session, now: datetime, subscriber_id: int, wanted: Institution, terms: Terms = USUAL
) -> Followed:
    """Let a subscriber follow a place: what its people publish."""
    known = institutions.find_institution(session, wanted)
    institution_id: InstitutionId = known or institutions.add_institution(session, wanted, now)
    name = institutions.list_institutions(session, [institution_id])[institution_id].name
    change = _follow(session, now, subscriber_id, FollowKind.INSTITUTION, institution_id, name, terms)
    return Followed(
        kind=FollowKind.INSTITUTION, target_id=institution_id, name=name, is_new_target=known is None, change=change
    )


def follow_paper(
    session: Session, now: datetime, subscriber_id: int, paper_id: PaperId, terms: Terms = USUAL
) -> Followed:
    """Let a subscriber follow what becomes of a stored paper. Raises InvalidWish if there is none."""
    living = papers.find_living(session, paper_id)
    if living is None:
        raise InvalidWish(f"There is no paper {paper_id}.")
    title = clean_text(papers.load_papers(session, [living])[living].title, MAX_TARGET_NAME)
    is_known = store.find_follow(session, subscriber_id, FollowKind.PAPER, living) is not None
    told = replace(terms, position=Position.ANY) if is_known else _usual_of_paper(terms)
    change = _follow(session, now, subscriber_id, FollowKind.PAPER, living, title, told)
    return Followed(kind=FollowKind.PAPER, target_id=living, name=title, is_new_target=False, change=change)


def _usual_of_paper(terms: Terms) -> Terms:
    """Fill in what somebody who follows a paper wants to hear, if they did not say: everything, at once."""
    events = PAPER_EVENTS if terms.events is None else terms.events
    return Terms(timing=terms.timing or Timing.NOW, position=Position.ANY, events=events)


def unfollow(session: Session, now: datetime, subscriber_id: int, kind: FollowKind, target_id: int) -> WishChanged:
    """Let a subscriber follow a target no longer, nor the records that were merged into it."""
    change = service.unfollow(session, now, subscriber_id, kind, target_id)
    for follow in store.list_follows(session, [subscriber_id]).get(subscriber_id, ()):
        if follow.wish.kind is kind and find_target(session, follow.wish) == target_id:
            service.unfollow(session, now, subscriber_id, kind, follow.wish.target_id)
    return change


def find_target(session: Session, wish: FollowWish) -> int | None:
    """Give the row that what is followed has now, after all merges; None if it is gone."""
    match wish.kind:
        case FollowKind.RESEARCHER:
            return researchers.find_living(session, ResearcherId(wish.target_id))
        case FollowKind.PAPER:
            return papers.find_living(session, PaperId(wish.target_id))
        case FollowKind.INSTITUTION:
            return wish.target_id


def find_by_id(session: Session, person: PersonId) -> ResearcherId | None:
    """Give the record that an id belongs to."""
    found = researchers.find_by_ids(session, [person]).get(person)
    return None if found is None else researchers.find_living(session, found)


def find_or_add(session: Session, now: datetime, wanted: PersonWanted) -> tuple[ResearcherId, bool]:
    """Give the record of the person that is meant, and whether it was made for that; its papers are found at once."""
    begin_judging(session)
    known = _find_record(session, wanted)
    if known is not None:
        return known, False
    places = (Affiliation(name=wanted.affiliation, source="reader"),) if wanted.affiliation else ()
    name = " ".join(wanted.name.split())
    researcher = Researcher(name=name, fields=wanted.fields, ids=wanted.ids, affiliations=places)
    researcher_id = researchers.add_researcher(session, researcher, now)
    seeds = [
        Authorship(
            researcher_id=researcher_id,
            paper_id=seed.paper_id,
            position=seed.position,
            standing=Standing.CONFIRMED,
            probability=1.0,
            evidence=(SEED,),
        )
        for seed in wanted.seeds
    ]
    authorships.save_authorships(session, seeds, now)
    attribute_researcher(session, researcher_id, now)
    return researcher_id, True


def _is_name(name: str) -> bool:
    return any(map(str.isalpha, name)) and parse_name(name) is not None


def not_a_person(name: str) -> str:
    """Say that something is no person's name, and what to do instead."""
    shown = name[:80]
    return f'“{shown}” is not a person\'s name; teams and collaborations can be an interest: au:"{shown}".'


def _find_record(session: Session, wanted: PersonWanted) -> ResearcherId | None:
    """Find who is meant among the records: by id, by a paper that is theirs, by a name that few have."""
    for person in wanted.ids:
        if (found := find_by_id(session, person)) is not None:
            return found
    for seed in wanted.seeds:
        for each in authorships.list_of_papers(session, [seed.paper_id]).get(seed.paper_id, ()):
            if each.position == seed.position and each.standing.is_theirs:
                return each.researcher_id
    if wanted.ids or wanted.seeds or wanted.affiliation:
        return None
    return researchers.find_unanchored(session, " ".join(wanted.name.split()), wanted.fields)


def _follow(  # noqa: PLR0913, PLR0917 -- one argument for each part of a wish
    session: Session, now: datetime, subscriber_id: int, kind: FollowKind, target_id: int, name: str, terms: Terms
) -> WishChanged:
    known = store.find_follow(session, subscriber_id, kind, target_id)
    usual = known.wish if known else FollowWish(kind=kind, target_id=target_id, name=name)
    wish = FollowWish(
        kind=kind,
        target_id=target_id,
        name=name,
        timing=terms.timing or usual.timing,
        position=terms.position or usual.position,
        events=usual.events if terms.events is None else terms.events,
    )
    return service.follow(session, now, subscriber_id, wish)
