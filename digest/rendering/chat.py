"""Renders a digest as chat messages in Telegram's HTML subset. Sends nothing."""

from collections.abc import Iterable, Iterator
from typing import Final

from jinja2 import Environment

from digest.model import ChatMessage
from digest.rendering.card import Card, make_brief, without_excerpt
from digest.rendering.digest import DigestView, Item, Section, list_sections
from digest.rendering.environment import chat_environment
from digest.rendering.fitting import choose_lengths
from digest.rendering.footer import make_footer
from digest.rendering.telegram import SEPARATOR, TEXT_LIMIT, measure, pack

# More than a handful of messages in a row is noise, and a group takes 20 a minute. Papers beyond that come as titles.
MOST_FULL_PARTS: Final = 6
_UNITS: Final = MOST_FULL_PARTS * TEXT_LIMIT


def render_chat(view: DigestView, *, message_id: str, is_silent: bool = False) -> ChatMessage:
    """Render a digest as messages that Telegram accepts, split between papers."""
    environment = chat_environment()
    footer = make_footer(view)
    sections = list_sections(view)
    papers = _render_papers(environment, [item for section in sections for item in section.items])
    blocks = [
        _render(environment, "header", footer=footer, day=view.edition_on),
        *_head_sections(sections, papers, environment),
        *(_render(environment, "note", note=note) for note in footer.notes),
        _render(environment, "footer", footer=footer, more=view.more + len(view.entries) - len(papers)),
    ]
    return ChatMessage(message_id=message_id, parts=pack(blocks), is_silent=is_silent)


def _render_papers(environment: Environment, items: list[Item]) -> list[str]:
    """Render the papers that have room, the last ones in brief if not all have room in full."""
    full = [_render_fitting(environment, item) for item in items]
    brief = [_render_paper(environment, item.number, make_brief(item.card)) for item in items]
    in_full, shown = choose_lengths(_count_units(full), _count_units(brief), _UNITS)
    return [*full[:in_full], *brief[in_full:shown]]


def _render_fitting(environment: Environment, item: Item) -> str:
    """Render a paper in full, or the longest shorter form that a message holds; the shortest is within its bounds."""
    for card in (item.card, without_excerpt(item.card)):
        piece = _render_paper(environment, item.number, card)
        if measure(piece).fits:
            return piece
    return _render_paper(environment, item.number, make_brief(item.card))


def _head_sections(sections: Iterable[Section], papers: list[str], environment: Environment) -> Iterator[str]:
    """Put each section's heading on its first paper, so that no message ends with a heading."""
    for section in sections:
        for place, item in enumerate(section.items):
            if item.number > len(papers):
                return
            paper = papers[item.number - 1]
            if place > 0:
                yield paper
                continue
            heading = _render(environment, "section", section=section)
            together = f"{heading}{SEPARATOR}{paper}"
            yield from [together] if measure(together).fits else [heading, paper]


def _render_paper(environment: Environment, number: int, card: Card) -> str:
    return _render(environment, "paper", number=number, card=card)


def _render(environment: Environment, name: str, **values: object) -> str:
    return environment.get_template(f"chat/digest/{name}.html").render(values).strip()


def _count_units(pieces: Iterable[str]) -> list[int]:
    return [measure(piece).units for piece in pieces]
