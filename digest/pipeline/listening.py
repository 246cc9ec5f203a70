"""Takes the mails that a mail server hands over by LMTP: each is answered once it has been acted on."""

import asyncio
from collections.abc import Collection

import structlog

from digest.errors import ConfigurationError
from digest.notifiers.identity import find_identity
from digest.pipeline.postbox import Postbox, take_mail
from digest.postbox.findings import Verdict
from digest.postbox.lmtp import ACCEPTED, BY_HAND, LATER, LmtpListener
from digest.settings import Settings
from subscribers.faults import DatabaseUnavailable
from subscribers.verp import read_return_path

log = structlog.get_logger()


def make_listener(postbox: Postbox, settings: Settings) -> LmtpListener:
    """Make the listener of the settings. Raises ConfigurationError."""
    if not postbox.signatures.keys:
        raise ConfigurationError(["DIGEST_BOUNCES__LMTP_PORT needs DIGEST_SECRET_KEY, which signs the return paths"])
    reception = Reception(postbox, list_mailboxes(settings))
    bounces = settings.bounces
    return LmtpListener(bounces.lmtp_host, bounces.lmtp_port, reception.is_ours, reception.take)


def list_mailboxes(settings: Settings) -> frozenset[str]:
    """Give the mailboxes that unsubscribe mails and bounces without a signed return path may come to."""
    sender = find_identity(settings).sender.address if settings.smtp.sender else ""
    named = (settings.bounces.address, settings.unsubscribe_address, sender)
    return frozenset(address.strip().lower() for address in named if address)


class Reception:
    """Says who may be written to here, and acts on what is."""

    def __init__(self, postbox: Postbox, mailboxes: Collection[str]) -> None:
        self._postbox = postbox
        self._mailboxes = mailboxes

    def is_ours(self, recipient: str) -> bool:
        """Whether this is a return path we signed, or one of our mailboxes."""
        is_signed = read_return_path(self._postbox.signatures.keys, recipient) is not None
        return is_signed or recipient.strip("<>").lower() in self._mailboxes

    async def take(self, raw: bytes, recipient: str) -> str:
        """Act on a mail; give the reply to the server that handed it over.

        Only an answer to a mail goes back: what else comes is mostly spam, whose senders are invented, and the server
        would write to them.
        """
        try:
            taken = await asyncio.to_thread(take_mail, self._postbox, raw, [recipient])
        except DatabaseUnavailable as error:
            log.warning("mail_deferred", error=str(error))
            return LATER
        return BY_HAND if taken.finding.verdict is Verdict.PERSON and taken.is_ours else ACCEPTED
