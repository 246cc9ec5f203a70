"""`digest demo`: the whole job at a glance, with nothing configured and nothing sent."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_json, print_note, print_table, show_progress
from digest.demo import CAPTURED
from digest.demo.rehearsal import Calendar, Rehearsal, Stage, list_tallies
from digest.model import SourceRun
from digest.pipeline.health import read_health
from digest.settings import DeliverySettings, HttpSettings, Settings, SmtpSettings, TelegramSettings

DATABASE = "demo.db"
SUMMARY = "summary.json"
FEW = 3
# What an earlier demo wrote, and all that a new one deletes.
_OURS = (DATABASE + "*", SUMMARY, "mail/*.eml", "mail/*.html", "telegram/*.txt")
# Nobody waits long for a demo: one try, and the bundled day where there is no network.
_IMPATIENT = HttpSettings(attempts=1, timeout=timedelta(seconds=15), contact="https://digest.example.org")
_DEMO_KEY = "demo links are not meant to be followed"


@click.command()
@click.option(
    "--replay", type=click.Path(exists=True, path_type=Path), help="Play the captured responses in this folder."
)
@click.option("--offline", is_flag=True, help="Play the bundled day without trying the network.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True, help="Folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def demo(replay: Path | None, out: Path, *, offline: bool, as_json: bool) -> None:
    """Run the whole job once for five invented subscribers and write what would have been sent.

    With a network it uses today's papers; without one, a bundled day of invented papers in the exact wire formats.
    Nothing is sent and no configuration is needed; the database of the service is not touched.
    """
    started = time.monotonic()
    with _set_up(out) as (app, stage), show_progress() as progress:
        task = progress.add_task("Starting", total=None)
        stage.say = lambda sentence: progress.update(task, description=sentence)
        mode = _play(stage, replay, offline=offline)
        progress.stop()
        summary = _summarise(app, stage.rehearsal, mode, time.monotonic() - started)
    (out / SUMMARY).write_text(json.dumps(summary, indent=2, default=str) + "\n", encoding="utf-8")
    if as_json:
        print_json(summary)
    else:
        _print(stage.rehearsal, summary, out)


@contextmanager
def _set_up(out: Path) -> Iterator[tuple[App, Stage]]:
    _clear(out)
    calendar = Calendar()
    with open_app(make_settings(out / DATABASE), calendar) as app:
        yield app, Stage(app, calendar, out)


def _clear(out: Path) -> None:
    """Delete what an earlier demo wrote; refuse a folder that holds anything else."""
    if out.exists() and any(out.iterdir()) and not (out / DATABASE).exists():
        raise click.UsageError(f"{out} holds other files; choose a new folder with --out.")
    for pattern in _OURS:
        for path in out.glob(pattern):
            path.unlink()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(
            f"{out} cannot be written to: {error.strerror}. Choose another folder with --out."
        ) from error


def make_settings(database: Path) -> Settings:
    """Give settings that send nothing, on a database of their own."""
    return Settings(
        database_url=f"sqlite:///{database}",
        public_url="https://digest.example.org",
        secret_key=_DEMO_KEY,
        log_level="error",
        http=_IMPATIENT,
        smtp=SmtpSettings(),
        telegram=TelegramSettings(),
        delivery=DeliverySettings(),
    )


def _play(stage: Stage, replay: Path | None, *, offline: bool) -> str:
    if replay is not None:
        stage.replay(replay)
        return f"replay of {replay}"
    if not offline and stage.go_live():
        return "live"
    if not offline:
        print_note(f"No papers from the network: {stage.why_not_live}.")
        print_note("Playing the bundled day of invented papers instead.")
    stage.replay(CAPTURED)
    return "bundled day"


def _summarise(app: App, rehearsal: Rehearsal, mode: str, seconds: float) -> dict[str, Any]:
    health = read_health(app.database)
    return {
        "mode": mode,
        "days": [day.isoformat() for day in rehearsal.days],
        "papers": health.papers,
        "announcements": health.announcements,
        "subscribers": sum(health.subscribers.values()),
        "deliveries": dict(health.deliveries),
        "runs": [_run_to_json(run) for run in rehearsal.runs],
        "editions": [asdict(each) for each in list_tallies(rehearsal)],
        "skipped_files": [{"file": str(each.path), "reason": each.reason} for each in rehearsal.skipped],
        "duration_seconds": round(seconds, 2),
    }


def _print(rehearsal: Rehearsal, summary: dict[str, Any], out: Path) -> None:
    pulled = _sum_runs(rehearsal)
    print_table(f"Pulled ({summary['mode']})", ("source", "papers", "new announcements", "remarks"), pulled)
    rows = [
        (each.name, each.kind, each.shown + each.more, each.shown, each.messages, each.remark)
        for each in list_tallies(rehearsal)
    ]
    columns = ("subscriber", "channel", "matched", "shown", "sent", "remarks")
    print_table("Matched and sent", columns, rows)
    if rehearsal.skipped:
        print_table("Files that no source reads", ("folder", "files", "why"), _group_skipped(rehearsal))
    click.echo(
        f"{summary['papers']} papers, {summary['announcements']} announcements, {summary['duration_seconds']} s."
    )
    click.echo(f"Look at {out}/mail/*.html in a browser, {out}/mail/*.eml in a mail program, {out}/telegram/*.txt,")
    click.echo(f"and {out}/{SUMMARY} for the figures.")


def _run_to_json(run: SourceRun) -> dict[str, Any]:
    return {
        "source": run.source,
        "state": run.state.value,
        "papers": run.papers,
        "announcements": run.announcements,
        "detail": run.detail,
    }


def _group_skipped(rehearsal: Rehearsal) -> list[tuple[str, str, str]]:
    """List the files by folder: by name where they are few, by number where they are many."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in rehearsal.skipped:
        groups.setdefault((each.path.parent.name, each.reason), []).append(each.path.name)
    return [
        (folder, ", ".join(names) if len(names) <= FEW else f"{len(names)} files, named in {SUMMARY}", reason)
        for (folder, reason), names in groups.items()
    ]


def _sum_runs(rehearsal: Rehearsal) -> list[tuple[str, int, int, str]]:
    """Add up the runs of each source; captures of one source may be many files."""
    papers: Counter[str] = Counter()
    announced: Counter[str] = Counter()
    remarks: dict[str, Counter[str]] = {}
    for run in rehearsal.runs:
        papers[run.source] += run.papers
        announced[run.source] += run.announcements
        remarks.setdefault(run.source, Counter())[run.state.value] += 1
    return [
        (source, papers[source], announced[source], ", ".join(f"{n} × {state}" for state, n in states.items()))
        for source, states in sorted(remarks.items())
    ]
