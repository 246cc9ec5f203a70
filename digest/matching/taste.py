"""What a reader asked more and less of, as a small shift of the score among the papers that match anyway.

A transparent sum, told to readers in docs/interests.md. What a paper is made of are its words, the pairs of words in
its title, its categories and authors. Each leans as far as the papers asked more of share it and those asked less of do
not: `(more - less) / (more + less + UNDECIDED + SHARE * rated)`, in numbers of papers. A paper leans as its features do
on average, each weighed as in the score: kind x place x rarity. The shift is that, stretched, within LIMIT. Words that
many papers of the day have tell nothing. So asking more of a paper never lowers that paper, nor less of it raises it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise, repeat
from operator import mul

from digest.matching.index import PaperBatch, numbers
from digest.matching.papertext import ABSTRACT, AUTHORS, CATEGORIES, TITLE, PaperText, read
from digest.matching.ranking import KIND_WORTH, PLACE_WORTH, rarity
from digest.model import Paper, PaperId, Reason, ReasonKind

LIMIT = 0.3  # the largest shift, about what a word that stands only in the abstract is worth
UNDECIDED = 1  # so many papers beside those rated that say nothing: a single word is little to go by
SHARE = 0.3  # ... and for each rated paper so many more: what one of twenty has, they do not share
STRETCH = 8.0  # an eighth of a paper's weight leaning one way is as much as counts
COMMONEST = 0.1  # words that more than this part of the day's papers have tell nothing
SAID_FROM = 0.05  # named as a reason from so much above what the day's papers are shifted on average
MOST_SAID = 2  # features that a reason names
SHORTEST_SAID = 4  # letters

# Words of no subject, for days with too few papers to tell by counting.
_EMPTY_WORDS = """
    a about above after again against all also although among an and another any are as at be because been before being
    below between both but by can could did do does doing down during each either else even every few first for from
    further had has have having he her here his how however i if in into is it its itself just less many may might more
    most much must neither no nor not now of off on once one only or other our out over own paper per rather same show
    several she should since so some such than that the their them then there these they this those three through thus
    to too toward towards two under until up upon use used using very via was we well were what when where whether which
    while who whom whose why will with within without would yet you your
"""
EMPTY = frozenset(_EMPTY_WORDS.split())
_CATEGORY, _AUTHOR = "cat:", "au:"  # no word has a colon

Features = tuple[int, ...]


class Lexicon:
    """The telling features of the day's papers (a bitmap of a batch), and how much each weighs on each paper.

    Made when first asked for. What rated papers are made of is remembered as far as the day's papers have it too.
    """

    def __init__(self, batch: PaperBatch, papers: int) -> None:
        self._batch = batch
        self._papers = papers
        self._numbers: dict[str, int] | None = None
        self._names: Sequence[str] = ()
        self._rarities: Sequence[float] = ()
        self._weights: dict[int, Mapping[int, float]] = {}
        self._average: dict[int, float] | None = None
        self._rated: dict[PaperId, Features] = {}

    def knows(self, paper_id: PaperId) -> bool:
        """Whether a paper that was rated has been read."""
        return paper_id in self._rated

    def learn(self, paper_id: PaperId, paper: Paper) -> None:
        """Read a paper that was rated."""
        known = self._count()
        found = (known.get(feature) for feature, _ in _list_features(read(paper)))
        self._rated[paper_id] = tuple(number for number in found if number is not None)

    def features_of(self, paper_id: PaperId) -> Features:
        """Give what a rated paper shares with the day's papers; nothing for one that was not read."""
        return self._rated.get(paper_id, ())

    def weights_of(self, number: int) -> Mapping[int, float]:
        """Give the features of a paper of the day, in order, each with its part of the paper's weight."""
        if number not in self._weights:
            numbered = self._count()
            listed = ((numbered.get(feature), worth) for feature, worth in _list_features(self._batch.text_of(number)))
            found = sorted((place, worth * self._rarities[place]) for place, worth in listed if place is not None)
            total = sum(weight for _, weight in found)
            self._weights[number] = {place: weight / total for place, weight in found}
        return self._weights[number]

    def average(self) -> Mapping[int, float]:
        """Give the weights of the day's average paper, in order."""
        if self._average is None:
            summed: Counter[int] = Counter()
            for number in numbers(self._papers):
                summed.update(self.weights_of(number))
            self._average = {place: weight / self._papers.bit_count() for place, weight in sorted(summed.items())}
        return self._average

    def name_of(self, feature: int) -> str:
        """Give a feature as a word or a pair of words; empty for what is not fit to be named."""
        name = self._names[feature]
        is_fit = len(name) >= SHORTEST_SAID and all(map(str.isalpha, name.split()))
        return name if is_fit else ""

    def _count(self) -> dict[str, int]:
        """Give the features that tell something, each with its number: by the alphabet, the same in every process."""
        if self._numbers is None:
            of = self._papers.bit_count()
            texts = map(self._batch.text_of, numbers(self._papers))
            counts = Counter(feature for text in texts for feature, _ in _list_features(text))
            telling = {name: count for name, count in sorted(counts.items()) if _is_telling(name, count, of)}
            self._names = tuple(telling)
            self._rarities = [rarity(count, of) for count in telling.values()]
            self._numbers = {name: number for number, name in enumerate(telling)}
        return self._numbers


class Taste:
    """How one reader leans, by what they asked more and less of."""

    def __init__(self, lexicon: Lexicon, more: Sequence[PaperId], less: Sequence[PaperId]) -> None:
        self._lexicon = lexicon
        beside = UNDECIDED + SHARE * (len(more) + len(less))
        likes, dislikes = (Counter(chain.from_iterable(map(lexicon.features_of, said))) for said in (more, less))
        self._leanings = {
            feature: (likes[feature] - dislikes[feature]) / (likes[feature] + dislikes[feature] + beside)
            for feature in sorted(likes.keys() | dislikes.keys())
        }
        self._leans: dict[int, float] = {}

    def shift(self, number: int) -> float:
        """Give what is added to the score of a paper of the day: from -LIMIT to LIMIT."""
        return max(-LIMIT, min(LIMIT, self._lean_of(number)))

    def explain(self, number: int) -> tuple[Reason, ...]:
        """Give the reason to show where a paper was moved up, clearly more than the day's papers are on average."""
        lean = self._lean_of(number)
        if lean < SAID_FROM or lean < SAID_FROM + self._usual_lean:
            return ()
        weights = self._lexicon.weights_of(number)
        pull = {feature: weight * self._leanings.get(feature, 0.0) for feature, weight in weights.items()}
        best = sorted((feature for feature in pull if pull[feature] > 0), key=lambda each: (-pull[each], each))
        names = [name for name in map(self._lexicon.name_of, best) if name]
        return (Reason(kind=ReasonKind.TASTE, subject=", ".join(_drop_parts(names)[:MOST_SAID])),)

    @cached_property
    def _usual_lean(self) -> float:
        """How far the day's average paper leans."""
        return self._lean(self._lexicon.average())

    def _lean_of(self, number: int) -> float:
        if number not in self._leans:
            self._leans[number] = self._lean(self._lexicon.weights_of(number))
        return self._leans[number]

    def _lean(self, weights: Mapping[int, float]) -> float:
        # Both are in the order of features, so that sums are the same each time, whichever is walked through.
        few, many = (weights, self._leanings) if len(weights) < len(self._leanings) else (self._leanings, weights)
        summed: float = sum(map(mul, few.values(), map(many.get, few, repeat(0.0))))
        return LIMIT * STRETCH * summed


def _drop_parts(names: Sequence[str]) -> list[str]:
    """Leave out words of a pair that is named too."""
    pairs = [f" {name} " for name in names if " " in name]
    return [name for name in names if " " in name or not any(f" {name} " in pair for pair in pairs)]


def _is_telling(name: str, count: int, of: int) -> bool:
    if name.startswith(_CATEGORY):
        return True
    return count <= max(1.0, COMMONEST * of)


def _list_features(text: PaperText) -> Iterator[tuple[str, float]]:
    """Give what a paper is made of, each once, with kind x place."""
    title, abstract = text.texts[TITLE], text.texts[ABSTRACT]
    in_title = title.vocabulary() - EMPTY
    for word in in_title:
        yield word, KIND_WORTH[ReasonKind.WORD] * PLACE_WORTH[TITLE]
    for word in abstract.vocabulary() - in_title - EMPTY:
        yield word, KIND_WORTH[ReasonKind.WORD] * PLACE_WORTH[ABSTRACT]
    for pair in {pair for pair in pairwise(title.parts) if EMPTY.isdisjoint(pair)}:
        yield " ".join(pair), KIND_WORTH[ReasonKind.PHRASE] * PLACE_WORTH[TITLE]
    for category in text.categories:
        yield _CATEGORY + category, KIND_WORTH[ReasonKind.CATEGORY] * PLACE_WORTH[CATEGORIES]
    for author in {author.parts for author in text.authors if author.parts}:
        yield _AUTHOR + " ".join(author), KIND_WORTH[ReasonKind.AUTHOR] * PLACE_WORTH[AUTHORS]
