"""Whole mails through a real SMTP server: signed, with a return path of their own, one in and one out."""

import email
import re
from collections.abc import Iterator
from email import policy
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from digest.errors import NotifierError
from digest.model import Address, MailMessage
from digest.notifiers.email import EmailNotifier, make_notifier
from digest.settings import DkimSettings, Settings, SmtpSettings
from tests.factories import NOON
from tests.keys import ED25519_PEM, is_signed, rsa_pem, signer
from tests.servers.smtp import SmtpServer

ADA = Address("email", "ada@example.org")
HOSTILE = st.text(st.characters(), max_size=200) | st.text('\r\n.: =?utf8q_ABccé\0\u2028\x85\x0b<>@,"\\', max_size=200)
# What stands in each mail at most once; all of them were written by us.
FIELDS = {
    *("DKIM-Signature", "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Precedence", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "Auto-Submitted", "Feedback-ID", "Content-Language", "References", "MIME-Version"),
    *("Content-Type", "Content-Transfer-Encoding"),
}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


def notifier(server: SmtpServer, pem: str = ED25519_PEM) -> EmailNotifier:
    smtp = SmtpSettings(
        host=server.host, port=server.port, security="none", sender="Paper Digest <digest@lab.example.org>"
    )
    made = make_notifier(Settings(smtp=smtp, dkim=DkimSettings(selector="digest2026", key=SecretStr(pem))))
    assert made is not None
    return made


def mail(**fields: Any) -> MailMessage:
    defaults: dict[str, Any] = {
        "message_id": "2026-11-20.1@lab.example.org",
        "subject": "Papers",
        "text": "Hello\n",
        "html": "<p>Hello</p>",
        "sent_at": NOON,
        "list_unsubscribe": ("https://papers.example.org/unsubscribe/t0ken",),
        "is_one_click": True,
        "return_path": "bounces+c1-abcdefghabcdefgh@lab.example.org",
        "feedback_id": "2026-11-20:digest:email:dailypaperdiges",
    }
    return MailMessage(**(defaults | fields))


def send(server: SmtpServer, *messages: MailMessage, pem: str = ED25519_PEM) -> None:
    async def run() -> None:
        async with notifier(server, pem) as sender:
            for message in messages:
                await sender.send(message, ADA)

    anyio.run(run)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_is_good_after_the_journey(kind: str, server: SmtpServer) -> None:
    pem = rsa_pem() if kind == "rsa" else ED25519_PEM
    hard = "\n.\n..\n.MAIL FROM:<eve@example.org>\n" + "é" * 900 + "\n" + "x" * 3_000 + "\nend  \n\n\n"
    send(server, mail(), mail(text=hard, html=f"<p>{hard}</p>"), mail(text=hard, html=""), pem=pem)

    ours = signer(pem)
    assert len(server.mails) == 3
    assert all(is_signed(received.data, ours.write_record(), ours.place) for received in server.mails)


def test_bounces_of_each_mail_go_to_an_address_of_its_own(server: SmtpServer) -> None:
    send(server, mail(return_path="bounces+c1-aaaaaaaaaaaaaaaa@lab.example.org"), mail(return_path=""))

    assert [received.sender for received in server.mails] == [
        "bounces+c1-aaaaaaaaaaaaaaaa@lab.example.org",
        "digest@lab.example.org",
    ]
    assert all(b"\r\nFrom: Paper Digest <digest@lab.example.org>\r\n" in received.data for received in server.mails)


@pytest.mark.parametrize(
    "path", ["b@lab.example.org>\r\nRCPT TO:<eve@example.org", "jürgen@example.org", "b", "a b@c.org"]
)
def test_a_return_path_that_could_break_the_protocol_is_never_said(path: str, server: SmtpServer) -> None:
    with pytest.raises(NotifierError, match="return path"):
        send(server, mail(return_path=path))

    assert server.connections == 0


def test_no_text_in_any_field_adds_a_field_or_a_mail(server: SmtpServer) -> None:
    fields = st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("message_id", "subject", "text", "html", "language", "list_prefix"), HOSTILE),
            "feedback_id": HOSTILE,
            "list_unsubscribe": st.tuples(HOSTILE.map(lambda text: f"https://papers.example.org/{text}")),
            "headers": st.fixed_dictionaries({"References": HOSTILE}),
        },
    )

    @given(fields)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def check(changed: dict[str, Any]) -> None:
        server.mails.clear()
        server.wire.clear()
        send(server, mail(**changed))
        assert_one_of_our_mails(server)

    check()


def assert_one_of_our_mails(server: SmtpServer) -> None:
    """What a strict and a lax receiver read is the same one mail (CVE-2023-51764), with our fields and a good seal."""
    (wire,), (received,) = server.wire, server.mails
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire), "only CRLF ends a line"
    assert len(re.findall(rb"(?:\r\n|\r|\n)\.(?:\r\n|\r|\n)", wire)) == 1, "only one end of data, however read"
    parsed = email.message_from_bytes(received.data, policy=policy.default)
    names = [name for name, _ in parsed.items()]
    assert set(names) <= FIELDS
    assert len(set(names)) == len(names)
    assert not parsed.defects
    ours = signer(ED25519_PEM)
    assert is_signed(received.data, ours.write_record(), ours.place)
