"""Every word of the bot's: notices over the chat (plain, short), labels of buttons, and messages (Telegram's HTML)."""

from html import escape
from typing import Final

from digest.languages import mark, tr
from digest.model import Standing
from digest.rendering import asking
from digest.rendering.asking import LONGEST_ON_BUTTON
from digest.rendering.telegram import inert
from digest.rendering.text import clean, isolate, shorten

LONGEST_NOTICE: Final = 200  # answerCallbackQuery: "0-200 characters"
LONGEST_PERSON: Final = 70
LONGEST_TITLE: Final = 80

# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_MOMENT: Final = mark("One moment, please.")
TOO_OLD: Final = mark("This button is too old: what it was about is not so any more.")
STALE: Final = mark("This button is too old; the next digest has fresh ones.")
NO_DIGEST: Final = mark("This chat gets no digest at present, so nothing was noted.")
ADMINISTRATORS_ONLY: Final = mark(
    "Only administrators of this chat can answer for it. An anonymous one is known to me only if I am one too."
)
ADMINISTRATORS_UNKNOWN: Final = mark(
    "Telegram does not say just now who administers this chat; please tap again later."
)
NOT_NOW: Final = mark("This could not be noted just now; please tap again in a minute.")

_SETTLED: Final = {
    Standing.CONFIRMED: mark("Readers agree, so it counts for everybody."),
    Standing.REJECTED: mark("Readers agree, so it counts as theirs for nobody."),
}


def say_answered(name: str, *, answer: bool | None, settled: Standing | None, turned_to: str = "") -> str:
    """Say what became of an answer (None: it was taken back). `turned_to` is whom the reader follows now instead."""
    person = _name(name, LONGEST_PERSON)
    if answer is None:
        return tr("Taken back: for you this paper stands again as it does for everybody.")
    said = [
        tr("Noted: this one is by {person}.", person=person)
        if answer
        else tr("Noted: not {person}. It will not come as theirs again.", person=person)
    ]
    if turned_to:
        said.append(tr("You now follow {person}, whose paper this is.", person=_name(turned_to, LONGEST_PERSON)))
    if settled in _SETTLED:
        said.append(tr(_SETTLED[settled]))
    return fit(" ".join(said))


def say_followed_shortly(name: str, *, is_followed: bool) -> str:
    """Say in a notice that somebody is followed, or no longer."""
    person = _name(name, LONGEST_PERSON)
    if is_followed:
        return fit(tr("You now follow {person}.", person=person))
    return fit(tr("You no longer follow {person}.", person=person))


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────────────────────

UNFOLLOW: Final = mark("Undo: stop following")
FOLLOW_AGAIN: Final = mark("Follow again")


def label_answered(name: str, number: int | None, *, is_theirs: bool) -> str:
    """Label the one button that is left of an answered question."""
    person = _name(name)
    if is_theirs:
        said = tr("you said: {person} · undo", person=person)
    else:
        said = tr("you said: not {person} · undo", person=person)
    return f"{'✔' if is_theirs else '✖'} {_numbered(number)}{said}"


def label_yes(name: str, number: int | None) -> str:
    """Label the yes as the digest did."""
    return asking.label_yes(_name(name), number)


def label_no(number: int | None) -> str:
    """Label the no as the digest did."""
    return asking.label_no(number)


def label_refusal(name: str, number: int | None) -> str:
    """Label a no that stands alone, as the alert did."""
    return asking.label_refusal(_name(name), number)


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

NOT_ALLOWED: Final = mark("Only administrators of this chat can change what it gets. Nothing was changed.")
NOT_CHANGED: Final = mark("That could not be noted just now. Please try again in a minute.")
UNCHANGED: Final = mark("Nothing was changed.")


LINK_REFUSED: Final = mark(
    "This code does not work here: it is mistyped, used, older than ten minutes or for the other kind of chat. Nothing "
    "was changed. Your preferences page, linked in every digest, gives new ones."
)
LINK_TAKEN: Final = mark(
    "This chat gets the digest of another subscription, so nothing was changed. An administrator can end that one here "
    "with /stop; then ask for a new code."
)
LINK_TOO_MANY: Final = mark("Too many codes from this chat did not work. Please wait an hour before you send another.")
LINK_NOT_ALLOWED: Final = mark("Only administrators of this chat can add it to a subscription. Nothing was changed.")


def say_followed(name: str, *, is_followed: bool, is_changed: bool = True) -> str:
    """Say that somebody is followed, or no longer."""
    person = _bold(name)
    if not is_followed:
        return tr("You no longer follow {person}.", person=person)
    if is_changed:
        return tr("You now follow {person}: new papers of theirs come here.", person=person)
    return tr("You follow {person} already.", person=person)


def say_unchanged(why: str) -> str:
    """Say why somebody cannot be followed, or any longer."""
    return f"{escape(inert(shorten(clean(why), LONGEST_NOTICE)))} {tr(UNCHANGED)}"


def describe_stranger(title: str, address: str, *, is_group: bool) -> str:
    """Say that a chat is not subscribed, and who can change that."""
    command = f"digest subscribe --telegram {address}{' --group' if is_group else ''}"
    text = tr(
        "This chat is not subscribed to {title} yet. Whoever runs the service can add it:",
        title=_bold(title, LONGEST_TITLE),
    )
    return f"{text}\n\n<code>{escape(command)}</code>"


def _numbered(number: int | None) -> str:
    return f"{number}. " if number else ""


def _name(name: str, limit: int = LONGEST_ON_BUTTON) -> str:
    return isolate(shorten(clean(name), limit)) or tr("them")


def _bold(text: str, limit: int = LONGEST_PERSON) -> str:
    return f"<b>{escape(inert(_name(text, limit)))}</b>"


def fit(notice: str) -> str:
    """Give a notice at a length that Telegram shows."""
    return shorten(notice, LONGEST_NOTICE)
