"""Ids of people in whatever spelling a reader pastes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidReference
from digest.identifiers.orcid_ids import check_digit
from digest.model import PersonId, PersonScheme
from digest.researchers.ids import parse_person_id, read_person_id, url_of

ORCID = "orcid:0000-0002-1825-0097"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0000-0002-1825-0097", ORCID),
        ("0000000218250097", ORCID),
        ("0000 0002 1825 0097", ORCID),
        ("0000–0002–1825–0097", ORCID),
        ("  <https://orcid.org/0000-0002-1825-0097>. ", ORCID),
        ("orcid.org/0000-0002-1825-0097", ORCID),
        ("ORCID: 0000-0002-1825-0097", ORCID),
        ("https://orcid.org/0000-0002-1694-233x", "orcid:0000-0002-1694-233X"),
        ("https://pub.orcid.org/v3.0/0000-0002-1825-0097/record", ORCID),
        ("https://api.openalex.org/authors/orcid:0000-0002-1825-0097", ORCID),
        ("https://arxiv.org/a/0000-0002-1825-0097.atom", ORCID),
        ("A5034688833", "openalex:A5034688833"),
        ("a5034688833", "openalex:A5034688833"),
        ("openalex:A5", "openalex:A5"),
        ("https://openalex.org/authors/a5034688833", "openalex:A5034688833"),
        ("https://openalex.org/A5034688833?view=list", "openalex:A5034688833"),
        ("https://api.openalex.org/people/A5034688833", "openalex:A5034688833"),
        ("s2:1741101", "s2:1741101"),
        ("Semantic Scholar: 1741101", "s2:1741101"),
        ("https://www.semanticscholar.org/author/Oren-Etzioni/1741101?sort=year", "s2:1741101"),
        ("semanticscholar.org/author/1741101", "s2:1741101"),
        ("https://api.semanticscholar.org/graph/v1/author/1741101", "s2:1741101"),
        ("64/4311", "dblp:64/4311"),
        ("dblp:h/SeppHochreiter", "dblp:h/SeppHochreiter"),
        ("56/953-1", "dblp:56/953-1"),
        ("https://dblp.org/pid/64/4311.html", "dblp:64/4311"),
        ("https://dblp.uni-trier.de/pid/64/4311", "dblp:64/4311"),
        ("warner_s_1", "arxiv:warner_s_1"),
        ("https://arxiv.org/a/del_maestro_a_1.atom2", "arxiv:del_maestro_a_1"),
        ("arxiv:warner_s_1", "arxiv:warner_s_1"),
        ("~Furu_Wei1", "openreview:~Furu_Wei1"),
        ("https://openreview.net/profile?id=%7EFuru_Wei1&x=1", "openreview:~Furu_Wei1"),
        ("openreview:~Jürgen_Schmidhuber1", "openreview:~Jürgen_Schmidhuber1"),
        ("@Julien-C", "hf:julien-c"),
        ("hf:julien-c", "hf:julien-c"),
        ("https://huggingface.co/Julien-C/", "hf:julien-c"),
        ("https://hf.co/julien-c", "hf:julien-c"),
    ],
)
def test_an_id_is_read_however_it_is_pasted(text: str, read: str) -> None:
    assert str(parse_person_id(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Furu Wei",
        "Wei, F.",
        "魏福如",
        "1741101",
        "A1",
        "A. 5",
        "1234567812345678",
        "cs/0112017",
        "hep-th/9901001",
        "2310.01234",
        "arxiv:2310.01234",
        "hf:2310.01234",
        "openreview:AbCdEf1234",
        "s2:0123456789abcdef0123456789abcdef01234567",
        "openalex:I122411786",
        "https://openalex.org/W42",
        "https://openalex.org/institutions/I122411786",
        "https://orcid.org/signin",
        "https://dblp.org/rec/conf/nips/X21",
        "https://arxiv.org/abs/2310.01234",
        "https://huggingface.co/papers",
        "https://huggingface.co/julien-c/model",
        "https://openreview.net/forum?id=AbCdEf1234",
        "https://www.semanticscholar.org/paper/0123456789abcdef0123456789abcdef01234567",
        "https://evil.example/0000-0002-1825-0097",
        "https://evil.example/https://orcid.org/0000-0002-1825-0097",
        "https://[",
        "x" * 100_000,
        "mailto:ada@example.org",
    ],
)
def test_what_is_no_persons_id_may_be_a_name(text: str) -> None:
    assert parse_person_id(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0000-0002-1825-0098", "the last character of this ORCID iD should be 7: is it mistyped?"),
        ("https://orcid.org/0000-0002-1825-009", "four groups of four digits"),
        ("orcid:ada", "four groups of four digits"),
        ("https://openalex.org/A50x", "an A and digits"),
        ("openalex:5034688833", "an A and digits"),
        ("s2:ada", "the number at the end of the page's address"),
        ("https://www.semanticscholar.org/author/Oren-Etzioni", "the number at the end of the page's address"),
        ("https://dblp.org/pers/hd/w/Wei:Furu", "an old address of dblp"),
        ("https://dblp.uni-trier.de/~ley/db/indices/a-tree/w/Wei:Furu.html", "an old address of dblp"),
        ("https://dblp.org/pid/", "behind /pid/"),
        ("https://arxiv.org/a/ada", "like warner_s_1"),
        ("https://arxiv.org/a/0000-0002-1825-0098", "should be 7"),
        ("~Furu_Wei", "and a number, like ~First_Last1"),
        ("https://openreview.net/profile?email=ada@example.org", "addresses of people are not kept"),
        ("https://openreview.net/profile", "like ~First_Last1"),
        ("@Ada Lovelace", "letters, digits and hyphens"),
        ("https://scholar.google.com/citations?user=x", "Google Scholar tells programs nothing"),
    ],
)
def test_a_malformed_id_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_person_id(text)

    assert why in caught.value.why
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_an_id_a_name_or_refused(text: str) -> None:
    try:
        person = parse_person_id(text)
    except InvalidReference:
        return
    assert person is None or parse_person_id(str(person)) == person


@given(st.from_regex(r"000[0-9]{12}", fullmatch=True), st.integers(3, 14), st.integers(1, 9))
def test_one_wrong_digit_of_an_orcid_is_told_with_the_right_last_character(digits: str, at: int, by: int) -> None:
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]

    assert str(parse_person_id(digits + check_digit(digits))).startswith("orcid:")
    with pytest.raises(InvalidReference, match=f"should be {check_digit(wrong)}:"):
        parse_person_id(wrong + check_digit(digits))


@pytest.mark.parametrize(
    ("person", "url"),
    [
        ("0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("A5034688833", "https://openalex.org/A5034688833"),
        ("s2:1741101", "https://www.semanticscholar.org/author/1741101"),
        ("64/4311", "https://dblp.org/pid/64/4311"),
        ("~Furu_Wei1", "https://openreview.net/profile?id=~Furu_Wei1"),
        ("~Jürgen_Schmidhuber1", "https://openreview.net/profile?id=~J%C3%BCrgen_Schmidhuber1"),
        ("warner_s_1", "https://arxiv.org/a/warner_s_1"),
        ("@julien-c", "https://huggingface.co/julien-c"),
    ],
)
def test_the_page_of_a_person_leads_back_to_the_id(person: str, url: str) -> None:
    known = parse_person_id(person)

    assert known is not None
    assert url_of(known) == url
    assert parse_person_id(url) == known


def test_what_services_state_is_read_without_complaint() -> None:
    assert read_person_id(PersonScheme.S2, "1741101") == PersonId(PersonScheme.S2, "1741101")
    assert read_person_id(PersonScheme.ORCID, "http://orcid.org/0000-0002-1825-0097") is not None
    assert read_person_id(PersonScheme.ORCID, "0000-0002-1825-0098") is None
    assert read_person_id(PersonScheme.DBLP, "https://orcid.org/0000-0002-1825-0097") is None
    assert read_person_id(PersonScheme.OPENALEX, "https://openalex.org/W1") is None
    assert read_person_id(PersonScheme.OPENREVIEW, "ada@example.org") is None
    assert read_person_id(PersonScheme.DBLP, "") is None
