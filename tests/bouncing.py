"""Mails of the corpus about channels and letters of a test's own database, and what takes them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from digest.pipeline.postbox import Postbox
from digest.postbox.reading import Signatures
from subscribers.bounces import Ladder
from subscribers.db import Database
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import CHANNEL, write_return_path
from tests.factories import NOON

CORPUS = Path(__file__).parent / "bounces"
KEY = "a key of more than thirty-two characters"
TOKENS = Tokens([KEY])
SIGNATURES = Signatures([KEY], TOKENS)
MAILBOX = "bounces@example.org"
# What stands in the corpus: channel 12 of subscriber 3, signed with KEY.
IN_CORPUS = write_return_path([KEY], MAILBOX, CHANNEL, 12)
CORPUS_TOKEN = "WzEyLDMsMTc5NTE3NjAwMF0.eczIajgsBLSN68t8F-QWW19Ajz-c1HF2nYMqWPo9YBE"


def make_postbox(database: Database, clock: Callable[[], datetime], ladder: Ladder | None = None) -> Postbox:
    return Postbox(database=database, signatures=SIGNATURES, ladder=ladder or Ladder(), clock=clock)


def return_path(number: int, kind: str = CHANNEL) -> str:
    return write_return_path([KEY], MAILBOX, kind, number)


def mail(name: str, number: int, kind: str = CHANNEL, message_id: str = "") -> bytes:
    """Give a mail of the corpus, about a channel or letter of one's own; with another id it is another mail."""
    text = (CORPUS / f"{name}.eml").read_text(encoding="utf-8").replace(IN_CORPUS, return_path(number, kind))
    token = TOKENS.issue(Purpose.UNSUBSCRIBE, TokenSubject(number if kind == CHANNEL else 0, 3), NOON)
    text = text.replace(CORPUS_TOKEN, token)
    if message_id:
        old = next(line for line in text.splitlines() if line.lower().startswith("message-id:"))
        text = text.replace(old, f"Message-ID: <{message_id}@example.net>", 1)
    return text.encode()


def request_mail(verb: str, purpose: Purpose, subject: TokenSubject, at: datetime) -> bytes:
    """Write the mail that a mailto link of ours makes."""
    token = TOKENS.issue(purpose, subject, at)
    return f"From: somebody@example.net\nSubject: {verb} {token}\nMessage-ID: <{verb}@example.net>\n\n".encode()
