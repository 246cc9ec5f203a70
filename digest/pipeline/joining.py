"""Acts: answers what was asked for at addresses with letters, queued in the transaction that settles the request."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.model import LetterKind
from digest.pipeline.request_letters import ASKED_FOR, WAITING, choose_letter
from digest.pipeline.signup_wishes import SignupWishes, dump_wishes
from digest.storage import letters
from subscribers.addresses import find_mailbox
from subscribers.db import Database
from subscribers.joining import (
    KEPT_FOR,
    ONE_DAY,
    RUNS_OUT_AFTER,
    find_owner,
    find_running_channel,
    is_running,
    make_request,
)
from subscribers.model import ChannelView, RequestKind, RequestState
from subscribers.store import requests
from subscribers.store.counts import count_up, drop_old_counts, has_old_counts
from subscribers.store.requests import Ask, Request

log = structlog.get_logger()

CHUNK: Final = 50  # requests answered in one transaction
MOST_SPELLINGS: Final = 3  # times the letters of one address, to all that lead to the same mailbox, in a day (UTC)


@dataclass(slots=True)
class Answered:
    """The letters that were queued, and how many requests get none."""

    letters: Counter[LetterKind] = field(default_factory=Counter)
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom a letter is about: a subscriber, and the channel that they asked for or that is to move."""

    subscriber_id: int
    channel: ChannelView | None


def ask_by_mail(database: Database, addresses: Sequence[str], wishes: SignupWishes, now: datetime) -> list[int]:
    """Have the operator's list of addresses asked, all or none; give the numbers of the requests.

    Raises InvalidAddress.
    """
    kept, evidence = dump_wishes(wishes), {"how": "command line"}
    with database.writing() as session:
        return [
            make_request(session, now, Ask(kind=RequestKind.SIGNUP, address=address, wishes=kept, evidence=evidence))
            for address in addresses
        ]


def answer_requests(database: Database, now: datetime, per_address: int = 1) -> Answered:
    """Answer everything that was asked for, once, whoever else is at it. Runs that find nothing write nothing."""
    report = Answered()
    while _has_new(database):
        with database.writing() as session:
            for request in requests.claim_new(session, CHUNK):
                _answer(session, request, now, per_address, report)
    if report.letters or report.dropped:
        log.info("requests_answered", letters=report.letters.total(), dropped=report.dropped)
    return report


def forget_requests(database: Database, now: datetime) -> int:
    """End what nobody answered in time, delete what was settled long ago, and forget old counts; give how many went."""
    before = now - KEPT_FOR
    with database.reading() as session:
        if not requests.has_old(session, now, before) and not has_old_counts(session, now):
            return 0
    with database.writing() as session:
        requests.drop_run_out(session, now)
        drop_old_counts(session, now)
        return requests.delete_settled(session, before)


def _has_new(database: Database) -> bool:
    with database.reading() as session:
        return requests.has_new(session)


def _answer(session: Session, request: Request, now: datetime, per_address: int, report: Answered) -> None:
    reader = _find_reader(session, request)
    written = letters.count_written(session, request.address, ASKED_FOR, now - ONE_DAY)
    is_late = request.expires_at <= now
    letter = choose_letter(request.kind, written, 0 if is_late else per_address, is_subscribed=reader is not None)
    if letter is None or _is_flooded(session, request.address, now, per_address):
        report.dropped += 1
        requests.settle_request(session, request.id, RequestState.DROPPED, now)
        return
    report.letters[letter] += 1
    if letter in WAITING:
        requests.mark_asked(session, request.id, now + RUNS_OUT_AFTER)
    else:
        requests.settle_request(session, request.id, RequestState.DROPPED, now)
    _queue(session, request, letter, reader, now)


def _is_flooded(session: Session, address: str, now: datetime, per_address: int) -> bool:
    """Count a letter to another spelling of a mailbox, such as `ada+1@example.org`; whether it has had too many."""
    mailbox = find_mailbox(address)
    if mailbox == address:
        return False
    return count_up(session, "signup.mailbox", mailbox, ONE_DAY, now) > MOST_SPELLINGS * per_address


def _queue(session: Session, request: Request, letter: LetterKind, reader: _Reader | None, now: datetime) -> None:
    channel = reader.channel if reader else None
    about = {"request": request.id} if letter in WAITING else {"channel": channel.id if channel else 0}
    who = reader.subscriber_id if reader else None
    letters.add_letter(session, letter, request.address, now, subscriber_id=who, about=about)
    if request.kind is RequestKind.MOVE_ADDRESS and channel:
        about = {"channel": channel.id, "request": request.id}
        letters.add_letter(session, LetterKind.MOVING, channel.address, now, subscriber_id=who, about=about)


def _find_reader(session: Session, request: Request) -> _Reader | None:
    """Give who gets the digest at the address; for a further address, who named it. None if there is nobody."""
    match request.kind:
        case RequestKind.ADD_ADDRESS:
            return _Reader(request.about_id, None) if is_running(session, request.about_id) else None
        case RequestKind.MOVE_ADDRESS:
            channel = find_running_channel(session, request.about_id)
        case _:
            channel = find_owner(session, request.address)
    return None if channel is None else _Reader(channel.subscriber_id, channel)
