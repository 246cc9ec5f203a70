"""A paper as the engine reads it, once, and the one definition of where a term stands in it."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from digest.matching.syntax import Field, Term
from digest.matching.terms import archive_of, is_initial, name_words
from digest.matching.text import Words, contains, split_compounds, words_of
from digest.model import Paper

TITLE, ABSTRACT, AUTHORS, CATEGORIES = "title", "abstract", "authors", "categories"
PLACES = {
    Field.TEXT: (TITLE, ABSTRACT),
    Field.TITLE: (TITLE,),
    Field.ABSTRACT: (ABSTRACT,),
    Field.AUTHOR: (AUTHORS,),
    Field.CATEGORY: (CATEGORIES,),
}


@dataclass(frozen=True, slots=True)
class AuthorWords:
    """A printed name: its parts in order, and every way to write two neighbours as one (Xiao-Ming, Xiaoming)."""

    parts: tuple[str, ...]
    joined: frozenset[str]

    def has(self, wanted: list[str]) -> bool:
        """Whether it holds all the words, in any order; an initial stands for a part not yet used."""
        left = list(self.parts)
        for word in wanted:
            if is_initial(word):
                continue
            if word in left:
                left.remove(word)
            elif word not in self.joined:
                return False
        initials = Counter(word for word in wanted if is_initial(word))
        return initials <= Counter(part[0] for part in left)


@dataclass(frozen=True, slots=True)
class PaperText:
    """The words of a paper by field. Title and abstract are apart: no phrase reaches from one into the other."""

    texts: dict[str, Words]
    authors: tuple[AuthorWords, ...]
    categories: frozenset[str]

    def has(self, term: Term, place: str) -> bool:
        """Whether the term stands in the given place."""
        if place == CATEGORIES:
            return term.text in self.categories
        if place == AUTHORS:
            wanted = name_words(term.text)
            return any(author.has(wanted) for author in self.authors)
        return contains(self.texts[place], words_of(term.text))

    def where(self, term: Term) -> tuple[str, ...]:
        """Give the places where the term stands, of those it asks for."""
        return tuple(place for place in PLACES[term.field] if self.has(term, place))


def read(paper: Paper) -> PaperText:
    """Read a paper as words; categories come with their archives (`cs.cl`, `cs`)."""
    categories = {category.casefold() for category in paper.categories}
    return PaperText(
        texts={TITLE: words_of(paper.title), ABSTRACT: words_of(paper.abstract)},
        authors=tuple(_read_author(author.name) for author in paper.authors),
        categories=frozenset(categories | {archive_of(category) for category in categories}),
    )


def has_name(printed: str, wanted: str) -> bool:
    """Whether an author, as printed, is one that `au:` with the wanted name finds."""
    words = name_words(wanted)
    return not all(map(is_initial, words)) and _read_author(printed).has(words)


def _read_author(name: str) -> AuthorWords:
    parts = tuple(part for compound in split_compounds(name) for part in compound)
    return AuthorWords(parts, frozenset(first + second for first, second in pairwise(parts)))
