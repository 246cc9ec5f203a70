"""Follows as one line of text: what is written reads back the same, whatever the name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidReference
from digest.model import ExternalId, IdScheme, PersonId, PersonScheme
from digest.pipeline.follow_text import FollowText, read_follow_text, write_institution, write_paper, write_person
from digest.pipeline.following import Terms
from digest.researchers.places import Institution
from subscribers.lists.cells import join_list, split_list
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, Timing

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
EVERYTHING = FollowWish(
    target_id=1,
    name="Furu Wei",
    timing=Timing.NOW,
    position=Position.FIRST_OR_LAST,
    events=(FollowEvent.FEATURED, FollowEvent.PUBLISHED),
)


def test_a_line_says_whom_and_what_is_told() -> None:
    found = read_follow_text("Furu Wei orcid:0000-0002-1825-0097 [now, first, featured, cs.CL]")

    assert found.person is not None
    assert (found.person.name, found.person.ids, found.fields) == ("Furu Wei", (ORCID,), ("cs.CL",))
    assert found.terms == Terms(timing=Timing.NOW, position=Position.FIRST, events=(FollowEvent.FEATURED,))


@pytest.mark.parametrize(
    "name",
    [
        "Furu Wei",
        "García Márquez, Gabriel",
        "Wei - Zhang",
        "魏福如",
        "Tim Berners-Lee",
        "Jean; Paul",
        "J. R. R. Tolkien",
    ],
)
@pytest.mark.parametrize("ids", [(), (ORCID,)], ids=["nameless", "orcid"])
def test_a_person_reads_back_the_same(name: str, ids: tuple[PersonId, ...]) -> None:
    text = write_person(name, ids, ("cs.CL", "q-bio"), EVERYTHING)
    found = read_follow_text(*split_list(join_list([text])))

    assert found.person is not None
    assert (found.person.name, found.person.ids, found.fields) == (name, ids, ("cs.CL", "q-bio"))
    assert found.terms == Terms(timing=EVERYTHING.timing, position=EVERYTHING.position, events=EVERYTHING.events)


def test_a_place_reads_back_the_same() -> None:
    place = Institution(name="Max Planck Institute for Intelligent Systems", ror="04fq9j139", openalex="I4210112925")
    wish = FollowWish(kind=FollowKind.INSTITUTION, target_id=1, name=place.name)

    assert read_follow_text(write_institution(place, wish)) == FollowText(institution=place)


@pytest.mark.parametrize("events", [(), (FollowEvent.PUBLISHED,), tuple(FollowEvent)], ids=["none", "one", "all"])
def test_a_paper_reads_back_with_the_events_that_are_told(events: tuple[FollowEvent, ...]) -> None:
    known = ExternalId(IdScheme.ARXIV, "2611.00001")
    wish = FollowWish(kind=FollowKind.PAPER, target_id=1, name="x", timing=Timing.NOW, events=events)
    found = read_follow_text(write_paper(known, wish))

    assert (found.paper, found.terms.events) == (known, events)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[now]",
        "paper: nothing",
        "institution: ror:04fq9j139",
        "author 3 of 2310.01234",
        "Furu Wei [???]",
        "x" * 1_001,
    ],
)
def test_what_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises((InvalidWish, InvalidReference)):
        read_follow_text(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_follow_text(text)
    except (InvalidWish, InvalidReference):
        return
