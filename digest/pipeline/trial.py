"""Acts: sends one mail to the operator through the configured server, and says what happened on the way."""

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from digest.errors import ConfigurationError
from digest.model import Address, MailMessage
from digest.notifiers.email import make_notifier
from digest.notifiers.identity import parse_recipient
from digest.notifiers.smtp_connection import ConnectionFacts
from digest.settings import Settings
from subscribers.addresses import EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What happened: the server's answer, what it agreed to, and the mail as it was handed over."""

    reply: str
    facts: ConnectionFacts | None
    mail: bytes
    return_path: str

    @property
    def headers(self) -> Message:
        """Give the header fields of the mail."""
        return BytesHeaderParser().parsebytes(self.mail)


async def try_mail(settings: Settings, message: MailMessage, address: str) -> Trial:
    """Send a mail as a digest is sent. Raises NotifierError and its kin, and ConfigurationError without a server."""
    notifier = make_notifier(settings)
    if notifier is None:
        raise ConfigurationError(["No mail can be sent: set DIGEST_SMTP__HOST and DIGEST_SMTP__SENDER"])
    recipient = parse_recipient(address)
    async with notifier:
        receipt = await notifier.send(message, Address(EMAIL, address))
        facts = notifier.facts
    mail = notifier.build(message, recipient)
    return Trial(reply=receipt.detail, facts=facts, mail=mail, return_path=message.return_path)
