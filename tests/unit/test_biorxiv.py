"""bioRxiv and medRxiv: each field of a row, each odd answer, and JSON with anything missing."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError, SourceChanged
from digest.model import AnnouncementKind, Author, Cursor, ExternalId, IdScheme, Paper, Parsed
from digest.settings import SourceSettings
from digest.sources.biorxiv import days_to_read, is_biorxiv, make_sources, parse_capture
from digest.sources.biorxiv_records import parse_details, read_listing, turn_name

TODAY = date(2026, 11, 22)
DOI = "10.64898/2026.11.20.700001"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Cells do <i>things</i> &amp; more",
        "authors": "Lovelace, A.; Hopper, G. B.; The Cell Consortium",
        "author_corresponding": "Grace Hopper",
        "author_corresponding_institution": "Navy, USA",
        "doi": DOI,
        "date": "2026-11-20",
        "version": "1",
        "type": "new results",
        "license": "cc_by_nc",
        "category": "Cell Biology",
        "abstract": "Code: https://github.com/lab/cells",
        "published": "NA",
        "server": "bioRxiv",
    } | changes


def answer(*rows: object, **message: Any) -> bytes:
    stated = {"status": "ok", "category": "all", "cursor": 0, "count": len(rows), "total": str(len(rows))} | message
    return json.dumps({"messages": [stated], "collection": rows}).encode()


def only(body: bytes) -> tuple[Paper, list[tuple[AnnouncementKind, str]]]:
    parsed = parse_details(body)
    (paper,) = parsed.papers
    return paper, [(made.kind, made.detail) for made in parsed.announcements]


def test_a_row_gives_every_field_it_carries() -> None:
    posted_at = datetime(2026, 11, 20, tzinfo=UTC)

    assert only(answer(row()))[0] == Paper(
        ids=(ExternalId(IdScheme.DOI, DOI),),
        title="Cells do things & more",
        abstract="Code: https://github.com/lab/cells",
        authors=(Author("A. Lovelace"), Author("G. B. Hopper", ("Navy, USA",)), Author("The Cell Consortium")),
        categories=("cell biology",),
        version=1,
        submitted_at=posted_at,
        updated_at=posted_at,
        abstract_url=f"https://www.biorxiv.org/content/{DOI}v1",
        pdf_url=f"https://www.biorxiv.org/content/{DOI}v1.full.pdf",
        code_url="https://github.com/lab/cells",
        license_url="https://creativecommons.org/licenses/by-nc/4.0/",
    )


def test_a_first_version_is_new_and_a_later_one_a_replacement() -> None:
    (paper, first), (later, second) = only(answer(row())), only(answer(row(version=2)))

    assert (first, second) == ([(AnnouncementKind.NEW, "")], [(AnnouncementKind.REPLACEMENT, "v2")])
    assert (paper.version, later.version, later.submitted_at) == (1, 2, None)


@pytest.mark.parametrize("changes", [{"type": "withdrawn"}, {"title": "WITHDRAWN: Cells do things"}])
def test_a_withdrawn_version_says_so(changes: dict[str, str]) -> None:
    paper, announced = only(answer(row(version="2", **changes)))

    assert (paper.is_withdrawn, announced) == (True, [(AnnouncementKind.WITHDRAWN, "")])


@pytest.mark.parametrize("title", ["Withdrawn mice are social", "On WITHDRAWN mice"])
def test_a_title_about_withdrawal_is_no_withdrawal(title: str) -> None:
    assert not only(answer(row(title=title)))[0].is_withdrawn


def test_a_published_preprint_has_a_second_doi_and_leaves_the_journal_open() -> None:
    paper, announced = only(answer(row(version="2", published="10.1016/J.Cell.2026.01.001")))

    assert [str(known) for known in paper.ids] == [f"doi:{DOI}", "doi:10.1016/j.cell.2026.01.001"]
    assert (AnnouncementKind.PUBLISHED, "10.1016/j.cell.2026.01.001") in announced
    assert paper.journal_ref is None


@pytest.mark.parametrize("published", ["NA", "na", "", None, 7, DOI, "in press"])
def test_a_preprint_that_no_journal_has_yet_is_not_published(published: object) -> None:
    paper, announced = only(answer(row(published=published)))

    assert (len(paper.ids), len(announced)) == (1, 1)


def test_both_prefixes_and_servers_have_their_own_pages() -> None:
    paper, _ = only(answer(row(doi="10.1101/2020.09.09.20191205", server="medRxiv", version="3")))

    assert paper.abstract_url == "https://www.medrxiv.org/content/10.1101/2020.09.09.20191205v3"


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ("Ghafari, T.", "T. Ghafari"),
        ("van der Berg, J. K.", "J. K. van der Berg"),
        ("King, M. L., Jr.", "M. L. King, Jr."),
        ("ENCODE Consortium", "ENCODE Consortium"),
        ("  Wüst ,  Å. ", "Å. Wüst"),
        (",", ""),
    ],
)
def test_a_listed_name_is_shown_given_name_first(listed: str, shown: str) -> None:
    assert turn_name(listed) == shown


def test_an_institution_is_given_to_nobody_where_two_may_be_meant() -> None:
    paper, _ = only(answer(row(authors="Li, W.; Li, W. X.", author_corresponding="Wei Li")))

    assert [author.affiliations for author in paper.authors] == [(), ()]


@pytest.mark.parametrize("status", ["no posts found", "No articles found for 2026-11-22", "no papers found"])
def test_no_posts_are_an_empty_day_and_no_error(status: str) -> None:
    parsed = parse_details(json.dumps({"messages": [{"status": status}], "collection": []}).encode())

    assert (parsed.papers, parsed.warnings, parsed.announced_count) == ((), (), None)


def test_versions_are_rows_and_one_paper() -> None:
    parsed = parse_details(answer(row(version="2", title="Cells, revised"), row()))

    (paper,) = parsed.papers
    assert (paper.version, paper.title) == (2, "Cells, revised")
    assert {made.kind for made in parsed.announcements} == {AnnouncementKind.NEW, AnnouncementKind.REPLACEMENT}
    assert (parsed.announced_count, parsed.warnings) == (1, ())


@pytest.mark.parametrize("total", ["5", 5])
def test_rows_that_are_due_and_did_not_come_show_in_the_count(total: object) -> None:
    parsed = parse_details(answer(row(), total=total))

    assert (parsed.announced_count, parsed.warnings) == (5, ("1 versions came where 5 are due",))


def test_rows_of_other_subjects_are_left_out_if_the_server_did_not_filter() -> None:
    rows = (row(), row(doi="10.1101/2026.1", category="Zoology"))

    unfiltered, filtered = (
        read_listing(answer(*rows, category=stated), "biorxiv:cell_biology") for stated in ("all", "cell biology")
    )

    assert (len(unfiltered.postings), unfiltered.left_out, unfiltered.entries) == (1, 1, 2)
    assert (len(filtered.postings), filtered.left_out) == (2, 0)


def test_the_bytes_name_their_source() -> None:
    stated = row(server="medRxiv")

    assert parse_details(answer(stated, category="infectious diseases")).source == "medrxiv:infectious_diseases"
    assert parse_details(answer(row())).source == "biorxiv:all"


@pytest.mark.parametrize("bad", [None, {}, row(doi="NA"), row(title=None), row(doi="arXiv:2401.00001")])
def test_a_bad_row_costs_only_itself(bad: object) -> None:
    parsed = parse_details(answer(row(), bad))

    assert (len(parsed.papers), parsed.skipped, parsed.announced_count) == (1, 1, 1)
    assert parsed.warnings == ("1 of 2 entries have no DOI or no title and were skipped",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"Error : (2002) Connection refused", "not the JSON"),
        (b"{}", "without any list"),
        (b'{"messages": [], "collection": []}', "without any list"),
        (b'{"messages": [{"status": "ok"}]}', "with “ok”"),
        (b'{"messages": [{"status": "error: invalid\\ndate"}], "collection": []}', "with “error: invalid date”"),
        (answer(None, {}), "None of the 2 entries"),
    ],
)
def test_an_answer_without_preprints_is_refused_in_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said) as caught:
        parse_details(body)

    assert caught.value.source.startswith("biorxiv")


def test_a_row_without_a_day_is_kept_and_not_announced() -> None:
    assert only(answer(row(date="soon")))[1] == []


@pytest.mark.parametrize(
    ("position", "batch_on", "first", "count"),
    [
        ("", None, "2026-11-19", 4),
        ("2026-11-22", None, "2026-11-21", 2),
        ("2026-11-15", date(2026, 11, 22), "2026-11-15", 8),
        ("2026-01-01", None, "2026-10-23", 31),
        ("garbage", date(2026, 11, 20), "2026-11-20", 3),
        ("2027-01-01", None, "2026-11-21", 2),
    ],
)
def test_yesterday_is_read_again_and_an_outage_is_caught_up(
    position: str, batch_on: date | None, first: str, count: int
) -> None:
    days = days_to_read(Cursor(position=position, batch_on=batch_on), TODAY)

    assert (days[0].isoformat(), len(days), days[-1]) == (first, count, TODAY)


def test_the_settings_name_subjects_however_they_are_spelt() -> None:
    made = make_sources(SourceSettings(biorxiv=("Cell Biology", "cell_biology", "all"), medrxiv=("HIV/AIDS",)))

    assert [source.name for source in made] == ["biorxiv:cell_biology", "biorxiv:all", "medrxiv:hiv_aids"]


def test_subjects_that_do_not_exist_are_named_with_the_nearest_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_sources(SourceSettings(biorxiv=("neurosience", "x y"), medrxiv=("zoology",)))

    assert caught.value.faults == (
        "sources.biorxiv: “neurosience” is not a subject of bioRxiv; did you mean neuroscience?",
        "sources.biorxiv: “x y” is not a subject of bioRxiv; write all, or one such as animal_behavior_and_cognition",
        "sources.medrxiv: “zoology” is not a subject of medRxiv; did you mean oncology?",
    )


def test_files_are_known_by_their_beginning() -> None:
    assert is_biorxiv(answer(row()))
    assert is_biorxiv(b'\n{"messages":[{"status":"no posts found"}]}')
    assert not is_biorxiv(b'{"status":"ok","message":{"items":[]}}')
    assert not is_biorxiv(b"<rss><channel><title>Nature</title>")
    assert not is_biorxiv(b'[{"paper": {}}]')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=2000)
@given(st.dictionaries(st.sampled_from(sorted(row())), JSON), st.sampled_from(["total", "category"]), JSON)
def test_any_field_may_be_anything(changes: dict[str, Any], key: str, value: object) -> None:
    parsed = parse_details(answer(row(doi="10.1101/2026.9"), row(**changes), **{key: value}))

    assert parsed.papers[0].ids[0].value == "10.1101/2026.9"


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parsed = parse_capture(body)
    except SourceChanged:
        return

    assert isinstance(parsed, Parsed)
