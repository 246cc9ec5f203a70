"""Asks DNS. An answer is what stands there, possibly nothing; whether nothing was found or nobody answered is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import dns.reversename

LIFETIME: Final = 5.0  # seconds for one question, with all its tries
# After so many questions in a row that nobody answered there is no network, and the others need not wait for it.
MOST_SILENCE: Final = 2
SILENCE: Final = "no name server answered in time"


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands under a name. `fault` says why nobody could say; then there are no records."""

    records: tuple[str, ...] = ()
    fault: str = ""


class Dns:
    """A resolver: the machine's own, or the servers given."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53, lifetime: float = LIFETIME) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.asyncresolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.lifetime = lifetime
        self._unanswered = 0

    async def find_texts(self, name: str) -> Answer:
        """Give the TXT records of a name, each with its strings joined (RFC 7208 §3.3)."""
        return await self._ask(name, "TXT")

    async def find_addresses(self, name: str) -> Answer:
        """Give the addresses of a name, those of IPv4 first."""
        four, six = await self._ask(name, "A"), await self._ask(name, "AAAA")
        records = four.records + six.records
        return Answer(records, "" if records else four.fault or six.fault)

    async def find_mail_hosts(self, name: str) -> Answer:
        """Give the hosts that take mail for a domain; a lone `.` says that none does (RFC 7505)."""
        return await self._ask(name, "MX")

    async def find_names(self, address: str) -> Answer:
        """Give the names that an address has in reverse DNS. ValueError if it is no address."""
        try:
            reverse = dns.reversename.from_address(address)
        except dns.exception.SyntaxError as error:
            message = f"“{address[:60]}” is not an IP address"
            raise ValueError(message) from error
        return await self._ask(str(reverse), "PTR")

    async def _ask(self, name: str, kind: str) -> Answer:
        if self._unanswered >= MOST_SILENCE:
            return Answer(fault=SILENCE)
        try:
            found = await self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, UnicodeError):
            return Answer()
        except (dns.exception.DNSException, OSError) as error:
            fault = _explain(error)
            self._unanswered += fault == SILENCE
            return Answer(fault=fault)
        self._unanswered = 0
        return Answer(tuple(_to_text(record, kind) for record in found.rrset or ()))


def _to_text(record: Any, kind: str) -> str:
    match kind:
        case "TXT":
            return b"".join(record.strings).decode("utf-8", errors="replace")
        case "MX":
            return str(record.exchange).rstrip(".") or "."
        case "PTR":
            return str(record.target).rstrip(".").lower()
        case _:
            return str(record.address)


def _explain(error: Exception) -> str:
    if isinstance(error, dns.resolver.LifetimeTimeout | dns.exception.Timeout):
        return SILENCE
    if isinstance(error, dns.resolver.NoNameservers):
        return "no name server could say"
    return "DNS cannot be asked from here"
