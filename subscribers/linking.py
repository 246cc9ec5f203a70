"""Linking a chat: a code made for whoever has proved who they are elsewhere joins the chat it is sent from to them.

A code has 80 random bits, works once and for ten minutes, and is kept as a hash. Guesses are counted for each chat, so
that a chat which tries many is not listened to for a while. A wrong, a used and an old code are told apart by nobody.

Who sends a code is asked before anything is joined. To ask uses nothing up, but once it was sent from a chat a code
works from that one alone, also where it is refused: others in a group may have read it. For the same reason a code that
was made for a group works in no private chat: whoever copies one is not faster than the group's administrator.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from subscribers import service, store
from subscribers.giving_up import ends_with, give_up, may_be_given_up
from subscribers.model import (
    ChannelStatus,
    ChannelView,
    ChannelWish,
    Consent,
    SubscriberStatus,
    SubscriberView,
    TooManyRequests,
)
from subscribers.store.counts import count_up, find_count
from subscribers.store.link_codes import (
    Place,
    bind_link_code,
    drop_misplaced_link_code,
    drop_old_link_codes,
    find_link_code,
    find_used_link_code,
    keep_link_codes,
    use_link_code,
)
from subscribers.tables import ChannelRow

LIFETIME: Final = timedelta(minutes=10)
LENGTH: Final = 16  # of 32 letters and figures: 80 bits
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look like another
MOST_CODES: Final = 10  # that one subscriber may ask for in an hour
MOST_GUESSES: Final = 5  # wrong codes from one chat in an hour
WINDOW: Final = timedelta(hours=1)

_CODES, _GUESSES = "link_codes", "link_guesses"
_RUNNING = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a code came from: its address as it will be stored, and every other one that leads to the same place."""

    kind: str
    address: str
    others: tuple[str, ...] = ()
    is_private: bool = True

    @property
    def addresses(self) -> tuple[str, ...]:
        """Give all of them."""
        return tuple(dict.fromkeys((self.address, *self.others)))

    @property
    def key(self) -> str:
        """Give what guesses are counted under."""
        return f"{self.kind}:{self.address}"


@dataclass(frozen=True, slots=True)
class Codes:
    """Two codes for one subscriber, of which one can be used: from a private chat, or from a group or channel."""

    private: str
    group: str


class LinkOutcome(StrEnum):
    """What became of a code that was sent from a chat."""

    ASKED = "asked"  # it works, and nothing was changed yet
    LINKED = "linked"
    ALREADY = "already"  # this chat is a channel of theirs
    TAKEN = "taken"  # this chat is a channel of somebody else
    REFUSED = "refused"  # no such code, used, or run out
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of a code, the chat's channel if it has one of theirs now, and whose code it is if it works.

    `ends` are the subscribers who have nothing but this chat, where nothing is sent to them any more: they are erased
    when it is joined, and were if it has been.
    """

    outcome: LinkOutcome
    channel: ChannelView | None = None
    owner: SubscriberView | None = None
    ends: tuple[int, ...] = ()


def issue_codes(session: Session, now: datetime, subscriber_id: int) -> Codes:
    """Make codes for a subscriber; earlier ones work no longer. Raises TooManyRequests."""
    if count_up(session, _CODES, str(subscriber_id), WINDOW, now) > MOST_CODES:
        raise TooManyRequests("You have asked for many codes; try again in an hour.")
    store.get_subscriber(session, subscriber_id)
    drop_old_link_codes(session, now)
    codes = Codes(private=_draw(), group=_draw())
    keep_link_codes(session, subscriber_id, {codes.private: True, codes.group: False}, now + LIFETIME)
    return codes


def _draw() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def ask_code(session: Session, now: datetime, code: str, chat: Chat) -> Linked:
    """Give to whom a code would add the chat it came from; from now on it works from there alone.

    Raises nothing for a bad code: the guess has to be counted, so the transaction must be kept.
    """
    hold_code(session, now, code, chat)
    return _judge(session, now, code, chat)


def hold_code(session: Session, now: datetime, code: str, chat: Chat) -> None:
    """Let a code work from this chat alone, whatever comes of it here: others in a group may have read it.

    One that is for a private chat, and was sent from a group, works nowhere any more.
    """
    place = _place_of(chat)
    if not bind_link_code(session, code, place, now) and not chat.is_private:
        drop_misplaced_link_code(session, code, place)


def use_code(session: Session, now: datetime, code: str, chat: Chat, *, start_after: int) -> Linked:
    """Add the chat a code came from to its subscriber, confirmed, with the schedule of their first channel.

    From a chat that is theirs already, nothing is added. Raises nothing, as `ask_code`.
    """
    hold_code(session, now, code, chat)
    found = _judge(session, now, code, chat)
    if found.outcome is not LinkOutcome.ASKED or found.owner is None:
        return found
    if not use_link_code(session, code, _place_of(chat), now):
        return Linked(LinkOutcome.REFUSED)
    ended = _make_way(session, now, chat, found.owner)
    channel = _add(session, now, found.owner, chat, start_after)
    return Linked(LinkOutcome.LINKED, channel, store.view_subscriber(session, found.owner.id), ended)


def _judge(session: Session, now: datetime, code: str, chat: Chat) -> Linked:
    """Say what a code would do. One that does nothing is counted, unless it has joined this very chat before."""
    if find_count(session, _GUESSES, chat.key, WINDOW, now) >= MOST_GUESSES:
        return Linked(LinkOutcome.TOO_MANY)
    known = store.list_channels_at(session, [(chat.kind, each) for each in chat.addresses])
    usable = {each.subscriber_id: each for each in known if each.status == ChannelStatus.OPEN and each.verified_at}
    view = _find_owner(session, now, code, chat)
    if view is None:
        before = usable.get(find_used_link_code(session, code, _place_of(chat)) or 0)
        if before is not None:
            return Linked(LinkOutcome.ALREADY, store.view_channel(before))
        count_up(session, _GUESSES, chat.key, WINDOW, now)
        return Linked(LinkOutcome.REFUSED)
    others = [each for each in known if each.subscriber_id != view.id]
    if any(_is_in_the_way(each, chat) for each in others):
        return Linked(LinkOutcome.TAKEN)
    if view.id in usable:
        use_link_code(session, code, _place_of(chat), now)
        return Linked(LinkOutcome.ALREADY, store.view_channel(usable[view.id]))
    ends = (each.subscriber_id for each in others if each.address == chat.address and ends_with(session, each))
    return Linked(LinkOutcome.ASKED, owner=view, ends=tuple(ends))


def _is_in_the_way(channel: ChannelRow, chat: Chat) -> bool:
    """Whether a chat is somebody else's: they are written to there, or were stopped under this very address."""
    return channel.status == ChannelStatus.OPEN or (channel.address == chat.address and not may_be_given_up(channel))


def _make_way(session: Session, now: datetime, chat: Chat, view: SubscriberView) -> tuple[int, ...]:
    """Take the chat from whoever had it before; give who was erased by that."""
    known = store.find_channel(session, chat.kind, chat.address)
    is_anothers = known is not None and known.subscriber_id != view.id
    return tuple(give_up(session, now, chat.address)) if is_anothers else ()


def _place_of(chat: Chat) -> Place:
    return Place(chat.key, chat.is_private)


def _find_owner(session: Session, now: datetime, code: str, chat: Chat) -> SubscriberView | None:
    subscriber_id = find_link_code(session, code, _place_of(chat), now) if len(code) == LENGTH else None
    if subscriber_id is None:
        return None
    store.get_subscriber(session, subscriber_id)  # nobody leaves or links another chat meanwhile
    view = store.view_subscriber(session, subscriber_id)
    return view if view.status in _RUNNING and view.channels else None


def _add(session: Session, now: datetime, view: SubscriberView, chat: Chat, start_after: int) -> ChannelView:
    first = next((each for each in view.channels if each.status is ChannelStatus.OPEN), view.channels[0])
    wish = ChannelWish(kind=chat.kind, address=chat.address, schedule=first.schedule, cap=first.cap)
    consent = Consent(given_by="reader", detail={"how": "link code, sent from the chat"})
    known = store.find_channel(session, chat.kind, chat.address)
    if known is not None and known.status == ChannelStatus.OPEN:  # asked for before, and not confirmed until now
        return service.confirm(session, now, known.id, consent).channel
    return service.add_channel(session, now, view.id, wish, start_after=start_after, consent=consent).channel
