"""The people of a library of references: who wrote how many of its works. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from digest.model import ExternalId, PersonId
from digest.researchers.imports.wishes import PersonWish
from digest.researchers.names import Likeness, PersonName, compare, parse_name

TINY_LIBRARY: Final = 3  # works; of so few, one is enough
MOST_EVIDENCE: Final = 50  # works kept of one person
MOST_CREATORS: Final = 60_000  # of a library
MOST_AUTHORS: Final = 500  # of one work; above that nobody is followed for it
# Names of one family and initial, above which spellings are left apart: to compare them all would take too long.
MOST_NAMESAKES: Final = 40
_MAY_BE_ONE: Final = frozenset(
    {Likeness.SAME, Likeness.SHORTER, Likeness.INITIALS, Likeness.SPELLED_OUT, Likeness.SINGLE}
)


@dataclass(frozen=True, slots=True)
class Creator:
    """An author of a work, as the library names them: given names first."""

    name: str
    ids: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """An item of a library. `place` is its line or its number."""

    place: int
    title: str
    creators: tuple[Creator, ...]
    ids: tuple[ExternalId, ...] = ()


@dataclass(slots=True)
class _Person:
    """A person as gathered so far: the spellings, and the works by their index in the library."""

    name: PersonName
    order: int
    spellings: Counter[str] = field(default_factory=Counter)
    parsed: list[PersonName] = field(default_factory=list)
    works: set[int] = field(default_factory=set)
    ids: dict[PersonId, None] = field(default_factory=dict)
    is_open: bool = True

    def is_like(self, other: "_Person") -> bool:
        """Whether another spelling may be the same person: it fits every one, and shares no work."""
        if self.works & other.works:
            return False
        return all(compare(mine, other.name) in _MAY_BE_ONE for mine in self.parsed)

    def take(self, other: "_Person") -> None:
        """Count another spelling as this person."""
        self.order = min(self.order, other.order)
        self.spellings.update(other.spellings)
        self.parsed += other.parsed
        self.works |= other.works
        self.ids.update(other.ids)


def limit_works(works: list[Work]) -> Iterator[Work]:
    """Give as many works as have no more than the most authors that are read."""
    count = 0
    for work in works:
        count += len(work.creators)
        if count > MOST_CREATORS:
            return
        yield work


def list_people(works: tuple[Work, ...], least: int) -> Iterator[PersonWish]:
    """Give those who wrote at least `least` of the works, in the order of their first; everybody of a tiny library."""
    needed = 1 if len(works) <= TINY_LIBRARY else least
    people = [person for block in _block(_list_spellings(works)) for person in _join(block)]
    chosen = [person for person in people if len(person.works) >= needed]
    for person in sorted(chosen, key=lambda person: person.order):
        yield _to_wish(person, works)


def _list_spellings(works: tuple[Work, ...]) -> list[_Person]:
    """Give each name as it is divided, with its works; groups and the like are no people."""
    found: dict[PersonName, _Person] = {}
    for at, work in enumerate(works):
        for creator in work.creators if len(work.creators) <= MOST_AUTHORS else ():
            name = parse_name(creator.name)
            if name is None or not name.given:
                continue
            person = found.setdefault(name, _Person(name, len(found), parsed=[name]))
            person.spellings[creator.name] += 1
            person.works.add(at)
            person.ids.update(dict.fromkeys(creator.ids))
    return list(found.values())


def _block(people: Iterable[_Person]) -> Iterable[list[_Person]]:
    """Group the spellings that may be of one person: by family name and initial."""
    blocks: defaultdict[tuple[str, str], list[_Person]] = defaultdict(list)
    for person in people:
        written = person.name.spelled_out or person.name
        blocks[written.family, written.given[0][0]].append(person)
    return blocks.values()


def _join(block: list[_Person]) -> list[_Person]:
    """Join each spelling to the one person whom it fits; one that fits several stays apart.

    Those with the fullest names go first, so that `M. Smith` meets both `Mary Smith` and `Mark Smith`.
    """
    if len(block) > MOST_NAMESAKES:
        return block
    people: list[_Person] = []
    for spelling in sorted(block, key=lambda person: (-len(person.name.spelled), person.name.spelled)):
        like = [person for person in people if person.is_open and person.is_like(spelling)]
        if len(like) == 1:
            like[0].take(spelling)
        else:
            spelling.is_open = not like
            people.append(spelling)
    return people


def _to_wish(person: _Person, works: tuple[Work, ...]) -> PersonWish:
    places = sorted(person.works)
    own = [works[at] for at in places[:MOST_EVIDENCE]]
    name = max(person.spellings, key=lambda name: (len(name), person.spellings[name]))
    also = ", ".join(sorted(spelling for spelling in person.spellings if spelling != name)[:3])
    note = (
        f"author of {len(places):,} of your {len(works):,} references" if len(works) > 1 else "author of your reference"
    )
    return PersonWish(
        place=own[0].place,
        name=name,
        ids=tuple(person.ids),
        papers=tuple(dict.fromkeys(known for work in own for known in work.ids)),
        titles=tuple(dict.fromkeys(work.title for work in own if work.title)),
        note=f"{note}; also printed as {also}" if also else note,
    )
