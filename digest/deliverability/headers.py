"""What a mail itself must have, by the rules of Gmail, Yahoo and Microsoft for bulk mail and the standards. Pure.

https://support.google.com/a/answer/81126, https://senders.yahooinc.com/best-practices, and RFC 5322, 8058, 2919, 3834.
"""

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from digest.deliverability.dkim import read_tags
from digest.deliverability.findings import Finding, fault, fine, warn

ABOUT: Final = "mail"
LONGEST_LINE: Final = 998  # RFC 5322 §2.1.1
GMAIL_SHOWS: Final = 102_000  # bytes of HTML
ONCE: Final = ("From", "To", "Subject", "Date", "Message-ID")
MUST_SIGN: Final = ("from", "list-unsubscribe", "list-unsubscribe-post")
_MESSAGE_ID: Final = re.compile(r"<[^<>@\s]+@([^<>@\s]+)>")


def judge_mail(data: bytes, message: Message) -> list[Finding]:
    """Judge a mail as it is handed over."""
    findings = [
        *_judge_fields(message),
        *_judge_leaving(message),
        *_judge_signature(message),
        *_judge_form(data, message),
    ]
    return findings or [
        fine(ABOUT, "The mail has every header that large providers ask for, in the form they ask for.")
    ]


def _judge_fields(message: Message) -> Iterator[Finding]:
    for name in ONCE:
        count = len(message.get_all(name, []))
        if count != 1:
            what = f"The mail has {count} {name} fields; it needs exactly one."
            yield fault(ABOUT, what, f"Have the program that writes it set {name} once.")
    senders = getaddresses(message.get_all("From", []))
    domain = senders[0][1].rpartition("@")[2].lower() if senders else ""
    found = _MESSAGE_ID.fullmatch(str(message.get("Message-ID", "")).strip())
    if found is None:
        yield fault(
            ABOUT, "The Message-ID is not of the form <name@domain>.", "Set one at the domain of the From address."
        )
    elif _organisation(found[1]) != _organisation(domain):
        what = f"The Message-ID names {found[1]}, and mail is from {domain}."
        yield warn(ABOUT, what, "Use the domain of the From address.")
    if not _has_date(message):
        yield fault(ABOUT, "The Date cannot be read.", "Write it as RFC 5322 §3.3 says.")
    if not message.get("Auto-Submitted"):
        yield warn(
            ABOUT, "Auto-Submitted is missing, so vacation notices will answer.", "Add Auto-Submitted: auto-generated."
        )


def _judge_leaving(message: Message) -> Iterator[Finding]:
    field = str(message.get("List-Unsubscribe", ""))
    schemes = {uri.partition(":")[0].lower() for uri in re.findall(r"<([^<>]+)>", field)}
    if "https" not in schemes:
        fix = "Set DIGEST_PUBLIC_URL (with https) and DIGEST_SECRET_KEY."
        yield fault(ABOUT, "List-Unsubscribe has no https address, so there is no one-click unsubscribe.", fix)
    elif str(message.get("List-Unsubscribe-Post", "")) != "List-Unsubscribe=One-Click":
        fix = "Add List-Unsubscribe-Post: List-Unsubscribe=One-Click."
        yield fault(ABOUT, "List-Unsubscribe-Post is missing (RFC 8058).", fix)
    if "mailto" not in schemes:
        fix = "Set DIGEST_UNSUBSCRIBE_ADDRESS or DIGEST_BOUNCES__ADDRESS."
        yield warn(ABOUT, "List-Unsubscribe has no mailto address, which some mail programs prefer.", fix)


def _judge_signature(message: Message) -> Iterator[Finding]:
    for field in message.get_all("DKIM-Signature", []):
        signed = {name.strip().lower() for name in read_tags(str(field)).get("h", "").split(":")}
        missing = [name for name in MUST_SIGN if name not in signed and (name == "from" or message.get(name))]
        if missing:
            what = f"The DKIM signature does not cover {', '.join(missing)}."
            yield fault(ABOUT, what, "Have these fields signed too (RFC 8058 §4 demands it).")


def _judge_form(data: bytes, message: Message) -> Iterator[Finding]:
    if max(map(len, data.split(b"\r\n"))) > LONGEST_LINE:
        yield fault(ABOUT, f"A line is longer than {LONGEST_LINE} bytes.", "Encode the body as quoted-printable.")
    for part in message.walk():
        payload = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(payload, bytes) and len(payload) > GMAIL_SHOWS:
            what = f"The HTML has {len(payload) / 1000:.0f} kB; Gmail cuts it off at 102 kB."
            yield warn(ABOUT, what, "Lower the cap (digest channel cap).")
    kinds = [part.get_content_type() for part in message.walk()]
    if "text/html" in kinds and "text/plain" not in kinds:
        yield warn(ABOUT, "The mail has no text part.", "Send multipart/alternative with text/plain first.")


def _has_date(message: Message) -> bool:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))) is not None
    except (ValueError, OverflowError):
        return False


def _organisation(domain: str) -> Sequence[str]:
    return domain.lower().split(".")[-2:]
