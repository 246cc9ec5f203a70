"""The bytes of a mail. The standard library's parser serves as the independent reader."""

import email
import re
from email import policy
from email.headerregistry import Address as ParsedAddress
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError, NotifierError
from digest.model import MailMessage
from digest.notifiers.headers import clean_text, encode_phrase, text_field
from digest.notifiers.identity import Mailbox, make_identity, parse_recipient, parse_sender
from digest.notifiers.mime import build_mail
from tests.factories import NOON

IDENTITY = make_identity("Daily Paper Digest", Mailbox("digest@lab.example.org", "Paper Digest"))
ADA = Mailbox("ada@example.org")
# On CPython 3.11.7 the standard library turns this subject into a real Bcc field (CVE-2024-6923).
ENCODED_BCC = "=?utf-8?q?a=0ABcc:_eve@example.org?="
LINE_ENDS = ["\r\n", "\r", "\n", "\v", "\f", "\0", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x7f"]
ANY_TEXT = st.text(st.characters(), max_size=300) | st.text("\r\n. =?utf8q_ABccé\0\u2028€𝔸\ud800", max_size=300)


def mail(**fields: Any) -> MailMessage:
    defaults: dict[str, Any] = {
        "message_id": "2026-11-20.c1@lab.example.org",
        "subject": "3 new papers",
        "text": "Hello\nworld\n",
        "html": "<p>Hello</p>\n",
        "sent_at": NOON,
        "list_unsubscribe": ("https://lab.example.org/u/t0ken", "mailto:leave@lab.example.org?subject=t0ken"),
        "is_one_click": True,
    }
    return MailMessage(**(defaults | fields))


def build(to: Mailbox | None = ADA, **fields: Any) -> bytes:
    return build_mail(mail(**fields), IDENTITY, to)


def read(raw: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def fields_of(raw: bytes) -> dict[str, str]:
    head = raw.partition(b"\r\n\r\n")[0].decode()
    unfolded = re.sub(r"\r\n[ \t]", " ", head)
    pairs = [(line.partition(": ")[0], line.partition(": ")[2]) for line in unfolded.split("\r\n")]
    assert len({name for name, _ in pairs}) == len(pairs), "a field stands twice"
    return dict(pairs)


def bodies_of(raw: bytes) -> list[str]:
    parts = list(read(raw).iter_parts())
    for part in parts:
        assert isinstance(part, EmailMessage)
        assert not part.defects
    return [part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in parts]  # type: ignore[union-attr]


# ── the standard fields ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_field_of_the_mail_standards_is_there() -> None:
    assert fields_of(build()) == {
        "From": "Paper Digest <digest@lab.example.org>",
        "To": "ada@example.org",
        "Subject": "3 new papers",
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "Message-ID": "<2026-11-20.c1@lab.example.org>",
        "List-Id": "Daily Paper Digest <daily-paper-digest.lab.example.org>",
        "List-Unsubscribe": "<https://lab.example.org/u/t0ken>, <mailto:leave@lab.example.org?subject=t0ken>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": fields_of(build())["Content-Type"],
    }


def test_text_comes_before_html_in_one_alternative() -> None:
    parsed = read(build())

    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert bodies_of(build()) == ["Hello\nworld\n", "<p>Hello</p>\n"]


def test_the_same_message_gives_the_same_bytes() -> None:
    assert build() == build()


def test_a_part_of_the_list_has_an_id_below_the_lists() -> None:
    fields = fields_of(build(list_prefix="alerts"))

    assert fields["List-Id"] == "Daily Paper Digest alerts <alerts.daily-paper-digest.lab.example.org>"


def test_a_letter_is_no_mail_of_the_list_but_keeps_answering_machines_quiet() -> None:
    fields = fields_of(build(is_bulk=False))

    assert {"List-Id", "Precedence"} & set(fields) == set()
    assert fields["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" in fields


def test_gmail_is_told_what_to_count_complaints_by() -> None:
    feedback_id = "2026-11-20:digest:email:dailypaperdiges"

    assert fields_of(build(feedback_id=feedback_id))["Feedback-ID"] == feedback_id
    assert fields_of(build(feedback_id="a\r\nBcc: eve@example.org"))["Feedback-ID"] == "a-Bcc:-eve-example.org"


@pytest.mark.parametrize("text", ["Hello\nworld\n", "Größe\n", "每日论文\n" * 9, "x" * 2_000])
def test_a_mail_without_html_is_text_alone(text: str) -> None:
    raw = build(text=text, html="")

    parsed = read(raw)
    assert parsed.get_content_type() == "text/plain"
    assert not parsed.is_multipart()
    assert parsed.get_content().replace("\r\n", "\n").rstrip() == text.rstrip()
    assert fields_of(raw)["MIME-Version"] == "1.0"


@pytest.mark.parametrize(
    ("uris", "is_one_click"), [(("mailto:leave@example.org",), True), (("https://example.org/u",), False), ((), True)]
)
def test_one_click_is_promised_only_for_an_https_link_that_keeps_it(uris: tuple[str, ...], is_one_click: bool) -> None:
    fields = fields_of(build(list_unsubscribe=uris, is_one_click=is_one_click))

    assert "List-Unsubscribe-Post" not in fields
    assert ("List-Unsubscribe" in fields) is bool(uris)


def test_a_mail_for_a_folder_names_no_recipient() -> None:
    assert fields_of(build(to=None))["To"] == "undisclosed-recipients:;"


def test_further_headers_are_carried() -> None:
    assert fields_of(build(headers={"X-Digest-Edition": "2026-11-20"}))["X-Digest-Edition"] == "2026-11-20"


@pytest.mark.parametrize(
    "name", ["Bcc", "DKIM-Signature", "Feedback-ID", "FROM", "X Bad", "X-Bad:", "X\r\nBcc", "", "Größe", "Content-Type"]
)
def test_a_header_that_is_ours_or_no_name_is_refused(name: str) -> None:
    with pytest.raises(NotifierError, match="may not set the header"):
        build(headers={name: "x"})


@pytest.mark.parametrize(
    ("message_id", "written"),
    [
        ("7.2026-11-20@example.org", "<7.2026-11-20@example.org>"),
        ("<7@example.org>", "<7@example.org>"),
        ("digest 7", "<digest-7@lab.example.org>"),
        ("a\r\nBcc: eve@example.org", "<a-Bcc-eve@example.org>"),
        ("a@b@c", "<a@b-c>"),
        ("é", "<-@lab.example.org>"),
        ("", "<message@lab.example.org>"),
    ],
)
def test_a_message_id_is_always_well_formed(message_id: str, written: str) -> None:
    assert fields_of(build(message_id=message_id))["Message-ID"] == written


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_the_id_of_a_thread_is_written_as_an_id_however_long_the_domain(name: str) -> None:
    thread = f"<thread.institution-12345.123@papers.{'department-' * 4}of.example.org>"

    assert f"\r\n{name}: {thread}\r\n".encode() in build(headers={name: thread})
    two = f"<{'a' * 60}@x.org> <b@x.org>"
    assert read(build(headers={name: two}))[name].split() == two.split()
    assert read(build(headers={name: "<a@x.org>\r\nBcc: eve@x.org"}))["Bcc"] is None


def test_a_title_in_any_script_makes_a_list_id() -> None:
    sender = Mailbox("d@example.org")

    assert make_identity("每日论文", sender).list_id == "meirilunwen.example.org"
    assert make_identity("!!!", sender).list_id == "digest.example.org"
    assert read(build_mail(mail(), make_identity("每日 “论文”", sender), ADA))["List-Id"].startswith("每日 “论文” <")


# ── hostile headers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", LINE_ENDS)
@pytest.mark.parametrize("name", ["Subject", "X-Note", "List-Id", "From", "List-Unsubscribe", "Content-Language"])
def test_no_line_end_starts_a_second_field(end: str, name: str) -> None:
    evil = f"a{end}Bcc: eve@example.org"
    identity = make_identity(
        evil if name == "List-Id" else "D", Mailbox("d@example.org", evil if name == "From" else "")
    )
    fields = {"Subject": "subject", "Content-Language": "language"}
    changed: dict[str, Any] = {fields[name]: evil} if name in fields else {}
    if name == "List-Unsubscribe":
        changed = {"list_unsubscribe": (f"https://example.org/{evil}",)}
    raw = build_mail(mail(headers={"X-Note": evil} if name == "X-Note" else {}, **changed), identity, ADA)

    assert "Bcc" not in fields_of(raw)
    assert read(raw)["Bcc"] is None
    assert not re.search(rb"(?im)^bcc", re.sub(rb"[\v\f\r\0\x1c-\x1e\x85]", b"\n", raw))


@pytest.mark.parametrize(
    "subject",
    [ENCODED_BCC, "=?utf-8?b?YQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==?=", f"On {ENCODED_BCC} and more", "=?x?y?z", "a =? b ?="],
)
def test_a_title_that_looks_encoded_arrives_as_it_was_written(subject: str) -> None:
    parsed = read(build(subject=subject))

    assert parsed["Subject"] == subject
    assert parsed["Bcc"] is None
    assert ENCODED_BCC.encode() not in build(subject=subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Plain",
        "Größer: ein µP für alle — “zitiert”",
        "每日论文：" * 30,
        "𝔸𝕀 " * 60,
        "word " * 90,
        "x" * 400,
        "a" * 70 + " é",
    ],
)
def test_a_subject_in_any_script_arrives_whole(subject: str) -> None:
    assert read(build(subject=subject))["Subject"] == subject.strip()


@pytest.mark.parametrize("name", ["Ada", "Lovelace, Ada", 'Ada "the" B\\C', "Größe", "a@b.c", "=?utf-8?q?a?="])
def test_a_display_name_arrives_whole(name: str) -> None:
    raw = build_mail(mail(), make_identity("D", Mailbox("d@example.org", name)), ADA)

    assert read(raw)["From"].addresses == (ParsedAddress(name, addr_spec="d@example.org"),)


@given(ANY_TEXT)
@settings(max_examples=300)
def test_any_text_is_one_field_of_short_ascii_lines(text: str) -> None:
    field = text_field("Subject", text)

    assert field.isascii()
    assert re.fullmatch(r"Subject:[^\r\n]*\r\n(?: [^\r\n]+\r\n)*", field)
    assert all(len(line) <= 76 for line in field.split("\r\n")), "RFC 2047, section 2"
    assert email.message_from_string(field, policy=policy.default)["Subject"] == clean_text(text)


@given(ANY_TEXT)
@settings(max_examples=100)
def test_any_name_is_one_phrase(text: str) -> None:
    phrase = encode_phrase(text)

    assert phrase.isascii()
    assert phrase.isprintable()
    parsed = email.message_from_string(f"From: {phrase} <d@example.org>\n\n", policy=policy.default)
    assert [address.addr_spec for address in parsed["From"].addresses] == ["d@example.org"]


def test_overrides_of_the_reading_direction_are_taken_out_of_headers() -> None:
    assert clean_text("safe\u202egnp.exe\u2066") == "safegnp.exe"


def test_a_subject_of_a_megabyte_is_cut() -> None:
    assert read(build(subject="A" * 1_000_000))["Subject"] == "A" * 499 + "…"


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain words\n" * 50, "7bit"),
        ("x" * 998 + "\n", "7bit"),
        ("x" * 999 + "\n", "quoted-printable"),
        ("Schrödinger and friends\n" * 50, "quoted-printable"),
        ("每日论文\n" * 50, "base64"),
    ],
)
def test_the_smallest_transfer_encoding_is_taken(text: str, encoding: str) -> None:
    raw = build(text=text)

    assert next(read(raw).iter_parts())["Content-Transfer-Encoding"] == encoding
    assert bodies_of(raw)[0] == text


def test_an_ascii_mail_is_really_seven_bit() -> None:
    assert build(subject="Größe", text="é" * 500, html="<p>€</p>").isascii()


def test_the_boundary_stands_in_no_part() -> None:
    boundary = read(build()).get_boundary()
    assert boundary is not None
    raw = build(text=f"--{boundary}\nsneaky\n--{boundary}--\n")

    assert read(raw).get_boundary() != boundary
    assert bodies_of(raw)[0] == f"--{boundary}\nsneaky\n--{boundary}--\n"


@given(ANY_TEXT, ANY_TEXT.filter(bool))
@settings(max_examples=200)
def test_any_body_has_only_crlf_and_short_lines_and_arrives(text: str, html: str) -> None:
    raw = build(text=text, html=html)

    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert bodies_of(raw) == [_as_received(text), _as_received(html)]


def _as_received(text: str) -> str:
    """Ends of lines are one; what is no text is left out."""
    plain = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
    plain = re.sub(r"\r\n|\r", "\n", plain).encode(errors="replace").decode()
    return plain if plain.endswith("\n") else f"{plain}\n"


def test_the_mail_means_what_the_standard_library_would_have_written() -> None:
    theirs = EmailMessage(policy=policy.SMTP)
    theirs["From"], theirs["To"], theirs["Subject"] = "Paper Digest <digest@lab.example.org>", "ada@example.org", "µP"
    theirs.set_content("Größe\n")
    theirs.add_alternative("<p>Größe</p>\n", subtype="html")

    ours, reference = build(subject="µP", text="Größe\n", html="<p>Größe</p>\n"), theirs.as_bytes()

    assert bodies_of(ours) == bodies_of(reference)
    assert all(read(ours)[name] == read(reference)[name] for name in ("From", "To", "Subject", "MIME-Version"))


def test_a_very_long_unsubscribe_link_is_refused() -> None:
    with pytest.raises(NotifierError, match="too long"):
        build(list_unsubscribe=("https://example.org/" + "x" * 1_000,))


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "x@y.org>\r\nDATA", "a@b.org,c@d.org", "a@b.org\n", "\ta@b.org", "<a@b.org>", "Ada <a@b.org>", '"a b"@c.org',
        "a@b@c.org", "a", "", "@b.org", "a@", "a@[127.0.0.1]", "a\0@b.org", "a@b.org\u2028", "a b@c.org", "a@b..org",
        "x" * 65 + "@b.org", "a@" + "b" * 300 + ".org", "a@b.org SIZE=1", "a\ud800@b.org",
    ],
)  # fmt: skip
def test_an_address_that_could_break_the_protocol_is_refused_for_good(text: str) -> None:
    with pytest.raises(NotifierError) as refused:
        parse_recipient(text)

    assert refused.value.permanent


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("ada@example.org", Mailbox("ada@example.org")),
        ("Ada.L+papers@Example.org", Mailbox("Ada.L+papers@example.org")),
        ("ada@bücher.example", Mailbox("ada@xn--bcher-kva.example")),
        ("jürgen@example.org", Mailbox("jürgen@example.org", needs_utf8=True)),
        ("root@mailhost", Mailbox("root@mailhost")),
        ("ada@lab.test", Mailbox("ada@lab.test")),
        ("o'hara@example.org", Mailbox("o'hara@example.org")),
    ],
)
def test_a_good_address_is_given_as_smtp_wants_it(text: str, mailbox: Mailbox) -> None:
    assert parse_recipient(text) == mailbox


def test_a_recipient_with_letters_beyond_ascii_is_named_in_utf8() -> None:
    assert "To: jürgen@example.org\r\n".encode() in build(to=parse_recipient("jürgen@example.org"))


def test_a_sender_has_a_name() -> None:
    assert parse_sender("Paper Digest <digest@example.org>") == Mailbox("digest@example.org", "Paper Digest")
    assert parse_sender(" digest@example.org ") == Mailbox("digest@example.org")


@pytest.mark.parametrize("text", ["digest", "Digest <>", "a@b.org\r\nBcc: c@d.org", "jürgen@example.org"])
def test_a_bad_sender_is_a_fault_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigurationError, match="DIGEST_SMTP__SENDER"):
        parse_sender(text)
