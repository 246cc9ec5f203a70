"""Ids of institutions and papers, and authors named by their place on a paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidReference
from digest.researchers.ids import (
    LAST,
    AuthorReference,
    parse_author_reference,
    parse_institution_id,
    parse_paper_id,
    read_ror,
)
from digest.researchers.ids.institutions import check_digits
from tests.factories import paper

KNOWN_RORS = ["05dxps055", "00f54p054", "03vek6s52", "042nb2s44", "04wxnsj81", "05a28rw58"]


@pytest.mark.parametrize("ror", KNOWN_RORS)
def test_the_check_digits_of_real_institutions_are_right(ror: str) -> None:
    assert check_digits(ror[1:-2]) == ror[-2:]
    assert read_ror(f"https://ror.org/{ror.upper()}/") == ror


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://ror.org/05dxps055", "ror:05dxps055"),
        ("05DXPS055", "ror:05dxps055"),
        ("ror: 05dxps055", "ror:05dxps055"),
        ("https://api.ror.org/v2/organizations/05dxps055", "ror:05dxps055"),
        ("https://openalex.org/institutions/ror:05dxps055", "ror:05dxps055"),
        ("I122411786", "openalex:I122411786"),
        ("openalex:i122411786", "openalex:I122411786"),
        ("https://openalex.org/institutions/i122411786", "openalex:I122411786"),
        ("https://openalex.org/I122411786", "openalex:I122411786"),
        ("Caltech", None),
        ("012345678", None),
        ("openalex:A1", None),
        ("https://openalex.org/A5034688833", None),
        ("https://ror.org/", None),
        ("https://evil.example/05dxps055", None),
    ],
)
def test_an_institution_is_read_however_it_is_pasted(text: str, read: str | None) -> None:
    found = parse_institution_id(text)

    assert (str(found) if found else None) == read
    assert found is None or parse_institution_id(found.url) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("05dxps054", "the last two digits of this ROR id should be 55: is it mistyped?"),
        ("https://ror.org/05dxps05", "nine characters"),
        ("ror:ada", "nine characters"),
        ("https://openalex.org/institutions/X1", "an I and digits"),
    ],
)
def test_a_malformed_institution_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_institution_id(text)

    assert why in caught.value.why


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2310.01234v3", "arxiv:2310.01234"),
        ("math.GT/0309136", "arxiv:math/0309136"),
        ("https://arxiv.org/pdf/2310.01234", "arxiv:2310.01234"),
        ("https://huggingface.co/papers/2310.01234", "arxiv:2310.01234"),
        ("hf.co/papers/2310.01234", "arxiv:2310.01234"),
        ("hf:2310.01234", "arxiv:2310.01234"),
        ("10.1000/X", "doi:10.1000/x"),
        ("https://doi.org/10.48550/arXiv.2310.01234", "arxiv:2310.01234"),
        ("(10.1016/s0140-6736(05))", "doi:10.1016/s0140-6736(05)"),
        ("https://www.biorxiv.org/content/10.1101/2026.01.01.123456v1.full", "doi:10.1101/2026.01.01.123456"),
        ("https://openreview.net/forum?id=AbCdEf1234&noteId=x", "openreview:AbCdEf1234"),
        ("openreview:AbCdEf1234", "openreview:AbCdEf1234"),
        ("s2:0123456789ABCDEF0123456789abcdef01234567", "s2:0123456789abcdef0123456789abcdef01234567"),
        (
            "https://www.semanticscholar.org/paper/A-Title/0123456789abcdef0123456789abcdef01234567",
            "s2:0123456789abcdef0123456789abcdef01234567",
        ),
        ("pmid:34012082", "pmid:34012082"),
        ("https://pubmed.ncbi.nlm.nih.gov/34012082/", "pmid:34012082"),
        ("W1234567890", "openalex:W1234567890"),
        ("https://dblp.org/rec/conf/nips/X21.html", "dblp:conf/nips/X21"),
        ("dblp:conf/nips/X21", "dblp:conf/nips/X21"),
        ("dblp:64/4311", None),
        ("hf:julien-c", None),
        ("Attention Is All You Need", None),
        ("https://example.org/x", None),
        ("", None),
    ],
)
def test_a_paper_is_read_however_it_is_pasted(text: str, read: str | None) -> None:
    found = parse_paper_id(text)

    assert (str(found) if found else None) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2313.01234", "there is no month 13"),
        ("2310.0123", "five since: is it mistyped?"),
        ("https://arxiv.org/abs/2310.1", "like 2310.01234 or hep-th/9901001"),
        ("arxiv:23", "like 2310.01234"),
        ("https://doi.org/ada", "a DOI is 10."),
        ("doi:ada", "a DOI is 10."),
    ],
)
def test_a_malformed_paper_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_paper_id(text)

    assert why in caught.value.why


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("author 3 of 2310.01234", "author 3 of arxiv:2310.01234"),
        ("Author 3 of arXiv:2310.01234v2", "author 3 of arxiv:2310.01234"),
        ("author no. 3 of 2310.01234", "author 3 of arxiv:2310.01234"),
        ("2310.01234#3", "author 3 of arxiv:2310.01234"),
        ("2310.01234, author 3", "author 3 of arxiv:2310.01234"),
        ("https://arxiv.org/abs/2310.01234#3", "author 3 of arxiv:2310.01234"),
        ("author 2 of https://doi.org/10.1000/x", "author 2 of doi:10.1000/x"),
        ("first author of 2310.01234", "author 1 of arxiv:2310.01234"),
        ("the last author of https://openreview.net/forum?id=AbCdEf1234", "last author of openreview:AbCdEf1234"),
        ("senior author of 10.1000/x", "last author of doi:10.1000/x"),
        ("3rd author of 10.1000/x", "author 3 of doi:10.1000/x"),
        ("2310.01234#last", "last author of arxiv:2310.01234"),
        ("2310.01234", None),
        ("Ada Author", None),
        ("author 5", None),
        ("Ada Lovelace#3", None),
    ],
)
def test_an_author_of_a_paper_is_read_however_it_is_said(text: str, read: str | None) -> None:
    found = parse_author_reference(text)

    assert (str(found) if found else None) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("author 0 of 2310.01234", "authors are counted from 1"),
        ("author 2 of my paper", "this is no id of a paper"),
        ("2313.01234#1", "there is no month 13"),
    ],
)
def test_a_malformed_reference_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_author_reference(text)

    assert why in caught.value.why


def test_the_author_is_found_on_the_paper() -> None:
    written = paper(authors=["Ada Lovelace", "Grace Hopper"])

    assert AuthorReference(written.ids[0], 1).find_in(written) == (1, written.authors[0])
    assert AuthorReference(written.ids[0], LAST).find_in(written) == (2, written.authors[1])


@pytest.mark.parametrize(
    ("authors", "position", "why"),
    [
        (["Ada"], 2, "has 1 author."),
        (["Ada", "Bob"], 3, "has 2 authors."),
        ([], LAST, "no authors that we know of"),
    ],
)
def test_an_author_the_paper_does_not_have_is_refused(authors: list[str], position: int, why: str) -> None:
    written = paper(authors=authors)

    with pytest.raises(InvalidReference) as caught:
        AuthorReference(written.ids[0], position).find_in(written)

    assert why in caught.value.why


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_institution_id, parse_paper_id, parse_author_reference):
        try:
            parse(text)
        except InvalidReference as error:
            assert error.why.endswith((".", "?"))  # noqa: PT017 -- most texts raise nothing
