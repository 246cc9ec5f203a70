"""Which readers are told of an announcement at once, and in how many messages. Decides; stores nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from digest.matching.announced import DIGEST_KINDS
from digest.matching.events import word_event
from digest.matching.explain import order_reasons
from digest.model import (
    AnnouncementKind,
    Certainty,
    ChannelId,
    Edition,
    Match,
    PaperId,
    Reason,
    ReasonKind,
    StoredAnnouncement,
)
from digest.model.ids import AnnouncementId
from subscribers.model import FollowKind, Position, StoredFollow, Timing

# So many messages of their own does one pass give a channel; what is beyond comes together in one more.
MOST_ALERTS: Final = 10

_REASONS: Final = {
    FollowKind.RESEARCHER: ReasonKind.FOLLOW,
    FollowKind.INSTITUTION: ReasonKind.INSTITUTION,
    FollowKind.PAPER: ReasonKind.PAPER,
}


class Target(NamedTuple):
    """Somebody or something that can be followed."""

    kind: FollowKind
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A target on a paper: at which places among the authors (from 1), and what says so.

    One that is not sure counts only for a reader who said that it is them.
    """

    target: Target
    positions: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who and what a paper has that can be followed; `of` is how many authors it has."""

    placings: tuple[Placing, ...]
    of: int


@dataclass(frozen=True, slots=True)
class Following:
    """Somebody who follows a target, and how."""

    subscriber_id: int
    follow: StoredFollow


class Question(NamedTuple):
    """The question to a reader whether a paper is that person’s."""

    subscriber_id: int
    researcher_id: int
    paper_id: PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """What an announcement has to tell one reader: `if_new` should the paper be new to them, `if_known` otherwise.

    One that is not urgent is for the digest, and told by alert only on a channel that has none.
    """

    announcement: StoredAnnouncement
    if_new: tuple[Reason, ...] = ()
    if_known: tuple[Reason, ...] = ()
    is_urgent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the announcement stream, with all that decides whom it concerns.

    `answers` is what readers said themselves, which counts for them before all else.
    """

    announcements: Sequence[StoredAnnouncement]
    casts: Mapping[PaperId, Cast]
    followers: Mapping[Target, Sequence[Following]]
    answers: Mapping[Question, bool] = field(default_factory=dict)


def find_tips(stretch: Stretch) -> dict[int, list[Tip]]:
    """Give, by reader, which announcements concern them, in the order of the stream."""
    tips: dict[int, list[Tip]] = defaultdict(list)
    for announcement in stretch.announcements:
        for subscriber_id, tip in _tell(stretch, announcement):
            tips[subscriber_id].append(tip)
    return dict(tips)


def choose_tips(tips: Iterable[Tip], *, has_digests: bool) -> list[Tip]:
    """Give what a channel is told by alert: everything if it has no digests, else what is urgent."""
    return [tip for tip in tips if tip.is_urgent or not has_digests]


def write_alerts(
    channel_id: ChannelId, tips: Iterable[Tip], sent: Collection[PaperId], room: int = MOST_ALERTS
) -> tuple[Edition, ...]:
    """Give the alerts of one channel, one for each paper; those for which there is no room come in one bundle.

    `sent` are the papers that the channel has been given before.
    """
    by_paper: dict[PaperId, list[Tip]] = defaultdict(list)
    for tip in tips:
        by_paper[tip.announcement.paper_id].append(tip)
    written = (_write(channel_id, told, is_new=paper_id not in sent) for paper_id, told in by_paper.items())
    alerts = [alert for alert in written if alert is not None]
    return (*alerts[:room], *_bundle(channel_id, alerts[room:]))


def choose_places(wanted: Position, positions: Sequence[int], of: int) -> tuple[int, ...]:
    """Give the places (from 1) that count; somebody alone is first and last."""
    match wanted:
        case Position.FIRST:
            counting = {1}
        case Position.LAST:
            counting = {of}
        case Position.FIRST_OR_LAST:
            counting = {1, of}
        case _:
            return tuple(positions)
    return tuple(position for position in positions if position in counting)


def _tell(stretch: Stretch, announcement: StoredAnnouncement) -> Iterator[tuple[int, Tip]]:
    """Give what one announcement has to tell each reader whom it concerns; what is urgent apart from what is not."""
    cast = stretch.casts.get(announcement.paper_id)
    if cast is None:
        return
    if_new: dict[tuple[int, Timing], list[Reason]] = defaultdict(list)
    if_known: dict[tuple[int, Timing], list[Reason]] = defaultdict(list)
    for placing in cast.placings:
        for following in stretch.followers.get(placing.target, ()):
            if not _is_wanted(stretch, announcement, placing, following):
                continue
            reason, wish = _make_reason(placing, following.follow, cast.of), following.follow.wish
            reader = following.subscriber_id, wish.timing
            if placing.target.kind is not FollowKind.PAPER and announcement.kind in DIGEST_KINDS:
                if_new[reader].append(reason)
            if announcement.kind.value in wish.events:
                if_known[reader].append(reason)
    for reader in dict.fromkeys([*if_new, *if_known]):
        told = {"if_new": tuple(if_new[reader]), "if_known": tuple(if_known[reader])}
        yield reader[0], Tip(announcement=announcement, is_urgent=reader[1] is Timing.NOW, **told)


def _is_wanted(stretch: Stretch, announcement: StoredAnnouncement, placing: Placing, following: Following) -> bool:
    """Whether a follower began before this, and takes the place and the person for the right ones."""
    wish, since = following.follow.wish, following.follow.since
    if since >= announcement.seen_at:
        return False
    is_placed = placing.positions or wish.position is not Position.ANY
    if placing.target.kind is not FollowKind.PAPER and is_placed:
        of = stretch.casts[announcement.paper_id].of
        if not choose_places(wish.position, placing.positions, of):
            return False
    if placing.target.kind is not FollowKind.RESEARCHER:
        return True
    asked = Question(following.subscriber_id, placing.target.id, announcement.paper_id)
    return stretch.answers.get(asked, placing.is_sure)


def _make_reason(placing: Placing, follow: StoredFollow, of: int) -> Reason:
    places = choose_places(follow.wish.position, placing.positions, of)
    return Reason(
        kind=_REASONS[placing.target.kind],
        subject=follow.wish.name,
        position=places[0] if places else None,
        of=of if places else None,
        certainty=Certainty.SURE,
        evidence=placing.evidence,
        target_id=placing.target.id,
    )


def _write(channel_id: ChannelId, tips: Sequence[Tip], *, is_new: bool) -> Edition | None:
    """Write the alert about one paper, or None if nothing of it is to be told here."""
    new = [tip for tip in tips if tip.if_new and is_new]
    events = [tip for tip in tips if tip.if_known]
    # To whom a paper is new, being featured is how it came and not what happened to it.
    news = [tip for tip in events if not (new and tip.announcement.kind in DIGEST_KINDS)]
    told = new + [tip for tip in news if tip not in new]
    if not told:
        return None
    first = (new or news)[0].announcement
    kinds = dict.fromkeys(tip.announcement.kind for tip in sorted(told, key=lambda tip: tip.announcement.id))
    reasons = [reason for tip in new for reason in tip.if_new] + [reason for tip in news for reason in tip.if_known]
    match = Match(
        paper_id=first.paper_id,
        score=1.0,
        reasons=order_reasons(reasons),
        kinds=tuple(kinds),
        news=tuple(dict.fromkeys(word_event(tip.announcement) for tip in news)),
    )
    name = f"{AnnouncementKind.NEW}-{first.paper_id}" if new else f"{first.kind}-{first.id}"
    return _make_edition(channel_id, name, (match,), [tip.announcement for tip in told])


def _bundle(channel_id: ChannelId, alerts: Sequence[Edition]) -> Iterator[Edition]:
    if alerts:
        entries = tuple(entry for alert in alerts for entry in alert.entries)
        first = min(alert.covers_after for alert in alerts) + 1
        yield Edition(
            name=f"batch-{first}",
            channel_id=channel_id,
            entries=entries,
            more=0,
            covers_after=AnnouncementId(first - 1),
            covers_to=max(alert.covers_to for alert in alerts),
        )


def _make_edition(
    channel_id: ChannelId, name: str, entries: tuple[Match, ...], announcements: Sequence[StoredAnnouncement]
) -> Edition:
    numbers = [each.id for each in announcements]
    return Edition(
        name=name,
        channel_id=channel_id,
        entries=entries,
        more=0,
        covers_after=AnnouncementId(min(numbers) - 1),
        covers_to=max(numbers),
    )
