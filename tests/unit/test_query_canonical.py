import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.matching.query import And, Field, Not, Or, Query, Term, canonical, normal_form, parse

EQUIVALENT = [
    ("a AND b", ["a b", "b a", "(a) (b)", "a b a", "a AND (b AND a)", "B A", "NOT NOT a b"]),
    ("a OR b", ["b OR a", "a OR (b OR a)", "NOT (NOT a AND NOT b)"]),
    ("a AND NOT b", ["a -b", "a NOT b", "a ANDNOT b", "-b a", "NOT (b OR NOT a)", "a -b -b"]),
    ("a AND NOT b AND NOT c", ["a -(b OR c)", "a -b -c", "a NOT c NOT b"]),
    ("a AND (NOT b OR NOT c)", ["a NOT (b AND c)", "a (NOT c OR NOT b)"]),
    ("a OR b AND c", ["(a) OR (b c)", "c b OR a"]),
    ("a AND (b OR c)", ["(c OR b) a"]),
    ('"language model"', ['"language models"', "“Language  Models”", '"LANGUAGE MODEL"']),
    ("pre-training", ['"pre-training"', "Pre–Trainings", "pre--training"]),
    ('"or"', ['"OR"']),
    ("cat:cs", ["cat:cs.*", 'cat:"CS"', "CAT: cs"]),
    ("ti:a OR ti:b", ["ti:(a OR b)", "ti:b OR ti:a"]),
    ('au:"furu wei"', ['au:"Wei, Furu"', 'au:"Furu Wei"', "au:Wei_Furu"]),
    ("schrodinger", ["Schrödinger", "SCHRÖDINGER", "Schro\u0308dinger"]),
    ("mup", ["µP", "μP", "muP"]),
    ("c++", ["C++"]),
]

TERMS = st.sampled_from(
    [
        *(Term(Field.TEXT, text) for text in ("a", "b", "c d", "e-f", "or", "微软")),
        Term(Field.TITLE, "a"),
        Term(Field.CATEGORY, "cs.cl"),
        Term(Field.AUTHOR, "f wei"),
    ]
)
QUERIES: st.SearchStrategy[Query] = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=1, max_size=3).map(lambda some: And(tuple(some))),
        st.lists(parts, min_size=1, max_size=3).map(lambda some: Or(tuple(some))),
    ),
    max_leaves=8,
)
ANCHOR = Term(Field.TEXT, "anchor")


def holds(query: Query, true: frozenset[Term]) -> bool:
    match query:
        case Term():
            return query in true
        case Not(part):
            return not holds(part, true)
        case And(parts):
            return all(holds(part, true) for part in parts)
        case Or(parts):
            return any(holds(part, true) for part in parts)


@pytest.mark.parametrize(("key", "spellings"), EQUIVALENT)
def test_equivalent_spellings_have_one_key(key: str, spellings: list[str]) -> None:
    assert {canonical(parse(spelling)) for spelling in [key, *spellings]} == {key}


@pytest.mark.parametrize(
    ("one", "other"),
    [("a b", '"a b"'), ("a OR b", "a b"), ("pre-training", '"pre training"'), ("ti:a", "a"), ("cat:cs", "cat:cs.CL")],
)
def test_different_wishes_have_different_keys(one: str, other: str) -> None:
    assert canonical(parse(one)) != canonical(parse(other))


@given(QUERIES, st.frozensets(TERMS))
def test_the_normal_form_says_the_same(query: Query, true: frozenset[Term]) -> None:
    assert holds(normal_form(query), true) is holds(query, true)


@given(QUERIES)
def test_the_canonical_text_parses_to_the_normal_form(query: Query) -> None:
    # The anchor makes every query one that may be asked for.
    anchored = And((ANCHOR, Or((ANCHOR, query))))

    assert parse(canonical(anchored)) == normal_form(anchored)


@given(QUERIES)
def test_normalising_twice_is_normalising_once(query: Query) -> None:
    assert normal_form(normal_form(query)) == normal_form(query)


@given(st.permutations([Term(Field.TEXT, text) for text in "abcd"]), st.sampled_from([And, Or]))
def test_order_does_not_count(parts: list[Term], join: type[And] | type[Or]) -> None:
    assert canonical(join(tuple(parts))) == canonical(join(tuple(sorted(parts, key=str))))
