"""What may be changed after feedback, in words for buttons and pages."""

from dataclasses import dataclass
from typing import Final

from digest.pipeline.suggestions import Step, StepKind
from digest.rendering.feedback import Words
from digest.rendering.text import clean, shorten

LONGEST_SUBJECT: Final = 120  # characters

_BUTTONS: Final = {
    StepKind.ADD: ("Add “", "” to your interests"),
    StepKind.DROP: ("Drop your interest ", ""),
    StepKind.EXCLUDE: ("Leave out papers with “", "”"),
    StepKind.FOLLOW: ("Follow ", ""),
    StepKind.UNFOLLOW: ("Stop following ", ""),
}
_TAKEN: Final = {
    StepKind.ADD: ("Added to your interests", "“{}” is among your interests now."),
    StepKind.DROP: ("Dropped from your interests", "{} is not among your interests any more."),
    StepKind.EXCLUDE: ("Left out from now on", "Papers with “{}” are left out of what your interests find."),
    StepKind.FOLLOW: ("You now follow {}", "New papers of {} come with your digest."),
}
_UNDONE: Final = {
    StepKind.ADD: ("Not added", "“{}” is not among your interests any more."),
    StepKind.DROP: ("Your interest is back", "{} is among your interests again."),
    StepKind.EXCLUDE: ("Not left out", "Papers with “{}” are not left out any more."),
    StepKind.FOLLOW: ("You do not follow {}", "Papers of {} come only where your interests find them."),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A suggestion: what stands before and behind its subject, and either a form's value or the page of a token."""

    prefix: str
    subject: str
    suffix: str
    key: str
    follow_token: str | None = None


def view_step(step: Step, follow_token: str | None) -> StepView:
    """Put a suggestion in words."""
    prefix, suffix = _BUTTONS[step.kind]
    return StepView(prefix, _subject(step), suffix, step.key, follow_token)


def tell_step(step: Step, *, is_undone: bool) -> Words:
    """Tell what a step has changed, or its undoing."""
    heading, sentence = (_UNDONE if is_undone else _TAKEN)[step.kind]
    subject = _subject(step)
    return Words(heading.format(subject), sentence.format(subject))


def _subject(step: Step) -> str:
    return shorten(clean(step.subject), LONGEST_SUBJECT)
