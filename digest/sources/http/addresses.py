"""Which addresses belong to the public internet, and which the operator lets us ask besides. Pure; resolves nothing.

`ipaddress.is_global` is no help: it calls 64:ff9b::/96, 2002::/16, ::ffff:0:0:0/96 and multicast global, and until
Python 3.11.10 `is_private` missed 100.64.0.0/10.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

# https://www.iana.org/assignments/iana-ipv4-special-registry (RFC 6890), and what no web server can have.
_REFUSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # behind a carrier's NAT; Alibaba Cloud's metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # Azure's host, inside every virtual machine there
            "169.254.0.0/16",  # link local; metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; Oracle Cloud's metadata
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays, given up
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Global unicast is all of IPv6 that hosts on the internet have: https://www.iana.org/assignments/ipv6-address-space.
# Loopback, link local, unique local, multicast, IPv4-compatible and translated addresses all lie outside.
_GLOBAL_V6: Final = IPv6Network("2000::/3")
# https://www.iana.org/assignments/iana-ipv6-special-registry, inside the above.
_REFUSED_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: any IPv4 address can hide in it
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
# Networks without IPv4 reach it through these (RFC 6052), so what is embedded decides.
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether this is an address of the public internet, and so is the IPv4 address it may embed."""
    address = unwrap(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def unwrap(address: Address) -> Address:
    """Give the IPv4 address that an IPv4-mapped or NAT64 address stands for, or else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def find_address(text: str) -> Address | None:
    """Read an address in its usual spelling; None if it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


class AllowedHosts:
    """The names, addresses and networks (`10.0.0.0/8`) an operator lets through."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in entries:
            try:
                self._networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry.lower().rstrip("."))

    def has_name(self, host: str) -> bool:
        """Whether the host is named, so that its addresses may be any."""
        return host in self._names

    def has_address(self, address: Address) -> bool:
        """Whether the address is named or lies in one of the networks."""
        given = {address, (isinstance(address, IPv6Address) and address.ipv4_mapped) or address}
        return any(each in network for network in self._networks for each in given)
