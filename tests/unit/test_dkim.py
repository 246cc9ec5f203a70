"""Signatures of ours, read by dkimpy; and RFC 8463's own example."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from digest.errors import ConfigurationError
from digest.model import MailMessage
from digest.notifiers.dkim import OVERSIGNED, SIGNED, Signer, make_signer
from digest.notifiers.identity import Mailbox, make_identity
from digest.notifiers.mime import build_mail
from digest.settings import DkimSettings, Settings, SmtpSettings
from tests.factories import NOON
from tests.keys import ED25519_PEM, is_signed, rsa_pem, signer, write_pem

IDENTITY = make_identity("Daily Paper Digest", Mailbox("digest@lab.example.org", "Paper Digest"))
ANY_TEXT = st.text(st.characters(), max_size=300) | st.text("\r\n. =\té\0", max_size=300)
KEYS = {"rsa": rsa_pem, "ed25519": lambda: ED25519_PEM}
key = pytest.mark.parametrize("pem", KEYS.values(), ids=KEYS)

# RFC 8463, appendix A.
RFC_MAIL = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    b" d=football.example.com; i=@football.example.com;\r\n"
    b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    b" subject : date : message-id : from : subject : date;\r\n"
    b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    b" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    b"\r\n"
    b"Hi.\r\n"
    b"\r\n"
    b"We lost the game.  Are you hungry yet?\r\n"
    b"\r\n"
    b"Joe.\r\n"
)
RFC_RECORD = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def mail(**fields: Any) -> bytes:
    defaults: dict[str, Any] = {
        "message_id": "2026-11-20.c1@lab.example.org",
        "subject": "3 new papers",
        "text": "Hello\nworld\n",
        "html": "<p>Hello</p>\n",
        "sent_at": NOON,
        "list_unsubscribe": ("https://lab.example.org/u/t0ken", "mailto:leave@lab.example.org?subject=t0ken"),
        "is_one_click": True,
        "feedback_id": "2026-11-20:digest:email:dailypaperdiges",
    }
    return build_mail(MailMessage(**(defaults | fields)), IDENTITY, Mailbox("ada@example.org"))


def is_good(signed: bytes, by: Signer) -> bool:
    return is_signed(signed, by.write_record(), by.place)


def fields_signed(signed: bytes) -> list[str]:
    listed = re.search(rb"h=([^;]+);", signed.partition(b"\r\n\r\n")[0])
    assert listed
    return re.sub(r"\s", "", listed[1].decode()).split(":")


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_reader_of_these_tests_reads_the_example_of_the_standard() -> None:
    assert is_signed(RFC_MAIL, RFC_RECORD, "brisbane._domainkey.football.example.com")
    assert not is_signed(
        RFC_MAIL.replace(b"hungry", b"thirsty"), RFC_RECORD, "brisbane._domainkey.football.example.com"
    )
    assert not is_signed(RFC_MAIL.replace(b"dinner", b"lunch"), RFC_RECORD, "brisbane._domainkey.football.example.com")


def test_our_hash_of_the_body_is_that_of_the_example() -> None:
    unsigned = RFC_MAIL.partition(b"Dw==\r\n")[2]

    assert b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;" in signer(ED25519_PEM).sign(unsigned)


@key
@pytest.mark.parametrize(
    "text",
    [
        "Hello\n",
        "",
        ".\n..\n.a\n\n.\n",
        "x" * 3_000 + "\n",
        "Größe und 每日论文\n" * 40,
        "tab\tand  spaces   \n \t \n\n\n",
        "no end",
    ],
    ids=["plain", "empty", "dots", "long line", "utf-8", "spaces", "no end"],
)
@pytest.mark.parametrize("html", ["<p>Hello</p>", ""], ids=["html", "plain"])
def test_a_signature_is_good(pem: Callable[[], str], text: str, html: str) -> None:
    ours = signer(pem())

    assert is_good(ours.sign(mail(text=text, html=html)), ours)


@given(ANY_TEXT, ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_a_signature_is_good_whatever_is_signed(subject: str, text: str) -> None:
    ours = signer(ED25519_PEM)

    assert is_good(ours.sign(mail(subject=subject, text=text, headers={"References": "<a@b>"})), ours)


@key
@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"Hello", b"Hallo"),
        (b"3 new", b"4 new"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"u/t0ken", b"u/other"),
        (b"From: ", b"From: eve@example.org\r\nFrom: "),
        (b"Subject: ", b"Subject: another\r\nSubject: "),
        (b"List-Unsubscribe: ", b"List-Unsubscribe: <https://evil.example>\r\nList-Unsubscribe: "),
    ],
    ids=["body", "subject", "one click gone", "link", "second from", "second subject", "second unsubscribe"],
)
def test_what_was_changed_on_the_way_is_found_out(pem: Callable[[], str], found: bytes, put: bytes) -> None:
    ours = signer(pem())
    signed = ours.sign(mail())

    assert is_good(signed, ours)
    assert found in signed
    assert not is_good(signed.replace(found, put), ours)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"Subject: 3 new papers", b"Subject:  3\r\n new   papers"),
        (b"world\r\n", b"world  \r\n"),
        (b"Message-ID:", b"message-id:"),
        (b"DKIM-Signature: ", b"Received: from mail by relay; Fri\r\nDKIM-Signature: "),
    ],
    ids=["refolded", "space at the end", "case", "trace"],
)
def test_what_servers_do_on_the_way_does_no_harm(found: bytes, put: bytes) -> None:
    ours = signer(ED25519_PEM)
    signed = ours.sign(mail())

    assert found in signed
    assert is_good(signed.replace(found, put), ours)


def test_what_a_receiver_acts_on_is_signed() -> None:
    signed = fields_signed(signer(ED25519_PEM).sign(mail(headers={"References": "<thread@lab.example.org>"})))

    assert set(signed) >= {"from", "to", "subject", "date", "message-id", "references", "list-id", "list-unsubscribe"}
    assert set(signed) >= {"list-unsubscribe-post", "feedback-id", "mime-version", "content-type", "auto-submitted"}
    assert signed.count("from") == 2
    assert set(SIGNED) >= OVERSIGNED


def test_the_same_mail_is_signed_the_same_way_in_short_ascii_lines() -> None:
    signed = signer(rsa_pem()).sign(mail())

    assert signed == signer(rsa_pem()).sign(mail())
    head = signed.removesuffix(mail())
    assert head.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))


def test_a_signature_of_another_key_is_not_good() -> None:
    other = signer(write_pem(Ed25519PrivateKey.from_private_bytes(b"1" * 32)))

    assert not is_signed(other.sign(mail()), signer(ED25519_PEM).write_record(), other.place)


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def configured(**dkim: Any) -> Settings:
    if "key" in dkim:
        dkim["key"] = SecretStr(dkim["key"])
    return Settings(smtp=SmtpSettings(sender="digest@Lab.example.org"), dkim=DkimSettings(**dkim))


def test_nothing_is_signed_unless_it_is_asked_for() -> None:
    assert make_signer(configured()) is None


def test_the_domain_that_signs_is_that_of_the_sender_unless_it_is_named() -> None:
    ours = make_signer(configured(selector="s1", key=ED25519_PEM))
    named = make_signer(configured(selector="s1", key=ED25519_PEM, domain="Example.org."))

    assert ours is not None
    assert named is not None
    assert (ours.place, named.place) == ("s1._domainkey.lab.example.org", "s1._domainkey.example.org")
    assert ours.write_record() == "v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="


def test_a_signer_does_not_show_its_key() -> None:
    assert "PRIVATE" not in repr(signer(ED25519_PEM))
    assert "key" not in repr(signer(ED25519_PEM))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"key": ED25519_PEM}, "DIGEST_DKIM__SELECTOR is missing"),
        ({"selector": "s1"}, "DIGEST_DKIM__KEY is missing"),
        ({"selector": "s 1", "key": ED25519_PEM}, "DIGEST_DKIM__SELECTOR, “s 1”, is no name in DNS"),
        (
            {"selector": "s1", "key": ED25519_PEM, "domain": "ex ample"},
            "DIGEST_DKIM__DOMAIN, “ex ample”, is not a domain",
        ),
        ({"selector": "s1", "key": "SECRET garbage"}, "DIGEST_DKIM__KEY is no private key: it has to be PEM"),
        ({"selector": "s1", "key": write_pem(generate_ec_key(SECP256R1()))}, "make one of RSA or Ed25519"),
    ],
    ids=["no selector", "no key", "bad selector", "bad domain", "no PEM", "wrong kind"],
)
def test_a_wrong_setting_is_one_sentence_without_the_key(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make_signer(configured(**options))

    (fault,) = refused.value.faults
    assert sentence in fault
    assert "SECRET" not in fault


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="DIGEST_DKIM__KEY has 648 bits, too few to be believed"):
        make_signer(configured(selector="s1", key=_short_pem()))


def _short_pem() -> str:
    """Make a key of two Mersenne primes: libraries make none that is so short."""
    p, q, e = 2**521 - 1, 2**127 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(e, p * q))
    return write_pem(numbers.private_key())
