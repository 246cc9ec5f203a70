"""How a run is judged, and where the next one starts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.model import Cursor, Parsed, RunState
from digest.sources.arxiv import RHYTHM as ARXIV
from digest.sources.huggingface import RHYTHM as HUGGINGFACE
from digest.sources.judgement import Rhythm, Sighting, judge, judge_batch, next_cursor, state_of
from tests.factories import announcement, paper

EASTERN = ZoneInfo("America/New_York")
THURSDAY = datetime(2026, 11, 19, 1, 0, tzinfo=EASTERN)
FRIDAY = datetime(2026, 11, 20, 1, 0, tzinfo=EASTERN)
SATURDAY = datetime(2026, 11, 21, 1, 0, tzinfo=EASTERN)
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=EASTERN)


def parsed(*numbers: str) -> Parsed:
    return Parsed(papers=tuple(paper(number) for number in numbers))


def cursor(*numbers: str, on: datetime = THURSDAY) -> Cursor:
    return Cursor(etag='"old"', batch_ids=frozenset(f"arxiv:{number}" for number in numbers), batch_on=on.date())


AB = ("2611.00001", "2611.00002")


@pytest.mark.parametrize(
    ("seen", "since", "now", "state"),
    [
        (parsed(*AB), Cursor(), FRIDAY, RunState.FRESH),
        (parsed(*AB), cursor(AB[0]), FRIDAY, RunState.FRESH),
        (parsed(*AB), cursor("2611.00009"), SATURDAY, RunState.FRESH),
        (parsed(*AB), cursor(*AB), FRIDAY, RunState.STALE),
        (parsed(AB[0]), cursor(*AB), FRIDAY, RunState.STALE),
        (parsed(*AB), cursor(*AB, on=FRIDAY), FRIDAY, RunState.QUIET),
        (parsed(*AB), cursor(*AB, on=FRIDAY), SATURDAY, RunState.HOLIDAY),
        (parsed(*AB), cursor(*AB, on=FRIDAY), MONDAY, RunState.STALE),
        (parsed(), cursor(*AB), FRIDAY, RunState.QUIET),
        (parsed(), cursor(*AB), SATURDAY, RunState.HOLIDAY),
        (parsed(), Cursor(), SATURDAY, RunState.HOLIDAY),
        (None, cursor(*AB, on=FRIDAY), FRIDAY, RunState.QUIET),
        (None, cursor(*AB), FRIDAY, RunState.STALE),
        (None, cursor(*AB, on=FRIDAY), SATURDAY, RunState.HOLIDAY),
    ],
)
def test_arxiv_is_judged_by_its_ids_and_its_working_days(
    seen: Parsed | None, since: Cursor, now: datetime, state: RunState
) -> None:
    assert judge(seen, since, now, ARXIV) is state


@pytest.mark.parametrize(
    ("seen", "since", "state"),
    [
        (parsed(*AB), Cursor(), RunState.FRESH),
        (parsed(*AB), cursor(*AB), RunState.QUIET),
        (parsed(AB[0]), cursor(*AB), RunState.QUIET),
        (parsed(), cursor(*AB), RunState.QUIET),
        (None, cursor(*AB), RunState.QUIET),
    ],
)
def test_a_list_that_is_read_again_is_never_stale(seen: Parsed | None, since: Cursor, state: RunState) -> None:
    assert judge(seen, since, SATURDAY, HUGGINGFACE) is state


@pytest.mark.parametrize(
    "flaw", [{"is_truncated": True}, {"announced_count": 3}, {"skipped": 1}, {"skipped": 50, "papers": ()}]
)
def test_what_is_missing_something_is_partial(flaw: dict[str, object]) -> None:
    assert judge(replace(parsed(*AB), **flaw), cursor(*AB), FRIDAY, ARXIV) is RunState.PARTIAL  # type: ignore[arg-type]


def test_one_broken_entry_among_many_is_no_more_than_a_warning() -> None:
    many = parsed(*(f"2611.{number:05d}" for number in range(20)))

    assert judge(replace(many, skipped=2, announced_count=20), Cursor(), FRIDAY, ARXIV) is RunState.FRESH


def test_the_day_is_the_sources_day() -> None:
    just_before_midnight_in_new_york = datetime(2026, 11, 21, 4, 59, tzinfo=UTC)

    assert ARXIV.day_of(just_before_midnight_in_new_york) == date(2026, 11, 20)
    assert not ARXIV.is_rest(just_before_midnight_in_new_york)
    assert ARXIV.is_rest(datetime(2026, 11, 21, 5, 0, tzinfo=UTC))


def test_the_cursor_remembers_a_new_batch() -> None:
    seen = Sighting(parsed=parsed(*AB), etag='"new"', last_modified="yesterday")

    assert next_cursor(seen, cursor("2611.00009"), FRIDAY, ARXIV) == Cursor(
        etag='"new"',
        last_modified="yesterday",
        batch_ids=frozenset({"arxiv:2611.00001", "arxiv:2611.00002"}),
        batch_on=FRIDAY.date(),
        fetched_at=FRIDAY,
    )


def test_an_empty_day_does_not_forget_the_last_batch() -> None:
    after = next_cursor(Sighting(parsed=parsed(), etag='"empty"'), cursor(*AB), SATURDAY, ARXIV)

    assert (after.batch_ids, after.batch_on) == (cursor(*AB).batch_ids, SATURDAY.date())
    assert judge(None, after, SATURDAY, ARXIV) is RunState.HOLIDAY
    assert judge(parsed(*AB), after, MONDAY, ARXIV) is RunState.STALE


def test_an_empty_working_day_stays_quiet_when_nothing_changes() -> None:
    after = next_cursor(Sighting(parsed=parsed(), etag='"empty"'), cursor(*AB), FRIDAY, ARXIV)

    assert judge(None, after, FRIDAY, ARXIV) is RunState.QUIET


def test_a_repeated_batch_keeps_the_day_it_was_first_seen() -> None:
    after = next_cursor(Sighting(parsed=parsed(*AB), etag='"rebuilt"'), cursor(*AB), FRIDAY, ARXIV)

    assert (after.batch_on, after.etag, after.fetched_at) == (THURSDAY.date(), '"rebuilt"', FRIDAY)
    assert judge(parsed(*AB), after, FRIDAY, ARXIV) is RunState.STALE


def test_an_incomplete_batch_leaves_no_validator() -> None:
    cut = replace(parsed(*AB), is_truncated=True)

    after = next_cursor(Sighting(parsed=cut, etag='"cut"', last_modified="x"), Cursor(), FRIDAY, ARXIV)

    assert (after.etag, after.last_modified) == (None, None)


@pytest.mark.parametrize(("answered", "kept"), [(None, '"old"'), ('"newer"', '"newer"')])
def test_not_modified_keeps_the_cursor(answered: str | None, kept: str) -> None:
    after = next_cursor(Sighting(parsed=None, etag=answered), cursor(*AB), FRIDAY, ARXIV)

    assert after == replace(cursor(*AB), etag=kept, fetched_at=FRIDAY)


def test_lists_that_did_not_change_are_remembered_with_those_that_did() -> None:
    seen = Sighting(parsed=parsed(AB[0]), unchanged_ids=frozenset({"arxiv:2611.00002"}))

    after = next_cursor(seen, cursor(*AB), FRIDAY, HUGGINGFACE)

    assert after.batch_ids == {"arxiv:2611.00001", "arxiv:2611.00002"}


def test_a_later_version_of_the_same_paper_is_fresh() -> None:
    second, third = (Parsed(papers=(paper(AB[0], version=number),)) for number in (2, 3))
    after = next_cursor(Sighting(parsed=second), Cursor(), THURSDAY, ARXIV)

    assert judge(second, after, FRIDAY, ARXIV) is RunState.STALE
    assert judge(third, after, FRIDAY, ARXIV) is RunState.FRESH


@pytest.mark.parametrize(
    ("rhythm", "fetched_at", "missed"),
    [
        (ARXIV, FRIDAY, []),
        (ARXIV, THURSDAY, ["2026-11-20"]),
        (ARXIV, THURSDAY - timedelta(days=1), ["2026-11-19", "2026-11-20"]),
        (ARXIV, MONDAY, []),
        (ARXIV, MONDAY + timedelta(days=9), []),
        (HUGGINGFACE, MONDAY - timedelta(days=31), []),
        (HUGGINGFACE, MONDAY - timedelta(days=33), ["2026-10-22", "2026-10-23"]),
    ],
)
def test_days_that_went_by_unread_are_named(rhythm: Rhythm, fetched_at: datetime, missed: list[str]) -> None:
    since = replace(cursor(*AB), fetched_at=fetched_at)
    fresh, unchanged = Sighting(parsed=parsed("2611.00009")), Sighting(parsed=None)

    assert [day.isoformat() for day in rhythm.missed_days(fetched_at, MONDAY)] == missed
    said = judge_batch("x", fresh, since, MONDAY, rhythm).warnings
    assert said == (
        (f"Nothing was read from {' to '.join(missed)}; what was announced then is missing",) if missed else ()
    )
    assert judge_batch("x", unchanged, since, MONDAY, rhythm).warnings == ()


def test_a_batch_carries_what_was_parsed() -> None:
    seen = replace(parsed(*AB), announcements=(announcement(paper()),), announced_count=2, warnings=("w",))

    batch = judge_batch("arxiv:cs.CL", Sighting(parsed=seen), Cursor(), FRIDAY, ARXIV)

    assert (batch.source, batch.state, batch.announced_count) == ("arxiv:cs.CL", RunState.FRESH, 2)
    assert (batch.papers, batch.announcements, batch.warnings) == (seen.papers, seen.announcements, ("w",))


def test_nothing_changed_carries_nothing() -> None:
    batch = judge_batch("x", Sighting(parsed=None), cursor(*AB), FRIDAY, ARXIV)

    assert (batch.papers, batch.announcements) == ((), ())


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SourceUnavailable("x", "y"), RunState.UNREACHABLE),
        (SourceRefused("x", "y"), RunState.REFUSED),
        (SourceChanged("x", "y"), RunState.BROKEN),
        (SourceError("x", "y"), RunState.UNREACHABLE),
    ],
)
def test_every_failure_has_its_state(error: SourceError, state: RunState) -> None:
    assert state_of(error) is state


def test_a_rhythm_without_rest_days_never_rests() -> None:
    assert not Rhythm(ZoneInfo("UTC")).is_rest(SATURDAY)
