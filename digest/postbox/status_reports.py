"""Delivery status notifications: the part of a bounce that is written for machines (RFC 3464, RFC 6533). Pure."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from digest.postbox.diagnosis import find_status, judge
from digest.postbox.findings import Finding, Verdict, clean, find_mildest
from digest.postbox.mail import MAX_TEXT, ODDITIES, AnyMessage, list_fields, walk

_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_BLOCKS: Final = re.compile(r"\n[ \t]*\n+")
_STATUS: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS: Final = re.compile(r"<?([^\s<>;\"']+@[^\s<>;\"']+)>?")
_MOST_BLOCKS: Final = 50
_DONE: Final = ("delivered", "relayed", "expanded")
_FAILED: Final = ("failed", "fail", "error")  # `error` is what OpenSMTPD wrote

Block = Mapping[str, str]


def find_status_report(mail: AnyMessage) -> Finding | None:
    """Read the notification in a mail; None if it has none. Of several recipients the mildest finding counts."""
    blocks = [block for part in walk(mail) if part.get_content_type() in _TYPES for block in _read_blocks(part)]
    about_somebody = [block for block in blocks if "action" in block or "status" in block]
    return find_mildest(map(_judge_block, about_somebody))


def _judge_block(block: Block) -> Finding:
    found = _STATUS.search(block.get("status", ""))
    status, said = found[1] if found else "", block.get("diagnostic-code", "")
    return Finding(
        verdict=_decide(block.get("action", "").lower(), status, said),
        status=status if status and not status.endswith(".0.0") else find_status(said) or status,
        diagnostic=clean(said),
        recipient=_recipient(block),
    )


def _decide(action: str, status: str, said: str) -> Verdict:
    if action.startswith(_FAILED):
        return judge(status, said)
    if action.startswith("delayed"):
        return Verdict.DELAYED
    if action.startswith(_DONE):
        return Verdict.DELIVERED
    # No action, or one nobody knows: the class of the code is all there is, and only its 5 says that it is over.
    return judge(status, said) if status.startswith("5") else Verdict.DELAYED


def _recipient(block: Block) -> str:
    """Give the address as we wrote it, if the server kept it, else as it was at the end."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        if found := _ADDRESS.search(block.get(name, "")[:MAX_TEXT]):
            return found[1].lower()
    return ""


def _read_blocks(part: AnyMessage) -> Iterator[Block]:
    """Cut the part into blocks of fields; the first is about the report, the others about one recipient each."""
    parser = HeaderParser()
    for text in _BLOCKS.split(_text(part))[:_MOST_BLOCKS]:
        fields = parser.parsestr(text.strip("\n")).items()
        block = {name.lower(): " ".join(str(value).split()) for name, value in reversed(fields)}
        if block:
            yield block


def _list_pieces(part: AnyMessage) -> list[str]:
    with suppress(*ODDITIES):
        payload = part.get_payload()
        blocks = payload if isinstance(payload, list) else [payload]
        return [_write(each) if isinstance(each, Message) else str(each) for each in blocks]
    return []


def _write(block: AnyMessage) -> str:
    """Write a block that the parser took for a mail as it was."""
    fields = "\n".join(f"{name}: {value}" for name, value in list_fields(block))
    body = block.get_payload()
    return f"{fields}\n\n{body}" if isinstance(body, str) else fields


def _text(part: AnyMessage) -> str:
    """Put together what the parser took apart; some servers encode this part, though they must not (RFC 3464 §2.1)."""
    text = "\n\n".join(_list_pieces(part)).replace("\r\n", "\n")[:MAX_TEXT]
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace").replace("\r\n", "\n")
        except (binascii.Error, ValueError):
            return ""
    return text
