"""Builders of subscriptions with sensible defaults: say only what the test is about. They know nothing about papers."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from subscribers import service
from subscribers.model import ChannelWish, Consent, FollowWish, InterestWish, Registration, Schedule, SubscriberView

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EIGHT_IN_BERLIN = Schedule("Europe/Berlin", time(8))
OPERATOR = Consent("operator", {"command": "subscribe"})
WEI = FollowWish(target_id=7, name="Furu Wei")


def channel_wish(address: str = "ada@example.org", kind: str = "email", **fields: Any) -> ChannelWish:
    wished: dict[str, Any] = {"schedule": EIGHT_IN_BERLIN, "cap": 25} | fields
    return ChannelWish(kind=kind, address=address, **wished)


def telegram_wish(address: str = "-1001234567890", **fields: Any) -> ChannelWish:
    return channel_wish(address, "telegram", **fields)


def registration(*channels: ChannelWish, name: str = "Ada", **fields: Any) -> Registration:
    return Registration(name=name, channels=channels or (channel_wish(),), **fields)


def interest(text: str, canonical: str = "") -> InterestWish:
    return InterestWish(text=text, canonical=canonical or text.casefold())


def subscribed(
    session: Session,
    *channels: ChannelWish,
    now: datetime = NOON,
    start_after: int = 0,
    consent: Consent | None = OPERATOR,
    name: str = "Ada",
) -> SubscriberView:
    wanted = registration(*channels, name=name)
    return service.subscribe(session, now, wanted, start_after=start_after, consent=consent).subscriber
