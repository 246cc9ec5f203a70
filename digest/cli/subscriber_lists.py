"""`digest subscribers import` and `digest subscribers export`: moving subscribers from one program to another."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_note, print_table, show_progress
from digest.pipeline.enrol import Enrolled, Intake, enrol_list
from digest.pipeline.enrolment import Outcome
from digest.pipeline.roll import list_everybody
from digest.pipeline.signup import read_interest
from digest.rendering.text import clean
from subscribers.lists import MAX_BYTES, Defaults, Listed, SubscriberList, read_subscribers, write_csv, write_json
from subscribers.lists.reading import FORMATS, JSON
from subscribers.model import Schedule

MOST_SHOWN = 200
_UNREMARKABLE = frozenset({Outcome.SUBSCRIBED, Outcome.ALREADY})


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), help="What FILE is, where its content shall not decide.")
@click.option(
    "--consent", "statement", default="", metavar="TEXT", help="How everybody on the list agreed; you vouch for it."
)
@click.option(
    "--interest", "interests", multiple=True, metavar="QUERY", help="A topic for those who name none; repeat for more."
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each line; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every line as JSON.")
def import_subscribers(
    file: Path, *, form: str | None, statement: str, interests: Sequence[str], dry_run: bool, as_json: bool
) -> Exit:
    """Subscribe everybody on the list FILE (- is standard input) who agreed to it.

    Understood are our own exports; those of listmonk, Ghost, Buttondown, Substack and Mailchimp; any table with a
    column of addresses; and one address a line, as Mailman prints its members. A line that says when and to whom
    somebody agreed is subscribed, and so is every line with --consent; the others are sent a mail that asks them to
    confirm. Who left, bounced or complained is not written to again. Exits 1 if a line was refused or not used.
    """
    for each in interests:
        read_interest(each)
    with open_app() as app:
        usual = Schedule(app.settings.default_timezone, app.settings.default_send_at)
        defaults = Defaults(schedule=usual, cap=app.settings.default_cap, interests=tuple(interests))
        listed = read_subscribers(_read(file), defaults, form or "")
        intake = Intake(source=clean(file.name)[:100], statement=clean(statement)[:500], is_rehearsal=dry_run)
        done = _enrol(app, listed, intake)
    if as_json:
        print_json(done)
    else:
        _print(done, listed, is_rehearsal=dry_run)
    return Exit.FAILED if any(each.outcome.is_fault for each in done) else Exit.OK


@click.command("export")
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="CSV or JSON.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if not.")
def export_subscribers(*, form: str, out: Path | None) -> None:
    """Write everybody who is or was subscribed, with evidence of consent, as `digest subscribers import` reads it.

    In CSV, what a spreadsheet would take for a formula begins with an apostrophe; importing takes it away again.
    """
    with open_app() as app:
        count = Counter[str]()
        lines = (write_json if form == JSON else write_csv)(_count(list_everybody(app.database), count))
        if out is None:
            for line in lines:
                click.echo(line, nl=False)
            return
        _write(out, lines)
    print_note(f"{count.total()} subscriber(s) written to {out}.")


def _read(file: Path) -> bytes:
    with click.open_file(str(file), "rb") as opened:
        data: bytes = opened.read(MAX_BYTES + 1)
    return data


def _enrol(app: App, listed: SubscriberList, intake: Intake) -> list[Enrolled]:
    with show_progress() as progress:
        task = progress.add_task("Importing", total=len(listed.entries))
        return enrol_list(
            app.database, listed.entries, intake, app.clock(), lambda count: progress.advance(task, count)
        )


def _print(done: Sequence[Enrolled], listed: SubscriberList, *, is_rehearsal: bool) -> None:
    remarkable = [each for each in done if each.outcome not in _UNREMARKABLE or each.why]
    rows = [(each.line, each.shown, each.outcome.value, each.why) for each in remarkable[:MOST_SHOWN]]
    if rows:
        print_table(f"From {listed.form}", ("line", "address", "what", "why"), rows)
    if len(remarkable) > MOST_SHOWN:
        print_note(f"{len(remarkable) - MOST_SHOWN} more lines; --json prints all of them.")
    counts = Counter(each.outcome for each in done)
    told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    click.echo(f"{'Would be: ' if is_rehearsal else ''}{told}.")


def _count(listed: Iterator[Listed], count: Counter[str]) -> Iterator[Listed]:
    for each in listed:
        count[each.status] += 1
        yield each


def _open_private(path: str, flags: int) -> int:
    """Open a file for its owner alone, also one that was there and open to others."""
    file = os.open(path, flags, 0o600)
    if stat.S_ISREG(os.fstat(file).st_mode):
        os.fchmod(file, 0o600)
    return file


def _write(out: Path, lines: Iterator[str]) -> None:
    """Write a file that only its owner may read: it holds everybody's address."""
    try:
        with open(out, "w", encoding="utf-8", newline="", opener=_open_private) as file:
            file.writelines(lines)
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror}.") from error
