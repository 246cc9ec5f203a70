"""Acts: tells followers of new papers and events at once; `matching.alerting` decides whom, and in how many messages.

The announcement stream is worked off once for everybody, as far as it has been attributed. What a stretch of it has to
tell is found without holding anything up; one transaction then queues the alerts and moves the mark on, unless somebody
else has done so meanwhile: a crash repeats nothing and skips nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.matching.alerting import (
    MOST_ALERTS,
    Cast,
    Following,
    Placing,
    Question,
    Stretch,
    Target,
    Tip,
    choose_tips,
    find_tips,
    write_alerts,
)
from digest.model import (
    AnnouncementId,
    ChannelId,
    DeliveryKind,
    Edition,
    InstitutionId,
    Paper,
    PaperId,
    StoredAnnouncement,
)
from digest.researchers.places import PlaceIndex
from digest.storage import announcements, answers, authorships, deliveries, institutions, marks, papers, shown
from digest.storage.marks import Stage
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.db import Database
from subscribers.model import FollowKind
from subscribers.store.channels import AlertChannel
from subscribers.store.rows import chunks

log = structlog.get_logger()

STRETCH: Final = 2_000  # announcements worked off in one transaction
CHUNK: Final = 500  # announcements whose papers and followers are looked at together

Casts = Mapping[PaperId, Cast]


@dataclass(slots=True)
class AlertReport:
    """What came of the announcements: how many were looked at, alerts queued, and papers told together in bundles."""

    announcements: int = 0
    queued: int = 0
    bundled: int = 0


def alert_due(
    database: Database, now: datetime, *, on_alert: Callable[[Edition], None] = lambda _: None
) -> AlertReport:
    """Queue the alerts of everything that has been attributed since the last time. Running it twice queues none twice.

    `on_alert` hears of each alert before the transaction it is queued in ends.
    """
    report, told = AlertReport(), Counter[ChannelId]()
    while (found := _find_tips(database)) is not None:
        with database.writing() as session:
            alerts = _queue(session, found, told, now)
            for alert in alerts or ():
                on_alert(alert)
        if alerts is not None:
            told.update(alert.channel_id for alert in alerts)
            report.announcements += found.announcements
            report.queued += len(alerts)
            report.bundled += sum(len(alert.entries) for alert in alerts if len(alert.entries) > 1)
    if report.announcements:
        log.info("alerted", announcements=report.announcements, queued=report.queued, bundled=report.bundled)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the announcements in (`after`, `to`] have to tell each reader."""

    after: AnnouncementId
    to: AnnouncementId
    announcements: int
    tips: Mapping[int, list[Tip]]


def _find_tips(database: Database) -> _Found | None:
    """Give what the next stretch has to tell; None if everything has been told."""
    with database.reading() as session:
        after, end = marks.find_mark(session, Stage.ALERT), marks.find_mark(session, Stage.ATTRIBUTE)
        if after >= end:
            return None
        stream = announcements.list_stream(session, after, end, STRETCH)
        to = stream[-1].id if len(stream) == STRETCH else end
        return _Found(after=after, to=to, announcements=len(stream), tips=_list_tips(session, stream))


def _list_tips(session: Session, stream: Sequence[StoredAnnouncement]) -> Mapping[int, list[Tip]]:
    tips: dict[int, list[Tip]] = defaultdict(list)
    followed = map(InstitutionId, store.list_targets(session, FollowKind.INSTITUTION) if stream else ())
    places = PlaceIndex(institutions.list_institutions(session, followed))
    for chunk in chunks(stream, CHUNK):
        for subscriber_id, found in find_tips(_read_stretch(session, chunk, places)).items():
            tips[subscriber_id] += found
    return tips


def _read_stretch(session: Session, stream: Sequence[StoredAnnouncement], places: PlaceIndex[InstitutionId]) -> Stretch:
    known = papers.load_papers(session, dict.fromkeys(each.paper_id for each in stream))
    placings = _list_placings(session, known, places)
    followers = _list_followers(session, {placing.target for each in placings.values() for placing in each})
    casts = {
        paper_id: Cast(placings=kept, of=len(known[paper_id].authors))
        for paper_id, each in placings.items()
        if (kept := tuple(placing for placing in each if placing.target in followers))
    }
    readers = {each.subscriber_id for found in followers.values() for each in found}
    said = _list_answers(session, readers, casts)
    return Stretch(announcements=stream, casts=casts, followers=followers, answers=said)


def _list_placings(
    session: Session, known: Mapping[PaperId, Paper], places: PlaceIndex[InstitutionId]
) -> dict[PaperId, list[Placing]]:
    """Give whom and what each paper has that can be followed: its researchers, the places it is from, and itself."""
    placings = {paper_id: [Placing(target=Target(FollowKind.PAPER, paper_id))] for paper_id in known}
    for paper_id, found in authorships.list_of_papers(session, known).items():
        placings[paper_id] += [
            Placing(
                target=Target(FollowKind.RESEARCHER, each.researcher_id),
                positions=(each.position,),
                evidence=each.evidence,
                is_sure=each.standing.is_theirs,
            )
            for each in found
        ]
    for paper_id, paper in known.items():
        placings[paper_id] += [
            Placing(target=Target(FollowKind.INSTITUTION, place), positions=positions)
            for place, positions in places.find(paper).items()
        ]
    return placings


def _list_followers(session: Session, targets: Collection[Target]) -> dict[Target, list[Following]]:
    """Give who is told of each target by alert; nobody's are left out."""
    by_kind: dict[FollowKind, list[int]] = defaultdict(list)
    for target in sorted(targets):
        by_kind[target.kind].append(target.id)
    return {
        Target(kind, target_id): [Following(each.subscriber_id, each.follow) for each in found]
        for kind, ids in by_kind.items()
        for target_id, found in store.list_alert_followers(session, kind, ids).items()
    }


def _list_answers(session: Session, readers: Collection[int], casts: Casts) -> dict[Question, bool]:
    """Give what these readers said of these papers."""
    said = chain.from_iterable(answers.list_answers_of(session, readers).values())
    return {
        Question(each.subscriber_id, each.researcher_id, each.paper_id): each.is_theirs
        for each in said
        if each.paper_id in casts
    }


def _queue(session: Session, found: _Found, told: Mapping[ChannelId, int], now: datetime) -> list[Edition] | None:
    """Queue what the open channels of these readers have not been told before; None if somebody else was faster."""
    if marks.lock_mark(session, Stage.ALERT) != found.after:
        return None
    alerts = list(_write_alerts(session, found.tips, told))
    known = deliveries.list_editions(
        session, {alert.channel_id for alert in alerts}, dict.fromkeys(alert.name for alert in alerts)
    )
    fresh = [alert for alert in alerts if (alert.channel_id, alert.name) not in known]
    deliveries.add_deliveries(session, fresh, DeliveryKind.ALERT, now)
    marks.move_mark(session, Stage.ALERT, found.to)
    return fresh


def _choose_places(group: Sequence[AlertChannel]) -> list[AlertChannel]:
    """Choose who is told at once: of the places where one person reads the quickest, and those that repeat."""
    places = sorted((each for each in group if each.is_place), key=lambda each: (each.kind != TELEGRAM, each.id))
    return [each for each in group if not each.is_place or each.repeats or each == places[0]]


def _write_alerts(session: Session, tips: Mapping[int, list[Tip]], told: Mapping[ChannelId, int]) -> Iterator[Edition]:
    channels = store.list_alert_channels(session, tips)
    channel_ids = sorted(channel.id for group in channels.values() for channel in group)
    for chunk in chunks(channel_ids):
        # A digest that is being composed at this moment may hold the same papers.
        store.lock_channels(session, chunk)
    papers_told = {tip.announcement.paper_id for found in tips.values() for tip in found}
    numbers = [ChannelId(number) for number in channel_ids]
    sent = shown.list_shown_papers(session, numbers, papers_told, shown.list_other_places(session, numbers))
    for subscriber_id, group in channels.items():
        for channel in _choose_places(group):
            channel_id = ChannelId(channel.id)
            room = max(0, MOST_ALERTS - told.get(channel_id, 0))
            wanted = choose_tips(tips[subscriber_id], has_digests=channel.has_digests)
            yield from write_alerts(channel_id, wanted, sent.get(channel_id, ()), room)
