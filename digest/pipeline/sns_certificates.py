"""Fetches the certificates that SNS signs with, and visits the address that confirms a subscription: from SNS alone."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from digest.errors import ReportRefused, SourceError
from digest.postbox.providers.sns import MAX_CERTIFICATE, SnsMessage, read_certificate, verify
from digest.sources.http.client import Http

MOST_KEPT: Final = 10
# An unsigned post can name any certificate, so how often SNS is asked is bounded, whatever is posted.
MOST_ASKED: Final = 5
ASKED_WITHIN: Final = timedelta(minutes=1)

# Asks an address at SNS and gives the body. Raises SourceError and ReportRefused.
Ask = Callable[[str], Awaitable[bytes]]


class SnsCertificates:
    """Knows the certificates seen so far; there is one for each region, changed about once a year."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, x509.Certificate] = {}
        self._asked: deque[datetime] = deque(maxlen=MOST_ASKED)
        self._asking = asyncio.Lock()

    async def check(self, message: SnsMessage, now: datetime) -> None:
        """Raise ReportRefused unless SNS signed the message; SourceError if its certificate cannot be fetched."""
        url = message.certificate_url
        known = self._find(url, now)
        if known is None:
            async with self._asking:  # posts that come at once ask once
                known = self._find(url, now) or await self._fetch(url, now)
        verify(message, known, now)
        self._keep(url, known)

    def _find(self, url: str, now: datetime) -> x509.Certificate | None:
        certificate = self._known.get(url)
        return None if certificate is None or certificate.not_valid_after_utc < now else certificate

    async def _fetch(self, url: str, now: datetime) -> x509.Certificate:
        if len(self._asked) == MOST_ASKED and now - self._asked[0] < ASKED_WITHIN:
            raise SourceError("sns", "SNS was asked for too many certificates within a minute")
        self._asked.append(now)
        return read_certificate(await self._ask(url))

    def _keep(self, url: str, certificate: x509.Certificate) -> None:
        """Keep a certificate that has signed a message for us."""
        if len(self._known) >= MOST_KEPT and url not in self._known:
            self._known.clear()
        self._known[url] = certificate


async def ask_sns(http: Http, url: str) -> bytes:
    """Ask an address at SNS; a redirect to anywhere is refused. Raises SourceError and ReportRefused."""
    response = await http.named("sns").get(url, max_bytes=MAX_CERTIFICATE)
    if urlsplit(response.url)[:3] != urlsplit(url)[:3]:
        raise ReportRefused
    return response.body
