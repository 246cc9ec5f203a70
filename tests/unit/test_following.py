"""What a reader's follows have to say about papers: reasons, places in the author list, own answers, events."""

from dataclasses import replace

import pytest

from digest.model import (
    AnnouncementKind,
    Authorship,
    Certainty,
    InstitutionId,
    PaperId,
    ReasonKind,
    ResearcherId,
    Standing,
)
from digest.researchers.following import NO_VIEWS, YOU_SAID, Sightings, Views, fits, list_told
from subscribers.model import FollowEvent, FollowKind, FollowWish, Position, StoredFollow, Timing
from tests.factories import NOON, paper

PENG, PAPER = ResearcherId(5), PaperId(1)
WISH = FollowWish(target_id=5, name="Peng Fu")
THEIRS = Authorship(
    researcher_id=PENG,
    paper_id=PAPER,
    position=2,
    standing=Standing.SURE,
    probability=0.99,
    evidence=("2 shared co-authors",),
)
STORED = paper(authors=["Ann Kim", "Peng Fu", "Bo Li"])


def seen(authorship: Authorship | None = THEIRS) -> Sightings:
    found = {} if authorship is None else {PENG: {PAPER: authorship}}
    return Sightings(papers={PAPER: STORED}, authorships=found)


def tell(
    wish: FollowWish, sightings: Sightings, views: Views = NO_VIEWS
) -> list[tuple[Certainty | None, tuple[str, ...]]]:
    told = list_told([StoredFollow(1, wish, NOON)], sightings, views)
    return [(each.reason.certainty, each.reason.evidence) for each in told]


def test_a_paper_of_a_followed_researcher_is_told_with_place_and_evidence() -> None:
    (told,) = list_told([StoredFollow(1, WISH, NOON)], seen())

    assert told.paper_id == PAPER
    assert (told.reason.kind, told.reason.subject, told.reason.target_id) == (ReasonKind.FOLLOW, "Peng Fu", 5)
    assert (told.reason.position, told.reason.of) == (2, 3)
    assert (told.reason.certainty, told.reason.evidence) == (Certainty.SURE, ("2 shared co-authors",))


@pytest.mark.parametrize(
    ("standing", "certainty"),
    [
        (Standing.STATED, Certainty.SURE),
        (Standing.CONFIRMED, Certainty.SURE),
        (Standing.POSSIBLE, Certainty.POSSIBLE),
    ],
)
def test_how_it_stands_says_how_sure_the_reader_may_be(standing: Standing, certainty: Certainty) -> None:
    assert [each for each, _ in tell(WISH, seen(replace(THEIRS, standing=standing)))] == [certainty]


@pytest.mark.parametrize("standing", [Standing.UNLIKELY, Standing.REJECTED])
def test_what_is_not_theirs_is_not_told(standing: Standing) -> None:
    assert tell(WISH, seen(replace(THEIRS, standing=standing))) == []


def test_a_readers_own_no_holds_against_everything() -> None:
    views = Views(answers={(PENG, PAPER): False})

    assert tell(WISH, seen(replace(THEIRS, standing=Standing.STATED)), views) == []


def test_a_readers_own_yes_makes_it_sure() -> None:
    views = Views(answers={(PENG, PAPER): True})

    assert tell(WISH, seen(replace(THEIRS, standing=Standing.POSSIBLE)), views) == [(Certainty.SURE, (YOU_SAID,))]


def test_what_a_readers_answers_make_of_other_papers_holds_for_that_reader() -> None:
    doubted = Views(own={PENG: {}})
    learnt = Views(own={PENG: {PAPER: replace(THEIRS, evidence=("as you said",))}})

    assert tell(WISH, seen(), doubted) == []
    assert tell(WISH, seen(None), learnt) == [(Certainty.SURE, ("as you said",))]
    assert tell(WISH, seen(replace(THEIRS, standing=Standing.CONFIRMED)), doubted) != []


@pytest.mark.parametrize(
    ("position", "places"),
    [
        (Position.ANY, {1, 2, 3}),
        (Position.FIRST, {1}),
        (Position.LAST, {3}),
        (Position.FIRST_OR_LAST, {1, 3}),
    ],
)
def test_a_place_in_the_author_list_is_a_filter(position: Position, places: set[int]) -> None:
    assert {place for place in (1, 2, 3) if fits(position, place, 3)} == places
    assert fits(position, 1, 1)
    wish = replace(WISH, position=position)
    assert bool(tell(wish, seen())) is (2 in places)


def test_events_are_told_in_the_digest_unless_they_are_told_at_once() -> None:
    wish = replace(WISH, events=(FollowEvent.PUBLISHED, FollowEvent.WITHDRAWN))
    (told,) = list_told([StoredFollow(1, wish, NOON)], seen())
    (at_once,) = list_told([StoredFollow(1, replace(wish, timing=Timing.NOW), NOON)], seen())

    assert told.events == {AnnouncementKind.PUBLISHED, AnnouncementKind.WITHDRAWN}
    assert at_once.events == frozenset()


def test_of_a_paper_that_is_only_possibly_theirs_no_events_are_told() -> None:
    wish = replace(WISH, events=(FollowEvent.PUBLISHED,))
    (told,) = list_told([StoredFollow(1, wish, NOON)], seen(replace(THEIRS, standing=Standing.POSSIBLE)))

    assert told.events == frozenset()


def test_a_followed_paper_is_told_of_when_something_happens_to_it() -> None:
    wish = FollowWish(kind=FollowKind.PAPER, target_id=1, name="On Things", events=(FollowEvent.REPLACEMENT,))
    (told,) = list_told([StoredFollow(1, wish, NOON)], seen(None))

    assert (told.reason.kind, told.events) == (ReasonKind.PAPER, frozenset({AnnouncementKind.REPLACEMENT}))
    assert list_told([StoredFollow(1, replace(wish, target_id=2), NOON)], seen(None)) == []


@pytest.mark.parametrize(
    ("places", "position", "placed"),
    [((2, 3), Position.ANY, 2), ((2, 3), Position.LAST, 3), ((), Position.LAST, None)],
)
def test_a_followed_place_is_told_with_its_first_author_that_counts(
    places: tuple[int, ...], position: Position, placed: int | None
) -> None:
    wish = FollowWish(kind=FollowKind.INSTITUTION, target_id=4, name="ETH", position=position)
    sightings = replace(seen(None), places={InstitutionId(4): {PAPER: places}})
    (told,) = list_told([StoredFollow(1, wish, NOON)], sightings)

    assert (told.reason.kind, told.reason.position, told.reason.certainty) == (
        ReasonKind.INSTITUTION,
        placed,
        Certainty.SURE,
    )


def test_a_place_without_an_author_that_counts_is_not_told() -> None:
    wish = FollowWish(kind=FollowKind.INSTITUTION, target_id=4, name="ETH", position=Position.FIRST)

    assert tell(wish, replace(seen(None), places={InstitutionId(4): {PAPER: (2,)}})) == []
