"""When messages make no sound."""

from datetime import UTC, datetime

import pytest

from digest.pipeline.night import is_night


@pytest.mark.parametrize(
    ("at", "timezone", "is_silent"),
    [
        ("2026-11-20T21:59:59", "UTC", False),
        ("2026-11-20T22:00:00", "UTC", True),
        ("2026-11-21T06:59:59", "UTC", True),
        ("2026-11-21T07:00:00", "UTC", False),
        ("2026-11-20T06:30:00", "Europe/Berlin", False),
        ("2026-11-20T22:30:00", "Asia/Tokyo", False),
        ("2026-11-20T12:30:00", "America/Los_Angeles", True),
        ("2026-07-20T05:00:00", "Europe/Berlin", False),  # summer time: seven o'clock
        ("2026-11-20T22:30:00", "Nowhere/At_All", True),
    ],
)
def test_messages_are_silent_from_ten_in_the_evening_to_seven_where_the_reader_is(
    at: str, timezone: str, is_silent: bool
) -> None:
    assert is_night(datetime.fromisoformat(at).replace(tzinfo=UTC), timezone) is is_silent
