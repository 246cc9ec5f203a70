"""Acts: does what a page suggests after feedback, and undoes it: an interest, an exclusion or a follow more or less."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from digest.intake import clean_text
from digest.model import FeedbackKind, ResearcherId, Standing
from digest.pipeline.attribute import begin_judging
from digest.pipeline.feedback import Said
from digest.pipeline.following import PersonWanted, Seed, follow_person, unfollow
from digest.pipeline.suggestions import Step, StepKind, Wished, choose_steps, list_steps
from digest.rendering.rating import OfferedAuthor
from digest.rendering.tex import to_unicode
from digest.researchers.names import parse_name
from digest.storage import authorships
from subscribers import exclusions, service, store
from subscribers.db import Database
from subscribers.model import FollowKind, InterestWish, InvalidWish
from subscribers.outcomes import WishChanged
from subscribers.validation import MAX_NAME

MOST_OFFERED: Final = 6  # authors of one paper
LONGEST_NAME: Final = 240  # characters that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken or undone, and whether that changed anything; whom a follow is about."""

    step: Step
    is_undone: bool
    is_changed: bool
    researcher_id: ResearcherId | None = None


def find_steps(database: Database, said: Said) -> tuple[Step, ...]:
    """Give what to suggest to a reader who asked for more or less like a paper."""
    steps = [step for kind in sorted(said.kinds) for step in list_steps(kind, said.paper, said.match)]
    with database.reading() as session:
        return choose_steps(steps, _read_wishes(session, said))


def find_step(said: Said, key: str) -> Step | None:
    """Give the step that a form names: only what may be suggested about this very paper can be named."""
    steps = (step for kind in FeedbackKind for step in list_steps(kind, said.paper, said.match))
    return next((step for step in steps if step.key == key and step.kind is not StepKind.UNFOLLOW), None)


def find_authors(database: Database, said: Said) -> tuple[OfferedAuthor, ...]:
    """Give the authors of a paper to offer: the first, the last, and of those who have a record the first few."""
    authors = said.paper.authors
    with database.reading() as session:
        known = authorships.list_of_papers(session, [said.paper_id]).get(said.paper_id, ())
        followed = _find_followed(session, said)
    ends = {1, len(authors)}
    others = sorted({each.position for each in known if each.standing.is_theirs or each.position in followed} - ends)
    offered = sorted((*ends, *others[: MOST_OFFERED - len(ends)]))
    return tuple(
        OfferedAuthor(position, authors[position - 1].name, is_followed=position in followed)
        for position in offered
        if 1 <= position <= len(authors) and parse_name(to_unicode(authors[position - 1].name[:LONGEST_NAME]))
    )


def turn_author(database: Database, now: datetime, said: Said, author: OfferedAuthor, *, is_wanted: bool) -> Taken:
    """Follow an author of a paper, or no longer; again is no error. Raises InvalidWish, UnknownSubscriber."""
    step = Step(kind=StepKind.FOLLOW, subject=author.name, position=author.position)
    return take_step(database, now, said, step, is_undoing=not is_wanted)


def take_step(database: Database, now: datetime, said: Said, step: Step, *, is_undoing: bool = False) -> Taken:
    """Change what is suggested, or change it back; again is no error. Raises InvalidWish, UnknownSubscriber."""
    with database.writing() as session:
        if step.position is not None:
            return _turn_follow(session, now, said, step, is_undoing=is_undoing)
        if step.wish is None:
            raise InvalidWish
        change = _turn_wish(session, now, said.subscriber_id, step.kind, step.wish, is_undoing=is_undoing)
        return Taken(step=step, is_undone=is_undoing, is_changed=change.is_changed)


def _turn_wish(
    session: Session, now: datetime, reader: int, kind: StepKind, wish: InterestWish, *, is_undoing: bool
) -> WishChanged:
    if kind is StepKind.EXCLUDE:
        if is_undoing:
            return exclusions.remove_exclusion(session, now, reader, wish.canonical)
        return exclusions.add_exclusion(session, now, reader, wish)
    if (kind is StepKind.ADD) is is_undoing:
        return service.remove_interest(session, now, reader, wish.canonical)
    return service.add_interest(session, now, reader, wish)


def _turn_follow(session: Session, now: datetime, said: Said, step: Step, *, is_undoing: bool) -> Taken:
    """Follow the author in that place of the paper, whoever that is; or no longer."""
    position = step.position or 1
    begin_judging(session)
    if is_undoing:
        known = _find_followed(session, said).get(position)
        change = unfollow(session, now, said.subscriber_id, FollowKind.RESEARCHER, known) if known else None
        return Taken(step=step, is_undone=True, is_changed=bool(change and change.is_changed), researcher_id=known)
    author = said.paper.authors[position - 1]
    seed = Seed(paper_id=said.paper_id, position=position)
    wanted = PersonWanted(name=clean_text(author.name, MAX_NAME), ids=author.person_ids, seeds=(seed,))
    followed = follow_person(session, now, said.subscriber_id, wanted)
    researcher_id = ResearcherId(followed.target_id)
    return Taken(step=step, is_undone=False, is_changed=followed.change.is_changed, researcher_id=researcher_id)


def _read_wishes(session: Session, said: Said) -> Wished:
    wishes = store.list_wishes(session, [said.subscriber_id])[said.subscriber_id]
    followed = _find_followed(session, said)
    return Wished(
        interests={each.canonical for each in wishes.interests},
        exclusions={each.canonical for each in wishes.exclusions},
        positions=set(followed),
        followed={each.wish.target_id for each in wishes.follows if each.wish.kind is FollowKind.RESEARCHER},
    )


def _find_followed(session: Session, said: Said) -> dict[int, ResearcherId]:
    """Give the records that the reader follows and that are, or may be, authors of the paper, by position."""
    known = authorships.list_of_papers(session, [said.paper_id]).get(said.paper_id, ())
    may_be = [each for each in known if each.standing.is_theirs or each.standing is Standing.POSSIBLE]
    return {
        each.position: each.researcher_id
        for each in may_be
        if store.find_follow(session, said.subscriber_id, FollowKind.RESEARCHER, each.researcher_id)
    }
