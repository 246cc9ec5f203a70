"""What stands on every message we send: ids, signed links, where to write to leave, where bounces go. Sends nothing."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from anyascii import anyascii

from digest.notifiers.identity import MailIdentity, find_identity, parse_bounces
from digest.settings import Settings
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import write_return_path

# Gmail: “SenderId: a unique identifier of 5-15 characters, consistent across the mail stream”.
# https://support.google.com/a/answer/6254652
SENDER_ID_SHORTEST: Final = 5
SENDER_ID_LONGEST: Final = 15


class Stationery:
    """Knows the service's name and addresses, and signs. Without a key nothing is signed, so there are no links.

    Raises ConfigurationError for a mailbox of bounces that cannot carry a signature.
    """

    def __init__(self, settings: Settings, tokens: Tokens | None) -> None:
        self._settings = settings
        self._tokens = tokens
        self.identity: MailIdentity = find_identity(settings)
        self._keys = _list_keys(settings)
        self._bounces = parse_bounces(settings.bounces.address) if settings.bounces.address and self._keys else None
        self._leave_to = self._find_mailbox()
        self._sender_id = write_sender_id(settings.title, self.identity.sender.domain)

    @property
    def title(self) -> str:
        """Give the name of the service."""
        return self._settings.title

    @property
    def public_url(self) -> str:
        """Give where readers reach the service; empty where they cannot."""
        return self._settings.public_url

    def name_message(self, *parts: object) -> str:
        """Name a message after what it is, so that a second copy after a crash can be recognised."""
        return f"{'.'.join(map(str, parts))}@{self.identity.sender.domain}"

    def issue(self, purpose: Purpose, subject: TokenSubject, at: datetime) -> str | None:
        """Sign a token; None without a key."""
        return self._tokens.issue(purpose, subject, at) if self._tokens else None

    def page(self, name: str, token: str | None) -> str | None:
        """Give the address of a page for a token; None without a token or a public address."""
        base = self._settings.public_url.rstrip("/")
        return f"{base}/{name}/{token}" if base and token else None

    def leave_mailto(self, verb: str, token: str | None) -> str | None:
        """Give a mail that leaves, ready to be sent: `unsubscribe <token>`, `stop-alerts <token>`, `cancel <token>`.

        A person can act on it by hand, so no token is fine too.
        """
        subject = f"{verb} {token}" if token else verb
        return f"mailto:{self._leave_to}?subject={quote(subject)}" if self._leave_to else None

    def return_path(self, kind: str, number: int) -> str:
        """Give where bounces of one mail go; empty where they go to the sender, as those of a sample (0) do."""
        return write_return_path(self._keys, self._bounces, kind, number) if self._bounces and number else ""

    def feedback_id(self, campaign: str, kind: str, channel_kind: str) -> str:
        """Give Gmail's Feedback-ID, by which it counts complaints: nothing personal in it, and the same for everybody.

        Fields end at a colon, so none may hold one.
        """
        fields = (campaign, kind, channel_kind, self._sender_id)
        return ":".join(field.replace(":", "-") for field in fields)

    def _find_mailbox(self) -> str:
        settings = self._settings
        sender = self.identity.sender.address if settings.smtp.sender else ""
        return settings.unsubscribe_address or (self._bounces or "") or sender


def write_sender_id(title: str, domain: str) -> str:
    """Make Gmail's SenderId of the service's name, filled up from its domain where the name is too short."""
    letters = [letter for letter in anyascii(f"{title} {domain}").lower() if letter.isalnum()]
    name = [letter for letter in anyascii(title).lower() if letter.isalnum()]
    enough = name if len(name) >= SENDER_ID_SHORTEST else letters
    return "".join(enough[:SENDER_ID_LONGEST]).ljust(SENDER_ID_SHORTEST, "0")


def _list_keys(settings: Settings) -> list[str]:
    key = settings.secret_key.get_secret_value()
    return [key, *settings.old_secret_keys.get_secret_value().split()] if key else []
