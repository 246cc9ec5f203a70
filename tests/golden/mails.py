"""Every kept mail, as rendered and as it would leave: signed, with all its header fields."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from digest.model import MailMessage
from digest.notifiers.identity import Mailbox, MailIdentity, make_identity
from digest.notifiers.mime import build_mail
from digest.rendering.alert_mail import render_alert_mail
from digest.rendering.email import render_mail
from digest.rendering.letter import render_letter
from tests.golden.alerts import ALERTS
from tests.golden.cases import CASES
from tests.golden.letters import LETTERS
from tests.keys import ED25519_PEM, signer

SENT_AT: Final = datetime(2026, 11, 20, 7, tzinfo=UTC)
MAILS: Final = (*CASES, *ALERTS, *LETTERS)
DOMAIN: Final = "digest.example.org"
IDENTITY: Final[MailIdentity] = make_identity("Daily Paper Digest", Mailbox(f"digest@{DOMAIN}", "Daily Paper Digest"))


def mail(case: str) -> MailMessage:
    if case in LETTERS:
        return render_letter(LETTERS[case](), message_id="1@example.org", sent_at=SENT_AT)
    if case in ALERTS:
        return render_alert_mail(ALERTS[case](), message_id="1@example.org", sent_at=SENT_AT)
    return render_mail(CASES[case](), message_id="1@example.org", sent_at=SENT_AT)


def write_eml(case: str) -> bytes:
    """Give the bytes a mail server is handed, named after the case by its Message-ID."""
    part = "alerts" if case in ALERTS else ""
    feedback_id = f"{case}:digest:email:dailypaperdiges"
    message = replace(mail(case), message_id=f"{case}@{DOMAIN}", list_prefix=part, feedback_id=feedback_id)
    return signer(ED25519_PEM, DOMAIN).sign(build_mail(message, IDENTITY, Mailbox("ada@example.org")))
