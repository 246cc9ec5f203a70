"""Parts of JSON and of dates that several sources share: spans of days, counts of milliseconds, odd lists."""

from datetime import UTC, date, datetime

import pytest

from digest.sources.formats.dates import Span, make_span, narrow_span, parse_milliseconds, parse_span
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.record import Record

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
LEAP = Span(date(2024, 2, 1), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ((2026,), YEAR),
        (("2026", None, None), YEAR),
        ((2024, 2), LEAP),
        (("2024", "02"), LEAP),
        ((2024, 2, 29), Span(date(2024, 2, 29), date(2024, 2, 29))),
        ((1665, 3, 6), Span(date(1665, 3, 6), date(1665, 3, 6))),
        ((2023, 2, 29), None),
        ((2026, 13), None),
        ((2026, -1), None),
        ((None, 2), None),
        ((True,), None),
        ((0,), None),
        ((10**30,), None),
        (("12345",), None),
        (([2026],), None),
    ],
)
def test_a_date_of_parts_is_the_days_it_may_mean(parts: tuple[object, ...], span: Span | None) -> None:
    assert make_span(*parts) == span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026", YEAR),
        (" 2024-02 ", LEAP),
        ("2024-02-29T10:00:00Z", Span(date(2024, 2, 29), date(2024, 2, 29))),
        ("", None),
        ("soon", None),
        ("1-2-3-4", None),
    ],
)
def test_a_date_as_text_is_the_days_it_may_mean(text: str, span: Span | None) -> None:
    assert parse_span(text) == span


def test_only_a_whole_date_is_a_day() -> None:
    assert (YEAR.day, YEAR.instant) == (None, None)
    assert Span(date(2026, 1, 1), date(2026, 1, 1)).instant == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_earlier_of_print_and_register_is_right() -> None:
    known = date(2026, 11, 19)

    assert narrow_span(YEAR, known) == Span(known, known)
    assert narrow_span(None, known) == Span(known, known)
    assert narrow_span(LEAP, known) == LEAP
    assert narrow_span(YEAR, None) == YEAR
    assert narrow_span(None, None) is None


@pytest.mark.parametrize("value", [None, True, "1795000000000", 0, -1, 10**30, 1.5])
def test_only_a_count_of_milliseconds_is_one(value: object) -> None:
    assert parse_milliseconds(value) is None
    assert parse_milliseconds(1_795_000_000_000) == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


def test_the_entries_of_a_list_are_all_counted() -> None:
    record = Record({"list": [{"a": 1}, None, 7], "none": None, "text": "abc"})

    entries = record.entries("list")

    assert entries is not None
    assert [entry.count("a") for entry in entries] == [1, None, None]
    assert (record.entries("none"), record.entries("text"), record.entries("gone")) == (None, None, None)
    assert (record.raw("list"), record.raw("gone")) == ([{"a": 1}, None, 7], None)


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "Tides"),
        ({"volume": "4"}, "Tides 4"),
        ({"issue": "2"}, "Tides 2"),
        ({"volume": "4", "issue": "2", "pages": "3-9", "year": 2026}, "Tides 4(2), 3–9 (2026)"),
        ({"pages": "e12"}, "Tides, e12"),
        ({"pages": "82 – 86"}, "Tides, 82–86"),
        ({"volume": "n/a", "issue": "None", "pages": "-"}, "Tides"),
    ],
)
def test_a_journal_reference_says_what_is_known(parts: dict[str, object], line: str) -> None:
    assert compose_journal_ref("Tides", **parts) == line  # type: ignore[arg-type]  # the cases name its keywords


@pytest.mark.parametrize("name", ["", "null", "ArXiv", "bioRxiv"])
def test_a_preprint_server_is_no_journal(name: str) -> None:
    assert compose_journal_ref(name, volume="4") is None
