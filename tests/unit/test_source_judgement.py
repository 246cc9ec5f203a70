"""How a run is judged, and where the next one starts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.model import Cursor, Parsed, PastBatch, RunState
from digest.sources.arxiv.source import RHYTHM as ARXIV
from digest.sources.huggingface import RHYTHM as HUGGINGFACE
from digest.sources.judgement import Sighting, Verdict, judge, judge_batch, state_of
from digest.sources.rhythm import Pattern, Rhythm
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
MANY = tuple(f"2611.{number:05d}" for number in range(200))
ROLLING = Rhythm(pattern=Pattern.ROLLING)


def verdict(seen: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    return judge(Sighting(parsed=seen), since, now, rhythm)


def state(seen: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> RunState:
    return verdict(seen, since, now, rhythm).state


def next_cursor(seen: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> Cursor:
    return judge_batch("x", seen, since, now, rhythm).cursor


def history(*sizes: int, **filled: float) -> tuple[PastBatch, ...]:
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(len(sizes))]
    return tuple(PastBatch(on=day, entries=size, filled=filled) for day, size in zip(days, sizes, strict=True))


@pytest.mark.parametrize(
    ("seen", "since", "now", "expected"),
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
    seen: Parsed | None, since: Cursor, now: datetime, expected: RunState
) -> None:
    assert state(seen, since, now, ARXIV) is expected


@pytest.mark.parametrize(
    ("seen", "since", "expected"),
    [
        (parsed(*AB), Cursor(), RunState.FRESH),
        (parsed(*AB), cursor(*AB), RunState.QUIET),
        (parsed(AB[0]), cursor(*AB), RunState.QUIET),
        (parsed(), cursor(*AB), RunState.QUIET),
        (None, cursor(*AB), RunState.QUIET),
    ],
)
def test_a_list_that_is_read_again_is_never_stale(seen: Parsed | None, since: Cursor, expected: RunState) -> None:
    assert state(seen, since, FRIDAY, HUGGINGFACE) is expected


@pytest.mark.parametrize(
    "flaw", [{"is_truncated": True}, {"announced_count": 3}, {"skipped": 2}, {"skipped": 50, "papers": ()}]
)
def test_what_is_missing_something_is_partial(flaw: dict[str, object]) -> None:
    assert state(replace(parsed(*AB), **flaw), cursor(*AB), FRIDAY, ARXIV) is RunState.PARTIAL  # type: ignore[arg-type]


def test_one_broken_entry_among_many_is_no_more_than_a_warning() -> None:
    many = parsed(*(f"2611.{number:05d}" for number in range(20)))

    assert state(replace(many, skipped=2, announced_count=20), Cursor(), FRIDAY, ARXIV) is RunState.FRESH


def test_the_day_is_the_sources_day() -> None:
    just_before_midnight_in_new_york = datetime(2026, 11, 21, 4, 59, tzinfo=UTC)

    assert ARXIV.day_of(just_before_midnight_in_new_york) == date(2026, 11, 20)
    assert not ARXIV.is_rest(just_before_midnight_in_new_york)
    assert ARXIV.is_rest(datetime(2026, 11, 21, 5, 0, tzinfo=UTC))


def test_the_cursor_remembers_a_new_batch() -> None:
    seen = Sighting(parsed=parsed(*AB), etag='"new"', last_modified="yesterday")

    after = next_cursor(seen, cursor("2611.00009"), FRIDAY, ARXIV)

    assert after == Cursor(
        etag='"new"',
        last_modified="yesterday",
        batch_ids=frozenset({"arxiv:2611.00001", "arxiv:2611.00002"}),
        batch_on=FRIDAY.date(),
        fetched_at=FRIDAY,
        complete_on=FRIDAY.date(),
        history=after.history,
    )
    assert [(batch.on, batch.entries) for batch in after.history] == [(FRIDAY.date(), 2)]


def test_an_empty_day_does_not_forget_the_last_batch() -> None:
    after = next_cursor(Sighting(parsed=parsed(), etag='"empty"'), cursor(*AB), SATURDAY, ARXIV)

    assert (after.batch_ids, after.batch_on, after.is_empty) == (cursor(*AB).batch_ids, THURSDAY.date(), True)
    assert state(None, after, SATURDAY, ARXIV) is RunState.HOLIDAY
    assert state(parsed(*AB), after, MONDAY, ARXIV) is RunState.STALE


def test_an_empty_working_day_stays_quiet_when_nothing_changes() -> None:
    after = next_cursor(Sighting(parsed=parsed(), etag='"empty"'), cursor(*AB), FRIDAY, ARXIV)

    assert state(None, after, FRIDAY, ARXIV) is RunState.QUIET


def test_a_repeated_batch_keeps_the_day_it_was_first_seen() -> None:
    after = next_cursor(Sighting(parsed=parsed(*AB), etag='"rebuilt"'), cursor(*AB), FRIDAY, ARXIV)

    assert (after.batch_on, after.etag, after.fetched_at) == (THURSDAY.date(), '"rebuilt"', FRIDAY)
    assert state(parsed(*AB), after, FRIDAY, ARXIV) is RunState.STALE


def test_an_incomplete_batch_leaves_no_validator() -> None:
    cut = replace(parsed(*AB), is_truncated=True)

    after = next_cursor(Sighting(parsed=cut, etag='"cut"', last_modified="x"), Cursor(), FRIDAY, ARXIV)

    assert (after.etag, after.last_modified) == (None, None)


@pytest.mark.parametrize(("answered", "kept"), [(None, '"old"'), ('"newer"', '"newer"')])
def test_not_modified_keeps_the_cursor(answered: str | None, kept: str) -> None:
    after = next_cursor(Sighting(parsed=None, etag=answered), cursor(*AB), FRIDAY, ARXIV)

    assert after == replace(cursor(*AB), etag=kept, fetched_at=FRIDAY, complete_on=THURSDAY.date())


def test_lists_that_did_not_change_are_remembered_with_those_that_did() -> None:
    seen = Sighting(parsed=parsed(AB[0]), unchanged_ids=frozenset({"arxiv:2611.00002"}))

    after = next_cursor(seen, cursor(*AB), FRIDAY, HUGGINGFACE)

    assert after.batch_ids == {"arxiv:2611.00001", "arxiv:2611.00002"}


def test_a_later_version_of_the_same_paper_is_fresh() -> None:
    second, third = (Parsed(papers=(paper(AB[0], version=number),)) for number in (2, 3))
    after = next_cursor(Sighting(parsed=second), Cursor(), THURSDAY, ARXIV)

    assert state(second, after, FRIDAY, ARXIV) is RunState.STALE
    assert state(third, after, FRIDAY, ARXIV) is RunState.FRESH


@pytest.mark.parametrize(
    ("complete_on", "seen", "missed"),
    [
        (FRIDAY, parsed("2611.00009"), ""),
        (THURSDAY, parsed("2611.00009"), "2026-11-20"),
        (THURSDAY - timedelta(days=1), parsed("2611.00009"), "2026-11-19 to 2026-11-20"),
        (THURSDAY, None, "2026-11-20"),
        (MONDAY, parsed("2611.00009"), ""),
    ],
)
def test_batches_that_went_by_unread_are_named(complete_on: datetime, seen: Parsed | None, missed: str) -> None:
    since = replace(cursor(*AB), complete_on=complete_on.date(), fetched_at=FRIDAY)

    said = f"Nothing was read from {missed}; what was announced then is missing"
    assert (said in verdict(seen, since, MONDAY, ARXIV).warnings) is bool(missed)


def test_what_is_owed_makes_a_run_partial_and_is_not_forgotten() -> None:
    friday = frozenset({FRIDAY.date()})
    since = replace(cursor(*AB), complete_on=THURSDAY.date())
    owing = judge_batch("x", Sighting(parsed=parsed("2611.00009"), owed=friday), since, MONDAY, ARXIV)
    paid = judge_batch("x", Sighting(parsed=parsed("2611.00009"), filled=friday), since, MONDAY, ARXIV)

    assert (owing.state, owing.cursor.complete_on) == (RunState.PARTIAL, THURSDAY.date())
    assert (paid.state, paid.cursor.complete_on) == (RunState.FRESH, MONDAY.date())
    assert (len(owing.warnings), paid.warnings) == (1, ())


def test_days_of_lists_that_cannot_be_read_any_more_are_named() -> None:
    since = replace(cursor(*AB), fetched_at=MONDAY - timedelta(days=33))

    assert "Nothing was read from 2026-10-22 to 2026-10-23" in " ".join(
        verdict(parsed("2611.00009"), since, MONDAY, HUGGINGFACE).warnings
    )


def test_an_empty_batch_is_late_where_there_never_was_one() -> None:
    busy, calm = (replace(cursor(*AB), history=history(*sizes)) for sizes in ((150,) * 6, (0, 2, 0, 1, 0, 3)))

    assert state(parsed(), busy, FRIDAY, ARXIV) is RunState.STALE
    assert state(parsed(), busy, SATURDAY, ARXIV) is RunState.HOLIDAY
    assert state(parsed(), calm, FRIDAY, ARXIV) is RunState.QUIET


def test_an_empty_answer_that_is_repeated_is_judged_as_empty_again() -> None:
    busy = replace(cursor(*AB), history=history(*(150,) * 6))
    after = next_cursor(Sighting(parsed=parsed(), etag='"e"'), busy, FRIDAY, ARXIV)

    assert state(None, after, FRIDAY, ARXIV) is RunState.STALE
    assert state(parsed(*AB), after, FRIDAY, ARXIV) is RunState.STALE


def test_a_tenth_of_a_batch_is_not_the_batch() -> None:
    since = replace(cursor(*AB), history=history(*(200,) * 6))
    seen = judge_batch("x", Sighting(parsed=parsed(*MANY[10:30]), etag='"e"'), since, FRIDAY, ARXIV)
    whole = judge_batch("x", Sighting(parsed=parsed(*MANY), etag='"f"'), seen.cursor, FRIDAY, ARXIV)

    assert (seen.state, seen.cursor.etag, len(seen.papers)) == (RunState.PARTIAL, None, 20)
    assert (whole.state, whole.cursor.complete_on) == (RunState.FRESH, FRIDAY.date())


def test_a_batch_that_shrinks_during_the_day_is_partial_and_keeps_its_ids() -> None:
    first = judge_batch("x", Sighting(parsed=parsed(*MANY)), cursor(*AB), FRIDAY, ARXIV)
    shrunk = judge_batch("x", Sighting(parsed=parsed(*MANY[:40])), first.cursor, FRIDAY, ARXIV)

    assert (first.state, shrunk.state) == (RunState.FRESH, RunState.PARTIAL)
    assert len(shrunk.cursor.batch_ids) == 200


def test_a_field_gone_from_most_entries_means_another_format() -> None:
    since = replace(cursor(*AB), history=history(*(50,) * 6, authors=1.0, abstract=1.0, announcements=0.0))
    bare = Parsed(papers=tuple(replace(paper(number), authors=()) for number in MANY[:30]))
    batch = judge_batch("x", Sighting(parsed=bare, etag='"e"'), since, FRIDAY, ARXIV)

    assert (batch.state, batch.cursor.etag, len(batch.papers)) == (RunState.BROKEN, None, 30)
    assert "authors" in batch.warnings[0]
    assert [past.is_doubted for past in batch.cursor.history] == [False] * 6 + [True]


def test_what_is_doubted_for_three_days_is_how_the_source_is_now() -> None:
    since = replace(cursor(*AB), history=history(*(200,) * 6))
    states = []
    for day in range(9, 14):
        now, first = datetime(2026, 11, day, 1, tzinfo=EASTERN), (day - 8) * 20
        batch = judge_batch("x", Sighting(parsed=parsed(*MANY[first : first + 20])), since, now, ARXIV)
        since = batch.cursor
        states.append(batch.state)

    assert states == [RunState.PARTIAL] * 3 + [RunState.FRESH] * 2
    assert [past.entries for past in since.history] == [20] * 5
    assert not any(past.is_doubted for past in since.history)


def test_a_search_without_news_has_not_changed_its_format() -> None:
    known = replace(cursor(*AB), history=history(*(30,) * 6, authors=0.0, announcements=1.0))

    assert state(parsed(*MANY[:30]), known, SATURDAY, ROLLING) is RunState.FRESH


def test_a_rolling_list_is_fresh_or_quiet_and_doubted_only_when_it_is_emptied() -> None:
    known = replace(cursor(*AB), history=history(*(30,) * 6))

    assert state(parsed(*AB, "2611.00003"), known, SATURDAY, ROLLING) is RunState.FRESH
    assert state(parsed(AB[0]), known, SATURDAY, ROLLING) is RunState.QUIET
    assert state(parsed(), cursor(*AB), SATURDAY, ROLLING) is RunState.QUIET
    assert state(parsed(), known, SATURDAY, ROLLING) is RunState.PARTIAL


def test_a_rolling_list_remembers_what_fell_off_it() -> None:
    after = next_cursor(Sighting(parsed=parsed("2611.00003")), cursor(*AB), FRIDAY, ROLLING)

    assert len(after.batch_ids) == 3


def test_a_rolling_list_never_forgets_all_at_once() -> None:
    known = frozenset(f"arxiv:2610.{number:05d}" for number in range(10_000))
    after = next_cursor(Sighting(parsed=parsed(*AB)), Cursor(batch_ids=known), FRIDAY, ROLLING)

    assert len(after.batch_ids) == 10_000
    assert {f"arxiv:{number}" for number in AB} < after.batch_ids


def test_before_its_hour_nothing_is_late() -> None:
    at_nine = replace(ARXIV, ready_at=time(9))

    assert state(parsed(*AB), cursor(*AB), FRIDAY, at_nine) is RunState.QUIET
    assert state(parsed(*AB), cursor(*AB), FRIDAY.replace(hour=10), at_nine) is RunState.STALE


def test_a_working_day_without_a_list_is_late_once_it_is_over() -> None:
    since = replace(cursor(*AB), history=history(*(40,) * 15))
    listed = replace(since, history=(*since.history, PastBatch(on=FRIDAY.date(), entries=30)))
    monday = datetime(2026, 11, 23, 2, tzinfo=UTC)

    assert state(parsed(), since, monday, HUGGINGFACE) is RunState.STALE
    assert state(parsed(), listed, monday, HUGGINGFACE) is RunState.QUIET


def test_a_batch_carries_what_was_parsed() -> None:
    seen = replace(parsed(*AB), announcements=(announcement(paper()),), announced_count=2, warnings=("w",))

    batch = judge_batch("arxiv:cs.CL", Sighting(parsed=seen), Cursor(), FRIDAY, ARXIV)

    assert (batch.source, batch.state, batch.announced_count) == ("arxiv:cs.CL", RunState.FRESH, 2)
    assert (batch.papers, batch.announcements, batch.warnings) == (seen.papers, seen.announcements, ("w",))


def test_nothing_changed_carries_nothing() -> None:
    batch = judge_batch("x", Sighting(parsed=None), cursor(*AB), FRIDAY, ARXIV)

    assert (batch.papers, batch.announcements) == ((), ())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SourceUnavailable("x", "y"), RunState.UNREACHABLE),
        (SourceRefused("x", "y"), RunState.REFUSED),
        (SourceChanged("x", "y"), RunState.BROKEN),
        (SourceError("x", "y"), RunState.UNREACHABLE),
    ],
)
def test_every_failure_has_its_state(error: SourceError, expected: RunState) -> None:
    assert state_of(error) is expected
