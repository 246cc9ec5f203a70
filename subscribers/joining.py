"""Coming in: what is asked for at an address, and what follows once it has said yes. Verbs are as in `service`.

Whoever types an address into a form proves nothing by it. So a request waits apart from the subscribers until somebody
who reads mail there confirms it; asking looks nothing up about the address, and so gives nothing away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from subscribers import service, store
from subscribers.addresses import EMAIL, normalise
from subscribers.model import (
    AlreadySubscribed,
    ChannelStatus,
    ChannelView,
    ChannelWish,
    Consent,
    EventKind,
    Registration,
    RequestKind,
    RequestState,
    SubscriberStatus,
    TooManyRequests,
    UnknownChannel,
    UnknownRequest,
)
from subscribers.store import requests
from subscribers.store.bounces import drop_standing
from subscribers.store.channels import readdress_channel
from subscribers.store.counts import count_up
from subscribers.store.events import find_address_before
from subscribers.store.requests import Ask, Request
from subscribers.store.suppressions import lift_suppression
from subscribers.store.wishes import drop_wishes
from subscribers.tables import ChannelRow, SubscriberRow

RUNS_OUT_AFTER: Final = timedelta(hours=48)
KEPT_FOR: Final = timedelta(days=30)  # after it was settled: long enough to answer a complaint about it
ONE_DAY: Final = timedelta(days=1)
ONE_HOUR: Final = timedelta(hours=1)
PARTS_OF_A_NETWORK: Final = 5  # that may each ask all they may, of a wider network
MOST_ADDRESSES: Final = 5  # that one subscriber may have asked, or one channel move to, in a day

_RUNNING: Final = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})
_BY_READERS: Final = frozenset({RequestKind.ADD_ADDRESS, RequestKind.MOVE_ADDRESS})


class Resting(TooManyRequests):
    """So much is asked from everywhere that nothing is taken for a while."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked in an hour, from one network and from all of them."""

    scope: str
    per_network: int
    overall: int


@dataclass(frozen=True, slots=True)
class Begun:
    """Who confirmed is in; `is_new` is False if the digest ran there before, and then nothing was changed."""

    channel: ChannelView
    is_new: bool


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def count_visit(session: Session, now: datetime, network: str, limits: Limits, around: str = "") -> None:
    """Count one thing asked from a network. Raises TooManyRequests, or Resting once all networks ask too much.

    `around` is a wider network that may be in one hand: so that its holder cannot ask from one part after another.
    """
    if count_up(session, f"{limits.scope}.network", network, ONE_HOUR, now) > limits.per_network:
        raise TooManyRequests
    wider = count_up(session, f"{limits.scope}.around", around, ONE_HOUR, now) if around else 0
    if wider > limits.per_network * PARTS_OF_A_NETWORK:
        raise TooManyRequests
    if count_up(session, f"{limits.scope}.all", "", ONE_HOUR, now) > limits.overall:
        raise Resting


def make_request(session: Session, now: datetime, ask: Ask) -> int:
    """Note what is asked for at an address; give the number of the request.

    A letter answers it later, if any does. Raises InvalidAddress, and TooManyRequests when one reader names ever more
    addresses.
    """
    address = normalise(EMAIL, ask.address)
    if ask.kind in _BY_READERS:
        asked = requests.count_asked_about(session, ask.kind, ask.about_id, now - ONE_DAY)
        if asked >= MOST_ADDRESSES:
            raise TooManyRequests("You have named many addresses today; try again tomorrow.")
    clean = Ask(kind=ask.kind, address=address, about_id=ask.about_id, wishes=ask.wishes, evidence=ask.evidence)
    return requests.add_request(session, clean, now, now + RUNS_OUT_AFTER)


def find_owner(session: Session, address: str) -> ChannelView | None:
    """Give the channel of a running subscription that mail to this address belongs to; None if there is none."""
    channel = store.find_channel(session, EMAIL, address)
    return None if channel is None else _view_running(channel)


def find_running_channel(session: Session, channel_id: int) -> ChannelView | None:
    """Give a channel if it is open, verified and of a running subscription."""
    try:
        return _view_running(store.get_channel(session, channel_id))
    except UnknownChannel:
        return None


def is_running(session: Session, subscriber_id: int) -> bool:
    """Whether a subscriber is there, confirmed, and has not left."""
    found = store.list_matching_subscribers(session, [subscriber_id])
    return bool(found) and found[0].status in _RUNNING


def _view_running(channel: ChannelRow) -> ChannelView | None:
    is_usable = channel.status == ChannelStatus.OPEN and channel.verified_at is not None
    return store.view_channel(channel) if is_usable and channel.subscriber.status in _RUNNING else None


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────────


def take_waiting(session: Session, now: datetime, request_id: int) -> Request:
    """Give a request that the address may still say yes to, locked. Raises UnknownRequest."""
    request = requests.lock_request(session, request_id)
    if request is None or not request.is_waiting(now):
        raise UnknownRequest
    return request


def cancel_request(session: Session, now: datetime, request_id: int) -> Request | None:
    """End a request for good, because the address did not ask; give it as it was. Again is no error."""
    request = requests.lock_request(session, request_id)
    if request is not None:
        requests.settle_request(session, request_id, RequestState.CANCELLED, now)
    return request


def settle_confirmed(session: Session, now: datetime, request: Request) -> None:
    """Note that the address has said yes."""
    requests.settle_request(session, request.id, RequestState.CONFIRMED, now)


def begin(
    session: Session, now: datetime, registration: Registration, *, start_after: int, consent: Consent, is_plain: bool
) -> Begun:
    """Let the one address of a registration in, which has confirmed itself; a suppression of it is lifted.

    Who had left, or never confirmed, starts over under the same id, without the wishes of before. An address that was
    taken out of a subscription that goes on by other channels comes back into it, and its wishes stay.
    """
    (wish,) = registration.channels
    address = normalise(wish.kind, wish.address)
    lift_suppression(session, wish.kind, address)
    known = store.find_channel(session, wish.kind, address)
    was_running = known is not None and known.subscriber.status in _RUNNING
    try:
        done = service.subscribe(session, now, registration, start_after=start_after, consent=None)
    except AlreadySubscribed:
        running = find_owner(session, address)
        if running is None:
            raise
        return Begun(running, is_new=False)
    if not was_running:
        _forget_before(session, done.subscriber.id)
    row = store.get_channel(session, next(each.id for each in done.subscriber.channels if each.address == address))
    row.is_plain, row.takes_alerts = is_plain, True
    drop_standing(session, row.id)
    return Begun(service.confirm(session, now, row.id, consent).channel, is_new=True)


def add_address(
    session: Session, now: datetime, request: Request, *, start_after: int, consent: Consent
) -> ChannelView:
    """Give a subscriber the address that they named and that has confirmed itself, with the hours of their first one.

    Raises AlreadySubscribed if it belongs to another subscription, and UnknownSubscriber if they have left.
    """
    row = store.get_subscriber(session, request.about_id)
    models = [channel for channel in row.channels if channel.status == ChannelStatus.OPEN] or row.channels
    if not models:
        raise UnknownChannel
    model = store.view_channel(models[0])
    wish = ChannelWish(kind=EMAIL, address=request.address, schedule=model.schedule, cap=model.cap)
    lift_suppression(session, EMAIL, request.address)
    done = service.add_channel(session, now, row.id, wish, start_after=start_after, consent=consent)
    drop_standing(session, done.channel.id)
    return done.channel


def move_address(session: Session, now: datetime, request: Request, consent: Consent) -> ChannelView:
    """Write to the address that was named and has confirmed itself, in place of the old one.

    Raises AlreadySubscribed if it is taken by now, and UnknownChannel if the channel was closed meanwhile.
    """
    channel = store.get_channel(session, request.about_id)
    row = store.get_subscriber(session, channel.subscriber_id)
    if channel.status != ChannelStatus.OPEN or row.status not in _RUNNING:
        raise UnknownChannel
    before = channel.address
    if not readdress_channel(session, channel.id, request.address, now):
        raise AlreadySubscribed
    _take_moved(session, now, row, store.get_channel(session, channel.id), before)
    detail = {**consent.detail, "given_by": consent.given_by, "channels": [{"id": channel.id, "kind": channel.kind}]}
    store.record_event(session, row.id, EventKind.CONFIRMED, now, detail)
    return store.view_channel(store.get_channel(session, channel.id))


def move_back(session: Session, now: datetime, request: Request) -> ChannelView | None:
    """Undo a move that whoever reads at the old address did not want, or keep it from happening; again is no error.

    Gives the channel if it is at its old address afterwards, and None if that cannot be had any more. The links that
    were sent to the new address die with the move.
    """
    channel = store.get_channel(session, request.about_id)
    if channel.address == request.address:
        before = find_address_before(session, channel.subscriber_id, channel.id, request.address)
        if before is None or not readdress_channel(session, channel.id, before, now):
            return None
        _take_moved(session, now, store.get_subscriber(session, channel.subscriber_id), channel, request.address)
    requests.settle_request(session, request.id, RequestState.CANCELLED, now)
    return store.view_channel(store.get_channel(session, channel.id))


def _take_moved(session: Session, now: datetime, row: SubscriberRow, channel: ChannelRow, before: str) -> None:
    """Start the new address with a clean slate; a name that was only the old address goes along."""
    lift_suppression(session, EMAIL, channel.address)
    drop_standing(session, channel.id)
    channel.verified_at = now
    if row.name == before:
        row.name = channel.address


def _forget_before(session: Session, subscriber_id: int) -> None:
    row = store.get_subscriber(session, subscriber_id)
    row.paused_until = None
    drop_wishes(session, subscriber_id)
