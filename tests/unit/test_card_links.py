"""Which links a paper shows, and which addresses no link leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ExternalId, IdScheme
from digest.rendering.links import Link, find_page, list_links, safe_url
from tests.factories import paper


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://arxiv.org/abs/2611.00001v2", "https://arxiv.org/abs/2611.00001v2"),
        ("HTTPS://ArXiv.org/x?a=b&c=%20#d", "https://arxiv.org/x?a=b&c=%20#d"),
        ("http://127.0.0.1:8000/u", "http://127.0.0.1:8000/u"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org/\"><img'", "https://example.org/%22%3E%3Cimg%27"),
    ],
)
def test_web_addresses_become_plain_ascii(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "//example.org",
            "example.org",
            "mailto:a@b.c",
        ),
        *(
            "https://arxiv.org@example.org/",
            "https://example.org/a b",
            " https://example.org",
            "https://example.org\\@x",
        ),
        *(
            "https:///x",
            "https://x..y/",
            "https://x.org:99999/",
            "https://[::1/",
            "https://-x.org/",
            "https://x.org/\u202e",
        ),
        *(
            "https://example.org/\r\nBcc:x",
            "https://example.org/" + "a" * 500,
            "https://x.org/\ud800",
            "https://\ud800/",
        ),
    ],
)
def test_other_addresses_are_no_links(url: str) -> None:
    assert safe_url(url) is None


@given(
    st.text(max_size=80)
    | st.text(max_size=60).map("https://example.org/".__add__)
    | st.text(max_size=30).map("http://".__add__)
)
def test_any_address_is_refused_or_made_safe_for_good(url: str) -> None:
    safe = safe_url(url)

    assert safe is None or (safe.isascii() and not set(safe) & set("\"<>' \\") and safe_url(safe) == safe)


def test_a_paper_shows_what_it_has_with_the_numbers_people_gave() -> None:
    shown = paper(
        ids=(ExternalId(IdScheme.ARXIV, "2611.1"), ExternalId(IdScheme.HF, "2611.1")),
        code_url="https://github.com/a/b",
        project_url="https://a.example.org",
        github_stars=12_345,
        upvotes=1,
        comment_count=2,
    )

    links = list_links(shown)

    assert [link.label for link in links] == ["arXiv", "PDF", "Code", "Project", "Hugging Face"]
    assert [link.note for link in links] == ["", "", "★ 12.3k", "", "▲ 1, 2 comments"]


def test_nothing_is_said_of_no_votes() -> None:
    assert Link("Code", "https://e.org/c") in list_links(paper(code_url="https://e.org/c", github_stars=0))


def test_an_address_is_shown_once() -> None:
    same = "https://example.org/p"

    assert [link.label for link in list_links(paper(abstract_url=same, pdf_url=same, code_url=same))] == ["Paper"]


@pytest.mark.parametrize(
    ("scheme", "value", "page"),
    [
        (IdScheme.ARXIV, "math/0309136", "https://arxiv.org/abs/math/0309136"),
        (IdScheme.DOI, "10.1000/a<b>#c", "https://doi.org/10.1000/a%3Cb%3E%23c"),
        (IdScheme.HF, "2611.1", "https://huggingface.co/papers/2611.1"),
        (IdScheme.URL, "https://e.org/x", "https://e.org/x"),
        (IdScheme.OPENALEX, "W1", None),
    ],
)
def test_a_title_leads_to_the_page_of_an_id_when_no_address_is_given(
    scheme: IdScheme, value: str, page: str | None
) -> None:
    assert find_page(paper(ids=(ExternalId(scheme, value),), abstract_url="javascript:x", pdf_url=None)) == page
