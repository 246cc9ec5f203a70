"""Who is who among the papers of one batch and the papers already stored. Decides in memory; touches no database."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.evidence import find_agreement, find_contradiction, find_twin_evidence, merge_key, name_id
from digest.merging import merge
from digest.model import ExternalId, IdScheme, Paper, PaperId
from digest.researchers.names import Likeness, compare, fold, parse_name

Pair = tuple[str, str]
Ids = tuple[ExternalId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Two records taken for one work. `absorbed_id` is the row that was given up; ids may be provisional."""

    paper_id: PaperId
    absorbed_id: PaperId | None
    evidence: str
    kept: Paper
    joined: Paper
    joined_ids: Ids


@dataclass(frozen=True, slots=True)
class _Link:
    """A paper that an id of a sighting leads to, and what is said for or against its being that paper."""

    paper_id: PaperId
    shared: Ids
    is_same: bool
    words: str = ""


class Ledger:
    """Enters sightings one by one. A new paper has a provisional (negative) id until `settle` is told the real ones.

    `distinct` are pairs of ids that an operator said are two works, in order.
    """

    def __init__(
        self,
        rows: Mapping[ExternalId, PaperId],
        by_key: Mapping[str, list[PaperId]],
        stored: Mapping[PaperId, Paper],
        distinct: Collection[Pair] = (),
        source: str = "",
    ) -> None:
        self.rows = dict(rows)
        self.joinings: list[Joining] = []
        self.warnings: dict[str, None] = {}  # a set that keeps its order
        self.places: dict[ExternalId, PaperId] = {}  # of what each sighting calls itself
        self.updated: set[PaperId] = set()  # papers that were seen in their latest version, not only in an older one
        self._by_key = {key: list(group) for key, group in by_key.items()}
        self._papers = dict(stored)
        self._stored = stored
        self._into: dict[PaperId, PaperId] = {}
        self._distinct = distinct
        self._source = source
        self._new = 0

    @property
    def new_papers(self) -> Sequence[Paper]:
        """Give the papers no row knows, in the order they were entered."""
        return [self._papers[paper_id] for paper_id in self._new_ids()]

    @property
    def changed_papers(self) -> Mapping[PaperId, Paper]:
        """Give the stored papers that a sighting says more about."""
        return {
            key: now
            for key, before in self._stored.items()
            if key not in self._into and (now := self._papers[key]) is not before and now != before
        }

    def enter(self, paper: Paper) -> None:
        """Merge the sighting into the paper it shows, or take it as a new one."""
        holders = self._find_holders(paper)
        if self._is_plain(paper, holders):
            home: PaperId | None = next(iter(holders))
        else:
            home = self._find_home(paper, holders)
        if home is None and holders and all(known in self.rows for known in paper.ids):
            self._place(paper, self._take_id(paper))
        else:
            self._place(paper, self._add(paper) if home is None else self._join(paper, home))

    def settle(self, paper_ids: Sequence[PaperId]) -> dict[PaperId, PaperId]:
        """Give the real id of every provisional or absorbed one; `paper_ids` are those of `new_papers`, in order."""
        real = dict(zip(self._new_ids(), paper_ids, strict=True))
        gone = {each: self._root(each) for each in self._into}
        return real | {each: real.get(root, root) for each, root in gone.items()}

    def _new_ids(self) -> list[PaperId]:
        provisional = (PaperId(-number) for number in range(1, self._new + 1))
        return [each for each in provisional if each not in self._into]

    def _find_holders(self, paper: Paper) -> dict[PaperId, Ids]:
        """Give the papers that the ids of a sighting lead to, with those ids."""
        holders: dict[PaperId, Ids] = {}
        for known in paper.ids:
            if known in self.rows:
                paper_id = self.rows[known]
                holders[paper_id] = (*holders.get(paper_id, ()), known)
        return holders

    def _is_plain(self, paper: Paper, holders: Mapping[PaperId, Ids]) -> bool:
        """Whether it is an old acquaintance with no id but those we know it by; most sightings are."""
        is_all = len(holders) == 1 and len(next(iter(holders.values()))) == len(paper.ids)
        return is_all and paper.ids[0].scheme is not IdScheme.DOI

    def _find_home(self, paper: Paper, holders: Mapping[PaperId, Ids]) -> PaperId | None:
        """Find the paper it shows: by what it calls itself, by the oldest of its ids, or by title and first author."""
        links = [self._weigh(paper, paper_id, shared, holders) for paper_id, shared in holders.items()]
        for link in links:
            if not link.is_same and link.words:
                self._warn(f"{self._source} gives {paper.ids[0]} the {name_id(link.shared[0])}", link)
        same = sorted((link for link in links if link.is_same), key=lambda link: _rank(paper, link))
        if not same:
            return self._find_twin(paper, holders)
        home = same[0].paper_id
        for link in same[1:]:
            home = self._unite(paper, home, link)
        self._note_join(paper, home, f"same {name_id(same[0].shared[0])} stated by {self._source}; {same[0].words}")
        return home

    def _weigh(self, paper: Paper, paper_id: PaperId, shared: Ids, holders: Mapping[PaperId, Ids]) -> _Link:
        """Say whether the sighting and the paper are one work, given the ids they share."""
        row = self._papers[paper_id]
        if why := find_contradiction(row.ids, paper.ids):
            return _Link(paper_id, shared, is_same=False, words=why)
        elsewhere = {known for other, ids in holders.items() if other != paper_id for known in ids}
        if self._are_distinct(row.ids, [known for known in paper.ids if known not in elsewhere]):
            return _Link(paper_id, shared, is_same=False)
        agreement = find_agreement(row, paper, is_same_person)
        if paper.ids[0] in shared and not _is_claim(row, paper):
            return _Link(paper_id, shared, is_same=True, words=agreement or "titles or authors differ")
        return _Link(paper_id, shared, is_same=bool(agreement), words=agreement or "titles or authors differ")

    def _unite(self, paper: Paper, home: PaperId, link: _Link) -> PaperId:
        """Make one paper of two that a sighting links, the older keeping its place, if they bear each other out."""
        one, other = self._papers[home], self._papers[link.paper_id]
        why = find_contradiction(one.ids, other.ids)
        # The sighting may be a version whose title is that of the other.
        agreement = find_agreement(merge(one, paper), other, is_same_person)
        if self._are_distinct(one.ids, other.ids):
            return home
        if why or not agreement:
            said = f"{self._source} gives {paper.ids[0]} the {name_id(link.shared[0])}"
            self._warn(said, replace(link, words=why or "titles or authors differ"))
            return home
        kept, gone = sorted((home, link.paper_id), key=_age)
        both = " and ".join(name_id(known) for known in (_first_of(paper, one), link.shared[0]))
        self._absorb(kept, gone, f"{self._source} states {both} of one work; {agreement}")
        return kept

    def _absorb(self, kept: PaperId, gone: PaperId, evidence: str) -> None:
        before, joined = self._papers[kept], self._papers[gone]
        self._papers[kept] = merge(before, joined)
        self._into[gone] = kept
        for known in joined.ids:
            self.rows[known] = kept
        absorbed = gone if gone in self._stored else None
        self.joinings.append(
            Joining(
                paper_id=kept,
                absorbed_id=absorbed,
                evidence=evidence,
                kept=before,
                joined=joined,
                joined_ids=joined.ids,
            )
        )

    def _find_twin(self, paper: Paper, holders: Collection[PaperId]) -> PaperId | None:
        """Find the one paper of that title and first author; of several nobody can say which is meant."""
        key = merge_key(paper)
        if key is None or key not in self._by_key:
            return None
        free = replace(paper, ids=tuple(known for known in paper.ids if known not in self.rows))
        if paper.ids and not free.ids:
            return None
        found = [
            (twin, evidence)
            for twin in self._by_key[key]
            if twin not in holders and twin not in self._into and (evidence := self._find_twin_evidence(twin, free))
        ]
        if len(found) != 1:
            return None
        ((twin, evidence),) = found
        self._note_join(paper, twin, evidence)
        return twin

    def _find_twin_evidence(self, twin: PaperId, paper: Paper) -> str:
        row = self._papers[twin]
        return "" if self._are_distinct(row.ids, paper.ids) else find_twin_evidence(row, paper, is_same_person)

    def _place(self, paper: Paper, home: PaperId) -> None:
        if paper.ids:
            self.places[paper.ids[0]] = home

    def _join(self, paper: Paper, home: PaperId) -> PaperId:
        before = self._papers[home]
        ids = tuple(known for known in paper.ids if self.rows.get(known, home) == home)
        seen = paper if ids == paper.ids else replace(paper, ids=ids)
        self._papers[home] = merge(before, seen)
        self._claim(ids, home)
        if not paper.version or not before.version or paper.version >= before.version:
            self.updated.add(home)
        return home

    def _add(self, paper: Paper) -> PaperId:
        """Take it as new, under those of its ids that do not already mean another paper."""
        self._new += 1
        paper_id = PaperId(-self._new)
        ids = tuple(known for known in paper.ids if known not in self.rows)
        self._papers[paper_id] = paper if ids == paper.ids else replace(paper, ids=ids)
        self._claim(ids, paper_id)
        if key := merge_key(paper):
            self._by_key.setdefault(key, []).append(paper_id)
        return paper_id

    def _take_id(self, paper: Paper) -> PaperId:
        """Settle a sighting all of whose ids mean other papers that it cannot be.

        A journal's paper whose DOI a preprint claims wrongly takes it back. Of anything else nothing is believed.
        """
        name = paper.ids[0]
        holder = self.rows[name]
        row = self._papers[holder]
        if not _is_claim(row, paper) or self._are_distinct(row.ids, paper.ids):
            return holder
        self._papers[holder] = replace(row, ids=tuple(known for known in row.ids if known != name))
        del self.rows[name]
        twin = self._find_twin(paper, {holder})
        return self._add(paper) if twin is None else self._join(paper, twin)

    def _claim(self, ids: Iterable[ExternalId], paper_id: PaperId) -> None:
        for known in ids:
            self.rows[known] = paper_id

    def _note_join(self, paper: Paper, home: PaperId, evidence: str) -> None:
        """Write down what joined a paper, unless it only shows itself again."""
        row = self._papers[home]
        new = tuple(known for known in paper.ids if known not in row.ids and self.rows.get(known, home) == home)
        if all(_is_own(known, paper, row) for known in new):
            return
        self.joinings.append(
            Joining(paper_id=home, absorbed_id=None, evidence=evidence, kept=row, joined=paper, joined_ids=new)
        )

    def _are_distinct(self, one: Iterable[ExternalId], other: Iterable[ExternalId]) -> bool:
        return bool(self._distinct) and any(pair in self._distinct for pair in pair_up(one, other))

    def _warn(self, said: str, link: _Link) -> None:
        row = self._papers[link.paper_id]
        own = next((known for known in row.ids if known not in link.shared), link.shared[0])
        self.warnings[f"{said}, which is that of {own}: {link.words}; kept apart"] = None

    def _root(self, paper_id: PaperId) -> PaperId:
        while paper_id in self._into:
            paper_id = self._into[paper_id]
        return paper_id


def is_same_person(one: str, other: str) -> bool:
    """Whether two printed names may be one person's, initials and order of the parts aside."""
    first, second = parse_name(one), parse_name(other)
    if first is None or second is None:  # a collaboration
        return fold(one) == fold(other)
    return compare(first, second) is not Likeness.NO


def pair_up(one: Iterable[ExternalId], other: Iterable[ExternalId]) -> Iterator[Pair]:
    """Give every pair of ids of two papers, as they are stored: the smaller first."""
    theirs = [str(known) for known in other]
    for mine in map(str, one):
        for known in theirs:
            yield (mine, known) if mine < known else (known, mine)


def _rank(paper: Paper, link: _Link) -> tuple[bool, bool, int]:
    return (paper.ids[0] not in link.shared, *_age(link.paper_id))


def _age(paper_id: PaperId) -> tuple[bool, int]:
    """Order stored papers by id and put provisional ones last, in the order they were entered."""
    return (paper_id < 0, abs(paper_id))


def _first_of(paper: Paper, row: Paper) -> ExternalId:
    return next((known for known in paper.ids if known in row.ids), row.ids[0])


def _is_claim(row: Paper, paper: Paper) -> bool:
    """Whether they share a DOI that may be no more than what a preprint's authors wrote down, now and then wrongly."""
    return (
        paper.ids[0].scheme is IdScheme.DOI
        and row.id_of(IdScheme.ARXIV) is not None
        and paper.id_of(IdScheme.ARXIV) is None
    )


def _is_own(known: ExternalId, paper: Paper, row: Paper) -> bool:
    """Whether a new id is the record's own affair.

    That is Hugging Face's copy of the arXiv id, the DOI that arXiv's authors state, and whatever a service adds to a
    record of its own.
    """
    if paper.ids[0] not in row.ids:
        return False
    scheme, values = paper.ids[0].scheme, {each.value for each in row.ids}
    if scheme is IdScheme.ARXIV:
        return known.scheme is IdScheme.DOI or (known.scheme is IdScheme.HF and known.value in values)
    return scheme is not IdScheme.DOI
