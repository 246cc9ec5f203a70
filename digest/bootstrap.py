"""The composition root: the only place that constructs the engine, sources, notifiers and the clock."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from digest.errors import ConfigurationError
from digest.events import EventRules
from digest.logs import configure_logs
from digest.model import RetryPolicy
from digest.notifiers import Notifier
from digest.notifiers.registry import load_notifiers
from digest.pipeline.collecting import Collector
from digest.pipeline.deliver import Outbox
from digest.pipeline.fetch import Reading
from digest.pipeline.pacer import Pacer
from digest.pipeline.pacing import read_rates
from digest.pipeline.postbox import Postbox
from digest.pipeline.presentation import Presenter
from digest.pipeline.refresh import Inquiry
from digest.pipeline.turns import SharedTurns
from digest.postbox.reading import Signatures
from digest.settings import Settings, SourceSettings, read_settings
from digest.sources import Source, registry
from digest.sources.http.client import Http
from digest.storage import feeds, schema
from subscribers.bounces import Ladder
from subscribers.db import Database
from subscribers.model import WeakKey
from subscribers.schedule import zone_of
from subscribers.tokens import Tokens

log = structlog.get_logger()

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
        """Give the sources of the settings, and the feeds that were added by command. Raises ConfigurationError."""
        return make_sources(self.settings.sources, list_added_feeds(self.database))

    def make_http(self) -> Http:
        """Give the one HTTP client, to be entered; it takes turns with every process on this database."""
        return Http(self.settings.http, turns=SharedTurns(self.database))

    def make_reading(self, http: Http) -> Reading:
        """Give what reading the sources needs."""
        settings = self.settings.sources
        rules = EventRules(upvotes=settings.upvotes, checks_code=settings.checks_code)
        return Reading(database=self.database, http=http, clock=self.clock, every=settings.every, rules=rules)

    def make_inquiry(self, http: Http) -> Inquiry:
        """Give what asking services about people needs."""
        return Inquiry(database=self.database, http=http, settings=self.settings.sources, clock=self.clock)

    def make_notifiers(self) -> Mapping[str, Notifier]:
        """Give the configured notifiers by kind."""
        return load_notifiers(self.settings)

    def make_postbox(self) -> Postbox:
        """Give what taking in bounces and unsubscribe mails needs."""
        bounces = self.settings.bounces
        return Postbox(
            database=self.database,
            signatures=Signatures(list_keys(self.settings), make_tokens(self.settings)),
            ladder=Ladder(bounces.threshold, bounces.forget_after),
            clock=self.clock,
        )

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
            pacer=Pacer(
                rates=read_rates(delivery.per_domain),
                warm_up_from=delivery.warm_up_from,
                zone=zone_of(self.settings.operator.timezone),
            ),
        )

    def make_collector(self) -> Collector:
        """Give what reads the mailboxes that bounces come to."""
        return Collector(self.make_postbox(), self.settings.bounces)


class Roster:
    """The sources as they are configured at this moment: a feed added or removed by command counts from then on.

    For a process that goes on for long; whoever looks once takes `App.make_sources`.
    """

    def __init__(self, app: App) -> None:
        """Read them for the first time. Raises ConfigurationError."""
        self._app = app
        self._lock = threading.Lock()  # jobs and web requests ask from threads of their own
        self._added = list_added_feeds(app.database)
        self._sources = app.make_sources()

    def list_sources(self) -> Sequence[Source]:
        """Give them, made anew if the added feeds are others than before. Waits for the database."""
        with self._lock:
            added = list_added_feeds(self._app.database)
            if added != self._added:
                self._added = added
                self._renew()
            return self._sources

    def _renew(self) -> None:
        before = {source.name for source in self._sources}
        try:
            self._sources = self._app.make_sources()
        except ConfigurationError as error:  # the next start will say so; until then what was read is read
            log.warning("sources_unchanged", error=str(error))
            return
        after = {source.name for source in self._sources}
        log.info("sources_changed", added=sorted(after - before), removed=sorted(before - after))


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


def list_added_feeds(database: Database) -> tuple[str, ...]:
    """Give the feeds that were added by command, each as the option `sources.feeds` writes it: `name=URL`."""
    with database.reading() as session:
        return tuple(f"{feed.name}={feed.url}" for feed in feeds.list_feeds(session))


def make_sources(settings: SourceSettings, added: Sequence[str]) -> Sequence[Source]:
    """Make the sources of the settings, and of feeds that were added by command. Raises ConfigurationError."""
    try:
        return registry.make_sources(settings.model_copy(update={"feeds": (*settings.feeds, *added)}))
    except ConfigurationError as error:
        raise ConfigurationError(_explain_doubles(settings.feeds, added) or error.faults) from error


def list_keys(settings: Settings) -> list[str]:
    """Give the keys that sign, newest first; none where none is set."""
    key = settings.secret_key.get_secret_value()
    return [key, *settings.old_secret_keys.get_secret_value().split()] if key else []


def make_tokens(settings: Settings) -> Tokens | None:
    """Give what signs links, or None where no key is set: then no link is made."""
    keys = list_keys(settings)
    try:
        return Tokens(keys) if keys else None
    except WeakKey as error:
        raise ConfigurationError([f"DIGEST_SECRET_KEY or one of DIGEST_OLD_SECRET_KEYS: {error}"]) from None


def _explain_doubles(configured: Sequence[str], added: Sequence[str]) -> list[str]:
    """Say which feeds that were added by command stand in the settings too, by name or by address."""
    taken = {part.strip() for feed in configured for part in feed.partition("=")[::2]}
    named = [feed.partition("=") for feed in added]
    doubles = [name for name, _, url in named if name in taken or url in taken]
    hint = "`digest sources remove {0}`, or take it out of DIGEST_SOURCES__FEEDS"
    return [
        f"the feed “{name}” was added by command and is in the settings too: {hint.format(name)}" for name in doubles
    ]


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
