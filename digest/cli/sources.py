"""`digest sources`: what is read, and a look at what one source or one captured response says. Stores nothing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from digest.bootstrap import open_app
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_note, print_table
from digest.errors import SourceError
from digest.model import Batch, Cursor, Parsed, SourceRun
from digest.settings import read_settings
from digest.sources import Source
from digest.sources.http.client import Http
from digest.sources.judgement import state_of
from digest.sources.registry import make_sources
from digest.sources.replay import read_folder
from digest.storage import runs

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
file = click.Path(exists=True, path_type=Path)


@click.group()
def sources() -> None:
    """Look at the sources: which are read, what one answers now, what a captured response says."""


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
            (name, run.state.value, run.ended_at, run.detail) if run else (name, "never run") for name, run in rows
        ]
        print_table("Sources", ("source", "last state", "last run (UTC)", "remarks"), cells)


@sources.command()
@click.argument("files", nargs=-1, required=True, type=file, metavar="FILE…")
@json_option
def parse(files: Sequence[Path], *, as_json: bool) -> Exit:
    """Show what captured responses (FILE… or folders of them, plain or .gz) parse to.

    The format tells which source a response is from. Exits 1 if a file is none that a source can read.
    """
    replays = [read_folder(path, make_sources(read_settings().sources)) for path in files]
    captures = [capture for replay in replays for capture in replay.captures]
    skipped = [each for replay in replays for each in replay.skipped]
    if as_json:
        print_json([{"file": str(each.path), "source": each.source_name, "parsed": each.parsed} for each in captures])
    else:
        for each in captures:
            _print_parsed(f"{each.path.name} ({each.source_name})", each.parsed)
    for other in skipped:
        print_note(f"{other.path}: {other.reason}")
    return Exit.FAILED if skipped else Exit.OK


@sources.command("test")
@click.argument("name")
@json_option
def try_out(name: str, *, as_json: bool) -> Exit:
    """Read the source NAME once, politely, and show what it answers. Exits 1 if it could not be read."""
    settings = read_settings()
    known = {source.name: source for source in make_sources(settings.sources)}
    if name not in known:
        raise click.UsageError(f"There is no source “{name}”; there are: {', '.join(known) or 'none'}.")
    with open_app(settings) as app:
        try:
            batch = asyncio.run(_fetch(known[name], app.make_http(), app.clock()))
        except SourceError as error:
            print_note(f"{name} is {state_of(error).value}: {error}")
            return Exit.FAILED
    if as_json:
        print_json(batch)
    else:
        parsed = Parsed(papers=batch.papers, announcements=batch.announcements, warnings=batch.warnings)
        _print_parsed(f"{name} is {batch.state.value}", parsed)
    return Exit.OK


def _describe(run: SourceRun) -> tuple[str, datetime, str]:
    return run.state.value, run.ended_at, run.detail


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
