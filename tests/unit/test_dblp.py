"""dblp: a person's page, answers of the search, and what hides in both."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError, SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonId, PersonScheme
from digest.settings import SourceSettings
from digest.sources.dblp import is_dblp, make_sources
from digest.sources.dblp_records import parse_person, parse_records

ADA = PersonId(PersonScheme.DBLP, "64/4311")
ARTICLE = """<article key="journals/tods/LovelaceH26" mdate="2026-11-20">
<author pid="64/4311" orcid="0000-0002-1825-0097">Ada Lovelace 0002</author>
<author pid="1/2">Gr&uuml;n &amp; Co</author>
<title>Learning <i>k</i>-trees in O(<sub>n</sub>) &#38; more.</title>
<journal>ACM Trans. Database Syst.</journal><volume>51</volume><number>2</number><pages>1-30</pages>
<year>2026</year><ee type="oa">https://doi.org/10.1145/3700000.1</ee><ee>https://www.wikidata.org/entity/Q1</ee>
<url>db/journals/tods/tods51.html#LovelaceH26</url></article>"""
PREPRINT = """<article publtype="informal" key="journals/corr/abs-2611-01234" mdate="2026-12-01">
<author pid="64/4311">Ada Lovelace 0002</author><title>Trees, Again?</title><journal>CoRR</journal>
<volume>abs/2611.01234</volume><year>2026</year><ee>https://doi.org/10.48550/arXiv.2611.01234</ee></article>"""
TALK = """<inproceedings key="conf/iclr/Lovelace26"><author>Ada Lovelace 0002</author><title>Talk..</title>
<booktitle>ICLR</booktitle><year>2026</year><ee>https://openreview.net/forum?id=AbCdEf1234</ee></inproceedings>"""
OTHERS = """<r><www key="homepages/64/4311"><author>Ada Lovelace 0002</author><title>Home Page</title></www></r>
<r><proceedings key="conf/icml/2026"><editor>Ada Lovelace 0002</editor><title>ICML</title></proceedings></r>
<r><data key="data/1"><author>Ada Lovelace 0002</author><title>Data.</title></data></r>"""


def person(*records: str, around: str = "", pid: str = "64/4311", publtype: str = "") -> bytes:
    own = f'<person key="homepages/64/4311" {publtype}><author pid="{pid}">Ada Lovelace 0002</author></person>'
    listed = "".join(f"<r>{record}</r>" for record in records)
    return f'<?xml version="1.0"?><dblpperson name="A" pid="{pid}" n="1">{own}{around}{listed}</dblpperson>'.encode()


def only(record: str) -> Paper:
    (paper,) = parse_records(person(record)).papers
    return paper


def ids(paper: Paper) -> list[str]:
    return [str(known) for known in paper.ids]


def test_a_record_gives_every_field_it_carries() -> None:
    assert only(ARTICLE) == Paper(
        ids=(
            ExternalId(IdScheme.DBLP, "journals/tods/LovelaceH26"),
            ExternalId(IdScheme.DOI, "10.1145/3700000.1"),
        ),
        title="Learning k-trees in O(n) & more",
        authors=(
            Author("Ada Lovelace", orcid="0000-0002-1825-0097", ids=(ADA,)),
            Author("Grün & Co", ids=(PersonId(PersonScheme.DBLP, "1/2"),)),
        ),
        abstract_url="https://doi.org/10.1145/3700000.1",
        journal_ref="ACM Trans. Database Syst. 51(2), 1–30 (2026)",
    )


def test_a_preprint_is_known_by_its_arxiv_id_and_is_published_nowhere() -> None:
    paper = only(PREPRINT)

    assert ids(paper) == ["dblp:journals/corr/abs-2611-01234", "arxiv:2611.01234"]
    assert (paper.title, paper.journal_ref) == ("Trees, Again?", None)
    assert (paper.abstract_url, paper.pdf_url) == (
        "https://arxiv.org/abs/2611.01234",
        "https://arxiv.org/pdf/2611.01234",
    )


@pytest.mark.parametrize(
    ("key", "volume", "arxiv"),
    [
        ("journals/corr/abs-0704-0001", "", "arxiv:0704.0001"),
        ("journals/corr/abs-cs-0703041", "abs/cs/0703041", "arxiv:cs/0703041"),
        ("journals/corr/Lovelace14", "abs/1405.0001", "arxiv:1405.0001"),
    ],
)
def test_older_keys_of_corr_are_understood(key: str, volume: str, arxiv: str) -> None:
    record = PREPRINT.replace("journals/corr/abs-2611-01234", key).replace("abs/2611.01234", volume)

    assert ids(only(record.replace("https://doi.org/10.48550/arXiv.2611.01234", "")))[1:] == [arxiv]


def test_a_talk_at_openreview_keeps_that_id_and_its_dots() -> None:
    paper = only(TALK)

    assert ids(paper) == ["dblp:conf/iclr/Lovelace26", "openreview:AbCdEf1234"]
    assert (paper.title, paper.journal_ref) == ("Talk..", "ICLR (2026)")
    assert paper.abstract_url == "https://openreview.net/forum?id=AbCdEf1234"


def test_a_record_without_any_link_leads_to_dblp() -> None:
    assert (
        only(TALK.partition("<ee>")[0] + "</inproceedings>").abstract_url == "https://dblp.org/rec/conf/iclr/Lovelace26"
    )


def test_a_withdrawn_record_says_so_and_is_not_announced() -> None:
    parsed = parse_records(person(PREPRINT.replace('"informal"', '"informal withdrawn"')))

    assert (parsed.papers[0].is_withdrawn, parsed.announcements) == (True, ())


def test_home_pages_volumes_and_data_are_no_papers() -> None:
    parsed = parse_records(person(ARTICLE, around=OTHERS))

    assert (len(parsed.papers), parsed.skipped, parsed.warnings) == (1, 0, ())
    assert parsed.source == "dblp:64/4311"


def test_the_date_is_the_year_or_the_month_of_the_arxiv_id_and_never_when_the_record_was_edited() -> None:
    _, page, _ = parse_person(person(ARTICLE, PREPRINT))

    spans = [(work.out.first, work.out.last) for work in page.works if work.out]
    assert spans == [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 11, 1), date(2026, 11, 30)),
    ]


def test_namesakes_under_one_id_are_refused() -> None:
    with pytest.raises(SourceChanged, match="several people of one name"):
        parse_records(person(ARTICLE, publtype='publtype="disambiguation"'))


def test_namesakes_on_the_page_of_one_person_are_not_taken_for_that_person() -> None:
    around = '<homonyms><h><person key="homepages/a" publtype="disambiguation"/></h></homonyms>'

    assert len(parse_records(person(ARTICLE, around=around)).papers) == 1


def test_a_page_that_breaks_off_keeps_its_whole_records() -> None:
    parsed = parse_records(person(ARTICLE, PREPRINT)[:-60])

    assert (len(parsed.papers), parsed.is_truncated) == (1, True)
    assert "breaks off after 1 entries" in parsed.warnings[0]


def test_a_bad_record_costs_only_itself() -> None:
    parsed = parse_records(person(ARTICLE, TALK.replace("Talk..", ""), TALK))

    assert (len(parsed.papers), parsed.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not the JSON"),
        (b"<html></html>", "is a web page"),
        (b"<rss/>", "page of dblp"),
        (b'<!DOCTYPE dblp [<!ENTITY a "b">]><dblpperson/>', "its own document type"),
        (b"{}", "no answer of dblp's search"),
        (b'{"result": {"hits": {"hit": [{}, {"info": {"key": "a/b"}}]}}}', "None of the 2 entries"),
        (person("<article key='a/b'><author>A</author></article>"), "None of the 1 publications"),
    ],
)
def test_what_is_no_list_of_publications_is_refused_in_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        parse_records(body)


def hit(**changes: Any) -> dict[str, Any]:
    return {
        "info": {
            "authors": {"author": [{"@pid": "64/4311", "text": "Ada Lovelace 0002"}, "Erd&ouml;s"]},
            "title": "A &amp; B: proofs.",
            "venue": ["ICLR", "ICLR Workshops"],
            "pages": "1-9",
            "year": "2026",
            "type": "Conference and Workshop Papers",
            "key": "conf/iclr/LovelaceE26",
            "doi": "10.1145/3700000.2",
            "ee": "https://doi.org/10.1145/3700000.2",
        }
        | changes
    }


def search(*hits: object, **stated: Any) -> bytes:
    return json.dumps({"result": {"hits": {"@total": str(len(hits)), "hit": list(hits)} | stated}}).encode()


def test_a_hit_gives_every_field_it_carries() -> None:
    assert parse_records(search(hit())).papers == (
        Paper(
            ids=(ExternalId(IdScheme.DBLP, "conf/iclr/LovelaceE26"), ExternalId(IdScheme.DOI, "10.1145/3700000.2")),
            title="A & B: proofs",
            authors=(Author("Ada Lovelace", ids=(ADA,)), Author("Erdös")),
            abstract_url="https://doi.org/10.1145/3700000.2",
            journal_ref="ICLR, 1–9 (2026)",
        ),
    )


@pytest.mark.parametrize("author", ["Ada Lovelace", {"text": "Ada Lovelace"}, [{"text": "Ada Lovelace 0001"}]])
def test_one_author_comes_without_a_list(author: object) -> None:
    (paper,) = parse_records(search(hit(authors={"author": author}))).papers

    assert paper.authors == (Author("Ada Lovelace"),)


def test_a_search_that_found_nothing_is_empty() -> None:
    assert parse_records(b'{"result": {"hits": {"@total": "0"}}}').papers == ()


def test_the_settings_take_ids_and_addresses() -> None:
    named = ("64/4311", "https://dblp.org/pid/35/7092-1.html", "64/4311", "g/JimGray")

    assert [source.name for source in make_sources(SourceSettings(dblp=named))] == [
        "dblp:64/4311",
        "dblp:35/7092-1",
        "dblp:g/JimGray",
    ]


@pytest.mark.parametrize("wrong", ["", "Ada Lovelace", "../64", "64", "64/4311?x=1", "https://evil.example/pid/64/1"])
def test_what_is_no_id_of_a_person_is_named(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.dblp: “.*” is not the id of a person such as 64/4311"):
        make_sources(SourceSettings(dblp=(wrong,)))


def test_files_are_known_by_their_beginning() -> None:
    assert is_dblp(person(ARTICLE))
    assert is_dblp(search(hit(url="https://dblp.org/rec/conf/iclr/LovelaceE26")))
    assert not is_dblp(b'{"results": [], "meta": {}}')
    assert not is_dblp(b"<rss><channel>dblp</channel></rss>")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=2000)
@given(st.dictionaries(st.sampled_from(sorted(hit()["info"])), JSON))
def test_any_field_of_a_hit_may_be_anything(changes: dict[str, Any]) -> None:
    parsed = parse_records(search(hit(key="conf/x/Y26"), hit(**changes)))

    assert parsed.papers[0].ids[0].value == "conf/x/Y26"


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=30)


@settings(max_examples=150, deadline=2000)
@given(TEXT, TEXT, TEXT, TEXT)
def test_any_text_may_stand_in_a_record(title: str, year: str, link: str, volume: str) -> None:
    record = f"<article key='journals/corr/X'><author>A</author><title>{title}</title><year>{year}</year>"
    rest = f"<ee>{link}</ee><volume>{volume}</volume><journal>J</journal></article>"

    assert ids(parse_records(person(ARTICLE, record + rest)).papers[0])[0] == "dblp:journals/tods/LovelaceH26"


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parsed = parse_records(body)
    except SourceChanged:
        return

    assert isinstance(parsed, Parsed)
