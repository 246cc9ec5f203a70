"""Institutions one can follow, and finding them among the affiliations on papers. Pure."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from anyascii import anyascii

from digest.model import Paper

Key = TypeVar("Key", bound=Hashable)

MIN_LETTERS: Final = 4  # a shorter name stands in too many others: it counts only where it is printed in capitals
MAX_WORDS: Final = 12  # of a name
_WORD = re.compile(r"[a-z0-9]+")
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9&-]*\b")
# Words that stand between the telling ones, or are left out.
_SMALL_WORDS = "the of for and in at de la le du des der die das und et del della di da do dos e y"
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """A place: the name to show, every other name it goes by, and its ids (empty if not known).

    `ror` is bare (`05a28rw58`), `openalex` begins with I. A name is looked for as a phrase in what papers print.
    """

    name: str
    names: tuple[str, ...] = ()
    ror: str = ""
    openalex: str = ""
    homepage: str | None = None
    country: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """Give every name, the one to show first."""
        return tuple(dict.fromkeys((self.name, *self.names)))


class PlaceIndex(Generic[Key]):
    """All followed places at once, by id and by phrase: a paper is looked at once however many there are."""

    def __init__(self, institutions: Mapping[Key, Institution]) -> None:
        self._by_phrase: defaultdict[str, set[Key]] = defaultdict(set)
        self._by_ror: defaultdict[str, set[Key]] = defaultdict(set)
        self._longest = 0
        for key, institution in institutions.items():
            if institution.ror:
                self._by_ror[institution.ror].add(key)
            for phrase in filter(None, map(phrase_of, institution.spellings)):
                self._by_phrase[phrase].add(key)
                self._longest = max(self._longest, len(phrase.split()))

    def find(self, paper: Paper) -> dict[Key, tuple[int, ...]]:
        """Give the places a paper is from, with the positions (from 1) of its authors; none if it is as a whole."""
        found: defaultdict[Key, list[int]] = defaultdict(list)
        if not self._by_phrase and not self._by_ror:
            return {}
        for key in self._find_all((paper.organization,) if paper.organization else (), ()):
            found[key] = []
        for position, author in enumerate(paper.authors, 1):
            for key in set(self._find_all(author.affiliations, author.institutions)):
                found[key].append(position)
        return {key: tuple(positions) for key, positions in found.items()}

    def _find_all(self, places: Iterable[str], rors: Iterable[str]) -> Iterator[Key]:
        for ror in rors:
            yield from self._by_ror.get(ror, ())
        for place in places:
            for phrase in _list_phrases(place, self._longest):
                yield from self._by_phrase.get(phrase, ())


def phrase_of(name: str) -> str | None:
    """Give how a name is looked for: its telling words, a short acronym as it is; None if it says too little."""
    words = _cut(name)
    if not words or len(words) > MAX_WORDS:
        return None
    if len(words) == 1 and len(words[0]) < MIN_LETTERS:
        bare = name.strip()
        return bare if _CAPITALS.fullmatch(bare) else None
    return " ".join(words)


@lru_cache(maxsize=20_000)
def _list_phrases(printed: str, longest: int) -> frozenset[str]:
    words = _cut(printed)
    phrases = {
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + longest, len(words)) + 1)
    }
    return frozenset(phrases.union(_CAPITALS.findall(printed)))


def _cut(text: str) -> list[str]:
    return [word for word in _WORD.findall(anyascii(text).lower()) if word not in _SMALL]
