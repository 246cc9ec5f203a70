"""Mail from anybody: whatever bytes come, reading ends, within limits, and takes nothing for proof that is none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.postbox.findings import Verdict
from digest.postbox.mail import MAX_BYTES, MAX_PARTS, parse_mail
from digest.postbox.reading import Signatures, read_mail
from subscribers.tokens import Tokens
from subscribers.verp import ReturnPath, write_return_path

KEY = "a key of more than thirty-two characters"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIGNATURES = Signatures([KEY], Tokens([KEY]))
ADAS = write_return_path([KEY], "bounces@example.org", "c", 12)
CORPUS = sorted((Path(__file__).parents[1] / "bounces").glob("*.eml"))
SAMPLES = [path.read_bytes() for path in CORPUS]
# What decides in a bounce, for mutations that hit something.
PIECES = st.sampled_from(
    [
        b"Action: failed\n",
        b"Status: 5.1.1\n",
        b"\n\n",
        b"--b\n",
        b"--b--\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Transfer-Encoding: base64\n",
        b"=?utf-8?b?",
        b"\nContent-Type: text/plain; charset=nonsense\n",
        b"\nContent-Type: text/plain; charset=undefined\n",
        b"\nContent-Type: text/plain; charset=zlib\n",
        b"\nContent-Type: text/plain; charset*=utf-8''%ff%00\n",
        b"\nContent-Type: message/global-delivery-status\n",
        b"\nContent-Transfer-Encoding: uuencode\n",
        b"\xff\0",
    ]
)


def read(raw: bytes, *recipients: str) -> Verdict:
    return read_mail(raw, recipients or [ADAS], SIGNATURES, NOW).finding.verdict


@given(st.binary(max_size=2_000))
def test_any_bytes_are_something(raw: bytes) -> None:
    assert read(raw) in Verdict


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.integers(0), st.integers(0, 200), st.one_of(st.binary(max_size=30), PIECES))
def test_a_bounce_with_a_piece_changed_is_something_about_the_same_mail_or_none(
    raw: bytes, place: int, length: int, piece: bytes
) -> None:
    start = place % (len(raw) + 1)
    incoming = read_mail(raw[:start] + piece + raw[start + length :], [], SIGNATURES, NOW)

    assert incoming.about in {None, ReturnPath("c", 12)}
    assert incoming.finding.diagnostic.isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Content-Type: message/rfc822\n\n" * 20_000, id="mail-in-mail"),
        pytest.param(
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)),
            id="parts-in-parts",
        ),
        pytest.param(
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 5_000,
            id="parts",
        ),
    ],
)
def test_a_mail_of_too_many_parts_is_not_even_parsed(raw: bytes) -> None:
    assert parse_mail(raw) is None
    assert read(raw) is Verdict.JUNK


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Content-Type: text/plain" + b";" * 400_000 + b"\n\nx", id="semicolons"),
        pytest.param(b"Content-Type: text/plain;\n" + b" ;;;;;;;;;;\n" * 30_000 + b"\nx", id="folded-semicolons"),
        pytest.param(b"Subject: " + b"=?a?q?" * 60_000 + b"\n\nx", id="encoded-words-without-end"),
        pytest.param(b"From: " + b"<" * 300_000 + b"\n\nx", id="brackets"),
        pytest.param(b"From: " + b"(" * 300_000 + b"\n\nx", id="comments"),
        pytest.param(b"X: y\n" * 100_000 + b"\nx", id="fields"),
        pytest.param(b"From: mailer-daemon@example.net\nSubject: failure notice\n\n" + b"a" * 500_000, id="one-line"),
        pytest.param(
            b"From: mailer-daemon@example.net\nSubject: failure notice\n\nYour message could not be delivered\n"
            b"A message that you sent could not be delivered\n" + (b"x" * 190 + b"\n") * 2_000,
            id="lines-for-flufl",
        ),
        pytest.param(
            b"Subject: =?no-such-charset?q?a?=\nContent-Type: text/plain; charset=nonsense\n\n\xff", id="charset"
        ),
        pytest.param(
            b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
            + b"Action: failed\n\n" * 20_000
            + b"--b--\n",
            id="status-blocks",
        ),
    ],
)
def test_what_is_slow_to_parse_is_cut_first(raw: bytes) -> None:
    assert read(raw) in {Verdict.PERSON, Verdict.SOFT, Verdict.JUNK}


@pytest.mark.parametrize("charset", ["nonsense", "undefined", "zlib", "idna", "ascii"])
@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
def test_a_character_set_that_is_none_breaks_nothing(charset: str, kind: str) -> None:
    lines = [
        "From: mailer-daemon@example.net",
        "Content-Type: multipart/report; boundary=b\n",
        f"--b\nContent-Type: message/{kind}",
        "Content-Transfer-Encoding: 8bit\n",
        f"Reporting-MTA: x\nContent-Type: text/plain; charset={charset}\n",
        "Final-Recipient: utf-8; ä@example.net\nAction: failed\nStatus: 5.1.1\n",
        "--b--\n",
    ]
    raw = "\n".join(lines).encode()

    assert read(raw) in {Verdict.HARD, Verdict.JUNK}


def test_a_report_counts_although_the_mail_it_returns_is_large() -> None:
    (raw,) = [sample for sample, path in zip(SAMPLES, CORPUS, strict=True) if path.stem == "postfix_unknown_user"]
    large = raw.replace(b"Precedence: bulk\n", b"Precedence: bulk\n" + b"X-Padding: " + b"x" * 900 + b"\n", 1)
    body = b"\n".join([b"y" * 70] * (3 * MAX_BYTES // 70))

    assert read(large + body) is Verdict.HARD


def test_a_bounce_of_many_parts_within_reason_is_read() -> None:
    part = b"--b\nContent-Type: text/plain\n\nx\n"
    head = b"From: mailer-daemon@example.net\nContent-Type: multipart/report; boundary=b\n\n"
    status = b"--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n--b--\n"

    assert read(head + part * (MAX_PARTS - 10) + status) is Verdict.HARD


def test_a_bounce_inside_a_forwarded_mail_is_what_a_person_forwards() -> None:
    (raw,) = [sample for sample, path in zip(SAMPLES, CORPUS, strict=True) if path.stem == "postfix_unknown_user"]
    head = b"From: Ada <ada@example.net>\nReturn-Path: <ada@example.net>\nSubject: Fwd: look\nMIME-Version: 1.0\n"

    assert read(head + b"Content-Type: message/rfc822\n\n" + raw) is Verdict.PERSON
