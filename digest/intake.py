"""What is let in: every paper is bounded and cleaned here before it is merged and stored. Pure.

Sources clean what they know of their format; this is the last gate, the same for ours and for third parties'. It cuts
what is absurdly long and drops what a database, a mail or a chat message chokes on (RELIABILITY: poison papers).
"""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from digest.model import Author, Paper, PersonId

MAX_TITLE = 1_000
MAX_ABSTRACT = 20_000
MAX_TEXT = 2_000
MAX_URL = 2_000
MAX_NAME = 200
MAX_AUTHORS = 20_000  # the largest collaborations have about 5,000
MAX_LIST = 50
MAX_IDS = 20  # of one author; each service gives one, or a few by mistake
MAX_ID = 120

# C0 and C1 controls but those that count as white space, lone surrogates, bidirectional embeddings, overrides and
# isolates, and the byte-order mark: none of them belongs in a title, and each has been used to forge one.
_POISON = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")
_USUAL_URL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w./+-]*", re.ASCII)
_ROR = re.compile(r"0[0-9a-hj-km-np-tv-z]{6}\d{2}", re.ASCII)
_DOMAIN = re.compile(r"(?=.{4,200}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.ASCII)
_LONG_FIELDS = {"title": MAX_TITLE, "abstract": MAX_ABSTRACT}


def admit(paper: Paper) -> Paper:
    """Give the paper as it may be stored: same meaning, bounded size, clean text, only web links.

    What is so already comes back as it is, so that letting in once more costs next to nothing.
    """
    changes: dict[str, object] = {}
    for name, admit_value in _GATES.items():
        value = getattr(paper, name)
        if value is not None and (admitted := admit_value(value)) != value:
            changes[name] = admitted
    return replace(paper, **changes) if changes else paper  # type: ignore[arg-type]  # names are the dataclass's own


def clean_text(text: str, limit: int) -> str:
    """Drop poison characters, fold white space, and cut at `limit` characters."""
    if len(text) <= limit and text.isprintable() and "  " not in text and text.strip() == text:
        return text  # nearly all is so: white space other than U+0020 is unprintable, as all poison is
    # Cut first: folding a megabyte to keep a thousand characters is work for nothing.
    text = text[: limit * 4]
    # Splitting knows the same white space as `\s` and is many times faster.
    folded = " ".join((text if text.isprintable() else _POISON.sub("", text)).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def clean_url(url: str | None) -> str | None:
    """Give the link if it is an ordinary web link, else None."""
    if url and len(url) <= MAX_URL and _USUAL_URL.fullmatch(url):  # nearly all are, and need no taking apart
        return url
    if not url or len(url) > MAX_URL or _POISON.search(url) or _SPACE.search(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in {"http", "https"} and parts.hostname else None


def clean_domain(text: str) -> str | None:
    """Give the domain of `ada@CS.example.edu`, or of `cs.example.edu` itself; whose address it is goes unread."""
    domain = text.rpartition("@")[2].strip(" .>").lower()
    return domain if _DOMAIN.fullmatch(domain) else None


def _admit_authors(authors: tuple[Author, ...]) -> tuple[Author, ...]:
    return tuple(admitted for author in authors[:MAX_AUTHORS] if (admitted := _admit_author(author)).name)


def _admit_author(author: Author) -> Author:
    name = clean_text(author.name, MAX_NAME)
    if author == Author(name):  # most are no more than that
        return author
    return Author(
        name=name,
        affiliations=_clean_list(author.affiliations),
        hf_user=clean_text(author.hf_user or "", 100) or None,
        orcid=author.orcid if author.orcid and len(author.orcid) == 19 else None,  # noqa: PLR2004 -- 16 digits, 3 dashes
        ids=_admit_ids(author.ids),
        institutions=tuple(filter(_ROR.fullmatch, author.institutions[:MAX_LIST])),
        email_domain=clean_domain(author.email_domain or ""),
    )


def _admit_ids(ids: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
    """Keep the ids that can be stored; one that had to be cut or cleaned would be somebody else's."""
    return tuple(
        known
        for known in ids[:MAX_IDS]
        if known.value and clean_text(known.value, MAX_ID) == known.value and " " not in known.value
    )


def _clean_list(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cleaned for value in values[:MAX_LIST] if (cleaned := clean_text(value, MAX_NAME)))


def _clean_urls(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, map(clean_url, values[:MAX_LIST])))


_TEXTS: Final = tuple(field.name for field in fields(Paper) if field.type in {str, str | None})
_GATES: Final[dict[str, Callable[[Any], object]]] = {
    **{name: partial(clean_text, limit=_LONG_FIELDS.get(name, MAX_TEXT)) for name in _TEXTS},
    **{name: clean_url for name in _TEXTS if name.endswith("_url")},
    "authors": _admit_authors,
    "categories": _clean_list,
    "ai_keywords": _clean_list,
    "media_urls": _clean_urls,
}
