"""Who is told of what at once, and in how many messages."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.matching.alerting import (
    MOST_ALERTS,
    Cast,
    Following,
    Placing,
    Question,
    Stretch,
    Target,
    Tip,
    choose_places,
    choose_tips,
    find_tips,
    write_alerts,
)
from digest.model import AnnouncementKind, ChannelId, Edition, PaperId, ReasonKind, StoredAnnouncement
from subscribers.model import FollowEvent, FollowKind, FollowWish, Position, StoredFollow, Timing
from tests.factories import NOON, stored_announcement

ADA, BOB = 1, 2
PERSON, PLACE, PAPER = FollowKind.RESEARCHER, FollowKind.INSTITUTION, FollowKind.PAPER
EVENTS = tuple(FollowEvent)
EVENT_KINDS = tuple(AnnouncementKind(event.value) for event in FollowEvent)


def follow(target_id: int, kind: FollowKind = PERSON, by: int = ADA, **fields: Any) -> tuple[Target, Following]:
    since = fields.pop("since", NOON - timedelta(days=1))
    wish = FollowWish(kind=kind, target_id=target_id, name=f"P{target_id}", **({"timing": Timing.NOW} | fields))
    return Target(kind, target_id), Following(by, StoredFollow(by * 100 + target_id, wish, since))


def person(target_id: int, *positions: int, **fields: Any) -> Placing:
    return Placing(target=Target(PERSON, target_id), positions=positions or (1,), **fields)


def stretch(
    announcements: Sequence[StoredAnnouncement],
    follows: Sequence[tuple[Target, Following]],
    casts: Mapping[int, Cast] | None = None,
    answers: Mapping[Question, bool] | None = None,
) -> Stretch:
    followers: dict[Target, list[Following]] = {}
    for target, following in follows:
        followers.setdefault(target, []).append(following)
    known = casts or {each.paper_id: Cast(placings=(person(7),), of=3) for each in announcements}
    papers = {PaperId(number): cast for number, cast in known.items()}
    return Stretch(announcements=announcements, casts=papers, followers=followers, answers=answers or {})


def alerts(
    looked_at: Stretch, reader: int = ADA, sent: tuple[int, ...] = (), *, has_digests: bool = True
) -> tuple[Edition, ...]:
    tips = choose_tips(find_tips(looked_at).get(reader, []), has_digests=has_digests)
    return write_alerts(ChannelId(4), tips, {PaperId(number) for number in sent})


def names(*told: Edition) -> list[str]:
    return [each.name for each in told]


NEW = stored_announcement(10, 5)
REVISED = stored_announcement(11, 5, AnnouncementKind.REPLACEMENT, detail="v2", version=2, changes=("title",))


def test_a_new_paper_of_somebody_followed_is_told_at_once() -> None:
    (alert,) = alerts(stretch([NEW], [follow(7)]))

    assert (alert.name, alert.channel_id, alert.covers_after, alert.covers_to) == ("new-5", 4, 9, 10)
    (reason,) = alert.entries[0].reasons
    assert (reason.kind, reason.subject, reason.target_id) == (ReasonKind.FOLLOW, "P7", 7)
    assert (reason.position, reason.of) == (1, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"timing": Timing.DIGEST},
        {"timing": Timing.DIGEST, "events": EVENTS},
        {"since": NOON},
        {"since": NOON + timedelta(seconds=1)},
        {"position": Position.LAST},
    ],
)
def test_who_is_told_in_the_digest_began_later_or_asked_for_another_place_is_not(fields: dict[str, Any]) -> None:
    assert alerts(stretch([NEW], [follow(7, **fields)])) == ()


def test_a_channel_without_digests_is_told_what_would_have_been_in_one() -> None:
    looked_at = stretch([NEW, REVISED], [follow(7, timing=Timing.DIGEST, events=EVENTS), follow(8, timing=Timing.NOW)])

    assert alerts(looked_at) == ()
    (alert,) = alerts(looked_at, has_digests=False)
    assert (alert.name, len(alert.entries[0].news)) == ("new-5", 1)


def test_a_paper_that_is_both_urgent_and_not_is_told_once_with_both_reasons() -> None:
    casts = {5: Cast(placings=(person(7), person(8, 2)), of=3)}
    looked_at = stretch([NEW], [follow(7), follow(8, timing=Timing.DIGEST)], casts)

    (urgent,), (whole,) = alerts(looked_at), alerts(looked_at, has_digests=False)
    assert [reason.target_id for reason in urgent.entries[0].reasons] == [7]
    assert [reason.target_id for reason in whole.entries[0].reasons] == [7, 8]


def test_a_possible_one_waits_for_the_digest() -> None:
    casts = {5: Cast(placings=(person(7, is_sure=False),), of=3)}

    assert alerts(stretch([NEW], [follow(7)], casts)) == ()


@pytest.mark.parametrize(("is_sure", "answer", "count"), [(True, False, 0), (False, True, 1), (True, True, 1)])
def test_what_the_reader_said_counts_for_them_alone(is_sure: bool, answer: bool, count: int) -> None:
    casts = {5: Cast(placings=(person(7, is_sure=is_sure),), of=3)}
    said = {Question(ADA, 7, PaperId(5)): answer}
    looked_at = stretch([NEW], [follow(7), follow(7, by=BOB)], casts, said)

    assert len(alerts(looked_at)) == count
    assert len(alerts(looked_at, BOB)) == is_sure


def test_five_people_on_one_paper_are_one_alert_that_names_all_five() -> None:
    casts = {5: Cast(placings=tuple(person(number, number) for number in range(1, 6)), of=9)}
    told = [NEW, stored_announcement(12, 5, AnnouncementKind.CROSS_LIST, detail="cs.LG")]

    (alert,) = alerts(stretch(told, [follow(number) for number in range(1, 6)], casts))

    (match,) = alert.entries
    assert [reason.subject for reason in match.reasons] == ["P1", "P2", "P3", "P4", "P5"]
    assert match.kinds == (AnnouncementKind.NEW, AnnouncementKind.CROSS_LIST)


@pytest.mark.parametrize(
    ("wanted", "of", "expected"),
    [
        (Position.ANY, 5, (1, 2, 5)),
        (Position.FIRST, 5, (1,)),
        (Position.LAST, 5, (5,)),
        (Position.FIRST_OR_LAST, 5, (1, 5)),
        (Position.LAST, 6, ()),
    ],
)
def test_a_place_that_counts(wanted: Position, of: int, expected: tuple[int, ...]) -> None:
    assert choose_places(wanted, (1, 2, 5), of) == expected


@pytest.mark.parametrize("wanted", Position)
def test_somebody_alone_is_first_and_last(wanted: Position) -> None:
    casts = {5: Cast(placings=(person(7, 1),), of=1)}

    assert len(alerts(stretch([NEW], [follow(7, position=wanted)], casts))) == 1


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_is_told_if_its_switch_is_on(kind: AnnouncementKind) -> None:
    happened = stored_announcement(20, 5, kind)
    others = tuple(event for event in EVENTS if event.value != kind.value)

    assert alerts(stretch([happened], [follow(7, events=others)]), sent=(5,)) == ()
    (alert,) = alerts(stretch([happened], [follow(7, events=(FollowEvent(kind.value),))]), sent=(5,))
    assert alert.name == f"{kind.value}-20"
    assert alert.entries[0].news


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_events_of_a_followed_paper(kind: AnnouncementKind) -> None:
    happened = stored_announcement(20, 5, kind)
    casts = {5: Cast(placings=(Placing(target=Target(PAPER, 5)),), of=3)}
    looked_at = stretch([NEW, happened], [follow(5, PAPER, events=EVENTS, position=Position.FIRST)], casts)

    (alert,) = alerts(looked_at)

    assert alert.name == f"{kind.value}-20"
    assert [reason.kind for reason in alert.entries[0].reasons] == [ReasonKind.PAPER]


def test_votes_are_no_event() -> None:
    happened = stored_announcement(20, 5, AnnouncementKind.UPVOTED, detail="100")

    assert alerts(stretch([happened], [follow(7, events=EVENTS)])) == ()


def test_a_new_version_says_what_changed() -> None:
    (alert,) = alerts(stretch([REVISED], [follow(7, events=EVENTS)]), sent=(5,))

    assert alert.entries[0].news == ("new version v2; changed: title",)


def test_a_paper_that_was_sent_before_is_not_new() -> None:
    assert alerts(stretch([NEW], [follow(7)]), sent=(5,)) == ()


def test_being_featured_makes_a_paper_new_to_who_has_not_seen_it() -> None:
    featured = stored_announcement(20, 5, AnnouncementKind.FEATURED)
    looked_at = stretch([featured], [follow(7, events=EVENTS)])

    assert names(*alerts(looked_at)) == ["new-5"]
    assert alerts(looked_at)[0].entries[0].news == ()
    assert names(*alerts(looked_at, sent=(5,))) == ["featured-20"]


def test_what_happened_to_a_new_paper_meanwhile_is_told_with_it() -> None:
    (alert,) = alerts(stretch([NEW, REVISED], [follow(7, events=EVENTS)]))

    assert alert.name == "new-5"
    assert alert.entries[0].kinds == (AnnouncementKind.NEW, AnnouncementKind.REPLACEMENT)
    assert alert.entries[0].news == ("new version v2; changed: title",)


def test_several_events_of_one_paper_are_one_alert() -> None:
    code = stored_announcement(12, 5, AnnouncementKind.CODE_RELEASED)

    (alert,) = alerts(stretch([REVISED, code], [follow(7, events=EVENTS)]), sent=(5,))

    assert alert.name == "replacement-11"
    assert len(alert.entries[0].news) == 2


@pytest.mark.parametrize(
    ("positions", "wanted", "place"),
    [((3, 4), Position.ANY, 3), ((3, 5), Position.LAST, 5), ((), Position.ANY, None), ((), Position.FIRST, "no")],
)
def test_a_followed_place_is_placed_by_its_first_author(
    positions: tuple[int, ...], wanted: Position, place: object
) -> None:
    casts = {5: Cast(placings=(Placing(target=Target(PLACE, 3), positions=positions),), of=5)}
    told = alerts(stretch([NEW], [follow(3, PLACE, position=wanted)], casts))

    if place == "no":
        assert told == ()
    else:
        assert [(reason.kind, reason.position) for reason in told[0].entries[0].reasons] == [
            (ReasonKind.INSTITUTION, place)
        ]


def test_what_is_too_much_comes_in_one_bundle_and_nothing_is_lost() -> None:
    count = MOST_ALERTS + 5
    told = alerts(stretch([stored_announcement(n, n) for n in range(1, count + 1)], [follow(7)]))

    assert names(*told[:MOST_ALERTS]) == [f"new-{n}" for n in range(1, MOST_ALERTS + 1)]
    (bundle,) = told[MOST_ALERTS:]
    assert bundle.name == f"batch-{MOST_ALERTS + 1}"
    assert [entry.paper_id for entry in bundle.entries] == list(range(MOST_ALERTS + 1, count + 1))
    assert (bundle.covers_after, bundle.covers_to) == (MOST_ALERTS, count)


@pytest.mark.parametrize(("room", "told"), [(2, ["new-1", "new-2", "batch-3"]), (0, ["batch-1"]), (3, None)])
def test_what_was_told_before_in_the_same_go_takes_up_room(room: int, told: list[str] | None) -> None:
    looked_at = stretch([stored_announcement(n, n) for n in range(1, 4)], [follow(7)])
    written = write_alerts(ChannelId(4), find_tips(looked_at)[ADA], set(), room)

    assert names(*written) == (told or ["new-1", "new-2", "new-3"])


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    papers = st.integers(1, 6)
    kinds = st.sampled_from(AnnouncementKind)
    told = [
        stored_announcement(number, draw(papers), draw(kinds), detail=str(number))
        for number in range(1, draw(st.integers(1, 40)))
    ]
    placed = st.builds(
        person, st.integers(1, 5), st.integers(1, 4), is_sure=st.booleans(), evidence=st.just(("same name",))
    )
    casts = {
        number: Cast(placings=tuple({each.target: each for each in draw(st.lists(placed, max_size=5))}.values()), of=4)
        for number in range(1, 7)
    }
    follows = [
        follow(
            target,
            by=draw(st.sampled_from([ADA, BOB])),
            timing=draw(st.sampled_from(Timing)),
            position=draw(st.sampled_from(Position)),
            events=tuple(draw(st.sets(st.sampled_from(FollowEvent)))),
        )
        for target in draw(st.lists(st.integers(1, 5), max_size=8, unique=True))
    ]
    said = st.dictionaries(
        st.builds(Question, st.sampled_from([ADA, BOB]), st.integers(1, 5), papers.map(PaperId)), st.booleans()
    )
    return stretch(told, follows, casts, draw(said))


@settings(max_examples=60, deadline=None)
@given(stretches(), st.sets(st.integers(1, 6)))
def test_no_channel_is_told_of_a_paper_twice(looked_at: Stretch, sent: set[int]) -> None:
    for reader in (ADA, BOB):
        told = alerts(looked_at, reader, tuple(sent))
        papers = [entry.paper_id for alert in told for entry in alert.entries]

        assert len(papers) == len(set(papers))
        assert len({alert.name for alert in told}) == len(told)
        assert len(told) <= MOST_ALERTS + 1


@settings(max_examples=60, deadline=None)
@given(stretches(), st.sets(st.integers(1, 6)))
def test_whatever_is_told_was_asked_for(looked_at: Stretch, sent: set[int]) -> None:
    for alert in alerts(looked_at, ADA, tuple(sent)):
        for entry in alert.entries:
            assert entry.reasons
            for reason in entry.reasons:
                assert reason.target_id is not None
                (wish,) = {
                    each.follow.wish
                    for each in looked_at.followers[Target(PERSON, reason.target_id)]
                    if each.subscriber_id == ADA
                }
                assert wish.timing is Timing.NOW
                assert looked_at.answers.get(Question(ADA, reason.target_id, entry.paper_id)) is not False
                assert alert.name.startswith("new-") is (entry.paper_id not in sent) or wish.events


@settings(max_examples=60, deadline=None)
@given(stretches())
def test_cutting_the_stream_anywhere_loses_no_paper_and_no_event(looked_at: Stretch) -> None:
    """Read in two goes, with what the first sent known to the second, the same papers are told."""
    whole = find_tips(looked_at).get(ADA, [])
    for cut in range(len(whole) + 1):
        first = write_alerts(ChannelId(4), whole[:cut], set())
        sent = {entry.paper_id for alert in first for entry in alert.entries}
        second = write_alerts(ChannelId(4), whole[cut:], sent)

        assert _papers(*first) | _papers(*second) == _papers(*write_alerts(ChannelId(4), whole, set()))


def _papers(*told: Edition) -> set[PaperId]:
    return {entry.paper_id for alert in told for entry in alert.entries}


def test_a_reader_without_follows_has_no_tips() -> None:
    assert find_tips(stretch([NEW], [])) == {}
    assert write_alerts(ChannelId(1), list[Tip](), set()) == ()
