"""How much a paper is what was asked for. A transparent sum of few constants; docs/interests.md tells it to readers.

A hit is worth kind x place x rarity. What one interest is worth is the sum of its hits, each next one counting half,
and a paper's score the same sum over the interests that match it, plus a small bonus for what others took note of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import log, log1p

from digest.matching.announced import STREAM_START, latest
from digest.matching.canonical import normal_form
from digest.matching.index import PaperBatch, numbers
from digest.matching.papertext import ABSTRACT, AUTHORS, CATEGORIES, TITLE
from digest.matching.query import parse
from digest.matching.syntax import Query
from digest.model import AnnouncementId, AnnouncementKind, Candidate, ReasonKind

# A category alone is worth less than the commonest word in an abstract (1.0 x 0.5 x 0.25).
KIND_WORTH = {ReasonKind.PHRASE: 1.5, ReasonKind.WORD: 1.0, ReasonKind.AUTHOR: 1.0, ReasonKind.CATEGORY: 0.1}
PLACE_WORTH = {TITLE: 1.0, ABSTRACT: 0.5, AUTHORS: 1.0, CATEGORIES: 1.0}
RARITY_FLOOR = 0.25  # what a hit keeps when every paper of the batch has the term
FADE = 0.5  # each next hit, and each next interest, counts half of the one before
UPVOTES_BONUS = 0.1  # at UPVOTES_FULL upvotes or more, growing with their logarithm
UPVOTES_FULL = 500
FEATURED_BONUS = 0.05
CODE_BONUS = 0.05
SCORE_DIGITS = 4  # scores are stored; more would be noise


class Ranking:
    """What each interest is worth on each paper of a batch, worked out once however many subscribers share it.

    Only what was announced after `after` counts, so that a digest does not depend on who else is served with it.
    """

    def __init__(self, batch: PaperBatch, after: AnnouncementId = STREAM_START) -> None:
        self.batch = batch
        self._papers = batch.select(lambda candidate: any(each.id > after for each in candidate.announcements))
        mine = [(number, batch.candidates[number]) for number in numbers(self._papers)]
        self.announced = {number: latest(candidate) for number, candidate in mine}
        self._bonuses = {number: popularity(candidate, after) for number, candidate in mine}
        self._worths: dict[str, Mapping[int, float]] = {}

    def worths_of(self, canonical: str) -> Mapping[int, float]:
        """Give the papers (by number) that an interest matches, with what each is worth to it."""
        if canonical not in self._worths:
            self._worths[canonical] = self._rank(parse(canonical))
        return self._worths[canonical]

    def forget(self) -> None:
        """Forget what was asked, as the batch does."""
        self._worths.clear()

    def score(self, number: int, worths: Iterable[float]) -> float:
        """Give the score of a paper from what the subscriber's interests are worth on it."""
        return round(add_fading(worths) + self._bonuses[number], SCORE_DIGITS)

    def _rank(self, query: Query) -> Mapping[int, float]:
        hits: defaultdict[int, list[float]] = defaultdict(list)
        for term, helped in self.batch.support(normal_form(query), self._papers):
            having = (self.batch.matches(term) & self._papers).bit_count()
            share = KIND_WORTH[term.kind] * rarity(having, self._papers.bit_count())
            counted = 0
            for place, papers in self.batch.places_of(term):  # the best place first, and only that one counts
                for number in numbers(helped & papers & ~counted):
                    hits[number].append(share * PLACE_WORTH[place])
                counted |= papers
        return {number: add_fading(worths) for number, worths in hits.items()}


def add_fading(worths: Iterable[float]) -> float:
    """Add with diminishing returns, the largest first: never more than twice the largest."""
    total = 0.0
    for worth in sorted(worths):
        total = worth + total * FADE
    return total


def rarity(papers: int, of: int) -> float:
    """Give 1 for a term in one paper of the batch, falling with the logarithm to RARITY_FLOOR for one in all."""
    if of == 0:  # a day without papers
        return 1.0
    return RARITY_FLOOR + (1 - RARITY_FLOOR) * log((of + 1) / max(papers, 1)) / log(of + 1)


def popularity(candidate: Candidate, after: AnnouncementId = STREAM_START) -> float:
    """Give the bonus for what others took note of, lately where it was announced; at most the constants together."""
    paper = candidate.paper
    kinds = {announcement.kind for announcement in candidate.announcements if announcement.id > after}
    upvotes = min(log1p(max(paper.upvotes or 0, 0)) / log1p(UPVOTES_FULL), 1.0)
    is_featured = AnnouncementKind.FEATURED in kinds
    has_code = paper.code_url is not None or AnnouncementKind.CODE_RELEASED in kinds
    return UPVOTES_BONUS * upvotes + FEATURED_BONUS * is_featured + CODE_BONUS * has_code
