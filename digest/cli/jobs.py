"""`digest run, fetch, compose, deliver`: the daily job, whole or stage by stage."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import click

from digest.bootstrap import App, open_app
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_note, print_table, show_progress
from digest.cli.sources import choose_source
from digest.model import SourceRun
from digest.pipeline.backfill import backfill
from digest.pipeline.compose import Composed, ComposeReport, compose_due
from digest.pipeline.deliver import DeliveryReport, OnSettled, Outbox, deliver_due
from digest.pipeline.fetch import FetchReport, fetch_all, fetch_due
from digest.pipeline.joining import answer_requests, forget_requests
from digest.pipeline.letters import LetterReport, deliver_letters
from digest.pipeline.readiness import list_due, list_late
from digest.pipeline.replay import replay_folder
from digest.scheduler import Service, call_on_signals
from digest.sources import Backfilling, Source

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
day = click.DateTime(formats=["%Y-%m-%d"])
folder = click.Path(exists=True, file_okay=False, path_type=Path)
# arXiv's first day: https://info.arxiv.org/about. No source of ours has announced anything earlier.
FIRST_ANNOUNCED: Final = date(1991, 8, 14)


@click.command()
def run() -> None:
    """Run the service: fetch, compose and deliver until stopped.

    SIGTERM or Ctrl-C stops it cleanly: what is being sent is finished, the rest waits in the outbox.
    """
    with open_app(is_service=True) as app:
        asyncio.run(_serve(app))


@click.command()
@click.option("--source", "names", multiple=True, metavar="NAME", help="Read only this source; repeat for several.")
@click.option(
    "--due", "only_due", is_flag=True, help="Read only the sources whose time has come, as `digest run` does."
)
@click.option("--from", "first", type=day, metavar="DATE", help="Read past days again, from this one on.")
@click.option("--to", "last", type=day, metavar="DATE", help="The last past day to read; yesterday by default.")
@click.option("--replay", type=folder, help="Read captured responses from this folder instead of the network.")
@json_option
def fetch(
    names: Sequence[str],
    *,
    only_due: bool,
    first: datetime | None,
    last: datetime | None,
    replay: Path | None,
    as_json: bool,
) -> Exit:
    """Pull new papers from the sources and store them.

    With --from, days that were missed are read again from the sources that can do so (arXiv's feeds, Hugging Face):
    what was announced then and is not stored yet is announced now. Exits 1 if a source could not be read; whatever the
    others brought is stored.
    """
    if (last and not first) or (first and only_due) or (replay and (first or only_due or names)):
        raise click.UsageError("--to goes with --from, --from not with --due, and --replay with none of the others.")
    with open_app() as app:
        if replay:
            report = _replay(app, replay)
        elif first:
            span = _read_span(first.date(), last.date() if last else None, app.clock().date())
            report = asyncio.run(_backfill(app, names, *span))
        else:
            report = asyncio.run(_fetch(app, names, only_due=only_due))
    if as_json:
        print_json(report.runs)
    elif report.runs:
        print_runs("Source runs", report.runs)
    else:
        print_note("No source is due now." if only_due else "No source is configured; see `digest check`.")
    return Exit.FAILED if report.failed else Exit.OK


@click.command()
@click.option("--now", "is_forced", is_flag=True, help="Compose every open channel, whatever its hour.")
@json_option
def compose(*, is_forced: bool, as_json: bool) -> None:
    """Compose the digests that are due and queue them.

    Each channel gets one digest a day, so running this twice queues nothing twice.
    """
    with open_app() as app, show_progress() as progress:
        task = progress.add_task("Composing", total=None)
        late = list_late(app.database, app.make_sources(), app.clock())
        report = compose_due(
            app.database, app.clock(), is_forced=is_forced, late=late, on_channel=lambda _: progress.advance(task)
        )
    if as_json:
        print_json([_composed_to_json(each) for each in report.composed])
    else:
        print_composed(report)
    if report.held:
        print_note(f"{len(report.held)} more wait for late batches, until the latest hour of each.")


@click.command()
@json_option
def deliver(*, as_json: bool) -> Exit:
    """Send the messages that wait in the outbox.

    Exits 1 if a notifier did not work at all, for example because of a wrong password; its messages stay queued.
    SIGTERM or Ctrl-C finishes the message that is being sent; the rest waits in the outbox.
    """
    with open_app() as app, show_progress() as progress:
        answer_requests(app.database, app.clock(), app.settings.signup.per_address)
        forget_requests(app.database, app.clock())
        outbox = app.make_outbox()
        task = progress.add_task("Delivering", total=None)
        letters, report = asyncio.run(_deliver(app, outbox, lambda *_: progress.advance(task)))
    if as_json:
        print_json({each.name: getattr(report, each.name) for each in fields(report)} | {"letters": letters})
    else:
        print_letters(letters)
        print_deliveries(report)
    return Exit.FAILED if report.unusable or report.stranded or letters.flaw else Exit.OK


def print_runs(title: str, runs: Sequence[SourceRun]) -> None:
    """Show how source runs ended."""
    rows = [(run.source, run.state.value, run.papers, run.announcements, run.detail) for run in runs]
    print_table(title, ("source", "state", "papers", "new", "remarks"), rows)


def print_composed(report: ComposeReport) -> None:
    """Show what became of the channels that were due."""
    rows = [(each.channel.name, each.channel.kind, *_describe(each)) for each in report.composed]
    print_table("Editions", ("subscriber", "channel", "edition", "papers", "more", "remarks"), rows)
    if not rows and not report.held:
        print_note("No channel is due now; `digest compose --now` does not wait for the hour.")


def print_letters(report: LetterReport) -> None:
    """Show what became of the letters, if there were any."""
    rows = [(state.value, count) for state, count in report.states.items()]
    rows += [("to be tried again", report.retried)] if report.retried else []
    if rows:
        print_table("Letters", ("state", "letters"), rows)
    if report.flaw:
        print_note(f"Letters wait: {report.flaw}")


def print_deliveries(report: DeliveryReport) -> None:
    """Show what became of the deliveries."""
    rows = [(state.value, count) for state, count in report.states.items()]
    rows += [("to be tried again", report.retried)] if report.retried else []
    rows += [("cancelled", report.cancelled)] if report.cancelled else []
    print_table("Deliveries", ("state", "messages"), rows or [("nothing was due", 0)])
    for kind, fault in report.unusable.items():
        print_note(f"Nothing more was sent by {kind}: {fault}")
    for why, until in report.held.items():
        print_note(f"Mails wait until {until:%Y-%m-%d %H:%M} UTC: {why}.")
    for kind, count in report.stranded.items():
        print_note(f"{count} due for {kind} channels, and no notifier is configured for them; see `digest check`.")


class _Companion(Protocol):
    """What runs beside the scheduler."""

    async def run_until_stopped(self) -> None: ...

    def stop(self) -> None: ...


async def _serve(app: App) -> None:
    """Run the scheduler, with web server, bot and listener for bounces beside it, as far as they are set up."""
    service = Service(app)
    companions = list(_make_companions(app, service))
    async with asyncio.TaskGroup() as tasks:
        for companion in companions:
            tasks.create_task(companion.run_until_stopped())
        await service.run()
        for companion in companions:
            companion.stop()


def _make_companions(app: App, service: Service) -> Iterator[_Companion]:
    """Make them; their libraries take long to import, and only this needs them."""
    if app.settings.web_port:
        from digest.web.app import WebServer  # noqa: PLC0415

        yield WebServer(app, service.roster)
    if app.settings.telegram.token.get_secret_value() and app.settings.telegram.listens:
        from digest.bot.updates import BotListener  # noqa: PLC0415

        yield BotListener(app)
    if app.settings.bounces.lmtp_port:
        from digest.pipeline.listening import make_listener  # noqa: PLC0415

        yield make_listener(app.make_postbox(), app.settings)


async def _deliver(app: App, outbox: Outbox, on_settled: OnSettled) -> tuple[LetterReport, DeliveryReport]:
    stopping = asyncio.Event()
    call_on_signals(stopping.set)
    letters = await deliver_letters(outbox, app.presenter.render_letter, stopping.is_set)
    report = await deliver_due(letters.spare(outbox), on_settled, stopping.is_set)
    if stopping.is_set():
        print_note("Stopped; what was not sent waits in the outbox.")
    stranded = {kind: count for kind, count in report.stranded.items() if kind not in outbox.notifiers}
    return letters, replace(report, unusable=report.unusable | letters.unusable, stranded=stranded)


async def _fetch(app: App, names: Sequence[str], *, only_due: bool) -> FetchReport:
    sources = _choose(app.make_sources(), names)
    if only_due:
        sources = list_due(app.database, sources, app.clock())
    read = fetch_due if only_due else fetch_all
    with show_progress() as progress:
        task = progress.add_task("Reading sources", total=len(sources))

        def step(run: SourceRun) -> None:
            progress.update(task, advance=1, description=f"Read {run.source}")

        async with app.make_http() as http:
            return await read(app.make_reading(http), sources, on_run=step)


def _read_span(first: date, last: date | None, today: date) -> tuple[date, date]:
    """Give the first and the last day to read. Raises UsageError for days that cannot be read."""
    until = last or today - timedelta(days=1)
    if first < FIRST_ANNOUNCED:
        raise click.UsageError(f"Nothing was announced before {FIRST_ANNOUNCED}; choose a later --from.")
    if max(first, until) > today:
        raise click.UsageError(f"{max(first, until)} has not come yet; today is {today} (UTC).")
    if until < first:
        raise click.UsageError(f"There is no day from {first} to {until}.")
    return first, until


async def _backfill(app: App, names: Sequence[str], first: date, last: date) -> FetchReport:
    chosen = _choose(app.make_sources(), names)
    able = [source for source in chosen if isinstance(source, Backfilling)]
    for source in chosen if names else ():
        if source not in able:
            print_note(f"{source.name} cannot read past days; its list has whatever it has.")
    if not able:
        raise click.UsageError("None of the sources can read past days; arXiv's feeds and Hugging Face can.")
    done: list[SourceRun] = []
    with show_progress() as progress:
        task = progress.add_task("Reading past days", total=len(able))
        async with app.make_http() as http:
            for source in able:
                progress.update(task, description=f"Reading past days of {source.name}")
                done.append(await backfill(app.make_reading(http), source, first, last))
                progress.advance(task)
    return FetchReport(tuple(done))


def _choose(sources: Sequence[Source], names: Sequence[str]) -> Sequence[Source]:
    """Give the sources of these names, each once, or all if none is named."""
    return [choose_source(sources, name) for name in dict.fromkeys(names)] or sources


def _replay(app: App, path: Path) -> FetchReport:
    replayed = replay_folder(app.database, path, app.clock(), app.make_sources())
    counts = Counter(skipped.reason for skipped in replayed.skipped)
    for reason, count in counts.most_common():
        print_note(f"Skipped {count} file{'' if count == 1 else 's'}: {reason}")
    return FetchReport(replayed.runs)


def _describe(each: Composed) -> tuple[str, int, int, str]:
    edition = each.edition
    return (edition.name, len(edition.entries), edition.more, each.reason) if edition else ("–", 0, 0, each.reason)


def _composed_to_json(each: Composed) -> dict[str, object]:
    name, papers, more, remarks = _describe(each)
    channel = {"id": each.channel.id, "kind": each.channel.kind, "subscriber": each.channel.subscriber_id}
    return {"channel": channel, "edition": name, "papers": papers, "more": more, "remarks": remarks}
