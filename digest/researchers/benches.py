"""Papers on the desk, and where to find an author among them by name. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.model import Candidate, Paper, PaperId
from digest.researchers.keys import author_key, probe_keys


@dataclass(frozen=True, slots=True)
class Benches:
    """The papers on the desk, and where to find an author among them by name."""

    papers: Mapping[PaperId, Paper]
    by_key: Mapping[str, Sequence[PaperId]]

    def list_compatible(self, names: Iterable[str]) -> list[PaperId]:
        """Give the papers with an author who may have one of these names."""
        keys = {key for name in names for key in probe_keys(name)}
        return list(dict.fromkeys(paper_id for key in sorted(keys) for paper_id in self.by_key.get(key, ())))


def lay_benches(candidates: Iterable[Candidate]) -> Benches:
    """Index the authors of the papers on the desk."""
    by_key: defaultdict[str, list[PaperId]] = defaultdict(list)
    found = {candidate.paper_id: candidate.paper for candidate in candidates}
    for paper_id, paper in found.items():
        for key in {author_key(author.name) for author in paper.authors}:
            by_key[key].append(paper_id)
    return Benches(found, dict(by_key))
