"""The file and capture notifiers, on a real file system."""

import mailbox
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotifierError
from digest.model import Address, ChatMessage, MailMessage, MessageForm, Receipt
from digest.notifiers.capture import CaptureNotifier
from digest.notifiers.email import EmailNotifier
from digest.notifiers.file import FileNotifier, make_notifier
from digest.notifiers.identity import Mailbox, make_identity
from digest.notifiers.naming import name_capture, name_mail
from digest.settings import Settings, SmtpSettings
from tests.factories import NOON
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.anyio

IDENTITY = make_identity("Daily Paper Digest", Mailbox("digest@lab.example.org", "Paper Digest"))


def mail(message_id: str = "2026-11-20@lab.example.org", text: str = "Größe\n") -> MailMessage:
    return MailMessage(message_id=message_id, subject="Papers", text=text, html="<p>Größe</p>", sent_at=NOON)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def content(receipt: Receipt) -> bytes:
    return Path(receipt.detail).read_bytes()


def mark_read(path: str) -> Path:
    """Do what a mail program does when a mail is opened."""
    new = Path(path)
    return new.rename(new.parents[1] / "cur" / f"{new.name}:2,S")


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    file = tmp_path / "taken"
    file.write_text("a file where a folder should be")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def address(folder: Path) -> Address:
    return Address("file", str(folder))


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


# ── Maildir ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mail_program_finds_the_mail_and_a_browser_the_page(folder: Path, address: Address) -> None:
    async with FileNotifier(IDENTITY) as notifier:
        receipt = await notifier.send(mail(), address)

    (found,) = mailbox.Maildir(folder, create=False)
    assert found["Subject"] == "Papers"
    assert Path(receipt.detail).parent == folder / "new"
    assert (folder / "preview" / f"{Path(receipt.detail).name}.html").read_text() == "<p>Größe</p>"
    assert files(folder / "tmp") == []


async def test_the_same_mail_twice_is_one_file_and_another_is_another(folder: Path, address: Address) -> None:
    async with FileNotifier(IDENTITY) as notifier:
        receipts = [await notifier.send(mail(), address) for _ in range(2)]
        await notifier.send(mail("2026-11-21@lab.example.org"), address)

    assert receipts[0] == receipts[1]
    assert len(files(folder / "new")) == 2
    assert len(files(folder / "preview")) == 2


async def test_a_mail_that_was_read_does_not_come_back_as_new(folder: Path, address: Address) -> None:
    async with FileNotifier(IDENTITY) as notifier:
        read = mark_read((await notifier.send(mail(), address)).detail)
        again = await notifier.send(mail(), address)

    assert files(folder / "new") == []
    assert again.detail == str(read)


@pytest.mark.parametrize("value", ["", " ", "/a\0b", "papers", "../papers", "~/papers", "/a\nb", "/\ud800"])
async def test_what_is_no_folder_is_closed_for_good(value: str) -> None:
    with pytest.raises(NotifierError, match="not the whole path of a folder") as refused:
        await FileNotifier(IDENTITY).send(mail(), Address("file", value))

    assert refused.value.permanent


@pytest.mark.parametrize("name", ["taken", "taken/below", "x" * 300])
async def test_a_folder_that_cannot_be_written_waits_for_the_operator(name: str, taken: Path) -> None:
    with pytest.raises(NotifierError, match="cannot be written: ") as refused:
        await FileNotifier(IDENTITY).send(mail(), Address("file", str(taken.parent / name)))

    assert (refused.value.permanent, refused.value.retry_after) == (False, None)


async def test_a_mail_that_cannot_be_put_in_place_leaves_nothing_behind(folder: Path, address: Address) -> None:
    name = name_mail(mail().message_id)
    (folder / "new" / name).mkdir(parents=True)
    with pytest.raises(NotifierError, match="Is a directory"):
        await FileNotifier(IDENTITY).send(mail(), address)

    assert files(folder) == [f"preview/{name}.html"]


async def test_a_message_id_cannot_lead_out_of_the_folder(folder: Path, address: Address, tmp_path: Path) -> None:
    for evil in ("../../evil@x", "/etc/evil@x", "a/b\\c:d@x", "..", "", "\0", "x" * 5_000):
        await FileNotifier(IDENTITY).send(mail(evil), address)

    assert files(tmp_path) == [f"mail/{name}" for name in files(folder)]
    assert len(files(folder / "new")) == 7


def test_the_file_notifier_needs_no_settings() -> None:
    assert make_notifier(Settings()).kind == "file"


# ── capture ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_captured_mail_is_byte_for_byte_what_smtp_carries(server: SmtpServer, folder: Path) -> None:
    smtp = SmtpSettings(host=server.host, port=server.port, security="none", sender="digest@lab.example.org")
    message, ada = mail(text=".dots\n.\n" + "µ" * 2_000), Address("email", "ada@example.org")
    async with (
        EmailNotifier(smtp, IDENTITY) as sender,
        CaptureNotifier("email", MessageForm.MAIL, folder, IDENTITY) as c,
    ):
        await sender.send(message, ada)
        receipt = await c.send(message, ada)

    assert server.mails[0].data == content(receipt)


async def test_a_captured_mail_has_a_name_one_can_read(folder: Path) -> None:
    async with CaptureNotifier("email", MessageForm.MAIL, folder) as notifier:
        for _ in range(2):
            await notifier.send(mail(), Address("email", "ada@example.org"))

    assert files(folder) == ["ada-example.org_2026-11-20.eml", "ada-example.org_2026-11-20.html"]


async def test_a_captured_chat_message_shows_its_parts_and_lengths(folder: Path) -> None:
    message = ChatMessage(message_id="2026-11-20@x", parts=("<b>One</b> &amp; 𝔸", "Two"), is_silent=True)
    async with CaptureNotifier("telegram", MessageForm.CHAT, folder) as notifier:
        receipt = await notifier.send(message, Address("telegram", "-100123/17"))

    assert content(receipt).decode() == (
        "To telegram chat -100123/17, silent: 2 parts, 8 + 3 characters\n\n"
        "──────────── part 1 of 2, 8 characters ────────────\n<b>One</b> &amp; 𝔸\n\n"
        "──────────── part 2 of 2, 3 characters ────────────\nTwo\n"
    )


async def test_captured_bad_addresses_are_refused_as_the_real_notifier_refuses_them(folder: Path) -> None:
    with pytest.raises(NotifierError) as refused:
        await CaptureNotifier("email", MessageForm.MAIL, folder).send(mail(), Address("email", "a@b>\r\nc"))

    assert refused.value.permanent
    assert files(folder) == []


async def test_a_capture_into_a_file_says_so(taken: Path) -> None:
    with pytest.raises(NotifierError, match="cannot be written"):
        await CaptureNotifier("file", MessageForm.MAIL, taken).send(mail(), Address("file", "anywhere"))


async def test_a_capture_of_the_wrong_form_is_refused(folder: Path) -> None:
    with pytest.raises(NotifierError, match="wrong form"):
        await CaptureNotifier("telegram", MessageForm.CHAT, folder).send(mail(), Address("telegram", "1"))


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "message_id", "name"),
    [
        ("ada@example.org", "2026-11-20@lab.example.org", "ada-example.org_2026-11-20"),
        ("Ada@Example.org", "7.digest-2026-11-20@x", "ada-example.org_7.digest-2026-11-20"),
        ("-1001234", "2026-11-20@x", "1001234~"),
        ("@lab_papers", "alert-7@x", "lab_papers~"),
        ("../../etc/passwd", "..@x", "etc-passwd~"),
    ],
)
def test_a_name_is_readable_and_safe(address: str, message_id: str, name: str) -> None:
    assert name_capture(address, message_id).startswith(name)


@given(st.text(), st.text())
def test_any_name_is_one_safe_piece_of_a_path(address: str, message_id: str) -> None:
    for name in (name_capture(address, message_id), name_mail(message_id)):
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._~-")
        assert 0 < len(name) < 200
        assert name[0] not in ".-"
        assert os.sep not in name


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_message_ids_never_share_a_name(one: str, other: str) -> None:
    assert (name_mail(one) == name_mail(other)) is (one.encode(errors="replace") == other.encode(errors="replace"))


# ── mails of text alone ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mail_without_html_is_previewed_as_text(folder: Path, address: Address) -> None:
    await FileNotifier(IDENTITY).send(replace(mail(), html=""), address)

    (preview,) = (folder / "preview").iterdir()
    assert (preview.suffix, preview.read_text()) == (".txt", "Größe\n")


async def test_a_captured_mail_without_html_is_one_file(tmp_path: Path) -> None:
    notifier = CaptureNotifier("email", MessageForm.MAIL, tmp_path, IDENTITY)
    await notifier.send(replace(mail(), html=""), Address("email", "ada@example.org"))

    assert [Path(name).suffix for name in files(tmp_path)] == [".eml"]
