"""A rendered mail as bytes: headers of the mail standards, then multipart/alternative. Pure and deterministic.

The same message gives the same bytes, whoever sends them, whenever: the Message-ID and the date come with the message
and the boundary is made from the Message-ID. It is written by hand rather than with `email.message`, because that
feeds titles to a header parser (see `headers`) and costs most of a mailer's time.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from email.utils import format_datetime
from urllib.parse import quote

from digest.errors import NotifierError
from digest.model import MailMessage
from digest.notifiers.headers import clean_text, encode_phrase, text_field, write_field
from digest.notifiers.identity import Mailbox, MailIdentity

# RFC 5322 §2.1.1: a line must not be longer, its CRLF not counted.
LINE_MAX = 998
# RFC 5322 §3.4: an empty group, for a mail that is addressed to nobody by mail.
NO_RECIPIENT = "undisclosed-recipients:;"

# What `MailMessage.headers` may not set: our own fields, and those that would bring in other addresses.
OURS = frozenset(
    {"from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post"}
    | {"auto-submitted", "precedence", "content-language", "mime-version", "content-type", "content-transfer-encoding"}
    | {"feedback-id", "dkim-signature", "cc", "bcc", "sender", "reply-to", "return-path"}
)
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+")  # RFC 5322 §3.6.4, dot-atoms and the @
_NOT_IN_FEEDBACK = re.compile(r"[^A-Za-z0-9:._-]+")
FEEDBACK_MAX = 200
# Fields of message ids (RFC 5322 §3.6.4). As text, a long one would be encoded, and no mail program would know it.
_OF_IDS = frozenset({"in-reply-to", "references"})
_NOT_IN_LABEL = re.compile(r"[^a-z0-9]+")
LABEL_MAX = 63  # RFC 1035 §2.3.4
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~-._"  # RFC 3986 reserved and unreserved characters, and %


def build_mail(message: MailMessage, identity: MailIdentity, to: Mailbox | None) -> bytes:
    """Give the mail as SMTP carries it, before dot-stuffing: CRLF only, no line over 998 bytes.

    The headers are ASCII, except the address of a recipient that itself needs SMTPUTF8. A message without HTML is one
    part, text/plain.
    """
    head = "".join(_fields(message, identity, to)).encode()
    text = _part("plain", message.text)
    return head + (_alternatives(message.message_id, [text, _part("html", message.html)]) if message.html else text)


def _alternatives(message_id: str, parts: list[bytes]) -> bytes:
    """Join the parts, the better one last (RFC 2046 §5.1.4), below the field that says so."""
    boundary = _boundary(message_id, parts)
    delimiter = f"--{boundary}".encode()
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return _multipart_field(boundary).encode() + b"\r\n" + body + delimiter + b"--\r\n"


def write_message_id(message_id: str, domain: str) -> str:
    """Put the id into brackets; what cannot stand in an id becomes a hyphen, and an id without an @ gets the domain."""
    left, at, right = _NOT_IN_ID.sub("-", message_id.strip("<> "))[:200].partition("@")
    return f"<{left or 'message'}@{right.replace('@', '-') if at and right else domain}>"


def _fields(message: MailMessage, identity: MailIdentity, to: Mailbox | None) -> Iterable[str]:
    yield write_field("From", _write_mailbox(identity.sender))
    yield write_field("To", to.address if to else NO_RECIPIENT)
    yield text_field("Subject", message.subject)
    yield write_field("Date", format_datetime(message.sent_at))
    yield write_field("Message-ID", write_message_id(message.message_id, identity.sender.domain))
    yield from _list_fields(message, identity)
    yield from _unsubscribe_fields(message)
    yield write_field("Auto-Submitted", "auto-generated")  # RFC 3834: no vacation replies, please
    if message.feedback_id:
        yield write_field("Feedback-ID", _NOT_IN_FEEDBACK.sub("-", message.feedback_id)[:FEEDBACK_MAX])
    yield write_field("Content-Language", re.sub(r"[^A-Za-z0-9-]", "", message.language)[:35] or "en")
    yield from _extra_fields(message, identity.sender.domain)
    yield write_field("MIME-Version", "1.0")


def _write_mailbox(mailbox: Mailbox) -> str:
    return f"{encode_phrase(mailbox.name)} <{mailbox.address}>" if mailbox.name else mailbox.address


def _list_fields(message: MailMessage, identity: MailIdentity) -> Iterable[str]:
    """Name the list, or a part of it (RFC 2919 §2: `alerts.papers.example.org`), and say that it is one.

    `Precedence: bulk` is in no standard, but it is what old vacation programs look at (RFC 3834 §2).
    """
    if message.is_bulk:
        part = _NOT_IN_LABEL.sub("", message.list_prefix)[:LABEL_MAX]
        list_id = ".".join(filter(None, (part, identity.list_id)))
        name = " ".join(filter(None, (identity.list_name, part)))
        yield write_field("List-Id", f"{encode_phrase(name)} <{list_id}>".lstrip())
        yield write_field("Precedence", "bulk")


def _unsubscribe_fields(message: MailMessage) -> Iterable[str]:
    """Write RFC 2369's field, and RFC 8058's where one POST is enough."""
    # Percent-encoding makes anything that is not a URI harmless and leaves what is one alone.
    uris = [quote(uri, safe=_URI_SAFE, errors="replace") for uri in message.list_unsubscribe]
    if any(len(uri) > LINE_MAX - len(" <>,") for uri in uris):
        raise NotifierError("An unsubscribe link is too long for a mail header (998 characters)")
    if uris:
        yield write_field("List-Unsubscribe", ", ".join(f"<{uri}>" for uri in uris))
    if message.is_one_click and any(uri.startswith("https:") for uri in uris):
        yield write_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _extra_fields(message: MailMessage, domain: str) -> Iterable[str]:
    for name, value in message.headers.items():
        if not _FIELD_NAME.fullmatch(name) or name.lower() in OURS:
            raise NotifierError(f"A message may not set the header “{clean_text(name)[:60]}”")
        if name.lower() in _OF_IDS:
            yield write_field(name, " ".join(write_message_id(each, domain) for each in value.split()))
        else:
            yield text_field(name, value)


def _multipart_field(boundary: str) -> str:
    return f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'


def _boundary(message_id: str, parts: list[bytes]) -> str:
    """Give a delimiter made from the message id that stands in neither part (RFC 2046 §5.1.1)."""
    seed = message_id.encode(errors="replace")
    while True:
        seed = hashlib.sha256(seed).hexdigest().encode()
        boundary = f"=_{seed.decode()[:40]}"
        if not any(boundary.encode() in part for part in parts):
            return boundary


def _part(subtype: str, text: str) -> bytes:
    encoding, body = _encode_body(_body_bytes(text))
    fields = write_field("Content-Type", f"text/{subtype}; charset=utf-8")
    return (fields + write_field("Content-Transfer-Encoding", encoding) + "\r\n").encode() + body


def _body_bytes(text: str) -> bytes:
    """Give UTF-8 whose lines all end with CRLF. A bare CR or LF inside a mail is how mails are smuggled."""
    body = _LINE_END.sub("\r\n", _CONTROL.sub("", text))
    return (body if body.endswith("\r\n") else f"{body}\r\n").encode(errors="replace")


def _encode_body(body: bytes) -> tuple[str, bytes]:
    """Choose the transfer encoding: none for ASCII in short lines, else the smaller one of the two."""
    if body.isascii() and max(map(len, body.split(b"\r\n"))) <= LINE_MAX:
        return "7bit", body
    quoted = binascii.b2a_qp(body, istext=True)
    packed = base64.encodebytes(body).replace(b"\n", b"\r\n")
    return ("quoted-printable", quoted) if len(quoted) <= len(packed) else ("base64", packed)
