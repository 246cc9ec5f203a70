"""`digest check`: every configuration fault in one sentence, with what to do about it."""

from collections.abc import Iterator, Mapping, Sequence

import click

from digest.bootstrap import list_added_feeds, make_sources, open_database
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_table
from digest.errors import ConfigurationError
from digest.notifiers import Notifier
from digest.notifiers.registry import load_notifiers
from digest.pipeline.checks import (
    Finding,
    Level,
    faults_of,
    find_faults,
    find_lost_zones,
    find_no_sources,
    find_unreachable,
)
from digest.pipeline.watch.targets import check_targets
from digest.settings import Settings, list_options, read_settings
from digest.storage import schema
from subscribers import store
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable
from subscribers.model import ChannelStatus


@click.command()
@click.option("--options", "list_them", is_flag=True, help="List every option with its default and meaning.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def check(*, list_them: bool, as_json: bool) -> Exit:
    """Check the configuration and the database, without sending or changing anything.

    Exits 3 if something stops the service from working; warnings alone exit 0.
    """
    if list_them:
        print_table("Options", ("environment", "default", "meaning"), list_options())
        return Exit.OK
    findings = list(_find_all())
    if as_json:
        print_json(findings)
    elif findings:
        rows = [(each.level.value, each.id, each.what, each.hint) for each in findings]
        print_table("Findings", ("level", "id", "what", "what to do"), rows)
    else:
        click.echo("Everything is in order.")
    return Exit.CONFIGURATION if any(each.level is Level.ERROR for each in findings) else Exit.OK


def _find_all() -> Iterator[Finding]:
    try:
        settings = read_settings()
    except ConfigurationError as error:
        yield from faults_of(error)
        return
    yield from find_faults(settings)
    notifiers: Mapping[str, Notifier] | None = None
    try:
        notifiers = load_notifiers(settings)
    except ConfigurationError as error:
        yield from faults_of(error)
    yield from check_targets(settings.operator, None if notifiers is None else notifiers.keys())
    added: tuple[str, ...] = ()
    try:
        with open_database(settings.database_url) as database:
            yield from _find_database_faults(database, notifiers)
            if schema.current_revision(database) == schema.head_revision():
                added = list_added_feeds(database)
    except DatabaseUnavailable as error:
        yield Finding("database", Level.ERROR, str(error), "DIGEST_DATABASE_URL must name one that can be written to.")
    yield from _find_source_faults(settings, added)


def _find_source_faults(settings: Settings, added: Sequence[str]) -> Iterator[Finding]:
    """Make the sources as `digest run` would."""
    try:
        yield from find_no_sources(len(make_sources(settings.sources, added)))
    except ConfigurationError as error:
        yield from faults_of(error)


def _find_database_faults(database: Database, notifiers: Mapping[str, Notifier] | None) -> Iterator[Finding]:
    found, wanted = schema.current_revision(database), schema.head_revision()
    if found != wanted:
        what = f"The database is at {found or 'no revision'}; this version needs {wanted}."
        level = Level.WARNING if found is None else Level.ERROR
        hint = f"{schema.NEWER}." if schema.is_newer(found) else "Run `digest db upgrade`."
        yield Finding("database.schema", level, what, hint)
    if found is None:
        return
    with database.reading() as session:
        kinds = [kind for kind, state in store.count_channels(session) if state is ChannelStatus.OPEN]
        zones = store.list_unknown_timezones(session)
    yield from find_lost_zones(zones)
    if notifiers is not None:  # what is wrong with them has been said
        yield from find_unreachable(kinds, notifiers)
