"""Renders a digest as chat messages in Telegram's HTML subset. Sends nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jinja2 import Environment

from digest.languages import tr
from digest.model import ALBUM, NOTHING_SENT, ChatMessage, Keyboard, Progress
from digest.rendering.asking import question_keyboard
from digest.rendering.card import Card, make_brief, without_excerpt
from digest.rendering.digest import DigestView, Item, Section, list_sections
from digest.rendering.environment import chat_environment
from digest.rendering.fitting import choose_lengths
from digest.rendering.footer import make_footer
from digest.rendering.pictures import find_preview, illustrate
from digest.rendering.rating import HINT, list_places, rating_keyboard
from digest.rendering.resuming import cut, list_papers
from digest.rendering.telegram import TEXT_LIMIT, join, measure
from digest.rendering.unfolding import split_abstract, unfold

# More than a handful of messages in a row is noise, and a group takes 20 a minute. Papers beyond that come as titles.
MOST_FULL_PARTS: Final = 6
UNITS: Final = MOST_FULL_PARTS * TEXT_LIMIT
_CORRECTIONS_TOGETHER: Final = 5


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of a message that is not cut, the same with the rest of an abstract, and the paper in it, if any."""

    text: str
    item: Item | None = None
    longer: str = ""


def render_chat(
    view: DigestView,
    *,
    message_id: str,
    is_silent: bool = False,
    has_pictures: bool = False,
    has_previews: bool = False,
    progress: Progress = NOTHING_SENT,
) -> ChatMessage:
    """Render a digest as messages that Telegram accepts, split between papers; pictures come first.

    What was begun before has the same papers in the same parts, and pictures if and only if it had some.
    """
    has_pictures = has_pictures if not progress.shown else progress.shown[0] == (ALBUM,)
    environment = chat_environment()
    footer = make_footer(view)
    sections = list_sections(view)
    papers = _render_papers(environment, [item for section in sections for item in section.items])
    more, hint = view.more + len(view.entries) - len(papers), choose_hint(block.item for block in papers)
    header = _render(environment, "header", footer=footer, day=view.edition_on)
    caption, pictures = illustrate(header, [each.item for each in papers if each.item]) if has_pictures else ("", ())
    blocks = [
        *([] if pictures else [_Block(header)]),
        *(_Block(_render(environment, "corrections", sentences=each)) for each in _group(footer.corrections)),
        *_head_sections(sections, papers, environment),
        *(_Block(_render(environment, "note", note=note)) for note in footer.notes),
        _Block(_render(environment, "footer", footer=footer, more=more, hint=hint)),
    ]
    texts = [block.text for block in blocks]
    if not progress.shown:
        texts = unfold(texts, [block.longer for block in blocks])
    papers_in = [block.item.paper_id if block.item else None for block in blocks]
    parts = cut(texts, papers_in, progress)
    is_album = bool(pictures) or (ALBUM,) in progress.shown
    shown = [[], *[[blocks[place].item for place in part] for part in parts]]
    return ChatMessage(
        message_id=message_id,
        parts=(caption, *(join(texts[place] for place in part) for part in parts))[0 if is_album else 1 :],
        is_silent=is_silent,
        keyboards=_make_keyboards(shown[0 if is_album else 1 :]),
        albums={0: pictures} if pictures else {},
        previews=find_preview(shown[0 if is_album else 1 :]) if has_previews else {},
        papers=((ALBUM,), *list_papers(parts, papers_in))[0 if is_album else 1 :],
    )


def choose_hint(items: Iterable[Item | None]) -> str:
    """Say what the numbers beneath a message are for, where there are any."""
    return tr(HINT) if sum(item is not None and item.card.rated_as is not None for item in items) > 1 else ""


def _group(corrections: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the corrections in lots that one message holds."""
    for start in range(0, len(corrections), _CORRECTIONS_TOGETHER):
        yield corrections[start : start + _CORRECTIONS_TOGETHER]


def _make_keyboards(parts: Iterable[Iterable[Item | None]]) -> dict[int, Keyboard]:
    """Give each part the buttons to say whose its papers are, where that is not sure, and to rate them."""
    keyboards = {place: _make_keyboard([item for item in items if item]) for place, items in enumerate(parts)}
    return {place: keyboard for place, keyboard in keyboards.items() if keyboard}


def _make_keyboard(items: Sequence[Item]) -> Keyboard:
    questions = question_keyboard((item.number, ask) for item in items for ask in item.card.questions)
    return (*questions, *rating_keyboard(list_places((item.number, item.card.rated_as) for item in items)))


def _render_papers(environment: Environment, items: list[Item]) -> list[_Block]:
    """Render the papers that have room, the last ones in brief if not all have room in full."""
    full = [_render_fitting(environment, item) for item in items]
    brief = [_render_paper(environment, _as_brief(item)) for item in items]
    in_full, shown = choose_lengths(_count_units(full), _count_units(brief), UNITS)
    return [*full[:in_full], *brief[in_full:shown]]


def _render_fitting(environment: Environment, item: Item) -> _Block:
    """Render a paper in full, or the longest shorter form that a message holds; the shortest is within its bounds."""
    for card in (item.card, without_excerpt(item.card)):
        piece = _render_paper(environment, replace(item, card=card))
        if measure(piece.text).fits:
            return piece
    return _render_paper(environment, _as_brief(item))


def _head_sections(sections: Iterable[Section], papers: list[_Block], environment: Environment) -> Iterator[_Block]:
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
            yield from _head(heading, paper)


def _head(heading: str, paper: _Block) -> list[_Block]:
    together = join([heading, paper.text])
    if not measure(together).fits:
        return [_Block(heading), paper]
    return [replace(paper, text=together, longer=join([heading, paper.longer]) if paper.longer else "")]


def _render_paper(environment: Environment, item: Item) -> _Block:
    text, longer = render_forms(environment, item.number, item.card)
    return _Block(text, item, longer)


def render_forms(environment: Environment, number: int | None, card: Card) -> tuple[str, str]:
    """Render a paper, and once more with the rest of its abstract, if there is more of it."""
    lead, rest = split_abstract(card)
    short, long = (
        _render(environment, "paper", number=number, card=card, lead=lead, rest=shown) for shown in ("", rest)
    )
    return short, long if rest else ""


def _as_brief(item: Item) -> Item:
    return replace(item, card=make_brief(item.card))


def _render(environment: Environment, name: str, **values: object) -> str:
    return environment.get_template(f"chat/digest/{name}.html").render(values).strip()


def _count_units(pieces: Iterable[_Block]) -> list[int]:
    return [measure(piece.text).units for piece in pieces]
