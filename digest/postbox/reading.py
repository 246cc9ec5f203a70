"""Decides what a mail is and which mail of ours it is about. Pure: bytes and keys in, an `Incoming` out.

Whom a report is about is believed only from what we signed: the return path it came to or quotes, or an unsubscribe
link in the headers of the mail it returns. A bounce that names an address and nothing signed is anybody's invention.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from digest.postbox.auto_replies import find_sender, is_about_failure, is_automatic, is_from_daemon
from digest.postbox.complaints import find_complaint
from digest.postbox.findings import Finding, Incoming, Verdict, clean
from digest.postbox.mail import AnyMessage, all_text, parse_mail
from digest.postbox.mail import field as read_field
from digest.postbox.plain_bounces import find_plain_bounce
from digest.postbox.requests import find_request
from digest.postbox.status_reports import find_status_report
from subscribers.model import BadToken
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import CHANNEL, ReturnPath, find_return_paths, read_return_path

# Where the address that a mail was sent to is kept when it lies in a mailbox.
_ENVELOPE: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Real-To", "To")
_LINK: Final = re.compile(r"/unsubscribe/([A-Za-z0-9_.-]{20,512})")
_MOST_LINKS: Final = 20
_REPORTS: Final = frozenset({Verdict.POLICY, Verdict.SOFT, Verdict.HARD, Verdict.COMPLAINT})


@dataclass(frozen=True, slots=True)
class Signatures:
    """What tells our own signatures: the secret keys, newest first, and the tokens made with them."""

    keys: Sequence[str] = ()
    tokens: Tokens | None = field(default=None)


def read_mail(raw: bytes, recipients: Sequence[str], signatures: Signatures, now: datetime) -> Incoming:
    """Read a mail that was sent to these addresses; where only the mail is left, its headers are asked for them."""
    mail = parse_mail(raw)
    if mail is None:
        return Incoming(finding=Finding(verdict=Verdict.JUNK), key=_hash(raw))
    about = find_about(mail, recipients, signatures, now)
    sent_at = find_time(mail, about, signatures, now)
    incoming = Incoming(finding=_judge(mail, raw, about), key=_key(mail, raw, about), about=about, sent_at=sent_at)
    if incoming.finding.verdict in _REPORTS:
        return incoming
    request = find_request(mail, signatures.tokens, now)
    if request is None:
        return replace(incoming, is_reply=incoming.finding.verdict is Verdict.PERSON and _is_reply(mail, about))
    subject = request.subject
    asked = f"{request.purpose}{subject.channel_id},{subject.subscriber_id},{subject.about}"
    key = _hash(asked.encode() + b"\0" + incoming.key.encode())
    return replace(incoming, finding=Finding(verdict=Verdict.REQUEST), key=key, request=request)


def find_about(mail: AnyMessage, recipients: Sequence[str], signatures: Signatures, now: datetime) -> ReturnPath | None:
    """Find which mail of ours this is about, by what we signed in it."""
    candidates = [*recipients, *(read_field(mail, name) for name in _ENVELOPE)]
    for candidate in candidates:
        if path := read_return_path(signatures.keys, candidate):
            return path
    text = all_text(mail)
    linked = (ReturnPath(CHANNEL, subject.channel_id) for subject in _follow_links(text, signatures, now))
    return next(find_return_paths(signatures.keys, text), None) or next(linked, None)


def find_time(mail: AnyMessage, about: ReturnPath | None, signatures: Signatures, now: datetime) -> datetime | None:
    """Find when the mail was made that this is about, by an unsubscribe link in it; None if there is none."""
    if about is None or about.kind != CHANNEL:
        return None
    subjects = _follow_links(all_text(mail), signatures, now)
    times = [subject.issued_at for subject in subjects if subject.channel_id == about.number and subject.issued_at]
    return min(times, default=None)


def _follow_links(text: str, signatures: Signatures, now: datetime) -> Iterator[TokenSubject]:
    """Give whom the unsubscribe links are for that a returned mail carries."""
    for number, found in enumerate(_LINK.finditer(text)):
        if signatures.tokens is None or number >= _MOST_LINKS:
            return
        try:
            yield signatures.tokens.read(Purpose.UNSUBSCRIBE, found[1], now)
        except BadToken:
            continue


def _judge(mail: AnyMessage, raw: bytes, about: ReturnPath | None) -> Finding:
    if finding := find_complaint(mail) or find_status_report(mail):
        return finding
    is_daemon = is_from_daemon(mail) or mail.get("X-Failed-Recipients") is not None
    is_machine, sender = is_automatic(mail), find_sender(mail)
    # Guessing takes time, and may take a person for a server: only what can be a bounce, and of ours, is guessed at.
    can_bounce = is_daemon or is_about_failure(mail) or not (is_machine or sender)
    if about and can_bounce and (finding := find_plain_bounce(mail, raw)):
        return finding
    if is_machine and not is_daemon:
        return _describe(mail, Verdict.AUTO_REPLY)
    return _describe(mail, Verdict.JUNK if is_daemon or sender == "" else Verdict.PERSON)


def _is_reply(mail: AnyMessage, about: ReturnPath | None) -> bool:
    return about is not None or any(mail.get(name) is not None for name in ("In-Reply-To", "References"))


def _describe(mail: AnyMessage, verdict: Verdict) -> Finding:
    return Finding(verdict=verdict, diagnostic=clean(read_field(mail, "Subject"), 120))


def _key(mail: AnyMessage, raw: bytes, about: ReturnPath | None) -> str:
    """Hash what tells a mail from others: its Message-ID, or without one its date and body; and what it is about.

    With what it is about, which is signed, nobody can use up the id of a report that is still to come.
    """
    named = read_field(mail, "Message-ID").strip("<> ").encode() or _date_and_body(mail, raw)
    subject = f"{about.kind}{about.number}" if about else ""
    return _hash(subject.encode() + b"\0" + named)


def _date_and_body(mail: AnyMessage, raw: bytes) -> bytes:
    """Give what stays the same on every way a mail takes; all of a mail that has not even a date."""
    date = read_field(mail, "Date").encode()
    return date + raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")[2] if date else raw


def _hash(identity: bytes) -> str:
    return hashlib.sha256(identity).hexdigest()
