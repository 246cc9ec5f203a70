import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidQuery
from digest.matching.query import MAX_DEPTH, MAX_TERMS, And, Field, Not, Or, Term, canonical, parse


def word(text: str, field: Field = Field.TEXT) -> Term:
    return Term(field, text)


A, B, C = word("a"), word("b"), word("c")

MEANINGS = [
    ("diffusion", word("diffusion")),
    ('"mixture of experts"', word("mixture of expert")),
    ("a b", And((A, B))),
    ("a AND b", And((A, B))),
    ("a OR b c", Or((A, And((B, C))))),
    ("a AND b OR c", Or((And((A, B)), C))),
    ("a (b OR c)", And((A, Or((B, C))))),
    ("a NOT b", And((A, Not(B)))),
    ("a -b", And((A, Not(B)))),
    ("a ANDNOT b", And((A, Not(B)))),
    ("a ANDNOT NOT b", And((A, B))),
    ("a -(b OR c)", And((A, Not(Or((B, C)))))),
    ("NOT NOT a", A),
    ("a-b", word("a-b")),
    ("a–b", word("a-b")),
    ("a −b", And((A, Not(B)))),
    ("a(b)c", And((A, B, C))),
    ("“a b”", word("a b")),
    ("（a　b）", And((A, B))),
    ("ti:a", word("a", Field.TITLE)),
    ("TI: a", word("a", Field.TITLE)),
    ('abs:"a b"', word("a b", Field.ABSTRACT)),
    ("ti:(a OR b)", Or((word("a", Field.TITLE), word("b", Field.TITLE)))),
    ("ti:(a -b)", And((word("a", Field.TITLE), Not(word("b", Field.TITLE))))),
    ("a -ti:b", And((A, Not(word("b", Field.TITLE))))),
    ("cat:cs.CL", word("cs.cl", Field.CATEGORY)),
    ("cat:cs.*", word("cs", Field.CATEGORY)),
    ("cat:hep-th", word("hep-th", Field.CATEGORY)),
    ("au:Wei", word("wei", Field.AUTHOR)),
    ("au:Wei_F", word("f wei", Field.AUTHOR)),
    ('au:"Wei, Furu"', word("furu wei", Field.AUTHOR)),
    ('au:"Jean-Pierre Serre"', word("jeanpierre serre", Field.AUTHOR)),
    ("ANDROID ORACLE NOTED", And((word("android"), word("oracle"), word("noted")))),
    ('"or"', word("or")),
    ("微软 OR 预训练", Or((word("微软"), word("预训练")))),
]

REFUSALS = [
    ("", "it is empty"),
    (" \n\t ", "it is empty"),
    ("(a", "the “(” at character 1 is never closed"),
    ("((a) b", "the “(” at character 1 is never closed"),
    ("a)", "the “)” at character 2 closes nothing"),
    ('a "b', "the quote at character 3 is never closed"),
    ("a “b", "the quote at character 3 is never closed"),
    ("OR a", "missing before “OR” at character 1"),
    ("a AND OR b", "missing before “OR” at character 7"),
    ("a OR", "missing after its last word"),
    ("a NOT", "missing after its last word"),
    ("ti:", "missing after its last word"),
    ("a ()", "missing before “)” at character 4"),
    ("a - b", "the “-” at character 3 must touch the word"),
    ("3:2", "“:” at character 2 means nothing here"),
    ("author:wei", "there is no field “author:”"),
    ("all:a", "there are ti: (title), abs: (abstract), au: (author) and cat: (category)"),
    ("ti:(a abs:b)", "“abs:” stands inside “ti:”"),
    ('"!?"', "“!?” has no letter or digit"),
    ("a ++", "“++” has no letter or digit"),
    ("au:F", "at least the family name"),
    ('cat:"cs CL)"', "is not a category"),
    ("cats or dogs", "“or” is an operator only in capitals; write OR"),
    ("cats And dogs", "“And” is an operator only in capitals; write AND"),
    ("diffus*", "“diffus*” has a wildcard, and there are none"),
    ("ti:transform?r", "has a wildcard"),
    ("au:LeC*", "has a wildcard"),
    ("RLHF|DPO", "the “|” in “RLHF|DPO” is no operator; write OR"),
    ("cs.CL", "is a category; write `cat:cs.CL`"),
    ("cond-mat.mes-hall spin", "is a category; write `cat:cond-mat.mes-hall`"),
    ("math.*", "is a category; write `cat:math.*`"),
    ("NOT a", "only says what you do not want"),
    ("-a -b", "only says what you do not want"),
    ("a OR NOT b", "only says what you do not want"),
    ("NOT (a AND b)", "only says what you do not want"),
    ("a AND NOT a", "nothing can match it"),
    ("(a -a) OR (b -b)", "nothing can match it"),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_query_means(text: str, meaning: object) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(("text", "why"), REFUSALS)
def test_a_query_that_cannot_be_understood_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse(text)

    assert why in refused.value.why
    assert refused.value.why.endswith(".")


@pytest.mark.parametrize("text", ["cat:cs.CL -survey", "au:Wei NOT ti:a", "NOT (NOT a OR b)"])
def test_an_exclusion_is_fine_beside_something_wanted(text: str) -> None:
    assert canonical(parse(text))


def test_a_term_remembers_how_it_was_written() -> None:
    term = parse('ti:"Mixture  of Experts"')

    assert isinstance(term, Term)
    assert (term.text, term.written) == ("mixture of expert", "Mixture of Experts")


@pytest.mark.parametrize("text", ['"cs.CL"', '"p(x|y)"', '"diffus*"', "C*-algebra", "A*", "cat:cs.*", "what?", "cs.x"])
def test_what_only_looks_like_a_mistake_is_read(text: str) -> None:
    assert canonical(parse(text))


@pytest.mark.parametrize(
    ("written", "said"),
    [("agents,", "agents"), ("‘agents’", "agents"), ("+LLM", "LLM"), ("C++", "C++"), ("C#", "C#"), ("why?", "why")],
)
def test_a_term_is_told_without_the_punctuation_around_it(written: str, said: str) -> None:
    term = parse(written)

    assert isinstance(term, Term)
    assert term.written == said


@pytest.mark.parametrize(
    "bomb",
    [
        " ".join(["word"] * 10_000),
        " OR ".join(f"w{n}" for n in range(10_000)),
        "(" * 1_000 + "a" + ")" * 1_000,
        "a" * 1_000_000,
        '"' + "a " * 500_000 + '"',
        "NOT " * 10_000 + "a",
        "a" + "\\'" + " " * 100_000 + "1",
    ],
)
def test_a_bomb_is_refused(bomb: str) -> None:
    with pytest.raises(InvalidQuery, match="characters"):
        parse(bomb)


def test_small_bombs_are_refused_for_what_they_are() -> None:
    with pytest.raises(InvalidQuery, match=f"{MAX_TERMS + 1} terms"):
        parse("a " * (MAX_TERMS + 1))
    with pytest.raises(InvalidQuery, match=f"nested {MAX_DEPTH} deep"):
        parse("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(InvalidQuery, match="spelled out"):
        parse("ε" * 400)


def test_what_is_just_small_enough_is_read() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    assert canonical(parse(" OR ".join(["a"] * MAX_TERMS))) == "a"
    assert parse("NOT " * 498 + "a") == A
    assert parse("--" * 900 + "a") == A


@given(
    st.text(max_size=60) | st.lists(st.sampled_from([*'ab()-:" ', "OR ", "NOT ", "ti:", "au:", "cat:"])).map("".join)
)
def test_any_text_is_a_query_or_is_refused(text: str) -> None:
    try:
        outcome = canonical(parse(text))
    except InvalidQuery as refused:
        outcome = refused.why

    assert outcome.encode("utf-8")
