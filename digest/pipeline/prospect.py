"""Decides what a desk holds for one channel: papers new to it, events, and what its reader wants of them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

import structlog

from digest.errors import InvalidQuery
from digest.matching.events import word_event
from digest.matching.query import parse
from digest.matching.selection import Wishes
from digest.model import (
    AnnouncementId,
    ChannelId,
    Edition,
    Match,
    PaperId,
    Reason,
    ReasonKind,
    StoredAnnouncement,
)
from digest.pipeline.desk import Desk
from digest.pipeline.known import Known
from digest.researchers.following import NO_VIEWS, Told, list_told
from subscribers.model import DueChannel, FollowKind, InterestWish, StoredFollow, StoredInterest, Timing
from subscribers.model import Wishes as StoredWishes

log = structlog.get_logger()

_KINDS: Final = {
    ReasonKind.FOLLOW: FollowKind.RESEARCHER,
    ReasonKind.INSTITUTION: FollowKind.INSTITUTION,
    ReasonKind.PAPER: FollowKind.PAPER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a channel's next digest can hold: papers `new` to it (a bitmap), and what is to be told of which others."""

    after: AnnouncementId
    new: int
    events: Mapping[PaperId, tuple[StoredAnnouncement, ...]]
    wishes: Wishes

    def papers(self, desk: Desk) -> int:
        """Give the papers to choose from."""
        return self.new | desk.numbers_of(self.events)


def look_ahead(desk: Desk, channel: DueChannel, known: Known) -> Prospect:
    """Give what the desk holds for a channel: everything after its watermark but what it has been sent before."""
    stored = known.wishes.get(channel.subscriber_id, StoredWishes())
    views = known.views.get(channel.subscriber_id, NO_VIEWS)
    told = list_told(map(_for_digest, stored.follows), desk.sightings, views)
    events = _find_events(desk, told, channel, known)
    after = AnnouncementId(channel.watermark)
    return Prospect(
        after=after,
        new=desk.window(after) & ~desk.numbers_of(known.sent.get(ChannelId(channel.id), ())),
        events=events,
        wishes=Wishes(
            interests=tuple(read_interests(stored.interests)),
            exclusions=tuple(read_interests(stored.exclusions)),
            followed=_gather(told, events),
            taste=known.tastes.get(ChannelId(channel.id)),
        ),
    )


def tell_news(desk: Desk, prospect: Prospect, entry: Match) -> Match:
    """Say how an entry appeared since the watermark, and, if the reader may know it, what happened to it."""
    happened = prospect.events.get(entry.paper_id, ())
    kinds = desk.kinds_of(entry.paper_id, prospect.after, frozenset(each.kind for each in happened))
    if desk.holds(prospect.new, entry.paper_id):
        return replace(entry, kinds=kinds)
    return replace(entry, kinds=kinds, news=tuple(dict.fromkeys(map(word_event, happened))))


def read_interests(stored: Iterable[StoredInterest]) -> Iterator[InterestWish]:
    """Leave out what an older version stored and this one cannot read: one interest must not stop everybody's."""
    for each in stored:
        try:
            parse(each.canonical)
        except InvalidQuery as error:
            log.warning("interest_unreadable", interest=each.id, why=error.why)
            continue
        yield InterestWish(text=each.text, canonical=each.canonical)


def _for_digest(follow: StoredFollow) -> StoredFollow:
    """Ask for a follow's events in any case; those that an alert has told are left out one by one."""
    return follow._replace(wish=replace(follow.wish, timing=Timing.DIGEST)) if follow.wish.events else follow


def _find_events(
    desk: Desk, told: Iterable[Told], channel: DueChannel, known: Known
) -> dict[PaperId, tuple[StoredAnnouncement, ...]]:
    """Give the papers of which something happened that the reader wants to hear in a digest, and what.

    What was to be told at once is left to the alerts, but not if they are past it and did not tell it: because of a
    pause, or because the channel takes none.
    """
    alerts = known.alerts.get(ChannelId(channel.id), ())
    stored = known.wishes.get(channel.subscriber_id, StoredWishes())
    at_once = {(each.wish.kind, each.wish.target_id) for each in stored.follows if each.wish.timing is Timing.NOW}
    found: dict[PaperId, tuple[StoredAnnouncement, ...]] = {}
    for each in told:
        is_left = channel.takes_alerts and (_KINDS[each.reason.kind], each.reason.target_id) in at_once
        happened = [
            seen
            for seen in desk.happenings(each.paper_id, AnnouncementId(channel.watermark))
            if seen.kind in each.events and not (is_left and seen.id > known.alerted_to) and not _is_told(seen, alerts)
        ]
        if happened:
            both = dict.fromkeys([*found.get(each.paper_id, ()), *happened])
            found[each.paper_id] = tuple(sorted(both, key=attrgetter("id")))
    return found


def _is_told(happened: StoredAnnouncement, alerts: Sequence[Edition]) -> bool:
    """Whether an alert has told of this."""
    return any(
        alert.covers_after < happened.id <= alert.covers_to
        and any(each.paper_id == happened.paper_id and happened.kind in each.kinds for each in alert.entries)
        for alert in alerts
    )


def _gather(told: Iterable[Told], events: Mapping[PaperId, object]) -> dict[PaperId, tuple[Reason, ...]]:
    """Give the reasons by paper; a followed paper of which nothing is to be told is no reason."""
    reasons: dict[PaperId, tuple[Reason, ...]] = {}
    for each in told:
        if each.reason.kind is not ReasonKind.PAPER or each.paper_id in events:
            reasons[each.paper_id] = (*reasons.get(each.paper_id, ()), each.reason)
    return reasons
