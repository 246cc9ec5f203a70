"""One record judged against many papers: what is known of it grows with each that is surely theirs. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from digest.model import Author, Authorship, Paper, PaperId, ResearcherId, Standing
from digest.researchers.frequency import load_statistics
from digest.researchers.imprint import Imprint, take_imprint
from digest.researchers.keys import keys_of, keys_of_author
from digest.researchers.profile import Profile
from digest.researchers.roster import Found, settle
from digest.researchers.settling import settle_claims
from digest.researchers.weighing import weigh_imprint
from digest.researchers.weights import load_weights
from digest.researchers.wording import explain

# Each round may make papers sure by what the round before taught; more rounds find next to nothing.
ROUNDS = 4
MOST_POSSIBLE = 200  # of one record: more is a name that says nothing


@dataclass(frozen=True)
class _Sheet:
    """A paper with all that weighing it again and again needs."""

    paper: Paper
    keys: tuple[frozenset[str], ...]

    @cached_property
    def imprint(self) -> Imprint:
        """Take the imprint, if anybody on it is looked at."""
        return take_imprint(self.paper)


@dataclass(slots=True)
class Study:
    """A record being judged. `rivals` are the authors' places that are other records' already."""

    researcher_id: ResearcherId
    papers: Mapping[PaperId, Paper]
    rivals: Mapping[tuple[PaperId, int], Standing]
    profile: Profile
    _keys: dict[str, frozenset[str]] = field(default_factory=dict)

    def judge(self, settled: Sequence[Authorship]) -> list[Authorship]:
        """Give what the evidence says of each paper that nobody has settled."""
        self._learn_settled(settled)
        known = {each.paper_id for each in settled}
        waiting = {paper_id: self._open(paper) for paper_id, paper in self.papers.items() if paper_id not in known}
        sure: list[Authorship] = []
        for _ in range(ROUNDS):
            judged = self._judge_all(waiting)
            fresh = [each for each in judged if each.standing.is_theirs]
            sure += fresh
            self.profile = self.profile.learn_imprints(
                (self.papers[each.paper_id], each.position, waiting.pop(each.paper_id).imprint) for each in fresh
            )
            if not fresh:
                break
        possible = [each for each in judged if each.standing is Standing.POSSIBLE and each.paper_id in waiting]
        return sure + sorted(possible, key=lambda each: -each.probability)[:MOST_POSSIBLE]

    def _learn_settled(self, settled: Sequence[Authorship]) -> None:
        known = [each for each in settled if self._has(each)]
        theirs = [each for each in known if each.standing.is_theirs]
        self.profile = self.profile.learn_all((self.papers[each.paper_id], each.position) for each in theirs)
        for each in known:
            if each.standing is Standing.REJECTED:
                self.profile = self.profile.reject(self.papers[each.paper_id], each.position)

    def _has(self, each: Authorship) -> bool:
        """Whether the paper, and that many authors on it, are still there."""
        return each.paper_id in self.papers and each.position <= len(self.papers[each.paper_id].authors)

    def _judge_all(self, waiting: Mapping[PaperId, _Sheet]) -> list[Authorship]:
        own = keys_of(self.profile.names, self.profile.ids)
        return [each for paper_id, sheet in waiting.items() for each in self._judge(paper_id, sheet, own)]

    def _judge(self, paper_id: PaperId, sheet: _Sheet, own: frozenset[str]) -> Iterable[Authorship]:
        for found in settle(self._weigh(sheet, own)):
            rival = self.rivals.get((paper_id, found.position))
            yield from settle_claims([to_authorship(paper_id, found)], {found.position: rival} if rival else {})

    def _weigh(self, sheet: _Sheet, own: frozenset[str]) -> Iterable[Found]:
        for position, keys in enumerate(sheet.keys, 1):
            if own.isdisjoint(keys):
                continue
            author = sheet.paper.authors[position - 1]
            weighing = weigh_imprint(self.profile, author, sheet.imprint, position, load_statistics(), load_weights())
            if weighing.standing not in (Standing.UNLIKELY, Standing.REJECTED):
                yield Found(self.researcher_id, position, weighing)

    def _open(self, paper: Paper) -> _Sheet:
        return _Sheet(paper, tuple(map(self._read_keys, paper.authors)))

    def _read_keys(self, author: Author) -> frozenset[str]:
        """Give an author's keys; the same names come again and again."""
        if author.person_ids:
            return keys_of_author(author)
        if author.name not in self._keys:
            self._keys[author.name] = keys_of_author(author)
        return self._keys[author.name]


def to_authorship(paper_id: PaperId, found: Found) -> Authorship:
    """Give what was found as it is kept, with the evidence in words."""
    return Authorship(
        researcher_id=found.researcher_id,
        paper_id=paper_id,
        position=found.position,
        standing=found.weighing.standing,
        probability=found.weighing.probability,
        evidence=explain(found.weighing),
    )
