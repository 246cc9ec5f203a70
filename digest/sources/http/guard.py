"""What may be asked at all: the guard against addresses that lead into the operator's own network (SSRF).

A feed, a redirect or a link can name any address, and the service may stand where `http://10.0.0.1/` answers. So every
hop is judged twice: by its spelling, and by the addresses its name has at the moment of connecting. The connection then
goes to just these addresses, so that a name server cannot give another answer in between (DNS rebinding).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import httpx

from digest.sources.http.addresses import AllowedHosts, find_address, is_public

SCHEMES: Final = frozenset({"http", "https"})
OPTION: Final = "DIGEST_HTTP__ALLOWED_HOSTS"

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name, for a port; raises OSError if there are none."""

# Ports of other protocols, which a request could be made to speak: https://fetch.spec.whatwg.org/#port-blocking
_BAD_PORTS: Final = frozenset(
    {0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95}
    | {101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389}
    | {427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636}
    | {989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566}
    | {6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
# Databases that read commands from whatever is sent: MySQL, PostgreSQL, Redis, Elasticsearch, memcached, MongoDB.
_DATABASE_PORTS: Final = frozenset({3306, 5432, 6379, 9200, 11211, 27017})
_LAST_PORT: Final = 65535

_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# A host whose last part is a number is an IPv4 address to everybody who resolves it, as in 127.1, 0x7f.1 or 2130706433
# (https://url.spec.whatwg.org/#ends-in-a-number-checker), so it has to be spelt as one.
_NUMERIC_END: Final = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
# Names that mean something in the local network only: RFC 6761, RFC 6762, RFC 8375 and ICANN for `internal`.
_LOCAL_NAME: Final = re.compile(r"(?:^|\.)(?:localhost|local|internal|home\.arpa)$|^[^.]*$")


class Forbidden(Exception):
    """Nothing is fetched from this address; the message says why and what to do."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name, in the order it prefers. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def host_of(url: httpx.URL) -> str:
    """Give the host as it is resolved and paced: ASCII, lower case, without the dot of the root."""
    return url.raw_host.decode("ascii", "replace").lower().removesuffix(".")


class Guard:
    """Judges addresses. `allowed` are the hosts and networks of `http.allowed_hosts`."""

    def __init__(self, allowed: Iterable[str] = (), resolver: Resolver = resolve) -> None:
        self._allowed = AllowedHosts(allowed)
        self._resolve = resolver

    def check(self, url: httpx.URL) -> None:
        """Judge by the spelling alone. Raises Forbidden."""
        host = host_of(url)
        if url.scheme not in SCHEMES:
            raise Forbidden(f"{url.scheme[:20]}: addresses are not fetched, only http and https")
        if url.userinfo:
            raise Forbidden(f"the address at {_shown(host)} holds a user name or password; leave it out")
        if url.port is not None and (url.port in _BAD_PORTS | _DATABASE_PORTS or url.port > _LAST_PORT):
            raise Forbidden(f"port {url.port} of {_shown(host)} is not one for web pages, so it is not asked")
        self._check_host(host)

    async def vet(self, url: httpx.URL) -> tuple[str, ...]:
        """Give the addresses that may be connected to, all of them judged. Raises Forbidden, OSError."""
        self.check(url)
        host = host_of(url)
        if find_address(host):
            return (host,)
        found = tuple(await self._resolve(host, url.port or (443 if url.scheme == "https" else 80)))
        if not found:
            raise OSError("the name has no address")
        # One private address among public ones is refused too: which one gets connected to would be luck.
        if not self._allowed.has_name(host) and not all(map(self._may_connect, found)):
            raise _private(host)
        return found

    async def vet_for_proxy(self, url: httpx.URL) -> None:
        """Judge what a proxy will resolve: by our own resolver if that knows the name. Raises Forbidden."""
        try:
            await self.vet(url)
        except OSError:
            host = host_of(url)
            if _LOCAL_NAME.search(host) and not self._allowed.has_name(host):
                raise _private(host) from None

    def is_own(self, host: str) -> bool:
        """Whether the operator named this very host or address: a server of their own."""
        address = find_address(host)
        return self._allowed.has_address(address) if address else self._allowed.has_name(host)

    def _check_host(self, host: str) -> None:
        if find_address(host):
            if not self._may_connect(host):
                raise _private(host)
        elif _NUMERIC_END.search(host):
            raise Forbidden(f"{_shown(host)} is an address in disguise; write it as four plain numbers")
        elif not _NAME.fullmatch(host):
            raise Forbidden(f"“{_shown(host)}” is not the name of a host")

    def _may_connect(self, text: str) -> bool:
        address = find_address(text)
        return address is not None and (is_public(address) or self._allowed.has_address(address))


def _private(host: str) -> Forbidden:
    why = "lies in a private or reserved network, where nothing is fetched from"
    return Forbidden(f"{_shown(host)} {why}; if you trust it, name it in {OPTION}")


def _shown(host: str) -> str:
    return "".join(char for char in host if char.isprintable())[:100]
