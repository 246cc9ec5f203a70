"""Acts: what could not be delivered in one place goes to another place where the same person reads, and says why."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.languages.phrases import FAILED_THERE, GONE_THERE, HERE_AGAIN, PRIVATE_CHAT
from digest.model import IN_PLACE, AnnouncementId, ChannelId, Delivery, Edition, Settlement
from digest.storage import deliveries
from digest.storage.shown import list_other_places, list_shown_papers
from subscribers.addresses import EMAIL
from subscribers.service import REMOVED
from subscribers.store.leavings import LEFT
from subscribers.store.locks import lock_subscriber
from subscribers.store.siblings import find_stand_in

LONGEST_WHY = 200  # characters
_LEFT = frozenset({LEFT, REMOVED})


def lock_places(session: Session, delivery: Delivery) -> None:
    """Keep others from writing to the channel and to any other place of its reader, in the order all keep to."""
    lock_subscriber(session, delivery.subscriber_id)  # nobody, if they were erased, and the delivery with them


def hand_over(
    session: Session, delivery: Delivery, settlement: Settlement, now: datetime, woken: Collection[int] = ()
) -> ChannelId | None:
    """Queue a delivery that was given up for another place of its reader, without what they have seen anywhere.

    Gives that channel; None if there is none, or nothing in it is new there. Done twice, it queues nothing twice. The
    caller has called `lock_places` before it changed anything. `woken` are the channels that get the digest from now on
    in place of the one that failed.
    """
    is_stand_in = IN_PLACE in delivery.edition.name  # or it would go to and fro for ever
    number = None if is_stand_in else find_stand_in(session, delivery.edition.channel_id)
    if number is None:
        return None
    said = say_why(delivery, settlement.detail)
    edition = _rewrite(session, delivery, ChannelId(number), settlement.arrived or ())
    edition = replace(edition, notes=(HERE_AGAIN.format(why_said=said) if number in woken else said, *edition.notes))
    if not edition.says_something or deliveries.has_edition(session, edition.channel_id, delivery.kind, edition.name):
        return None
    deliveries.add_delivery(session, edition, delivery.kind, now)
    return edition.channel_id


def _rewrite(session: Session, delivery: Delivery, number: ChannelId, arrived: Collection[int]) -> Edition:
    """Give the edition for the other channel; it covers no announcements there, for that channel has its own."""
    edition = delivery.edition
    entries = {entry.paper_id for entry in edition.entries if not entry.news}
    seen = list_shown_papers(session, [number], entries, list_other_places(session, [number])).get(number, set())
    new = (entry for entry in edition.entries if entry.news or entry.paper_id not in seen)
    at = AnnouncementId(edition.covers_to)
    return replace(
        edition,
        name=f"{edition.name}{IN_PLACE}{edition.channel_id}",
        channel_id=number,
        entries=tuple(entry for entry in new if entry.paper_id not in arrived),
        covers_after=at,
        covers_to=at,
    )


def say_why(delivery: Delivery, why: str) -> str:
    """Say why a digest comes here and not where it should have."""
    is_mail = delivery.address.kind == EMAIL
    place = delivery.address.value if is_mail else PRIVATE_CHAT
    if why in _LEFT:
        return GONE_THERE.format(place_said=place)
    reason = " ".join(why.split())[:LONGEST_WHY].rstrip(".")
    return FAILED_THERE.format(place_said=place, answer_said=reason)
