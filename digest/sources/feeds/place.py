"""Where a paper was published, if its feed says volume or pages: `Zootaxa 5061(2), 201-248 (2021)`. Pure."""

import re
from typing import Final

from digest.intake import clean_text
from digest.sources.feeds.text import Description
from digest.sources.formats.dates import parse_day
from digest.sources.formats.feed import Entry, Feed
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref

_LONGEST: Final = 300

# What feeds put around the name of their journal.
_BEFORE = re.compile(
    r"(?:tandf|ScienceDirect Publication|Latest (?:Issue|Articles?) (?:of|from)|Wiley)\s*:?\s+", re.IGNORECASE
)
_AFTER = re.compile(
    r"(?:\s*[:|–-]\s*|\s+)(?:table of contents|most recent articles|latest articles|current issue|latest issue|"
    r"advance (?:access|articles)|online first|rss feed|rss|cnki|via \w+)$",
    re.IGNORECASE,
)


def find_place(entry: Entry, feed: Feed, about: Description) -> str | None:
    """Give the place in one line, or None: a journal's name alone says no more than that the paper was accepted."""
    if entry.extra.get("prism_volume"):
        return _compose(entry, feed)
    is_numbered = any(char.isdigit() for char in about.place)
    return clean_text(about.place, _LONGEST) if is_numbered else None


def _compose(entry: Entry, feed: Feed) -> str | None:
    extra = entry.extra
    first, last = extra.get("prism_startingpage", ""), extra.get("prism_endingpage", "")
    dates = (extra.get("prism_coverdate", ""), extra.get("prism_publicationdate", ""), entry.updated, entry.published)
    day = next(filter(None, map(parse_day, dates)), None)
    place = compose_journal_ref(
        _find_journal(entry, feed),
        volume=extra["prism_volume"],
        issue=extra.get("prism_number", ""),
        pages=f"{first}–{last}" if first and last and first != last else first,
        year=day.year if day else None,
    )
    return clean_text(place, _LONGEST) if place else None


def _find_journal(entry: Entry, feed: Feed) -> str:
    """Give the journal's name. Taylor & Francis state the article's title as such, and the journal as the source."""
    stated = ("prism_publicationname", "prism_publicationtitle", "dc_source")
    names = (*(entry.extra.get(key, "") for key in stated), feed.extra.get("prism_publicationname", ""), feed.title)
    cleaned = (_clean(name) for name in names if name and name != entry.title)
    return next(filter(None, cleaned), "")


def _clean(name: str) -> str:
    name = clean_text(strip_html(name), _LONGEST)
    name = _BEFORE.sub("", name, count=1) if _BEFORE.match(name) else name
    while (shorter := _AFTER.sub("", name)) != name:
        name = shorter
    return name
