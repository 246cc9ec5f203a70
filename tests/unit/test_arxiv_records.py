"""Papers in arXiv's OAI-PMH: each format, each field, each fault."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper
from digest.sources.arxiv.records import ArxivRecord, Version, parse_oai, parse_raw_authors, read_records
from digest.sources.arxiv.source import is_oai, parse_capture
from digest.sources.formats.oai import read_oai
from tests.feeds import oai_page, oai_record

EXTRA = (
    "<comments>7 pages; code: github.com/a/b</comments><journal-ref>J. Ex. 3</journal-ref>"
    "<doi>10.5555/AB.1</doi><license>http://creativecommons.org/licenses/by/4.0/</license>"
)

PLAIN = """<record><header><identifier>oai:arXiv.org:2611.00002</identifier><datestamp>2026-11-20</datestamp></header>
<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2611.00002</id><created>2026-11-18</created>
<updated>2026-11-19</updated><authors><author><keyname>Lovelace</keyname><forenames>Ada</forenames>
<affiliation>London</affiliation></author><author><keyname>Smith</keyname><forenames>J.</forenames>
<suffix>Jr.</suffix></author><author><keyname>Teresa Montaruli for the IceCube Collaboration</keyname></author>
<author><keyname>:</keyname></author></authors><title>On Ice</title><categories>astro-ph.HE hep-ex</categories>
<acm-class>68T05</acm-class><abstract>  Ice is cold.</abstract></arXiv></metadata></record>"""

CORE = """<record><header><identifier>oai:arXiv.org:2611.00003</identifier><datestamp>2026-11-20</datestamp></header>
<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>On Tides</dc:title><dc:creator>Lovelace, Ada</dc:creator>
<dc:creator>Aristotle</dc:creator><dc:subject>Computer Science - Computation and Language</dc:subject>
<dc:description>Tides rise.</dc:description><dc:description>Comment: 3 pages</dc:description>
<dc:date>2026-11-18</dc:date><dc:date>2026-11-19</dc:date>
<dc:identifier>http://arxiv.org/abs/2611.00003</dc:identifier>
<dc:identifier>J. Tides 1</dc:identifier><dc:identifier>doi:10.5555/t.1</dc:identifier>
</oai_dc:dc></metadata></record>"""


def only(text: str) -> ArxivRecord:
    (record,), skipped = read_records(read_oai(oai_page(text), "x"))
    assert skipped == 0
    return record


def test_a_raw_record_gives_every_field_it_carries() -> None:
    dates = ("Wed, 18 Nov 2026 15:00:00 GMT", "Thu, 19 Nov 2026 15:30:00 GMT")
    record = only(oai_record("2611.00001", *dates, extra=EXTRA))

    first, second = datetime(2026, 11, 18, 15, tzinfo=UTC), datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
    assert (record.versions, record.touched_on) == ((Version(1, first), Version(2, second)), date(2026, 11, 20))
    assert record.paper == Paper(
        ids=(ExternalId(IdScheme.ARXIV, "2611.00001"), ExternalId(IdScheme.DOI, "10.5555/ab.1")),
        title="Sparse Experts Learn Fast",
        abstract="We study mixtures of experts.",
        authors=(Author("Ada Lovelace"), Author("Furu Wei")),
        categories=("cs.CL", "cs.LG"),
        version=2,
        submitted_at=first,
        updated_at=second,
        abstract_url="https://arxiv.org/abs/2611.00001",
        pdf_url="https://arxiv.org/pdf/2611.00001",
        code_url="https://github.com/a/b",
        journal_ref="J. Ex. 3",
        comment="7 pages; code: github.com/a/b",
        license_url="http://creativecommons.org/licenses/by/4.0/",
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I. Csiszar, F. Hiai and D. Petz", ["I. Csiszar", "F. Hiai", "D. Petz"]),
        ("A. Noether, and B. Jones", ["A. Noether", "B. Jones"]),
        ("A. Noether & B. Jones (Arts and Crafts)", ["A. Noether", "B. Jones"]),
        ("Anderson Brandt, Sand Andy", ["Anderson Brandt", "Sand Andy"]),
        ("BICEP2 and Keck Array Collaborations", ["BICEP2 and Keck Array Collaborations"]),
    ],
)
def test_authors_as_typed_are_told_apart(text: str, names: list[str]) -> None:
    assert [author.name for author in parse_raw_authors(text)] == names


def test_a_plain_record_has_its_authors_one_by_one() -> None:
    paper = only(PLAIN).paper

    assert paper.authors == (
        Author("Ada Lovelace", ("London",)),
        Author("J. Smith Jr."),
        Author("Teresa Montaruli"),
        Author("IceCube Collaboration"),
    )
    assert (paper.categories, paper.version, paper.abstract) == (("astro-ph.HE", "hep-ex"), None, "Ice is cold.")
    assert (paper.submitted_at, paper.updated_at) == (
        datetime(2026, 11, 18, tzinfo=UTC),
        datetime(2026, 11, 19, tzinfo=UTC),
    )


def test_dublin_core_is_read_too() -> None:
    paper = only(CORE).paper

    assert [str(known) for known in paper.ids] == ["arxiv:2611.00003", "doi:10.5555/t.1"]
    assert paper.authors == (Author("Ada Lovelace"), Author("Aristotle"))
    assert (paper.abstract, paper.comment, paper.journal_ref) == ("Tides rise.", "Comment: 3 pages", "J. Tides 1")
    assert (paper.categories, paper.abstract_url) == ((), "https://arxiv.org/abs/2611.00003")


def test_dublin_core_of_another_archive_keeps_its_address() -> None:
    text = CORE.replace("arXiv.org:2611.00003", "example.org:7").replace("arxiv.org/abs/2611.00003", "example.org/7")

    (paper,) = parse_oai(oai_page(text.replace("doi:10.5555/t.1", "isbn"))).papers

    assert [str(known) for known in paper.ids] == ["url:http://example.org/7"]
    assert (paper.pdf_url, paper.journal_ref) == (None, None)


def test_a_withdrawn_version_is_known_by_its_flag() -> None:
    text = oai_record("2611.00001", "Wed, 18 Nov 2026 15:00:00 GMT", "Thu, 19 Nov 2026 15:00:00 GMT")
    at = text.rindex("<source_type>D")

    assert only(f"{text[:at]}{text[at:].replace('>D<', '>I<', 1)}").paper.is_withdrawn
    assert not only(text.replace(">D<", ">I<", 1)).paper.is_withdrawn  # only an earlier version was


def test_deleted_records_are_no_papers_and_no_fault() -> None:
    deleted = '<record><header status="deleted"><identifier>x</identifier></header></record>'

    parsed = parse_oai(oai_page(oai_record(), deleted))

    assert (len(parsed.papers), parsed.skipped, parsed.warnings) == (1, 0, ())


@pytest.mark.parametrize(
    "broken",
    [
        "<record/>",
        "<record><header/><metadata/></record>",
        "<record><header/><metadata><other/></metadata></record>",
        oai_record(title=" "),
        oai_record("no id"),
    ],
)
def test_a_record_without_id_or_title_is_skipped_and_counted(broken: str) -> None:
    parsed = parse_oai(oai_page(oai_record("2611.00009"), broken))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)
    assert parsed.warnings == ("1 of 2 records have no id or no title and were skipped",)


def test_versions_that_make_no_sense_are_passed_over() -> None:
    text = oai_record("2611.00001", "yesterday", "Thu, 19 Nov 2026 15:00:00 GMT").replace('"v2"', '"v٢"')

    record = only(text)

    assert (record.versions, record.paper.version, record.paper.submitted_at) == ((), None, None)


def test_a_page_that_breaks_off_keeps_its_whole_records() -> None:
    body = oai_page(oai_record("2611.00001"), oai_record("2611.00002"), oai_record("2611.00003"))

    parsed = parse_oai(body[: body.rindex(b"<abstract>") + 20])

    assert [paper.ids[0].value for paper in parsed.papers] == ["2611.00001", "2611.00002"]
    assert parsed.is_truncated


@pytest.mark.parametrize("code", ["badArgument", "badResumptionToken", "idDoesNotExist", "undefined"])
def test_an_error_is_told_from_an_empty_answer(code: str) -> None:
    with pytest.raises(SourceChanged, match=code):
        parse_oai(oai_page(error=code))


def test_no_matching_records_is_an_empty_answer() -> None:
    assert parse_oai(oai_page(error="noRecordsMatch")).papers == ()


def test_an_answer_to_another_question_has_no_papers() -> None:
    parsed = parse_oai(oai_page(verb="Identify"))

    assert parsed.warnings == ("This is an answer to Identify, which holds no papers",)


@pytest.mark.parametrize(
    "body",
    [
        b"broken xml",
        b"<rss/>",
        b"<OAI-PMH",
        b'<!DOCTYPE OAI-PMH [<!ENTITY a "b">]><OAI-PMH><ListRecords>&a;</ListRecords></OAI-PMH>',
        b"<OAI-PMH>" + b"<a>" * 200 + b"</a>" * 200 + b"</OAI-PMH>",
    ],
)
def test_what_is_no_oai_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        parse_oai(body)


def test_a_capture_is_known_by_its_beginning() -> None:
    body = oai_page(oai_record())

    assert is_oai(body)
    assert not is_oai(b"<rss>arxiv.org</rss>")
    assert [paper.ids[0].value for paper in parse_capture(body).papers] == ["2611.00001"]


@given(st.binary(max_size=300), st.integers(0, 2_000))
def test_no_bytes_at_all_bring_it_down(junk: bytes, at: int) -> None:
    body = oai_page(oai_record(extra=EXTRA), PLAIN, CORE)
    for damaged in (junk, body[:at] + junk + body[at:], body[:at] + junk):
        try:
            parse_oai(damaged)
        except SourceChanged:
            continue


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_no_text_at_all_brings_it_down(title: str, authors: str, categories: str) -> None:
    try:
        parsed = parse_oai(oai_page(oai_record(title=title, authors=authors, categories=categories.replace("<", ""))))
    except SourceChanged:
        return
    assert all(paper.title == " ".join(paper.title.split()) for paper in parsed.papers)
