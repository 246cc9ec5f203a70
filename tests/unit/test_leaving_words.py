"""The words of leaving and looking back: whom a page names, and what it keeps to itself."""

from datetime import timedelta
from typing import Any

import pytest

from digest.model import Address, DeliveryId, DeliveryKind, DeliveryState
from digest.model.past import PastDelivery
from digest.rendering.history import list_line, say_end
from digest.rendering.leaving import name_place
from subscribers.leaving import LONGEST_TEXT, clean_text
from tests.factories import NOON, edition


def past(**fields: Any) -> PastDelivery:
    defaults: dict[str, Any] = {
        "id": DeliveryId(7),
        "kind": DeliveryKind.DIGEST,
        "edition": edition(1),
        "state": DeliveryState.SENT,
        "detail": "",
        "attempts": 0,
        "created_at": NOON,
        "settled_at": NOON,
        "next_attempt_at": NOON + timedelta(hours=1),
        "address": Address("email", "ada@example.org"),
        "timezone": "Europe/Berlin",
    }
    return PastDelivery(**(defaults | fields))


@pytest.mark.parametrize(
    ("kind", "address", "named"),
    [
        ("email", "ada@example.org", "the address a…@example.org"),
        ("email", "ö@xn--mnchen-3ya.de", "the address ö…@xn--mnchen-3ya.de"),
        ("telegram", "-1001234567890", "the Telegram chat …7890"),
        ("telegram", "42", "the Telegram chat …42"),
        ("file", "/home/ada/papers", "your folder"),
        ("slack", "https://hooks.example.org/secret", "your slack channel"),
    ],
)
def test_a_page_that_anybody_may_open_does_not_give_an_address_away(kind: str, address: str, named: str) -> None:
    assert name_place(kind, address) == named


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Sent on Friday, 20 November 2026, 13:00 (Europe/Berlin)"),
        ({"timezone": "Mars/Olympus"}, "Sent on Friday, 20 November 2026, 12:00 (Mars/Olympus)"),
        ({"state": DeliveryState.SENDING}, "On its way"),
        ({"state": DeliveryState.PENDING, "detail": "handed back"}, "Waits to be sent"),
        (
            {"state": DeliveryState.PENDING, "detail": "451", "attempts": 2, "timezone": "UTC"},
            "Waits to be sent; the last attempt failed (451), the next is on Friday, 20 November 2026, 13:00 (UTC)",
        ),
        ({"state": DeliveryState.FAILED}, "Could not be delivered: no reason was given"),
        ({"state": DeliveryState.CANCELLED}, "Not sent: it was not wanted any more"),
    ],
)
def test_how_a_delivery_stands_is_said_in_words(fields: dict[str, Any], said: str) -> None:
    assert say_end(past(**fields)) == said


def test_the_digest_of_a_batch_names_its_hour() -> None:
    assert list_line(past(edition=edition(1, name="2026-11-20T13")), {}).heading == (
        "Digest of Friday, 20 November 2026, 13:00"
    )


def test_an_alert_whose_paper_has_gone_still_has_a_line() -> None:
    line = list_line(past(kind=DeliveryKind.ALERT, edition=edition(1, name="new-1")), {})

    assert (line.heading.startswith("Alert: "), line.papers) == (True, "1 paper")


def test_what_a_server_said_is_on_one_line_and_bounded() -> None:
    failed = past(state=DeliveryState.FAILED, detail="550 no\r\nX: y\u202e" + "z" * 5_000)

    assert say_end(failed).startswith("Could not be delivered: 550 no X: y")
    assert len(say_end(failed)) < 400


def test_words_of_a_reason_are_cleaned_and_cut() -> None:
    assert clean_text(" too\tmany\r\n\x00mails\u202e ") == "too many mails"
    assert len(clean_text("x" * 9_000)) == LONGEST_TEXT
