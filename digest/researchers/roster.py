"""Everybody who is followed, ready to be found among the authors of papers as they pass by. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from digest.model import Author, Paper, ResearcherId, Standing
from digest.researchers.frequency import NameStatistics, load_statistics
from digest.researchers.imprint import Imprint, take_imprint
from digest.researchers.keys import author_key, keys_of, keys_of_author, probe_keys
from digest.researchers.profile import Profile
from digest.researchers.weighing import Weighing, weigh_imprint
from digest.researchers.weights import Weights, load_weights

__all__ = ["Found", "Roster", "author_key", "keys_of", "keys_of_author", "probe_keys", "settle"]

# Of two people who may both be one author, the likelier one must be so much likelier (in odds) to be taken for sure.
_CLEAR_LEAD = 20.0
_ALMOST_ONE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """A followed researcher who may have written a paper, as the author at `position` (from 1)."""

    researcher_id: ResearcherId
    position: int
    weighing: Weighing


class Roster:
    """All followed researchers by the keys of their names and ids."""

    def __init__(
        self,
        profiles: Iterable[tuple[ResearcherId, Profile]],
        names: NameStatistics | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._names = names or load_statistics()
        self._weights = weights or load_weights()
        self.weighed = 0  # how many pairs of an author and a researcher were weighed until now
        self._profiles: dict[ResearcherId, Profile] = {}
        self._by_key: defaultdict[str, list[ResearcherId]] = defaultdict(list)
        for researcher_id, profile in profiles:
            self._profiles[researcher_id] = profile
            for key in keys_of(profile.names, profile.ids):
                self._by_key[key].append(researcher_id)

    def find(self, paper: Paper) -> tuple[Found, ...]:
        """Give every researcher who surely or possibly wrote the paper, once each, with the author who fits best."""
        near = [(position, author, self._near(author)) for position, author in enumerate(paper.authors, start=1)]
        if not any(ids for _, _, ids in near):
            return ()
        imprint = take_imprint(paper)
        found = [
            each
            for position, author, ids in near
            for researcher_id in ids
            if (each := self._weigh(researcher_id, position, author, imprint)) is not None
        ]
        return settle(found)

    def _near(self, author: Author) -> tuple[ResearcherId, ...]:
        keys = keys_of_author(author)
        lists = [self._by_key[key] for key in keys if key in self._by_key]
        return tuple(dict.fromkeys(each for ids in lists for each in ids)) if lists else ()

    def _weigh(self, researcher_id: ResearcherId, position: int, author: Author, imprint: Imprint) -> Found | None:
        self.weighed += 1
        profile = self._profiles[researcher_id]
        weighing = weigh_imprint(profile, author, imprint, position, self._names, self._weights)
        if weighing.standing in (Standing.UNLIKELY, Standing.REJECTED):
            return None
        return Found(researcher_id, position, weighing)


def settle(found: Iterable[Found]) -> tuple[Found, ...]:
    """Let nobody be two authors of a paper, and no author be two people for sure.

    Each researcher keeps the best author. Where several are sure of one author, it stays sure only if one is far
    likelier than the next; a stated one wins over all.
    """
    best: dict[ResearcherId, Found] = {}
    for each in found:
        known = best.get(each.researcher_id)
        if known is None or _rank(each) > _rank(known):
            best[each.researcher_id] = each
    by_position: defaultdict[int, list[Found]] = defaultdict(list)
    for each in best.values():
        by_position[each.position].append(each)
    settled = (each for rivals in by_position.values() for each in _settle_rivals(rivals))
    return tuple(sorted(settled, key=lambda each: (each.position, -each.weighing.probability, each.researcher_id)))


def _settle_rivals(rivals: list[Found]) -> list[Found]:
    if len(rivals) == 1:
        return rivals
    ranked = sorted(rivals, key=lambda each: (-each.weighing.probability, each.researcher_id))
    if ranked[0].weighing.standing is Standing.STATED:
        return [each if each.weighing.standing is Standing.STATED else _doubt(each) for each in ranked]
    lead = _odds(ranked[0]) / _odds(ranked[1])
    return [ranked[0] if lead >= _CLEAR_LEAD else _doubt(ranked[0]), *map(_doubt, ranked[1:])]


def _rank(found: Found) -> tuple[float, float]:
    """Order by probability; where that is at its bound, by the evidence behind it."""
    return found.weighing.probability, sum(part.weight for part in found.weighing.parts)


def _odds(found: Found) -> float:
    probability = min(found.weighing.probability, _ALMOST_ONE)
    return probability / (1.0 - probability)


def _doubt(found: Found) -> Found:
    """Give the same as possible, if it was sure."""
    if found.weighing.standing is not Standing.SURE:
        return found
    return replace(found, weighing=replace(found.weighing, standing=Standing.POSSIBLE))
