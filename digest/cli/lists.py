"""`digest follow-list`: following everybody on a list that a reader brings along."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.exits import Exit
from digest.cli.follows import event_option, position_option, read_terms, timing_option
from digest.cli.output import print_json, print_table, show_progress
from digest.pipeline.following import Terms
from digest.pipeline.importing import Imported, follow_list
from digest.pipeline.signup import get_subscriber
from digest.researchers.imports import Fault, PeopleList, read_list
from subscribers.model import SubscriberView

MAX_BYTES = 5_000_001  # one more than is read: a larger file is refused with its reason


@click.command("follow-list")
@click.argument("who")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--least", type=click.IntRange(1), default=2, show_default=True, help="Of a library: authors of so many.")
@click.option("--dry-run", is_flag=True, help="Show who would be followed; follow nobody.")
@timing_option
@position_option
@event_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def follow_list_command(  # noqa: PLR0913 -- one argument for each option
    who: str,
    file: Path,
    *,
    least: int,
    dry_run: bool,
    is_at_once: bool | None,
    position: str | None,
    events: Sequence[str],
    as_json: bool,
) -> Exit:
    """Let WHO follow everybody on the list FILE (- is standard input).

    Understood are names or ids, one a line; CSV; BibTeX; Zotero's JSON; OPML; and the alert lists of Google Scholar
    and Semantic Scholar, as text or HTML. What cannot be used is listed with its line and the reason; the rest is
    followed. Exits 1 if there was such a line.
    """
    terms = read_terms(is_at_once, position, events)
    people = read_list(_read(file), file.name, least=least)
    with open_app() as app:
        view = get_subscriber(app.database, who)
        if dry_run:
            _print_wishes(people, as_json=as_json)
            return Exit.FAILED if people.faults else Exit.OK
        imported = asyncio.run(_follow(app, view, people, terms))
    if as_json:
        print_json(imported)
    else:
        _print_imported(view, imported)
    return Exit.FAILED if imported.faults else Exit.OK


async def _follow(app: App, view: SubscriberView, people: PeopleList, terms: Terms) -> Imported:
    with show_progress() as progress:
        task = progress.add_task("Following", total=len(people.wishes))
        async with app.make_http() as http:
            return await follow_list(
                app.make_inquiry(http), view.id, people, terms, lambda count: progress.advance(task, count)
            )


def _read(file: Path) -> bytes:
    with click.open_file(str(file), "rb") as opened:
        data: bytes = opened.read(MAX_BYTES)
    return data


def _print_wishes(people: PeopleList, *, as_json: bool) -> None:
    if as_json:
        print_json(people)
        return
    rows = [(wish.place, wish.shown, ", ".join(map(str, wish.ids)), wish.note) for wish in people.wishes]
    print_table(f"Would be followed, from {people.form}", ("line", "name", "ids", "remarks"), rows)
    _print_faults(people.faults)


def _print_imported(view: SubscriberView, imported: Imported) -> None:
    rows = [
        (wish.place, each.name, each.target_id, "" if each.change.is_changed else "followed before", wish.note)
        for wish, each in imported.followed
    ]
    title = f"{view.name} follows {len(rows)} from {imported.form}, {imported.new} of them new"
    print_table(title, ("line", "name", "no.", "", "remarks"), rows)
    _print_faults(imported.faults)


def _print_faults(faults: Sequence[Fault]) -> None:
    if faults:
        rows = [(fault.line, fault.text, fault.why) for fault in faults]
        print_table(f"Not used: {len(faults)}", ("line", "text", "why"), rows)
