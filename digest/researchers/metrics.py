"""Figures of researchers that cannot be true, told with the reason. Pure.

An h-index of h means h papers with h citations each (Hirsch 2005, https://doi.org/10.1073/pnas.0507655102), so it
needs at least h papers and h² citations.
"""

from digest.model import Metrics


def doubt(metrics: Metrics) -> str | None:
    """Say why the figures cannot be true, for a reader; None if they can. What is not stated is not doubted."""
    return _doubt_signs(metrics) or _doubt_index(metrics) or _doubt_citations(metrics)


def _doubt_signs(metrics: Metrics) -> str | None:
    figures = {"papers": metrics.works, "citations": metrics.citations, "h-index": metrics.h_index}
    below = [f"{name} {value:,}" for name, value in figures.items() if value is not None and value < 0]
    return f"not reliable: nothing can be counted below zero, and the page says {', '.join(below)}" if below else None


def _doubt_index(metrics: Metrics) -> str | None:
    h = metrics.h_index
    if not h:
        return None
    figures = (("paper", metrics.works, h), ("citation", metrics.citations, h * h))
    stated = [(noun, count, needed) for noun, count, needed in figures if count is not None]
    if all(count >= needed for _, count, needed in stated):
        return None
    needs = " and ".join(_count(needed, noun) for noun, _, needed in figures)
    counted = [f"{count:,}" if len(stated) > 1 else _count(count, noun) for noun, count, _ in stated]
    return f"not reliable: an h-index of {h:,} needs at least {needs}; the page counts {' and '.join(counted)}"


def _doubt_citations(metrics: Metrics) -> str | None:
    if metrics.works == 0 and metrics.citations:
        return f"not reliable: there are {_count(metrics.citations, 'citation')}, and no papers they could be of"
    return None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
