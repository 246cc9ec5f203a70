"""What happened to a paper between two records of it."""

from datetime import date
from typing import Any

import pytest

from digest.events import EventRules, Seen, find_changes, find_events, note_changes, note_withdrawal
from digest.model import AnnouncementKind, ExternalId, IdScheme, Paper
from digest.settings import SourceSettings
from tests.factories import announcement, paper

UPVOTED, PUBLISHED = AnnouncementKind.UPVOTED, AnnouncementKind.PUBLISHED
WITHDRAWN, CODE, REPLACED = AnnouncementKind.WITHDRAWN, AnnouncementKind.CODE_RELEASED, AnnouncementKind.REPLACEMENT
ARXIV_ID = ExternalId(IdScheme.ARXIV, "2611.00001")
PUBLISHED_DOI = ExternalId(IdScheme.DOI, "10.1000/x")


def events(before: Paper | None, after: Paper, *announced: tuple[AnnouncementKind, str]) -> list[tuple[str, str]]:
    seen = Seen(source="huggingface", on=date(2026, 11, 20), announced=frozenset(announced))
    return [(each.kind.value, each.detail) for each in find_events(before, after, seen, EventRules().upvotes)]


def test_the_rules_are_those_of_the_settings() -> None:
    settings = SourceSettings()

    assert EventRules() == EventRules(upvotes=settings.upvotes, checks_code=settings.checks_code)


@pytest.mark.parametrize(
    ("had", "has", "crossed"),
    [(10, 49, ""), (49, 50, "50"), (None, 60, "50"), (10, 120, "100"), (60, 70, ""), (70, 40, ""), (199, 5000, "200")],
)
def test_the_highest_number_of_upvotes_crossed_is_an_event(had: int | None, has: int, crossed: str) -> None:
    assert events(paper(upvotes=had), paper(upvotes=has)) == ([("upvoted", crossed)] if crossed else [])


def test_upvotes_that_fall_and_rise_again_are_no_second_event() -> None:
    assert events(paper(upvotes=40), paper(upvotes=60), (UPVOTED, "100")) == []
    assert events(paper(upvotes=40), paper(upvotes=120), (UPVOTED, "50")) == [("upvoted", "100")]


def test_a_paper_that_is_new_to_us_has_no_past_but_its_upvotes_count() -> None:
    loaded = paper(
        ids=(ARXIV_ID, PUBLISHED_DOI), upvotes=70, code_url="https://github.com/a/b", is_withdrawn=True, journal_ref="J"
    )

    assert events(None, loaded) == [("upvoted", "50")]


@pytest.mark.parametrize(
    ("known", "detail"),
    [
        ({"journal_ref": "Journal of Experts 7 (2026)"}, "Journal of Experts 7 (2026)"),
        ({"ids": (ARXIV_ID, PUBLISHED_DOI), "journal_ref": "J"}, "10.1000/x"),
        ({"ids": (ARXIV_ID, ExternalId(IdScheme.DOI, "10.1101/x"))}, ""),
        ({"journal_ref": "J" * 400}, "J" * 300),
    ],
)
def test_a_journal_or_its_doi_on_a_known_paper_is_an_event(known: dict[str, Any], detail: str) -> None:
    assert events(paper(), paper(**known)) == ([("published", detail)] if detail else [])


def test_what_was_published_before_or_announced_is_not_published_again() -> None:
    assert events(paper(journal_ref="J 1"), paper(journal_ref="J 1", ids=(ARXIV_ID, PUBLISHED_DOI))) == []
    assert events(paper(), paper(journal_ref="J 1"), (PUBLISHED, "10.1000/x")) == []


def test_a_withdrawal_is_an_event_of_its_version() -> None:
    assert events(paper(version=2), paper(version=3, is_withdrawn=True)) == [("withdrawn", "v3")]
    assert events(paper(version=3, is_withdrawn=True), paper(version=3, is_withdrawn=True)) == []
    assert events(paper(), paper(is_withdrawn=True), (WITHDRAWN, "")) == []


def test_code_that_appears_is_an_event_and_a_new_address_of_it_is_not() -> None:
    with_code = paper(code_url="https://github.com/a/b")

    assert events(paper(), with_code) == [("code_released", "https://github.com/a/b")]
    assert events(with_code, paper(code_url="https://github.com/a/c")) == []
    assert events(paper(), with_code, (CODE, "https://github.com/a/z")) == []


def test_nothing_happened_to_a_paper_that_is_seen_again() -> None:
    assert events(paper(upvotes=70), paper(upvotes=70)) == []


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"title": r"On $\mu$P  at~scale"}, {"title": r"On $\mu$P at scale"}, ()),
        ({"title": r"A\,B and C"}, {"title": "A B and  C"}, ()),
        ({"title": "On scale"}, {"title": "On Scale"}, ("title",)),
        ({"authors": ["J. Smith"]}, {"authors": ["J.Smith"]}, ()),
        ({"authors": ["Ada", "Wei"]}, {"authors": ["Wei", "Ada"]}, ("authors",)),
        ({"abstract": "We study."}, {"abstract": "We  study more.", "title": "New"}, ("title", "abstract")),
        ({"abstract": ""}, {"abstract": "We study."}, ()),
    ],
)
def test_a_change_is_more_than_white_space(old: dict[str, Any], new: dict[str, Any], changes: tuple[str, ...]) -> None:
    assert find_changes(paper(**old), paper(**new)) == changes


@pytest.mark.parametrize(
    ("before", "after", "announced", "changes"),
    [
        (1, 2, 2, ("title",)),
        (1, 3, 3, ("title",)),
        (None, 2, 2, ()),  # which version was known is not known
        (2, 2, 2, ()),  # its text was here before the announcement
        (1, 3, 2, ()),  # the record is of a later version by now
        (1, 2, None, ("title",)),
    ],
)
def test_a_replacement_says_what_it_changed_if_that_is_known(
    before: int | None, after: int, announced: int | None, changes: tuple[str, ...]
) -> None:
    old, new = paper(version=before), paper(version=after, title="Sparse Experts Learn Faster")
    made = announcement(new, REPLACED, detail="v", version=announced)

    assert note_changes(made, old, new).changes == changes


def test_only_replacements_have_changes() -> None:
    new = paper(version=2, title="Other")

    assert note_changes(announcement(new), paper(), new).changes == ()


@pytest.mark.parametrize(
    ("fields", "is_withdrawn"),
    [
        ({"comment": "This paper has been withdrawn by the author due to an error in Lemma 2"}, True),
        ({"comment": "Withdrawn"}, True),
        ({"comment": "paper withdrawn due to a crucial sign error"}, True),
        ({"abstract": "This article has been temporarily withdrawn by the authors."}, True),
        ({"abstract": "This submission has been withdrawn from arXiv."}, True),
        ({"comment": "This paper was withdrawn from ICLR 2026"}, False),
        ({"abstract": "Withdrawn behaviour in children is studied."}, False),
        ({"abstract": "We study why papers are withdrawn."}, False),
        ({"abstract": "x" * 500 + " This paper has been withdrawn."}, False),
    ],
)
def test_a_paper_may_say_itself_that_it_is_withdrawn(fields: dict[str, str], *, is_withdrawn: bool) -> None:
    assert note_withdrawal(paper(**fields)).is_withdrawn is is_withdrawn
