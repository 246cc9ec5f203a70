"""From which network a request comes: who is believed, and how addresses are read."""

import pytest

from digest.web.visitors import UNKNOWN, Visitors, cut, read_address, surround

PROXIES = ("10.0.0.0/8", "[::1]", "2001:db8:ffff::/48")


def network(peer: str, *forwarded: str, proxies: tuple[str, ...] = PROXIES) -> str:
    return cut(Visitors(proxies).find_address(peer, forwarded))


def test_without_a_proxy_the_peer_is_who_asks_whatever_the_header_says() -> None:
    assert network("192.0.2.77", "198.51.100.9", proxies=()) == "192.0.2.0/24"
    assert network("192.0.2.77", "198.51.100.9") == "192.0.2.0/24"


def test_a_proxy_of_ours_is_believed_about_who_came_to_it() -> None:
    assert network("10.0.0.5", "198.51.100.9") == "198.51.100.0/24"
    assert network("::1", "2001:db8:1:2::3") == "2001:db8:1::/48"


def test_what_stands_before_the_last_stranger_may_be_invented_and_does_not_count() -> None:
    assert network("10.0.0.5", "203.0.113.1, 198.51.100.9, 10.1.2.3") == "198.51.100.0/24"
    assert network("10.0.0.5", "10.9.9.9, 198.51.100.9") == "198.51.100.0/24"


def test_several_headers_are_one_list() -> None:
    assert network("10.0.0.5", "203.0.113.1", "198.51.100.9, 10.0.0.6") == "198.51.100.0/24"


def test_if_all_are_ours_the_first_of_them_asks() -> None:
    assert network("10.0.0.5", "10.1.1.1, 10.2.2.2") == "10.1.1.0/24"


@pytest.mark.parametrize(
    "garbage", ["unknown", "", "1.2.3", "999.1.1.1", "x" * 5000, "192.0.2.1.example.org", "[", ":"]
)
def test_what_cannot_be_read_is_answered_for_by_who_wrote_it(garbage: str) -> None:
    assert network("10.0.0.5", garbage) == "10.0.0.0/24"
    assert network("10.0.0.5", f"203.0.113.1, {garbage}, 10.0.7.1") == "10.0.7.0/24"


def test_a_flood_of_hops_is_cut() -> None:
    assert network("10.0.0.5", ", ".join(["203.0.113.1", *["10.0.0.1"] * 100_000])) == "10.0.0.0/24"


@pytest.mark.parametrize(
    ("written", "network_of_it"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        (" 192.0.2.1:8080 ", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("[2001:db8:1:2::3]", "2001:db8:1::/48"),
        ('"[2001:db8:1:2::3]:4711"', "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:192.0.2.1", "192.0.2.0/24"),
    ],
)
def test_addresses_are_read_as_proxies_write_them(written: str, network_of_it: str) -> None:
    assert cut(read_address(written)) == network_of_it


@pytest.mark.parametrize("peer", ["", "testclient", "/run/digest.sock"])
def test_who_has_no_address_counts_as_one_network(peer: str) -> None:
    assert network(peer, "198.51.100.9") == UNKNOWN


@pytest.mark.parametrize(
    ("part", "whole"),
    [("2001:db8:1::/48", "2001:db8::/32"), ("192.0.2.0/24", ""), (UNKNOWN, "")],
)
def test_networks_of_ipv6_are_part_of_what_one_holder_may_have(part: str, whole: str) -> None:
    assert surround(part) == whole
