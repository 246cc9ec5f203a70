"""How requests reach the network: to the vetted addresses of their host and nowhere else, or through a proxy."""

import functools
import ssl
from collections.abc import Sequence
from typing import Final

import httpx

from digest.certificates import find_certificates
from digest.sources.http.guard import Guard, host_of

# A host with several addresses should not lose its whole deadline on a dead one (RFC 8305 would try them side by side).
TRY_CONNECTING: Final = 4.0
MOST_TRIES: Final = 6


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to what the guard vetted, trying the addresses in turn; TLS is checked for the name all the same.

    Each host has a pool of its own: within one pool httpx would know connections by address only, and one opened for
    one name must never serve another.
    """

    def __init__(self, guard: Guard, proxy: str = "", certificates: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._given = certificates
        self._pools: dict[tuple[str, str], httpx.AsyncHTTPTransport] = {}
        self._proxy = self._make_pool(self._certificates, proxy) if proxy else None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Vet, connect and ask. Raises Forbidden and what httpx raises."""
        if self._proxy:
            await self._guard.vet_for_proxy(request.url)
            return await self._proxy.handle_async_request(request)
        try:
            addresses = await self._guard.vet(request.url)
        except OSError as error:
            raise httpx.ConnectError(error.strerror or str(error)) from error
        return await self._ask(request, addresses[:MOST_TRIES])

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in (*self._pools.values(), *filter(None, (self._proxy,))):
            await pool.aclose()

    async def _ask(self, request: httpx.Request, addresses: Sequence[str]) -> httpx.Response:
        host = host_of(request.url)
        pool = self._find_pool(request.url.scheme, host)
        for address in addresses[:-1]:
            try:
                return await pool.handle_async_request(_pin(request, host, address, TRY_CONNECTING))
            except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent yet
                continue
        return await pool.handle_async_request(_pin(request, host, addresses[-1]))

    @functools.cached_property
    def _certificates(self) -> ssl.SSLContext:
        """What TLS is checked against. Reading that takes longer than most requests, so it waits until it is needed."""
        return self._given or find_certificates()

    def _find_pool(self, scheme: str, host: str) -> httpx.AsyncHTTPTransport:
        if (scheme, host) not in self._pools:
            self._pools[scheme, host] = self._make_pool(self._certificates if scheme == "https" else None)
        return self._pools[scheme, host]

    @staticmethod
    def _make_pool(certificates: ssl.SSLContext | None, proxy: str = "") -> httpx.AsyncHTTPTransport:
        # Without certificates there is no TLS to check: such a pool is for http alone.
        return httpx.AsyncHTTPTransport(verify=certificates or False, trust_env=False, proxy=proxy or None)


def _pin(request: httpx.Request, host: str, address: str, patience: float | None = None) -> httpx.Request:
    """Address the request to one of its host's addresses; the Host header and the name TLS asks for stay."""
    timeout = dict(request.extensions.get("timeout", {}))
    if patience is not None:
        timeout["connect"] = min(patience, timeout.get("connect") or patience)
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host, "timeout": timeout},
    )
