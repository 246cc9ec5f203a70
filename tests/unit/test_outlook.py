"""What wishes would have brought, in words: numbers, what to expect, and what to do about none or a flood."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from digest.model import PaperId
from digest.pipeline.foretaste import Foretaste, WishCount
from digest.pipeline.signup_wishes import SignupWishes
from digest.web.joining.outlook import NOT_YET, NOTHING, TOO_MUCH, Outlook, view_outlook
from subscribers.model import Cadence, Schedule
from tests.factories import NOON, edition, paper


def view(total: int, cadence: Cadence = Cadence.DAILY, days: float = 7, cap: int = 25, **fields: object) -> Outlook:
    foretaste = Foretaste(
        since=NOON - timedelta(days=days),
        until=NOON,
        announced=900,
        total=total,
        topics=(),
        people=(),
        edition=edition(1, more=max(0, total - 1)),
        papers={PaperId(1): paper()},
    )
    wishes = SignupWishes(schedule=Schedule("UTC", time(8), None, cadence), cap=cap)
    return view_outlook(replace(foretaste, **fields), wishes, "Papers")  # type: ignore[arg-type]  # fields of the class


def test_the_headline_counts_the_week() -> None:
    assert view(41).headline == "This is the digest you would have had over the last 7 days: 41 papers."
    assert view(1).headline.endswith(": 1 paper.")


@pytest.mark.parametrize(
    ("total", "cadence", "said"),
    [
        (41, Cadence.DAILY, "Expect about 6 papers a day."),
        (14, Cadence.DAILY, "Expect 2 papers a day."),
        (1, Cadence.DAILY, "Expect fewer than one paper a day."),
        (41, Cadence.WEEKDAYS, "Expect about 8 papers a working day."),
        (41, Cadence.WEEKLY, "Expect about 41 papers a week."),
        (41, Cadence.BATCH, "Expect about 6 papers a day, in several digests."),
    ],
)
def test_what_to_expect_goes_by_how_often(total: int, cadence: Cadence, said: str) -> None:
    assert view(total, cadence, cap=200).sentences == (said,)


def test_a_digest_that_would_overflow_says_what_happens_then() -> None:
    assert "holds 25 at most" in view(700).sentences[-1]


def test_who_wants_alerts_alone_is_told_what_that_means() -> None:
    assert view(41, Cadence.ALERTS).sentences == (
        "You chose alerts alone: you will hear of papers by people you follow, and of no others.",
    )


def test_a_service_that_began_yesterday_says_so() -> None:
    said = view(6, days=1.5)

    assert "over the last 2 days" in said.headline
    assert said.sentences[0].startswith("Papers have been read here for 2 days only")
    assert said.sentences[1] == "Expect 3 papers a day."


def test_a_service_without_papers_promises_nothing() -> None:
    said = view(0, announced=0)

    assert (said.headline[:25], said.sentences) == ("There is nothing to show ", ())


def test_a_wish_that_yields_none_or_a_flood_comes_with_advice() -> None:
    counts = tuple(WishCount(text=str(number), papers=number) for number in (0, 1, 199, 200))
    people = (WishCount(text="Furu Wei", papers=None), WishCount(text="Peng Fu", papers=0))
    lines = view(9, topics=counts, people=people).lines

    assert [line.warning for line in lines] == [NOTHING, "", "", TOO_MUCH, "", ""]
    assert [line.count for line in lines] == ["0 papers", "1 paper", "199 papers", "200 papers", NOT_YET, "0 papers"]


def test_papers_are_shown_without_their_abstracts() -> None:
    (section,) = view(1).sections

    assert [(item.card.title, item.card.excerpt) for item in section.items] == [("Sparse Experts Learn Fast", "")]


def test_where_nothing_was_read_yet_no_wish_is_blamed_for_it() -> None:
    nothing = view(0, announced=0, topics=(WishCount(text="experts", papers=0),))

    assert "has not read any papers" in nothing.headline
    assert nothing.lines == ()
