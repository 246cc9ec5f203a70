"""`digest deliverability` against a DNS server and a mail server on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from digest.cli import digest as command
from digest.cli.exits import Exit
from digest.deliverability.resolver import Dns
from digest.deliverability.spf import walk_record
from digest.notifiers.dkim import make_signer
from digest.settings import read_settings
from tests.keys import ED25519_PEM
from tests.servers.dns import DnsServer
from tests.servers.smtp import Script, SmtpServer

OURS = "1.2.3.4"
DOMAIN = "lab.example.org"


@pytest.fixture(autouse=True)
def _set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with SmtpServer(Script()) as server:
        options = {
            "SMTP__HOST": server.host,
            "SMTP__PORT": str(server.port),
            "SMTP__SECURITY": "none",
            "SMTP__SENDER": f"Papers <digest@{DOMAIN}>",
            "DKIM__SELECTOR": "digest",
            "DKIM__KEY": ED25519_PEM,
            "PUBLIC_URL": "https://papers.lab.example.org",
            "SECRET_KEY": "a key of thirty-two characters...",
        }
        for name, value in options.items():
            monkeypatch.setenv(f"DIGEST_{name}", value)
        yield


def good_zone() -> dict[tuple[str, str], list[str]]:
    signer = make_signer(read_settings())
    assert signer is not None
    return {
        (DOMAIN, "TXT"): ['"unrelated"', '"v=spf1 include:_spf.example.net -all"'],
        ("_spf.example.net", "TXT"): ['"v=spf1 a:mail.example.net" " ~all"'],
        ("mail.example.net", "A"): [OURS],
        (signer.place, "TXT"): [f'"{signer.write_record()}"'],
        ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=reject"'],
        (DOMAIN, "MX"): ["10 mx.example.org."],
        ("4.3.2.1.in-addr.arpa", "PTR"): ["mail.example.net."],
    }


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["deliverability", *arguments], catch_exceptions=False, standalone_mode=False)


def ask(server: DnsServer, *arguments: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    place = ("--nameserver", server.host, "--nameserver-port", str(server.port))
    result = run("--json", *place, *arguments)
    found: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(result.stdout):
        found.setdefault(each["about"], []).append(each)
    return result.return_value, found


def test_a_domain_in_good_order_has_no_fault() -> None:
    with DnsServer(good_zone()) as server:
        exit_code, found = ask(server, "--ip", OURS)

    levels = {about: {each["level"] for each in findings} for about, findings in found.items()}
    assert exit_code == Exit.OK
    assert levels.pop("mail server") == {"warning"}  # on loopback there is no encryption
    assert set.union(*levels.values()) == {"ok"}
    assert set(levels) == {"SPF", "DKIM", "DMARC", "reverse DNS", "MX", "links", "mail"}


def test_a_domain_without_records_is_told_what_to_publish() -> None:
    with DnsServer({}) as server:
        exit_code, found = ask(server, "--ip", OURS)

    signer = make_signer(read_settings())
    assert signer is not None
    assert exit_code == Exit.FAILED
    assert found["SPF"][0]["fix"] == f'Publish: {DOMAIN}. IN TXT "v=spf1 ip4:{OURS} ~all"'
    assert signer.write_record() in found["DKIM"][0]["fix"]
    assert "p=none" in found["DMARC"][0]["fix"]
    assert {each["level"] for about in ("SPF", "DKIM", "DMARC", "MX", "reverse DNS") for each in found[about]} == {
        "fault"
    }


def test_what_cannot_be_looked_up_is_unknown_and_no_fault() -> None:
    broken = [DOMAIN, f"digest._domainkey.{DOMAIN}", f"_dmarc.{DOMAIN}", "4.3.2.1.in-addr.arpa"]
    with DnsServer({}, broken) as server:
        exit_code, found = ask(server, "--ip", OURS)

    assert {each["level"] for about in ("SPF", "DKIM", "DMARC", "MX", "reverse DNS") for each in found[about]} == {
        "unknown"
    }
    assert exit_code == Exit.OK


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("records", "result", "lookups"),
    [
        ({DOMAIN: "v=spf1 ip4:1.2.3.0/24 -all"}, "pass", 0),
        ({DOMAIN: "v=spf1 ip4:9.9.9.9 -all"}, "fail", 0),
        ({DOMAIN: "v=spf1 redirect=other.example.org", "other.example.org": "v=spf1 ip4:1.2.3.4 -all"}, "pass", 1),
        ({DOMAIN: "v=spf1 include:other.example.org ?all", "other.example.org": "v=spf1 -all"}, "neutral", 1),
        ({DOMAIN: f"v=spf1 include:{DOMAIN} -all"}, "permerror", 21),
        ({DOMAIN: "v=spf1 include:nobody.example.org -all"}, "permerror", 1),
        ({DOMAIN: "v=spf1 mx a ptr exists:%{i}.example.org -all"}, "fail", 4),
        ({}, "", 0),
    ],
    ids=["network", "other", "redirect", "include", "loop", "lost", "costly", "none"],
)
async def test_a_record_is_followed_as_a_receiver_follows_it(
    records: dict[str, str], result: str, lookups: int
) -> None:
    zone = {(name, "TXT"): [f'"{text}"'] for name, text in records.items()}
    with DnsServer(zone) as server:
        walk = await walk_record(Dns([server.host], server.port), DOMAIN, OURS)

    assert (walk.result, walk.lookups) == (result, lookups)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("term", "lets"),
    [("a//64", True), ("a/24//64", True), ("a/8//128", True), ("a:other.example.org/31", False), ("mx//64", False)],
)
async def test_the_length_of_a_network_is_that_of_its_family(term: str, lets: bool) -> None:
    zone = {(DOMAIN, "TXT"): [f'"v=spf1 {term} -all"'], (DOMAIN, "A"): [OURS], (DOMAIN, "AAAA"): ["2001:db8::1"]}
    with DnsServer(zone) as server:
        dns = Dns([server.host], server.port)
        results = [(await walk_record(dns, DOMAIN, each)).result for each in (OURS, "2001:db8::1")]

    assert results == ["pass" if lets else "fail"] * 2


@pytest.mark.anyio
async def test_a_redirect_behind_all_costs_no_look_up() -> None:
    with DnsServer({(DOMAIN, "TXT"): ['"v=spf1 mx redirect=other.example.org -all"']}) as server:
        walk = await walk_record(Dns([server.host], server.port), DOMAIN, OURS)

    assert (walk.result, walk.lookups) == ("fail", 1)


def test_a_policy_of_the_organisation_that_cannot_be_looked_up_is_unknown() -> None:
    with DnsServer(good_zone(), broken=["_dmarc.example.org"]) as server:
        _, found = ask(server, "--ip", OURS)

    assert {each["level"] for each in found["DMARC"]} == {"unknown"}


def test_a_name_server_is_named_by_its_address() -> None:
    result = CliRunner().invoke(command, ["deliverability", "--nameserver", "localhost"])

    assert (result.exit_code, "IP address" in result.output) == (2, True)


def test_a_mail_of_parts_within_parts_without_end_is_one_sentence(tmp_path: Path) -> None:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3_000))
    (tmp_path / "mail.eml").write_text(f"From: d@lab.example.org\n{parts}")
    result = run("--eml", "mail.eml")

    assert result.return_value == Exit.FAILED
    assert "too many parts" in " ".join(result.stdout.split())


@pytest.mark.anyio
async def test_without_a_network_the_rest_does_not_wait() -> None:
    with DnsServer({}) as server:
        gone = Dns([server.host], server.port, lifetime=0.1)
    answers = [await gone.find_texts(f"{number}.example.org") for number in range(5)]

    assert {bool(each.fault) for each in answers} == {True}


def test_a_mail_from_a_file_is_judged_by_itself(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(b"From: d@lab.example.org\nSubject: Hello\n\nHello\n")
    result = run("--eml", "mail.eml")

    assert result.return_value == Exit.FAILED
    assert "0 Date fields" in " ".join(result.stdout.split())


def test_a_private_address_is_none_that_mail_comes_from() -> None:
    result = CliRunner().invoke(command, ["deliverability", "--ip", "10.0.0.1"])

    assert (result.exit_code, "seen from outside" in result.output) == (2, True)
