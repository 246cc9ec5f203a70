"""`digest status`: how the sources have been doing, what waits to be sent, and whether anything needs a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

import click
from rich.text import Text

from digest.bootstrap import App, open_app
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_note, print_table
from digest.cli.sources import choose_source
from digest.model import RunState, SourceRun
from digest.model.watch import Alarm
from digest.pipeline.health import (
    DayStatus,
    Health,
    find_worries,
    read_day,
    read_health,
    read_statuses,
)
from digest.pipeline.watch.records import STRIP
from digest.pipeline.watch.standing import Moment, SourceStatus, dump_status, say_remarks
from subscribers.schedule import zone_of

DEPTH: Final = 20  # runs of one source, in detail
# A sign and a colour for each state: signs alone tell them apart, and trouble is a letter.
SIGNS: Final[Mapping[RunState, tuple[str, str]]] = {
    RunState.FRESH: ("+", "green"),
    RunState.QUIET: (".", "green"),
    RunState.HOLIDAY: ("-", "green"),
    RunState.STALE: ("S", "yellow"),
    RunState.PARTIAL: ("P", "yellow"),
    RunState.BROKEN: ("B", "bold red"),
    RunState.REFUSED: ("R", "bold red"),
    RunState.UNREACHABLE: ("U", "bold red"),
}
_FAILED: Final = frozenset({RunState.BROKEN, RunState.REFUSED, RunState.UNREACHABLE})


@click.command()
@click.option("--source", "name", metavar="NAME", help="Show the last runs of one source in detail.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def status(name: str | None, *, as_json: bool) -> Exit:
    """Show how the sources have been doing, who is subscribed and what waits in the outbox.

    Exits 1 when something needs a person: a source that cannot be read or has owed its batch for too long, sources
    that nobody reads, messages that were given up or wait too long.
    """
    with open_app() as app:
        return _show_source(app, name, as_json=as_json) if name else _show_all(app, as_json=as_json)


def _show_all(app: App, *, as_json: bool) -> Exit:
    at = Moment(app.clock())
    health, statuses = read_health(app.database), read_statuses(app.database, app.make_sources(), at)
    day = read_day(app.database, app.make_sources(), at.now, zone_of(app.settings.operator.timezone))
    worries = find_worries(health, at.now, {each.name for each in statuses}, _alarms(statuses))
    if as_json:
        sources = [dump_status(each) for each in statuses]
        print_json(asdict(health) | {"sources": sources, "day": asdict(day), "worries": worries})
    else:
        _print_sources(statuses)
        _print_counts(health, day)
        for worry in worries:
            print_note(f"Needs a look: {worry}")
    return Exit.FAILED if worries else Exit.OK


def _show_source(app: App, name: str, *, as_json: bool) -> Exit:
    at = Moment(app.clock())
    (found,) = read_statuses(app.database, [choose_source(app.make_sources(), name)], at, DEPTH)
    if as_json:
        print_json(dump_status(found))
    else:
        _print_source(found)
    last = found.record.last
    is_worrying = found.alarm is not None or (last is not None and last.state in _FAILED)
    return Exit.FAILED if is_worrying else Exit.OK


def _alarms(statuses: Iterable[SourceStatus]) -> list[Alarm]:
    return [each.alarm for each in statuses if each.alarm is not None]


def _print_sources(statuses: Sequence[SourceStatus]) -> None:
    """Print what came, when, and what it means: three tables, each of which fits a terminal."""
    if not statuses:
        click.echo("No source is configured.\n")
        return
    columns = ("source", f"last {STRIP} runs", "state", "papers", "new", "announced")
    print_table("Sources", columns, [_row_of_runs(each) for each in statuses])
    click.echo("  ".join(f"{sign} {state.value}" for state, (sign, _) in SIGNS.items()) + "\n")
    times = ("source", "last answer", "last fresh", "complete", "asked next")
    print_table("Times (UTC)", times, [_row_of_times(each) for each in statuses])
    print_table("In words", ("source", "how it stands", "remarks of the last run"), map(_row_of_words, statuses))


def _row_of_runs(status: SourceStatus) -> tuple[object, ...]:
    last = status.record.last
    if last is None:
        return (status.name, "", "not read yet", None, None, None)
    counts = (last.papers, last.announcements, last.announced_count)
    return (status.name, make_strip(status.record.runs), _colour(last.state), *counts)


def _row_of_times(status: SourceStatus) -> tuple[object, ...]:
    record = status.record
    fresh = record.last_fresh.ended_at if record.last_fresh else None
    return (status.name, *map(_short, (record.last_answer_at, fresh)), record.complete_on, _short(status.due_at))


def _row_of_words(status: SourceStatus) -> tuple[object, ...]:
    last = status.record.last
    return (status.name, status.sentence, say_remarks(last) if last else "")


def _print_counts(health: Health, day: DayStatus) -> None:
    counts = [
        ("papers", health.papers),
        ("announcements", health.announcements),
        ("interests", health.interests),
        ("follows", health.follows),
        *((f"subscribers, {state}", count) for state, count in health.subscribers.items()),
        *((f"channels, {name}", count) for name, count in health.channels.items()),
        *((f"deliveries, {state}", count) for state, count in health.deliveries.items()),
        ("oldest waiting message (UTC)", health.oldest_unsent_at or "–"),
        (f"is {day.day} complete?", _say_day(day)),
    ]
    print_table("Counts", ("what", "how many"), counts)


def _say_day(day: DayStatus) -> str:
    if day.completed_at is None:
        return f"not yet: {'; '.join(day.waits_for)}"
    pinged = f", dead-man URL told at {day.pinged_at:%H:%M}" if day.pinged_at else ""
    return f"since {day.completed_at:%H:%M} UTC{pinged}"


def _print_source(status: SourceStatus) -> None:
    click.echo(f"{status.title} ({status.name}): {status.sentence}.\n")
    if status.alarm_raised_at:
        click.echo(f"The operator was told at {status.alarm_raised_at:%Y-%m-%d %H:%M} UTC.\n")
    columns = ("started (UTC)", "took", "state", "papers", "new", "announced", "remarks")
    print_table(f"Last {DEPTH} runs", columns, map(_row_of_run, status.record.runs))
    print_table(
        "Times (UTC)", ("source", "last answer", "last fresh", "complete", "asked next"), [_row_of_times(status)]
    )


def _row_of_run(run: SourceRun) -> tuple[object, ...]:
    took = f"{(run.ended_at - run.started_at) / timedelta(seconds=1):.1f} s"
    counts = (run.papers, run.announcements, run.announced_count)
    return (run.started_at, took, _colour(run.state), *counts, say_remarks(run))


def make_strip(runs: Iterable[SourceRun]) -> Text:
    """Draw the states of some runs, a sign each."""
    return Text.assemble(*(SIGNS[run.state] for run in runs))


def _colour(state: RunState) -> Text:
    return Text(state.value, SIGNS[state][1])


def _short(at: datetime | None) -> str:
    return f"{at:%m-%d %H:%M}" if at else ""
