"""Acts: lets in whoever says yes at the address that was typed, and ends what an address did not ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.model import LetterKind, SubscriberId
from digest.pipeline.attribute import begin_judging
from digest.pipeline.following import PersonWanted, follow_person, follow_researcher
from digest.pipeline.signup import FIRST_REACH
from digest.pipeline.signup_wishes import FollowChoice, SignupWishes, load_wishes, make_registration
from digest.storage import announcements, letters, papers
from subscribers import exclusions, joining, service
from subscribers.db import Database
from subscribers.model import (
    ChannelView,
    Consent,
    InvalidWish,
    RequestKind,
    RequestState,
    UnknownChannel,
    UnknownRequest,
    UnknownSubscriber,
)
from subscribers.store import requests
from subscribers.store.requests import Request

log = structlog.get_logger()

DOUBLE_OPT_IN: Final = "double opt-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an address is asked: wishes of a sign-up, or the address that a further one takes the place of.

    `done` is the channel that came of it, once it was answered with yes and as long as the digest goes there.
    """

    request: Request
    wishes: SignupWishes | None = None
    before: str = ""
    done: ChannelView | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The channel that the digest goes to now; `is_new` is False if nothing had to be done for that."""

    request: Request
    channel: ChannelView
    is_new: bool


def find_question(database: Database, now: datetime, request_id: int) -> Question:
    """Give what a confirmation link asks, or what came of it. Raises UnknownRequest once there is nothing to say."""
    with database.reading() as session:
        request = requests.find_request(session, request_id)
        if request is None:
            raise UnknownRequest
        if request.is_waiting(now):
            return _ask(session, request)
        done = _find_done(session, request)
        if done is None:
            raise UnknownRequest
        return Question(request=request, done=done)


def confirm(database: Database, now: datetime, request_id: int, network: str) -> Confirmed:
    """Do what the address says yes to, once; again gives the same.

    Raises UnknownRequest for what cannot be answered any more, and AlreadySubscribed if a further address belongs to
    another subscription by now.
    """
    with database.writing() as session:
        request = requests.lock_request(session, request_id)
        done = None if request is None else _find_done(session, request)
        if request is not None and done is not None:
            return Confirmed(request, done, is_new=False)
        request = joining.take_waiting(session, now, request_id)
        consent = write_consent(request, now, network)
        with _still_there():
            confirmed = _CONFIRMS[request.kind](session, now, request, consent)
        joining.settle_confirmed(session, now, request)
        return confirmed


def cancel(database: Database, now: datetime, request_id: int) -> None:
    """End what was asked for at an address; if it has said yes meanwhile, end what came of that. Again is no error."""
    with database.writing() as session:
        request = joining.cancel_request(session, now, request_id)
        done = None if request is None else _find_done(session, request)
        if done is not None:
            service.unsubscribe(session, now, done.subscriber_id, done.id)


def move_back(database: Database, now: datetime, request_id: int) -> ChannelView | None:
    """Keep a digest at the address it came to, or bring it back; None if it cannot be. Again is no error.

    Raises UnknownRequest for what is no move, or was forgotten since.
    """
    with database.writing() as session:
        request = requests.lock_request(session, request_id)
        if request is None or request.kind is not RequestKind.MOVE_ADDRESS:
            raise UnknownRequest
        with _still_there():
            return joining.move_back(session, now, request)


def write_consent(request: Request, now: datetime, network: str) -> Consent:
    """Give the evidence: who asked, when, from which network, under which text, and the same of the answer."""
    asked = {"how": "", "text": "", "network": ""} | dict(request.evidence)
    detail = {
        "how": asked["how"],
        "text": asked["text"],
        "request": str(request.id),
        "asked_at": request.created_at.isoformat(),
        "asked_from": asked["network"],
        "confirmed_at": now.isoformat(),
        "confirmed_from": network,
    }
    return Consent(given_by=DOUBLE_OPT_IN, detail=detail)


def _ask(session: Session, request: Request) -> Question:
    match request.kind:
        case RequestKind.SIGNUP:
            return Question(request=request, wishes=load_wishes(request.wishes))
        case RequestKind.MOVE_ADDRESS:
            channel = joining.find_running_channel(session, request.about_id)
            if channel is None:
                raise UnknownRequest
            return Question(request=request, before=channel.address)
        case _ if joining.is_running(session, request.about_id):
            return Question(request=request)
        case _:
            raise UnknownRequest


def _find_done(session: Session, request: Request) -> ChannelView | None:
    """Give what came of a request: the channel the address has, if the digest goes there."""
    is_confirmed = request.state is RequestState.CONFIRMED
    return joining.find_owner(session, request.address) if is_confirmed else None


def _sign_up(session: Session, now: datetime, request: Request, consent: Consent) -> Confirmed:
    wishes = load_wishes(request.wishes)
    if wishes.follows:
        begin_judging(session)
    start = announcements.find_watermark(session, now, FIRST_REACH)
    registration = make_registration(request.address, wishes)
    begun = joining.begin(session, now, registration, start_after=start, consent=consent, is_plain=wishes.is_plain)
    if begun.is_new:
        _add_wishes(session, now, begun.channel.subscriber_id, wishes)
        about = {"channel": begun.channel.id}
        who = SubscriberId(begun.channel.subscriber_id)
        letters.add_letter(session, LetterKind.WELCOME, request.address, now, subscriber_id=who, about=about)
    return Confirmed(request, begun.channel, begun.is_new)


def _add_address(session: Session, now: datetime, request: Request, consent: Consent) -> Confirmed:
    start = announcements.find_watermark(session, now, FIRST_REACH)
    return Confirmed(
        request, joining.add_address(session, now, request, start_after=start, consent=consent), is_new=True
    )


def _move_address(session: Session, now: datetime, request: Request, consent: Consent) -> Confirmed:
    return Confirmed(request, joining.move_address(session, now, request, consent), is_new=True)


def _add_wishes(session: Session, now: datetime, subscriber_id: int, wishes: SignupWishes) -> None:
    for interest in wishes.interests:
        service.add_interest(session, now, subscriber_id, interest)
    for exclusion in wishes.exclusions:
        exclusions.add_exclusion(session, now, subscriber_id, exclusion)
    for choice in wishes.follows:
        _follow(session, now, subscriber_id, choice)


def _follow(session: Session, now: datetime, subscriber_id: int, choice: FollowChoice) -> None:
    """Follow whom somebody chose; a record or paper that is gone since must not keep the rest from being done."""
    try:
        if choice.researcher_id is not None:
            follow_researcher(session, now, subscriber_id, choice.researcher_id)
        elif choice.person is not None:
            follow_person(session, now, subscriber_id, _without_lost_papers(session, choice.person))
    except InvalidWish:
        log.warning("choice_gone", subscriber=subscriber_id)


def _without_lost_papers(session: Session, person: PersonWanted) -> PersonWanted:
    living = ((papers.find_living(session, seed.paper_id), seed) for seed in person.seeds)
    return replace(person, seeds=tuple(replace(seed, paper_id=found) for found, seed in living if found is not None))


@contextmanager
def _still_there() -> Iterator[None]:
    """Whoever wanted a further address may have left, or closed the channel that was to move."""
    try:
        yield
    except (UnknownChannel, UnknownSubscriber) as error:
        raise UnknownRequest from error


_CONFIRMS: Final = {
    RequestKind.SIGNUP: _sign_up,
    RequestKind.ADD_ADDRESS: _add_address,
    RequestKind.MOVE_ADDRESS: _move_address,
}
