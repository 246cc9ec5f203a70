"""`digest status`: what the sources brought, what waits to be sent, and whether anything needs a person."""

from dataclasses import asdict

import click

from digest.bootstrap import open_app
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_note, print_table
from digest.pipeline.health import Health, find_worries, read_health


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def status(*, as_json: bool) -> Exit:
    """Show how the last source runs ended, who is subscribed and what waits in the outbox.

    Exits 1 when something needs a person: a source that cannot be read, sources that nobody reads,
    messages that were given up or wait too long.
    """
    with open_app() as app:
        health = read_health(app.database)
        worries = find_worries(health, app.clock(), {source.name for source in app.make_sources()})
    if as_json:
        print_json(asdict(health) | {"worries": worries})
    else:
        _print(health)
        for worry in worries:
            print_note(f"Needs a look: {worry}")
    return Exit.FAILED if worries else Exit.OK


def _print(health: Health) -> None:
    runs = [
        (run.source, run.state.value, run.ended_at, health.last_answers.get(run.source), run.announcements, run.detail)
        for run in health.runs
    ]
    columns = ("source", "last state", "last run (UTC)", "last answer (UTC)", "new", "remarks")
    print_table("Sources", columns, runs or [("none has run yet", "", None, None, "", "")])
    counts = [
        ("papers", health.papers),
        ("announcements", health.announcements),
        ("interests", health.interests),
        ("follows", health.follows),
        *((f"subscribers, {state}", count) for state, count in health.subscribers.items()),
        *((f"channels, {name}", count) for name, count in health.channels.items()),
        *((f"deliveries, {state}", count) for state, count in health.deliveries.items()),
        ("oldest waiting message (UTC)", health.oldest_unsent_at or "–"),
    ]
    print_table("Counts", ("what", "how many"), counts)
