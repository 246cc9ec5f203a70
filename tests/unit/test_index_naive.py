"""The engine against an evaluator too simple to be wrong: every spelling of text and term written out and compared."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.matching.index import PaperBatch, bitmap
from digest.matching.papertext import read
from digest.matching.plurals import singular
from digest.matching.query import And, Field, Not, Or, Query, Term, normal_form
from digest.matching.text import split_compounds
from digest.model import Candidate, Paper
from tests.factories import candidate

WORDS = ["pre", "training", "pretraining", "a", "b", "ab", "models", "β", "beta"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).flatmap(
    lambda words: st.lists(st.sampled_from([" ", "-"]), min_size=len(words), max_size=len(words)).map(
        lambda gaps: "".join(map("".join, zip(words, gaps, strict=True))).rstrip("-")
    )
)
CATEGORIES = st.sampled_from(["cs.cl", "cs.lg", "math.pr"])
AUTHORS = st.sampled_from(["A Bee", "Ann Bee", "Bo Cee", "Bee Bo"])


def text_terms(field: Field) -> st.SearchStrategy[Term]:
    spelled = TEXTS.map(lambda text: " ".join("-".join(map(singular, parts)) for parts in split_compounds(text)))
    return spelled.map(lambda text: Term(field, text))


TERMS = st.one_of(
    text_terms(Field.TEXT),
    text_terms(Field.TITLE),
    text_terms(Field.ABSTRACT),
    st.sampled_from(["cs", "cs.cl", "math"]).map(lambda text: Term(Field.CATEGORY, text)),
    st.sampled_from(["bee", "a bee", "ann bee", "b bee", "bee bo", "c bo"]).map(lambda text: Term(Field.AUTHOR, text)),
)
QUERIES: st.SearchStrategy[Query] = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=1, max_size=3).map(lambda some: And(tuple(some))),
        st.lists(parts, min_size=1, max_size=3).map(lambda some: Or(tuple(some))),
    ),
    max_leaves=5,
)
CANDIDATES = st.lists(
    st.tuples(TEXTS, TEXTS, st.lists(AUTHORS, max_size=2), st.lists(CATEGORIES, max_size=2)), min_size=1, max_size=6
).map(
    lambda papers: [
        candidate(number, title=title, abstract=abstract, authors=authors, categories=tuple(categories))
        for number, (title, abstract, authors, categories) in enumerate(papers)
    ]
)


def spellings(text: str) -> set[tuple[str, ...]]:
    """Every way to write a text with each run of up to four hyphenated parts together or apart."""
    options = []
    for parts in split_compounds(text):
        gaps = product([False, True], repeat=len(parts) - 1) if len(parts) <= 4 else [(False,) * (len(parts) - 1)]
        options.append({tuple(map(singular, join(list(map(singular, parts)), gap))) for gap in gaps})
    return {tuple(word for part in choice for word in part) for choice in product(*options)}


def join(parts: list[str], closed: tuple[bool, ...]) -> list[str]:
    words = parts[:1]
    for part, is_closed in zip(parts[1:], closed, strict=True):
        words = [*words[:-1], words[-1] + part] if is_closed else [*words, part]
    return words


def stands_in(text: str, term: str) -> bool:
    return any(
        wanted == written[start : start + len(wanted)]
        for written in spellings(text)
        for wanted in spellings(term)
        for start in range(len(written))
    )


def is_author(name: str, wanted: list[str]) -> bool:
    printed = name.lower().split()
    full = [word for word in wanted if len(word) > 1]
    left = [word for word in printed if word not in full]
    return set(full) <= set(printed) and all(any(p[0] == w for p in left) for w in wanted if len(w) == 1)


def evaluate(query: Query, paper: Paper) -> bool:
    match query:
        case Not(part):
            return not evaluate(part, paper)
        case And(parts):
            return all(evaluate(part, paper) for part in parts)
        case Or(parts):
            return any(evaluate(part, paper) for part in parts)
        case Term(Field.CATEGORY, text):
            return any(text in {name, name.split(".")[0]} for name in paper.categories)
        case Term(Field.AUTHOR, text):
            return any(is_author(author.name, text.split()) for author in paper.authors)
        case Term(field, text):
            texts = {"": [paper.title, paper.abstract], "ti": [paper.title], "abs": [paper.abstract]}[field]
            return any(stands_in(written, text) for written in texts)


@settings(max_examples=200, deadline=None)
@given(CANDIDATES, QUERIES)
def test_the_engine_agrees_with_a_naive_evaluator(candidates: list[Candidate], query: Query) -> None:
    expected = bitmap(number for number, found in enumerate(candidates) if evaluate(query, found.paper))
    batch = PaperBatch(candidates)

    assert batch.matches(query) == expected
    assert batch.matches(normal_form(query)) == expected


@settings(max_examples=100, deadline=None)
@given(CANDIDATES, TERMS)
def test_the_batch_and_a_paper_read_alone_agree_on_places(candidates: list[Candidate], term: Term) -> None:
    batch = PaperBatch(candidates)

    for number, found in enumerate(candidates):
        places = tuple(place for place, papers in batch.places_of(term) if papers >> number & 1)
        assert places == read(found.paper).where(term)


@settings(max_examples=100, deadline=None)
@given(CANDIDATES, QUERIES)
def test_only_true_terms_of_true_papers_support(candidates: list[Candidate], query: Query) -> None:
    batch, normal = PaperBatch(candidates), normal_form(query)

    for term, papers in batch.support(normal, batch.everything):
        assert papers & ~batch.matches(normal) == 0
        assert papers & ~batch.matches(term) == 0
