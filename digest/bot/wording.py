"""Every word of the bot's: notices over the chat (plain, short), labels of buttons, and messages (Telegram's HTML)."""

from html import escape
from typing import Final

from digest.model import Standing
from digest.rendering.asking import LONGEST_ON_BUTTON
from digest.rendering.telegram import inert
from digest.rendering.text import clean, isolate, shorten

LONGEST_NOTICE: Final = 200  # answerCallbackQuery: "0-200 characters"
LONGEST_PERSON: Final = 70
LONGEST_TITLE: Final = 80

# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_MOMENT: Final = "One moment, please."
TOO_OLD: Final = "This button is too old: what it was about is not so any more."
STALE: Final = "This button is too old; the next digest has fresh ones."
NO_DIGEST: Final = "This chat gets no digest at present, so nothing was noted."
ADMINISTRATORS_ONLY: Final = (
    "Only administrators of this chat can answer for it. An anonymous one is known to me only if I am one too."
)
ADMINISTRATORS_UNKNOWN: Final = "Telegram does not say just now who administers this chat; please tap again later."
NOT_NOW: Final = "This could not be noted just now; please tap again in a minute."

_SETTLED: Final = {
    Standing.CONFIRMED: " Readers agree, so it counts for everybody.",
    Standing.REJECTED: " Readers agree, so it counts as theirs for nobody.",
}


def say_answered(name: str, *, answer: bool | None, settled: Standing | None, turned_to: str = "") -> str:
    """Say what became of an answer (None: it was taken back). `turned_to` is whom the reader follows now instead."""
    person = _name(name, LONGEST_PERSON)
    if answer is None:
        return "Taken back: for you this paper stands again as it does for everybody."
    said = f"Noted: this one is by {person}." if answer else f"Noted: not {person}. It will not come as theirs again."
    if turned_to:
        said += f" You now follow {_name(turned_to, LONGEST_PERSON)}, whose paper this is."
    return fit(said + (_SETTLED.get(settled, "") if settled else ""))


def say_followed_shortly(name: str, *, is_followed: bool) -> str:
    """Say in a notice that somebody is followed, or no longer."""
    return fit(f"You {'now' if is_followed else 'no longer'} follow {_name(name, LONGEST_PERSON)}.")


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────────────────────

UNFOLLOW: Final = "Undo: stop following"
FOLLOW_AGAIN: Final = "Follow again"


def label_answered(name: str, number: int | None, *, is_theirs: bool) -> str:
    """Label the one button that is left of an answered question."""
    sign, refusal = ("✔", "") if is_theirs else ("✖", "not ")
    return f"{sign} {_numbered(number)}you said: {refusal}{_name(name)} · undo"


def label_yes(name: str, number: int | None) -> str:
    """Label the yes as the digest did."""
    return f"✔ {_numbered(number)}{_name(name)}" if number else "✔ Yes, that’s them"


def label_no(number: int | None) -> str:
    """Label the no as the digest did."""
    return f"✖ {_numbered(number)}not them" if number else "✖ Not this person"


def label_refusal(name: str, number: int | None) -> str:
    """Label a no that stands alone, as the alert did."""
    return f"✖ {_numbered(number)}Not {_name(name)}"


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

NOT_ALLOWED: Final = "Only administrators of this chat can change what it gets. Nothing was changed."
NOT_CHANGED: Final = "That could not be noted just now. Please try again in a minute."


LINK_REFUSED: Final = (
    "This code does not work: it may be mistyped, used already or older than ten minutes. Nothing was changed. "
    "Ask for a new one on your preferences page; the link to it is in every digest."
)
LINK_TAKEN: Final = (
    "This chat belongs to another subscription, so nothing was changed. Erase that one first, on its own preferences "
    "page, and then ask for a new code."
)
LINK_TOO_MANY: Final = "Too many codes from this chat did not work. Please wait an hour before you send another."
LINK_NOT_ALLOWED: Final = "Only administrators of this chat can add it to a subscription. Nothing was changed."


def say_linked(title: str, schedule: str, *, is_new: bool) -> str:
    """Say that a chat gets the digest now, or did already, and when."""
    now = "now" if is_new else "already"
    return f"This chat {now} gets {_bold(title, LONGEST_TITLE)}: {escape(inert(schedule))}."


def say_followed(name: str, *, is_followed: bool, is_changed: bool = True) -> str:
    """Say that somebody is followed, or no longer."""
    person = _bold(name)
    if not is_followed:
        return f"You no longer follow {person}."
    return (
        f"You now follow {person}: new papers of theirs come here." if is_changed else f"You follow {person} already."
    )


def say_unchanged(why: str) -> str:
    """Say why somebody cannot be followed, or any longer."""
    return f"{escape(inert(shorten(clean(why), LONGEST_NOTICE)))} Nothing was changed."


def describe_stranger(title: str, address: str, *, is_group: bool) -> str:
    """Say that a chat is not subscribed, and who can change that."""
    command = f"digest subscribe --telegram {address}{' --group' if is_group else ''}"
    return (
        f"This chat is not subscribed to {_bold(title, LONGEST_TITLE)} yet. "
        f"Whoever runs the service can add it:\n\n<code>{escape(command)}</code>"
    )


def _numbered(number: int | None) -> str:
    return f"{number}. " if number else ""


def _name(name: str, limit: int = LONGEST_ON_BUTTON) -> str:
    return isolate(shorten(clean(name), limit)) or "them"


def _bold(text: str, limit: int = LONGEST_PERSON) -> str:
    return f"<b>{escape(inert(_name(text, limit)))}</b>"


def fit(notice: str) -> str:
    """Give a notice at a length that Telegram shows."""
    return shorten(notice, LONGEST_NOTICE)
