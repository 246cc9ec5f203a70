"""Today's papers as bitmaps: paper n of the batch is bit n of a Python int, and a query is a few int operations.

The batch of papers is small and the number of queries is not, so the papers are indexed and the queries run over them:
AND, OR and NOT of 1,000 papers are one machine operation each, however deep a query nests. A term is looked up when
the first query asks for it and remembered; a query too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import and_, or_

from digest.matching.papertext import ABSTRACT, AUTHORS, CATEGORIES, PLACES, TITLE, PaperText, read
from digest.matching.syntax import And, Not, Or, Query, Term
from digest.matching.terms import is_initial, name_words
from digest.matching.text import Words, contains, words_of
from digest.model import Candidate, PaperId


class PaperBatch:
    """Papers to match against: evaluates queries to bitmaps. Not changed once made."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        unique = {candidate.paper_id: candidate for candidate in candidates}
        self.candidates: Sequence[Candidate] = tuple(unique.values())
        self._numbers = {paper_id: number for number, paper_id in enumerate(unique)}
        self.everything = (1 << len(self.candidates)) - 1
        self._texts = [read(candidate.paper) for candidate in self.candidates]
        self._vocabularies = {place: _Vocabulary(self._texts, place) for place in _LISTINGS}
        self._terms: dict[Term, tuple[tuple[str, int], ...]] = {}
        self._queries: dict[Query, int] = {}

    def __len__(self) -> int:
        return len(self.candidates)

    def matches(self, query: Query) -> int:
        """Give the papers a query matches; NOT is the complement within the batch."""
        if query not in self._queries:
            self._queries[query] = self._evaluate(query)
        return self._queries[query]

    def support(self, normal: Query, papers: int) -> Iterator[tuple[Term, int]]:
        """Give the terms of a query in normal form, each with those of the papers for which it helps to make it true.

        An OR branch that fails on a paper helps nothing there, nor does an exclusion.
        """
        papers &= self.matches(normal)
        match normal:
            case Term():
                yield normal, papers
            case And(parts) | Or(parts):
                for part in parts:
                    yield from self.support(part, papers)
            case Not():
                pass

    def places_of(self, term: Term) -> tuple[tuple[str, int], ...]:
        """Give the places a term asks for, each with the papers where it stands there."""
        if term not in self._terms:
            self._terms[term] = tuple((place, self._look_up(term, place)) for place in PLACES[term.field])
        return self._terms[term]

    def select(self, holds: Callable[[Candidate], bool]) -> int:
        """Give the papers for which a condition holds, such as being announced in a window."""
        return bitmap(number for number, candidate in enumerate(self.candidates) if holds(candidate))

    def number_of(self, paper_id: PaperId) -> int | None:
        """Give the place of a paper in the batch, or None."""
        return self._numbers.get(paper_id)

    def text_of(self, number: int) -> PaperText:
        """Give the words of a paper of the batch."""
        return self._texts[number]

    def pick(self, papers: int) -> Iterator[Candidate]:
        """Give the candidates of a bitmap, in the order of the batch."""
        return (self.candidates[number] for number in numbers(papers))

    def forget(self) -> None:
        """Forget what was asked, which strangers may fill with anything; the papers stay indexed."""
        self._terms.clear()
        self._queries.clear()
        for vocabulary in self._vocabularies.values():
            vocabulary.forget()

    def _evaluate(self, query: Query) -> int:
        match query:
            case Term():
                return reduce(or_, (papers for _, papers in self.places_of(query)))
            case Not(part):
                return self.everything & ~self.matches(part)
            case And(parts):
                return reduce(and_, map(self.matches, parts))
            case Or(parts):
                return reduce(or_, map(self.matches, parts))

    def _look_up(self, term: Term, place: str) -> int:
        """Narrow down by single words, then read the few papers that hold them all."""
        vocabulary = self._vocabularies[place]
        if place == CATEGORIES:
            return vocabulary[term.text]
        if place == AUTHORS:
            full = (word for word in name_words(term.text) if not is_initial(word))
            possible = reduce(and_, (vocabulary[word] for word in full), self.everything)
            return bitmap(number for number in numbers(possible) if self._texts[number].has(term, place))
        words = words_of(term.text)
        possible = _hold_all(words, vocabulary)
        if len(words.parts) == 1:
            return possible
        return bitmap(number for number in numbers(possible) if contains(self._texts[number].texts[place], words))


class _Vocabulary:
    """The papers each word of one place stands in, as lists until a query asks for the bitmap."""

    def __init__(self, texts: Sequence[PaperText], place: str) -> None:
        self._papers: defaultdict[str, list[int]] = defaultdict(list)
        self._bitmaps: dict[str, int] = {}
        for number, text in enumerate(texts):
            for word in _LISTINGS[place](text):
                self._papers[word].append(number)

    def __getitem__(self, word: str) -> int:
        if word not in self._bitmaps:
            self._bitmaps[word] = bitmap(self._papers.get(word, ()))
        return self._bitmaps[word]

    def forget(self) -> None:
        self._bitmaps.clear()


_LISTINGS: dict[str, Callable[[PaperText], Iterable[str]]] = {
    TITLE: lambda text: text.texts[TITLE].vocabulary(),
    ABSTRACT: lambda text: text.texts[ABSTRACT].vocabulary(),
    AUTHORS: lambda text: {word for author in text.authors for word in (*author.parts, *author.joined)},
    CATEGORIES: lambda text: text.categories,
}


def bitmap(papers: Iterable[int]) -> int:
    """Give the int with these bits set."""
    return reduce(or_, (1 << number for number in papers), 0)


def numbers(papers: int) -> Iterator[int]:
    """Give the places of the set bits, lowest first."""
    while papers:
        lowest = papers & -papers
        yield lowest.bit_length() - 1
        papers ^= lowest


def _hold_all(words: Words, vocabulary: _Vocabulary) -> int:
    """Give the papers that hold the words of at least one spelling of a term, in whatever order."""
    reached = {0: -1}  # by place in the term: the papers holding some spelling up to there; -1 is all of them
    for place in range(len(words.parts)):
        for word, after in words.edges(place):
            reached[after] = reached.get(after, 0) | reached[place] & vocabulary[word]
    return reached[len(words.parts)]
