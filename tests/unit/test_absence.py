"""Facts about a paper and a channel, turned into one kind and one sentence."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest

from digest.languages import LANGUAGES, speaking
from digest.matching.absence import (
    Absence,
    AbsenceKind,
    Arrival,
    Recipient,
    Sent,
    Verdict,
    explain_arrival,
    explain_elsewhere,
    explain_gap,
    explain_outlook,
    explain_sent,
    explain_several,
    explain_unknown,
    explain_verdict,
)
from digest.model import DeliveryKind, DeliveryState

DAY, LATER = date(2026, 11, 20), date(2026, 11, 23)
EDITION = "2026-11-20"
ARRIVAL = Arrival(on=DAY, announced_on=DAY, source="arXiv cs.CL")
MATCHED = Verdict(rank=3, of=40, cap=25)


def sent(**fields: Any) -> Sent:
    defaults: dict[str, Any] = {
        "kind": DeliveryKind.DIGEST,
        "edition": EDITION,
        "state": DeliveryState.SENT,
        "on": DAY,
    }
    return Sent(**(defaults | fields))


def recipient(**fields: Any) -> Recipient:
    return Recipient(**({"subscribed_on": DAY, "next_on": LATER} | fields))


def said(absence: Absence) -> tuple[AbsenceKind, str]:
    return absence.kind, absence.sentence


@pytest.mark.parametrize(
    ("fields", "kind", "sentence"),
    [
        ({}, AbsenceKind.SENT, "It was in your digest of 20 November 2026."),
        ({"edition": "2026-11-20T14"}, AbsenceKind.SENT, "It was in your digest of 20 November 2026, 14:00."),
        (
            {"state": DeliveryState.PENDING},
            AbsenceKind.QUEUED,
            "It is in your digest of 20 November 2026, which waits to be sent.",
        ),
        (
            {"state": DeliveryState.FAILED, "detail": "550 no such user."},
            AbsenceKind.NOT_DELIVERED,
            "It was in your digest of 20 November 2026, which could not be delivered: 550 no such user.",
        ),
        (
            {"kind": DeliveryKind.ALERT, "edition": "new-7"},
            AbsenceKind.ALERTED,
            "You were told of it by an alert on 20 November 2026, and a digest does not repeat that.",
        ),
        (
            {"as_title": "A Draft"},
            AbsenceKind.MERGED,
            "It was in your digest of 20 November 2026 as “A Draft”: the two are one work.",
        ),
    ],
    ids=["sent", "batch", "queued", "failed", "alert", "merged"],
)
def test_what_was_sent_is_named(fields: dict[str, Any], kind: AbsenceKind, sentence: str) -> None:
    assert said(explain_sent(sent(**fields))) == (kind, sentence)


def test_an_unknown_paper_comes_with_the_troubles_of_the_sources() -> None:
    absence = explain_unknown("2611.1", ["arXiv cs.CL could not be reached on 20 November 2026."])

    assert said(absence) == (AbsenceKind.UNKNOWN_PAPER, "We have never seen a paper known as “2611.1”.")
    assert absence.details == ("arXiv cs.CL could not be reached on 20 November 2026.",)
    assert explain_several(["“A”", "“B”"]).details == ("“A”", "“B”")


def test_a_paper_below_the_cap_has_its_rank() -> None:
    absence = explain_verdict(Verdict(rank=31, of=40, cap=25), EDITION)

    assert absence.kind is AbsenceKind.BELOW_CAP
    assert absence.sentence == (
        "It was number 31 of the 40 papers that matched, and your digest of 20 November 2026 held 25."
    )
    assert (absence.rank, absence.of, absence.cap, absence.edition) == (31, 40, 25, EDITION)


@pytest.mark.parametrize(
    ("verdict", "note"),
    [
        (
            Verdict(rank=31, of=40, cap=25, changed_on=LATER),
            "This is by your wishes as they are now; you changed them on 23 November 2026, after that digest.",
        ),
        (
            Verdict(rank=31, of=40, cap=25, is_redone=True),
            "This is by what we know of the papers now, which is not quite what it was then.",
        ),
    ],
    ids=["wishes", "papers"],
)
def test_what_has_changed_since_is_said(verdict: Verdict, note: str) -> None:
    assert explain_verdict(verdict, EDITION).details == (note,)


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (Verdict(rank=3, of=40, cap=25), "when we knew it otherwise"),
        (Verdict(rank=3, of=40, cap=25, changed_on=LATER), "when your wishes were other ones"),
        (Verdict(rank=31, of=40, cap=25, was_full=False), "when we knew it otherwise"),
    ],
    ids=["papers", "wishes", "room then"],
)
def test_what_would_be_in_it_now_is_no_matter_of_the_cap(verdict: Verdict, why: str) -> None:
    absence = explain_verdict(verdict, EDITION)

    assert absence.kind is AbsenceKind.CHANGED_SINCE
    assert absence.sentence.endswith(f"your digest of 20 November 2026 was composed {why}.")


def test_what_does_not_match_says_what_is_missing_or_what_excludes_it() -> None:
    missed = explain_verdict(Verdict(misses=("x: “x” is not in title or abstract",)), EDITION)
    excluded = explain_verdict(Verdict(excluded_by=("survey", "cat:math")), EDITION)
    nothing = explain_verdict(Verdict(has_wishes=False), EDITION)

    assert (missed.kind, missed.details) == (AbsenceKind.NOT_MATCHED, ("x: “x” is not in title or abstract",))
    assert said(excluded) == (AbsenceKind.EXCLUDED, "You excluded it by “survey” and “cat:math”.")
    assert said(nothing) == (
        AbsenceKind.NOT_MATCHED,
        "You have no topics and follow nobody, so nothing can match.",
    )


@pytest.mark.parametrize(
    ("fields", "kind", "sentence"),
    [
        ({"is_confirmed": False}, AbsenceKind.UNCONFIRMED, "This address has not been confirmed yet."),
        ({"closed_reason": "unsubscribed"}, AbsenceKind.CLOSED, "Nothing is sent here any more: unsubscribed."),
        ({"has_digests": False}, AbsenceKind.ONLY_ALERTS, "No digests come here, only alerts of whom you follow."),
        (
            {"is_paused": True, "paused_until": LATER},
            AbsenceKind.PAUSED,
            "Your digests are paused until 23 November 2026; it is for the first one after that.",
        ),
        (
            {"is_paused": True, "next_on": None},
            AbsenceKind.PAUSED,
            "Your digests are paused until you resume them; it is for the first one after that.",
        ),
        (
            {},
            AbsenceKind.WAITING,
            (
                "It came in on 20 November 2026, and no digest was made for you since; "
                "it is for the next one, on 23 November 2026."
            ),
        ),
    ],
    ids=["unconfirmed", "closed", "alerts", "paused until", "paused", "waiting"],
)
def test_what_no_digest_has_covered_yet(fields: dict[str, Any], kind: AbsenceKind, sentence: str) -> None:
    assert said(explain_outlook(recipient(**fields), ARRIVAL, MATCHED)) == (kind, sentence)


def test_a_source_that_was_late_is_named() -> None:
    late = Arrival(on=DAY, announced_on=date(2026, 11, 18), source="arXiv cs.CL")

    assert (
        "(arXiv cs.CL has it as of 18 November 2026 and was late)"
        in explain_outlook(recipient(), late, MATCHED).sentence
    )


def test_what_waits_can_be_below_the_cap_or_not_match() -> None:
    below = explain_outlook(recipient(), ARRIVAL, Verdict(rank=31, of=40, cap=25))
    missed = explain_outlook(recipient(), ARRIVAL, Verdict())

    assert (below.kind, below.rank) == (AbsenceKind.BELOW_CAP, 31)
    assert below.sentence.endswith("wait for your next digest, on 23 November 2026, which holds 25.")
    assert missed.kind is AbsenceKind.NOT_MATCHED


@pytest.mark.parametrize(
    ("arrival", "verdict", "cause", "kind"),
    [
        (Arrival(on=DAY, announced_on=DAY, source="x", is_before_start=True), MATCHED, None, AbsenceKind.BEFORE_START),
        (ARRIVAL, Verdict(), None, AbsenceKind.NOT_MATCHED),
        (ARRIVAL, MATCHED, AbsenceKind.PAUSED, AbsenceKind.PAUSED),
        (ARRIVAL, MATCHED, AbsenceKind.ONLY_ALERTS, AbsenceKind.ONLY_ALERTS),
        (ARRIVAL, MATCHED, None, AbsenceKind.CHANGED_SINCE),
    ],
)
def test_what_was_passed_by_without_a_digest(
    arrival: Arrival, verdict: Verdict, cause: AbsenceKind | None, kind: AbsenceKind
) -> None:
    absence = explain_gap(recipient(), arrival, verdict, cause)

    assert absence.kind is kind
    assert "20 November 2026" in absence.sentence or kind is AbsenceKind.NOT_MATCHED


def test_a_gap_of_only_alerts_is_true_too_if_digests_were_given_up_after_the_paper_came() -> None:
    absence = explain_gap(recipient(), ARRIVAL, MATCHED, AbsenceKind.ONLY_ALERTS)

    assert absence.sentence == (
        "It came in on 20 November 2026, and when a digest was due next, only alerts were wanted here."
    )


def test_what_never_came_as_new_is_told_apart_from_what_was_withdrawn() -> None:
    known = Arrival(on=DAY, announced_on=DAY, source="x", news="new version v3")
    gone = Arrival(on=DAY, announced_on=DAY, source="x", news="withdrawn by its authors", is_withdrawal=True)

    assert said(explain_arrival(known)) == (
        AbsenceKind.NOT_NEW,
        "It never came as a new paper, only as this, on 20 November 2026: new version v3.",
    )
    assert explain_arrival(gone).kind is AbsenceKind.WITHDRAWN


# ── in every language ────────────────────────────────────────────────────────────────────────────────────────────────


def everything() -> Iterator[Absence]:
    """Give an answer of each form."""
    alert = {"kind": DeliveryKind.ALERT, "edition": "new-7"}
    states = (DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.SENT)
    messages = [sent(**kind, state=state) for kind, state in product(({}, alert), states)]
    yield from map(explain_sent, [*messages, sent(as_title="A Draft"), sent(**alert, as_title="A Draft")])
    yield from (explain_elsewhere(each, "a@b.org") for each in messages)
    late = Arrival(on=LATER, announced_on=DAY, source="arXiv cs.CL")
    for arrival, day in product((ARRIVAL, late), (LATER, None)):
        yield explain_outlook(recipient(next_on=day), arrival, MATCHED)
    for day in (LATER, None):
        yield explain_outlook(recipient(next_on=day), ARRIVAL, Verdict(rank=30, of=40, cap=25))
        yield explain_outlook(recipient(is_paused=True, paused_until=day), ARRIVAL, MATCHED)
        changed = Verdict(rank=3, of=40, cap=25, changed_on=day)
        yield explain_verdict(changed, EDITION)
        yield explain_gap(recipient(), ARRIVAL, changed, None)
    for silent in ({"is_confirmed": False}, {"closed_reason": "bounced"}, {"has_digests": False}):
        yield explain_outlook(recipient(**silent), ARRIVAL, MATCHED)
    for cause in (AbsenceKind.PAUSED, AbsenceKind.ONLY_ALERTS):
        yield explain_gap(recipient(), ARRIVAL, MATCHED, cause)
    before = Arrival(on=DAY, announced_on=DAY, source="arXiv", is_before_start=True)
    yield explain_gap(recipient(), before, MATCHED, None)
    for verdict in (
        Verdict(),
        Verdict(has_wishes=False),
        Verdict(excluded_by=("a", "b")),
        Verdict(rank=30, of=40, cap=25),
    ):
        yield explain_verdict(verdict, EDITION)
    yield explain_unknown("x", ())
    yield explain_several([])
    yield explain_arrival(Arrival(on=DAY, announced_on=DAY, source="arXiv", is_withdrawal=True))
    yield explain_arrival(Arrival(on=DAY, announced_on=DAY, source="arXiv", news="new version v2; changed: title"))


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_answer_is_given_in_the_language_of_the_reader(language: str) -> None:
    english = [absence.sentence for absence in everything()]
    with speaking(language):
        said_there = [absence.sentence for absence in everything()]

    assert len(english) > 35
    assert [one for one, other in zip(english, said_there, strict=True) if one == other] == []
    assert not [each for each in said_there if "November" in each and language != "de"]


def test_an_answer_in_german() -> None:
    failed = sent(state=DeliveryState.CANCELLED, detail="the subscriber left before it was sent")
    with speaking("de"):
        assert explain_sent(failed).sentence == (
            "Es war in deinem Digest vom 20. November 2026, der nicht zugestellt werden konnte: "
            "vor dem Versand wurde das Abo beendet."
        )
        assert explain_verdict(Verdict(rank=1_300, of=4_000, cap=25), EDITION).sentence == (
            "Es war Nummer 1.300 der 4.000 passenden Paper, und dein Digest vom 20. November 2026 fasste 25."
        )
