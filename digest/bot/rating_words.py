"""What the bot says when papers are rated and saved: notices over the chat, and the list of saved papers."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from digest.bot.wording import LONGEST_NOTICE
from digest.model import FeedbackKind, Paper
from digest.rendering.links import find_page
from digest.rendering.telegram import inert, join, measure
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, isolate, shorten

LONGEST_TITLE: Final = 120  # characters, here and below
_LONGEST_RAW: Final = 3_000

WHOM: Final = "Whose next papers do you want here?"
NOBODY: Final = "None of the authors can be followed."
OF_A_PERSON: Final = (
    "This group is part of one person’s subscription. They rate and save in their private chat with me."
)
_NOTED: Final = {
    FeedbackKind.MORE: "Noted: in coming digests, papers like this one stand a little higher.",
    FeedbackKind.LESS: "Noted: in coming digests, papers like this one stand a little lower.",
    FeedbackKind.SAVED: "Saved. /saved shows your list.",
}
_TAKEN_BACK: Final = {
    FeedbackKind.MORE: "Taken back: it counts neither for nor against papers like it.",
    FeedbackKind.LESS: "Taken back: it counts neither for nor against papers like it.",
    FeedbackKind.SAVED: "Not saved any more.",
}

NOTHING_SAVED: Final = "No paper is saved yet. 💾 beneath a paper puts it on this list."
REMOVE_HINT: Final = "A button takes its paper off the list."
PUT_BACK: Final = "↩ Put it back"


def say_rated(kind: FeedbackKind, *, is_said: bool) -> str:
    """Say what became of a word on a paper."""
    return _NOTED[kind] if is_said else _TAKEN_BACK[kind]


def say_voted(kind: FeedbackKind | None, counted: Mapping[FeedbackKind, int]) -> str:
    """Say that a vote counts, how the votes stand, and what they come to."""
    more, less = counted.get(FeedbackKind.MORE, 0), counted.get(FeedbackKind.LESS, 0)
    stand = f"The group: 👍 {more}, 👎 {less}."
    if kind is None:
        return f"Your vote is taken back. {stand}"
    return f"Your vote: {'👍' if kind is FeedbackKind.MORE else '👎'}. {stand} What most say counts for coming digests."


def say_refused(why: str) -> str:
    """Say why somebody cannot be followed."""
    ending = " Nothing was changed."
    return shorten(clean(why), LONGEST_NOTICE - len(ending)) + ending


def name_paper(title: str, number: int) -> str:
    """Say which paper a number stands for."""
    return f"{number}. {_title(title)}"


def list_saved(papers: Sequence[Paper], *, has_more: bool) -> tuple[str, int]:
    """Write the list of saved papers, and say how many had room: each in a line, as long as one message holds them."""
    if not papers:
        return NOTHING_SAVED, 0
    lines = [_write_line(paper, number) for number, paper in enumerate(papers, start=1)]
    while not measure(_write_list(lines, has_more=True)).fits:
        lines.pop()
    return _write_list(lines, has_more=has_more or len(lines) < len(papers)), len(lines)


def _write_list(lines: Sequence[str], *, has_more: bool) -> str:
    head = "<b>Saved papers</b>, the latest first"
    rest = ["… and older ones, which are still saved."] if has_more else []
    return join([head, "\n".join(lines), *rest, f"<i>{REMOVE_HINT}</i>"])


def _write_line(paper: Paper, number: int) -> str:
    title, page = escape(inert(_title(paper.title))), find_page(paper)
    return f"{number}. " + (f'<a href="{escape(page)}">{title}</a>' if page else title)


def _title(title: str) -> str:
    return isolate(shorten(to_unicode(title[:_LONGEST_RAW]), LONGEST_TITLE)) or "(untitled)"
