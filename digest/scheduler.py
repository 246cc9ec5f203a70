"""Says when to look; holds no state and decides nothing. Every tick may be late, run twice or run on two machines."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.bootstrap import App, Roster
from digest.pipeline.alert import alert_due
from digest.pipeline.attribute import attribute_new
from digest.pipeline.code_checks import check_code
from digest.pipeline.compose import compose_due
from digest.pipeline.deliver import deliver_due
from digest.pipeline.fetch import fetch_due
from digest.pipeline.joining import answer_requests, forget_requests
from digest.pipeline.letters import deliver_letters
from digest.pipeline.readiness import list_due, list_late
from digest.pipeline.refresh import refresh_due
from digest.pipeline.settlement import UNUSABLE_DELAY
from digest.pipeline.turns import SharedTurns
from digest.pipeline.watch.alarms import raise_alarms
from digest.pipeline.watch.dead_man import close_day
from digest.pipeline.watch.notices import deliver_notices, parse_targets
from digest.pipeline.watch.notifier_alarms import raise_notifier_alarms
from digest.pipeline.watch.pauses import tell_pause
from digest.sources import Source
from subscribers.faults import DatabaseUnavailable
from subscribers.schedule import zone_of

log = structlog.get_logger()

# How often to look whose turn it is; each source has its own timetable.
FETCH_EVERY = timedelta(minutes=1)
COMPOSE_EVERY = timedelta(minutes=1)
ALERT_EVERY = timedelta(minutes=1)
CHECK_CODE_EVERY = timedelta(minutes=30)
REFRESH_EVERY = timedelta(minutes=10)
WATCH_EVERY = timedelta(minutes=1)
# After SIGTERM a message in flight has this long to end; what was only claimed is handed back at once.
STOP_WITHIN = timedelta(seconds=30)

_COMPLAINTS = {
    EVENT_JOB_MISSED: "job_missed",
    EVENT_JOB_MAX_INSTANCES: "job_still_running",
    EVENT_JOB_ERROR: "job_failed",
}


@dataclass(frozen=True, slots=True)
class _Job:
    """What is done how often. Stopping breaks off what can be begun again, and waits for the rest."""

    act: Callable[[], Awaitable[None]]
    every: timedelta
    is_broken_off: bool = False

    @property
    def name(self) -> str:
        return self.act.__name__


class Service:
    """The one process: fetches, composes and delivers until it is told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.roster = Roster(app)
        self._outbox = app.make_outbox()
        self._collector = app.make_collector()
        self._targets = parse_targets(app.settings.operator.alerts)
        self._stopping = asyncio.Event()
        self._running: dict[asyncio.Task[None], _Job] = {}
        self._complained: dict[str, str] = {}
        self._stranded: dict[str, int] = {}
        self._resting: dict[str, datetime] = {}
        self._flaw = ""

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what is in flight."""
        call_on_signals(self.stop)
        scheduler = self._make_scheduler()
        scheduler.start()
        log.info("service_started", sources=[source.name for source in self.roster.list_sources()])
        self._say_unheard()
        await self._stopping.wait()
        log.info("service_stopping", running=sorted(job.name for job in self._running.values()))
        scheduler.pause()
        await self._finish()
        log.info("service_stopped", unfinished=len(self._running))
        scheduler.shutdown(wait=False)  # only now: it cancels what is running

    def stop(self) -> None:
        """Claim and start nothing more."""
        self._stopping.set()

    async def fetch(self) -> None:
        """Read the sources whose time has come."""
        if due := await asyncio.to_thread(self._list_due):
            async with self._app.make_http() as http:
                await fetch_due(self._app.make_reading(http), due, is_stopping=self._stopping.is_set)

    async def compose(self) -> None:
        """Queue the editions that are due; those that wait for batches, once none is late or their hour has come."""
        await asyncio.to_thread(self._compose)

    async def answer(self) -> None:
        """Answer what was asked for at addresses with letters, and forget what was asked long ago."""
        await asyncio.to_thread(self._answer)

    async def deliver(self) -> None:
        """Send what is queued, but not by a notifier that failed a moment ago: servers lock out who keeps knocking."""
        now = self._app.clock()
        self._resting = {kind: until for kind, until in self._resting.items() if until > now}
        awake = {kind: each for kind, each in self._outbox.notifiers.items() if kind not in self._resting}
        outbox = replace(self._outbox, notifiers=awake)
        letters = await deliver_letters(outbox, self._app.presenter.render_letter, self._stopping.is_set)
        self._say_unwritten(letters.flaw)
        report = await deliver_due(letters.spare(outbox), is_stopping=self._stopping.is_set)
        if report.paused is not None:
            await asyncio.to_thread(tell_pause, self._app.database, self._targets, report.paused, now)
        for kind, fault in (report.unusable | letters.unusable).items():
            log.error("notifier_unusable", kind=kind, fault=fault)
            self._resting[kind] = now + UNUSABLE_DELAY
        self._say_stranded({kind: n for kind, n in report.stranded.items() if kind not in self._outbox.notifiers})

    async def check_code(self) -> None:
        """Look at repositories that were linked lately, in one of the processes on this database."""
        if not self._app.settings.sources.checks_code:
            return
        async with SharedTurns(self._app.database).hold("check_code") as is_ours, self._app.make_http() as http:
            if is_ours:
                await check_code(self._app.database, http, self._app.clock())

    async def alert(self) -> None:
        """Find out whose the new papers are, and queue what is to be told at once."""
        await asyncio.to_thread(self._alert)

    async def refresh(self) -> None:
        """Ask services about followed people and places, in one of the processes on this database."""
        if not self._app.settings.sources.people:
            return
        async with SharedTurns(self._app.database).hold("refresh") as is_ours, self._app.make_http() as http:
            if is_ours:
                await refresh_due(self._app.make_inquiry(http), is_stopping=self._stopping.is_set)

    async def watch(self) -> None:
        """Tell the operator of trouble."""
        app = self._app
        await asyncio.to_thread(self._raise_alarms)
        # Notifiers of its own: a connection is for one pass, and messages to readers may be on their way.
        report = await deliver_notices(
            app.database, app.make_notifiers(), app.clock, title=app.settings.title, is_stopping=self._stopping.is_set
        )
        for kind, fault in report.unusable.items():
            log.error("notices_held", kind=kind, fault=fault)

    async def collect(self) -> None:
        """Take the bounces and unsubscribe mails that came to mailboxes, in one of the processes on this database."""
        async with SharedTurns(self._app.database).hold("collect") as is_ours:
            if is_ours:
                await asyncio.to_thread(self._collector.collect, self._stopping.is_set)

    async def close_day(self) -> None:
        """Write down that the day is complete, once it is, and tell the dead-man URL."""
        app = self._app
        sources = await asyncio.to_thread(self.roster.list_sources)
        async with app.make_http() as http:
            await close_day(app.database, sources, http, app.settings.operator, app.clock)

    def _list_due(self) -> Sequence[Source]:
        return list_due(self._app.database, self.roster.list_sources(), self._app.clock())

    def _compose(self) -> None:
        now = self._app.clock()
        compose_due(self._app.database, now, late=list_late(self._app.database, self.roster.list_sources(), now))

    def _answer(self) -> None:
        app, now = self._app, self._app.clock()
        answer_requests(app.database, now, app.settings.signup.per_address)
        forget_requests(app.database, now)

    def _alert(self) -> None:
        attribute_new(self._app.database, self._app.clock())
        alert_due(self._app.database, self._app.clock())

    def _raise_alarms(self) -> None:
        app, now = self._app, self._app.clock()
        zone = zone_of(app.settings.operator.timezone)
        raise_alarms(app.database, self.roster.list_sources(), self._targets, now, zone=zone)
        raise_notifier_alarms(app.database, self._targets, now)

    def _say_unheard(self) -> None:
        """Log to which kinds of address alerts are meant to go and cannot."""
        if lost := sorted({target.kind for target in self._targets} - set(self._outbox.notifiers)):
            log.warning("alerts_unheard", kinds=lost)

    def _say_stranded(self, stranded: dict[str, int]) -> None:
        """Log what nobody can send: once, not at every tick."""
        if stranded != self._stranded:
            log.warning("no_notifier", waiting=stranded)
        self._stranded = stranded

    def _say_unwritten(self, flaw: str) -> None:
        """Log why letters cannot be written: once, not at every tick."""
        if flaw and flaw != self._flaw:
            log.error("letters_held", fault=flaw)
        self._flaw = flaw or self._flaw

    def _make_scheduler(self) -> AsyncIOScheduler:
        # APScheduler's defaults skip a run that is over a second late. A laptop that wakes up should catch up instead,
        # once, whatever it missed: the work is found in the database, not in the trigger.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
        scheduler.add_listener(self._complain, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR)
        now = self._app.clock()
        for job in self._list_jobs():
            scheduler.add_job(
                self._track(job), "interval", id=job.name, seconds=job.every.total_seconds(), next_run_time=now
            )
        return scheduler

    def _list_jobs(self) -> tuple[_Job, ...]:
        return (
            _Job(self.fetch, FETCH_EVERY, is_broken_off=True),
            _Job(self.alert, ALERT_EVERY),
            _Job(self.compose, COMPOSE_EVERY),
            _Job(self.answer, self._app.settings.delivery.every),
            _Job(self.deliver, self._app.settings.delivery.every),
            _Job(self.collect, self._app.settings.bounces.every),
            _Job(self.check_code, CHECK_CODE_EVERY, is_broken_off=True),
            _Job(self.refresh, REFRESH_EVERY, is_broken_off=True),
            _Job(self.watch, WATCH_EVERY),
            _Job(self.close_day, WATCH_EVERY, is_broken_off=True),
        )

    def _track(self, job: _Job) -> Callable[[], Awaitable[None]]:
        """Remember the running jobs, so that stopping can wait for them; say what keeps one from working."""

        async def tracked() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running[task] = job
            try:
                await job.act()
            except DatabaseUnavailable as error:  # it may be away for hours, and every tick would say so again
                self._complain_once(job.name, "job_failed", str(error))
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            else:
                self._complained.pop(job.name, None)
            finally:
                del self._running[task]

        return tracked

    async def _finish(self) -> None:
        """Break off what can be, and wait for the rest."""
        for task, job in self._running.items():
            if job.is_broken_off:
                task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_WITHIN.total_seconds())

    def _complain(self, event: JobEvent) -> None:
        exception = getattr(event, "exception", None)
        self._complain_once(event.job_id, _COMPLAINTS[event.code], repr(exception) if exception else None)

    def _complain_once(self, job: str, complaint: str, error: str | None) -> None:
        """Log what is wrong with a job; not the same again and again until it has worked once more."""
        said = f"{complaint} {error}"
        if self._complained.get(job) != said:
            log.error(complaint, job=job, error=error)
        self._complained[job] = said


def call_on_signals(stop: Callable[[], None]) -> None:
    """Have SIGTERM and Ctrl-C say so to the running loop, instead of ending the process in the middle of a message."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
