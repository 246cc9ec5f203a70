"""Acts: composes the editions of the channels that are due and queues them; `matching` decides what they hold."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from digest.errors import InvalidQuery
from digest.matching.events import word_event
from digest.matching.query import parse
from digest.matching.selection import Wishes, select
from digest.model import (
    AnnouncementId,
    AnnouncementKind,
    ChannelId,
    DeliveryKind,
    Edition,
    Match,
    PaperId,
    Reason,
    ReasonKind,
)
from digest.pipeline.attribute import attribute_new
from digest.pipeline.corrections import list_corrections
from digest.pipeline.desk import Desk, Slot
from digest.pipeline.followed import load_sightings, load_views
from digest.pipeline.notes import note_troubles
from digest.researchers.benches import lay_benches
from digest.researchers.following import NO_VIEWS, Told, Views, list_told
from digest.storage import announcements, corrections, deliveries, marks, runs
from digest.storage.corrections import Correction
from digest.storage.marks import Stage
from subscribers import store
from subscribers.db import Database
from subscribers.model import DueChannel, InterestWish, StoredInterest
from subscribers.model import Wishes as StoredWishes
from subscribers.schedule import held_until, last_due_at

log = structlog.get_logger()

CHUNK = 500  # channels composed and written in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of some channels and their readers: wishes, answers, what was sent, what is to be corrected."""

    wishes: Mapping[int, StoredWishes]
    sent: Mapping[ChannelId, Collection[PaperId]] = field(default_factory=dict)
    views: Mapping[int, Views] = field(default_factory=dict)
    corrections: Mapping[ChannelId, tuple[tuple[str, ...], Sequence[Correction]]] = field(default_factory=dict)


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
        for composed in _compose_chunk(database, desk, served, Slot(now, is_forced=is_forced)):
            report.composed.append(composed)
            on_channel(composed)
    if report.composed:
        log.info("composed", channels=len(report.composed), queued=report.queued, held=len(report.held))
    return report


def is_waiting(channel: DueChannel, now: datetime) -> bool:
    """Whether a digest that is due may still wait for batches that are late."""
    return now < held_until(channel.schedule, last_due_at(channel.schedule, now))


def lay_desk(database: Database, after: AnnouncementId, now: datetime, late: Collection[str] = ()) -> Desk:
    """Read and index the papers announced after a watermark, as far as it is known whose they are."""
    with database.reading() as session:
        end = marks.find_mark(session, Stage.ATTRIBUTE)
        candidates = announcements.list_candidates(session, after, end)
        notes = note_troubles(runs.list_latest_runs(session), late, now)
        return Desk(candidates, after, end, notes, load_sightings(session, candidates), lay_benches(candidates))


def compose_editions(desk: Desk, channels: Sequence[DueChannel], known: Known, slot: Slot) -> list[Edition]:
    """Compose one edition for each channel from what is on the desk, without what it has been sent before."""
    told = {
        who: list_told(wishes.follows, desk.sightings, known.views.get(who, NO_VIEWS))
        for who, wishes in known.wishes.items()
    }
    return [_compose_edition(desk, channel, known, told.get(channel.subscriber_id, []), slot) for channel in channels]


def _find_reach(database: Database, until: datetime) -> AnnouncementId:
    with database.reading() as session:
        return announcements.find_reach(session, until)


def _list_due(database: Database, until: datetime, last_id: int) -> list[DueChannel]:
    with database.reading() as session:
        return store.list_due_channels(session, until, CHUNK, last_id)


def _compose_chunk(database: Database, desk: Desk, channels: Sequence[DueChannel], slot: Slot) -> list[Composed]:
    known = load_known(database, desk, channels)
    editions = compose_editions(desk, channels, known, slot)
    with database.writing() as session:
        # Before looking for earlier editions: a forced digest may leave the channel's next slot as it was, and then
        # the claim alone does not tell two composers apart.
        store.lock_channels(session, [channel.id for channel in channels])
        current = _leave_out_alerted(session, editions)
        return [
            _queue(session, channel, edition, slot, known) for channel, edition in zip(channels, current, strict=True)
        ]


def _leave_out_alerted(session: Session, editions: Sequence[Edition]) -> list[Edition]:
    """Drop what an alert has told since the editions were composed; the locks keep further ones waiting."""
    entries = {entry.paper_id for edition in editions for entry in edition.entries if not entry.news}
    sent = deliveries.list_sent_papers(session, [edition.channel_id for edition in editions], entries)
    return [_leave_out(edition, sent.get(edition.channel_id, ())) for edition in editions]


def _leave_out(edition: Edition, told: Collection[PaperId]) -> Edition:
    """Drop papers from an edition."""
    entries = tuple(each for each in edition.entries if each.news or each.paper_id not in told)
    return replace(edition, entries=entries)


def load_known(database: Database, desk: Desk, channels: Sequence[DueChannel]) -> Known:
    """Read what composing these channels needs."""
    numbers = [ChannelId(channel.id) for channel in channels]
    readers = [channel.subscriber_id for channel in channels]
    with database.reading() as session:
        return Known(
            wishes=store.list_wishes(session, readers),
            sent=deliveries.list_sent_papers(session, numbers, [each.paper_id for each in desk.batch.candidates]),
            views=load_views(session, readers, desk.benches),
            corrections=list_corrections(session, numbers),
        )


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
    deliveries.add_delivery(session, edition, DeliveryKind.DIGEST, slot.now)
    if edition.corrections:
        corrections.record_told(session, edition.channel_id, known.corrections[edition.channel_id][1])
    return Composed(channel=channel, edition=edition, reason="" if edition.says_something else "nothing matched")


def _compose_edition(desk: Desk, channel: DueChannel, known: Known, told: Sequence[Told], slot: Slot) -> Edition:
    after = AnnouncementId(channel.watermark)
    events = _find_events(desk, told, after)
    new = desk.window(after) & ~desk.numbers_of(known.sent.get(ChannelId(channel.id), ()))
    papers = new | desk.numbers_of(events)
    wishes = known.wishes.get(channel.subscriber_id, StoredWishes())
    reader = Wishes(interests=tuple(_read_interests(wishes.interests)), followed=_gather(told, events))
    selection = select(desk.ranking, reader, papers, channel.cap)
    sentences, _ = known.corrections.get(ChannelId(channel.id), ((), ()))
    return Edition(
        name=slot.name(channel),
        channel_id=ChannelId(channel.id),
        entries=tuple(
            _tell_news(desk, each, after, events.get(each.paper_id, frozenset()), is_new=desk.holds(new, each.paper_id))
            for each in selection.entries
        ),
        more=selection.more,
        covers_after=after,
        covers_to=max(desk.end, after),
        announced=desk.window(after).bit_count(),
        notes=desk.notes,
        corrections=sentences,
    )


def _tell_news(
    desk: Desk, entry: Match, after: AnnouncementId, events: frozenset[AnnouncementKind], *, is_new: bool
) -> Match:
    """Say how an entry appeared since a watermark, and, if the reader may know it, what happened to it."""
    kinds = desk.kinds_of(entry.paper_id, after, events)
    if is_new:
        return replace(entry, kinds=kinds)
    happened = [each for each in desk.happenings(entry.paper_id, after) if each.kind in events]
    return replace(entry, kinds=kinds, news=tuple(dict.fromkeys(map(word_event, happened))))


def _find_events(desk: Desk, told: Iterable[Told], after: AnnouncementId) -> dict[PaperId, frozenset[AnnouncementKind]]:
    """Give the papers of which something happened after a watermark that the reader wants to hear, and what."""
    found: dict[PaperId, frozenset[AnnouncementKind]] = {}
    for each in told:
        if happened := each.events.intersection(seen.kind for seen in desk.happenings(each.paper_id, after)):
            found[each.paper_id] = found.get(each.paper_id, frozenset()) | happened
    return found


def _gather(told: Iterable[Told], events: Mapping[PaperId, object]) -> dict[PaperId, tuple[Reason, ...]]:
    """Give the reasons by paper; a followed paper of which nothing is to be told is no reason."""
    reasons: dict[PaperId, tuple[Reason, ...]] = {}
    for each in told:
        if each.reason.kind is not ReasonKind.PAPER or each.paper_id in events:
            reasons[each.paper_id] = (*reasons.get(each.paper_id, ()), each.reason)
    return reasons


def _read_interests(stored: Iterable[StoredInterest]) -> Iterator[InterestWish]:
    """Leave out what an older version stored and this one cannot read: one interest must not stop everybody's."""
    for each in stored:
        try:
            parse(each.canonical)
        except InvalidQuery as error:
            log.warning("interest_unreadable", interest=each.id, why=error.why)
            continue
        yield InterestWish(text=each.text, canonical=each.canonical)
