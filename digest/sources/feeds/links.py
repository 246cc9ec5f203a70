"""The feeds a web page names in its head, and where they lie if it names none. Pure.

https://html.spec.whatwg.org/multipage/links.html#rel-alternate; https://www.rssboard.org/rss-autodiscovery.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import urljoin, urlsplit

from digest.intake import clean_text, clean_url

LONGEST_PAGE: Final = 1_000_000
MOST_LINKS: Final = 12
MOST_GUESSES: Final = 4

_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
    | {"application/json+feed", "text/xml+rss"}
)
# Pages are as hostile as feeds and often broken; a regular expression over the tags that matter is linear in them.
_TAG = re.compile(r"<(?P<name>link|base)\b(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-z-]{1,20})\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))", re.IGNORECASE
)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b[^<>]*+>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_COMMENTS = re.compile(r"\bcomments?\b|\bkommentare\b|\bcommentaires\b", re.IGNORECASE)
_COMMON_PATHS: Final = ("feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss")


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that is said to be somewhere."""

    url: str
    title: str = ""

    @property
    def is_of_comments(self) -> bool:
        """Whether it is what readers say about the articles rather than the articles."""
        return bool(_COMMENTS.search(f"{self.title} {urlsplit(self.url).path}".replace("/", " ")))


def find_feed_links(body: bytes, url: str) -> tuple[FeedLink, ...]:
    """Give the feeds a page names, each once, those of comments last. `url` is where the page came from."""
    page = _HIDDEN.sub(" ", body[:LONGEST_PAGE].decode("utf-8", errors="replace"))
    found: dict[str, FeedLink] = {}
    for name, attributes in _list_tags(page):
        if name == "base":
            url = _join(url, attributes.get("href", "")) or url
        elif _is_feed(attributes) and (target := _join(url, attributes["href"])):
            found.setdefault(target, FeedLink(target, clean_text(attributes.get("title", ""), 200)))
    return tuple(sorted(found.values(), key=lambda link: link.is_of_comments))[:MOST_LINKS]


def guess_feed_urls(url: str) -> tuple[str, ...]:
    """Give the likeliest addresses of the feed of a page that names none: beside the page, then on top of the site."""
    beside = [joined for path in _COMMON_PATHS if (joined := _join(url, path))]
    on_top = [joined for path in _COMMON_PATHS if (joined := _join(url, f"/{path}"))]
    guesses = [guess for pair in zip(beside, on_top, strict=False) for guess in pair]
    return tuple(dict.fromkeys(guesses))[:MOST_GUESSES]


def _list_tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag in _TAG.finditer(page):
        values = {
            each["name"].lower(): unescape(each["double"] or each["single"] or each["bare"] or "").strip()
            for each in _ATTRIBUTE.finditer(tag["attributes"][:4_000])
        }
        yield tag["name"].lower(), values


def _is_feed(attributes: dict[str, str]) -> bool:
    is_alternate = bool({"alternate", "feed"} & set(attributes.get("rel", "").lower().split()))
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    return is_alternate and kind in _TYPES and bool(attributes.get("href"))


def _join(base: str, target: str) -> str | None:
    try:
        return clean_url(urljoin(base, target).partition("#")[0])
    except ValueError:
        return None
