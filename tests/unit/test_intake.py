from hypothesis import given
from hypothesis import strategies as st

from digest.intake import MAX_ABSTRACT, MAX_AUTHORS, MAX_TITLE, admit, clean_text, clean_url
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


@given(st.text(max_size=400), st.integers(1, 50))
def test_any_text_is_bounded_and_encodable(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)

    assert len(cleaned) <= limit
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean_text(cleaned, limit) == cleaned
