"""The pages people list about themselves: which are records at other services, and which is their own. Pure."""

from collections.abc import Iterable
from typing import Final

from digest.errors import InvalidReference
from digest.identifiers.web_links import host_of
from digest.intake import clean_url
from digest.model import PersonId
from digest.researchers.ids import parse_person_id

MOST_LINKS: Final = 50
# Sites that show many people; none of their pages is somebody's own.
_SITES: Final = frozenset(
    {
        "acm.org",
        "bsky.app",
        "dblp.org",
        "facebook.com",
        "github.com",
        "huggingface.co",
        "instagram.com",
        "isni.org",
        "linkedin.com",
        "loc.gov",
        "mastodon.social",
        "mathgenealogy.org",
        "openalex.org",
        "openreview.net",
        "orcid.org",
        "publons.com",
        "researchgate.net",
        "scopus.com",
        "semanticscholar.org",
        "twitter.com",
        "viaf.org",
        "webofscience.com",
        "wikidata.org",
        "wikipedia.org",
        "x.com",
        "youtube.com",
        "zbmath.org",
        "d-nb.info",
        "arxiv.org",
        "ieee.org",
    }
)


def find_people(links: Iterable[str]) -> tuple[PersonId, ...]:
    """Give the ids that pages of services stand for; what is malformed or of no service is passed over."""
    return tuple(dict.fromkeys(person for link in list(links)[:MOST_LINKS] if (person := _read(link))))


def find_homepage(links: Iterable[str]) -> str | None:
    """Give the first page that is on none of the sites that show many people."""
    own = (url for link in list(links)[:MOST_LINKS] if (url := clean_url(link)) and not _is_shared(url))
    return next(own, None)


def _read(link: str) -> PersonId | None:
    try:
        return parse_person_id(link) if link.startswith("http") else None
    except InvalidReference:
        return None


def _is_shared(url: str) -> bool:
    host = host_of(url)
    return "scholar.google." in host or any(host == site or host.endswith(f".{site}") for site in _SITES)
