"""Followed researchers found among the authors of papers, without comparing everyone with everyone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from digest.model import Author, Candidate, Certainty, Follow, FollowId, Paper, PaperId, Reason, ReasonKind
from digest.researchers.identity import Judge, Verdict, judge, orcid_id, user_id
from digest.researchers.names import block_keys, parse_name


@dataclass(frozen=True, slots=True)
class Sighting:
    """A followed researcher who wrote a paper, surely or possibly. `position` counts from 1."""

    follow: Follow
    position: int
    of: int
    verdict: Verdict

    def as_reason(self) -> Reason:
        """Give the reason that this is for a digest."""
        return Reason(
            kind=ReasonKind.FOLLOW,
            subject=self.follow.name,
            position=self.position,
            of=self.of,
            certainty=self.verdict.certainty,
            evidence=self.verdict.evidence,
        )


class FollowIndex:
    """All follows by what an author can be looked up by: ids and name keys. Equal wishes are judged once."""

    def __init__(self, follows: Iterable[Follow], judge: Judge = judge) -> None:
        self._judge = judge
        self._follows: defaultdict[Follow, list[Follow]] = defaultdict(list)
        self._by_key: defaultdict[str, dict[Follow, None]] = defaultdict(dict)
        for follow in follows:
            wish = replace(follow, id=FollowId(0))
            self._follows[wish].append(follow)
            for key in _keys(follow.name, follow.hf_user, follow.orcid):
                self._by_key[key][wish] = None

    def find(self, paper: Paper) -> tuple[Sighting, ...]:
        """Give every follow that may have written the paper, once, with the author who fits best."""
        best: dict[Follow, Sighting] = {}
        for position, author in enumerate(paper.authors, start=1):
            for wish in self._wishes_for(author):
                found = Sighting(wish, position, len(paper.authors), self._judge(wish, author, paper))
                if _is_better(found, best.get(wish)):
                    best[wish] = found
        return tuple(
            replace(sighting, follow=follow) for wish, sighting in best.items() for follow in self._follows[wish]
        )

    def find_all(self, candidates: Iterable[Candidate]) -> dict[FollowId, dict[PaperId, Reason]]:
        """Give, by follow, the papers it is found on and the reason each time."""
        found: defaultdict[FollowId, dict[PaperId, Reason]] = defaultdict(dict)
        for candidate in candidates:
            for sighting in self.find(candidate.paper):
                found[sighting.follow.id][candidate.paper_id] = sighting.as_reason()
        return dict(found)

    def _wishes_for(self, author: Author) -> dict[Follow, None]:
        """Give the distinct wishes that share a key with an author, in the order of the follows."""
        keys = _keys(author.name, author.hf_user, author.orcid)
        return {wish: None for key in keys if key in self._by_key for wish in self._by_key[key]}


def gather(
    found: Mapping[FollowId, Mapping[PaperId, Reason]], follows: Iterable[FollowId]
) -> dict[PaperId, tuple[Reason, ...]]:
    """Give, by paper, the reasons that one subscriber's follows have to show it."""
    reasons: defaultdict[PaperId, tuple[Reason, ...]] = defaultdict(tuple)
    for follow in follows:
        for paper_id, reason in found.get(follow, {}).items():
            reasons[paper_id] += (reason,)
    return dict(reasons)


def _keys(name: str, hf_user: str | None, orcid: str | None) -> Iterator[str]:
    if (parsed := parse_name(name)) is not None:
        yield from sorted(block_keys(parsed))
    if hf_user:
        yield f"hf:{user_id(hf_user)}"
    if orcid:
        yield f"orcid:{orcid_id(orcid)}"


def _is_better(found: Sighting, known: Sighting | None) -> bool:
    """Whether a sighting is to be kept: it is somebody, and surer than what is known of the same researcher."""
    if found.verdict.certainty is None:
        return False
    if known is None:
        return True
    return found.verdict.certainty is Certainty.SURE and known.verdict.certainty is Certainty.POSSIBLE
