"""Feedback in words: what a button will do, what it did, and what may be done next. Pure."""

from dataclasses import dataclass
from typing import Final

from digest.model import FeedbackKind

MORE, LESS, SAVED = FeedbackKind.MORE, FeedbackKind.LESS, FeedbackKind.SAVED

LABELS: Final = {MORE: "More like this", LESS: "Less like this", SAVED: "Save this paper"}
_QUESTIONS: Final = {MORE: "More like this?", LESS: "Less like this?", SAVED: "Save this paper?"}
_PROMISES: Final = {
    MORE: "Among the papers that match what you asked for, those like this one will stand a little higher.",
    LESS: "Among the papers that match what you asked for, those like this one will stand a little lower.",
    SAVED: "The paper goes on your list of saved papers, which you find in your preferences.",
}
_DONE: Final = {MORE: "Noted: more like this", LESS: "Noted: less like this", SAVED: "Saved"}
_EFFECTS: Final = {
    MORE: "From your next digest on, papers like this one stand a little higher among those that match what you asked "
    "for. No paper comes or stays away because of it, unless your digest is full.",
    LESS: "From your next digest on, papers like this one stand a little lower among those that match what you asked "
    "for. No paper comes or stays away because of it, unless your digest is full.",
    SAVED: "It is on your list of saved papers, which you find in your preferences.",
}
_TAKEN_BACK: Final = {
    MORE: "It counts neither for nor against papers like it any more.",
    LESS: "It counts neither for nor against papers like it any more.",
    SAVED: "It is not on your list of saved papers any more.",
}
_STANDING: Final = {
    MORE: "You asked for more like this.",
    LESS: "You asked for less like this.",
    SAVED: "This paper is saved.",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says first."""

    heading: str
    sentence: str


def ask(kind: FeedbackKind | None) -> Words:
    """Ask before anything changes; None where the link did not say what."""
    if kind is None:
        return Words("What do you say of this paper?", "Your word counts for you alone. Nobody else sees it.")
    return Words(_QUESTIONS[kind], _PROMISES[kind])


def tell(kind: FeedbackKind, *, is_taken_back: bool) -> Words:
    """Tell what has changed."""
    if is_taken_back:
        return Words("Not saved any more" if kind is SAVED else "Taken back", _TAKEN_BACK[kind])
    return Words(_DONE[kind], _EFFECTS[kind])


def say_standing(kind: FeedbackKind) -> str:
    """Say what was said before."""
    return _STANDING[kind]
