"""Decides what to write down after an attempt to send. Pure: `now` is an argument, and nothing here sends or stores."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from digest.errors import AddressChanged, NotifierError, NotifierUnusable, NotYet, Refusal
from digest.languages.phrases import TRIED, WORKERS_DIED
from digest.model import (
    HELD_BACK,
    NOTHING_SENT,
    ChatMessage,
    Delivery,
    DeliveryState,
    Message,
    Progress,
    Receipt,
    RetryPolicy,
    Settlement,
    read_progress,
    write_progress,
)

# A notifier that does not work at all is tried again this much later; nobody is charged an attempt for it.
UNUSABLE_DELAY = timedelta(minutes=5)
# A moved address is written down and used at once.
AT_ONCE = timedelta(0)
# A topic that is missing so often in a row is taken for deleted; the tries take some minutes.
TOPIC_TRIES = 3
# Each address may move this often in a row before we stop believing it.
MAX_MOVES = 3


_T = TypeVar("_T")


class Attempted(Protocol):
    """What is judged of a delivery or a letter: how often it was tried, and how much of it arrived."""

    @property
    def attempts(self) -> int:
        """Count the failed tries so far."""
        ...

    @property
    def parts_sent(self) -> int:
        """Count the leading parts that arrived."""
        ...


def settle(delivery: Attempted, outcome: Receipt | Exception, now: datetime, policy: RetryPolicy) -> Settlement:
    """Decide from a receipt or an error: sent, try again and when, or given up with the reason."""
    outcome = _redirect(delivery, outcome)
    match outcome:
        case Receipt(detail=detail):
            return Settlement(
                state=DeliveryState.SENT, detail=detail, parts_sent=delivery.parts_sent, is_attempt_counted=False
            )
        case NotifierUnusable():
            return _again(delivery, outcome, now + UNUSABLE_DELAY, is_attempt_counted=False)
        case NotifierError(permanent=True):
            return Settlement(
                state=DeliveryState.FAILED,
                detail=str(outcome),
                parts_sent=_parts(delivery, outcome),
                close_channel=True,
                arrived=_find_progress(delivery, outcome).arrived,
            )
        case AddressChanged(new_address=new_address) if _progress(delivery).moves < MAX_MOVES:
            return _again(delivery, outcome, now + AT_ONCE, new_address=new_address, is_attempt_counted=False)
        case NotYet(retry_after=timedelta() as pause):
            return replace(_again(delivery, outcome, now + pause, is_attempt_counted=False), holds_up=True)
        case _:
            return _retry(delivery, outcome, now, policy)


def _redirect(delivery: Attempted, outcome: Receipt | Exception) -> Receipt | Exception:
    """Read a topic that is gone for good as a move to its group."""
    match outcome:
        case NotifierError(refusal=Refusal.TOPIC_GONE) if isinstance(delivery, Delivery) and _is_given_up(delivery):
            moved = AddressChanged(chat_of(delivery.address.value), parts_sent=outcome.parts_sent)
            moved.memo = outcome.memo
            return moved
    return outcome


def _is_given_up(delivery: Delivery) -> bool:
    """Whether a topic has been missing for so long that it counts as deleted: a passing trouble sounds the same."""
    return "/" in delivery.address.value and delivery.progress.misses + 1 >= TOPIC_TRIES


def chat_of(address: str) -> str:
    """Give the group of a topic, which is where its “General” topic is."""
    return address.partition("/")[0]


def remaining(message: Message, delivery: Delivery) -> Message:
    """Give what is still to be sent: the parts of a chat message that arrived before are left out."""
    sent = delivery.parts_sent
    if isinstance(message, ChatMessage) and sent:
        return replace(
            message,
            parts=message.parts[sent:],
            keyboards=_shift(message.keyboards, sent),
            albums=_shift(message.albums, sent),
            previews=_shift(message.previews, sent),
        )
    return message


def _shift(places: Mapping[int, _T], sent: int) -> dict[int, _T]:
    return {place - sent: each for place, each in places.items() if place >= sent}


def give_up(delivery: Attempted) -> Settlement:
    """Decide about a delivery whose workers died each time: it is not tried again."""
    return Settlement(
        state=DeliveryState.FAILED,
        detail=WORKERS_DIED.format(number=delivery.attempts),
        arrived=_progress(delivery).arrived,
        parts_sent=delivery.parts_sent,
        is_attempt_counted=False,
    )


def hand_back(delivery: Attempted, now: datetime) -> Settlement:
    """Decide about a delivery that was claimed and never tried: it is due at once, for whoever comes next."""
    return Settlement(
        state=DeliveryState.PENDING,
        detail=write_progress("handed back", _progress(delivery)),
        next_attempt_at=now,
        parts_sent=delivery.parts_sent,
        is_attempt_counted=False,
    )


def put_off(delivery: Attempted, until: datetime, why: str) -> Settlement:
    """Decide about a delivery that was claimed and may not go out yet: it is due when it may."""
    return Settlement(
        state=DeliveryState.PENDING,
        detail=write_progress(f"{HELD_BACK} {why}", _progress(delivery)),
        next_attempt_at=until,
        parts_sent=delivery.parts_sent,
        is_attempt_counted=False,
    )


def withdraw(delivery: Attempted, why: str) -> Settlement:
    """Decide about what nobody wants any more: usually a delivery whose subscriber left after it was queued."""
    return Settlement(
        state=DeliveryState.CANCELLED,
        detail=why,
        arrived=_progress(delivery).arrived,
        parts_sent=delivery.parts_sent,
        is_attempt_counted=False,
    )


def retry_delay(attempts: int, policy: RetryPolicy) -> timedelta:
    """Give the wait after so many failed attempts: doubling, bounded."""
    doublings = min(attempts, 20)  # 2**20 minutes is already two years; larger powers overflow timedelta
    return min(policy.first_delay * (1 << doublings), policy.longest_delay)


def _retry(delivery: Attempted, error: Exception, now: datetime, policy: RetryPolicy) -> Settlement:
    if delivery.attempts + 1 >= policy.max_attempts:
        return Settlement(
            state=DeliveryState.FAILED,
            detail=TRIED.format(number=policy.max_attempts, answer_said=_name(error)),
            parts_sent=_parts(delivery, error),
            arrived=_find_progress(delivery, error).arrived,
        )
    asked = error.retry_after if isinstance(error, NotifierError) else None
    return _again(delivery, error, now + (asked or retry_delay(delivery.attempts, policy)))


def _again(
    delivery: Attempted,
    error: Exception,
    at: datetime,
    *,
    new_address: str | None = None,
    is_attempt_counted: bool = True,
) -> Settlement:
    return Settlement(
        state=DeliveryState.PENDING,
        detail=_words(delivery, error),
        next_attempt_at=at,
        parts_sent=_parts(delivery, error),
        new_address=new_address,
        is_attempt_counted=is_attempt_counted,
    )


def _parts(delivery: Attempted, error: Exception) -> int:
    """Count the leading parts that have arrived, in this attempt and before."""
    return delivery.parts_sent + (error.parts_sent if isinstance(error, NotifierError) else 0)


def _progress(delivery: Attempted) -> Progress:
    """Give what is known of a message that was not touched this time."""
    return delivery.progress if isinstance(delivery, Delivery) else NOTHING_SENT


def _find_progress(delivery: Attempted, error: Exception) -> Progress:
    """Give how far a message got: what the error tells of it, or else what was known before."""
    memo, before = (error.memo if isinstance(error, NotifierError) else None), _progress(delivery)
    found = before if memo is None else read_progress(memo, _parts(delivery, error))
    is_gone = isinstance(error, NotifierError) and error.refusal is Refusal.TOPIC_GONE
    return replace(
        found,
        moves=before.moves + isinstance(error, AddressChanged),
        misses=before.misses + 1 if is_gone else 0,
    )


def _words(delivery: Attempted, error: Exception) -> str:
    """Give what went wrong, with what the next attempt must know."""
    return write_progress(_name(error), _find_progress(delivery, error))


def _name(error: Exception) -> str:
    return str(error) if isinstance(error, NotifierError) else f"{type(error).__name__}: {error}"
