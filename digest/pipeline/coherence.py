"""Asks whether the papers of a page hang together, and says in a few words what each group of them is about."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from digest.rendering.researcher_facts import Cluster, Coherence, Work
from digest.rendering.tex import to_unicode
from digest.rendering.text import shorten
from digest.researchers.coherence import group

FEWEST: Final = 2  # papers
MOST_CLUSTERS: Final = 6
LONGEST_PART: Final = 80  # characters
_RAW: Final = 1_000


def look_together(works: Sequence[Work]) -> Coherence | None:
    """Say how sure it is that these papers are one person's; None for so few that nothing can be said."""
    if len(works) < FEWEST:
        return None
    found = group([(work.paper, work.authorship.position) for work in works])
    apart = found.groups[:MOST_CLUSTERS] if len(found.groups) > 1 else ()
    return Coherence(
        confidence=found.confidence,
        words=f"{found.words}.",
        clusters=tuple(Cluster(papers=len(each), words=describe_group([works[at] for at in each])) for each in apart),
        papers=len(works),
    )


def describe_group(works: Sequence[Work]) -> str:
    """Say what tells a group from others: `cs.CL · Tsinghua University · 2019–2026 · such as “…”`."""
    category = _most_common(work.paper.categories[0] for work in works if work.paper.categories)
    place = _most_common(place for work in works for place in _places(work))
    title = f"such as “{_short(works[0].paper.title)}”"
    return " · ".join(filter(None, (category, place, _say_years(works), title)))


def _places(work: Work) -> Iterator[str]:
    """Give where the author in question says to be, on that paper."""
    for author in work.paper.authors[work.authorship.position - 1 : work.authorship.position]:
        yield from author.affiliations


def _say_years(works: Iterable[Work]) -> str:
    years = sorted({work.on.year for work in works if work.on})
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]) if years else ""


def _most_common(texts: Iterable[str]) -> str:
    counted = Counter(texts).most_common(1)
    return _short(counted[0][0]) if counted else ""


def _short(text: str) -> str:
    return shorten(to_unicode(text[:_RAW]), LONGEST_PART)
