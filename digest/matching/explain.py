"""Why a paper is there: the terms that truly hold for it and make the query true, as data and in words.

An OR branch that failed is not named, nor is anything excluded. What is said is true of the paper as delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from digest.errors import InvalidQuery
from digest.matching.canonical import normal_form
from digest.matching.index import PaperBatch
from digest.matching.papertext import TITLE
from digest.matching.query import parse
from digest.matching.syntax import Query, Term
from digest.model import Certainty, Reason, ReasonKind

_TOPICS = (ReasonKind.PHRASE, ReasonKind.WORD)  # a phrase says more than a word


@dataclass(frozen=True, slots=True)
class Said:
    """A reason in words, in three parts, so that `subject` can be marked up."""

    prefix: str
    subject: str
    suffix: str = ""

    def __str__(self) -> str:
        """Give the whole sentence."""
        return f"{self.prefix}{self.subject}{self.suffix}"


def reasons_for(batch: PaperBatch, number: int, query: Query, written: str) -> tuple[Reason, ...]:
    """Give the reasons of one interest for one paper of a batch, in the subscriber's own words; none if it fails.

    `query` is the interest as stored, `written` as the subscriber wrote it.
    """
    hits = _hits(batch, number, _as_written(query, written)) or _hits(batch, number, normal_form(query))
    return order_reasons(
        Reason(kind=term.kind, subject=term.written or term.text, where=places, interest=written)
        for term, places in hits
    )


def order_reasons(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Drop repetitions and put the most telling first."""
    unique: dict[object, Reason] = {}
    for reason in sorted(reasons, key=_rank):
        unique.setdefault((reason.kind, reason.subject.casefold(), reason.where, reason.position), reason)
    return tuple(unique.values())


def describe(reason: Reason) -> str:
    """Say a reason in words: `phrase “mixture of experts” in title`."""
    return str(say(reason))


def say(reason: Reason) -> Said:
    """Say a reason in words, its subject apart."""
    match reason.kind:
        case ReasonKind.FOLLOW:
            return _say_follow(reason)
        case ReasonKind.CATEGORY:
            return Said("category ", reason.subject)
        case ReasonKind.AUTHOR:
            return Said("author name “", reason.subject, "”")
        case _:
            return Said(f"{reason.kind} “", reason.subject, f"” in {' and '.join(reason.where)}")


def _say_follow(reason: Reason) -> Said:
    place = "the only author" if reason.of == 1 else f"author {reason.position} of {reason.of}"
    if reason.certainty is Certainty.SURE:
        return Said("you follow ", reason.subject, f", {place}")
    evidence = f": {', '.join(reason.evidence)}" if reason.evidence else ""
    return Said("possibly ", reason.subject, f", {place}{evidence}")


@lru_cache(maxsize=20_000)
def _as_written(query: Query, written: str) -> Query:
    """Give the normal form with the subscriber's spellings."""
    try:
        return normal_form(parse(written))
    except InvalidQuery:  # the language has changed since; the stored canonical form still holds
        return normal_form(query)


def _hits(batch: PaperBatch, number: int, normal: Query) -> list[tuple[Term, tuple[str, ...]]]:
    """Give the terms that make the query true for the paper, each with the places where it stands."""
    return [
        (term, tuple(place for place, papers in batch.places_of(term) if papers >> number & 1))
        for term, helped in batch.support(normal, 1 << number)
        if helped
    ]


def _rank(reason: Reason) -> tuple[int, int, str]:
    """Order: sure follows, possible ones, words in the title, names, words elsewhere, categories."""
    if reason.kind is ReasonKind.FOLLOW:
        return (0 if reason.certainty is Certainty.SURE else 1, reason.position or 0, reason.subject)
    if reason.kind in _TOPICS:
        tier = 2 if TITLE in reason.where else 4
        return (tier, _TOPICS.index(reason.kind), reason.subject)
    return (3 if reason.kind is ReasonKind.AUTHOR else 5, 0, reason.subject)
