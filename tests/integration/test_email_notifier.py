"""The email notifier against a real SMTP server on loopback."""

import re
import shutil
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from digest.errors import ConfigurationError, NotifierError, NotifierUnusable
from digest.model import Address, ChatMessage, MailMessage
from digest.notifiers.email import EmailNotifier, make_notifier
from digest.notifiers.identity import Mailbox, make_identity
from digest.notifiers.mime import build_mail
from digest.settings import Settings, SmtpSettings
from tests.factories import NOON
from tests.servers.smtp import DROP, SILENCE, Script, SmtpServer, make_certificate_contexts

pytestmark = pytest.mark.anyio

IDENTITY = make_identity("Daily Paper Digest", Mailbox("digest@lab.example.org", "Paper Digest"))
PASSWORD = "correct-horse-battery"
ADA = Address("email", "ada@example.org")


def mail(number: int = 1, text: str = "Hello\n") -> MailMessage:
    return MailMessage(
        message_id=f"2026-11-20.{number}@lab.example.org",
        subject="Papers",
        text=text,
        html="<p>Hello</p>",
        sent_at=NOON,
    )


def notifier(server: SmtpServer, *, tls: ssl.SSLContext | None = None, **options: Any) -> EmailNotifier:
    defaults = {"host": server.host, "port": server.port, "security": "none", "sender": "digest@lab.example.org"}
    timeout = {"timeout": timedelta(seconds=3)}
    return EmailNotifier(SmtpSettings.model_validate(defaults | timeout | options), IDENTITY, tls)


async def refusal(sender: EmailNotifier, address: Address = ADA) -> NotifierError:
    async with sender:
        with pytest.raises(NotifierError) as refused:
            await sender.send(mail(), address)
    assert PASSWORD not in str(refused.value)
    return refused.value


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def server(script: Script) -> Iterator[SmtpServer]:
    with SmtpServer(script) as running:
        yield running


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    if not shutil.which("openssl"):
        pytest.skip("the openssl command, which makes the test's certificate, is not on this machine")
    return make_certificate_contexts(tmp_path_factory.mktemp("certificate"))


# ── one mail in, one mail out ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mail_arrives_as_it_was_built(server: SmtpServer) -> None:
    async with notifier(server) as sender:
        receipt = await sender.send(mail(), ADA)

    (received,) = server.mails
    assert received.data == build_mail(mail(), IDENTITY, Mailbox("ada@example.org"))
    assert (received.sender, received.recipients) == ("digest@lab.example.org", ("ada@example.org",))
    assert receipt.detail == "250 2.0.0 Ok: queued as 0001"


async def test_a_run_of_sends_uses_one_connection(server: SmtpServer) -> None:
    async with notifier(server) as sender:
        for number in range(5):
            await sender.send(mail(number), ADA)

    assert (len(server.mails), server.connections) == (5, 1)
    assert server.wire[0].endswith(b"QUIT\r\n")


async def test_a_notifier_can_be_entered_again(server: SmtpServer) -> None:
    sender = notifier(server)
    for number in range(2):
        async with sender:
            await sender.send(mail(number), ADA)

    assert (len(server.mails), server.connections) == (2, 2)


async def test_nothing_is_opened_before_the_first_send(server: SmtpServer) -> None:
    async with notifier(server):
        pass

    assert server.connections == 0


@pytest.mark.parametrize(
    "text",
    [
        "first\n.\nMAIL FROM:<eve@example.org>\n",
        "first\r\n.\r\nDATA\r\n",
        "first\n.\r\nx",
        "first\r.\r\n",
        ".\n",
        "..\n.a\n",
        "\r\r\n\n\r.",
        "x" * 3000 + "\n.\n" + "é" * 50,
    ],
)
async def test_no_body_ends_the_mail_early(text: str, server: SmtpServer) -> None:
    async with notifier(server) as sender:
        await sender.send(mail(text=text), ADA)

    assert_one_in_one_out(server, mail(text=text))


def test_no_random_body_ends_the_mail_early(server: SmtpServer) -> None:
    bodies = st.text("\r\n.a\0é", max_size=40)
    silenced = [HealthCheck.function_scoped_fixture]

    @given(bodies)
    @settings(max_examples=60, deadline=None, suppress_health_check=silenced)
    def check(text: str) -> None:
        server.mails.clear()
        server.wire.clear()
        run(server, mail(text=text))
        assert_one_in_one_out(server, mail(text=text))

    check()


def run(server: SmtpServer, message: MailMessage) -> None:
    import anyio  # noqa: PLC0415 -- hypothesis wants a test that is not async

    async def send() -> None:
        async with notifier(server) as sender:
            await sender.send(message, ADA)

    anyio.run(send)


def assert_one_in_one_out(server: SmtpServer, message: MailMessage) -> None:
    """What a strict and a lax server would make of the same bytes must be the same one mail (CVE-2023-51764)."""
    (wire,) = server.wire
    assert [received.data for received in server.mails] == [build_mail(message, IDENTITY, Mailbox("ada@example.org"))]
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire), "only CRLF ends a line"
    assert len(re.findall(rb"(?:\r\n|\r|\n)\.(?:\r\n|\r|\n)", wire)) == 1, "only one end of data, however read"


# ── what a refusal means ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_unknown_recipient_closes_the_channel_and_the_connection_goes_on(
    server: SmtpServer, script: Script
) -> None:
    script.refused["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
    async with notifier(server) as sender:
        with pytest.raises(NotifierError) as refused:
            await sender.send(mail(1), Address("email", "gone@example.org"))
        await sender.send(mail(2), ADA)

    assert refused.value.permanent
    assert "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown" in str(refused.value)
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize("reply", ["554 5.7.1 Spam message rejected", "552 5.2.2 Mailbox full", "550 5.7.26 DMARC"])
async def test_a_refused_content_says_nothing_about_the_address(reply: str, server: SmtpServer, script: Script) -> None:
    script.on_data = deque([reply])
    async with notifier(server) as sender:
        with pytest.raises(NotifierError) as refused:
            await sender.send(mail(), ADA)
        await sender.send(mail(), ADA)

    assert (refused.value.permanent, refused.value.retry_after) == (False, None)
    assert reply in str(refused.value)
    assert server.connections == 1


async def test_a_greylisted_mail_is_taken_at_the_next_attempt(server: SmtpServer, script: Script) -> None:
    script.on_rcpt = deque(["451 4.7.1 Greylisted, try again"])
    async with notifier(server) as sender:
        with pytest.raises(NotifierError, match="Greylisted") as refused:
            await sender.send(mail(), ADA)
        await sender.send(mail(), ADA)

    assert not refused.value.permanent
    assert len(server.mails) == 1


@pytest.mark.parametrize("queue", ["on_mail", "on_rcpt", "on_data"])
async def test_a_421_asks_for_a_pause_and_the_next_mail_connects_anew(
    queue: str, server: SmtpServer, script: Script
) -> None:
    setattr(script, queue, deque(["421 4.7.0 Try again later, closing connection"]))
    async with notifier(server) as sender:
        with pytest.raises(NotifierError) as refused:
            await sender.send(mail(1), ADA)
        await sender.send(mail(2), ADA)

    assert not isinstance(refused.value, NotifierUnusable)
    assert refused.value.retry_after == timedelta(minutes=5)
    assert (len(server.mails), server.connections) == (1, 2)


async def test_a_refused_sender_stops_the_run(server: SmtpServer, script: Script) -> None:
    script.on_mail = deque(["553 5.7.1 Sender address rejected: not owned by user"])

    error = await refusal(notifier(server))

    assert isinstance(error, NotifierUnusable)
    assert "DIGEST_SMTP__SENDER" in str(error)


async def test_a_refused_return_path_names_the_setting_that_asks_for_it(server: SmtpServer, script: Script) -> None:
    script.on_mail = deque(["553 5.7.1 Sender address rejected: not owned by user"])
    path = "bounces+c1-aaaaaaaaaaaaaaaa@lab.example.org"
    async with notifier(server) as sender:
        with pytest.raises(NotifierUnusable) as refused:
            await sender.send(replace(mail(), return_path=path), ADA)

    assert f"as “{path}”, the return path that DIGEST_BOUNCES__ADDRESS asks for" in str(refused.value)


async def test_a_mail_that_is_too_large_does_not_stop_the_run(server: SmtpServer, script: Script) -> None:
    script.on_mail = deque(["552 5.3.4 Message size exceeds fixed limit"])

    error = await refusal(notifier(server))

    assert not isinstance(error, NotifierUnusable)
    assert not error.permanent


async def test_a_bad_address_never_reaches_the_server(server: SmtpServer) -> None:
    error = await refusal(notifier(server), Address("email", "a@example.org>\r\nDATA"))

    assert error.permanent
    assert server.connections == 0


async def test_a_chat_message_is_not_mailed(server: SmtpServer) -> None:
    with pytest.raises(NotifierError, match="not a mail"):
        await notifier(server).send(ChatMessage(message_id="1@x", parts=("a",)), ADA)


# ── lost connections ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_connection_lost_after_the_mail_is_uncertain_and_comes_again_with_the_same_id(
    server: SmtpServer, script: Script
) -> None:
    script.on_data = deque([DROP])
    async with notifier(server) as sender:
        with pytest.raises(NotifierError, match="Uncertain") as refused:
            await sender.send(mail(), ADA)
        await sender.send(mail(), ADA)

    assert (refused.value.permanent, refused.value.retry_after) == (False, None)
    assert len(server.mails) == 2
    assert server.mails[0].data == server.mails[1].data


async def test_a_silent_server_after_the_mail_is_uncertain_too(server: SmtpServer, script: Script) -> None:
    script.on_data = deque([SILENCE])

    assert "Uncertain" in str(await refusal(notifier(server, timeout=timedelta(seconds=0.3))))


async def test_a_silent_server_before_the_mail_is_tried_again_later(server: SmtpServer, script: Script) -> None:
    script.on_rcpt = deque([SILENCE])

    error = await refusal(notifier(server, timeout=timedelta(seconds=0.3)))

    assert "before the mail was handed over (Timed out" in str(error)
    assert not isinstance(error, NotifierUnusable)


async def test_a_connection_that_died_between_mails_is_opened_again(server: SmtpServer) -> None:
    async with notifier(server) as sender:
        await sender.send(mail(1), ADA)
        server.drop_connections()
        await sender.send(mail(2), ADA)

    assert (len(server.mails), server.connections) == (2, 2)


async def test_an_old_connection_dropped_at_the_next_mail_costs_nothing(server: SmtpServer, script: Script) -> None:
    async with notifier(server) as sender:
        await sender.send(mail(1), ADA)
        script.on_mail = deque([DROP])
        await sender.send(mail(2), ADA)

    assert (len(server.mails), server.connections) == (2, 2)


async def test_a_new_connection_dropped_at_the_first_mail_is_tried_again_later(
    server: SmtpServer, script: Script
) -> None:
    script.on_rcpt = deque([DROP])

    error = await refusal(notifier(server))

    assert "before the mail was handed over" in str(error)
    assert not isinstance(error, NotifierUnusable)
    assert server.connections == 1


# ── what stops the run, in one sentence each ─────────────────────────────────────────────────────────────────────────


async def test_a_wrong_password_is_one_clear_sentence(server: SmtpServer, script: Script) -> None:
    script.login = ("digest", "another password")

    error = await refusal(notifier(server, username="digest", password=SecretStr(PASSWORD)))

    assert isinstance(error, NotifierUnusable)
    assert str(error) == (
        f"127.0.0.1:{server.port} refused the log-in of “digest”: 535 5.7.8 Error: authentication failed; "
        "check DIGEST_SMTP__USERNAME and DIGEST_SMTP__PASSWORD"
    )


async def test_a_server_that_echoes_the_password_does_not_put_it_into_the_error(
    server: SmtpServer, script: Script
) -> None:
    script.login = ("digest", "another password")
    script.login_reply = f"535 5.7.8 no such login: digest / {PASSWORD} / AGRpZ2VzdABjb3JyZWN0LWhvcnNlLWJhdHRlcnk="

    error = await refusal(notifier(server, username="digest", password=SecretStr(PASSWORD)))

    assert "no such login: digest / … / …" in str(error)


async def test_the_right_password_logs_in(server: SmtpServer, script: Script) -> None:
    script.login = ("digest", PASSWORD)
    async with notifier(server, username="digest", password=SecretStr(PASSWORD)) as sender:
        await sender.send(mail(), ADA)

    assert server.mails[0].username == "digest"


async def test_a_server_without_log_in_says_what_to_change(server: SmtpServer) -> None:
    error = await refusal(notifier(server, username="digest", password=SecretStr(PASSWORD)))

    assert isinstance(error, NotifierUnusable)
    assert "offers no log-in without TLS that we know" in str(error)


async def test_a_server_without_starttls_is_never_talked_to_in_the_clear(server: SmtpServer) -> None:
    error = await refusal(notifier(server, security="starttls", username="digest", password=SecretStr(PASSWORD)))

    assert isinstance(error, NotifierUnusable)
    assert "offers no STARTTLS" in str(error)
    assert b"AUTH" not in server.wire[0]


@pytest.mark.parametrize("greeting", ["554 5.7.1 Go away", "421 4.3.2 Too busy"])
async def test_an_unfriendly_greeting_is_quoted(greeting: str, server: SmtpServer, script: Script) -> None:
    script.greeting = greeting

    error = await refusal(notifier(server))

    assert isinstance(error, NotifierUnusable)
    assert f"turned us away: {greeting}" in str(error)
    assert error.retry_after == (timedelta(minutes=5) if greeting.startswith("4") else None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (lambda: {"port": _free_port()}, "No mail server answers at 127.0.0.1:"),
        (lambda: {"host": "localhost", "port": _free_port()}, "No mail server answers at localhost:"),
        (lambda: {"host": "mail.invalid"}, "mail.invalid, is not known: check DIGEST_SMTP__HOST"),
        (lambda: {"host": "mail\r\n.example.org"}, "does not answer as a mail server does"),
        (lambda: {"host": "x" * 70 + ".example.org"}, "does not answer as a mail server does"),
        (lambda: {"security": "tls"}, "does not speak TLS as we expect: port 465 usually wants"),
    ],
)
async def test_an_unreachable_server_is_one_clear_sentence(
    options: Callable[[], dict[str, Any]], sentence: str, server: SmtpServer
) -> None:
    error = await refusal(notifier(server, **options()))

    assert isinstance(error, NotifierUnusable)
    assert sentence in str(error)
    assert "\n" not in str(error)


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        smtp = SmtpSettings(
            host="127.0.0.1", port=mute.getsockname()[1], timeout=timedelta(seconds=0.2), security="none"
        )
        error = await refusal(EmailNotifier(smtp, IDENTITY))

    assert isinstance(error, NotifierUnusable)
    assert "did not answer within 0.2 seconds" in str(error)


# ── TLS and SMTPUTF8 ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_starttls_and_log_in_work_together(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with SmtpServer(Script(login=("digest", PASSWORD)), certificates[0]) as server:
        login = {"username": "digest", "password": SecretStr(PASSWORD)}
        async with notifier(server, tls=certificates[1], security="starttls", **login) as sender:
            await sender.send(mail(), ADA)

    (received,) = server.mails
    assert (received.is_tls, received.username) == (True, "digest")


async def test_a_certificate_nobody_vouches_for_stops_the_run(
    certificates: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with SmtpServer(Script(login=("digest", PASSWORD)), certificates[0]) as server:
        error = await refusal(notifier(server, security="starttls", username="digest", password=SecretStr(PASSWORD)))

    assert isinstance(error, NotifierUnusable)
    assert "certificate of 127.0.0.1" in str(error)
    assert "self-signed" in str(error)


async def test_an_address_beyond_ascii_is_written_to_where_the_server_can(server: SmtpServer) -> None:
    async with notifier(server) as sender:
        await sender.send(mail(), Address("email", "jürgen@bücher.example"))

    (received,) = server.mails
    assert received.recipients == ("jürgen@xn--bcher-kva.example",)
    assert "SMTPUTF8" in received.options


async def test_an_address_beyond_ascii_is_closed_with_the_reason_where_the_server_cannot(
    server: SmtpServer, script: Script
) -> None:
    script.offers_utf8 = False

    error = await refusal(notifier(server), Address("email", "jürgen@example.org"))

    assert error.permanent
    assert "does not offer SMTPUTF8" in str(error)


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_host_there_is_no_email() -> None:
    assert make_notifier(Settings()) is None


def test_a_host_without_a_sender_is_a_fault() -> None:
    with pytest.raises(ConfigurationError, match="DIGEST_SMTP__SENDER is missing"):
        make_notifier(Settings(smtp=SmtpSettings(host="mail.example.org")))


def test_the_list_is_named_after_the_service() -> None:
    smtp = SmtpSettings(host="mail.example.org", sender="Lab <papers@lab.example.org>")

    assert isinstance(make_notifier(Settings(title="Lab papers", smtp=smtp)), EmailNotifier)


def test_the_password_is_in_no_repr() -> None:
    smtp = SmtpSettings(host="mail.example.org", sender="a@example.org", password=SecretStr(PASSWORD))

    assert PASSWORD not in repr(make_notifier(Settings(smtp=smtp))) + repr(smtp)
