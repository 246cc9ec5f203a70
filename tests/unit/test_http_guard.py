"""Which addresses may be asked, by their spelling and by their number."""

from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.http.addresses import AllowedHosts, is_public, unwrap
from digest.sources.http.guard import Forbidden, Guard, host_of

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
]
PUBLIC = ["8.8.8.8", "151.101.3.42", "172.15.0.1", "172.32.0.1", "100.63.255.255", "2a04:4e42::810", "2606:4700::1"]


def refusal(url: str, *allowed: str) -> str:
    with pytest.raises(Forbidden) as caught:
        Guard(allowed).check(httpx.URL(url))
    return str(caught.value)


@pytest.mark.parametrize("text", PRIVATE)
def test_addresses_of_private_and_reserved_networks_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public_also_when_embedded(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses())
def test_nothing_python_calls_private_is_public(address: object) -> None:
    given_address = ip_address(str(address))

    assert not (is_public(given_address) and unwrap(given_address).is_private)


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_in_a_link_is_refused_by_a_sentence_that_says_what_to_do(text: str) -> None:
    host = f"[{text}]" if ":" in text else text

    said = refusal(f"http://{host.replace('%', '%25')}/")

    assert said.endswith("name it in DIGEST_HTTP__ALLOWED_HOSTS")
    assert text.partition("%")[0] in said


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0x7f000001", "017700000001", "127.0.1", "1.2.3.4.5", "feeds.0x1"]
)
def test_an_address_in_disguise_is_refused_even_where_it_is_allowed(host: str) -> None:
    assert "is an address in disguise" in refusal(f"http://{host}/", "127.0.0.1")


@pytest.mark.parametrize("url", ["http://127.0.0.1./", "http://127。0。0。1/", "http://127｡0.0.1/"])
def test_other_dots_hide_nothing(url: str) -> None:
    assert "127.0.0.1 lies in a private or reserved network" in refusal(url)


@pytest.mark.parametrize("url", ["http://0177.0.0.1/", "http://１２７.0.0.1/", "http://256.1.1.1/"])
def test_what_is_no_address_at_all_is_no_url(url: str) -> None:
    with pytest.raises(httpx.InvalidURL):
        Guard().check(httpx.URL(url))


@pytest.mark.parametrize(
    "url", ["http://good@127.0.0.1/", "http://arxiv.org:x@8.8.8.8/", "https://me:secret@arxiv.org"]
)
def test_user_names_in_addresses_are_refused_and_not_repeated(url: str) -> None:
    said = refusal(url, "127.0.0.1")

    assert "holds a user name or password" in said
    assert "secret" not in said


@pytest.mark.parametrize("host", ["127%2e0%2e0%2e1", "a..b", "exa mple", "x" * 64, ".".join(["abc"] * 80)])
def test_what_is_no_name_is_refused(host: str) -> None:
    assert "is not the name of a host" in refusal(f"http://{host}/")


@pytest.mark.parametrize("port", [0, 22, 25, 6379, 5432, 3306, 11211, 27017, 9200, 6667, 10080, 65536])
def test_ports_of_other_protocols_are_refused(port: int) -> None:
    assert f"port {port} of arxiv.org" in refusal(f"http://arxiv.org:{port}/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://arxiv.org/", "ftp://arxiv.org/", "data:text/plain,x"])
def test_only_http_and_https_are_asked(url: str) -> None:
    assert "only http and https" in refusal(url)


@pytest.mark.parametrize(
    "url", ["http://arxiv.org/", "https://arxiv.org:8443/x", "http://8.8.8.8:8080/", "https://[2606:4700::1]/"]
)
def test_the_web_may_be_asked(url: str) -> None:
    Guard().check(httpx.URL(url))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://10.1.2.3/", "10.0.0.0/8"),
        ("http://10.1.2.3/", "10.1.2.3"),
        ("http://[::ffff:10.1.2.3]/", "10.0.0.0/8"),
        ("http://[fd00::1]/", "fd00::/8"),
        ("http://[::1]:8080/", "[::1]"),
    ],
)
def test_an_operator_lets_addresses_and_networks_through(url: str, allowed: str) -> None:
    Guard([allowed]).check(httpx.URL(url))


def test_an_allowed_host_is_the_operators_own() -> None:
    guard = Guard(["Feeds.lan.", "10.0.0.0/8"])

    assert [guard.is_own(host) for host in ("feeds.lan", "10.0.0.1", "arxiv.org", "8.8.8.8")] == [
        True,
        True,
        False,
        False,
    ]


def test_an_allowed_name_is_only_that_name() -> None:
    allowed = AllowedHosts(["feeds.lan"])

    assert allowed.has_name("feeds.lan")
    assert not allowed.has_name("evil.feeds.lan")
    assert not allowed.has_address(ip_address("10.0.0.1"))


def test_a_host_has_one_name_whatever_its_spelling() -> None:
    assert host_of(httpx.URL("https://ArXiv.ORG./")) == "arxiv.org"
    assert host_of(httpx.URL("https://münchen.de/")) == "xn--mnchen-3ya.de"
