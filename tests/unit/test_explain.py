import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import InvalidQuery
from digest.matching.explain import describe, order_reasons, reasons_for, say, word_evidence
from digest.matching.index import PaperBatch
from digest.matching.papertext import read
from digest.matching.query import canonical, normal_form, parse
from digest.matching.syntax import And, Field, Not, Or, Query, Term, terms_of
from digest.model import Certainty, Reason, ReasonKind
from tests.factories import candidate

PAPER = candidate(
    1,
    title="Mixture of Experts for Diffusion",
    abstract="A diffusion model with a mixture of experts, without any survey.",
    authors=("Furu Wei",),
    categories=("cs.CL", "cs.LG"),
)
BATCH = PaperBatch([PAPER])

EXPLANATIONS = [
    ("diffusion", ["word “diffusion” in title and abstract"]),
    ("DIFFUSIONS", ["word “DIFFUSIONS” in title and abstract"]),
    ("ti:diffusion", ["word “diffusion” in title"]),
    ("model", ["word “model” in abstract"]),
    ('"Mixture  of  Experts"', ["phrase “Mixture of Experts” in title and abstract"]),
    ("cat:cs.CL", ["category cs.CL"]),
    ("cat:cs", ["category cs"]),
    ("au:Wei_F", ["author name “Wei_F”"]),
    ("diffusion OR absent", ["word “diffusion” in title and abstract"]),
    ("model OR (diffusion absent)", ["word “model” in abstract"]),
    ("diffusion -absent", ["word “diffusion” in title and abstract"]),
    ("diffusion NOT (absent OR (model missing))", ["word “diffusion” in title and abstract"]),
    ("NOT (NOT diffusion)", ["word “diffusion” in title and abstract"]),
    ("diffusion diffusion Diffusion", ["word “diffusion” in title and abstract"]),
    (
        'cat:cs.LG model au:wei diffusion "of experts"',
        [
            "phrase “of experts” in title and abstract",
            "word “diffusion” in title and abstract",
            "author name “wei”",
            "word “model” in abstract",
            "category cs.LG",
        ],
    ),
    ("absent", []),
    ("diffusion -survey", []),
]

SENTENCES = [
    (
        Reason(kind=ReasonKind.FOLLOW, subject="Furu Wei", position=4, of=9, certainty=Certainty.SURE),
        "you follow Furu Wei, author 4 of 9",
    ),
    (
        Reason(kind=ReasonKind.FOLLOW, subject="Furu Wei", position=1, of=1, certainty=Certainty.SURE),
        "you follow Furu Wei, the only author",
    ),
    (
        Reason(
            kind=ReasonKind.FOLLOW,
            subject="Peng Fu",
            position=2,
            of=5,
            certainty=Certainty.POSSIBLE,
            evidence=("same name", "but publishes in physics.med-ph"),
        ),
        "possibly Peng Fu, author 2 of 5: same name; but publishes in physics.med-ph",
    ),
    (
        Reason(kind=ReasonKind.FOLLOW, subject="Peng Fu", position=2, of=5, certainty=Certainty.POSSIBLE),
        "possibly Peng Fu, author 2 of 5",
    ),
    (
        Reason(
            kind=ReasonKind.FOLLOW,
            subject="Peng Fu",
            position=5,
            of=5,
            certainty=Certainty.POSSIBLE,
            evidence=("2 shared co-authors", "affiliation unknown", "same field"),
        ),
        "possibly Peng Fu, last of 5 authors: 2 shared co-authors, same field; affiliation unknown",
    ),
    (
        Reason(kind=ReasonKind.INSTITUTION, subject="MPI-IS", position=2, of=5, certainty=Certainty.SURE),
        "from MPI-IS, which you follow: author 2 of 5",
    ),
    (
        Reason(kind=ReasonKind.INSTITUTION, subject="MPI-IS", certainty=Certainty.SURE),
        "from MPI-IS, which you follow",
    ),
    (
        Reason(
            kind=ReasonKind.PAPER,
            subject="Sparse Experts",
            certainty=Certainty.SURE,
            evidence=("new version v3; changed: title, abstract",),
        ),
        "you follow this paper: new version v3; changed: title, abstract",
    ),
    (
        Reason(kind=ReasonKind.PHRASE, subject="mixture of experts", where=("title",)),
        "phrase “mixture of experts” in title",
    ),
    (
        Reason(kind=ReasonKind.WORD, subject="diffusion", where=("title", "abstract")),
        "word “diffusion” in title and abstract",
    ),
    (Reason(kind=ReasonKind.CATEGORY, subject="cs.CL", where=("categories",)), "category cs.CL"),
    (Reason(kind=ReasonKind.AUTHOR, subject="wei", where=("authors",)), "author name “wei”"),
]
QUERY_TEXTS = st.recursive(
    st.sampled_from(["diffusion", "model", "absent", "ti:mixture", "abs:mixture", "cat:cs", "au:wei", '"of experts"']),
    lambda part: st.one_of(
        part.map(lambda text: f"NOT ({text})"),
        st.tuples(part, st.sampled_from([" ", " OR ", " -"]), part).map(lambda it: f"({it[0]}{it[1]}({it[2]}))"),
    ),
    max_leaves=6,
)


def explain(text: str) -> tuple[Reason, ...]:
    return reasons_for(BATCH, 0, parse(canonical(parse(text))), text)


@pytest.mark.parametrize(("text", "sentences"), EXPLANATIONS)
def test_an_interest_explains_itself(text: str, sentences: list[str]) -> None:
    assert [describe(reason) for reason in explain(text)] == sentences


@pytest.mark.parametrize(("reason", "sentence"), SENTENCES)
def test_a_reason_in_words(reason: Reason, sentence: str) -> None:
    assert describe(reason) == sentence


@pytest.mark.parametrize("reason", [reason for reason, _ in SENTENCES])
def test_the_subject_stands_apart_for_markup(reason: Reason) -> None:
    said = say(reason)

    assert said.subject in (reason.subject, "")
    assert said.subject or reason.kind is ReasonKind.PAPER
    assert said.prefix + said.subject + said.suffix == describe(reason)


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ((), ""),
        (("same name",), "same name"),
        (("no shared co-author", "same name"), "same name; no shared co-author"),
        (
            ("2 shared co-authors (Wei Li, Ann Kim)", "affiliation differs", "same field (cs.CL)"),
            "2 shared co-authors (Wei Li, Ann Kim), same field (cs.CL); affiliation differs",
        ),
        (
            ("common name", "another field: physics", "9 years after the last known paper"),
            "common name, another field: physics, 9 years after the last known paper",
        ),
        (
            ("2 shared co-authors, same field; affiliation unknown",),
            "2 shared co-authors, same field; affiliation unknown",
        ),
    ],
)
def test_what_speaks_against_it_comes_behind_what_speaks_for_it(evidence: tuple[str, ...], sentence: str) -> None:
    assert word_evidence(evidence) == sentence


def test_a_reason_names_the_interest_as_written() -> None:
    assert {reason.interest for reason in explain("diffusion  cat:cs")} == {"diffusion  cat:cs"}


def test_an_interest_that_is_no_longer_valid_as_written_is_explained_by_its_stored_form() -> None:
    reasons = reasons_for(BATCH, 0, parse("diffusion"), "diffusion (")

    assert [describe(reason) for reason in reasons] == ["word “diffusion” in title and abstract"]


def test_one_that_now_means_something_else_is_explained_by_its_stored_form() -> None:
    reasons = reasons_for(BATCH, 0, parse("diffusion"), "absent")

    assert [reason.subject for reason in reasons] == ["diffusion"]


def test_the_most_telling_reasons_come_first_and_once() -> None:
    sure, possible = SENTENCES[0][0], SENTENCES[2][0]
    phrase, word, category, author = (reason for reason, _ in SENTENCES[-4:])

    ordered = order_reasons([category, author, word, phrase, possible, sure, word])

    assert ordered == (sure, possible, phrase, word, author, category)


@settings(max_examples=200, deadline=None)
@given(QUERY_TEXTS)
def test_what_is_said_is_always_true(text: str) -> None:
    try:
        query = parse(text)
    except InvalidQuery:
        return
    is_match = BATCH.matches(query) == 1
    reasons = reasons_for(BATCH, 0, query, text)

    assert bool(reasons) is is_match
    asked_for = {term.written: term for term in terms_of(query)}
    for reason in reasons:
        assert read(PAPER.paper).where(asked_for[reason.subject])
        assert set(reason.where) <= set(read(PAPER.paper).where(Term(Field.TEXT, asked_for[reason.subject].text))) | {
            "categories",
            "authors",
        }


def holds(normal: Query, named: set[Term]) -> bool:
    match normal:
        case Not(part):
            return not holds(part, named)
        case And(parts):
            return all(holds(part, named) for part in parts)
        case Or(parts):
            return any(holds(part, named) for part in parts)
        case Term():
            return normal in named


@settings(max_examples=200, deadline=None)
@given(QUERY_TEXTS)
def test_what_is_said_is_reason_enough(text: str) -> None:
    """A paper of which only the named terms hold would match as well."""
    try:
        query = normal_form(parse(text))
    except InvalidQuery:
        return
    named = {term for term, papers in BATCH.support(query, 1) if papers}

    assert not named or holds(query, named)
