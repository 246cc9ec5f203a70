"""Judging what DNS and a mail say, as values: what is found, how bad it is, and the record to publish."""

import base64
from email import message_from_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.deliverability.dkim import judge_key
from digest.deliverability.dmarc import judge_dmarc
from digest.deliverability.findings import Finding, Level, write_txt
from digest.deliverability.headers import judge_mail
from digest.deliverability.hosts import is_public, judge_mail_hosts, judge_reverse
from digest.deliverability.spf import Term, Walk, is_within, judge_spf, parse_record

PLACE = "digest._domainkey.lab.example.org"
OURS = "192.0.2.7"


def key_record(bits: int = 2048, extra: str = "") -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    data = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa;{extra} p={base64.b64encode(data).decode()}"


GOOD_KEY = key_record()


def one(findings: list[Finding]) -> tuple[Level, str]:
    (found,) = findings
    return found.level, f"{found.what} {found.fix}"


# ── SPF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_terms_of_a_record_are_read() -> None:
    terms = parse_record(
        "v=spf1 ip4:192.0.2.0/24 a:mail.example.org/28 mx include:_spf.example.net ?exists:%{i}.x ~all"
    )

    assert terms == (
        Term("pass", "ip4", "192.0.2.0/24"),
        Term("pass", "a", "mail.example.org/28"),
        Term("pass", "mx"),
        Term("pass", "include", "_spf.example.net"),
        Term("neutral", "exists", "%{i}.x"),
        Term("softfail", "all"),
    )


@pytest.mark.parametrize("record", ["v=spf1 ipv4:192.0.2.1 -all", "v=spf1 192.0.2.1", "v=spf1 include;x"])
def test_a_term_that_is_none_breaks_a_record(record: str) -> None:
    with pytest.raises(ValueError, match=record.split()[1]):
        parse_record(record)


@pytest.mark.parametrize(
    ("address", "network", "is_in"),
    [
        ("192.0.2.7", "192.0.2.0/24", True),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.3.0/24", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("192.0.2.7", "2001:db8::/32", False),
        ("192.0.2.7", "rubbish", False),
    ],
)
def test_an_address_lies_in_a_network_or_not(address: str, network: str, *, is_in: bool) -> None:
    assert is_within(address, network) is is_in


@pytest.mark.parametrize(
    ("walk", "level", "says"),
    [
        (Walk(), Level.FAULT, f'lab.example.org. IN TXT "v=spf1 ip4:{OURS} ~all"'),
        (Walk(records=("v=spf1 -all", "v=spf1 ~all")), Level.FAULT, "with more than one, none counts"),
        (Walk(records=("v=spf1 -all",), fault="it holds “x”"), Level.FAULT, "is broken: it holds “x”"),
        (Walk(records=("v=spf1 -all",), lookups=11), Level.FAULT, "needs 11 look-ups"),
        (Walk(records=("v=spf1 -all",), result="pass", lookups=3), Level.OK, "(3 of 10 look-ups)"),
        (Walk(records=("v=spf1 mx -all",), result="fail"), Level.FAULT, f'"v=spf1 ip4:{OURS} mx -all"'),
        (Walk(unreachable="no name server could say"), Level.UNKNOWN, "cannot be looked up"),
    ],
    ids=["none", "two", "broken", "many", "pass", "fail", "unreachable"],
)
def test_a_record_is_judged_with_the_one_to_publish(walk: Walk, level: Level, says: str) -> None:
    found, sentence = one(judge_spf("lab.example.org", walk, [OURS], is_sure=True))

    assert (found, says in sentence) == (level, True)


def test_a_guessed_address_that_does_not_pass_is_a_warning() -> None:
    level, sentence = one(
        judge_spf("lab.example.org", Walk(records=("v=spf1 -all",), result="fail"), [OURS], is_sure=False)
    )

    assert (level, "give --ip" in sentence) == (Level.WARNING, True)


def test_a_record_that_lets_everybody_send_is_a_fault() -> None:
    findings = judge_spf("lab.example.org", Walk(records=("v=spf1 mx +all",), result="pass"), [OURS], is_sure=True)

    assert [each.level for each in findings] == [Level.OK, Level.FAULT]
    assert 'IN TXT "v=spf1 mx ~all"' in findings[1].fix


@pytest.mark.parametrize("record", ["v=spf1 include:mall.example all", "v=spf1 include:mall.example +ALL"])
def test_only_the_part_that_lets_everybody_send_is_mended(record: str) -> None:
    findings = judge_spf("lab.example.org", Walk(records=(record,), result="pass"), [OURS], is_sure=True)

    assert '"v=spf1 include:mall.example ~all"' in findings[1].fix


def test_what_only_a_receiver_can_evaluate_is_unknown_unless_it_passes() -> None:
    walk = Walk(records=("v=spf1 exists:%{i}.x.example -all",), result="fail", depends_on="exists in the record of x")
    level, sentence = one(judge_spf("lab.example.org", walk, [OURS], is_sure=True))

    assert (level, "depends on exists" in sentence) == (Level.UNKNOWN, True)


# ── DKIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "level", "says"),
    [
        ((GOOD_KEY,), Level.OK, "the one we sign with (RSA, 2048 bits)"),
        (("google-site-verification=x", GOOD_KEY), Level.OK, "the one we sign with"),
        ((), Level.FAULT, "There is no DKIM key"),
        ((GOOD_KEY, key_record()), Level.FAULT, "There are 2 DKIM keys"),
        (("v=DKIM1; p=",), Level.FAULT, "is revoked"),
        (("v=DKIM1; p=!!!",), Level.FAULT, "cannot be read"),
        ((key_record(),), Level.FAULT, "is not the one we sign with"),
        ((GOOD_KEY.replace("k=rsa;", "k=rsa; t=y;"),), Level.WARNING, "only a test"),
    ],
    ids=["good", "among others", "none", "two", "revoked", "unreadable", "another", "test"],
)
def test_a_published_key_is_compared_with_ours(records: tuple[str, ...], level: Level, says: str) -> None:
    found, sentence = one(judge_key(PLACE, records, GOOD_KEY))

    assert (found, says in sentence) == (level, True)


def test_a_short_key_should_be_longer() -> None:
    short = key_record(1024)

    assert one(judge_key(PLACE, [short], short))[0] is Level.WARNING


def test_a_long_record_is_written_in_pieces() -> None:
    written = write_txt(PLACE, "x" * 300)

    assert written == f'{PLACE}. IN TXT "{"x" * 255}" "{"x" * 45}"'


# ── DMARC, hosts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("own", "above", "level", "says"),
    [
        (["v=DMARC1; p=reject"], [], Level.OK, "_dmarc.lab.example.org asks for p=reject"),
        ([], ["v=DMARC1; p=quarantine"], Level.OK, "_dmarc.example.org asks for p=quarantine"),
        (
            [],
            [],
            Level.FAULT,
            '_dmarc.lab.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@lab.example.org"',
        ),
        (["v=DMARC1; p=none"], [], Level.WARNING, "rua=mailto:postmaster@lab.example.org"),
        (["v=DMARC1; p=none; rua=mailto:d@example.org"], [], Level.OK, "p=none"),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], [], Level.FAULT, "none counts"),
        (["v=DMARC1; p=maybe"], [], Level.FAULT, "no policy that is known"),
    ],
    ids=["own", "above", "none", "deaf", "hearing", "two", "odd"],
)
def test_the_policy_of_a_domain_is_judged(own: list[str], above: list[str], level: Level, says: str) -> None:
    found, sentence = one(judge_dmarc("lab.example.org", own, above, "example.org"))

    assert (found, says in sentence) == (level, True)


@pytest.mark.parametrize(
    ("names", "forward", "level"),
    [
        (["mail.example.org"], {"mail.example.org": [OURS]}, Level.OK),
        (["a.example.org", "b.example.org"], {"b.example.org": [OURS]}, Level.OK),
        (["mail.example.org"], {"mail.example.org": ["192.0.2.99"]}, Level.FAULT),
        ([], {}, Level.FAULT),
    ],
    ids=["good", "second", "elsewhere", "nameless"],
)
def test_a_sending_address_has_a_name_that_leads_back(
    names: list[str], forward: dict[str, list[str]], level: Level
) -> None:
    assert judge_reverse(OURS, names, forward, "", is_sure=True).level is level


@pytest.mark.parametrize(
    ("hosts", "addresses", "level"),
    [
        (["mx.example.org"], [], Level.OK),
        ([], [OURS], Level.WARNING),
        ([], [], Level.FAULT),
        (["."], [OURS], Level.FAULT),
    ],
    ids=["mx", "address", "nothing", "null"],
)
def test_somebody_takes_mail_for_a_domain(hosts: list[str], addresses: list[str], level: Level) -> None:
    assert judge_mail_hosts("lab.example.org", hosts, addresses).level is level


@pytest.mark.parametrize(
    ("address", "is_seen"), [("1.1.1.1", True), ("127.0.0.1", False), ("10.0.0.1", False), ("x", False)]
)
def test_an_address_is_seen_from_outside_or_not(address: str, *, is_seen: bool) -> None:
    assert is_public(address) is is_seen


# ── a mail itself ────────────────────────────────────────────────────────────────────────────────────────────────────

GOOD_MAIL = (
    b"DKIM-Signature: v=1; d=lab.example.org; h=from:to:subject:list-unsubscribe:list-unsubscribe-post; b=x\r\n"
    b"From: Papers <d@lab.example.org>\r\nTo: ada@example.org\r\nSubject: Papers\r\n"
    b"Date: Fri, 20 Nov 2026 07:00:00 +0000\r\nMessage-ID: <1@lab.example.org>\r\n"
    b"List-Unsubscribe: <https://p.example.org/unsubscribe/x>, <mailto:d@lab.example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nAuto-Submitted: auto-generated\r\n\r\nHello\r\n"
)


def judged(data: bytes) -> list[Finding]:
    return judge_mail(data, message_from_bytes(data))


def test_a_mail_that_has_everything_is_fine() -> None:
    assert [each.level for each in judged(GOOD_MAIL)] == [Level.OK]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (b"To: ada@example.org\r\n", b"", "0 To fields"),
        (b"Subject: Papers\r\n", b"Subject: a\r\nSubject: b\r\n", "2 Subject fields"),
        (b"<1@lab.example.org>", b"1", "not of the form"),
        (b"<1@lab.example.org>", b"<1@localhost>", "names localhost"),
        (b"Fri, 20 Nov 2026 07:00:00 +0000", b"yesterday", "Date cannot be read"),
        (b"07:00:00 +0000", b"07:00:00 -999999999999999999999", "Date cannot be read"),
        (b"Auto-Submitted: auto-generated\r\n", b"", "vacation notices"),
        (b"<https://p.example.org/unsubscribe/x>, ", b"", "no one-click unsubscribe"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"", "List-Unsubscribe-Post is missing"),
        (b", <mailto:d@lab.example.org>", b"", "no mailto"),
        (b":list-unsubscribe-post", b"", "does not cover list-unsubscribe-post"),
        (b"Hello", b"x" * 999, "longer than 998"),
    ],
)
def test_what_a_mail_lacks_is_said(before: bytes, after: bytes, says: str) -> None:
    (found,) = judged(GOOD_MAIL.replace(before, after))

    assert says in found.what
    assert found.level in {Level.FAULT, Level.WARNING}
