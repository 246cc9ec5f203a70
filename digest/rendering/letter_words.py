# ruff: noqa: E501 -- a paragraph is a line
"""What letters say, kind by kind. All of it is written here: nothing that somebody typed is in it.

A form that writes to any address can be made to send mail in our name, so a letter holds no name and no topic from it:
what cannot be seen by the person attacked is no use to the attacker (Spamhaus on subscription bombing).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from digest.model import LetterKind
from digest.rendering.digest import long_date
from digest.rendering.footer import CHANGE, UNSUBSCRIBE
from digest.rendering.text import clean, shorten
from subscribers.model import Cadence, Schedule
from subscribers.schedule import zone_of
from subscribers.schedule_words import describe_schedule

LONGEST_TITLE: Final = 60  # characters
CANCEL: Final = "Cancel the request"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """A letter: who writes, and where its button leads: to the page that confirms, or to the preferences.

    Links are None where no public address is set. `runs_out_at` is when the button stops working; `schedule` and
    `next_due_at` are those of the channel a welcome is about. A group has no preferences page: whoever reads its mails
    could change what all get.
    """

    kind: LetterKind
    title: str
    public_url: str = ""
    button_url: str | None = None
    leave_url: str | None = None
    leave_mailto: str | None = None
    runs_out_at: datetime | None = None
    schedule: Schedule | None = None
    next_due_at: datetime | None = None
    is_plain: bool = False
    is_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says: paragraphs before and after its button, why it came, and what leaving means."""

    subject: str
    heading: str
    before: tuple[str, ...]
    button: str = CHANGE
    after: tuple[str, ...]
    why_you: str
    leave: str = UNSUBSCRIBE


def write_words(view: LetterView) -> Words:
    """Choose the words."""
    words = _WORDS[view.kind](view, shorten(clean(view.title), LONGEST_TITLE))
    return replace(words, **_FOR_GROUPS.get(view.kind, {})) if view.is_group else words


def long_time(at: datetime, zone: str = "UTC") -> str:
    """Write a moment out: `Friday, 20 November 2026 at 08:00 (Europe/Berlin)`."""
    local = at.astimezone(zone_of(zone))
    return f"{long_date(local.date())} at {local:%H:%M} ({local.tzinfo})"


def _confirm(view: LetterView, title: str) -> Words:
    return Words(
        subject=f"Confirm your subscription to {title}",
        heading="Confirm your subscription",
        before=(
            f"Somebody, probably you, asked for {title} at this address: new scientific papers by mail, chosen by topic and by author.",
            "If it was you, open this page and say yes there. Until then you get nothing more from us.",
        ),
        button="Confirm",
        after=(
            _say_until(view),
            "If it was not you, do nothing: you will not be subscribed. To be left alone by whoever typed your address, cancel the request.",
        ),
        why_you=f"You get this one mail because your address was given to {title}.",
        leave=CANCEL,
    )


def _confirm_address(view: LetterView, title: str) -> Words:
    return Words(
        subject=f"Confirm this address for {title}",
        heading="Confirm this address",
        before=(
            f"Somebody who reads {title}, probably you, asked to get it at this address.",
            "If it was you, open this page and say yes there. Until then nothing more comes here.",
        ),
        button="Confirm",
        after=(_say_until(view), "If it was not you, do nothing, or cancel the request."),
        why_you=f"You get this one mail because a reader of {title} named your address.",
        leave=CANCEL,
    )


def _already(_view: LetterView, title: str) -> Words:
    return Words(
        subject=f"You are subscribed to {title} already",
        heading="You are subscribed already",
        before=(
            f"Somebody, perhaps you, asked for {title} at this address, which is subscribed already. Nothing has changed.",
            "If you want to change what you get, or how often, this page is the place:",
        ),
        after=(_LASTS, "If it was not you who asked, do nothing."),
        why_you=f"You get this one mail because your address was given to {title} again.",
    )


def _manage(_view: LetterView, title: str) -> Words:
    return Words(
        subject=f"Change what you get from {title}: your link",
        heading="Your link",
        before=(
            "Here is the link that was asked for, probably by you. It opens your preferences without a password: topics, people, how often and when, and how to leave.",
        ),
        after=(_LASTS, "If it was not you who asked, do nothing. Nobody else has been given the link."),
        why_you=f"You get this one mail because a link to your preferences for {title} was asked for.",
    )


def _welcome(view: LetterView, title: str) -> Words:
    return Words(
        subject=f"Welcome to {title}",
        heading="You are subscribed",
        before=_say_when(view),
        after=(_LINKED if view.button_url else "Every mail says at its end how to leave.",),
        why_you=f"You get this because you confirmed your subscription to {title}.",
    )


def _moving(_view: LetterView, title: str) -> Words:
    return Words(
        subject=f"{title} is to go to another address",
        heading="Your digest is to go to another address",
        before=(
            f"Somebody, probably you, asked for {title} to go to another address in place of this one. It does so once somebody there has confirmed.",
            "If it was you, there is nothing to do here. If it was not you, say so: your digest stays here, or comes back if it has gone already.",
        ),
        button="It was not me",
        after=("The link works for 30 days.",),
        why_you=f"You get this because {title} has been coming to this address.",
    )


def _probe(_view: LetterView, title: str) -> Words:
    return Words(
        subject=f"{title}: does mail reach you again?",
        heading="Does mail reach you again?",
        before=(
            f"Mails from {title} to this address have been coming back. This one finds out whether they arrive again.",
            "If you read this, they do. There is nothing to do, and your digests go on.",
        ),
        after=("If this mail comes back too, we stop writing to this address.",),
        why_you=f"You get this because you are subscribed to {title}.",
    )


_LINKED: Final = (
    "Every mail ends with a link to your preferences, and with one to leave. Leaving takes one press and no reason."
)
_LASTS: Final = "The link works for 30 days. Whoever has it can change your subscription, so keep it to yourself."
_UNLINKED: Final = "A group has no link to change what it gets, because all who read here could use it. Whoever runs the service changes it: reply to this mail."
_FOR_GROUPS: Final[Mapping[LetterKind, Mapping[str, Any]]] = {
    LetterKind.ALREADY: {
        "before": ("Somebody asked for this at this address, which is subscribed already. Nothing has changed.",),
        "after": (_UNLINKED,),
    },
    LetterKind.MANAGE: {
        "subject": "There is no link for a group",
        "heading": "There is no link for a group",
        "before": ("A link to the preferences of this address was asked for.",),
        "after": (_UNLINKED, "If it was not you who asked, do nothing."),
    },
    LetterKind.MOVING: {
        "before": (
            "Somebody asked for this to go to another address in place of this one. It does so once somebody there has confirmed.",
        ),
        "after": ("If that is wrong, reply to this mail. Whoever runs the service can put it right.",),
    },
}
_WORDS: Final[Mapping[LetterKind, Callable[[LetterView, str], Words]]] = {
    LetterKind.CONFIRM: _confirm,
    LetterKind.CONFIRM_ADDRESS: _confirm_address,
    LetterKind.ALREADY: _already,
    LetterKind.MANAGE: _manage,
    LetterKind.WELCOME: _welcome,
    LetterKind.MOVING: _moving,
    LetterKind.PROBE: _probe,
}


def _say_until(view: LetterView) -> str:
    until = f"until {long_time(view.runs_out_at)}" if view.runs_out_at else "for two days"
    return f"The link works {until}."


def _say_when(view: LetterView) -> tuple[str, ...]:
    """Say how often the digest comes, and when first."""
    schedule = view.schedule
    if schedule is None:
        return ("Your address is confirmed.",)
    often = describe_schedule(schedule)
    if schedule.cadence is Cadence.ALERTS:
        return (f"Your address is confirmed. You get {often}: a mail as soon as somebody you follow has a new paper.",)
    if schedule.cadence is Cadence.BATCH or view.next_due_at is None:
        return (f"Your address is confirmed. A digest comes {often}.",)
    first = long_time(view.next_due_at, schedule.timezone).rpartition(" (")[0]
    return (
        f"Your address is confirmed. Your digest comes {often}.",
        f"The first one is due on {first}. When there is no paper for you, there is no mail.",
    )
