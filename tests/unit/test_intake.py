import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake import MAX_ABSTRACT, MAX_AUTHORS, MAX_IDS, MAX_TITLE, admit, clean_domain, clean_text, clean_url
from digest.model import Author, PersonId, PersonScheme
from tests.factories import paper


def test_an_ordinary_paper_passes_unchanged() -> None:
    assert admit(paper()) == paper()


def test_what_is_absurdly_long_is_cut() -> None:
    admitted = admit(paper(title="x" * 1_000_000, abstract="y " * 1_000_000, authors=[f"A {n}" for n in range(30_000)]))

    assert len(admitted.title) == MAX_TITLE
    assert len(admitted.abstract) <= MAX_ABSTRACT
    assert len(admitted.authors) == MAX_AUTHORS


def test_controls_lone_surrogates_and_bidirectional_overrides_are_dropped() -> None:
    assert clean_text("a\x00b\ud800c\u202ed\ufeffe\u2066f", 100) == "abcdef"


def test_white_space_is_folded() -> None:
    assert clean_text("  two\n\t words\rand\x0cmore ", 100) == "two words and more"


def test_only_web_links_are_let_in() -> None:
    for url in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//x",
        "http://",
        "https://a b",
        "https://[",
        "data:x",
        "",
    ):
        assert clean_url(url) is None
    assert clean_url(" https://example.org/a?b=c ") == "https://example.org/a?b=c"


def test_an_author_whose_name_is_nothing_but_controls_is_dropped() -> None:
    assert [author.name for author in admit(paper(authors=["\x00", "Ada"])).authors] == ["Ada"]


def test_what_sources_attach_to_an_author_passes_unchanged() -> None:
    author = Author(
        "Ada Lovelace",
        ("Navy",),
        "ada",
        "0000-0002-1825-0097",
        ids=(PersonId(PersonScheme.OPENREVIEW, "~Ada_Lovelace1"), PersonId(PersonScheme.S2, "1")),
        institutions=("05dxps055",),
        email_domain="cs.example.edu",
    )

    assert admit(paper(authors=[author])).authors == (author,)


def test_ids_that_would_have_to_be_cut_or_cleaned_are_dropped() -> None:
    values = ["", "x" * 121, "a b", "a\x00b", "1\n", "\u202e1", "64/4311"]
    author = Author("Ada", ids=tuple(PersonId(PersonScheme.DBLP, value) for value in values))
    many = Author("Bob", ids=tuple(PersonId(PersonScheme.S2, str(number)) for number in range(MAX_IDS + 5)))

    ada, bob = admit(paper(authors=[author, many])).authors

    assert ([known.value for known in ada.ids], len(bob.ids)) == (["64/4311"], MAX_IDS)


def test_institutions_are_bare_ror_ids() -> None:
    author = Author("Ada", institutions=("05dxps055", "https://ror.org/05dxps055", "05DXPS055", "Caltech", ""))

    assert admit(paper(authors=[author])).authors[0].institutions == ("05dxps055",)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("cs.example.edu", "cs.example.edu"),
        ("Ada.Lovelace@CS.Example.edu", "cs.example.edu"),
        ("****@example.org", "example.org"),
        ("<ada@example.org>", "example.org"),
        ("ada", None),
        ("ada@localhost", None),
        ("ada@exa mple.org", None),
        ("a@" + "x." * 200 + "org", None),
        ("", None),
    ],
)
def test_of_an_address_only_the_domain_passes(text: str, domain: str | None) -> None:
    assert clean_domain(text) == domain
    assert admit(paper(authors=[Author("Ada", email_domain=text)])).authors[0].email_domain == domain


@given(st.text(max_size=400), st.integers(1, 50))
def test_any_text_is_bounded_and_encodable(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)

    assert len(cleaned) <= limit
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean_text(cleaned, limit) == cleaned
