"""Who is who among the papers of one batch and the papers already stored. Decides in memory; touches no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from digest.merging import is_same_work, merge, merge_key
from digest.model import ExternalId, Paper, PaperId


class Ledger:
    """Enters sightings one by one. A new paper has a provisional (negative) id until `settle` is told the real ones."""

    def __init__(
        self,
        rows: Mapping[ExternalId, PaperId],
        by_key: Mapping[str, list[PaperId]],
        stored: Mapping[PaperId, Paper],
    ) -> None:
        self.rows = dict(rows)
        self._by_key = {key: list(group) for key, group in by_key.items()}
        self._papers = dict(stored)
        self._stored = stored
        self._new = 0

    @property
    def new_papers(self) -> Sequence[Paper]:
        """Give the papers no row knows, in the order they were entered."""
        return [self._papers[PaperId(-number)] for number in range(1, self._new + 1)]

    @property
    def changed_papers(self) -> Mapping[PaperId, Paper]:
        """Give the stored papers that a sighting says more about."""
        return {key: self._papers[key] for key, before in self._stored.items() if self._papers[key] != before}

    def enter(self, paper: Paper) -> None:
        """Merge the sighting into the paper it shows, or take it as a new one."""
        paper_id = self._find(paper)
        if paper_id is None:
            paper_id = self._add(paper)
        else:
            self._papers[paper_id] = merge(self._papers[paper_id], self._without_foreign_ids(paper, paper_id))
        for known in paper.ids:
            self.rows.setdefault(known, paper_id)

    def settle(self, paper_ids: Sequence[PaperId]) -> dict[ExternalId, PaperId]:
        """Put the real ids of `new_papers`, in their order, in the place of the provisional ones."""
        real = {PaperId(-number): paper_id for number, paper_id in enumerate(paper_ids, 1)}
        return {known: real.get(paper_id, paper_id) for known, paper_id in self.rows.items()}

    def _find(self, paper: Paper) -> PaperId | None:
        """Find by id, the oldest where ids lead to several; else by title and first author."""
        by_id = [self.rows[known] for known in paper.ids if known in self.rows]
        if by_id:
            return min(by_id, key=_age)
        key = merge_key(paper)
        twins: Iterable[PaperId] = self._by_key.get(key, ()) if key else ()
        return next((twin for twin in twins if is_same_work(self._papers[twin].ids, paper.ids)), None)

    def _add(self, paper: Paper) -> PaperId:
        self._new += 1
        paper_id = PaperId(-self._new)
        self._papers[paper_id] = paper
        key = merge_key(paper)
        if key:
            self._by_key.setdefault(key, []).append(paper_id)
        return paper_id

    def _without_foreign_ids(self, paper: Paper, paper_id: PaperId) -> Paper:
        """Leave out ids that already mean another paper: a wrong merge is worse than a missed one."""
        ids = tuple(known for known in paper.ids if self.rows.get(known, paper_id) == paper_id)
        return paper if ids == paper.ids else replace(paper, ids=ids)


def _age(paper_id: PaperId) -> tuple[bool, int]:
    """Order stored papers by id and put provisional ones last, in the order they were entered."""
    return (paper_id < 0, abs(paper_id))
