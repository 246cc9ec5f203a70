"""An abstract in two pieces: what is read at once, and the rest, where a message has room for it. Pure."""

from collections.abc import Sequence
from typing import Final

from digest.rendering.card import Card
from digest.rendering.telegram import divide_sizes, measure
from digest.rendering.text import ELLIPSIS, excerpt

LONGEST_LEAD: Final = 240  # characters
# A rest shorter than this is not worth a tap: it is read at once too.
SHORTEST_REST: Final = 80


def split_abstract(card: Card) -> tuple[str, str]:
    """Give the first sentences of a paper's abstract, and the rest; of a machine's summary there is none."""
    abstract = card.abstract
    if not abstract or not card.excerpt or len(abstract) < LONGEST_LEAD + SHORTEST_REST:
        return (abstract or card.excerpt) if card.excerpt else "", ""
    lead = excerpt(abstract, LONGEST_LEAD)
    told = lead.removesuffix(ELLIPSIS)
    rest = abstract[len(told) :].strip()
    return lead, f"{ELLIPSIS}{rest}" if told != lead else rest


def unfold(pieces: Sequence[str], longer: Sequence[str]) -> list[str]:
    """Take the longer form of each piece, in order, wherever no further message is needed for it.

    `longer` has a form for each piece, empty where there is none.
    """
    chosen = list(pieces)
    sizes = [measure(piece) for piece in pieces]
    least = len(divide_sizes(sizes))
    for place, form in enumerate(longer):
        if not form:
            continue
        grown = measure(form)
        if grown.fits and len(divide_sizes([*sizes[:place], grown, *sizes[place + 1 :]])) <= least:
            chosen[place], sizes[place] = form, grown
    return chosen
