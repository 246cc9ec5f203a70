"""Acts: lets a subscriber follow everybody on a list, and says line by line who cannot be followed and why."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from digest.errors import DigestError
from digest.model import Paper, PaperId, Researcher
from digest.pipeline.following import USUAL, Followed, PersonWanted, Seed, Terms, follow_person
from digest.pipeline.lookup import Hints, find_author
from digest.pipeline.records import find_position
from digest.pipeline.refresh import Inquiry
from digest.researchers.imports import Fault, PeopleList, PersonWish
from digest.storage import papers
from subscribers.db import Database
from subscribers.model import InvalidWish

AT_ONCE = 50  # people followed in one transaction
MOST_SEEDS = 50  # papers of one person by which they are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a list: whom the subscriber follows now, and the lines that could not be used."""

    form: str
    followed: tuple[tuple[PersonWish, Followed], ...]
    faults: tuple[Fault, ...]

    @property
    def new(self) -> int:
        """Count those who were not followed before."""
        return sum(1 for _, each in self.followed if each.change.is_changed)


async def follow_list(
    inquiry: Inquiry,
    subscriber_id: int,
    people: PeopleList,
    terms: Terms = USUAL,
    on_done: Callable[[int], None] = lambda _count: None,
) -> Imported:
    """Follow everybody on the list who can be followed. Services are asked later, but for papers that are named.

    `on_done` is told of so many people more each time.
    """
    faults = list(people.faults)
    wanted: list[tuple[PersonWish, PersonWanted]] = []
    for wish in people.wishes:
        try:
            wanted.append((wish, await _find_wanted(inquiry, wish)))
        except (DigestError, InvalidWish) as error:
            faults.append(Fault(wish.place, wish.shown[:80], str(error)))
    followed: list[tuple[PersonWish, Followed]] = []
    remaining = iter(wanted)
    while chunk := list(islice(remaining, AT_ONCE)):
        done, failed = await asyncio.to_thread(
            _follow_some, inquiry.database, subscriber_id, chunk, terms, inquiry.clock()
        )
        followed += done
        faults += failed
        on_done(len(chunk))
    return Imported(
        form=people.form, followed=tuple(followed), faults=tuple(sorted(faults, key=lambda fault: fault.line))
    )


def _follow_some(
    database: Database,
    subscriber_id: int,
    wanted: Sequence[tuple[PersonWish, PersonWanted]],
    terms: Terms,
    now: datetime,
) -> tuple[list[tuple[PersonWish, Followed]], list[Fault]]:
    done: list[tuple[PersonWish, Followed]] = []
    faults: list[Fault] = []
    with database.writing() as session:
        for wish, person in wanted:
            try:
                done.append((wish, follow_person(session, now, subscriber_id, person, terms)))
            except InvalidWish as error:
                faults.append(Fault(wish.place, wish.shown[:80], str(error)))
    return done, faults


async def _find_wanted(inquiry: Inquiry, wish: PersonWish) -> PersonWanted:
    if wish.reference is not None:
        meant = await find_author(inquiry, wish.reference, Hints())
        assert meant.person is not None
        return meant.person
    return await asyncio.to_thread(_read_wish, inquiry.database, wish)


def _read_wish(database: Database, wish: PersonWish) -> PersonWanted:
    """Give whom a line means; the papers it names tell namesakes apart, as far as they are stored here."""
    name = wish.name or (wish.ids[0].value if wish.ids else "")
    with database.reading() as session:
        seeds = tuple(_find_seeds(session, wish, name))
    return PersonWanted(name=name, affiliation=wish.affiliation, ids=wish.ids, seeds=seeds)


def _find_seeds(session: Session, wish: PersonWish, name: str) -> Iterable[Seed]:
    rows = {row for known in wish.papers[:MOST_SEEDS] if (row := papers.find_paper(session, known)) is not None}
    rows |= set(papers.find_by_titles(session, wish.titles[:MOST_SEEDS]))
    person = Researcher(name=name, ids=wish.ids)
    found: dict[PaperId, Paper] = papers.load_papers(session, rows)
    for row, paper in found.items():
        position = find_position(paper, person)
        if position is not None:
            yield Seed(paper_id=row, position=position)
