"""Where the authors of one list stand in another list of the same work: a new version, or another source's. Pure."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from digest.model import Author
from digest.researchers.keys import author_key
from digest.researchers.names import Likeness, compare, parse_name


def map_places(before: Sequence[Author], after: Sequence[Author]) -> dict[int, int]:
    """Give the new place (from 1) of each author by the old one; who is no more on the list is left out.

    The same id, else the same name, else the only compatible one is the same author.
    """
    moves: dict[int, int] = {}
    for read in (_read_ids, _read_name, _read_key):
        old = _index(before, moves.keys(), read)
        new = _index(after, moves.values(), read)
        for key, places in old.items():
            if len(places) == len(new.get(key, ())):  # as many namesakes as before: they kept their order
                moves |= {
                    place: other
                    for place, other in zip(places, new[key], strict=True)
                    if place not in moves and _is_alike(before[place - 1], after[other - 1])
                }
    return moves


def _index(
    authors: Sequence[Author], placed: Iterable[int], read: Callable[[Author], Iterable[Hashable]]
) -> dict[Hashable, list[int]]:
    taken = set(placed)
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, author in enumerate(authors, 1):
        if place not in taken:
            for key in read(author):
                found[key].append(place)
    return dict(found)


def _read_ids(author: Author) -> Iterable[Hashable]:
    return dict.fromkeys(author.person_ids)


def _read_name(author: Author) -> Iterable[Hashable]:
    return (author.name,)


def _read_key(author: Author) -> Iterable[Hashable]:
    name = parse_name(author.name)
    if name is None:
        return ()
    return dict.fromkeys(filter(None, (author_key(author.name), name.spelled, name.swapped)))


def _is_alike(one: Author, other: Author) -> bool:
    """Whether two entries may be one author: by the name, or, of those that name nobody, the very same letters."""
    first, second = parse_name(one.name), parse_name(other.name)
    if first is None or second is None or set(one.person_ids) & set(other.person_ids):
        return one.name == other.name or bool(set(one.person_ids) & set(other.person_ids))
    return compare(first, second) is not Likeness.NO
