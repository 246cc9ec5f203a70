"""Cuts a message into parts, and again where it was cut before if some of it may be there already. Pure.

Between two attempts papers change: a vote more, a longer title. Cut anew, a paper at the edge of a part that has
arrived would come twice or not at all. So the papers of each part that was begun are known, and stay together.
"""

from collections.abc import Sequence

from digest.model import ALBUM, Progress
from digest.rendering.telegram import divide, join, measure

Parts = tuple[tuple[int, ...], ...]


def cut(blocks: Sequence[str], papers: Sequence[int | None], progress: Progress) -> Parts:
    """Say which blocks, by their place, come into which part. `papers` has the one in each block.

    The parts that have arrived hold what they held, though it may no longer fit. So does one in doubt, if it fits.
    """
    begun = [set(part) for part in progress.shown if part != (ALBUM,)]
    while begun and not begun[-1]:  # it has what is left over when all papers are shown
        begun.pop()
    if not all(begun):  # a part without papers cannot be known again
        return divide(blocks)
    owners = _find_owners(papers)
    leading = [tuple(place for place, paper in enumerate(owners) if paper in part) for part in begun]
    has_arrived = progress.parts_sent - ((ALBUM,) in progress.shown)
    if len(leading) > max(has_arrived, 0) and not measure(join(blocks[place] for place in leading[-1])).fits:
        del leading[-1]
    taken = {place for part in leading for place in part}
    left = [place for place in range(len(blocks)) if place not in taken]
    return (*leading, *(tuple(left[place] for place in part) for part in divide(blocks[place] for place in left)))


def list_papers(parts: Parts, papers: Sequence[int | None]) -> tuple[tuple[int, ...], ...]:
    """Give the papers of each part."""
    return tuple(tuple(paper for place in part if (paper := papers[place]) is not None) for part in parts)


def _find_owners(papers: Sequence[int | None]) -> list[int | None]:
    """Give the paper that each block goes with: its own, or the next one, which a heading stands above."""
    owners, following = list[int | None](), None
    for paper in reversed(papers):
        following = following if paper is None else paper
        owners.append(following)
    return owners[::-1]
