"""What a feed is called and where it is: the option `sources.feeds`, and what `digest sources add` may store. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from digest.errors import ConfigurationError
from digest.identifiers.web_links import host_of
from digest.intake import clean_url

PREFIX: Final = "feed:"
LONGEST_NAME: Final = 60

_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST_NAME - 1}}}", re.ASCII)
_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
_CATEGORY_IN_PATH = re.compile(r"/(?:rss|atom|list|archive)/(?P<category>[A-Za-z-]+(?:\.[A-Za-z-]+)?)")


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed to read."""

    name: str
    url: str


def parse_specs(values: Iterable[str]) -> tuple[FeedSpec, ...]:
    """Read `name=URL` for each feed. Raises ConfigurationError with a sentence for each fault."""
    pairs = [(value, *map(str.strip, value.partition("=")[::2])) for value in values]
    faults = [f"sources.feeds: {fault}" for value, name, url in pairs if (fault := _find_fault(value, name, url))]
    specs = [FeedSpec(name, url) for _, name, url in pairs]
    for what, given in (("name", [spec.name for spec in specs]), ("address", [spec.url for spec in specs])):
        twice = [each for each, times in Counter(given).items() if times > 1]
        faults += [f"sources.feeds: two feeds have the {what} “{each[:200]}”; remove one of them" for each in twice]
    if faults:
        raise ConfigurationError(faults)
    return tuple(specs)


def find_name_fault(name: str) -> str | None:
    """Say what is wrong with the name of a feed, if anything is."""
    if _NAME.fullmatch(name):
        return None
    return f"“{name[:80]}” cannot be a feed's name; use small letters, digits, dots and dashes, at most {LONGEST_NAME}"


def find_url_fault(url: str) -> str | None:
    """Say why an address cannot be a feed's, if it cannot; the option that reads it instead is named."""
    if clean_url(url) is None:
        return f"“{url[:200]}” is not a web address; it must begin with http:// or https://"
    return find_better_way(url)


def find_better_way(url: str) -> str | None:
    """Say which option reads this address as it should be read: a feed reader would lose half of what is there."""
    parts = urlsplit(url)
    host = host_of(url).removeprefix("www.")
    if host in {"arxiv.org", "rss.arxiv.org", "export.arxiv.org"}:
        return _advise_arxiv(parts)
    if host == "huggingface.co" and parts.path.startswith("/papers"):
        return "that is Hugging Face Daily Papers: set DIGEST_SOURCES__HUGGINGFACE=true instead"
    for server in ("biorxiv", "medrxiv"):
        if f".{host}".endswith(f".{server}.org"):
            subject = re.search(r"subject=([\w+]{1,80})", parts.query)
            wanted = subject[1] if subject else "a subject, or all,"
            return f"that is {server}: add {wanted} to DIGEST_SOURCES__{server.upper()} instead"
    return None


def make_name(title: str, url: str) -> str:
    """Make a name for a feed out of its title, or of its host where the title has no Latin letters."""
    host = host_of(url).removeprefix("www.")
    for text in (title, host):
        name = _NOT_IN_NAME.sub("-", text.lower())[:30].strip("-")
        if _NAME.fullmatch(name):
            return name
    return "feed"


def _find_fault(value: str, name: str, url: str) -> str | None:
    if not url or "://" in name:
        return f"“{value[:200]}” must be written name=URL, such as eprint=https://eprint.iacr.org/rss/rss.xml"
    return find_name_fault(name) or find_url_fault(url)


def _advise_arxiv(parts: SplitResult) -> str:
    found = _CATEGORY_IN_PATH.match(parts.path)
    return f"that is arXiv: add {found['category'] if found else 'its category'} to DIGEST_SOURCES__ARXIV instead"
