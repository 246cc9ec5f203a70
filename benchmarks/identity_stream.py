"""Follows every known person of a data set through time, and writes down each judgement and whether it was right.

A follow begins with a person's first paper (or with the name alone). Every later authorship with the same family name
and first initial, or a compatible name, is judged with what is known until then. The profile grows with papers that
were judged sure; with answers, also with possible ones that a reader confirms, and it learns from the rejected ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zlib import crc32

from benchmarks.identity_data import DataSet, Work
from digest.model import Author, Paper, Researcher, ResearcherId, Standing
from digest.researchers.frequency import NameStatistics, load_statistics
from digest.researchers.imprint import Imprint, take_imprint
from digest.researchers.names import PersonName, block_keys, name_key, parse_name
from digest.researchers.observation import observe
from digest.researchers.profile import Profile, begin
from digest.researchers.roster import Found, settle
from digest.researchers.weighing import NOBODY, Weighing, describe_pieces, weigh_observation
from digest.researchers.weights import Weights

FOLDS: Final = 5


class Growth(StrEnum):
    """What a profile learns from."""

    SURE = "sure"
    ANSWERS = "answers"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is shown of the papers, where a follow begins, and what it learns from.

    `together`: all are followed at once, as in the product, so that two who may be one author are settled.
    """

    affiliations: bool = True
    abbreviated: bool = False
    name_only: bool = False
    together: bool = False
    growth: Growth = Growth.SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One authorship held against one follow. `pieces` is empty where the names are of different people."""

    person: str
    block: str
    paper: str
    printed: str
    is_theirs: bool
    weighing: Weighing
    pieces: tuple[tuple[str, float], ...]
    is_exact: bool
    shares_coauthor: bool
    is_ambiguous: bool

    @property
    def is_compatible(self) -> bool:
        """Whether the names may name one person."""
        return bool(self.pieces)


@dataclass(slots=True)
class _Follow:
    person: str
    name: PersonName
    printed: str
    block: str
    profile: Profile
    coauthors: set[str]


WeightsOf = Callable[[str], Weights]


def block_of(name: PersonName) -> str:
    """Give family name and first initial."""
    return f"{name.family} {name.given[0][0] if name.given else ''}"


def fold_of(block: str) -> int:
    """Give the number of the part of the data that a block of names belongs to."""
    return crc32(block.encode()) % FOLDS


def judge_all(data: DataSet, variant: Variant, weights_of: WeightsOf) -> list[Judgement]:
    """Give every judgement of a data set, in the order of time."""
    stream = Stream(variant, weights_of, find_ambiguous(data))
    for work in data.works:
        stream.take(work)
    for first, second, is_same in data.pairs:
        stream.judge_pair(first, second, is_same=is_same)
    return stream.judgements


def find_ambiguous(data: DataSet) -> frozenset[str]:
    """Give the full names that more than one person has."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for work in data.works:
        for position, person in work.persons.items():
            owners[name_key(work.paper.authors[position - 1].name)].add(person)
    return frozenset(name for name, persons in owners.items() if len(persons) > 1)


class Stream:
    """Follows and what they know, while papers pass by."""

    def __init__(self, variant: Variant, weights_of: WeightsOf, ambiguous: frozenset[str]) -> None:
        self._variant = variant
        self._weights_of = weights_of
        self._names: NameStatistics = load_statistics()
        self._ambiguous = ambiguous
        self._follows: dict[str, _Follow] = {}
        self._by_key: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._by_coauthor: defaultdict[str, set[str]] = defaultdict(set)
        self.judgements: list[Judgement] = []

    def take(self, work: Work) -> None:
        """Judge the known authors of a paper, learn from it, and follow those who are new."""
        shown = show(work.paper, self._variant)
        imprint = take_imprint(shown)
        held = [
            (follow, self._judge(follow, shown, position, imprint, is_theirs=follow.person == person), position)
            for position, person in work.persons.items()
            for follow in self._find(shown.authors[position - 1])
        ]
        for follow, judgement, position in settle_rivals(held) if self._variant.together else held:
            self.judgements.append(judgement)
            self._grow(follow, shown, position, imprint, judgement)
        self._begin_new(work, shown, imprint)
        self._widen(imprint)

    def judge_pair(self, first: tuple[Paper, int], second: tuple[Paper, int], *, is_same: bool) -> None:
        """Follow the author of one paper, and judge another."""
        paper, position = show(first[0], self._variant), first[1]
        follow = self._make_follow(f"{paper.ids[0]}#{position}", paper.authors[position - 1].name)
        if follow is None:
            return
        if not self._variant.name_only:
            follow.profile = follow.profile.learn(paper, position)
        shown = show(second[0], self._variant)
        self.judgements.append(self._judge(follow, shown, second[1], take_imprint(shown), is_theirs=is_same))

    def _find(self, author: Author) -> list[_Follow]:
        name = parse_name(author.name)
        keys = sorted(block_keys(name)) if name else ()
        return [self._follows[each] for each in {person: None for key in keys for person in self._by_key.get(key, ())}]

    def _begin_new(self, work: Work, shown: Paper, imprint: Imprint) -> None:
        for position, person in work.persons.items():
            if person in self._follows:
                continue
            follow = self._make_follow(person, work.paper.authors[position - 1].name)
            if follow is None:
                continue
            self._follows[person] = follow
            for key in block_keys(follow.name):
                self._by_key[key][person] = None
            if not self._variant.name_only:
                self._learn(follow, shown, position, imprint)

    def _make_follow(self, person: str, printed: str) -> _Follow | None:
        name = parse_name(printed)
        if name is None:
            return None
        return _Follow(person, name, printed, block_of(name), begin(Researcher(name=printed)), set())

    def _judge(self, follow: _Follow, paper: Paper, position: int, imprint: Imprint, *, is_theirs: bool) -> Judgement:
        author = paper.authors[position - 1]
        weights = self._weights_of(follow.block)
        seen = observe(follow.profile, author, imprint, position, self._names)
        weighing = weigh_observation(seen, weights) if seen else NOBODY
        known = name_key(follow.printed)
        return Judgement(
            person=follow.person,
            block=follow.block,
            paper=str(paper.ids[0]),
            printed=author.name,
            is_theirs=is_theirs,
            weighing=weighing,
            pieces=tuple(describe_pieces(seen)) if seen else (),
            is_exact=known == name_key(author.name),
            shares_coauthor=bool(seen and seen.shared),
            is_ambiguous=known in self._ambiguous,
        )

    def _grow(self, follow: _Follow, paper: Paper, position: int, imprint: Imprint, judgement: Judgement) -> None:
        standing, is_theirs = judgement.weighing.standing, judgement.is_theirs
        match self._variant.growth:
            case Growth.TRUTH:
                is_learned = is_theirs
            case Growth.SURE:
                is_learned = standing is Standing.SURE
            case Growth.ANSWERS:
                is_learned = standing is Standing.SURE or (standing is Standing.POSSIBLE and is_theirs)
                if standing is Standing.POSSIBLE and not is_theirs:
                    follow.profile = follow.profile.reject(paper, position)
        if is_learned:
            self._learn(follow, paper, position, imprint)

    def _learn(self, follow: _Follow, paper: Paper, position: int, imprint: Imprint) -> None:
        follow.profile = follow.profile.learn_imprints([(paper, position, imprint)])
        for key in imprint.others(position):
            self._by_coauthor[key].add(follow.person)

    def _widen(self, imprint: Imprint) -> None:
        """Let the co-authors' new papers widen the circles."""
        for person in {person for key in imprint.bonded for person in self._by_coauthor.get(key, ())}:
            follow = self._follows[person]
            follow.profile = follow.profile.widen_imprints([imprint])


Held = tuple[_Follow, Judgement, int]


def settle_rivals(held: list[Held]) -> Iterator[Held]:
    """Let the product settle between those who may be one author of a paper."""
    found = [Found(ResearcherId(at), position, each.weighing) for at, (_, each, position) in enumerate(held)]
    shown = [each for each in found if each.weighing.standing in (Standing.SURE, Standing.POSSIBLE)]
    settled = {each.researcher_id: each.weighing for each in settle(shown)}
    for at, (follow, judgement, position) in enumerate(held):
        yield follow, replace(judgement, weighing=settled.get(ResearcherId(at), judgement.weighing)), position


def show(paper: Paper, variant: Variant) -> Paper:
    """Give a paper as the variant shows it."""
    if variant.affiliations and not variant.abbreviated:
        return paper
    authors = tuple(
        replace(
            author,
            name=abbreviate(author.name) if variant.abbreviated else author.name,
            affiliations=author.affiliations if variant.affiliations else (),
        )
        for author in paper.authors
    )
    return replace(paper, authors=authors)


def abbreviate(printed: str) -> str:
    """Give a name with initials in place of given names."""
    name = parse_name(printed)
    if name is None or not name.given:
        return printed
    return f"{' '.join(f'{word[0].upper()}.' for word in name.given)} {name.family.title()}"
