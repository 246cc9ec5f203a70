"""What the bot says when papers are rated and saved: notices over the chat, and the list of saved papers."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from digest.bot.wording import LONGEST_NOTICE, LONGEST_PERSON, UNCHANGED, fit
from digest.languages import mark, tr
from digest.model import FeedbackKind, Paper
from digest.rendering.links import find_page
from digest.rendering.rating import MuteKind, MuteWord, OfferedMute
from digest.rendering.telegram import inert, join, measure
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, isolate, shorten

LONGEST_TITLE: Final = 120  # characters, here and below
_LONGEST_RAW: Final = 3_000

WHOM: Final = mark("Whose next papers do you want here?")
NOBODY: Final = mark("None of the authors can be followed.")
WHAT_TO_MUTE: Final = mark(
    "What do you want to see no more of? Papers that are surely by people you follow come all the same."
)
NOTHING_TO_MUTE: Final = mark("Nothing about this paper can be left out.")
OF_A_PERSON: Final = mark(
    "This group is part of one person’s subscription. They rate and save in their private chat with me."
)
_NOTED: Final = {
    FeedbackKind.MORE: mark("Noted: in coming digests, papers like this one stand a little higher."),
    FeedbackKind.LESS: mark("Noted: in coming digests, papers like this one stand a little lower."),
    FeedbackKind.SAVED: mark("Saved. /saved shows your list."),
}
_TAKEN_BACK: Final = {
    FeedbackKind.MORE: mark("Taken back: it counts neither for nor against papers like it."),
    FeedbackKind.LESS: mark("Taken back: it counts neither for nor against papers like it."),
    FeedbackKind.SAVED: mark("Not saved any more."),
}
_VOTE_BACK: Final = mark("Your vote is taken back.")
_MAJORITY: Final = mark("What most say counts for coming digests.")
_HOW_BACK: Final = mark("Tap again to undo, or see /interests.")
_HOW_OUT: Final = mark("Tap the name again to leave their papers out.")
_MUTED: Final = {
    MuteKind.TOPIC: mark("“{name}” is no topic any more."),
    MuteKind.CATEGORY: mark("Papers in {name} are left out from now on, whichever topic finds them."),
    MuteKind.AUTHOR: mark("Papers with an author named {name} are left out from now on."),
}
_UNMUTED: Final = {
    MuteKind.TOPIC: mark("“{name}” is a topic again."),
    MuteKind.CATEGORY: mark("Papers in {name} are left out no longer."),
    MuteKind.AUTHOR: mark("Papers with an author named {name} are left out no longer."),
}

NOTHING_SAVED: Final = mark("No paper is saved yet. 💾 beneath a paper puts it on this list.")
REMOVE_HINT: Final = mark("A button takes its paper off the list.")
PUT_BACK: Final = mark("↩ Put it back")


def say_rated(kind: FeedbackKind, *, is_said: bool) -> str:
    """Say what became of a word on a paper."""
    return tr(_NOTED[kind] if is_said else _TAKEN_BACK[kind])


def say_voted(kind: FeedbackKind | None, counted: Mapping[FeedbackKind, int]) -> str:
    """Say that a vote counts, how the votes stand, and what they come to."""
    more, less = counted.get(FeedbackKind.MORE, 0), counted.get(FeedbackKind.LESS, 0)
    stand = tr("The group: 👍 {more}, 👎 {less}.", more=more, less=less)
    if kind is None:
        return f"{tr(_VOTE_BACK)} {stand}"
    yours = tr("Your vote: {sign}.", sign="👍" if kind is FeedbackKind.MORE else "👎")
    return f"{yours} {stand} {tr(_MAJORITY)}"


def say_refused(why: str) -> str:
    """Say why somebody cannot be followed."""
    ending = f" {tr(UNCHANGED)}"
    return shorten(clean(why), LONGEST_NOTICE - len(ending)) + ending


def say_muted(mute: OfferedMute, word: MuteWord) -> str:
    """Say what became of the wish to leave something out, to let it in again, or to stop following somebody."""
    name = _name_mute(mute)
    if word is MuteWord.UNFOLLOW:
        said = tr("You no longer follow {person}.", person=name)
        return fit(f"{said} {tr(_HOW_OUT)}")
    if word is MuteWord.UNMUTE:
        return fit(tr(_UNMUTED[mute.kind], name=name))
    return fit(f"{tr(_MUTED[mute.kind], name=name)} {tr(_HOW_BACK)}")


def say_followed_first(mute: OfferedMute) -> str:
    """Say why papers by somebody cannot be left out yet."""
    person = _name_mute(mute)
    return fit(tr("You follow {person}, so their papers come all the same. Stop following first.", person=person))


def say_full(most: int) -> str:
    """Say that nothing more can be left out."""
    full = tr("You have {count} topics, which is the most there can be; remove some first.", count=most)
    return fit(f"{full} {tr(UNCHANGED)}")


def name_paper(title: str, number: int) -> str:
    """Say which paper a number stands for."""
    return f"{number}. {_title(title)}"


def list_saved(papers: Sequence[Paper], *, has_more: bool) -> tuple[str, int]:
    """Write the list of saved papers, and say how many had room: each in a line, as long as one message holds them."""
    if not papers:
        return tr(NOTHING_SAVED), 0
    lines = [_write_line(paper, number) for number, paper in enumerate(papers, start=1)]
    while not measure(_write_list(lines, has_more=True)).fits:
        lines.pop()
    return _write_list(lines, has_more=has_more or len(lines) < len(papers)), len(lines)


def _name_mute(mute: OfferedMute) -> str:
    return isolate(shorten(clean(to_unicode(mute.name[:_LONGEST_RAW])), LONGEST_PERSON)) or "…"


def _write_list(lines: Sequence[str], *, has_more: bool) -> str:
    head = tr("<b>Saved papers</b>, the latest first")
    rest = [tr("… and older ones, which are still saved.")] if has_more else []
    return join([head, "\n".join(lines), *rest, f"<i>{tr(REMOVE_HINT)}</i>"])


def _write_line(paper: Paper, number: int) -> str:
    title, page = escape(inert(_title(paper.title))), find_page(paper)
    return f"{number}. " + (f'<a href="{escape(page)}">{title}</a>' if page else title)


def _title(title: str) -> str:
    return isolate(shorten(to_unicode(title[:_LONGEST_RAW]), LONGEST_TITLE)) or tr("(untitled)")
