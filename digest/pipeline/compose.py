"""Acts: composes the editions of the channels that are due and queues them; `matching` decides what they hold."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from digest.errors import InvalidQuery
from digest.matching.query import parse
from digest.matching.selection import Wishes, select
from digest.model import AnnouncementId, ChannelId, DeliveryKind, Edition, Follow, FollowId, PaperId, Reason
from digest.pipeline.desk import Desk, Slot
from digest.pipeline.notes import note_troubles
from digest.researchers.sightings import FollowIndex, gather
from digest.storage import announcements, deliveries, runs
from subscribers import store
from subscribers.db import Database
from subscribers.model import DueChannel, InterestWish, StoredFollow, StoredInterest
from subscribers.model import Wishes as StoredWishes
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
        return sum(1 for each in self.composed if each.edition is not None and each.edition.entries)


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
    """Read and index the papers announced after a watermark."""
    with database.reading() as session:
        end = announcements.latest_announcement(session)
        candidates = announcements.list_candidates(session, after, end)
        return Desk(candidates, after, end, note_troubles(runs.list_latest_runs(session), late, now))


def compose_editions(
    desk: Desk,
    channels: Sequence[DueChannel],
    wishes: Mapping[int, StoredWishes],
    sent: Mapping[ChannelId, set[PaperId]],
    slot: Slot,
) -> list[Edition]:
    """Compose one edition for each channel from what is on the desk, without what it has been sent before."""
    everybody = (_to_follow(follow) for each in wishes.values() for follow in each.follows)
    found = FollowIndex(everybody).find_all(desk.batch.candidates)
    return [
        _compose_edition(
            desk,
            channel,
            _read_wishes(wishes.get(channel.subscriber_id, StoredWishes()), found),
            sent.get(ChannelId(channel.id), set()),
            slot.name(channel),
        )
        for channel in channels
    ]


def _find_reach(database: Database, until: datetime) -> AnnouncementId:
    with database.reading() as session:
        return announcements.find_reach(session, until)


def _list_due(database: Database, until: datetime, last_id: int) -> list[DueChannel]:
    with database.reading() as session:
        return store.list_due_channels(session, until, CHUNK, last_id)


def _compose_chunk(database: Database, desk: Desk, channels: Sequence[DueChannel], slot: Slot) -> list[Composed]:
    with database.reading() as session:
        wishes = store.list_wishes(session, [channel.subscriber_id for channel in channels])
        papers = [candidate.paper_id for candidate in desk.batch.candidates]
        sent = deliveries.list_sent_papers(session, [ChannelId(channel.id) for channel in channels], papers)
    editions = compose_editions(desk, channels, wishes, sent, slot)
    with database.writing() as session:
        # Before looking for earlier editions: a forced digest may leave the channel's next slot as it was, and then
        # the claim alone does not tell two composers apart.
        store.lock_channels(session, [channel.id for channel in channels])
        return [_queue(session, channel, edition, slot) for channel, edition in zip(channels, editions, strict=True)]


def _queue(session: Session, channel: DueChannel, edition: Edition, slot: Slot) -> Composed:
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
    return Composed(channel=channel, edition=edition, reason="" if edition.entries else "nothing matched")


def _compose_edition(desk: Desk, channel: DueChannel, reader: Wishes, sent: Collection[PaperId], name: str) -> Edition:
    after = AnnouncementId(channel.watermark)
    papers = desk.window(after) & ~desk.numbers_of(sent)
    selection = select(desk.ranking, reader, papers, channel.cap)
    return Edition(
        name=name,
        channel_id=ChannelId(channel.id),
        entries=tuple(replace(entry, kinds=desk.kinds_of(entry.paper_id, after)) for entry in selection.entries),
        more=selection.more,
        covers_after=after,
        covers_to=max(desk.end, after),
        announced=desk.window(after).bit_count(),
        notes=desk.notes,
    )


def _read_wishes(stored: StoredWishes, found: Mapping[FollowId, Mapping[PaperId, Reason]]) -> Wishes:
    return Wishes(
        interests=tuple(_read_interests(stored.interests)),
        followed=gather(found, (FollowId(each.id) for each in stored.follows)),
    )


def _read_interests(stored: Iterable[StoredInterest]) -> Iterator[InterestWish]:
    """Leave out what an older version stored and this one cannot read: one interest must not stop everybody's."""
    for each in stored:
        try:
            parse(each.canonical)
        except InvalidQuery as error:
            log.warning("interest_unreadable", interest=each.id, why=error.why)
            continue
        yield InterestWish(text=each.text, canonical=each.canonical)


def _to_follow(stored: StoredFollow) -> Follow:
    wish = stored.wish
    return Follow(id=FollowId(stored.id), name=wish.name, fields=wish.fields, hf_user=wish.hf_user, orcid=wish.orcid)
