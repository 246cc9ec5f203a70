"""One record from several sightings of a paper, and back again. Pure; states no SQL.

Whether two records are one work is `evidence`'s to say.
"""

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from digest.evidence import name_key
from digest.model import Author, ExternalId, Paper, PersonId

# What the paper itself says, and thus changes with its version; everything else is what a source adds about it.
_TEXT_FIELDS = (*("title", "abstract", "authors", "categories", "updated_at", "journal_ref", "comment", "license_url"),)
_UNIONS = ("ids", "media_urls")
_COMPARED = ("authors", "version", "submitted_at", "is_withdrawn")  # each in a way of its own
_FACTS = tuple(field.name for field in fields(Paper) if field.name not in {*_TEXT_FIELDS, *_UNIONS, *_COMPARED})
_TEXTS = tuple(name for name in _TEXT_FIELDS if name != "authors")
_UNKNOWN = (None, "", ())


def merge(stored: Paper, seen: Paper) -> Paper:
    """Give the record that both sightings support; `stored` itself where the other says nothing more.

    The text comes from the newer version, and of one version from the archive itself (it states categories) rather than
    from a listing. Counts and links come from the latest sighting that has them. Nothing known is ever blanked.
    """
    text_from, other = (seen, stored) if _speaks_for_itself(stored, seen) else (stored, seen)
    merged: dict[str, Any] = {name: _first_known(getattr(text_from, name), getattr(other, name)) for name in _TEXTS}
    for name in _FACTS:
        merged[name] = _first_known(getattr(seen, name), getattr(stored, name))
    for name in _UNIONS:
        merged[name] = _unite(getattr(stored, name), getattr(seen, name))
    merged["is_withdrawn"] = text_from.is_withdrawn or (other.is_withdrawn and not _is_newer(text_from, other))
    merged["authors"] = _merge_authors(text_from.authors, other.authors)
    merged["version"] = max(filter(None, (stored.version, seen.version)), default=None)
    merged["submitted_at"] = min(filter(None, (stored.submitted_at, seen.submitted_at)), default=None)
    result = Paper(**merged)
    return stored if result == stored else result


def unmerge(current: Paper, kept: Paper, joined: Paper, ids: frozenset[ExternalId]) -> Paper:
    """Take out of a record what it has from `joined`; `ids` go with that.

    A value that both had, or that came later from either, cannot be told apart and stays. Of a value that `joined` put
    in the place of another, the one of `kept` comes back.
    """
    restored: dict[str, Any] = {}
    for field in fields(Paper):
        now, before, came = (getattr(each, field.name) for each in (current, kept, joined))
        restored[field.name] = before if now == came else now
    foreign = set(joined.media_urls) - set(kept.media_urls)
    restored["media_urls"] = tuple(url for url in current.media_urls if url not in foreign)
    restored["ids"] = tuple(known for known in current.ids if known not in ids)
    return Paper(**restored)


def _speaks_for_itself(stored: Paper, seen: Paper) -> bool:
    """Whether the new sighting, rather than the stored record, says what the text is now."""
    if not seen.categories:
        return not stored.categories and (seen.version or 0) >= (stored.version or 0)
    return (seen.version or 1) >= (stored.version or 1) if stored.categories else True


def _is_newer(one: Paper, other: Paper) -> bool:
    """Whether it is a later version: only that takes a withdrawal back, not a listing that does not know of it."""
    return (one.version or 0) > (other.version or 0)


def _first_known(first: object, second: object) -> object:
    return second if first in _UNKNOWN else first


def _unite(known: tuple[object, ...], more: tuple[object, ...]) -> tuple[object, ...]:
    return known if known == more else tuple(dict.fromkeys(known + more))


def _merge_authors(chosen: tuple[Author, ...], other: tuple[Author, ...]) -> tuple[Author, ...]:
    """Keep the chosen list and order; add the ids and affiliations another sighting knows of the same names."""
    if not chosen or all(author == Author(author.name) for author in other):
        return chosen or other
    # Two authors of one name on one paper cannot be told apart by it, so they lend each other nothing.
    by_name: dict[str, Author | None] = {}
    for author in other:
        key = name_key(author.name)
        by_name[key] = None if key in by_name else author
    keys = [name_key(author.name) for author in chosen]
    times = Counter(keys)
    return tuple(
        _enrich(author, by_name.get(key) if times[key] == 1 else None) for author, key in zip(chosen, keys, strict=True)
    )


def _enrich(author: Author, known: Author | None) -> Author:
    if known is None:
        return author
    return replace(
        author,
        affiliations=author.affiliations or known.affiliations,
        hf_user=author.hf_user or known.hf_user,
        orcid=author.orcid or known.orcid,
        ids=_unite_ids(author.ids, known.ids),
        institutions=author.institutions or known.institutions,
        email_domain=author.email_domain or known.email_domain,
    )


def _unite_ids(own: tuple[PersonId, ...], more: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
    """Add the ids of services that gave none here: a second one of the same service is a place it thought better of."""
    schemes = {known.scheme for known in own}
    return (*own, *(known for known in more if known.scheme not in schemes))
