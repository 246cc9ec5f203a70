"""The preferences page in words, and what its fields keep."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from digest.web.preferences.acts import Mistake
from digest.web.preferences.categories import find_category, read_code
from digest.web.preferences.channels import dump_fields
from digest.web.preferences.view import PER_PAGE, Asked, ManageView, Standing, Typed, cut, make_view, say_terms
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelView,
    FollowEvent,
    FollowKind,
    FollowWish,
    Position,
    Schedule,
    StoredFollow,
    StoredInterest,
    SubscriberKind,
    SubscriberStatus,
    SubscriberView,
    Timing,
    Wishes,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAIL = ChannelView(
    id=3,
    subscriber_id=1,
    kind="email",
    address="ada@example.org",
    schedule=Schedule("Europe/Berlin", time(8)),
    cap=25,
    status=ChannelStatus.OPEN,
    closed_reason="",
    verified_at=NOON,
    next_due_at=NOON + timedelta(hours=19),
)
ADA = SubscriberView(
    id=1,
    name="Ada",
    kind=SubscriberKind.PERSON,
    status=SubscriberStatus.CONFIRMED,
    language="en",
    created_at=NOON,
    channels=(MAIL,),
    interests=(),
    follows=(),
)


def view(
    channel: ChannelView = MAIL, wishes: Wishes | None = None, asked: Asked | None = None, **fields: Any
) -> ManageView:
    standing = Standing(
        view=replace(ADA, channels=(channel,), **fields), wishes=wishes or Wishes(), here=channel, now=NOON
    )
    return make_view(standing, asked or Asked(), lambda wish: f"token-{wish.target_id}")


def follow(number: int, kind: FollowKind = FollowKind.RESEARCHER, name: str = "") -> StoredFollow:
    return StoredFollow(number, FollowWish(kind=kind, target_id=number, name=name or f"Person {number}"), NOON)


@pytest.mark.parametrize(
    ("changes", "state", "due"),
    [
        ({}, "Every day at 08:00 (Europe/Berlin), at most 25 papers.", "due on Saturday, 21 November 2026, 08:00."),
        (
            {"schedule": Schedule("UTC", time(9), None, Cadence.WEEKLY, 4), "is_plain": True, "takes_alerts": False},
            "Every Friday at 09:00 (UTC), at most 25 papers in plain text. Alerts are off.",
            "due on Saturday, 21 November 2026, 07:00.",
        ),
        ({"schedule": Schedule("UTC", time(9), None, Cadence.ALERTS)}, "No digest, only alerts.", ""),
        (
            {"schedule": Schedule("UTC", time(9), None, Cadence.ALERTS), "takes_alerts": False},
            "Nothing comes here: no digest is wanted, and alerts are off.",
            "",
        ),
        ({"verified_at": None}, "Waits for a yes: open the link in the mail that was sent there.", ""),
        ({"status": ChannelStatus.CLOSED, "closed_reason": "removed"}, "Closed: it was removed.", ""),
        ({"status": ChannelStatus.CLOSED}, "Closed: it was closed.", ""),
        ({"status": ChannelStatus.CLOSED, "closed_reason": "550 no such\u202e user"}, "Closed: 550 no such user.", ""),
    ],
    ids=["daily", "weekly", "alerts", "nothing", "unverified", "removed", "closed", "bounced"],
)
def test_a_channel_says_how_it_stands_and_when_it_is_due(changes: dict[str, Any], state: str, due: str) -> None:
    shown = view(replace(MAIL, **changes))
    (card,) = (*shown.channels, *shown.closed)

    assert card.state == state
    assert card.due.removeprefix("The next digest is ") == due


def test_while_a_subscription_is_paused_nothing_is_due() -> None:
    until = datetime(2026, 12, 23, 23, tzinfo=UTC)
    shown = view(status=SubscriberStatus.PAUSED, paused_until=until)

    assert shown.channels[0].due == "Paused."
    assert shown.paused == "Your digest is paused until Thursday, 24 December 2026."
    assert (shown.paused_until, shown.earliest) == ("2026-12-24", "2026-11-21")


def test_who_wants_nothing_is_told_that_nothing_can_come() -> None:
    assert "nothing can come" in view().summary
    some = Wishes((StoredInterest(1, "diffusion", "diffusion"),), (follow(1), follow(2)))
    assert view(wishes=some).summary == "1 topic, 2 follows, 0 exclusions."


@pytest.mark.parametrize(
    ("total", "page", "expected"),
    [(0, 1, (1, 1, 0)), (50, 1, (1, 1, 50)), (51, 2, (2, 2, 1)), (51, 9, (2, 2, 1)), (51, -3, (1, 2, 50))],
)
def test_a_list_is_cut_into_pages_and_a_page_beyond_is_the_last(
    total: int, page: int, expected: tuple[int, int, int]
) -> None:
    found = cut(list(range(total)), page)
    assert (found.page, found.pages, len(found.items)) == expected
    assert PER_PAGE == 50


def test_follows_are_grouped_by_kind_and_sorted_by_name() -> None:
    follows = (
        follow(1, FollowKind.PAPER, "A paper"),
        follow(2, name="Zoe"),
        follow(3, FollowKind.INSTITUTION, "Bonn"),
        follow(4, name="ada"),
    )
    shown = view(wishes=Wishes((), follows))

    assert [(label, [row.name for row in rows]) for label, rows in shown.groups] == [
        ("People", ["ada", "Zoe"]),
        ("Institutions", ["Bonn"]),
        ("Papers", ["A paper"]),
    ]
    assert [row.token for _, rows in shown.groups for row in rows] == ["token-4", "token-2", None, None]
    found = view(wishes=Wishes((), follows), asked=Asked(words="ZO"))
    assert ([row.name for row in found.follows.items], found.follow_count) == (["Zoe"], 4)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (FollowWish(target_id=1, name="A"), "new papers, in the digest"),
        (
            FollowWish(
                target_id=1,
                name="A",
                timing=Timing.NOW,
                position=Position.FIRST_OR_LAST,
                events=(FollowEvent.PUBLISHED, FollowEvent.WITHDRAWN),
            ),
            "new papers as first or last author, at once; also publication, withdrawal",
        ),
        (FollowWish(kind=FollowKind.PAPER, target_id=1, name="A"), "nothing, in the digest"),
        (
            FollowWish(kind=FollowKind.PAPER, target_id=1, name="A", events=(FollowEvent.CODE_RELEASED,)),
            "code, in the digest",
        ),
    ],
    ids=["usual", "everything", "paper without", "paper"],
)
def test_how_something_is_followed_is_said(wish: FollowWish, said: str) -> None:
    assert say_terms(wish) == said


@pytest.mark.parametrize(
    ("text", "canonical", "code"),
    [
        ("cat:cs.CL", "cat:cs.cl", "cs.CL"),
        ("CAT:CS.cl", "cat:cs.cl", "cs.CL"),
        ("cat:math.AG", "cat:math.ag", "math.AG"),
        ("cat:cs.*", "cat:cs", "cs.*"),
        ("something of old", "cat:hep-th", "hep-th"),
        ("cat:cs.CL survey", "cat:cs.cl AND survey", None),
        ("diffusion", "diffusion", None),
        ("((", "cat:((", None),
    ],
)
def test_an_interest_that_is_a_whole_category_is_told_from_others(text: str, canonical: str, code: str | None) -> None:
    found = find_category(StoredInterest(1, canonical, text))
    assert (found and found.code) == code
    assert read_code("au:Wei") is None


def test_categories_of_other_archives_are_offered_as_long_as_the_reader_has_them() -> None:
    shown = view(wishes=Wishes((StoredInterest(1, "cat:math.ag", "cat:math.AG"),)))
    ticked = [tick.code for tick in shown.categories if tick.is_ticked]

    assert ticked == ["math.AG"]
    assert "math.AG" not in [tick.code for tick in view().categories]
    assert shown.topics.total == 0


def test_fields_keep_what_was_typed_in_the_form_that_was_not_taken_and_no_other() -> None:
    typed = Typed("channel-3", {"cap": ["many"], "channel": ["3"]}, Mistake("cap", "Write a number."))

    assert typed.value("channel-3", "cap", "25") == "many"
    assert typed.value("channel-4", "cap", "25") == "25"
    assert not typed.has("channel-3", "takes_alerts", "yes", stored=True)
    assert typed.has("channel-4", "takes_alerts", "yes", stored=True)
    assert (typed.error("channel-3", "cap"), typed.error("channel-4", "cap")) == ("Write a number.", "")
    assert typed.error("channel-3", "timezone") == ""
    assert Typed().value("", "words", "kept") == "kept"


def test_the_form_of_a_channel_names_every_field() -> None:
    fields = dump_fields(replace(MAIL, schedule=Schedule("UTC", time(8), time(11)), is_plain=True))
    assert fields == {
        "cadence": "daily",
        "weekday": "0",
        "send_at": "08:00",
        "timezone": "UTC",
        "wait_until": "11:00",
        "cap": "25",
        "is_plain": "yes",
        "takes_alerts": "yes",
        "repeats": "",
        "has_pictures": "",
        "has_previews": "",
    }
