"""Decides what a reader who asked for more or less like a paper may want to change next. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from digest.errors import InvalidQuery
from digest.matching.query import canonical, parse
from digest.matching.taste import EMPTY
from digest.matching.text import normalise
from digest.model import Certainty, FeedbackKind, Match, Paper, Reason, ReasonKind
from digest.rendering.tex import to_unicode
from digest.researchers.names import parse_name
from digest.researchers.vocabulary import split_words, weigh_word
from subscribers.model import InterestWish

MOST: Final = 3  # suggestions on a page
MOST_PHRASES: Final = 2
SHORTEST: Final = 2  # words of a phrase
_LONGEST_TITLE: Final = 600  # characters that are looked at, here and below
_LONGEST_ABSTRACT: Final = 6_000
_LONGEST_PHRASE: Final = 60
_JOINERS: Final = frozenset({"of"})  # “mixture of experts”
_LONG: Final = 1.2  # three words say more than two of them
_ADVERB: Final = "ly"
_EDGES: Final = "“”‘’\"'()[]{}.,;:!?…"
_BREAK: Final = re.compile(r"[.,;:!?…)\]]$")


class StepKind(StrEnum):
    """What can be changed."""

    FOLLOW = "follow"
    ADD = "add"
    DROP = "drop"
    EXCLUDE = "exclude"
    UNFOLLOW = "unfollow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change: of an interest or exclusion (`wish`), of an author (by `position`, from 1) or a followed record.

    `subject` is what it is called on a button.
    """

    kind: StepKind
    subject: str
    wish: InterestWish | None = None
    position: int | None = None
    target_id: int | None = None

    @property
    def key(self) -> str:
        """Give what a form calls it: the same each time, and nothing that could be run or read as a query."""
        return f"{self.kind}:{self.position or self.target_id or (self.wish and self.wish.canonical) or ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What a reader has asked for: canonical interests and exclusions, and which authors and records they follow."""

    interests: Collection[str] = ()
    exclusions: Collection[str] = ()
    positions: Collection[int] = ()
    followed: Collection[int] = ()


def list_steps(kind: FeedbackKind, paper: Paper, match: Match) -> tuple[Step, ...]:
    """Give every change that may follow from a word on a paper, the likeliest first, whatever is wished already."""
    if kind is FeedbackKind.MORE:
        return (*_list_topics(match), *_phrase_steps(StepKind.ADD, paper, match), *_list_authors(paper))
    if kind is FeedbackKind.LESS:
        return (*_list_sources(match), *_phrase_steps(StepKind.EXCLUDE, paper, match))
    return ()


def choose_steps(steps: Iterable[Step], wished: Wished) -> tuple[Step, ...]:
    """Give those worth a button: nothing that is so already, and of each kind no more than leaves room for others."""
    left = [step for step in steps if not _is_so(step, wished)]
    words = [step for step in left if step.kind in (StepKind.ADD, StepKind.EXCLUDE)][:MOST_PHRASES]
    rest = [step for step in left if step.kind not in (StepKind.ADD, StepKind.EXCLUDE)]
    first = [step for step in rest if step.kind in (StepKind.DROP, StepKind.UNFOLLOW)]
    return (*first, *words, *(step for step in rest if step not in first))[:MOST]


def find_phrases(paper: Paper) -> tuple[str, ...]:
    """Give the most telling phrases of a title, in its own words, no two with a word in common.

    Where there is an abstract, only those that it repeats: these are terms, and not words that met in a title.
    """
    abstract = f" {normalise(paper.abstract[:_LONGEST_ABSTRACT])} "
    runs = _list_runs(to_unicode(paper.title[:_LONGEST_TITLE]))
    terms = [words for words in runs if not abstract.strip() or f" {normalise(' '.join(words))} " in abstract]
    chosen: list[Sequence[str]] = []
    for words in sorted(terms, key=_weigh, reverse=True):
        if all(set(words).isdisjoint(other) for other in chosen):
            chosen.append(words)
    return tuple(" ".join(words) for words in chosen)


def _list_topics(match: Match) -> Iterator[Step]:
    """Give the terms by which an interest of several matched, as interests of their own."""
    for reason in match.reasons:
        if reason.kind in (ReasonKind.PHRASE, ReasonKind.WORD):
            yield from _word_step(StepKind.ADD, reason.subject)


def _list_sources(match: Match) -> Iterator[Step]:
    """Give what brought a paper: interests, and people followed for sure."""
    for interest in dict.fromkeys(reason.interest for reason in match.reasons if reason.interest):
        try:
            wish = InterestWish(text=interest, canonical=canonical(parse(interest)))
        except InvalidQuery:  # the language has changed since
            continue
        yield Step(kind=StepKind.DROP, subject=interest, wish=wish)
    for who, reason in {reason.target_id: reason for reason in match.reasons if _is_person(reason)}.items():
        yield Step(kind=StepKind.UNFOLLOW, subject=reason.subject, target_id=who)


def _is_person(reason: Reason) -> bool:
    return reason.kind is ReasonKind.FOLLOW and reason.target_id is not None and reason.certainty is Certainty.SURE


def _list_authors(paper: Paper) -> Iterator[Step]:
    """Give the first and the last author, where they are people."""
    for position in dict.fromkeys((1, len(paper.authors))):
        if 1 <= position <= len(paper.authors):
            name = to_unicode(paper.authors[position - 1].name[: _LONGEST_PHRASE * 4])
            if parse_name(name) is not None:
                yield Step(kind=StepKind.FOLLOW, subject=name, position=position)


def _phrase_steps(kind: StepKind, paper: Paper, match: Match) -> Iterator[Step]:
    """Give phrases of the title, without those that hold, or are held by, what the reader asked for."""
    asked = [
        normalise(reason.subject) for reason in match.reasons if reason.kind in (ReasonKind.PHRASE, ReasonKind.WORD)
    ]
    for phrase in find_phrases(paper):
        spelled = normalise(phrase)
        if not any(f" {term} " in f" {spelled} " or f" {spelled} " in f" {term} " for term in asked):
            yield from _word_step(kind, phrase)


def _word_step(kind: StepKind, words: str) -> Iterator[Step]:
    text = f'"{words}"' if " " in words else words
    try:
        yield Step(kind=kind, subject=words, wish=InterestWish(text=text, canonical=canonical(parse(text))))
    except InvalidQuery:
        return


def _is_so(step: Step, wished: Wished) -> bool:
    known = step.wish.canonical if step.wish else ""
    match step.kind:
        case StepKind.ADD:
            return known in wished.interests
        case StepKind.EXCLUDE:
            return known in wished.exclusions or known in wished.interests
        case StepKind.DROP:
            return known not in wished.interests
        case StepKind.FOLLOW:
            return step.position in wished.positions
        case StepKind.UNFOLLOW:
            return step.target_id not in wished.followed


def _list_runs(title: str) -> Iterator[Sequence[str]]:
    """Give two or three words in a row, or two joined by a small word, that no punctuation parts."""
    words: list[str] = []
    for written in (*title.split(), "."):
        words.append(written.strip(_EDGES))
        if _BREAK.search(written) or not words[-1]:
            yield from _cut(words)
            words = []


def _cut(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(len(words)):
        for end in (start + SHORTEST, start + SHORTEST + 1):
            run = words[start:end]
            if end <= len(words) and len(" ".join(run)) <= _LONGEST_PHRASE and _is_phrase(run):
                yield run


def _is_phrase(run: Sequence[str]) -> bool:
    inner = [word for word in run[1:-1] if word.lower() not in _JOINERS]
    return all(_weigh_word(word) > 0 for word in (run[0], *inner, run[-1]))


def _weigh(run: Sequence[str]) -> float:
    """Say how telling a phrase is: as much as its words on average, the joiners left out."""
    weights = [weight for weight in map(_weigh_word, run) if weight > 0]
    return sum(weights) / len(weights) * (_LONG if len(run) > SHORTEST else 1)


def _weigh_word(word: str) -> float:
    """Say how telling a written word is: that of its hyphenated parts which says most; 0 for small words and signs."""
    spelled = normalise(word)
    is_small = spelled in EMPTY or spelled.endswith(_ADVERB)
    return 0.0 if is_small else max(map(weigh_word, split_words(spelled)), default=0.0)
