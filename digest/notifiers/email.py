"""Sends mails through the operator's SMTP server, one connection for a run of sends."""

import asyncio
import ssl
from typing import Self

from digest.errors import ConfigurationError, NotifierError
from digest.model import Address, MailMessage, Message, MessageForm, Receipt
from digest.notifiers.dkim import Signer, make_signer
from digest.notifiers.identity import (
    Mailbox,
    MailIdentity,
    make_identity,
    parse_recipient,
    parse_return_path,
    parse_sender,
)
from digest.notifiers.mime import build_mail
from digest.notifiers.smtp_connection import ConnectionFacts, Dropped, SmtpConnection
from digest.notifiers.smtp_outcomes import lose_connection
from digest.settings import Settings, SmtpSettings


def make_notifier(settings: Settings) -> "EmailNotifier | None":
    """Give the notifier for `[smtp]`, or None when no mail server is set."""
    if not settings.smtp.host:
        return None
    if not settings.smtp.sender:
        raise ConfigurationError(["DIGEST_SMTP__SENDER is missing: it is the From address of every mail"])
    identity = make_identity(settings.title, parse_sender(settings.smtp.sender))
    return EmailNotifier(settings.smtp, identity, signer=make_signer(settings))


class EmailNotifier:
    """Sends mails, signed where there is a signer.

    `tls` replaces the system's certificate checks, for a private certificate authority.
    """

    kind = "email"
    form = MessageForm.MAIL

    def __init__(
        self,
        settings: SmtpSettings,
        identity: MailIdentity,
        tls: ssl.SSLContext | None = None,
        signer: Signer | None = None,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._tls = tls
        self._signer = signer
        self._connection = SmtpConnection(settings, tls)
        self._turn = asyncio.Lock()

    @property
    def facts(self) -> ConnectionFacts | None:
        """What the server agreed to, while the connection stands."""
        return self._connection.facts

    def build(self, message: MailMessage, recipient: Mailbox) -> bytes:
        """Give the mail as it is handed over, signed where there is a signer."""
        return self._sign(build_mail(message, self._identity, recipient))

    async def __aenter__(self) -> Self:
        """Get ready; the connection waits until the first send."""
        # Connections and locks belong to the loop they were first used in, and each run may have its own.
        self._connection = SmtpConnection(self._settings, self._tls)
        self._turn = asyncio.Lock()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Say goodbye to the server."""
        await self._connection.close()

    async def send(self, message: Message, address: Address) -> Receipt:
        """Hand one mail over; the receipt is the server's reply. Raises NotifierError and its kin."""
        if not isinstance(message, MailMessage):
            raise NotifierError("The email notifier was handed something that is not a mail")
        recipient = parse_recipient(address.value)
        mail = self.build(message, recipient)
        sender = parse_return_path(message.return_path) if message.return_path else self._identity.sender
        async with self._turn:
            await self._name(sender, recipient, len(mail))
            return Receipt(await self._connection.hand_over(mail))

    def _sign(self, mail: bytes) -> bytes:
        return self._signer.sign(mail) if self._signer else mail

    async def _name(self, sender: Mailbox, recipient: Mailbox, size: int) -> None:
        """Open a transaction; if the standing connection turns out to be dead, once more on a new one."""
        was_open = self._connection.is_open
        try:
            return await self._connection.name(sender, recipient, size)
        except Dropped as error:
            if not was_open:
                raise lose_connection(str(error), is_content_sent=False) from None
        return await self._name(sender, recipient, size)
