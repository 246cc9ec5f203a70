"""Papers as blocks of HTML for a mail, as many and as full as fit; and a subject that fits."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from jinja2 import Environment
from markupsafe import Markup

from digest.rendering.card import Card, make_brief
from digest.rendering.fitting import choose_lengths
from digest.rendering.text import clean, shorten

# Gmail shows the first 102 kB of the HTML part and hides the rest, with the unsubscribe link, behind "View entire
# message"; it counts decoded bytes. Two kilobytes are left for what forwarding and mailing lists add.
HTML_LIMIT: Final = 100_000
SUBJECT_LIMIT: Final = 78  # RFC 5322 2.1.1; phones show about forty
SHORTEST_TITLE: Final = 16


def fit_blocks(
    environment: Environment, cards: Sequence[Card], room: int, *, is_alone: bool = False
) -> tuple[list[Markup], int]:
    """Render the papers that have room, the last ones in brief; give them, and how many are in full.

    Where not all have room in full, those that have get fewer links to answer by, so that more of them have.
    """
    full = _render_blocks(environment, "paper", cards, is_alone=is_alone)
    if sum(map(count_bytes, full)) <= room:
        return full, len(full)
    full = _render_blocks(environment, "paper", cards, is_alone=is_alone, is_terse=True)
    brief = _render_blocks(environment, "brief", map(make_brief, cards))
    in_full, shown = choose_lengths(list(map(count_bytes, full)), list(map(count_bytes, brief)), room)
    return [*full[:in_full], *brief[in_full:shown]], in_full


def fit_subject(write: Callable[[str], str], title: str) -> str:
    """Give the subject around a title, which is cut until the whole fits."""
    shown = shorten(title, max(SUBJECT_LIMIT - len(write("")), SHORTEST_TITLE))
    # "=?" would open an encoded word (RFC 2047), in which a title could carry line breaks into the header.
    return clean(write(shown)).replace("=?", "= ?")


def count_bytes(html: str) -> int:
    """Count as Gmail does."""
    return len(html.encode())


def _render_blocks(environment: Environment, macro: str, cards: Iterable[Card], **options: bool) -> list[Markup]:
    render = getattr(environment.get_template("macros/paper.html").module, macro)
    return [Markup(render(card, **options)) for card in cards]  # noqa: S704 -- the macro escapes
