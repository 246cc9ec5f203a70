"""What a paper shows of each of its authors: the others, the words, the fields, the places. Pure.

An imprint is taken once for each paper, whatever the number of people it is compared with.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from digest.model import Author, Paper
from digest.researchers.names import PersonName, fold, parse_name
from digest.researchers.vocabulary import describe

# A list of up to so many authors is a group that knows each other; in a longer one each counts for less.
_CLOSE_LIST = 15
# Beyond this length a list says nothing of who works with whom, and is not read.
LONGEST_LIST = 400
_LONGEST_PLACE = 300
_MOST_PLACES = 6
_EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_PARTS = re.compile(r"[;|+]|\band\b(?=[^,]*,)")
# Words that many places share: they are compared, and count for little.
_GENERIC_WORDS = """
    university universite universitat universidad universidade universita univ institute institut institution national
    college school department dept faculty laboratory laboratories lab labs center centre research science sciences
    technology technological technische engineering computer computing medicine medical hospital state academy division
    school international group company corporation inc ltd ai china usa us uk germany france japan korea india canada
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_EMPTY_WORDS = "of the and for in at de la del der und di et des du a an on"
_EMPTY = frozenset(_EMPTY_WORDS.split())
_SAID_LITTLE = 0.25


@dataclass(frozen=True, slots=True)
class Imprint:
    """A paper as evidence.

    `bonds` has a key for each author, empty for nobody; `printed` says how a key stands on the paper; `share` is what
    each co-author counts.
    """

    bonds: tuple[str, ...]
    bonded: frozenset[str]
    printed: Mapping[str, str]
    share: float
    words: Mapping[str, float]
    categories: tuple[str, ...]
    year: int | None

    def others(self, position: int) -> frozenset[str]:
        """Give the keys of the co-authors of the author at a position."""
        return self.bonded - {self.bonds[position - 1]} if position <= len(self.bonds) else self.bonded


def take_imprint(paper: Paper) -> Imprint:
    """Read what counts as evidence off a paper."""
    count = len(paper.authors)
    bonds = tuple(bond_key(author.name) for author in paper.authors) if count <= LONGEST_LIST else ()
    return Imprint(
        bonds=bonds,
        bonded=frozenset(filter(None, bonds)),
        printed={bond: author.name for bond, author in zip(bonds, paper.authors, strict=False)},
        share=min(1.0, _CLOSE_LIST / count) if count else 1.0,
        words=describe(f"{paper.title} {paper.abstract}"),
        categories=paper.categories,
        year=paper.submitted_at.year if paper.submitted_at else None,
    )


def bond_key(printed: str) -> str:
    """Give the key by which a co-author is known again: the same without middle initials and in any order."""
    name = parse_name(printed)
    return key_of(name) if name else ""


def key_of(name: PersonName) -> str:
    """Give the key of a name taken apart: `furu wei`; `wei f.` if the given name is only an initial."""
    if not name.is_full:
        return f"{name.family} {name.given[0]}." if name.given else name.family
    given = "".join(word for word in name.given if len(word) > 1)
    return " ".join(sorted((given, name.family)))


def initial_keys(key: str) -> tuple[str, ...]:
    """Give the keys under which somebody with a full key may be printed with an initial."""
    one, _, other = key.partition(" ")
    return (f"{other} {one[0]}.", f"{one} {other[0]}.") if other and not other.endswith(".") else ()


def read_places(author: Author) -> tuple[str, ...]:
    """Give the places printed for an author, in folded words; at most six."""
    parts = (part for text in author.affiliations for part in _PARTS.split(text[:_LONGEST_PLACE]))
    return tuple(filter(None, dict.fromkeys(map(_fold_place, parts))))[:_MOST_PLACES]


def read_domains(author: Author) -> frozenset[str]:
    """Give the e-mail domains printed for an author, in a field of their own or within an affiliation."""
    found = {domain.lower().strip(".") for text in author.affiliations for domain in _EMAIL.findall(text[:2_000])}
    return frozenset(found | ({author.email_domain.lower()} if author.email_domain else set()))


@lru_cache(maxsize=50_000)
def _fold_place(text: str) -> str:
    words = fold(_EMAIL.sub(" ", text).replace(",", " ").replace("/", " ")).split()
    return " ".join(dict.fromkeys(word for word in words if word not in _EMPTY))


def alike_places(one: Iterable[str], other: Iterable[str]) -> float:
    """Say how much the most similar two of two people's places have in common, between 0 and 1."""
    known = [_words_of(place) for place in other]
    return max((_overlap(_words_of(place), each) for place in one for each in known), default=0.0)


@lru_cache(maxsize=50_000)
def _words_of(place: str) -> frozenset[str]:
    return frozenset(place.split())


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    shared = one & other
    if not shared:
        return 0.0
    return _sum(shared) / max(1e-9, min(_sum(one), _sum(other)))


def _sum(words: frozenset[str]) -> float:
    return sum(_SAID_LITTLE if word in _GENERIC else 1.0 for word in words)


def is_domain_alike(one: frozenset[str], other: Iterable[str]) -> bool:
    """Whether two addresses end in one organisation: `cs.example.edu`, `example.edu`."""
    return any(a == b or a.endswith(f".{b}") or b.endswith(f".{a}") for a in one for b in other)
