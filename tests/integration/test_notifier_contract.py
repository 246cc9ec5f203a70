"""What every notifier must do. To add one: write a bench for it below, and list it in BENCHES.

A bench runs the real notifier against a real other side and can make that other side misbehave. It names in `can` the
kinds of trouble its other side knows.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest
from pydantic import SecretStr

from digest.errors import AddressChanged, ConfigurationError, NotifierError, NotifierUnusable
from digest.model import Address, Button, ChatMessage, MailMessage, Message, MessageForm, Receipt
from digest.notifiers import Notifier
from digest.notifiers.capture import CaptureNotifier
from digest.notifiers.email import EmailNotifier
from digest.notifiers.file import FileNotifier
from digest.notifiers.identity import Mailbox, make_identity
from digest.notifiers.registry import load_notifiers
from digest.notifiers.telegram import TelegramNotifier
from digest.settings import Settings, SmtpSettings, TelegramSettings
from tests.factories import NOON
from tests.servers import telegram as api
from tests.servers.smtp import Script, SmtpServer
from tests.servers.telegram import BotApiServer
from tests.telegrams import make_swift_turns

pytestmark = pytest.mark.anyio

IDENTITY = make_identity("Daily Paper Digest", Mailbox("digest@lab.example.org"))
HOSTILE = (
    "a\r\nBcc: eve@example.org\r\n\r\n.\r\n <script>alert(1)</script> =?utf-8?q?a=0ABcc:_e?= \u202e\u2028\0\x0b\ud800 "
    "<b>&unbalanced; $\\frac{ ✓ 𝔸 " + "x" * 1_200
)


class Bench(Protocol):
    kind: ClassVar[str]
    can: ClassVar[frozenset[str]]  # of: permanent, temporary, pause, unusable, move
    address: Address
    notifier: Notifier

    def message(self, text: str = "Hello") -> Message: ...
    def arrived(self) -> int: ...
    def cause(self, trouble: str) -> None: ...


def mail(text: str) -> MailMessage:
    return MailMessage(
        message_id="2026-11-20.1@lab.example.org",
        subject=text,
        text=text,
        html=f"<p>{text}</p>",
        sent_at=NOON,
        headers={"X-Note": text},
    )


class EmailBench:
    kind = "email"
    can = frozenset({"permanent", "temporary", "pause", "unusable"})
    address = Address("email", "ada@example.org")

    def __init__(self, stack: ExitStack, tmp_path: Path) -> None:
        self.script = Script()
        self.server = stack.enter_context(SmtpServer(self.script))
        smtp = SmtpSettings(host=self.server.host, port=self.server.port, security="none", sender="digest@example.org")
        self.notifier: Notifier = EmailNotifier(smtp, IDENTITY)

    def message(self, text: str = "Hello") -> Message:
        return mail(text)

    def arrived(self) -> int:
        return len({received.data for received in self.server.mails})

    def cause(self, trouble: str) -> None:
        replies = {"permanent": "550 5.1.1 No such user", "temporary": "451 Later", "pause": "421 Busy"}
        if trouble == "unusable":
            self.script.on_mail = deque(["550 5.7.1 You may not send as this sender"])
        else:
            self.script.on_rcpt = deque([replies[trouble]])


class TelegramBench:
    kind = "telegram"
    can = frozenset({"permanent", "temporary", "pause", "unusable", "move"})
    address = Address("telegram", "-4242")

    def __init__(self, stack: ExitStack, tmp_path: Path) -> None:
        self.server = stack.enter_context(BotApiServer())
        settings = TelegramSettings(token=SecretStr(api.TOKEN), base_url=self.server.base_url)
        self.notifier: Notifier = TelegramNotifier(settings, turns=make_swift_turns())

    def message(self, text: str = "Hello") -> Message:
        ask = ((Button("✔ 1. Peng Fu", data="is:y:12:4711"), Button("✖ 1. not them", data="is:n:12:4711")),)
        return ChatMessage(message_id="2026-11-20.1@lab.example.org", parts=(text, "the end"), keyboards={0: ask})

    def arrived(self) -> int:
        return len(self.server.sent) // 2

    def cause(self, trouble: str) -> None:
        answers = {"permanent": api.BLOCKED, "temporary": api.BAD_GATEWAY, "pause": api.flood(1)}
        answers |= {"unusable": api.UNAUTHORIZED, "move": api.migrated(-100777)}
        self.server.script.append(answers[trouble])


class FileBench:
    kind = "file"
    can = frozenset({"temporary"})

    def __init__(self, stack: ExitStack, tmp_path: Path) -> None:
        self.folder = tmp_path / "mail"
        self.address = Address("file", str(self.folder))
        self.notifier: Notifier = FileNotifier(IDENTITY)

    def message(self, text: str = "Hello") -> Message:
        return mail(text)

    def arrived(self) -> int:
        return len(list((self.folder / "new").glob("*")))

    def cause(self, trouble: str) -> None:
        """Put a file where the folder should be: unlike a missing right, that stops root as well."""
        self.folder.parent.mkdir(exist_ok=True)
        self.folder.write_text("in the way")


class CaptureBench(FileBench):
    kind = "email"
    address: Address

    def __init__(self, stack: ExitStack, tmp_path: Path) -> None:
        super().__init__(stack, tmp_path)
        self.address = Address("email", "ada@example.org")
        self.notifier = CaptureNotifier("email", MessageForm.MAIL, self.folder, IDENTITY)

    def arrived(self) -> int:
        return len(list(self.folder.glob("*.eml")))


BENCHES: tuple[type[Any], ...] = (EmailBench, TelegramBench, FileBench, CaptureBench)


def knowing(trouble: str) -> pytest.MarkDecorator:
    """Take the benches whose other side knows this trouble."""
    return pytest.mark.parametrize("bench", [b for b in BENCHES if trouble in b.can], indirect=True)


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield request.param(stack, tmp_path)


async def fail(bench: Bench) -> NotifierError:
    """Send one message that is refused; whatever else than a NotifierError escapes fails the test."""
    async with bench.notifier as notifier:
        with pytest.raises(NotifierError) as refused:
            await notifier.send(bench.message(), bench.address)
    assert str(refused.value), "an error says something"
    assert "\n" not in str(refused.value), "in one line"
    return refused.value


# ── the contract ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_says_its_kind_and_form(bench: Bench) -> None:
    assert bench.notifier.kind == bench.kind
    expected = MailMessage if bench.notifier.form is MessageForm.MAIL else ChatMessage
    assert isinstance(bench.message(), expected)


async def test_a_message_arrives_once_and_gives_a_receipt(bench: Bench) -> None:
    async with bench.notifier as notifier:
        receipt = await notifier.send(bench.message(), bench.address)

    assert isinstance(receipt, Receipt)
    assert receipt.detail
    assert bench.arrived() == 1


async def test_it_can_be_left_and_entered_again(bench: Bench) -> None:
    for _ in range(2):
        async with bench.notifier as notifier:
            await notifier.send(bench.message(), bench.address)
    async with bench.notifier:
        pass

    assert bench.arrived() in {1, 2}  # the same message twice: a folder holds it once


@knowing("permanent")
async def test_a_lasting_refusal_closes_the_channel_with_a_reason(bench: Bench) -> None:
    bench.cause("permanent")

    assert (await fail(bench)).permanent
    assert bench.arrived() == 0


@knowing("temporary")
async def test_a_passing_refusal_leaves_the_channel_open(bench: Bench) -> None:
    bench.cause("temporary")
    error = await fail(bench)

    assert not error.permanent
    assert not isinstance(error, NotifierUnusable | AddressChanged)
    assert error.retry_after is None


@knowing("pause")
async def test_a_pause_that_is_asked_for_is_told(bench: Bench) -> None:
    bench.cause("pause")
    error = await fail(bench)

    assert error.retry_after is not None
    assert timedelta(0) < error.retry_after <= timedelta(hours=1)
    assert not error.permanent


@knowing("unusable")
async def test_what_concerns_every_message_stops_the_run(bench: Bench) -> None:
    bench.cause("unusable")
    error = await fail(bench)

    assert isinstance(error, NotifierUnusable)
    assert not error.permanent, "no subscriber loses a channel for the operator's mistake"
    assert "DIGEST_" in str(error), "it names the setting to check"


@knowing("move")
async def test_a_moved_address_is_given_and_works(bench: Bench) -> None:
    bench.cause("move")
    error = await fail(bench)

    assert isinstance(error, AddressChanged)
    async with bench.notifier as notifier:
        await notifier.send(bench.message(), Address(bench.kind, error.new_address))
    assert bench.arrived() == 1


@knowing("pause")  # what is in the way of a folder stays there until somebody acts
async def test_after_any_trouble_the_next_message_goes_out(bench: Bench) -> None:
    async with bench.notifier as notifier:
        for trouble in sorted(bench.can):
            bench.cause(trouble)
            with pytest.raises(NotifierError):
                await notifier.send(bench.message(), bench.address)
        await notifier.send(bench.message(), bench.address)

    assert bench.arrived() == 1


async def test_hostile_text_arrives_as_one_message(bench: Bench) -> None:
    async with bench.notifier as notifier:
        await notifier.send(bench.message(HOSTILE), bench.address)

    assert bench.arrived() == 1


@pytest.mark.parametrize("value", ["", "\0", "a\r\nb", "<a@b.org>", "a@b,c@d", "x" * 5_000, "\ud800", "../\0"])
async def test_a_hostile_address_is_closed_for_good(value: str, bench: Bench) -> None:
    async with bench.notifier as notifier:
        with pytest.raises(NotifierError) as refused:
            await notifier.send(bench.message(), Address(bench.kind, value))

    assert refused.value.permanent
    assert bench.arrived() == 0


# Telegram knows no message ids of ours; there, the parts that arrived are counted instead.
@pytest.mark.parametrize("bench", [EmailBench, FileBench, CaptureBench], indirect=True)
async def test_the_same_message_twice_can_be_told_to_be_the_same(bench: Bench) -> None:
    async with bench.notifier as notifier:
        for _ in range(2):
            await notifier.send(bench.message(), bench.address)

    assert bench.arrived() == 1


async def test_the_wrong_form_is_refused(bench: Bench) -> None:
    is_mail = bench.notifier.form is MessageForm.MAIL
    wrong: Message = ChatMessage(message_id="1@x", parts=("a",)) if is_mail else mail("a")
    async with bench.notifier as notifier:
        with pytest.raises(NotifierError):
            await notifier.send(wrong, bench.address)


# ── the registry ─────────────────────────────────────────────────────────────────────────────────────────────────────


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "digest.notifiers")


def test_only_what_is_configured_is_loaded() -> None:
    telegram = TelegramSettings(token=SecretStr("1:a"))
    smtp = SmtpSettings(host="mail.example.org", sender="digest@example.org")

    assert set(load_notifiers(Settings())) == {"file"}
    assert set(load_notifiers(Settings(telegram=telegram, smtp=smtp))) == {"email", "file", "telegram"}


@pytest.mark.parametrize(
    "value", ["no.such.module:make", "digest.notifiers.file:no_such_function", "digest.model:Address", "os:getcwd"]
)
def test_a_broken_notifier_of_a_third_party_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError) as broken:
        load_notifiers(
            Settings(), [entry("carrier_pigeon", value), entry("file", "digest.notifiers.file:make_notifier")]
        )

    (fault,) = broken.value.faults
    assert f"The notifier carrier_pigeon ({value}) cannot be used" in fault


def test_every_fault_is_told_at_once() -> None:
    file = "digest.notifiers.file:make_notifier"
    email = entry("email", "digest.notifiers.email:make_notifier")
    with pytest.raises(ConfigurationError) as broken:
        load_notifiers(
            Settings(smtp=SmtpSettings(host="mail.example.org")),
            [email, entry("a", file), entry("b", file), entry("z", "nowhere:x")],
        )

    assert len(broken.value.faults) == 3
    assert any("DIGEST_SMTP__SENDER" in fault for fault in broken.value.faults)
    assert any("Two notifiers serve “file”" in fault for fault in broken.value.faults)


def test_every_declared_notifier_has_a_bench() -> None:
    declared = set(load_notifiers(Settings(telegram=TelegramSettings(token=SecretStr("1:a"))))) | {"email"}

    assert declared <= {bench.kind for bench in BENCHES}
    assert os.environ["PTB_TIMEDELTA"] == "true", "or each flood reply would raise a deprecation warning"
