"""What is known of one person, as evidence: bounded, growing with each paper that is theirs. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from digest.model import Author, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.imprint import Imprint, initial_keys, read_domains, read_places, take_imprint
from digest.researchers.names import PersonName, parse_name
from digest.researchers.vocabulary import describe, direct, weigh_word

MOST_NAMES = 12
MOST_COAUTHORS = 400
MOST_CIRCLE = 400
MOST_TERMS = 150
MOST_CATEGORIES = 40
MOST_PLACES = 30
MOST_REJECTED = 200
_ENOUGH = 1.5  # how far beyond its bound a table may grow before it is cut


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """What the papers look like that were declared to be somebody else's."""

    papers: int = 0
    coauthors: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Evidence about one person. Tables are bounded; what is rare and old leaves first.

    `coauthors` and `circle` (co-authors of co-authors) count papers by `bond_key`, less for long author lists; `terms`
    counts papers by word, `categories` by category, `places` by folded affiliation. `institutions` are ROR ids,
    `fields` and `topics` what services state. Years are of the first and the last known paper.
    """

    names: tuple[str, ...]
    ids: tuple[PersonId, ...] = ()
    fields: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    papers: int = 0
    coauthors: Mapping[str, float] = field(default_factory=dict)
    circle: Mapping[str, float] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, float] = field(default_factory=dict)
    institutions: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    first_year: int | None = None
    last_year: int | None = None
    rejected: Rejected = Rejected()

    def learn(self, paper: Paper, position: int) -> Self:
        """Give the profile with a paper that is theirs, as the author at `position` (from 1)."""
        return self.learn_all([(paper, position)])

    def learn_all(self, papers: Iterable[tuple[Paper, int]]) -> Self:
        """Give the profile with many papers that are theirs; takes time in proportion to their number."""
        return self.learn_imprints((paper, position, take_imprint(paper)) for paper, position in papers)

    def learn_imprints(self, papers: Iterable[tuple[Paper, int, Imprint]]) -> Self:
        """Do the same with imprints that were taken before."""
        growth = _Growth(self)
        for paper, position, imprint in papers:
            growth.add(paper, position, imprint)
        return replace(self, **growth.finish())

    def reject(self, paper: Paper, position: int) -> Self:
        """Give the profile with a paper that is somebody else's: what resembles it is less likely theirs."""
        imprint = take_imprint(paper)
        coauthors = dict(self.rejected.coauthors)
        _count(coauthors, imprint.others(position), imprint.share)
        places = dict(self.rejected.places)
        _count(places, read_places(paper.authors[position - 1]), 1.0)
        rejected = Rejected(
            papers=self.rejected.papers + 1,
            coauthors=_bound(coauthors, MOST_REJECTED),
            places=_bound(places, MOST_PLACES),
        )
        return replace(self, rejected=rejected)

    def widen(self, papers: Iterable[Paper]) -> Self:
        """Give the profile with papers of co-authors: those who write with them become the circle."""
        return self.widen_imprints(map(take_imprint, papers))

    def widen_imprints(self, imprints: Iterable[Imprint]) -> Self:
        """Do the same with imprints that were taken before."""
        circle = dict(self.circle)
        for imprint in imprints:
            if not imprint.bonded.isdisjoint(self.coauthors):
                _count(circle, (key for key in imprint.bonded if key not in self.coauthors), imprint.share)
        return replace(self, circle=_bound(circle, MOST_CIRCLE))

    @cached_property
    def parsed(self) -> tuple[PersonName, ...]:
        """The names taken apart; those that name nobody are left out."""
        return tuple(name for name in map(parse_name, self.names) if name is not None)

    @cached_property
    def direction(self) -> Mapping[str, float]:
        """What the papers are about, as scaled words."""
        if not self.terms:
            return describe(" ".join(self.topics))
        return direct(self.terms)

    @cached_property
    def abbreviated(self) -> frozenset[str]:
        """The keys under which co-authors may be printed with initials."""
        return frozenset(key for full in self.coauthors for key in initial_keys(full))


class _Growth:
    """A profile while papers are added to it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._names = list(profile.names)
        self._papers = profile.papers
        self._coauthors = dict(profile.coauthors)
        self._terms = dict(profile.terms)
        self._categories = dict(profile.categories)
        self._places = dict(profile.places)
        self._institutions = dict.fromkeys(profile.institutions)
        self._domains = dict.fromkeys(profile.domains)
        self._years = [year for year in (profile.first_year, profile.last_year) if year]

    def add(self, paper: Paper, position: int, imprint: Imprint) -> None:
        author = paper.authors[position - 1]
        self._papers += 1
        self._coauthors = _cut(_count(self._coauthors, imprint.others(position), imprint.share), MOST_COAUTHORS)
        self._terms = _cut(_count(self._terms, imprint.words, 1.0), MOST_TERMS, weigh_word)
        _count(self._categories, imprint.categories, 1.0)
        self._places = _cut(_count(self._places, read_places(author), 1.0), MOST_PLACES)
        self._institutions |= dict.fromkeys(author.institutions)
        self._domains |= dict.fromkeys(sorted(read_domains(author)))
        self._years += [imprint.year] if imprint.year else []
        self._add_name(author)

    def finish(self) -> dict[str, Any]:
        """Give the fields of the profile that have changed."""
        return {
            "names": tuple(self._names),
            "papers": self._papers,
            "coauthors": _bound(self._coauthors, MOST_COAUTHORS),
            "terms": _bound(self._terms, MOST_TERMS, weigh_word),
            "categories": _bound(self._categories, MOST_CATEGORIES),
            "places": _bound(self._places, MOST_PLACES),
            "institutions": tuple(self._institutions)[-MOST_PLACES:],
            "domains": tuple(self._domains)[-MOST_PLACES:],
            "first_year": min(self._years, default=None),
            "last_year": max(self._years, default=None),
        }

    def _add_name(self, author: Author) -> None:
        """Keep a full name as another spelling; an initial would open the door to others."""
        name = parse_name(author.name)
        if len(self._names) < MOST_NAMES and author.name not in self._names and name is not None and name.is_full:
            self._names.append(author.name)


def begin(researcher: Researcher) -> Profile:
    """Give what is known of a person from the record alone: names, ids, places, fields and topics as stated."""
    places = (place for each in researcher.affiliations for place in read_places(Author("", (each.name,))))
    return Profile(
        names=researcher.names[:MOST_NAMES],
        ids=researcher.ids,
        fields=researcher.fields,
        topics=researcher.topics,
        places=_bound(dict.fromkeys(places, 1.0), MOST_PLACES),
        institutions=tuple(dict.fromkeys(each.ror for each in researcher.affiliations if each.ror))[:MOST_PLACES],
    )


def dump(profile: Profile) -> dict[str, Any]:
    """Give a profile as JSON; what is empty is left out."""
    made: dict[str, Any] = {"names": list(profile.names), "ids": [[each.scheme, each.value] for each in profile.ids]}
    for name in (*_LISTS, *_TABLES, *_NUMBERS):
        value = getattr(profile, name)
        made[name] = list(value) if name in _LISTS else _round(value) if name in _TABLES else value
    rejected = profile.rejected
    made["rejected"] = rejected.papers and {
        "papers": rejected.papers,
        "coauthors": _round(rejected.coauthors),
        "places": _round(rejected.places),
    }
    return {name: value for name, value in made.items() if value}


def load(stored: Mapping[str, Any]) -> Profile:
    """Give the profile that `dump` wrote."""
    known: dict[str, Any] = {name: tuple(stored.get(name, ())) for name in ("names", *_LISTS)}
    known |= {name: dict(stored.get(name, {})) for name in _TABLES}
    known |= {name: stored[name] for name in _NUMBERS if name in stored}
    ids = tuple(PersonId(PersonScheme(scheme), value) for scheme, value in stored.get("ids", ()))
    return Profile(ids=ids, rejected=Rejected(**stored.get("rejected", {})), **known)


_LISTS = ("fields", "topics", "institutions", "domains")
_TABLES = ("coauthors", "circle", "terms", "categories", "places")
_NUMBERS = ("papers", "first_year", "last_year")


def _round(table: Mapping[str, float]) -> dict[str, float]:
    return {key: int(count) if count == int(count) else round(count, 2) for key, count in table.items()}


def _count(table: dict[str, float], keys: Iterable[str], weight: float) -> dict[str, float]:
    """Count keys; what was counted last stands last."""
    for key in keys:
        table[key] = table.pop(key, 0.0) + weight
    return table


def _cut(table: dict[str, float], most: int, worth: Callable[[str], float] | None = None) -> dict[str, float]:
    """Bound a table once it is well beyond its bound, so that growing stays cheap."""
    return _bound(table, most, worth) if len(table) > most * _ENOUGH else table


def _bound(table: dict[str, float], most: int, worth: Callable[[str], float] | None = None) -> dict[str, float]:
    """Keep the entries with the highest counts (times their worth); of equal ones the latest."""
    if len(table) <= most:
        return table
    rank = {key: (count * worth(key) if worth else count, place) for place, (key, count) in enumerate(table.items())}
    kept = set(sorted(rank, key=rank.__getitem__, reverse=True)[:most])
    return {key: count for key, count in table.items() if key in kept}
