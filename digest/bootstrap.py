"""The composition root: the only place that constructs the engine, sources, notifiers and the clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.errors import ConfigurationError
from digest.events import EventRules
from digest.logs import configure_logs
from digest.model import RetryPolicy
from digest.notifiers import Notifier
from digest.notifiers.registry import load_notifiers
from digest.pipeline.deliver import Outbox
from digest.pipeline.fetch import Reading
from digest.pipeline.presentation import Presenter
from digest.pipeline.turns import SharedTurns
from digest.settings import Settings, read_settings
from digest.sources import Source, registry
from digest.sources.http.client import Http
from digest.storage import feeds, schema
from subscribers.db import Database
from subscribers.tokens import Tokens

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything a process needs, constructed."""

    settings: Settings
    database: Database
    clock: Clock
    presenter: Presenter

    def make_sources(self) -> Sequence[Source]:
        """Give the sources of the settings, and the feeds that were added by command."""
        with self.database.reading() as session:
            added = tuple(f"{feed.name}={feed.url}" for feed in feeds.list_feeds(session))
        wanted = self.settings.sources
        return registry.make_sources(wanted.model_copy(update={"feeds": (*wanted.feeds, *added)}))

    def make_http(self) -> Http:
        """Give the one HTTP client, to be entered; it takes turns with every process on this database."""
        return Http(self.settings.http, turns=SharedTurns(self.database))

    def make_reading(self, http: Http) -> Reading:
        """Give what reading the sources needs."""
        settings = self.settings.sources
        rules = EventRules(upvotes=settings.upvotes, checks_code=settings.checks_code)
        return Reading(database=self.database, http=http, clock=self.clock, every=settings.every, rules=rules)

    def make_notifiers(self) -> Mapping[str, Notifier]:
        """Give the configured notifiers by kind."""
        return load_notifiers(self.settings)

    def make_outbox(self, notifiers: Mapping[str, Notifier] | None = None) -> Outbox:
        """Give what a pass over the outbox needs."""
        delivery = self.settings.delivery
        return Outbox(
            database=self.database,
            notifiers=self.make_notifiers() if notifiers is None else notifiers,
            render=self.presenter.render,
            clock=self.clock,
            policy=RetryPolicy(first_delay=delivery.first_delay, max_attempts=delivery.max_attempts),
            lease=delivery.lease,
            batch=delivery.batch,
        )


@contextmanager
def open_app(settings: Settings | None = None, clock: Clock = utc_now, *, is_service: bool = False) -> Iterator[App]:
    """Read the settings, open the database and check its schema; everything is closed again at the end."""
    settings = settings or read_settings()
    configure_logs(settings, is_service=is_service)
    presenter = Presenter(settings, make_tokens(settings))
    with open_database(settings.database_url) as database:
        _check_schema(database)
        yield App(settings=settings, database=database, clock=clock, presenter=presenter)


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open a database and make sure that it can be used. Raises DatabaseUnavailable."""
    database = Database(url)
    try:
        database.check()
        yield database
    finally:
        database.close()


def make_tokens(settings: Settings) -> Tokens | None:
    """Give what signs links, or None where no key is set: then no link is made."""
    key = settings.secret_key.get_secret_value()
    return Tokens([key, *settings.old_secret_keys.get_secret_value().split()]) if key else None


def _check_schema(database: Database) -> None:
    """Create the tables of a new database; refuse one that an upgrade has to change first."""
    found = schema.current_revision(database)
    if found is None:
        schema.upgrade(database)
    elif schema.is_newer(found):
        raise ConfigurationError([schema.NEWER])
    elif found != schema.head_revision():
        message = "The database was made by another version; stop the service and run `digest db upgrade`"
        raise ConfigurationError([message])
