"""Says when to look; holds no state and decides nothing. Every tick may be late, run twice or run on two machines."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.bootstrap import App
from digest.pipeline.code_checks import check_code
from digest.pipeline.compose import compose_due
from digest.pipeline.deliver import deliver_due
from digest.pipeline.fetch import fetch_all
from digest.pipeline.readiness import list_due, list_late
from digest.pipeline.settlement import UNUSABLE_DELAY
from digest.pipeline.watch.alarms import raise_alarms
from digest.pipeline.watch.dead_man import close_day
from digest.pipeline.watch.notices import deliver_notices, parse_targets
from digest.pipeline.watch.notifier_alarms import raise_notifier_alarms
from subscribers.schedule import zone_of

log = structlog.get_logger()

# How often to look whose turn it is; each source has its own timetable.
FETCH_EVERY = timedelta(minutes=1)
COMPOSE_EVERY = timedelta(minutes=1)
CHECK_CODE_EVERY = timedelta(minutes=30)
WATCH_EVERY = timedelta(minutes=1)
# After SIGTERM a message in flight has this long to end; what was only claimed is handed back at once.
STOP_WITHIN = timedelta(seconds=30)

_COMPLAINTS = {
    EVENT_JOB_MISSED: "job_missed",
    EVENT_JOB_MAX_INSTANCES: "job_still_running",
    EVENT_JOB_ERROR: "job_failed",
}


class Service:
    """The one process: fetches, composes and delivers until it is told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sources = app.make_sources()
        self._outbox = app.make_outbox()
        self._targets = parse_targets(app.settings.operator.alerts)
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._stranded: dict[str, int] = {}
        self._resting: dict[str, datetime] = {}

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what is in flight."""
        call_on_signals(self.stop)
        scheduler = self._make_scheduler()
        scheduler.start()
        log.info("service_started", sources=[source.name for source in self._sources])
        await self._stopping.wait()
        log.info("service_stopping", running=len(self._running))
        scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_WITHIN.total_seconds())
        log.info("service_stopped", unfinished=len(self._running))
        scheduler.shutdown(wait=False)  # only now: it cancels what is running

    def stop(self) -> None:
        """Claim and start nothing more."""
        self._stopping.set()

    async def fetch(self) -> None:
        """Read the sources whose time has come."""
        due = await asyncio.to_thread(list_due, self._app.database, self._sources, self._app.clock())
        if not due:
            return
        async with self._app.make_http() as http:
            await fetch_all(self._app.make_reading(http), due, is_stopping=self._stopping.is_set)

    async def compose(self) -> None:
        """Queue the editions that are due; those that wait for batches, once none is late or their hour has come."""
        await asyncio.to_thread(self._compose)

    async def deliver(self) -> None:
        """Send what is queued, but not by a notifier that failed a moment ago: servers lock out who keeps knocking."""
        now = self._app.clock()
        self._resting = {kind: until for kind, until in self._resting.items() if until > now}
        awake = {kind: each for kind, each in self._outbox.notifiers.items() if kind not in self._resting}
        report = await deliver_due(replace(self._outbox, notifiers=awake), is_stopping=self._stopping.is_set)
        for kind, fault in report.unusable.items():
            log.error("notifier_unusable", kind=kind, fault=fault)
            self._resting[kind] = now + UNUSABLE_DELAY
        self._say_stranded({kind: n for kind, n in report.stranded.items() if kind not in self._outbox.notifiers})

    def _compose(self) -> None:
        now = self._app.clock()
        compose_due(self._app.database, now, late=list_late(self._app.database, self._sources, now))

    async def check_code(self) -> None:
        """Look at repositories that were linked lately."""
        if self._app.settings.sources.checks_code:
            async with self._app.make_http() as http:
                await check_code(self._app.database, http, self._app.clock())

    async def watch(self) -> None:
        """Tell the operator of trouble, and the dead-man URL of a complete day."""
        app = self._app
        await asyncio.to_thread(self._raise_alarms)
        # Notifiers of its own: a connection is for one pass, and messages to readers may be on their way.
        await deliver_notices(
            app.database, app.make_notifiers(), app.clock, title=app.settings.title, is_stopping=self._stopping.is_set
        )
        async with app.make_http() as http:
            await close_day(app.database, self._sources, http, app.settings.operator, app.clock)

    def _raise_alarms(self) -> None:
        app, now = self._app, self._app.clock()
        zone = zone_of(app.settings.operator.timezone)
        raise_alarms(app.database, self._sources, self._targets, now, zone=zone)
        raise_notifier_alarms(app.database, self._targets, now)

    def _say_stranded(self, stranded: dict[str, int]) -> None:
        """Log what nobody can send: once, not at every tick."""
        if stranded != self._stranded:
            log.warning("no_notifier", waiting=stranded)
        self._stranded = stranded

    def _make_scheduler(self) -> AsyncIOScheduler:
        # APScheduler's defaults skip a run that is over a second late. A laptop that wakes up should catch up instead,
        # once, whatever it missed: the work is found in the database, not in the trigger.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
        scheduler.add_listener(_complain, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
        settings, now = self._app.settings, self._app.clock()
        jobs: tuple[tuple[Callable[[], Awaitable[None]], timedelta], ...] = (
            (self.fetch, FETCH_EVERY),
            (self.compose, COMPOSE_EVERY),
            (self.deliver, settings.delivery.every),
            (self.check_code, CHECK_CODE_EVERY),
            (self.watch, WATCH_EVERY),
        )
        for job, every in jobs:
            scheduler.add_job(
                self._track(job), "interval", id=job.__name__, seconds=every.total_seconds(), next_run_time=now
            )
        return scheduler

    def _track(self, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Remember the running jobs, so that stopping can wait for them."""

        async def tracked() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await job()
            finally:
                self._running.discard(task)

        return tracked


def call_on_signals(stop: Callable[[], None]) -> None:
    """Have SIGTERM and Ctrl-C say so to the running loop, instead of ending the process in the middle of a message."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


def _complain(event: JobEvent) -> None:
    exception = getattr(event, "exception", None)
    log.error(_COMPLAINTS[event.code], job=event.job_id, error=repr(exception) if exception else None)
