"""Crossref: each field, which DOIs are one work, what is no paper, and what can be configured."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest.errors import ConfigurationError, SourceChanged
from digest.model import Author, Cursor, ExternalId, IdScheme, Paper
from digest.settings import SourceSettings
from digest.sources.crossref import find_start, is_crossref, make_sources
from digest.sources.crossref_works import parse_page, parse_works
from tests.apis import crossref_list, crossref_work, dump, openalex_list, openalex_work

FULL: dict[str, Any] = {
    "DOI": "10.1038/ABC",
    "title": ["Tides &amp; <i>Memory</i>", "Gezeiten"],
    "subtitle": ["A\n  study"],
    "abstract": "<jats:title>Abstract</jats:title>\n <jats:p>We <jats:italic>study</jats:italic> tides.</jats:p>",
    "author": [
        {"given": "Ada", "family": "Lovelace", "ORCID": "http://orcid.org/0000-0002-1825-0097", "suffix": "II"},
        {
            "given": "Grace",
            "family": "Hopper",
            "ORCID": "https://orcid.org/0000-0001-5109-3700",
            "authenticated-orcid": True,
            "affiliation": [
                {
                    "name": "Navy",
                    "id": [{"id": "https://ror.org/05dxps055", "id-type": "ROR", "asserted-by": "publisher"}],
                },
                {"id": [{"id": "https://ror.org/05dxps054", "id-type": "ROR"}, {"id": "grid.1.2"}, 7]},
                {"id": []},
            ],
        },
        {"name": "The Tide Collaboration"},
        {"sequence": "additional", "affiliation": []},
    ],
    "container-title": ["Journal of <i>Tides</i>"],
    "volume": "44",
    "issue": "2",
    "page": "294-311",
    "license": [
        {"URL": "https://tdm.example/", "content-version": "tdm"},
        {"URL": "https://creativecommons.org/licenses/by/4.0/", "content-version": "vor"},
    ],
}


def only(**changes: Any) -> Paper:
    work = crossref_work() | {key.replace("_", "-"): value for key, value in changes.items()}
    (paper,) = parse_works(crossref_list(work)).papers
    return paper


def ids_of(**changes: Any) -> list[str]:
    return [str(known) for known in only(**changes).ids]


def test_a_work_gives_every_field_it_carries() -> None:
    assert only(**FULL) == Paper(
        ids=(ExternalId(IdScheme.DOI, "10.1038/abc"),),
        title="Tides & Memory: A study",
        abstract="We study tides.",
        authors=(
            Author("Ada Lovelace II"),
            Author(
                "Grace Hopper",
                affiliations=("Navy",),
                orcid="0000-0001-5109-3700",
                institutions=("05dxps055",),
            ),
            Author("The Tide Collaboration"),
        ),
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        abstract_url="https://doi.org/10.1038/abc",
        journal_ref="Journal of Tides 44(2), 294–311 (2026)",
        license_url="https://creativecommons.org/licenses/by/4.0/",
    )


@pytest.mark.parametrize(
    ("issued", "created", "day"),
    [
        ([[2026, 11, 18]], [[2026, 11, 19]], date(2026, 11, 18)),
        ([[2027, 1]], [[2026, 11, 19]], date(2026, 11, 19)),
        ([[2026]], [[2026, 11, 19]], date(2026, 11, 19)),
        ([[1997]], [[2010, 5, 1]], None),
        ([[None]], [[2026, 11, 19]], date(2026, 11, 19)),
        ([[2026, 13]], [[2026, 11, 19]], date(2026, 11, 19)),
        ([], None, None),
        ("2026", [["2026", "11", "19"]], date(2026, 11, 19)),
        ([[2026, 2, 30]], {}, None),
    ],
)
def test_a_date_may_lack_its_parts(issued: object, created: object, day: date | None) -> None:
    submitted_at = only(issued={"date-parts": issued}, created={"date-parts": created}).submitted_at

    assert (submitted_at.date() if submitted_at else None) == day


def test_an_old_volume_registered_today_is_no_news() -> None:
    work = crossref_work(issued={"date-parts": [[1997, 3]]}, created={"date-parts": [[2026, 11, 19]]})

    assert [made.announced_on for made in parse_works(crossref_list(work)).announcements] == [date(1997, 3, 1)]


def related(kind: str, *dois: str, id_type: str = "doi") -> dict[str, Any]:
    return {kind: [{"id-type": id_type, "id": doi, "asserted-by": "subject"} for doi in dois]}


def test_a_preprint_and_its_article_are_one_work() -> None:
    assert ids_of(type="posted-content", relation=related("is-preprint-of", "10.5555/Z")) == [
        "doi:10.5555/c.1",
        "doi:10.5555/z",
    ]
    assert ids_of(relation=related("has-preprint", "10.48550/arXiv.2611.00001")) == [
        "doi:10.5555/c.1",
        "arxiv:2611.00001",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"relation": related("is-preprint-of", "10.5555/a", "10.5555/b")},
        {"relation": related("has-preprint", "10.5555/a", id_type="issn")},
        {"relation": related("has-review", "10.5555/a")},
        {"relation": related("is-version-of", "10.5555/a")},
        {"relation": related("has-preprint", "nonsense")},
        {"relation": {"has-preprint": {"id": "10.5555/a"}}},
        {"relation": []},
    ],
)
def test_a_relation_that_says_less_merges_nothing(changes: dict[str, Any]) -> None:
    assert ids_of(**changes) == ["doi:10.5555/c.1"]


def test_versions_of_a_preprint_are_one_work() -> None:
    assert len(ids_of(type="posted-content", relation=related("is-version-of", "10.5555/a"))) == 2


def test_a_preprint_has_no_journal() -> None:
    assert only(type="posted-content", container_title=["SSRN"]).journal_ref is None


def test_what_a_database_writes_for_nothing_is_not_repeated() -> None:
    assert only(container_title=["Tides"], volume="null", issue="18", page="7-7").journal_ref == "Tides 18, 7 (2026)"


@pytest.mark.parametrize("kind", ["retraction", "correction", "erratum", "expression_of_concern"])
def test_a_notice_about_another_paper_is_left_out_and_counted(kind: str) -> None:
    notice = crossref_work(2) | {"update-to": [{"DOI": "10.5555/other", "type": kind}]}

    parsed = parse_works(crossref_list(crossref_work(), notice))

    assert ([paper.ids[0].value for paper in parsed.papers], parsed.skipped) == (["10.5555/c.1"], 0)
    assert parsed.warnings == ("1 of 2 entries are no papers (reviews, data, notices) and were left out",)


@pytest.mark.parametrize(
    ("update", "is_withdrawn"),
    [
        ({"updated_by": [{"DOI": "10.5555/notice", "type": "retraction"}]}, True),
        ({"update_to": [{"DOI": "10.5555/C.1", "type": "withdrawal"}]}, True),
        ({"update_to": [{"DOI": "10.5555/c.1", "type": "correction"}]}, False),
        ({"update_to": [{"DOI": "10.5555/older", "type": "new_version"}]}, False),
    ],
)
def test_what_became_of_a_paper_is_read_from_its_own_entry(update: dict[str, Any], *, is_withdrawn: bool) -> None:
    assert only(**update).is_withdrawn is is_withdrawn


@pytest.mark.parametrize("kind", ["dataset", "peer-review", "component", "journal-issue", "grant"])
def test_what_has_a_doi_need_not_be_a_paper(kind: str) -> None:
    assert len(parse_works(crossref_list(crossref_work(), crossref_work(2, type=kind))).papers) == 1


@pytest.mark.parametrize("entry", [None, "x", {}, {"DOI": "10.5555/x", "title": []}, {"title": ["T"], "DOI": "x"}])
def test_an_entry_without_doi_or_title_is_skipped_and_counted(entry: object) -> None:
    parsed = parse_works(crossref_list(crossref_work(), entry))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)


def test_one_work_may_come_alone() -> None:
    assert len(parse_works(dump({"message": crossref_work()})).papers) == 1


def test_a_page_that_is_not_full_is_the_last() -> None:
    assert parse_page(crossref_list(crossref_work(1), crossref_work(2), rows=2, cursor="c")).next == "c"
    assert parse_page(crossref_list(crossref_work(1), rows=2)).next == ""
    assert parse_page(crossref_list(rows=2)).next == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": "failed", "message": [{"type": "x", "message": "Bad filter"}]}, "an error: Bad filter"),
        ({"message": {}}, "holds no list of works"),
        ({"message": {"items": None}}, "holds no list of works"),
        ({"message": {"items": [1, {}]}}, "None of the 2 entries"),
    ],
)
def test_what_holds_no_works_is_refused_in_one_sentence(body: object, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        parse_works(dump(body))


def test_reading_goes_on_two_days_before_the_last_whole_reading() -> None:
    assert find_start(Cursor()) is None
    assert find_start(Cursor(position="2026-11-20")) == date(2026, 11, 18)
    assert find_start(Cursor(position="nonsense")) is None


def test_people_are_configured_by_orcid() -> None:
    sources = make_sources(SourceSettings(crossref=("0000-0002-1825-0097", "https://orcid.org/0000000218250097")))

    assert [source.name for source in sources] == ["crossref:0000-0002-1825-0097"]
    with pytest.raises(ConfigurationError, match=r"sources\.crossref: “0000-0002-1825-0098” has a wrong check digit"):
        make_sources(SourceSettings(crossref=("0000-0002-1825-0098",)))


def test_files_are_known_by_their_beginning() -> None:
    assert is_crossref(crossref_list())
    assert is_crossref(dump({"message": crossref_work()}))
    assert not is_crossref(openalex_list(openalex_work()))
    assert not is_crossref(b'{"status": {"code": 200, "message": "OK"}}')
