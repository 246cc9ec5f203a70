"""`digest sources`: what is read, and a look at what one source or one captured response says. Stores nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import click

from digest.bootstrap import open_app
from digest.cli.exits import Exit
from digest.cli.feeds import add, remove
from digest.cli.output import print_json, print_note, print_table
from digest.errors import SourceError
from digest.model import Batch, Cursor, Parsed
from digest.settings import read_settings
from digest.sources import Source
from digest.sources.catalogue import FORMATS, find_format
from digest.sources.http.client import Http
from digest.sources.judgement import Sighting, judge_batch, state_of
from digest.sources.registry import make_sources
from digest.sources.replay import Capture, read_folder
from digest.sources.rhythm import Rhythm
from digest.storage import runs

MOST_NAMED: Final = 20

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def sources() -> None:
    """Look at the sources: which are read, what one answers now, what a captured response says."""


sources.add_command(add)
sources.add_command(remove)


@sources.command("list")
@json_option
def list_sources(*, as_json: bool) -> None:
    """List the configured sources and how their last runs ended."""
    with open_app() as app:
        with app.database.reading() as session:
            latest = {run.source: run for run in runs.list_latest_runs(session)}
        rows = [(source.name, latest.get(source.name)) for source in app.make_sources()]
    if as_json:
        print_json([{"source": name, "last_run": run} for name, run in rows])
    else:
        cells = [
            (name, run.state.value, run.ended_at, run.due_at, run.detail) if run else (name, "never run")
            for name, run in rows
        ]
        print_table("Sources", ("source", "last state", "last run (UTC)", "next (UTC)", "remarks"), cells)


@sources.command()
@click.argument("names", nargs=-1, required=True, metavar="[SOURCE] FILE…")
@json_option
def parse(names: Sequence[str], *, as_json: bool) -> Exit:
    """Show what captured responses (FILE… or folders of them, plain or .gz) of SOURCE parse to.

    SOURCE is a kind of source (arxiv, huggingface, openalex …) or the name of a configured one. Without it, the format
    tells which source a response is from. The state is that of a first run which got this answer on the day it
    announces. Exits 1 if a file is none that the source can read.
    """
    known = make_sources(read_settings().sources)
    form = None if Path(names[0]).exists() else find_format(names[0], known)
    paths = [_existing(name, is_first=not number) for number, name in enumerate(names) if number or form is None]
    if not paths:
        raise click.UsageError("Name at least one FILE that holds a captured response.")
    replays = [read_folder(path, known, form) for path in paths]
    captures = [capture for replay in replays for capture in replay.captures]
    skipped = [each for replay in replays for each in replay.skipped]
    if as_json:
        print_json([_capture_to_json(each, known) for each in captures])
    else:
        for each in captures:
            state = _judge(each, known).state.value
            _print_parsed(f"{each.path.name} ({each.source_name}, {state})", each.parsed)
    for other in skipped:
        print_note(f"{other.path}: {other.reason}")
    if not captures and not skipped:
        print_note(f"There is nothing in {', '.join(map(str, paths))}.")
    return Exit.FAILED if skipped or not captures else Exit.OK


@sources.command("test")
@click.argument("name")
@json_option
def try_out(name: str, *, as_json: bool) -> Exit:
    """Read the source NAME once, politely, and show what it answers. Exits 1 if it could not be read."""
    with open_app() as app:
        source = choose_source(app.make_sources(), name)
        try:
            batch = asyncio.run(_fetch(source, app.make_http(), app.clock()))
        except SourceError as error:
            state = state_of(error).value
            if as_json:
                print_json({"source": name, "state": state, "error": str(error)})
            print_note(f"{name} is {state}: {error}")
            return Exit.FAILED
    if as_json:
        print_json(batch)
    else:
        parsed = Parsed(papers=batch.papers, announcements=batch.announcements, warnings=batch.warnings)
        _print_parsed(f"{name} is {batch.state.value}", parsed)
    return Exit.OK


def choose_source(known: Sequence[Source], name: str) -> Source:
    """Give the source of a name. Raises UsageError where there is none, with the nearest names there are."""
    by_name = {source.name: source for source in known}
    if name in by_name:
        return by_name[name]
    alike = [each for each in by_name if each.partition(":")[2] == name] or get_close_matches(name, by_name, n=3)
    shown = alike or list(by_name)[:MOST_NAMED]
    more = f" and {len(by_name) - len(shown)} more" if len(by_name) > len(shown) and not alike else ""
    said = f"did you mean {' or '.join(alike)}?" if alike else f"there are: {', '.join(shown) or 'none'}{more}."
    raise click.UsageError(f"There is no source “{name[:100]}”; {said}")


def _existing(name: str, *, is_first: bool) -> Path:
    path = Path(name)
    if path.exists():
        return path
    or_source = f"neither a file nor a source; sources are: {', '.join(each.name for each in FORMATS)}"
    raise click.UsageError(f"“{name}” is {or_source if is_first else 'no file'}.")


def _judge(capture: Capture, known: Sequence[Source]) -> Batch:
    """Judge a response as the answer to a first run at noon of the day it announces."""
    kind = capture.source_name.partition(":")[0]
    rhythm = next((each.rhythm for each in known if each.name.partition(":")[0] == kind), Rhythm())
    day = capture.announced_on or datetime.now(UTC).date()
    noon = datetime.combine(day, time(12), rhythm.zone)
    return judge_batch(capture.source_name, Sighting(parsed=capture.parsed), Cursor(), noon, rhythm)


def _capture_to_json(capture: Capture, known: Sequence[Source]) -> dict[str, object]:
    judged = _judge(capture, known)
    return {
        "file": str(capture.path),
        "source": capture.source_name,
        "state": judged.state.value,
        "warnings": judged.warnings,
        "parsed": capture.parsed,
    }


async def _fetch(source: Source, http: Http, now: datetime) -> Batch:
    async with http:
        return await source.fetch(Cursor(), http, now)


def _print_parsed(title: str, parsed: Parsed) -> None:
    """Show the papers in a line each, then what was odd about them."""
    kinds: dict[str, list[str]] = {}
    for announcement in parsed.announcements:
        shown = f"{announcement.kind.value} {announcement.detail}".strip()
        kinds.setdefault(str(announcement.paper), []).append(shown)
    rows = [
        (
            paper.ids[0],
            paper.title,
            len(paper.authors),
            " ".join(paper.categories),
            ", ".join(kinds.get(str(paper.ids[0]), [])),
        )
        for paper in parsed.papers
    ]
    print_table(f"{title}: {len(rows)} papers", ("id", "title", "authors", "categories", "announced as"), rows)
    for warning in parsed.warnings:
        print_note(f"Warning: {warning}")
