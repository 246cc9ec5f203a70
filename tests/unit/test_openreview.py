"""OpenReview: notes of both APIs, what everybody may see of them, and JSON with anything missing."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError, SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonId, PersonScheme
from digest.settings import SourceSettings
from digest.sources.openreview import is_openreview, make_sources
from digest.sources.openreview_notes import parse_notes

MADE_AT = datetime(2026, 9, 24, 12, 0, tzinfo=UTC)
SHOWN_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ADA = PersonId(PersonScheme.OPENREVIEW, "~Ada_Lovelace1")
ACCEPTED = {"venue": {"value": "ICLR 2026 Poster"}, "venueid": {"value": "ICLR.cc/2026/Conference"}}


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def wrap(**fields: Any) -> dict[str, Any]:
    return {name: {"value": value} for name, value in fields.items()}


def note(content: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    fields = wrap(
        title="Trees, Again",
        authors=["Ada Lovelace", "Grace Hopper"],
        authorids=["~Ada_Lovelace1", "grace@navy.example"],
        abstract="We climb.\n\nCode: https://github.com/lab/trees",
        pdf="/pdf/0123abcd.pdf",
    )
    return {
        "id": "AbCdEf1234",
        "forum": "AbCdEf1234",
        "cdate": ms(MADE_AT),
        "tcdate": ms(MADE_AT),
        "mdate": ms(SHOWN_AT),
        "odate": ms(SHOWN_AT),
        "readers": ["everyone"],
        "license": "CC BY 4.0",
        "content": fields | ACCEPTED | (content or {}),
    } | changes


def answer(*notes: object, **stated: Any) -> bytes:
    return json.dumps({"notes": notes, "count": len(notes)} | stated).encode()


def only(body: bytes) -> Paper:
    (paper,) = parse_notes(body).papers
    return paper


def test_a_note_gives_every_field_it_carries() -> None:
    assert only(answer(note())) == Paper(
        ids=(ExternalId(IdScheme.OPENREVIEW, "AbCdEf1234"),),
        title="Trees, Again",
        abstract="We climb. Code: https://github.com/lab/trees",
        authors=(Author("Ada Lovelace", ids=(ADA,)), Author("Grace Hopper", email_domain="navy.example")),
        submitted_at=MADE_AT,
        updated_at=SHOWN_AT,
        abstract_url="https://openreview.net/forum?id=AbCdEf1234",
        pdf_url="https://openreview.net/pdf/0123abcd.pdf",
        code_url="https://github.com/lab/trees",
        journal_ref="ICLR 2026 Poster",
        license_url="https://creativecommons.org/licenses/by/4.0/",
    )


def test_a_note_is_new_on_the_day_it_was_shown_to_everybody() -> None:
    (made,) = parse_notes(answer(note())).announcements

    assert (made.announced_on, made.paper.value) == (date(2026, 11, 20), "AbCdEf1234")


def test_authors_of_2026_are_objects_with_their_institutions() -> None:
    listed = [
        {"fullname": "Ada Lovelace", "username": "~Ada_Lovelace1", "institutions": [{"domain": "a.edu", "name": "A"}]},
        {"fullname": "Grace Hopper", "username": "", "institutions": [{"domain": "navy.mil"}]},
        {"username": "~No_Name1"},
    ]

    assert only(answer(note(wrap(authors=listed)))).authors == (
        Author("Ada Lovelace", ("A",), ids=(ADA,)),
        Author("Grace Hopper", ("navy.mil",)),
    )


def test_of_an_address_only_the_domain_is_kept() -> None:
    paper = only(answer(note(wrap(authorids=["Ada.Lovelace@CS.Example.edu", "~No number"]))))

    assert [(author.ids, author.email_domain) for author in paper.authors] == [((), "cs.example.edu"), ((), None)]
    assert "lovelace@" not in repr(paper).lower()


def test_more_ids_than_names_belong_to_nobody() -> None:
    paper = only(answer(note(wrap(authorids=["~Ada_Lovelace1", "~Grace_Hopper1", "~Third_Person1"]))))

    assert [author.ids for author in paper.authors] == [(), ()]


def test_notes_of_api_1_have_plain_fields() -> None:
    plain = {"title": "Old Trees", "authors": ["Ada Lovelace"], "abstract": "Climb.", "pdf": "https://a.example/x.pdf"}
    old = note(invitation="ICLR.cc/2021/Conference/-/Blind_Submission") | {"content": plain}

    paper = only(answer(old))
    assert (paper.title, paper.authors, paper.pdf_url) == ("Old Trees", (Author("Ada Lovelace"),), plain["pdf"])
    assert (paper.journal_ref, paper.is_withdrawn) == (None, False)


@pytest.mark.parametrize("names", [["Anonymous"], ["Anonymous Authors"], [], None, ["anonymous", "Anonymous"]])
def test_a_blind_submission_has_no_authors(names: object) -> None:
    assert only(answer(note(wrap(authors=names)))).authors == ()


@pytest.mark.parametrize(
    "hidden",
    [
        note(readers=["ICLR.cc/2026/Conference"]),
        note(readers=[]) | {"readers": ["~Ada_Lovelace1"]},
        note({"authors": {"value": ["Ada Lovelace"], "readers": ["ICLR.cc/2026/Conference/Submission1/Authors"]}}),
        note({"authorids": {"value": ["~Ada_Lovelace1"], "readers": ["~Ada_Lovelace1"]}}),
        note(ddate=ms(SHOWN_AT)),
        note(forum="AnOtHeR123"),
        note(replyto="AnOtHeR123"),
    ],
)
def test_what_not_everybody_may_see_is_left_out_in_silence(hidden: dict[str, Any]) -> None:
    parsed = parse_notes(answer(note(id="VisIbLe123", forum="VisIbLe123"), hidden))

    assert [paper.ids[0].value for paper in parsed.papers] == ["VisIbLe123"]
    assert (parsed.warnings, parsed.skipped, parsed.is_truncated) == ((), 0, False)


@pytest.mark.parametrize(
    "place",
    ["Withdrawn_Submission", "Desk_Rejected_Submission", "Withdrawn_Paper", "Desk_Rejected", "Retracted_Acceptance"],
)
def test_withdrawn_and_desk_rejected_papers_say_so_and_are_not_announced(place: str) -> None:
    venue = wrap(venueid=f"ICLR.cc/2026/Conference/{place}", venue="ICLR 2026 Conference Withdrawn Submission")
    parsed = parse_notes(answer(note(venue)))

    assert (parsed.papers[0].is_withdrawn, parsed.papers[0].journal_ref, parsed.announcements) == (True, None, ())


def test_a_withdrawal_that_was_taken_back_is_none() -> None:
    invitations = ["ICLR.cc/2026/Conference/-/Submission", "ICLR.cc/2026/Conference/-/Withdrawn_Submission"]

    assert not only(answer(note(invitations=invitations))).is_withdrawn


@pytest.mark.parametrize(
    ("venueid", "venue"),
    [
        ("ICLR.cc/2026/Conference/Submission", "Submitted to ICLR 2026"),
        ("ICLR.cc/2026/Conference/Rejected_Submission", "ICLR 2026 Conference Rejected Submission"),
        ("TMLR/Under_Review", "Under review for TMLR"),
        ("TMLR/Rejected", "Rejected by TMLR"),
        ("OpenReview.net/Archive", "CoRR 2024"),
        ("", "Submitted to ACL ARR 2026"),
    ],
)
def test_a_paper_nobody_accepted_has_no_journal(venueid: str, venue: str) -> None:
    paper = only(answer(note(wrap(venueid=venueid, venue=venue))))

    assert (paper.journal_ref, paper.comment, paper.is_withdrawn) == (None, venue, False)


@pytest.mark.parametrize(
    ("changes", "content", "wanted"),
    [
        ({"externalIds": ["arxiv:2401.00001v2", "dblp:conf/x/Y26"]}, {}, ["arxiv:2401.00001", "dblp:conf/x/Y26"]),
        ({"externalId": "doi:10.1145/1.2"}, {}, ["doi:10.1145/1.2"]),
        ({}, wrap(html="https://arxiv.org/abs/2401.00002v1"), ["arxiv:2401.00002"]),
        ({}, wrap(_bibtex="@misc{x,\n doi={10.1145/3.4},\n url={https://arxiv.org/abs/2401.00003}}"), None),
        ({}, wrap(abstract="We improve on arXiv:2401.00004."), []),
        ({"externalIds": ["arxiv:x", "doi:y", "dblp:<z>", 7, "orcid:1"]}, {}, []),
    ],
)
def test_other_ids_are_those_of_the_work_itself(
    changes: dict[str, Any], content: dict[str, Any], wanted: list[str] | None
) -> None:
    paper = only(answer(note(content, **changes)))

    assert [str(known) for known in paper.ids[1:]] == (
        ["arxiv:2401.00003", "doi:10.1145/3.4"] if wanted is None else wanted
    )


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example/x.pdf", "", None, 7])
def test_a_pdf_that_is_no_web_address_is_none(link: object) -> None:
    assert only(answer(note(wrap(pdf=link)))).pdf_url is None


@pytest.mark.parametrize("at", [None, "2026", -1, 0, 10**18, True, 1.5])
def test_a_time_that_cannot_be_is_none(at: object) -> None:
    paper = only(answer(note(cdate=at, tcdate=at, mdate=at, tmdate=at)))

    assert (paper.submitted_at, paper.updated_at) == (None, None)


@pytest.mark.parametrize(
    "bad", [None, {}, {"readers": ["everyone"]}, note(id="<>", forum="<>"), note(wrap(title=None))]
)
def test_a_bad_note_costs_only_itself(bad: object) -> None:
    parsed = parse_notes(answer(note(), bad))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)
    assert parsed.warnings == ("1 of 2 entries have no id or no title and were skipped",)


def test_notes_that_no_longer_say_who_may_read_them_are_a_changed_source() -> None:
    silent = {key: value for key, value in note().items() if key != "readers"}

    with pytest.raises(SourceChanged, match="None of the 1 entries"):
        parse_notes(answer(silent))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not the JSON"),
        (b"{}", "There are no notes"),
        (b'{"name": "ForbiddenError", "message": "No\\n access"}', "answered with an error: No access"),
        (b'[{"paper": {}}]', "not of OpenReview's submissions"),
    ],
)
def test_what_holds_no_notes_is_refused_in_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        parse_notes(body)


def table(**changes: Any) -> bytes:
    row = {
        "id": "TaBlE12345",
        "title": "Trees",
        "author": "Ada Lovelace;Grace Hopper",
        "authorids": "~Ada_Lovelace1;~Grace_Hopper1",
        "aff": "A University+B Lab;",
        "orcid": ";0000-0002-1825-0097",
        "status": "Poster",
        "abstract": "Climb.",
        "bibtex": "@inproceedings{\nx,\nbooktitle={36th Conference on Trees}\n}",
    } | changes
    return json.dumps([row]).encode()


def test_a_row_of_a_venues_table_gives_every_field_it_carries() -> None:
    parsed = parse_notes(table())

    (paper,) = parsed.papers
    assert paper.authors == (
        Author("Ada Lovelace", ("A University", "B Lab"), ids=(ADA,)),
        Author(
            "Grace Hopper",
            orcid="0000-0002-1825-0097",
            ids=(PersonId(PersonScheme.OPENREVIEW, "~Grace_Hopper1"),),
        ),
    )
    assert (paper.journal_ref, paper.abstract) == ("36th Conference on Trees", "Climb.")
    assert (parsed.announcements, parsed.warnings) == ((), ())


def test_columns_of_other_lengths_belong_to_nobody() -> None:
    (paper,) = parse_notes(table(aff="A University", orcid="0000-0002-1825-0097;;")).papers

    assert [(author.name, author.affiliations, author.orcid) for author in paper.authors] == [
        ("Ada Lovelace", (), None),
        ("Grace Hopper", (), None),
    ]


@pytest.mark.parametrize(
    ("status", "journal", "is_withdrawn"), [("Reject", None, False), ("Withdraw", None, True), ("", None, False)]
)
def test_a_row_that_was_not_accepted_has_no_journal(status: str, journal: str | None, *, is_withdrawn: bool) -> None:
    (paper,) = parse_notes(table(status=status)).papers

    assert (paper.journal_ref, paper.is_withdrawn) == (journal, is_withdrawn)


def test_the_settings_take_profiles_and_addresses() -> None:
    named = ("~Ada_Lovelace1", "https://openreview.net/profile?id=~José_Núñez2", "~Ada_Lovelace1")

    assert [source.name for source in make_sources(SourceSettings(openreview=named))] == [
        "openreview:~Ada_Lovelace1",
        "openreview:~José_Núñez2",
    ]


@pytest.mark.parametrize("wrong", ["", "Ada Lovelace", "ada@a.example", "~Ada_Lovelace", "~Ada Lovelace1", "~1"])
def test_what_is_no_profile_is_named(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.openreview: “.*” is not a profile such as ~First_Last1"):
        make_sources(SourceSettings(openreview=(wrong,)))


def test_files_are_known_by_their_beginning() -> None:
    assert is_openreview(answer(note()))
    assert is_openreview(table(site="https://openreview.net/forum?id=TaBlE12345"))
    assert not is_openreview(b'{"data": [], "next": 3}')
    assert not is_openreview(b'[{"paper": {"id": "2611.00001"}}]')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=2000)
@given(
    st.dictionaries(st.sampled_from(sorted(note())), JSON),
    st.dictionaries(st.sampled_from(sorted(note()["content"])), JSON),
)
def test_any_field_may_be_anything(changes: dict[str, Any], content: dict[str, Any]) -> None:
    parsed = parse_notes(answer(note(id="VisIbLe123", forum="VisIbLe123"), note(content), note() | changes))

    assert parsed.papers[0].ids[0].value == "VisIbLe123"


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parsed = parse_notes(body)
    except SourceChanged:
        return

    assert isinstance(parsed, Parsed)
