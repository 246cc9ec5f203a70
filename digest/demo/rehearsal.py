"""Runs the whole job for the demo's subscribers, on a database of its own, and writes what would have been sent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from digest.bootstrap import App
from digest.demo.story import SUBSCRIBERS, DemoSubscriber
from digest.model import Delivery, DeliveryState, MessageForm, RunState, Settlement, SourceRun
from digest.notifiers import Notifier
from digest.notifiers.capture import CaptureNotifier
from digest.pipeline.compose import Composed, compose_due
from digest.pipeline.deliver import DeliveryReport, deliver_due
from digest.pipeline.fetch import Reading, fetch_all, fetch_one
from digest.pipeline.replay import read_captures, split_days, store_background, store_day
from digest.pipeline.signup import read_interest, sign_up
from digest.sources.replay import Skipped
from subscribers.model import ChannelWish, Consent, Registration
from subscribers.preferences import set_repeats

CONSENT = Consent(given_by="demo", detail={"how": "an invented person"})
# At this hour it is the same date nearly everywhere, so that a replayed day's edition carries that day's name.
HOUR = time(6, 0, tzinfo=UTC)

Say = Callable[[str], None]


class Calendar:
    """The demo's clock: it stands at the day being replayed, and goes with the real one otherwise."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def turn_to(self, day: date) -> None:
        """Stand at a day."""
        self._at = datetime.combine(day, HOUR)

    def __call__(self) -> datetime:
        """Read the clock."""
        return self._at or datetime.now(UTC)


@dataclass(slots=True)
class Rehearsal:
    """What happened, for the tables and the summary."""

    runs: list[SourceRun] = field(default_factory=list)
    skipped: tuple[Skipped, ...] = ()
    composed: list[Composed] = field(default_factory=list)
    sent: dict[int, int] = field(default_factory=dict)
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one channel got, over all days played."""

    name: str
    kind: str
    address: str
    shows: str
    days: int
    shown: int
    more: int
    messages: int
    remark: str


def list_tallies(rehearsal: Rehearsal) -> list[Tally]:
    """Add up what each channel got."""
    by_channel: dict[int, list[Composed]] = {}
    for each in rehearsal.composed:
        by_channel.setdefault(each.channel.id, []).append(each)
    return [_tally(composed, rehearsal.sent.get(number, 0)) for number, composed in sorted(by_channel.items())]


def _tally(composed: list[Composed], messages: int) -> Tally:
    channel = composed[0].channel
    editions = [each.edition for each in composed if each.edition is not None]
    silent = sum(not edition.entries for edition in editions)
    shows = {person.name: person.shows for person in SUBSCRIBERS}
    return Tally(
        name=channel.name,
        kind=channel.kind,
        address=channel.address,
        shows=shows.get(channel.name, ""),
        days=len(composed),
        shown=sum(len(edition.entries) for edition in editions),
        more=sum(edition.more for edition in editions),
        messages=messages,
        remark=_remark(silent, len(composed)),
    )


def _remark(silent: int, days: int) -> str:
    if not silent:
        return ""
    return "nothing matched, so nothing was sent" if silent == days else f"nothing matched on {silent} of {days} days"


class Stage:
    """Where the demo plays: the app with its own database, the folder it writes to, and whom to tell how far it is."""

    def __init__(self, app: App, calendar: Calendar, out: Path) -> None:
        self._app = app
        self._calendar = calendar
        self.say: Say = lambda _sentence: None
        self.why_not_live = ""
        self._notifiers: dict[str, Notifier] = {
            "email": CaptureNotifier("email", MessageForm.MAIL, out / "mail"),
            "telegram": CaptureNotifier("telegram", MessageForm.CHAT, out / "telegram"),
        }
        self.rehearsal = Rehearsal()

    def replay(self, folder: Path) -> None:
        """Play captured days one after the other, each with its digests. Raises ReplayEmpty."""
        captures, self.rehearsal.skipped = read_captures(folder)
        days = split_days(captures)
        if days:
            self._calendar.turn_to(days[0].on)
        self._admit_subscribers()
        self.rehearsal.runs += store_background(self._app.database, captures, self._calendar())
        for day in days:
            self.say(f"Playing {day.on}")
            self._calendar.turn_to(day.on)
            self.rehearsal.runs += store_day(self._app.database, day, self._calendar())
            self._send_digests(day.on)

    def go_live(self) -> bool:
        """Use today's papers; False, with nothing kept, where there is no network or nothing was announced."""
        runs = asyncio.run(self._fetch())
        if not any(run.announcements for run in runs):
            self.why_not_live = runs[0].detail or "nothing was announced"
            return False
        self.rehearsal.runs += runs
        self._admit_subscribers()
        self._send_digests(self._calendar().date())
        return True

    async def _fetch(self) -> list[SourceRun]:
        """Read the first source; go on to the others only if the network is there."""
        first, *others = sorted(self._app.make_sources(), key=lambda source: source.name != "huggingface")
        async with self._app.make_http() as http:
            self.say(f"Reading {first.name}")
            reading = Reading(database=self._app.database, http=http, clock=self._calendar)
            run = await fetch_one(reading, first)
            if run.state is RunState.UNREACHABLE:
                return [run]
            report = await fetch_all(reading, others, on_run=lambda done: self.say(f"Read {done.source}"))
        return [run, *report.runs]

    def _admit_subscribers(self) -> None:
        for person in SUBSCRIBERS:
            interests = [read_interest(text) for text in person.interests]
            registration = _register(person)
            now = self._calendar()
            view = sign_up(self._app.database, registration, interests, person.follows, CONSENT, now).subscriber
            with self._app.database.writing() as session:
                for channel, wanted in zip(view.channels, person.channels, strict=True):
                    set_repeats(session, now, channel.id, repeats=wanted.repeats)

    def _send_digests(self, day: date) -> None:
        self.say(f"Composing and delivering {day}")
        self.rehearsal.days.append(day)
        self.rehearsal.composed += compose_due(self._app.database, self._calendar(), is_forced=True).composed
        asyncio.run(self._deliver())

    async def _deliver(self) -> DeliveryReport:
        def count(delivery: Delivery, settlement: Settlement) -> None:
            if settlement.state is DeliveryState.SENT:
                channel = delivery.edition.channel_id
                self.rehearsal.sent[channel] = self.rehearsal.sent.get(channel, 0) + 1

        return await deliver_due(self._app.make_outbox(self._notifiers), on_settled=count)


def _register(person: DemoSubscriber) -> Registration:
    wishes = tuple(
        ChannelWish(kind=each.kind, address=each.address, schedule=each.schedule, cap=each.cap)
        for each in person.channels
    )
    return Registration(name=person.name, kind=person.kind, channels=wishes)
