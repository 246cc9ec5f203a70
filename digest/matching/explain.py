"""Why a paper is there: the terms that truly hold for it and make the query true, as data and in words.

An OR branch that failed is not named, nor is anything excluded. What is said is true of the paper as delivered.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest.errors import InvalidQuery
from digest.languages import mark, say_number, spoken, tr
from digest.languages.phrases import REASONS
from digest.matching.canonical import normal_form
from digest.matching.index import PaperBatch
from digest.matching.memory import remember
from digest.matching.papertext import ABSTRACT, TITLE
from digest.matching.query import parse
from digest.matching.syntax import Query, Term
from digest.model import Certainty, Reason, ReasonKind

_TOPICS = (ReasonKind.PHRASE, ReasonKind.WORD)  # a phrase says more than a word
_SUBJECT = "\0"
_FOUND_IN = {
    (ReasonKind.PHRASE, True, True): mark("phrase “{subject}” in title and abstract"),
    (ReasonKind.PHRASE, True, False): mark("phrase “{subject}” in title"),
    (ReasonKind.PHRASE, False, True): mark("phrase “{subject}” in abstract"),
    (ReasonKind.PHRASE, False, False): mark("phrase “{subject}”"),
    (ReasonKind.WORD, True, True): mark("word “{subject}” in title and abstract"),
    (ReasonKind.WORD, True, False): mark("word “{subject}” in title"),
    (ReasonKind.WORD, False, True): mark("word “{subject}” in abstract"),
    (ReasonKind.WORD, False, False): mark("word “{subject}”"),
}
_FOLLOWED = (ReasonKind.FOLLOW, ReasonKind.PAPER, ReasonKind.INSTITUTION)
# What speaks against it, or is not there to speak for it, comes behind the rest.
_DOUBT = re.compile(
    r"^(?:but|no|not|never|none|nothing|another|other|common|\d+ years) |\b(?:unknown|not known|differs)$"
)


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
        case ReasonKind.INSTITUTION:
            place = say_place(reason)
            text = (
                mark("from {subject}, which you follow: {place}") if place else mark("from {subject}, which you follow")
            )
            return _around(text, reason, place=place)
        case ReasonKind.PAPER | ReasonKind.TASTE:
            return Said(_say_whole(reason), "")
        case ReasonKind.CATEGORY:
            return _around(mark("category {subject}"), reason)
        case ReasonKind.AUTHOR:
            return _around(mark("author name “{subject}”"), reason)
        case _:
            return _around(_FOUND_IN[reason.kind, TITLE in reason.where, ABSTRACT in reason.where], reason)


def say_place(reason: Reason) -> str:
    """Say where somebody stands in the list of authors: `first of 5 authors`; empty where that is not known."""
    if reason.position is None or not reason.of:
        return ""
    if reason.of == 1:
        return tr("the only author")
    number, count = say_number(reason.position, spoken()), say_number(reason.of, spoken())
    if reason.position == 1:
        return tr("first of {count} authors", count=count)
    if reason.position == reason.of:
        return tr("last of {count} authors", count=count)
    return tr("author {number} of {count}", number=number, count=count)


def word_evidence(evidence: Iterable[str]) -> str:
    """Say what speaks for and against it on one line: `2 shared co-authors, same field; affiliation unknown`."""
    said = list(evidence)
    doubts = [each for each in said if _DOUBT.search(each)]
    grounds = [each for each in said if each not in doubts]
    return "; ".join(filter(None, (", ".join(map(REASONS.retell, each)) for each in (grounds, doubts))))


def _say_follow(reason: Reason) -> Said:
    place = say_place(reason)
    behind = f", {place}" if place else ""
    if reason.certainty is Certainty.SURE:
        return _around(mark("you follow {subject}"), reason, behind=behind)
    return _around(mark("possibly {subject}"), reason, behind=f"{behind}{_say_evidence(reason)}")


def _say_whole(reason: Reason) -> str:
    """Say a reason that has no subject to mark up."""
    if reason.kind is ReasonKind.PAPER:
        return tr("you follow this paper") + _say_evidence(reason)
    said = tr("like papers you asked more of")
    return f"{said}: {reason.subject}" if reason.subject else said


def _around(text: str, reason: Reason, *, behind: str = "", place: str = "") -> Said:
    """Say a text about `{subject}`, with what stands before and behind it apart."""
    before, _, after = tr(text, subject=_SUBJECT, place=place).partition(_SUBJECT)
    return Said(before, reason.subject, after + behind)


def _say_evidence(reason: Reason) -> str:
    said = word_evidence(reason.evidence)
    return f": {said}" if said else ""


@remember
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
    """Order: sure follows, papers, places, possible people, words in the title, names, words elsewhere, categories."""
    if reason.kind in _FOLLOWED:
        tier = 3 if reason.certainty is Certainty.POSSIBLE else _FOLLOWED.index(reason.kind)
        return (tier, reason.position or 0, reason.subject)
    if reason.kind in _TOPICS:
        tier = 4 if TITLE in reason.where else 6
        return (tier, _TOPICS.index(reason.kind), reason.subject)
    return (5 if reason.kind is ReasonKind.AUTHOR else 7, 0, reason.subject)
