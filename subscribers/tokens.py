"""The signed tokens in links: what for, for whom, since when. They are not secret text, only unforgeable.

A token carries ids and a time, nothing personal, so it may stand in server logs. Each purpose has its own salt: a
token made for one never works for another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from subscribers.model import BadToken, ExpiredToken, WeakKey

MIN_KEY = 32  # characters; RFC 2104 §3 asks for a key as long as the hash, here 32 bytes
MAX_TOKEN = 512  # what we issue is about 80; nothing longer is looked at


class Purpose(StrEnum):
    """What a token may be used for; the value is its salt, so changing one breaks every link ever sent."""

    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"  # about (request,): what is asked for at an address; no channel and no subscriber (0) yet
    MANAGE = "manage"
    ANSWER = "answer"  # about (researcher, paper): “is this them?”
    FOLLOW = "follow"  # about (researcher,): follow or unfollow
    FEEDBACK = "feedback"  # about (paper,): more like this, less like this, save
    STOP_ALERTS = "stop-alerts"  # only the alerts of a channel
    UNDO = "undo"  # shown on the page after unsubscribing: take it back
    CANCEL = "cancel"  # about (request,): somebody else's sign-up of this address
    MOVE_BACK = "move-back"  # about (request,): in the mail to an address that another is to take the place of


# An unsubscribe link must work in a mail found years later, so it never expires.
LIFETIMES: dict[Purpose, timedelta | None] = {
    Purpose.UNSUBSCRIBE: None,
    Purpose.CONFIRM: timedelta(hours=48),
    Purpose.MANAGE: timedelta(days=30),
    # They change one wish, can be taken back, and stand in mails that are read months later.
    Purpose.ANSWER: timedelta(days=400),
    Purpose.FOLLOW: timedelta(days=400),
    Purpose.FEEDBACK: timedelta(days=400),
    Purpose.STOP_ALERTS: None,
    Purpose.UNDO: timedelta(hours=1),
    Purpose.CANCEL: None,
    # A fortnight's holiday must not cost somebody their subscription.
    Purpose.MOVE_BACK: timedelta(days=30),
}

LEAST = 3  # channel, subscriber, time
ABOUT = {
    Purpose.CONFIRM: 1,
    Purpose.ANSWER: 2,
    Purpose.FOLLOW: 1,
    Purpose.FEEDBACK: 1,
    Purpose.CANCEL: 1,
    Purpose.MOVE_BACK: 1,
}  # how many ids more a purpose needs


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """Whom a token is for, for some purposes the ids of what it is `about`, and, of one that was read, since when."""

    channel_id: int
    subscriber_id: int
    about: tuple[int, ...] = ()
    issued_at: datetime | None = field(default=None, compare=False)  # to the second


class Tokens:
    """Issues and reads tokens. Keys come newest first: the first signs, all of them are believed."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or min(map(len, keys)) < MIN_KEY:
            message = f"The secret key is too short to sign links with; use at least {MIN_KEY} random characters."
            raise WeakKey(message)
        self._serializers = {purpose: _make_serializer(keys, purpose) for purpose in Purpose}

    def issue(self, purpose: Purpose, subject: TokenSubject, now: datetime) -> str:
        """Sign a token that may stand in a URL as it is."""
        seconds = int(now.astimezone(UTC).timestamp())
        return self._serializers[purpose].dumps([subject.channel_id, subject.subscriber_id, seconds, *subject.about])

    def read(self, purpose: Purpose, token: str, now: datetime) -> TokenSubject:
        """Give whom the token is about; BadToken if we never signed it for this purpose, ExpiredToken if too old."""
        channel_id, subscriber_id, seconds, *about = self._load(purpose, token)
        lifetime, issued_at = LIFETIMES[purpose], datetime.fromtimestamp(seconds, UTC)
        if lifetime is not None and now - issued_at > lifetime:
            raise ExpiredToken
        return TokenSubject(channel_id, subscriber_id, tuple(about), issued_at)

    def _load(self, purpose: Purpose, token: str) -> list[int]:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise BadToken
        try:
            numbers = [int(number) for number in self._serializers[purpose].loads(token)]
        except (BadData, TypeError, ValueError) as error:
            raise BadToken from error
        if len(numbers) != LEAST + ABOUT.get(purpose, 0):
            raise BadToken
        return numbers


def _make_serializer(keys: Sequence[str], purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(
        list(reversed(keys)),  # itsdangerous wants the newest last
        salt=f"daily-paper-digest.{purpose.value}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
