"""ORCID: the check digit, one work in several versions, and what a record does not tell."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from digest.errors import ConfigurationError, SourceChanged
from digest.identifiers.orcid_ids import check_digit, read_orcid
from digest.model import ExternalId, IdScheme, Paper
from digest.settings import SourceSettings
from digest.sources.orcid import is_orcid, make_sources
from digest.sources.orcid_works import find_owner, parse_page, parse_record
from tests.apis import crossref_list, crossref_work, dump, orcid_group, orcid_id, orcid_summary, orcid_works


def only(*summaries: object) -> Paper:
    (paper,) = parse_record(orcid_works(orcid_group(*summaries))).papers
    return paper


@pytest.mark.parametrize(
    "text",
    [
        "0000-0002-1694-233X",
        "0000-0002-1694-233x",
        " https://orcid.org/0000-0002-1694-233X/",
        "http://www.orcid.org/0000-0002-1694-233X",
        "https://pub.orcid.org/v3.0/0000-0002-1694-233X",
        "orcid:0000-0002-1694-233X",
        "000000021694233X",
    ],
)
def test_an_orcid_is_read_in_any_spelling(text: str) -> None:
    assert read_orcid(text) == "0000-0002-1694-233X"


@pytest.mark.parametrize(
    "text", ["", "0000-0002-1694-2330", "0000-0002-1694-233", "https://evil.example/0000-0002-1694-233X", "٠" * 16]
)
def test_a_mistyped_orcid_is_none(text: str) -> None:
    assert read_orcid(text) is None


@settings(max_examples=100)
@given(st.from_regex(r"[0-9]{15}", fullmatch=True), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits: str, at: int, by: int) -> None:
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]

    assert read_orcid(digits + check_digit(digits)) is not None
    assert read_orcid(wrong + check_digit(digits)) is None


def test_a_work_gives_every_field_it_carries() -> None:
    ids = (orcid_id("doi", "https://doi.org/10.5555/ABC"), orcid_id("pmid", "34012082"), orcid_id("eid", "2-s2.0-1"))

    assert only(orcid_summary(1, *ids)) == Paper(
        ids=(ExternalId(IdScheme.DOI, "10.5555/abc"), ExternalId(IdScheme.PMID, "34012082")),
        title="Tidal Memory in Networks, part 1",
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        abstract_url="https://doi.org/10.5555/abc",
        journal_ref="Journal of Tides (2026)",
    )


def test_the_versions_of_a_group_are_one_work_told_as_the_person_prefers() -> None:
    arxiv = orcid_summary(1, orcid_id("arxiv", "arXiv:2611.00001"), type="preprint", display_index="0")
    journal = orcid_summary(2, orcid_id("doi", "10.5555/a"), display_index="10")

    paper = only(arxiv, journal)

    assert [str(known) for known in paper.ids] == ["doi:10.5555/a", "arxiv:2611.00001"]
    assert (paper.title, paper.journal_ref) == ("Tidal Memory in Networks, part 2", "Journal of Tides (2026)")
    assert paper.abstract_url == "https://arxiv.org/abs/2611.00001"


def test_a_preprint_has_no_journal() -> None:
    assert only(orcid_summary(1, type="preprint")).journal_ref is None


@pytest.mark.parametrize("relationship", ["part-of", "version-of", "funded-by", ""])
def test_only_ids_of_the_work_itself_count(relationship: str) -> None:
    summary = orcid_summary(7, orcid_id("doi", "10.5555/a"), orcid_id("doi", "10.5555/book", relationship))

    assert [str(known) for known in only(summary).ids] == ["doi:10.5555/a"]


def test_a_work_without_an_id_is_known_by_its_oldest_version() -> None:
    odd = orcid_id("isbn", "9783161484100")

    paper = only(orcid_summary(9, odd, display_index="1"), orcid_summary(7, odd))

    assert [known.value for known in paper.ids] == ["https://pub.orcid.org/v3.0/0000-0002-1825-0097/work/7"]
    assert paper.abstract_url == "https://tides.example/"


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("arxiv", "https://arxiv.org/abs/2611.00001v3", "arxiv:2611.00001"),
        ("DOI", "doi:10.48550/arXiv.2611.00001", "arxiv:2611.00001"),
        ("uri", "https://arxiv.org/abs/2611.00001", "arxiv:2611.00001"),
        ("pmid", "PMID: 34012082", "pmid:34012082"),
    ],
)
def test_ids_are_read_in_any_spelling(kind: str, value: str, found: str) -> None:
    assert [str(known) for known in only(orcid_summary(1, orcid_id(kind, value))).ids] == [found]


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"publication_date": None}, "2026-11-18"),
        ({"publication_date": {"year": {"value": "1997"}}}, None),
        ({"publication_date": {"year": {"value": "2020"}, "month": {"value": "2"}, "day": {"value": 9}}}, "2020-02-09"),
        ({"publication_date": {"year": None}, "created_date": None}, None),
        ({"publication_date": 5, "created_date": {"value": 10**30}}, None),
    ],
)
def test_a_date_may_be_missing(changes: dict[str, Any], day: str | None) -> None:
    submitted_at = only(orcid_summary(1, **changes)).submitted_at

    assert (submitted_at.date().isoformat() if submitted_at else None) == day


def test_what_is_no_paper_is_left_out_and_counted() -> None:
    parsed = parse_record(orcid_works(orcid_group(orcid_summary(1)), orcid_group(orcid_summary(2, type="data-set"))))

    assert (len(parsed.papers), len(parsed.warnings), parsed.skipped) == (1, 1, 0)


@pytest.mark.parametrize("group", [None, {}, {"work-summary": []}, {"work-summary": [None, 3, {"title": {}}]}])
def test_a_group_that_cannot_be_read_is_skipped_and_counted(group: object) -> None:
    parsed = parse_record(orcid_works(orcid_group(orcid_summary(1)), group))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)


def test_an_empty_record_is_empty() -> None:
    assert parse_record(orcid_works()).papers == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"result": None, "num-found": 0}, "The answer is a search for people, and tells of no works"),
        ({"name": {"path": "0000-0002-1825-0097"}}, "The answer is a person's record, and tells of no works"),
    ],
)
def test_other_answers_are_understood_though_they_hold_no_works(value: object, said: str) -> None:
    assert parse_record(dump(value)).warnings == (said,)
    with pytest.raises(SourceChanged):
        parse_page(dump(value))


def test_an_error_is_told_in_orcid_s_words() -> None:
    body = dump({"response-code": 404, "user-message": "The resource was not found.", "error-code": 9016})

    with pytest.raises(SourceChanged, match=r"ORCID answered with an error: The resource was not found\."):
        parse_record(body)


def test_the_owner_of_the_works_is_known() -> None:
    assert find_owner(orcid_works()) == "0000-0002-1825-0097"
    assert find_owner(dump({"path": "/somewhere"})) is None


def test_people_are_configured_by_orcid() -> None:
    sources = make_sources(SourceSettings(orcid=("0000-0002-1825-0097",), orcid_token=SecretStr("t")))

    assert [source.name for source in sources] == ["orcid:0000-0002-1825-0097"]
    with pytest.raises(ConfigurationError) as caught:
        make_sources(SourceSettings(orcid=("Ada", "0000-0002-1825-0098")))
    assert len(caught.value.faults) == 2


def test_files_are_known_by_their_beginning() -> None:
    assert is_orcid(orcid_works())
    assert is_orcid(dump({"num-found": 0, "result": None}))
    assert not is_orcid(crossref_list(crossref_work()))
