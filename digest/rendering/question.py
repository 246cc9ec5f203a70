"""“Is this them?” in words: who is meant, and what an answer has changed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from digest.model import Researcher, Standing
from digest.rendering.researcher import name_of, sort_places
from digest.rendering.tex import to_unicode
from digest.rendering.text import shorten

LONGEST_PART: Final = 160
MOST_TOPICS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a reader's answer (None: it was taken back).

    `settled` is what all readers have decided, `agreeing` and `disagreeing` how many say what. `turned_to` is whom the
    reader follows in place of the record asked about, in words; empty if that has not changed.
    """

    name: str
    answer: bool | None
    settled: Standing | None
    agreeing: int = 0
    disagreeing: int = 0
    is_followed: bool = True
    turned_to: str = ""


def identify(researcher: Researcher) -> str:
    """Tell a person from namesakes in a few words: `Peng Fu of Tsinghua University`."""
    places = sort_places(researcher.affiliations)
    place = shorten(to_unicode(places[0].name[: LONGEST_PART * 4]), LONGEST_PART) if places else ""
    return f"{name_of(researcher.name)} of {place}" if place else name_of(researcher.name)


def describe_subject(researcher: Researcher) -> str:
    """Say what a person works on: `machine translation, parsing`; empty if nothing is known."""
    stated = (*researcher.topics, *researcher.fields)[:MOST_TOPICS]
    return ", ".join(filter(None, (shorten(to_unicode(each[: LONGEST_PART * 4]), LONGEST_PART) for each in stated)))


def head(outcome: Outcome) -> str:
    """Give the heading of the page after an answer."""
    if outcome.answer is None:
        return "Your answer is taken back"
    return "Noted: it is them" if outcome.answer else "Noted: it is not them"


def say_outcome(outcome: Outcome) -> Iterator[str]:
    """Say what happens now, for the reader and for everybody."""
    yield _say_for_reader(outcome)
    if outcome.turned_to:
        yield f"You now follow {outcome.turned_to}, whose paper this is, in place of a record that was only a name."
    elif outcome.answer and not outcome.is_followed:
        yield f"You do not follow {outcome.name} at present, so nothing of theirs comes to you."
    yield _say_for_all(outcome)


def _say_for_reader(outcome: Outcome) -> str:
    if outcome.answer is None:
        return "This paper stands for you again as it does for everybody."
    if outcome.answer:
        return f"For you, this paper is by {outcome.name}. Papers like this one will come as sure."
    return f"This paper, and ones like it, will not come to you as {outcome.name}’s again."


def _say_for_all(outcome: Outcome) -> str:
    if outcome.settled is Standing.CONFIRMED:
        return f"{outcome.agreeing} readers say that it is theirs, so it counts as theirs for everybody."
    if outcome.settled is Standing.REJECTED:
        return f"{outcome.disagreeing} readers say that it is not theirs, so it counts as theirs for nobody."
    return "For other readers nothing changes until enough of them say the same."
