"""One paper from several sightings: when two are the same work, and what the merged record says. Pure; states no SQL.

Ids decide first. Where two sightings share no id, the normalised title and the first author do, unless both carry an id
of the same scheme: a wrong merge is worse than a missed one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace

from anyascii import anyascii

from digest.model import Author, ExternalId, Paper

# Shorter titles ("Introduction", "Reply to comments") are shared by different works of one author.
MIN_TITLE_KEY = 16

_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+\*?|\\.")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")

# What the paper itself says, and thus changes with its version; everything else is what a source adds about it.
_TEXT_FIELDS = ("title", "abstract", "authors", "categories", "updated_at", "journal_ref", "comment", "license_url")
_UNIONS = frozenset({"ids", "media_urls"})


def merge_key(paper: Paper) -> str | None:
    """Give the key under which a paper without a shared id is found again, or None if it would say too little."""
    title = _fold(_TEX_COMMAND.sub("", paper.title))
    if len(title) < MIN_TITLE_KEY or not paper.authors:
        return None
    return f"{title}|{_name_key(paper.authors[0].name)}"[:500]


def is_same_work(stored: Iterable[ExternalId], seen: Iterable[ExternalId]) -> bool:
    """Whether two sightings with the same merge key may be one work: no scheme knows them by two different ids."""
    known = {known.scheme: known.value for known in stored}
    return all(known.get(other.scheme, other.value) == other.value for other in seen)


def merge(stored: Paper, seen: Paper) -> Paper:
    """Give the record that both sightings support.

    The text comes from the newer version, and of one version from the archive itself (it states categories) rather than
    from a listing. Counts and links come from the latest sighting that has them. Nothing known is ever blanked.
    """
    text_from, other = (seen, stored) if _speaks_for_itself(stored, seen) else (stored, seen)
    merged: dict[str, object] = {}
    for field in fields(Paper):
        first, second = (text_from, other) if field.name in _TEXT_FIELDS else (seen, stored)
        merged[field.name] = _first_known(getattr(first, field.name), getattr(second, field.name))
    for name in _UNIONS:
        merged[name] = tuple(dict.fromkeys(getattr(stored, name) + getattr(seen, name)))
    merged["version"] = max(filter(None, (stored.version, seen.version)), default=None)
    merged["submitted_at"] = min(filter(None, (stored.submitted_at, seen.submitted_at)), default=None)
    result = replace(stored, **merged)  # type: ignore[arg-type]  # names and types come from the dataclass itself
    return replace(result, authors=_merge_authors(text_from.authors, other.authors))


def _speaks_for_itself(stored: Paper, seen: Paper) -> bool:
    """Whether the new sighting, rather than the stored record, says what the text is now."""
    if not seen.categories:
        return not stored.categories and (seen.version or 0) >= (stored.version or 0)
    return (seen.version or 1) >= (stored.version or 1) if stored.categories else True


def _first_known(first: object, second: object) -> object:
    return second if first in (None, "", ()) else first


def _merge_authors(chosen: tuple[Author, ...], other: tuple[Author, ...]) -> tuple[Author, ...]:
    """Keep the chosen list and order; add the ids and affiliations another sighting knows of the same names."""
    if not chosen:
        return other
    # Two authors of one name on one paper cannot be told apart by it, so they lend each other nothing.
    by_name: dict[str, Author | None] = {}
    for author in other:
        key = _name_key(author.name)
        by_name[key] = None if key in by_name else author
    keys = [_name_key(author.name) for author in chosen]
    times = Counter(keys)
    return tuple(
        _enrich(author, by_name.get(key) if times[key] == 1 else None) for author, key in zip(chosen, keys, strict=True)
    )


def _enrich(author: Author, known: Author | None) -> Author:
    if known is None:
        return author
    return Author(
        name=author.name,
        affiliations=author.affiliations or known.affiliations,
        hf_user=author.hf_user or known.hf_user,
        orcid=author.orcid or known.orcid,
    )


def _name_key(name: str) -> str:
    return " ".join(sorted(_NOT_ALNUM.sub(" ", anyascii(name).lower()).split()))


def _fold(text: str) -> str:
    return _NOT_ALNUM.sub("", anyascii(text).lower())
