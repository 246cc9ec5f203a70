"""One connection to a mail server: opens it, names sender and recipient, hands the mail over.

Every fault of the library is translated here; what a fault means is decided in `smtp_outcomes`.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from digest.errors import NotifierUnusable
from digest.notifiers import smtp_outcomes as outcomes
from digest.notifiers.identity import Mailbox
from digest.notifiers.smtp_outcomes import Stage
from digest.settings import SmtpSettings

# What can go wrong on a connection. ValueError: a host name or log-in name that cannot be encoded.
FAILURES = (aiosmtplib.SMTPException, OSError, ValueError)
QUIT_TIMEOUT = 5.0


class Dropped(Exception):
    """The connection ended before any mail was handed over."""


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What a mail server agreed to: TLS (`TLSv1.3`, empty without), whether we logged in, the largest mail it takes.

    `size_limit` is in bytes; None where the server does not say.
    """

    tls: str
    is_logged_in: bool
    size_limit: int | None


class SmtpConnection:
    """A connection that is opened when first needed, and again after it was lost."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls
        self._smtp: aiosmtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as we have heard."""
        return self._smtp is not None and self._smtp.is_connected

    @property
    def facts(self) -> ConnectionFacts | None:
        """What the server of the open connection agreed to; None where none is open."""
        if self._smtp is None or not self._smtp.is_connected:
            return None
        secured = self._smtp.transport.get_extra_info("ssl_object") if self._smtp.transport else None
        size = self._smtp.esmtp_extensions.get("size", "")
        return ConnectionFacts(
            tls=secured.version() or "" if secured else "",
            is_logged_in=bool(self._settings.username),
            size_limit=int(size) if size.isdecimal() and int(size) else None,
        )

    async def meet(self) -> ConnectionFacts | None:
        """Connect, encrypt and log in, and no more; give what the server agreed to. Raises NotifierUnusable."""
        if not self.is_open:
            await self._open()
        return self.facts

    async def name(self, sender: Mailbox, recipient: Mailbox, size: int) -> None:
        """Open a transaction. Raises Dropped, or NotifierError after a refusal, which leaves the connection usable."""
        smtp = self._smtp if self._smtp and self._smtp.is_connected else await self._open()
        if recipient.needs_utf8 and not smtp.supports_extension("smtputf8"):
            raise outcomes.lack_utf8(recipient)
        try:
            await smtp.mail(sender.address, options=_options(smtp, recipient, size))
            await smtp.rcpt(recipient.address, encoding="utf-8" if recipient.needs_utf8 else "ascii")
        except aiosmtplib.SMTPSenderRefused as error:
            failure = outcomes.judge_reply(Stage.SENDER, error.code, error.message, self._settings, sender.address)
        except aiosmtplib.SMTPRecipientRefused as error:
            failure = outcomes.judge_reply(Stage.RECIPIENT, error.code, error.message, self._settings)
        except aiosmtplib.SMTPServerDisconnected as error:
            smtp.close()
            raise Dropped(str(error)) from None
        except FAILURES as error:
            smtp.close()
            failure = outcomes.lose_connection(str(error), is_content_sent=False)
        else:
            return
        await self._reset(smtp)
        raise failure

    async def hand_over(self, mail: bytes) -> str:
        """Give the content of the open transaction; returns the server's reply. Raises NotifierError."""
        smtp = self._smtp
        if smtp is None:
            raise outcomes.lose_connection("not connected", is_content_sent=False)
        try:
            response = await smtp.data(mail)
        except aiosmtplib.SMTPDataError as error:
            failure = outcomes.judge_reply(Stage.CONTENT, error.code, error.message, self._settings)
            if error.code == outcomes.SERVICE_CLOSING:
                smtp.close()
        except FAILURES as error:
            smtp.close()
            failure = outcomes.lose_connection(str(error), is_content_sent=True)
        else:
            return f"{response.code} {outcomes.quote_reply(response.message, self._settings)}"
        await self._reset(smtp)
        raise failure

    async def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(*FAILURES):
                await smtp.quit(timeout=QUIT_TIMEOUT)
            smtp.close()

    async def _open(self) -> aiosmtplib.SMTP:
        """Connect, encrypt and log in, as set. Raises NotifierUnusable with one sentence for the operator."""
        try:
            smtp = self._smtp = self._smtp or self._client()
            await self._greet(smtp)
        except aiosmtplib.SMTPAuthenticationError as error:
            failure = outcomes.refuse_login(error.code, error.message, self._settings)
        except aiosmtplib.SMTPResponseException as error:
            failure = outcomes.refuse_greeting(error.code, error.message, self._settings)
        except NotifierUnusable as error:
            failure = error
        except FAILURES as error:
            failure = outcomes.explain_unreachable(error, self._settings)
        else:
            return smtp
        if self._smtp is not None:
            self._smtp.close()
        raise failure

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            timeout=self._settings.timeout.total_seconds(),
            use_tls=self._settings.security == "tls",
            start_tls=False,
            tls_context=self._tls,
        )

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        await smtp.connect()
        await smtp.ehlo()
        if self._settings.security == "starttls":
            # Never silently without: a man in the middle removes the offer (RFC 3207 §6).
            if not smtp.supports_extension("starttls"):
                raise outcomes.miss_starttls(self._settings)
            await smtp.starttls()
            await smtp.ehlo()
        if self._settings.username:
            if not smtp.supported_auth_methods:
                raise outcomes.miss_login(self._settings)
            await smtp.login(self._settings.username, self._settings.password.get_secret_value())

    async def _reset(self, smtp: aiosmtplib.SMTP) -> None:
        """Clear the refused transaction; a connection that cannot even do that is closed."""
        if smtp.is_connected:
            try:
                await smtp.rset()
            except FAILURES:
                smtp.close()


def _options(smtp: aiosmtplib.SMTP, recipient: Mailbox, size: int) -> list[str]:
    """List the parameters of MAIL: the size (RFC 1870), and SMTPUTF8 where the address needs it (RFC 6531)."""
    options = [f"SIZE={size}"] if smtp.supports_extension("size") else []
    return [*options, "SMTPUTF8"] if recipient.needs_utf8 else options
