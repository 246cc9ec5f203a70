"""Where a reader can say whether it is them, stop following, and say what they think of a paper.

As addresses in mail, as buttons in chat.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from digest.languages import tr
from digest.model import Button, Certainty, Keyboard, Match, Reason, ReasonKind
from digest.rendering.links import safe_url
from digest.rendering.text import clean, shorten

LONGEST_NAME: Final = 60  # characters, here and below
LONGEST_ON_BUTTON: Final = 40
MOST_QUESTIONS: Final = 20  # on one keyboard; Telegram takes 100 buttons

_Person = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLinks:
    """The addresses where readers answer, by researcher and paper, and, by researcher, where they stop following.

    An answer is added to the first kind by `?answer=`. `pages` are those of the researchers. `feedback` gives, by
    paper, where more or less like it is asked for; `?say=` is added. With callbacks, a bot hears of taps on buttons.
    Papers are unrated where no button takes a word on them.
    """

    answers: Mapping[_Person, str] = field(default_factory=lambda: MappingProxyType({}))
    follows: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    pages: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    feedback: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    has_callbacks: bool = False
    is_unrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A followed person on a paper, and how the reader can say that it is them or is not.

    `yes_url` and `no_url` are None without pages of ours; the data is what a button tells the bot, empty without one.
    """

    researcher_id: int
    name: str
    is_sure: bool
    yes_url: str | None = None
    no_url: str | None = None
    stop_url: str | None = None
    yes_data: str = ""
    no_data: str = ""


def list_asks(match: Match, links: AnswerLinks, check: str = "") -> tuple[Ask, ...]:
    """Give what can be asked about the people on a paper, each person once. Buttons carry the paper's check."""
    asks: dict[int, Ask] = {}
    for reason in match.reasons:
        if reason.kind is ReasonKind.FOLLOW and reason.target_id is not None:
            asks.setdefault(reason.target_id, _make_ask(reason, reason.target_id, match.paper_id, links, check))
    return tuple(ask for ask in asks.values() if ask.no_url or ask.no_data or ask.stop_url)


def question_keyboard(questions: Iterable[tuple[int, Ask]]) -> Keyboard:
    """Give a row with yes and no for each question, which come with the number of their paper."""
    asked = list(questions)[:MOST_QUESTIONS]
    rows = (_question_row(number, ask, is_only=len(asked) == 1) for number, ask in asked)
    return tuple(row for row in rows if row)


def refusal_keyboard(people: Iterable[tuple[int | None, Ask]]) -> Keyboard:
    """Give a row with a no for each person under an alert; the number of their paper is there if it has several."""
    asked = list(people)[:MOST_QUESTIONS]
    buttons = (_button(label_refusal(name_shortly(ask.name), number), ask.no_data, ask.no_url) for number, ask in asked)
    return tuple((button,) for button in buttons if button is not None)


def _make_ask(reason: Reason, researcher_id: int, paper_id: int, links: AnswerLinks, check: str) -> Ask:
    page = links.answers.get((researcher_id, paper_id))
    data = f"{researcher_id}:{paper_id}{check and f'.{check}'}" if links.has_callbacks else ""
    return Ask(
        researcher_id=researcher_id,
        name=shorten(clean(reason.subject), LONGEST_NAME),
        is_sure=reason.certainty is Certainty.SURE,
        yes_url=safe_url(f"{page}?answer=yes") if page else None,
        no_url=safe_url(f"{page}?answer=no") if page else None,
        stop_url=safe_url(links.follows.get(researcher_id)),
        yes_data=f"is:y:{data}" if data else "",
        no_data=f"is:n:{data}" if data else "",
    )


def _question_row(number: int, ask: Ask, *, is_only: bool) -> tuple[Button, ...]:
    yes, no = label_yes(name_shortly(ask.name), None if is_only else number), label_no(None if is_only else number)
    return tuple(_list_buttons((yes, ask.yes_data, ask.yes_url), (no, ask.no_data, ask.no_url)))


def _list_buttons(*wanted: tuple[str, str, str | None]) -> Iterator[Button]:
    for text, data, url in wanted:
        if (button := _button(text, data, url)) is not None:
            yield button


def _button(text: str, data: str, url: str | None) -> Button | None:
    if data:
        return Button(text, data=data)
    return Button(text, url=url) if url else None


def label_yes(person: str, number: int | None) -> str:
    """Label a yes; `number` is that of the paper, where several are asked about."""
    return f"✔ {number}. {person}" if number else tr("✔ Yes, that’s them")


def label_no(number: int | None) -> str:
    """Label a no."""
    return tr("✖ {number}. not them", number=number) if number else tr("✖ Not this person")


def label_refusal(person: str, number: int | None) -> str:
    """Label a no that stands alone."""
    return (
        tr("✖ {number}. Not {person}", number=number, person=person) if number else tr("✖ Not {person}", person=person)
    )


def name_shortly(name: str) -> str:
    """Give a name as a button has room for it."""
    return shorten(name, LONGEST_ON_BUTTON) or tr("them")
