"""The listener for bounces, spoken to by Python's own LMTP and SMTP clients: for whom it takes mail, and when."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from digest.errors import ConfigurationError
from digest.pipeline.listening import list_mailboxes, make_listener
from digest.pipeline.postbox import Postbox
from digest.postbox.lmtp import BY_HAND, LATER, MAX_MAIL, MOST_CONNECTIONS, NOT_HERE, LmtpListener
from digest.postbox.reading import Signatures
from digest.settings import BounceSettings, Settings, SmtpSettings
from subscribers.db import Database
from subscribers.model import SubscriberStatus, SubscriberView
from subscribers.store import view_subscriber
from subscribers.store.bounces import find_standing
from subscribers.tokens import Purpose, TokenSubject
from tests.bouncing import KEY, MAILBOX, mail, make_postbox, request_mail, return_path
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe

pytestmark = pytest.mark.anyio
T = TypeVar("T")
SETTINGS = Settings(
    secret_key=SecretStr(KEY),
    unsubscribe_address="Leave@example.org",
    smtp=SmtpSettings(sender="Digest <digest@example.org>"),
    bounces=BounceSettings(address=MAILBOX, lmtp_port=0),
)
Client = smtplib.SMTP


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


@asynccontextmanager
async def listening(postbox: Postbox) -> AsyncIterator[LmtpListener]:
    listener = make_listener(postbox, SETTINGS)
    task = asyncio.create_task(listener.run_until_stopped())
    try:
        yield listener
    finally:
        listener.stop()
        await task


@pytest.fixture
async def listener(database: Database) -> AsyncIterator[LmtpListener]:
    async with listening(make_postbox(database, FixedClock(NOON))) as running:
        yield running


async def speak(listener: LmtpListener, talk: Callable[[Client], T], *, client: type[Client] = smtplib.LMTP) -> T:
    """Hold one conversation, in a thread."""

    def hold() -> T:
        with client("127.0.0.1", listener.port, timeout=10) as connection:
            return talk(connection)

    return await asyncio.to_thread(hold)


def hand_over(raw: bytes, *recipients: str, sender: str = "") -> Callable[[Client], list[str]]:
    """Hand a mail over; give what was said of each recipient, or of the mail."""

    def talk(connection: Client) -> list[str]:
        connection.ehlo_or_helo_if_needed()
        connection.mail(sender)
        for recipient in recipients:
            code, said = connection.rcpt(recipient)
            if code != 250:
                return [f"{code} {said.decode()}"]
        code, said = connection.data(raw)
        replies = [f"{code} {said.decode()}"]
        if isinstance(connection, smtplib.LMTP):
            replies += [f"{code} {said.decode()}" for code, said in (connection.getreply() for _ in recipients[1:])]
        return replies

    return talk


def hear_greeting(listener: LmtpListener) -> bytes:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as connection:
        return connection.recv(100)[:3]


def score_of(database: Database, view: SubscriberView) -> float:
    with database.reading() as session:
        standing = find_standing(session, view.channels[0].id)
    return 0.0 if standing is None else standing.score


@pytest.mark.parametrize("client", [smtplib.LMTP, smtplib.SMTP])
async def test_a_bounce_is_taken_before_it_is_answered(
    client: type[Client], listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    raw = mail("to_the_list_address", 4711)
    replies = await speak(listener, hand_over(raw, return_path(ada.channels[0].id)), client=client)

    assert replies == ["250 2.0.0 Taken"]
    assert score_of(database, ada) == 1.0


async def test_each_recipient_has_a_reply_of_its_own(
    listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    bob = subscribe(database, "bob@example.org", "experts")
    paths = [return_path(view.channels[0].id) for view in (ada, bob)]

    assert await speak(listener, hand_over(mail("to_the_list_address", 4711), *paths)) == ["250 2.0.0 Taken"] * 2
    assert (score_of(database, ada), score_of(database, bob)) == (1.0, 1.0)


@pytest.mark.parametrize(
    "recipient",
    [
        "stranger@example.org",
        "postmaster@example.org",
        f"bounces+c1-{'a' * 16}@example.org",
        "bounces+c1@example.org",
        f"x{MAILBOX}",
    ],
)
async def test_nobody_else_is_taken_mail_for(recipient: str, listener: LmtpListener) -> None:
    assert await speak(listener, hand_over(b"Subject: x\r\n\r\nx", recipient)) == [NOT_HERE]


async def test_an_unsubscribe_mail_is_done_before_it_is_answered(
    listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    raw = request_mail("unsubscribe", Purpose.UNSUBSCRIBE, TokenSubject(ada.channels[0].id, ada.id), NOON)
    replies = await speak(listener, hand_over(raw, "leave@EXAMPLE.org", sender="ada@example.org"))

    assert replies == ["250 2.0.0 Taken"]
    with database.reading() as session:
        assert view_subscriber(session, ada.id).status is SubscriberStatus.UNSUBSCRIBED


async def test_what_a_person_answers_goes_back_to_them_because_nobody_reads_it(listener: LmtpListener) -> None:
    raw = b"From: Ada <ada@example.net>\r\nIn-Reply-To: <a@example.org>\r\nSubject: Re: x\r\n\r\nIs anybody there?\r\n"

    assert await speak(listener, hand_over(raw, MAILBOX, sender="ada@example.net")) == [BY_HAND]


async def test_what_answers_nothing_is_not_sent_back_to_a_sender_who_may_be_invented(listener: LmtpListener) -> None:
    raw = b"From: Ada <ada@example.net>\r\nSubject: Cheap watches\r\n\r\nBuy now\r\n"

    assert await speak(listener, hand_over(raw, MAILBOX, sender="ada@example.net")) == ["250 2.0.0 Taken"]


async def test_a_mail_that_is_too_large_is_refused_for_each_recipient(
    listener: LmtpListener, ada: SubscriberView
) -> None:
    """RFC 2033 §4.2; a client that waits for a second reply would hang."""
    bob = return_path(ada.channels[0].id + 1)
    large = b"Subject: x\r\n\r\n" + b"\r\n".join([b"x" * 900] * (MAX_MAIL // 900))

    replies = await speak(listener, hand_over(large, return_path(ada.channels[0].id), bob))
    assert [reply[:3] for reply in replies] == ["552", "552"]


async def test_commands_may_come_all_at_once_and_wrong_recipients_among_right_ones(
    listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    path = return_path(ada.channels[0].id)
    body = mail("to_the_list_address", 4711).replace(b"\n", b"\r\n")
    said = f"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<x@example.org>\r\nRCPT TO:<{path}>\r\nRCPT TO:<bad\u00e9>\r\nDATA\r\n"

    def talk() -> str:
        with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as connection:
            connection.sendall(said.encode("latin-1") + body + b"\r\n.\r\nQUIT\r\n")
            return b"".join(iter(lambda: connection.recv(1000), b"")).decode()

    codes = [line[:3] for line in (await asyncio.to_thread(talk)).splitlines() if line[3:4] == " "]
    assert codes == ["220", "250", "250", "550", "250", codes[5], "354", "250", "221"]
    assert codes[5][0] == "5"
    assert score_of(database, ada) == 1.0


async def test_bytes_that_are_no_text_are_taken(listener: LmtpListener, ada: SubscriberView) -> None:
    raw = bytes(range(256)) * 50
    replies = await speak(listener, hand_over(raw, return_path(ada.channels[0].id)))

    assert replies == ["250 2.0.0 Taken"]


async def test_too_many_connections_are_sent_away_and_the_others_served(
    listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    def crowd() -> tuple[set[bytes], bytes]:
        with ExitStack() as stack:
            where = ("127.0.0.1", listener.port)
            opened = [stack.enter_context(socket.create_connection(where, 10)) for _ in range(MOST_CONNECTIONS)]
            greetings = {each.recv(100)[:3] for each in opened}
            with socket.create_connection(where, 10) as late:
                return greetings, late.recv(100)[:3]

    assert await asyncio.to_thread(crowd) == ({b"220"}, b"421")
    raw = mail("postfix_unknown_user", ada.channels[0].id)
    while await asyncio.to_thread(hear_greeting, listener) == b"421":  # until it has noticed that they left
        pass
    assert await speak(listener, hand_over(raw, return_path(ada.channels[0].id))) == ["250 2.0.0 Taken"]
    assert score_of(database, ada) == 1.0


async def test_while_the_database_is_away_the_server_keeps_the_mail(tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}")
    with capture_logs() as logs:
        async with listening(make_postbox(away, FixedClock(NOON))) as running:
            replies = await speak(running, hand_over(mail("postfix_unknown_user", 1), return_path(1)))
    away.close()

    assert replies == [LATER]
    assert [log["event"] for log in logs] == ["mail_deferred"]


async def test_a_fault_of_ours_loses_no_mail(database: Database) -> None:
    def break_down() -> datetime:
        raise RuntimeError

    with capture_logs() as logs:
        async with listening(make_postbox(database, break_down)) as running:
            assert await speak(running, hand_over(b"Subject: x\r\n\r\nx", return_path(1))) == [LATER]

    assert [log["event"] for log in logs] == ["mail_not_taken"]


async def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(
    listener: LmtpListener, database: Database, ada: SubscriberView
) -> None:
    path = return_path(ada.channels[0].id)
    large = b"Subject: x\r\n\r\n" + b"x" * 70 * (MAX_MAIL // 60)

    def talk(connection: Client) -> Sequence[str]:
        first = hand_over(b"\r\n".join(large[at : at + 70] for at in range(0, len(large), 70)), path)(connection)
        return [*first, *hand_over(mail("postfix_unknown_user", ada.channels[0].id), path)(connection)]

    first, second = await speak(listener, talk)
    assert (first[:3], second) == ("552", "250 2.0.0 Taken")
    assert score_of(database, ada) == 1.0


async def test_long_lines_are_taken(listener: LmtpListener, database: Database, ada: SubscriberView) -> None:
    raw = mail("postfix_unknown_user", ada.channels[0].id) + b"z" * 20_000 + b"\r\n"

    assert await speak(listener, hand_over(raw, return_path(ada.channels[0].id))) == ["250 2.0.0 Taken"]
    assert score_of(database, ada) == 1.0


async def test_a_client_that_hangs_up_in_the_middle_hands_nothing_over(
    listener: LmtpListener, ada: SubscriberView
) -> None:
    path = return_path(ada.channels[0].id)

    def hang_up() -> None:
        with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as connection:
            connection.recv(100)
            said = f"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<{path}>\r\nDATA\r\nSubject: x\r\n"
            connection.sendall(said.encode())

    await asyncio.to_thread(hang_up)
    assert await speak(listener, hand_over(mail("postfix_unknown_user", ada.channels[0].id), path)) == [
        "250 2.0.0 Taken"
    ]


def test_the_mailboxes_are_those_of_the_settings() -> None:
    assert list_mailboxes(SETTINGS) == {MAILBOX, "leave@example.org", "digest@example.org"}
    assert list_mailboxes(Settings()) == frozenset()


def test_a_listener_needs_a_key_and_a_free_port(database: Database) -> None:
    postbox = make_postbox(database, FixedClock(NOON))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = SETTINGS.model_copy(update={"bounces": BounceSettings(lmtp_port=port)})
        with pytest.raises(ConfigurationError, match="Choose another DIGEST_BOUNCES__LMTP_PORT"):
            make_listener(postbox, settings)
    unsigned = replace(postbox, signatures=Signatures())
    with pytest.raises(ConfigurationError, match="needs DIGEST_SECRET_KEY"):
        make_listener(unsigned, SETTINGS)
