"""What a button tells the bot, and what a link to the bot brings along. Pure.

| data | means |
|---|---|
| `is:y:12:4711.7f3a`, `is:n:12:4711.7f3a` | paper 4711, which has this check, is by researcher 12; it is not |
| `is:b:12:4711.7f3a`, `is:b:12:4711.7f3a:n` | that answer is taken back; a yes and a no are offered, or a no |
| `fo:y:12`, `fo:n:12` | follow researcher 12; follow them no longer |
| `pa:…`, `ra:…`, `au:…`, `mu:…`, `sv:…` | about a paper: see `digest.bot.paper_taps` |

Who answers is never in the data: that is the chat. So data that somebody makes up speaks for nobody else.
"""

import re
from dataclasses import dataclass
from typing import Final

from digest.bot.paper_taps import CHECK, ID, PaperTap, parse_paper_tap, read_id, write_paper_tap
from digest.model import PaperId, ResearcherId
from digest.rendering.rating import Place

# "unique identifier … 1-64 characters, A-Z, a-z, 0-9, _ and -" (core.telegram.org/api/links#bot-links)
_FOLLOW_PREFIX: Final = "follow_"
_LINK_PREFIX: Final = "link_"

_ANSWER = re.compile(rf"is:(?P<said>[yn]):(?P<researcher>{ID}):(?P<paper>{ID}){CHECK}")
_UNDO = re.compile(rf"is:b:(?P<researcher>{ID}):(?P<paper>{ID}){CHECK}(?P<no>:n)?")
_FOLLOW = re.compile(rf"fo:(?P<said>[yn]):(?P<researcher>{ID})")
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@(?P<bot>[A-Za-z0-9_]{1,32}))?(?:\s+(?P<rest>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AnswerTap:
    """An answer to “is this them?”; None takes it back. `is_refusal` if only a no was offered, as under an alert."""

    researcher_id: ResearcherId
    paper_id: PaperId
    answer: bool | None
    is_refusal: bool = False
    check: str = ""

    @property
    def place(self) -> Place:
        """Give the paper, and by what to know it again."""
        return Place(self.paper_id, check=self.check)


@dataclass(frozen=True, slots=True)
class FollowTap:
    """The wish to follow a researcher, or no longer."""

    researcher_id: ResearcherId
    is_wanted: bool


Tap = AnswerTap | FollowTap | PaperTap


@dataclass(frozen=True, slots=True)
class Command:
    """A message that begins with a slash: `/start@digest_bot follow_12`. `bot` is empty if it names none."""

    name: str
    bot: str = ""
    rest: str = ""


def parse_tap(data: str) -> Tap | None:
    """Read the data of a button; None for what no button of ours says."""
    if found := _ANSWER.fullmatch(data):
        return _make_answer(found, answer=found["said"] == "y", is_refusal=False)
    if found := _UNDO.fullmatch(data):
        return _make_answer(found, answer=None, is_refusal=found["no"] is not None)
    if found := _FOLLOW.fullmatch(data):
        researcher = read_id(found["researcher"])
        return FollowTap(ResearcherId(researcher), found["said"] == "y") if researcher else None
    return parse_paper_tap(data)


def write_tap(tap: Tap) -> str:
    """Give the data that says this."""
    if isinstance(tap, FollowTap):
        return f"fo:{'y' if tap.is_wanted else 'n'}:{tap.researcher_id}"
    if not isinstance(tap, AnswerTap):
        return write_paper_tap(tap)
    said = "b" if tap.answer is None else "y" if tap.answer else "n"
    return f"is:{said}:{tap.researcher_id}:{tap.place.checked}{':n' if tap.answer is None and tap.is_refusal else ''}"


def parse_command(text: str) -> Command | None:
    """Read a command; None for other words."""
    found = _COMMAND.fullmatch(text.strip())
    return (
        Command(found["name"].lower(), (found["bot"] or "").lower(), (found["rest"] or "").strip()) if found else None
    )


def parse_follow(rest: str) -> ResearcherId | None:
    """Read whom `/start follow_12` names; None for anything else."""
    if not re.fullmatch(_FOLLOW_PREFIX + ID, rest):
        return None
    number = read_id(rest.removeprefix(_FOLLOW_PREFIX))
    return ResearcherId(number) if number else None


def parse_link(rest: str) -> str | None:
    """Read the code that `/start link_…` brings, right or wrong; None for anything else.

    Codes are in capitals; whoever types one need not be.
    """
    begins = rest[: len(_LINK_PREFIX)].lower() == _LINK_PREFIX
    return rest[len(_LINK_PREFIX) :].strip().upper() if begins else None


def _make_answer(found: re.Match[str], *, answer: bool | None, is_refusal: bool) -> AnswerTap | None:
    researcher, paper = read_id(found["researcher"]), read_id(found["paper"])
    if not researcher or not paper:
        return None
    return AnswerTap(ResearcherId(researcher), PaperId(paper), answer, is_refusal, found["check"] or "")
