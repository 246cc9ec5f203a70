"""How sure are we that a list of papers is one person's? They are grouped by what links them. Pure.

Two papers are linked by rare co-authors in common, by one affiliation, or by a close topic, added up as in weighing.
Links are looked for through co-authors and telling words, never between all pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from digest.model import Paper
from digest.researchers.frequency import NameStatistics, load_statistics
from digest.researchers.imprint import Imprint, alike_places, read_places, take_imprint
from digest.researchers.vocabulary import closeness

MOST_PAPERS = 3_000
_MOST_IN_BUCKET = 40  # papers that share a key are compared with so many of their neighbours
_LINKED = 1.0
_ALL_RARITY = 4.0
_STRONG_GROUP = 0.9
_TITLE_LENGTH = 60
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Grouping:
    """Papers in groups that hang together, the largest first, as indices; `confidence` that all are one person's."""

    confidence: float
    groups: tuple[tuple[int, ...], ...]
    words: str


@dataclass(frozen=True, slots=True)
class _Member:
    others: frozenset[str]
    imprint: Imprint
    places: tuple[str, ...]


def group(works: Sequence[tuple[Paper, int]], names: NameStatistics | None = None) -> Grouping:
    """Group the papers of one record, each with the position (from 1) of its author; at most 3,000 are looked at."""
    names = names or load_statistics()
    members = [_look_at(paper, position) for paper, position in works[:MOST_PAPERS]]
    parents = list(range(len(members)))
    for one, other in _find_neighbours(members):
        first, second = _root(parents, one), _root(parents, other)
        if first != second and _link(members[one], members[other], names) >= _LINKED:
            parents[max(first, second)] = min(first, second)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(len(members)):
        found[_root(parents, number)].append(number)
    groups = tuple(tuple(each) for each in sorted(found.values(), key=lambda each: (-len(each), each)))
    return Grouping(_confidence(groups), groups, _tell(groups, works))


def _look_at(paper: Paper, position: int) -> _Member:
    imprint = take_imprint(paper)
    author = paper.authors[position - 1] if position <= len(paper.authors) else None
    return _Member(imprint.others(position), imprint, read_places(author) if author else ())


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _find_neighbours(members: Sequence[_Member]) -> Iterator[tuple[int, int]]:
    """Give the pairs that share a co-author, an affiliation or a telling word; of large buckets only near ones."""
    buckets: defaultdict[str, list[int]] = defaultdict(list)
    for number, member in enumerate(members):
        for key in _keys(member):
            bucket = buckets[key]
            yield from ((earlier, number) for earlier in bucket[-_MOST_IN_BUCKET:])
            bucket.append(number)


def _keys(member: _Member) -> Iterable[str]:
    yield from (f"who {key}" for key in member.others)
    yield from (f"where {place}" for place in member.places)
    yield from (f"what {word}" for word in list(member.imprint.words)[:_MOST_WORDS])


_MOST_WORDS = 6


def _link(one: _Member, other: _Member, names: NameStatistics) -> float:
    """Say how strongly two papers are linked: 1 is enough."""
    shared = one.others & other.others
    rarity = sum(1.0 - min(max(names.commonness_of_key(key) - 2.0, 0.0), _ALL_RARITY) / _ALL_RARITY for key in shared)
    people = min(one.imprint.share, other.imprint.share) * rarity
    topic = closeness(one.imprint.words, other.imprint.words)
    place = alike_places(one.places, other.places) if one.places and other.places else 0.0
    return 1.5 * people + 3.0 * topic + 0.6 * place * (place > _STRONG_GROUP)


def _confidence(groups: Sequence[tuple[int, ...]]) -> float:
    """Give the share of pairs of papers that hang together: 1 for one group, lower the more stands apart."""
    total = sum(map(len, groups))
    if total <= 1:
        return 1.0
    together = sum(len(each) * (len(each) - 1) for each in groups)
    return together / (total * (total - 1))


def _tell(groups: Sequence[tuple[int, ...]], works: Sequence[tuple[Paper, int]]) -> str:
    total = sum(map(len, groups))
    if total <= 1:
        return "one paper only" if total else "no paper"
    largest = len(groups[0])
    if largest == total:
        return f"all {total} papers hang together by co-authors, topics and affiliations"
    apart = [number for each in groups[1:] for number in each]
    titles = "; ".join(_cut(works[number][0].title) for number in apart[:_MOST_TOLD])
    rest = f"; and {len(apart) - _MOST_TOLD} more" if len(apart) > _MOST_TOLD else ""
    stand = "stands" if len(apart) == 1 else "stand"
    return f"{largest} of {total} papers hang together; {len(apart)} {stand} apart: {titles}{rest}"


def _cut(title: str) -> str:
    plain = " ".join("".join(char for char in title if char.isprintable()).split())
    return plain if len(plain) <= _TITLE_LENGTH else f"{plain[: _TITLE_LENGTH - 1].rstrip()}…"
