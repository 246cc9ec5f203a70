"""The same person on several lines as one wish. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from digest.model import PersonId
from digest.researchers.imports.wishes import PersonWish
from digest.researchers.names import parse_name

_MOST_NAMESAKES: Final = 20  # people of one name whom a further line is compared with


def gather(wishes: Iterable[PersonWish]) -> tuple[PersonWish, ...]:
    """Join wishes that share an id, the same place on a paper or the same full name, in the order of the first.

    Those with different ids of one service, or of different places, are namesakes and stay apart.
    """
    gathered: list[PersonWish] = []
    by_key: dict[object, list[int]] = {}
    for wish in wishes:
        keys = _list_keys(wish)
        at = next((at for key in keys for at in by_key.get(key, ()) if _are_one(gathered[at], wish)), None)
        if at is None:
            at = len(gathered)
            gathered.append(wish)
        else:
            gathered[at] = _join(gathered[at], wish)
        for key in keys:
            if at not in (places := by_key.setdefault(key, [])) and len(places) < _MOST_NAMESAKES:
                places.append(at)
    return tuple(gathered)


def _list_keys(wish: PersonWish) -> list[object]:
    name = parse_name(wish.name) if wish.name else None
    names = [(name.spelled, name.suffix, name.native)] if name else []
    return [*wish.ids, *((wish.reference,) if wish.reference else ()), *names]


def _are_one(one: PersonWish, other: PersonWish) -> bool:
    if set(one.ids) & set(other.ids) or (one.reference and one.reference == other.reference):
        return True
    if _clash(one.ids, other.ids) or (one.reference and other.reference):
        return False
    places = {" ".join(place.casefold().split()) for place in (one.affiliation, other.affiliation) if place}
    return len(places) <= 1


def _clash(one: tuple[PersonId, ...], other: tuple[PersonId, ...]) -> bool:
    """Whether a service knows the two by different ids."""
    schemes = {known.scheme for known in one} & {known.scheme for known in other}
    return bool(schemes)


def _join(one: PersonWish, other: PersonWish) -> PersonWish:
    notes = (one.note, f"also at {other.place:,}", other.note if other.note not in one.note else "")
    return replace(
        one,
        name=one.name or other.name,
        ids=tuple(dict.fromkeys(one.ids + other.ids)),
        papers=tuple(dict.fromkeys(one.papers + other.papers)),
        titles=tuple(dict.fromkeys(one.titles + other.titles)),
        affiliation=one.affiliation or other.affiliation,
        reference=one.reference or other.reference,
        note="; ".join(filter(None, notes))[:500],
    )
