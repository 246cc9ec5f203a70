"""Acts on what comes in: bounces and complaints, to the channels they are about, and unsubscribe mails.

Each is taken in one transaction, and once, however often it comes. What a mail is was decided by `digest.postbox`, what
follows for a channel is decided by `subscribers.bounces`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.orm import Session

from digest.errors import ReportRefused
from digest.model import Letter, LetterKind
from digest.pipeline import confirming, leaving
from digest.postbox.findings import Finding, Incoming, Request, Verdict
from digest.postbox.reading import Signatures, read_mail
from digest.storage.letters import add_letter, find_letter
from subscribers import joining, reports, store
from subscribers.addresses import EMAIL, normalise
from subscribers.bounces import Action, Ladder, Origin, Report
from subscribers.db import Database
from subscribers.model import ChannelView, InvalidAddress, SuppressionReason
from subscribers.reports import Incident, Reported
from subscribers.store.reports import is_noted, note_report
from subscribers.store.rows import chunks
from subscribers.tokens import Purpose
from subscribers.verp import LETTER, ReturnPath

log = structlog.get_logger()

MOST_AT_ONCE: Final = 500  # reports in one transaction

_COUNTED: Final = {Verdict.HARD: Report.HARD, Verdict.SOFT: Report.SOFT, Verdict.COMPLAINT: Report.COMPLAINT}
# An address without a channel is one that a confirmation was sent to; only what is certain counts there.
_REASONS: Final = {Verdict.HARD: SuppressionReason.BOUNCED, Verdict.COMPLAINT: SuppressionReason.COMPLAINED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Postbox:
    """What taking in mail needs."""

    database: Database
    signatures: Signatures
    ladder: Ladder
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail. `is_ours` says that it is about a mail we sent; `is_new` that it was not known yet."""

    finding: Finding
    action: Action = Action.NOTHING
    is_ours: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a report is about: a channel, or an address that has none, with the letter it was sent."""

    channel_id: int | None = None
    letter: Letter | None = None
    address: str = ""  # where it is known for certain

    @property
    def is_probe(self) -> bool:
        return self.letter is not None and self.letter.kind is LetterKind.PROBE


def take_mail(postbox: Postbox, raw: bytes, recipients: Sequence[str] = ()) -> Taken:
    """Read a mail that was sent to these addresses and act on it. Waits for the database; safe to repeat."""
    return take_incoming(postbox, read_mail(raw, recipients, postbox.signatures, postbox.clock()))


def take_incoming(postbox: Postbox, incoming: Incoming) -> Taken:
    """Act on what was read in a mail."""
    if incoming.request:
        taken = _take_request(postbox, incoming.request, incoming)
    elif incoming.finding.verdict in _COUNTED:
        with postbox.database.writing() as session:
            taken = _take_report(session, postbox, incoming)
    else:
        taken = Taken(incoming.finding, is_ours=incoming.about is not None or incoming.is_reply)
    _say_taken(incoming, taken)
    return taken


def take_post(postbox: Postbox, reports_in_it: Sequence[Incoming], token: str = "") -> list[Taken]:
    """Act on a provider's post: if it fails, the provider sends all of it again, and what was taken counts once.

    Others write to the database meanwhile, so a large post is taken in pieces. A report that breaks us is left out. A
    post with a token (hashed) is taken once, in one piece: again it raises ReportRefused.
    """
    pieces = [reports_in_it] if token else chunks(reports_in_it, MOST_AT_ONCE)
    return [taken for piece in pieces for taken in _take_piece(postbox, piece, token)]


def _take_piece(postbox: Postbox, piece: Sequence[Incoming], token: str) -> list[Taken]:
    with postbox.database.writing() as session:
        if token and not note_report(session, token, postbox.clock()):
            raise ReportRefused
        pairs = [(incoming, _take_alone(session, postbox, incoming)) for incoming in piece]
    for incoming, taken in pairs:
        _say_taken(incoming, taken)
    return [taken for _, taken in pairs]


def _take_alone(session: Session, postbox: Postbox, incoming: Incoming) -> Taken:
    """Take one report of a post in a savepoint: those beside it stay taken whatever is wrong with it."""
    if incoming.finding.verdict not in _COUNTED:
        return Taken(incoming.finding, is_ours=True)
    try:
        with session.begin_nested():
            return _take_report(session, postbox, incoming)
    except DataError:  # what no column can hold
        log.exception("mail_not_taken")
    except DBAPIError:  # no fault of the report's; the whole post comes again
        raise
    except Exception:
        log.exception("mail_not_taken")
    return Taken(incoming.finding)


def _take_report(session: Session, postbox: Postbox, incoming: Incoming) -> Taken:
    now = postbox.clock()
    subject = _find_subject(session, incoming)
    if subject is None:
        return Taken(incoming.finding)
    if subject.channel_id is None:
        return _suppress(session, now, subject, incoming.finding)
    return _count(session, now, subject, incoming, postbox.ladder)


def _say_taken(incoming: Incoming, taken: Taken) -> None:
    about = f"{incoming.about.kind}{incoming.about.number}" if incoming.about else None
    verdict = incoming.finding.verdict
    log.info("mail_taken", verdict=verdict, about=about, action=taken.action, is_new=taken.is_new)
    if verdict is Verdict.POLICY and taken.is_ours:
        log.warning("mail_refused_by_policy", about=about, status=incoming.finding.status)


def _take_request(postbox: Postbox, request: Request, incoming: Incoming) -> Taken:
    """Do what a link would do; once for each mail, so that a mailbox that is restored ends no later subscription.

    It is noted when it was done: after a crash in between it is done again, which changes nothing.
    """
    with postbox.database.reading() as session:
        if is_noted(session, incoming.key):
            return Taken(incoming.finding, is_ours=True)
    _do(postbox, request)
    with postbox.database.writing() as session:
        note_report(session, incoming.key, postbox.clock())
    return Taken(incoming.finding, is_ours=True, is_new=True)


def _do(postbox: Postbox, request: Request) -> None:
    now = postbox.clock()
    match request.purpose:
        case Purpose.STOP_ALERTS:
            leaving.stop_alerts(postbox.database, now, request.subject)
        case Purpose.CANCEL:
            confirming.cancel(postbox.database, now, request.subject.about[0])
        case _:
            leaving.leave(postbox.database, now, request.subject)


def _find_subject(session: Session, incoming: Incoming) -> _Subject | None:
    """Find whom a report is about; None if nothing in it that can be believed says so."""
    if incoming.about is not None:
        return _follow(session, incoming.about)
    channel = _find_channel(session, incoming.finding.recipient) if incoming.is_vouched else None
    return None if channel is None else _Subject(channel, address=incoming.finding.recipient)


def _follow(session: Session, about: ReturnPath) -> _Subject | None:
    if about.kind != LETTER:
        return _Subject(about.number)
    letter = find_letter(session, about.number)
    # A letter may have gone to an address that is no longer the channel's: what it says is about the address.
    return None if letter is None else _Subject(_find_channel(session, letter.address), letter, letter.address)


def _find_channel(session: Session, address: str) -> int | None:
    try:
        channel = store.find_channel(session, EMAIL, normalise(EMAIL, address))
    except InvalidAddress:
        return None
    return None if channel is None else channel.id


def _count(session: Session, now: datetime, subject: _Subject, incoming: Incoming, ladder: Ladder) -> Taken:
    finding = incoming.finding
    incident = Incident(
        key=incoming.key,
        report=_COUNTED[finding.verdict],
        detail=finding.diagnostic or finding.status or finding.verdict,
        is_probe=subject.is_probe,
        origin=Origin(subject.address or finding.recipient, None if subject.address else incoming.sent_at),
    )
    assert subject.channel_id is not None
    reported = reports.reported(session, now, subject.channel_id, incident, ladder)
    if reported.action is Action.PROBE and reported.channel is not None:
        _queue_probe(session, now, reported.channel)
    return _say(finding, reported)


def _say(finding: Finding, reported: Reported) -> Taken:
    return Taken(finding, reported.action, is_ours=True, is_new=reported.is_new)


def _queue_probe(session: Session, now: datetime, channel: ChannelView) -> None:
    about = {"channel": channel.id}
    add_letter(session, LetterKind.PROBE, channel.address, now, subscriber_id=channel.subscriber_id, about=about)


def _suppress(session: Session, now: datetime, subject: _Subject, finding: Finding) -> Taken:
    """Leave an address alone that asked for nothing, or does not exist; a complaint ends its request too."""
    letter, reason = subject.letter, _REASONS.get(finding.verdict)
    if letter is None or reason is None:
        return Taken(finding, is_ours=True)
    if reason is SuppressionReason.COMPLAINED and "request" in letter.about:
        joining.cancel_request(session, now, letter.about["request"])
    is_new = reports.suppress_address(session, now, letter.address, reason)
    return Taken(finding, Action.STOP, is_ours=True, is_new=is_new)
