"""In whose name mail is sent: the From address, and the list it belongs to (RFC 2919)."""

import re
from dataclasses import dataclass

from anyascii import anyascii
from email_validator import EmailNotValidError, validate_email

from digest.errors import ConfigurationError, NotifierError
from digest.settings import Settings
from subscribers.verp import LONGEST_NAME

# RFC 5321 §4.5.3.1: 64 for the local part, "@", 255 for the domain; nothing longer is worth parsing.
ADDRESS_LIMIT = 320


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A checked address, its domain in ASCII. `needs_utf8` says that the part before the @ is not ASCII (RFC 6531)."""

    address: str
    name: str = ""
    needs_utf8: bool = False

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """The sender, and the name and id of the list: `Daily Paper Digest`, `daily-paper-digest.example.org`."""

    sender: Mailbox
    list_name: str
    list_id: str


# Stands in where nothing is sent: files, dry runs, the demo. example.org belongs to nobody (RFC 2606).
NOBODY = Mailbox("digest@example.org", "Daily Paper Digest")


def make_identity(title: str, sender: Mailbox) -> MailIdentity:
    """Name the list after the service and put it under the sender's domain."""
    label = re.sub(r"[^a-z0-9]+", "-", anyascii(title).lower()).strip("-")[:63].rstrip("-") or "digest"
    return MailIdentity(sender=sender, list_name=title, list_id=f"{label}.{sender.domain}")


def find_identity(settings: Settings) -> MailIdentity:
    """Give the configured identity; where no sender is set, a stand-in that is good for files."""
    sender = parse_sender(settings.smtp.sender) if settings.smtp.sender else NOBODY
    return make_identity(settings.title, sender)


def parse_sender(text: str) -> Mailbox:
    """Read `Name <name@example.org>`. Raises ConfigurationError."""
    try:
        sender = _parse(text, has_name=True)
    except EmailNotValidError as error:
        raise ConfigurationError([f"DIGEST_SMTP__SENDER, “{text[:80]}”, is not an address: {error}"]) from None
    if sender.needs_utf8:
        raise ConfigurationError([f"DIGEST_SMTP__SENDER, “{text[:80]}”, has letters before the @ that are not ASCII"])
    return sender


def parse_bounces(text: str) -> str:
    """Read the mailbox that bounces go to, `bounces@example.org`. Raises ConfigurationError."""
    try:
        mailbox = _parse(text, has_name=False)
    except EmailNotValidError as error:
        raise ConfigurationError([f"DIGEST_BOUNCES__ADDRESS, “{text[:80]}”, is not an address: {error}"]) from None
    if mailbox.needs_utf8 or len(mailbox.address.partition("@")[0]) > LONGEST_NAME:
        fault = f"needs a name of at most {LONGEST_NAME} ASCII letters before the @, to which signatures are added"
        raise ConfigurationError([f"DIGEST_BOUNCES__ADDRESS, “{text[:80]}”, {fault}"])
    return mailbox.address


def parse_recipient(text: str) -> Mailbox:
    """Read a subscriber's address once more, at the last moment. Raises a permanent NotifierError."""
    try:
        return _parse(text, has_name=False)
    except EmailNotValidError as error:
        raise NotifierError(f"This is not an address that can be written to: {error}", permanent=True) from None


def parse_return_path(text: str) -> Mailbox:
    """Read where bounces of one mail go. Raises NotifierError: what breaks the protocol is never said to a server."""
    try:
        mailbox = _parse(text, has_name=False)
    except EmailNotValidError as error:
        raise NotifierError(f"The return path is not an address: {error}") from None
    if mailbox.needs_utf8:
        raise NotifierError("The return path has letters before the @ that are not ASCII")
    return mailbox


def _parse(text: str, *, has_name: bool) -> Mailbox:
    if len(text) > ADDRESS_LIMIT:
        raise EmailNotValidError("It is too long.")
    # Who may be written to is decided at sign-up; here only what could break the protocol matters. So a host of one's
    # own network (`x@mailhost`) is fine, and no DNS is asked.
    found = validate_email(
        text.strip() if has_name else text,
        allow_display_name=has_name,
        check_deliverability=False,
        globally_deliverable=False,
        test_environment=True,  # admits the reserved domain `test`, as sign-up does
        strict=True,
    )
    address = f"{found.local_part}@{found.ascii_domain}"
    return Mailbox(address, found.display_name or "", needs_utf8=not found.ascii_email)
