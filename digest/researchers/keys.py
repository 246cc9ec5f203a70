"""Keys to find people by: what a researcher and the authors who may be that person have in common. Pure.

A table of keys answers two questions without comparing everyone with everyone. *Who follows one of today's authors?*
`keys_of` a researcher's names and `keys_of_author` share a key if the names may be of one person, and seldom else.
*Which papers may be a researcher's?* Each printed author has one key, `author_key`, and it is among the researcher's
`probe_keys`.
"""

from collections.abc import Iterable, Iterator

from digest.model import Author, PersonId
from digest.researchers.names import PersonName, parse_name
from digest.researchers.variants import variants_of


def keys_of(names: Iterable[str], ids: Iterable[PersonId] = ()) -> frozenset[str]:
    """Give the keys of a researcher with these spellings and ids."""
    parsed = filter(None, map(parse_name, names))
    return frozenset(key for name in parsed for key in _known_keys(name)) | _id_keys(ids)


def keys_of_author(author: Author) -> frozenset[str]:
    """Give the keys of a printed author: every researcher who may be that person has one of them."""
    name = parse_name(author.name)
    return frozenset(_printed_keys(name) if name else ()) | _id_keys(author.person_ids)


def author_key(printed: str) -> str:
    """Give the one key of a printed name, family name and first initial; empty for nobody."""
    name = parse_name(printed)
    return f"{name.family} {name.given[0][0] if name.given else ''}" if name else ""


def probe_keys(name: str) -> frozenset[str]:
    """Give the keys (some dozens) that printed names may have which may be this person."""
    parsed = parse_name(name)
    return frozenset(_probes(parsed)) if parsed else frozenset()


def _probes(name: PersonName) -> Iterator[str]:
    for spelling in _spellings(name):
        firsts = {spelling.given[0], *variants_of(spelling.given[0])} if spelling.given else {""}
        yield from (f"{spelling.family} {first[:1]}" for first in firsts)
        yield f"{spelling.spelled} "
        yield from _splits(spelling.spelled)
        yield from _splits(spelling.swapped)
        yield from (f"{spelling.spelled[:at]} {spelling.spelled[at]}" for at in range(1, len(spelling.spelled)))


def _splits(letters: str) -> Iterator[str]:
    """Give the key of each way to divide the letters of a full name, however many words it is printed in."""
    yield from (f"{letters[at:]} {letters[0]}" for at in range(1, len(letters)))


def _spellings(name: PersonName) -> tuple[PersonName, ...]:
    return (name, name.spelled_out) if name.spelled_out else (name,)


def _known_keys(name: PersonName) -> Iterator[str]:
    """Give the keys of a researcher's name: `~` leads to those printed with an initial, `=` is led to by full names."""
    for spelling in _spellings(name):
        yield from (spelling.spelled, spelling.swapped)
        if not spelling.given:
            continue
        first = spelling.given[0]
        yield f"{spelling.family} {first[0]}~"
        if spelling.is_full:
            yield f"{spelling.family} {first}"
            yield from (f"{spelling.family} {form}" for form in variants_of(first))
        else:
            yield f"{spelling.family} {first[0]}="


def _printed_keys(name: PersonName) -> Iterator[str]:
    for spelling in _spellings(name):
        yield from (spelling.spelled, spelling.swapped)
        if not spelling.given:
            continue
        first = spelling.given[0]
        if spelling.is_full:
            yield f"{spelling.family} {first}"
            yield f"{spelling.family} {first[0]}="
        else:
            yield f"{spelling.family} {first[0]}~"


def _id_keys(ids: Iterable[PersonId]) -> frozenset[str]:
    return frozenset(map(str, ids))
