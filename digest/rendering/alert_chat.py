"""Renders an alert as chat messages in Telegram's HTML subset. Sends nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from jinja2 import Environment

from digest.model import NOTHING_SENT, ChatMessage, Keyboard, Progress
from digest.rendering.alert import AlertView, read_alert
from digest.rendering.asking import refusal_keyboard
from digest.rendering.card import make_brief, without_excerpt
from digest.rendering.chat import UNITS, choose_hint, render_forms
from digest.rendering.digest import Item
from digest.rendering.environment import chat_environment
from digest.rendering.fitting import choose_lengths
from digest.rendering.footer import make_alert_footer
from digest.rendering.pictures import find_preview, fits_caption
from digest.rendering.rating import list_places, rating_keyboard
from digest.rendering.resuming import cut, list_papers
from digest.rendering.telegram import join, measure
from digest.rendering.unfolding import unfold

MOST_REFUSALS = 3  # “not this person” under one alert


def render_alert_chat(
    view: AlertView,
    *,
    message_id: str,
    is_silent: bool = False,
    has_pictures: bool = False,
    has_previews: bool = False,
    progress: Progress = NOTHING_SENT,
) -> ChatMessage:
    """Render an alert as messages that Telegram accepts: one message, but for a bundle.

    Its picture comes with the words, where they are short enough for that.
    """
    environment = chat_environment()
    alert = read_alert(view)
    items = _choose_items(environment, alert.items)
    footer = make_alert_footer(view, alert.why_you)
    head = _render(environment, "header", alert=alert, footer=footer)
    more, hint = len(alert.items) - len(items), choose_hint(items)
    foot = _render(environment, "footer", alert=alert, footer=footer, more=more, hint=hint)
    is_bundle = len(alert.items) != 1
    forms = [render_forms(environment, item.number if is_bundle else None, item.card) for item in items]
    blocks = [head, *(text for text, _ in forms), foot]
    pictures = _find_pictures(items, blocks) if has_pictures else ()
    if not pictures and not progress.shown:
        blocks = unfold(blocks, ["", *(longer for _, longer in forms), ""])
    papers_in = [None, *(item.paper_id for item in items), None]
    parts = cut(blocks, papers_in, progress)
    placed: list[Item | None] = [None, *items, None]
    shown = [[placed[place] for place in part] for part in parts]
    return ChatMessage(
        message_id=message_id,
        parts=tuple(join(blocks[place] for place in part) for part in parts),
        is_silent=is_silent,
        keyboards=_make_keyboards(shown, is_numbered=is_bundle),
        albums={0: pictures} if pictures else {},
        previews=find_preview(shown) if has_previews and not pictures else {},
        papers=list_papers(parts, papers_in),
    )


def _find_pictures(items: Sequence[Item], blocks: Sequence[str]) -> tuple[str, ...]:
    """Give the picture of the only paper, if all the words are short enough for a caption."""
    pictures = tuple(item.card.picture for item in items if item.card.picture)
    return pictures if len(items) == 1 and fits_caption(join(blocks)) else ()


def _choose_items(environment: Environment, items: Sequence[Item]) -> list[Item]:
    """Give the papers that have room, each in the longest form that a message holds, the last ones in brief."""
    full = [_fit(environment, item) for item in items]
    brief = [replace(item, card=make_brief(item.card)) for item in items]
    in_full, shown = choose_lengths(_count(environment, full), _count(environment, brief), UNITS)
    return [*full[:in_full], *brief[in_full:shown]]


def _fit(environment: Environment, item: Item) -> Item:
    forms = (replace(item, card=card) for card in (item.card, without_excerpt(item.card)))
    fitting = (form for form in forms if measure(_render_paper(environment, form, is_numbered=True)).fits)
    return next(fitting, replace(item, card=make_brief(item.card)))


def _count(environment: Environment, items: Iterable[Item]) -> list[int]:
    return [measure(_render_paper(environment, item, is_numbered=True)).units for item in items]


def _make_keyboards(parts: Iterable[Iterable[Item | None]], *, is_numbered: bool) -> dict[int, Keyboard]:
    shown = ([item for item in items if item] for items in parts)
    keyboards = {place: _make_keyboard(items, is_numbered=is_numbered) for place, items in enumerate(shown)}
    return {place: keyboard for place, keyboard in keyboards.items() if keyboard}


def _make_keyboard(items: Sequence[Item], *, is_numbered: bool) -> Keyboard:
    people = [(item.number if is_numbered else None, ask) for item in items for ask in item.card.sure[:MOST_REFUSALS]]
    places = list_places((item.number, item.card.rated_as) for item in items)
    return (*refusal_keyboard(people), *rating_keyboard(places))


def _render_paper(environment: Environment, item: Item, *, is_numbered: bool) -> str:
    return render_forms(environment, item.number if is_numbered else None, item.card)[0]


def _render(environment: Environment, name: str, **values: object) -> str:
    return environment.get_template(f"chat/alert/{name}.html").render(values).strip()
