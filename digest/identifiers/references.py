"""What somebody may mean by a paper: an id in any spelling, or a page that shows it. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from digest.identifiers.works import read_identifier
from digest.model import ExternalId, IdScheme

_PAGES: Final = (
    (IdScheme.HF, re.compile(r"https?://(?:www\.)?huggingface\.co/papers/([\w./-]+?)/?")),
    (IdScheme.OPENREVIEW, re.compile(r"https?://(?:www\.)?openreview\.net/(?:forum|pdf)\?id=([\w-]+).*")),
    (IdScheme.S2, re.compile(r"https?://(?:www\.)?semanticscholar\.org/paper/(?:[^/]+/)?([0-9a-f]{40}).*")),
    (IdScheme.DBLP, re.compile(r"https?://(?:www\.)?dblp\.(?:org|uni-trier\.de)/rec/([^?#]+?)(?:\.html|\.xml)?")),
)


def read_ids(text: str) -> Iterable[ExternalId]:
    """Give the ids a text may mean, likeliest first."""
    text = text.strip()
    for scheme, page in _PAGES:
        if found := page.fullmatch(text):
            yield ExternalId(scheme, found[1])
    if known := read_identifier(text):
        yield known
    prefix, colon, value = text.partition(":")
    if colon and prefix.lower() in set(IdScheme):
        scheme = IdScheme(prefix.lower())
        yield ExternalId(scheme, value.strip())
        if other := read_identifier(value):
            yield other
    if text.startswith(("https://", "http://")):
        yield ExternalId(IdScheme.URL, text)
