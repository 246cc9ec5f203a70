"""A paper as a reader sees it: who wrote it, why it is there, what it says."""

from typing import Any

import pytest

from digest.model import AnnouncementKind, Certainty, Match, PaperId, Reason, ReasonKind
from digest.rendering.authors import AuthorView
from digest.rendering.card import Card, make_brief, make_card, without_excerpt
from tests.factories import paper


def follow(name: str, position: int | None, of: int | None = None, certainty: Certainty = Certainty.SURE) -> Reason:
    return Reason(kind=ReasonKind.FOLLOW, subject=name, position=position, of=of, certainty=certainty)


def word(subject: str) -> Reason:
    return Reason(kind=ReasonKind.WORD, subject=subject, where=("title",))


def card(*reasons: Reason, kinds: tuple[AnnouncementKind, ...] = (), **fields: Any) -> Card:
    return make_card(Match(paper_id=PaperId(1), score=1.0, reasons=reasons), paper(**fields), kinds)


def shown(viewed: Card) -> str:
    """Write the author list down: followed names in stars, possible ones with a question mark."""
    names = []
    for author in viewed.authors:
        mark = f"*{author.name}*" if author.is_followed else f"{author.name}?" if author.is_possible else author.name
        names.append(("… " if author.is_after_gap else "") + mark)
    return ", ".join(names) + (f" +{viewed.more_authors}" if viewed.more_authors else "")


def letters(count: int) -> tuple[str, ...]:
    return tuple(f"A{number}" for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("count", "followed", "expected"),
    [
        (1, (), "A1"),
        (1, (1,), "*A1*"),
        (8, (4,), "A1, A2, A3, *A4*, A5, A6, A7, A8"),
        (9, (), "A1, A2, A3, … A9 +5"),
        (9, (5,), "A1, A2, A3, A4, *A5*, … A9 +3"),
        (20, (20,), "A1, A2, A3, … *A20* +16"),
        (20, (10, 2), "A1, *A2*, A3, … *A10*, … A20 +15"),
        (3000, (2718,), "A1, A2, A3, … *A2718*, … A3000 +2995"),
    ],
)
def test_the_followed_author_is_always_among_those_shown(count: int, followed: tuple[int, ...], expected: str) -> None:
    reasons = [follow(f"A{place}", place, count) for place in followed]

    assert shown(card(*reasons, authors=letters(count))) == expected


def test_a_possible_author_is_shown_and_marked_as_such() -> None:
    reason = follow("A10", 10, 12, Certainty.POSSIBLE)

    assert shown(card(reason, authors=letters(12))) == "A1, A2, A3, … A10?, A11, A12 +6"


def test_who_is_sure_is_not_made_doubtful_by_a_second_follow() -> None:
    doubtful = follow("A1", 1, 1, Certainty.POSSIBLE)

    assert card(follow("A1", 1, 1), doubtful, authors=("A1",)).authors == (AuthorView(name="A1", is_followed=True),)


def test_an_author_a_query_names_is_shown_without_a_mark() -> None:
    reason = Reason(kind=ReasonKind.AUTHOR, subject="a10", where=("authors",))

    assert shown(card(reason, authors=letters(30))) == "A1, A2, A3, … A10, … A30 +25"


@pytest.mark.parametrize("wanted", ["Li", "li_b", "Li, Bo"])
def test_an_author_a_query_names_is_not_taken_for_one_whose_name_holds_the_letters(wanted: str) -> None:
    authors = (*(f"Ali{letter} Olivier" for letter in "bcdefghij"), "Bo Li", "Zoe Elias")
    reason = Reason(kind=ReasonKind.AUTHOR, subject=wanted, where=("authors",))

    assert "Bo Li" in shown(card(reason, authors=authors))


@pytest.mark.parametrize("position", [None, 0, 31, -5])
def test_a_follow_with_an_impossible_place_is_found_by_name(position: int | None) -> None:
    assert "*A20*" in shown(card(follow("A20", position, 30), authors=letters(30)))


@pytest.mark.parametrize("name", ["Z", "A", "?", ""])
def test_a_follow_of_nobody_on_the_paper_changes_nothing(name: str) -> None:
    assert shown(card(follow(name, None), authors=letters(2))) == "A1, A2"


def test_reasons_are_said_on_one_line() -> None:
    reasons = (follow("Furu Wei", 2, 2), word("sparse"), word("experts"), word("fast"), word("learn"))

    assert card(*reasons).why == (
        "You follow Furu Wei, last of 2 authors · word “sparse” in title · word “experts” in title · 2 more"
    )


def test_a_machines_summary_stands_in_for_a_missing_abstract_only() -> None:
    both = card(abstract="By people.", ai_summary="By a machine.")
    only = card(abstract=" ", ai_summary="By a machine.")
    none = card(abstract="", ai_summary=None)

    assert (both.excerpt, both.is_excerpt_by_ai) == ("By people.", False)
    assert (only.excerpt, only.is_excerpt_by_ai) == ("By a machine.", True)
    assert (none.excerpt, none.is_excerpt_by_ai) == ("", False)


def test_how_a_paper_appeared_is_said_unless_it_is_new() -> None:
    kinds = (AnnouncementKind.NEW, AnnouncementKind.REPLACEMENT, AnnouncementKind.WITHDRAWN)

    assert card(kinds=(AnnouncementKind.NEW,)).labels == ()
    assert card(kinds=kinds, version=3).labels == ("withdrawn", "revised, v3")


def test_everything_is_within_bounds_whatever_the_source_sent() -> None:
    huge = "\\textbf{" * 100_000
    viewed = card(
        follow(huge, 1, 1), title=huge, abstract=huge, authors=(huge,), categories=(huge,) * 50, organization=huge
    )

    assert len(viewed.title) <= 300
    assert len(viewed.excerpt) <= 360
    assert len(viewed.authors[0].name) <= 80
    assert len(viewed.why) <= 200
    assert len(viewed.categories) == 4
    assert max(map(len, (viewed.organization, *viewed.categories))) <= 80


def test_what_is_empty_is_named_so() -> None:
    viewed = card(title="\u202e", authors=("",))

    assert (viewed.title, viewed.authors[0].name) == ("(untitled)", "(no name)")


def test_a_brief_card_keeps_the_followed_author_and_what_happened() -> None:
    full = card(follow("A20", 20, 30), authors=letters(30), kinds=(AnnouncementKind.WITHDRAWN,))

    brief = make_brief(full)

    assert shown(brief) == "*A20* +29"
    assert (brief.title, brief.url, brief.labels) == (full.title, full.url, full.labels)
    assert (brief.excerpt, brief.links, without_excerpt(full).links) == ("", (), full.links)
