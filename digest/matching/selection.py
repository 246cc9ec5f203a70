"""What one subscriber's digest holds: which papers, in which order, how many, and why. Decides; stores nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from heapq import nsmallest
from operator import or_

from digest.matching.explain import order_reasons, reasons_for
from digest.matching.index import PaperBatch, bitmap
from digest.matching.query import parse
from digest.matching.ranking import SCORE_DIGITS, Ranking
from digest.matching.taste import Taste
from digest.model import Certainty, Match, PaperId, Reason
from subscribers.model import InterestWish

# Added to the score where a followed researcher may be an author: about a common phrase in the title. Maybes compete
# with interests instead of going first: a namesake must not lead the digest.
POSSIBLE_FOLLOW_BONUS = 0.5
MAX_REASONS = 8

# How entries are ordered: not surely followed, minus score, minus latest announcement, number in the batch.
_Standing = tuple[bool, float, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What one subscriber asked for: interests, exclusions, and by paper the reasons from whom they follow."""

    interests: tuple[InterestWish, ...] = ()
    exclusions: tuple[InterestWish, ...] = ()
    followed: Mapping[PaperId, tuple[Reason, ...]] = field(default_factory=dict)
    taste: Taste | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The entries of a digest, best first, and how many more papers matched."""

    entries: tuple[Match, ...]
    more: int


def select(ranking: Ranking, wishes: Wishes, papers: int, cap: int) -> Selection:
    """Choose, order and explain one subscriber's entries among the given papers (a bitmap), at most `cap`.

    Papers of followed researchers come first, then the score decides, then the later announcement. What an exclusion
    matches is left out unless it is surely followed. Only the entries are explained.
    """
    found = _find(ranking, wishes, papers)
    chosen = nsmallest(max(cap, 0), found)
    entries = tuple(_explain(ranking.batch, wishes, number, -negative) for _, negative, _, number in chosen)
    return Selection(entries=entries, more=len(found) - len(entries))


def order_papers(ranking: Ranking, wishes: Wishes, papers: int) -> list[PaperId]:
    """Give everything that matches among the papers (a bitmap), in the order of a digest without a cap."""
    return [ranking.batch.candidates[number].paper_id for *_, number in sorted(_find(ranking, wishes, papers))]


def _find(ranking: Ranking, wishes: Wishes, papers: int) -> list[_Standing]:
    """Give the papers that match; most are cut by the cap, so they are not explained yet."""
    certainties = _certainties(ranking.batch, wishes, papers)
    if excluded := find_excluded(ranking.batch, wishes.exclusions):
        sure = bitmap(number for number, certainty in certainties.items() if certainty is Certainty.SURE)
        papers &= ~excluded | sure
        certainties = {number: each for number, each in certainties.items() if papers >> number & 1}
    worths: defaultdict[int, list[float]] = defaultdict(list)
    for canonical in dict.fromkeys(wish.canonical for wish in wishes.interests):
        for number, worth in ranking.worths_of(canonical).items():
            if papers >> number & 1:
                worths[number].append(worth)
    for number in certainties:
        worths.setdefault(number, [])
    return [_stand(ranking, wishes.taste, number, found, certainties.get(number)) for number, found in worths.items()]


def find_excluded(batch: PaperBatch, exclusions: Iterable[InterestWish]) -> int:
    """Give the papers (a bitmap) that one of the exclusions matches."""
    return reduce(or_, (batch.matches(parse(wish.canonical)) for wish in exclusions), 0)


def _certainties(batch: PaperBatch, wishes: Wishes, papers: int) -> dict[int, Certainty]:
    """Give the papers of followed researchers, with how sure that is."""
    best: dict[int, Certainty] = {}
    for paper_id, reasons in wishes.followed.items():
        number = batch.number_of(paper_id)
        if number is not None and papers >> number & 1 and reasons:
            is_sure = any(reason.certainty is Certainty.SURE for reason in reasons)
            best[number] = Certainty.SURE if is_sure else Certainty.POSSIBLE
    return best


def _stand(
    ranking: Ranking, taste: Taste | None, number: int, worths: list[float], certainty: Certainty | None
) -> _Standing:
    score = ranking.score(number, worths)
    if taste:
        score = round(score + taste.shift(number), SCORE_DIGITS)
    if certainty is Certainty.POSSIBLE:
        score = round(score + POSSIBLE_FOLLOW_BONUS, SCORE_DIGITS)
    return (certainty is not Certainty.SURE, -score, -ranking.announced[number], number)


def _explain(batch: PaperBatch, wishes: Wishes, number: int, score: float) -> Match:
    paper_id = batch.candidates[number].paper_id
    reasons = list(wishes.followed.get(paper_id, ()))
    for wish in wishes.interests:
        reasons.extend(reasons_for(batch, number, parse(wish.canonical), wish.text))
    liking = wishes.taste.explain(number) if wishes.taste else ()
    shown = order_reasons(reasons)[: MAX_REASONS - len(liking)]
    return Match(paper_id=paper_id, score=score, reasons=(*shown, *liking))
