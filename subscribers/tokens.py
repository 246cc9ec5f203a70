"""The signed tokens in links: what for, for whom, since when. They are not secret text, only unforgeable.

A token carries two ids and a time, nothing personal, so it may stand in server logs. Each purpose has its own salt: a
token made for one never works for another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from subscribers.model import BadToken, ExpiredToken, WeakKey

MIN_KEY = 32  # characters; RFC 2104 §3 asks for a key as long as the hash, here 32 bytes
MAX_TOKEN = 512  # what we issue is about 80; nothing longer is looked at


class Purpose(StrEnum):
    """What a token may be used for; the value is its salt, so changing one breaks every link ever sent."""

    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    MANAGE = "manage"


# An unsubscribe link must work in a mail found years later, so it never expires.
LIFETIMES: dict[Purpose, timedelta | None] = {
    Purpose.UNSUBSCRIBE: None,
    Purpose.CONFIRM: timedelta(hours=48),
    Purpose.MANAGE: timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """Whom a token is about."""

    channel_id: int
    subscriber_id: int


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
        return self._serializers[purpose].dumps([subject.channel_id, subject.subscriber_id, seconds])

    def read(self, purpose: Purpose, token: str, now: datetime) -> TokenSubject:
        """Give whom the token is about; BadToken if we never signed it for this purpose, ExpiredToken if too old."""
        channel_id, subscriber_id, seconds = self._load(purpose, token)
        lifetime = LIFETIMES[purpose]
        if lifetime is not None and now - datetime.fromtimestamp(seconds, UTC) > lifetime:
            raise ExpiredToken
        return TokenSubject(channel_id, subscriber_id)

    def _load(self, purpose: Purpose, token: str) -> tuple[int, int, int]:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise BadToken
        try:
            channel_id, subscriber_id, seconds = map(int, self._serializers[purpose].loads(token))
        except (BadData, TypeError, ValueError) as error:
            raise BadToken from error
        return channel_id, subscriber_id, seconds


def _make_serializer(keys: Sequence[str], purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(
        list(reversed(keys)),  # itsdangerous wants the newest last
        salt=f"daily-paper-digest.{purpose.value}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
