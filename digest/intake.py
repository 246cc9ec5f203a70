"""What is let in: every paper is bounded and cleaned here before it is merged and stored. Pure.

Sources clean what they know of their format; this is the last gate, the same for ours and for third parties'. It cuts
what is absurdly long and drops what a database, a mail or a chat message chokes on (RELIABILITY: poison papers).
"""

import re
from dataclasses import fields, replace
from urllib.parse import urlsplit

from digest.model import Author, Paper

MAX_TITLE = 1_000
MAX_ABSTRACT = 20_000
MAX_TEXT = 2_000
MAX_URL = 2_000
MAX_NAME = 200
MAX_AUTHORS = 20_000  # the largest collaborations have about 5,000
MAX_LIST = 50

# C0 and C1 controls but those that count as white space, lone surrogates, bidirectional embeddings, overrides and
# isolates, and the byte-order mark: none of them belongs in a title, and each has been used to forge one.
_POISON = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")
_LONG_FIELDS = {"title": MAX_TITLE, "abstract": MAX_ABSTRACT}


def admit(paper: Paper) -> Paper:
    """Give the paper as it may be stored: same meaning, bounded size, clean text, only web links."""
    changes: dict[str, object] = {}
    for field in fields(paper):
        value = getattr(paper, field.name)
        if field.name.endswith("_url"):
            changes[field.name] = clean_url(value)
        elif isinstance(value, str):
            changes[field.name] = clean_text(value, _LONG_FIELDS.get(field.name, MAX_TEXT))
    return replace(
        paper,
        **changes,  # type: ignore[arg-type]  # names and types come from the dataclass itself
        authors=tuple(
            _admit_author(author) for author in paper.authors[:MAX_AUTHORS] if clean_text(author.name, MAX_NAME)
        ),
        categories=_clean_list(paper.categories),
        ai_keywords=_clean_list(paper.ai_keywords),
        media_urls=tuple(filter(None, map(clean_url, paper.media_urls[:MAX_LIST]))),
    )


def clean_text(text: str, limit: int) -> str:
    """Drop poison characters, fold white space, and cut at `limit` characters."""
    # Cut first: folding a megabyte to keep a thousand characters is work for nothing.
    folded = _SPACE.sub(" ", _POISON.sub("", text[: limit * 4])).strip()
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def clean_url(url: str | None) -> str | None:
    """Give the link if it is an ordinary web link, else None."""
    if not url or len(url) > MAX_URL or _POISON.search(url) or _SPACE.search(url.strip()):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in {"http", "https"} and parts.hostname else None


def _admit_author(author: Author) -> Author:
    return Author(
        name=clean_text(author.name, MAX_NAME),
        affiliations=_clean_list(author.affiliations),
        hf_user=clean_text(author.hf_user, 100) if author.hf_user else None,
        orcid=author.orcid if author.orcid and len(author.orcid) == 19 else None,  # noqa: PLR2004 -- 16 digits, 3 dashes
    )


def _clean_list(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (clean_text(value, MAX_NAME) for value in values[:MAX_LIST])))
