"""What judgements are worth: precision, recall, calibration, baselines. Pure arithmetic."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.identity_stream import Judgement
from digest.model import Standing

BINS: Final = 10
AIM: Final = 0.99


@dataclass(frozen=True, slots=True)
class Score:
    """How a rule does: of those it names, which part is right, and which part of all it names."""

    precision: float
    recall: float
    f1: float
    named: int


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of the reliability table: the mean promised, and what came true."""

    low: float
    count: int
    promised: float
    came_true: float


def describe(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Give every figure of one run."""
    compatible = [each for each in judgements if each.is_compatible]
    ambiguous = [each for each in judgements if each.is_ambiguous]
    theirs = sum(each.is_theirs for each in judgements)
    return {
        "theirs": theirs,
        "others": len(compatible) - sum(each.is_theirs for each in compatible),
        "incompatible": len(judgements) - len(compatible),
        "sure": asdict(score(judgements, is_sure)),
        "sure_or_possible": asdict(score(judgements, is_shown)),
        "possible": sum(each.weighing.standing is Standing.POSSIBLE for each in judgements),
        "recall_at_99": round(recall_at(compatible, theirs), 4),
        "brier": round(brier(compatible), 4),
        "reliability": [asdict(each) for each in reliability(compatible)],
        "exact_name": asdict(score(judgements, lambda each: each.is_exact)),
        "last_name_and_initial": asdict(score(judgements, lambda _: True)),
        "exact_name_and_coauthor": asdict(score(judgements, lambda each: each.is_exact and each.shares_coauthor)),
        "ambiguous_sure": asdict(score(ambiguous, is_sure)),
        "ambiguous_sure_or_possible": asdict(score(ambiguous, is_shown)),
        "ambiguous_exact_name": asdict(score(ambiguous, lambda each: each.is_exact)),
        "ambiguous_last_name_and_initial": asdict(score(ambiguous, lambda _: True)),
        "ambiguous_exact_name_and_coauthor": asdict(
            score(ambiguous, lambda each: each.is_exact and each.shares_coauthor)
        ),
    }


def is_sure(judgement: Judgement) -> bool:
    """Whether it was judged sure."""
    return judgement.weighing.standing is Standing.SURE


def is_shown(judgement: Judgement) -> bool:
    """Whether it was judged sure or possible."""
    return judgement.weighing.standing in (Standing.SURE, Standing.POSSIBLE)


def score(judgements: Sequence[Judgement], rule: Callable[[Judgement], bool]) -> Score:
    """Say how well a rule does."""
    named = [each for each in judgements if rule(each)]
    right = sum(each.is_theirs for each in named)
    theirs = sum(each.is_theirs for each in judgements)
    precision = right / len(named) if named else 1.0
    recall = right / theirs if theirs else 1.0
    both = precision + recall
    return Score(
        round(precision, 4), round(recall, 4), round(2 * precision * recall / both, 4) if both else 0.0, len(named)
    )


def recall_at(judgements: Iterable[Judgement], theirs: int) -> float:
    """Give the highest recall that any threshold reaches while its precision is at least 0.99."""
    best = right = 0
    ranked = sorted(judgements, key=lambda each: -each.weighing.probability)
    for place, each in enumerate(ranked, start=1):
        right += each.is_theirs
        is_last = place == len(ranked) or ranked[place].weighing.probability < each.weighing.probability
        if is_last and right / place >= AIM:
            best = right
    return best / theirs if theirs else 1.0


def brier(judgements: Sequence[Judgement]) -> float:
    """Give the mean squared error of the probabilities."""
    errors = ((each.weighing.probability - each.is_theirs) ** 2 for each in judgements)
    return sum(errors) / len(judgements) if judgements else 0.0


def reliability(judgements: Iterable[Judgement]) -> list[Bin]:
    """Give, in ten steps of probability, what was promised and what came true."""
    bins: list[list[Judgement]] = [[] for _ in range(BINS)]
    for each in judgements:
        bins[min(BINS - 1, int(each.weighing.probability * BINS))].append(each)
    return [
        Bin(
            number / BINS,
            len(held),
            round(sum(each.weighing.probability for each in held) / len(held), 4),
            round(sum(each.is_theirs for each in held) / len(held), 4),
        )
        for number, held in enumerate(bins)
        if held
    ]


def find_failures(judgements: Iterable[Judgement], most: int) -> dict[str, list[dict[str, Any]]]:
    """Give the surest of the wrong ones, and the least likely of the missed ones, with the evidence."""
    ranked = sorted(judgements, key=lambda each: -each.weighing.probability)
    wrong = [each for each in ranked if is_sure(each) and not each.is_theirs][:most]
    missed = [each for each in reversed(ranked) if each.is_theirs and not is_sure(each)][:most]
    return {"false_sure": list(map(_tell, wrong)), "missed": list(map(_tell, missed))}


def _tell(judgement: Judgement) -> dict[str, Any]:
    parts = [f"{part.kind} {part.weight:+.1f} {' '.join(part.facts[:3])}".strip() for part in judgement.weighing.parts]
    probability = round(judgement.weighing.probability, 4)
    return {
        "person": judgement.person,
        "paper": judgement.paper,
        "printed": judgement.printed,
        "probability": probability,
        "parts": parts,
    }
