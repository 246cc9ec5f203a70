"""Which pictures a chat message comes with, for a reader who wants some, and whose page it previews. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from digest.rendering.digest import Item
from digest.rendering.telegram import join, measure

# sendMediaGroup takes ten; a caption has “0-1024 characters after entities parsing” (Bot API).
MOST_PICTURES: Final = 10
CAPTION_LIMIT: Final = 1024


def illustrate(header: str, items: Iterable[Item]) -> tuple[str, tuple[str, ...]]:
    """Give a caption for the pictures of a digest's first papers, and the pictures; nothing if there are none."""
    shown = [item for item in items if item.card.picture][:MOST_PICTURES]
    if not shown:
        return "", ()
    numbers = ", ".join(str(item.number) for item in shown)
    caption = join([header, f"<i>Pictures: {'paper' if len(shown) == 1 else 'papers'} {numbers}.</i>"])
    return (caption, tuple(item.card.picture for item in shown)) if fits_caption(caption) else ("", ())


def fits_caption(text: str) -> bool:
    """Whether a picture may have this as its caption."""
    size = measure(text)
    return size.fits and size.units <= CAPTION_LIMIT


def find_preview(parts: Sequence[Iterable[Item | None]]) -> dict[int, str]:
    """Give the page of the first paper, by the place of the message that shows it."""
    pages = ((place, item.card.url) for place, items in enumerate(parts) for item in items if item)
    first = next(((place, url) for place, url in pages if url), None)
    return {first[0]: first[1]} if first else {}
