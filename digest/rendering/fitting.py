"""Decides how much of a digest fits, from sizes alone."""

from collections.abc import Sequence
from itertools import accumulate


def choose_lengths(full: Sequence[int], brief: Sequence[int], room: int) -> tuple[int, int]:
    """Decide how many leading papers are shown in full and how many at all, given their sizes in both forms.

    As many as possible are shown at all; then as many of those as possible in full.
    """
    if sum(full) <= room:
        return len(full), len(full)
    shown = sum(size <= room for size in accumulate(brief))
    spare = room - sum(brief[:shown])
    growth = accumulate(long - short for long, short in zip(full[:shown], brief[:shown], strict=True))
    in_full = next((count for count, grown in enumerate(growth) if grown > spare), shown)
    return in_full, shown
