"""From which network a request comes. Pure.

`X-Forwarded-For` is believed only as far as our own proxies wrote it: anybody may send one. Addresses are cut to their
network at once, and nothing longer is counted, stored or logged.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.requests import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"  # a Unix socket, say; all that come so count as one network
IPV4_NETWORK: Final = 24  # bits
IPV6_NETWORK: Final = 48  # what a site is given: RFC 6177
IPV6_PROVIDER: Final = 32  # at least: https://www.ripe.net/publications/docs/ripe-738/ §5.1
MOST_HOPS: Final = 50
LONGEST_HOP: Final = 60  # characters; an IPv6 address with a port in quotation marks has at most 49


class Visitors:
    """Tells networks, given the proxies that are believed."""

    def __init__(self, proxies: Iterable[str]) -> None:
        self._proxies: Sequence[Network] = [ip_network(proxy.strip("[]"), strict=False) for proxy in proxies]

    def find_network(self, request: Request) -> str:
        """Give the network of whoever sent a request, as `192.0.2.0/24` or `2001:db8:1::/48`."""
        peer = request.client.host if request.client else ""
        return cut(self.find_address(peer, request.headers.getlist("x-forwarded-for")))

    def find_address(self, peer: str, forwarded: Sequence[str]) -> Address | None:
        """Give the last address that no proxy of ours has; what stands before it may be invented.

        Something unreadable ends the search: then the proxy that wrote it has to answer for it.
        """
        address = read_address(peer)
        hops = ",".join(forwarded).split(",")[-MOST_HOPS:] if forwarded else []
        while address is not None and self._is_ours(address) and hops:
            before = read_address(hops.pop())
            if before is None:
                break
            address = before
        return address

    def _is_ours(self, address: Address) -> bool:
        return any(address.version == each.version and address in each for each in self._proxies)


def cut(address: Address | None) -> str:
    """Give the network an address is in."""
    if address is None:
        return UNKNOWN
    bits = IPV4_NETWORK if isinstance(address, IPv4Address) else IPV6_NETWORK
    return str(ip_network(f"{address}/{bits}", strict=False))


def surround(network: str) -> str:
    """Give what a network is part of, if one holder may have all of it: providers of IPv6 are given a /32 and more."""
    wide = None if network == UNKNOWN else ip_network(network)
    return str(wide.supernet(new_prefix=IPV6_PROVIDER)) if isinstance(wide, IPv6Network) else ""


def read_address(text: str) -> Address | None:
    """Read an address as proxies write it: bare, with a port, in brackets or quotation marks; None if it is none."""
    bare = text.strip().strip('"')
    if len(bare) > LONGEST_HOP:
        return None
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return _unwrap(address)


def _unwrap(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 socket shows as `::ffff:192.0.2.1`."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
