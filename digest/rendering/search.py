"""The people a name may mean, in words. Pure; the template arranges it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from digest.model import ResearcherId
from digest.rendering.researcher import name_of, researcher_url
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten

LONGEST_QUERY: Final = 200  # characters, here and below
LONGEST_TITLE: Final = 160
LONGEST_PART: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One person a name may mean. Without a record there may be words to follow them by (`reference`)."""

    name: str
    papers: int
    researcher_id: ResearcherId | None = None
    affiliations: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    coauthors: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """One person, clean and bounded."""

    name: str
    url: str | None
    papers: str
    places: str
    topics: str
    recent: tuple[str, ...]
    coauthors: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """What the search page says. `records` have a page; `others` are papers by that name that hang together."""

    heading: str
    query: str
    records: tuple[FoundView, ...]
    others: tuple[FoundView, ...]


def make_search_view(query: str, found: Sequence[Found]) -> SearchView:
    """View what was found."""
    asked = shorten(clean(query), LONGEST_QUERY)
    return SearchView(
        heading=f"Researchers called “{asked}”" if asked else "Find a researcher",
        query=asked,
        records=tuple(_view(each) for each in found if each.researcher_id is not None),
        others=tuple(_view(each) for each in found if each.researcher_id is None),
    )


def _view(each: Found) -> FoundView:
    url = None if each.researcher_id is None else f"researchers/{researcher_url(each.researcher_id)}"
    return FoundView(
        name=name_of(each.name),
        url=url,
        papers=f"{each.papers:,} paper{'' if each.papers == 1 else 's'}",
        places=_join(each.affiliations, LONGEST_PART),
        topics=_join(each.topics, LONGEST_PART),
        recent=tuple(_text(title, LONGEST_TITLE) for title in each.recent),
        coauthors=_join(each.coauthors, LONGEST_PART),
        reference=clean(each.reference),
    )


def _join(texts: Iterable[str], limit: int) -> str:
    return " · ".join(filter(None, (_text(text, limit) for text in texts)))


def _text(text: str, limit: int) -> str:
    return shorten(to_unicode(text[: limit * 10]), limit)
