"""Acts: composes the editions of the channels that are due and queues them; `matching` decides what they hold."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from digest.matching.selection import select
from digest.model import AnnouncementId, ChannelId, DeliveryKind, Edition, PaperId
from digest.pipeline.attribute import attribute_new
from digest.pipeline.desk import Desk, Slot
from digest.pipeline.followed import load_sightings
from digest.pipeline.known import Known, load_known
from digest.pipeline.missed import make_missed, name_missed
from digest.pipeline.notes import note_troubles
from digest.pipeline.prospect import look_ahead, tell_news
from digest.pipeline.resuming import resume_due
from digest.researchers.benches import lay_benches
from digest.storage import announcements, corrections, deliveries, marks, runs, shown
from digest.storage.alerts import keep_news
from digest.storage.marks import Stage
from subscribers import store
from subscribers.db import Database
from subscribers.model import Cadence, DueChannel
from subscribers.schedule import held_until, last_due_at

log = structlog.get_logger()

CHUNK = 500  # channels composed and written in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What became of one channel that was due: an edition queued, or the reason why not."""

    channel: DueChannel
    edition: Edition | None
    reason: str = ""


@dataclass(slots=True)
class ComposeReport:
    """What became of every channel that was due."""

    composed: list[Composed] = field(default_factory=list)
    held: list[DueChannel] = field(default_factory=list)

    @property
    def queued(self) -> int:
        """Count the editions that will be sent."""
        return sum(1 for each in self.composed if each.edition is not None and each.edition.says_something)


def compose_due(
    database: Database,
    now: datetime,
    *,
    is_forced: bool = False,
    late: Collection[str] = (),
    on_channel: Callable[[Composed], None] = lambda _: None,
) -> ComposeReport:
    """Compose every channel that is due, or every open one if forced. Running it twice queues nothing twice.

    `late` are the sources whose batch is not in yet: channels that wait for it are left for a later run, until their
    own latest hour.
    """
    attribute_new(database, now)
    resume_due(database, now)
    report = ComposeReport()
    until = datetime.max.replace(tzinfo=UTC) if is_forced else now
    desk = lay_desk(database, _find_reach(database, until), now, late)
    last_id = 0
    while channels := _list_due(database, until, last_id):
        last_id = channels[-1].id
        # Who subscribed after the desk was laid may reach further back than it does: the next run serves them whole.
        served = [channel for channel in channels if channel.watermark >= desk.start]
        if late and not is_forced:
            report.held += [channel for channel in served if is_waiting(channel, now)]
            served = [channel for channel in served if not is_waiting(channel, now)]
        served = _pass_by(database, desk, served, Slot(now, is_forced=is_forced))
        for composed in _compose_chunk(database, desk, served, Slot(now, is_forced=is_forced)):
            report.composed.append(composed)
            on_channel(composed)
    if report.composed:
        log.info("composed", channels=len(report.composed), queued=report.queued, held=len(report.held))
    return report


def is_waiting(channel: DueChannel, now: datetime) -> bool:
    """Whether a digest that is due may still wait for batches that are late."""
    return now < held_until(channel.schedule, last_due_at(channel.schedule, now))


def lay_desk(
    database: Database,
    after: AnnouncementId,
    now: datetime,
    late: Collection[str] = (),
    until: AnnouncementId | None = None,
) -> Desk:
    """Read and index the papers announced after a watermark, as far as it is known whose they are, or until there."""
    with database.reading() as session:
        end = marks.find_mark(session, Stage.ATTRIBUTE) if until is None else until
        candidates = announcements.list_candidates(session, after, end)
        notes = note_troubles(runs.list_latest_runs(session), late, now)
        return Desk(candidates, after, end, notes, load_sightings(session, candidates), lay_benches(candidates))


def compose_editions(desk: Desk, channels: Sequence[DueChannel], known: Known, slot: Slot) -> list[Edition]:
    """Compose one edition for each channel from what is on the desk, without what it has been sent before.

    Nor does it hold what another channel of the same person holds, if both are composed together: the next best does.
    """
    editions: dict[ChannelId, Edition] = {}
    for channel in channels:
        number = ChannelId(channel.id)
        given = [editions[each] for each in known.siblings.get(number, ()) if each in editions]
        editions[number] = _compose_edition(desk, channel, _note_given(known, number, given), slot)
    return list(editions.values())


def _note_given(known: Known, number: ChannelId, given: Sequence[Edition]) -> Known:
    """Let what other places of a reader are given count as sent and told to them."""
    papers = {entry.paper_id for edition in given for entry in edition.entries}
    if not papers:
        return known
    sent = {**known.sent, number: {*known.sent.get(number, ()), *papers}}
    alerts = {**known.alerts, number: [*known.alerts.get(number, ()), *map(keep_news, given)]}
    return replace(known, sent=sent, alerts=alerts)


def _find_reach(database: Database, until: datetime) -> AnnouncementId:
    with database.reading() as session:
        return announcements.find_reach(session, until)


def _list_due(database: Database, until: datetime, last_id: int) -> list[DueChannel]:
    with database.reading() as session:
        return store.list_due_channels(session, until, CHUNK, last_id)


def _pass_by(database: Database, desk: Desk, channels: Sequence[DueChannel], slot: Slot) -> list[DueChannel]:
    """Move channels that take only alerts on without a digest, telling them what they missed; give the others.

    So whoever wants digests again gets what is announced from about then on, and not everything since long ago.
    """
    silent = [channel for channel in channels if channel.schedule.cadence is Cadence.ALERTS]
    if silent and not slot.is_forced:
        known = load_known(database, desk, silent)
        alerts = [make_missed(desk, channel, known) for channel in silent]
        with database.writing() as session:
            _lock(session, silent, known)
            for channel, alert in zip(silent, _leave_out_alerted(session, alerts, known), strict=True):
                _queue_missed(session, channel, alert, slot)
    return [channel for channel in channels if channel.schedule.cadence is not Cadence.ALERTS]


def _queue_missed(session: Session, channel: DueChannel, alert: Edition, slot: Slot) -> None:
    composed_for = (channel.next_due_at, channel.watermark)
    is_first = store.claim_due_channel(session, channel.id, composed_for, slot.next_after(channel), alert.covers_to)
    if not is_first or not alert.entries:
        return
    names = [name_missed(alert), alert.name]  # the first is taken if an alert of that name was cancelled
    taken = {name for _, name in deliveries.list_editions(session, [alert.channel_id], names)}
    if left := [name for name in names if name not in taken]:
        deliveries.add_delivery(session, replace(alert, name=left[0]), DeliveryKind.ALERT, slot.now)


def _compose_chunk(database: Database, desk: Desk, channels: Sequence[DueChannel], slot: Slot) -> list[Composed]:
    known = load_known(database, desk, channels)
    editions = compose_editions(desk, channels, known, slot)
    with database.writing() as session:
        # Before looking for earlier editions: a forced digest may leave the channel's next slot as it was, and then
        # the claim alone does not tell two composers apart.
        _lock(session, channels, known)
        current = _leave_out_alerted(session, editions, known)
        return [
            _queue(session, channel, edition, slot, known) for channel, edition in zip(channels, current, strict=True)
        ]


def _lock(session: Session, channels: Sequence[DueChannel], known: Known) -> None:
    """Keep others from writing to these channels, and to the other places where their readers read."""
    siblings = (other for group in known.siblings.values() for other in group)
    store.lock_channels(session, sorted({*(channel.id for channel in channels), *siblings}))


def _leave_out_alerted(session: Session, editions: Sequence[Edition], known: Known) -> list[Edition]:
    """Drop what an alert or another channel has told since these were composed; the locks keep further ones waiting."""
    entries = {entry.paper_id for edition in editions for entry in edition.entries if not entry.news}
    numbers = [edition.channel_id for edition in editions]
    told = shown.list_shown_papers(session, numbers, entries, known.siblings)
    return [_leave_out(edition, told.get(edition.channel_id, ())) for edition in editions]


def _leave_out(edition: Edition, told: Collection[PaperId]) -> Edition:
    """Drop papers from an edition."""
    entries = tuple(each for each in edition.entries if each.news or each.paper_id not in told)
    return replace(edition, entries=entries)


def _queue(session: Session, channel: DueChannel, edition: Edition, slot: Slot, known: Known) -> Composed:
    """Queue an edition and move its channel on, both or neither, unless somebody else was faster."""
    is_known = deliveries.has_edition(session, edition.channel_id, DeliveryKind.DIGEST, edition.name)
    if is_known and slot.is_forced:
        return Composed(channel=channel, edition=None, reason=f"edition {edition.name} was composed before")
    watermark = channel.watermark if is_known else edition.covers_to
    composed_for = (channel.next_due_at, channel.watermark)
    if not store.claim_due_channel(session, channel.id, composed_for, slot.next_after(channel), watermark):
        return Composed(channel=channel, edition=None, reason="it was composed or changed by somebody else meanwhile")
    if is_known:
        return Composed(channel=channel, edition=None, reason=f"edition {edition.name} was composed before")
    if edition.says_something or channel.schedule.cadence is not Cadence.BATCH:  # else: an hour like most
        deliveries.add_delivery(session, edition, DeliveryKind.DIGEST, slot.now)
    if edition.corrections:
        corrections.record_told(session, edition.channel_id, known.corrections[edition.channel_id][1])
    return Composed(channel=channel, edition=edition, reason="" if edition.says_something else "nothing matched")


def _compose_edition(desk: Desk, channel: DueChannel, known: Known, slot: Slot) -> Edition:
    prospect = look_ahead(desk, channel, known)
    after = prospect.after
    selection = select(desk.ranking_after(after), prospect.wishes, prospect.papers(desk), channel.cap)
    sentences, _ = known.corrections.get(ChannelId(channel.id), ((), ()))
    return Edition(
        name=slot.name(channel),
        channel_id=ChannelId(channel.id),
        entries=tuple(tell_news(desk, prospect, each) for each in selection.entries),
        more=selection.more,
        covers_after=after,
        covers_to=max(desk.end, after),
        announced=desk.window(after).bit_count(),
        notes=desk.notes,
        corrections=sentences,
    )
