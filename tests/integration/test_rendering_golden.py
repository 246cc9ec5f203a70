"""Every rendering as a file, so that a change of a template or of the code is read as a diff."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from digest.model import MailMessage
from digest.rendering.chat import render_chat
from digest.rendering.email import render_mail
from digest.rendering.telegram import SEPARATOR
from tests.golden.cases import CASES
from tests.integration.conftest import GOLDEN

AssertGolden = Callable[[str, str], None]

# A digest of two hundred papers says nothing as a diff; its sizes are tested in test_rendering_email.
KEPT = sorted(CASES.keys() - {"capped"})


def mail(case: str) -> MailMessage:
    return render_mail(CASES[case](), message_id="1@example.org", sent_at=datetime(2026, 11, 20, 7, tzinfo=UTC))


@pytest.mark.parametrize("case", KEPT)
def test_a_mail_is_as_kept(case: str, assert_golden: AssertGolden) -> None:
    rendered = mail(case)

    assert_golden(f"email/{case}/subject.txt", rendered.subject)
    assert_golden(f"email/{case}/body.txt", rendered.text)
    assert_golden(f"email/{case}/body.html", rendered.html)


@pytest.mark.parametrize("case", KEPT)
def test_chat_messages_are_as_kept(case: str, assert_golden: AssertGolden) -> None:
    message = render_chat(CASES[case](), message_id="1@example.org")

    for number, part in enumerate(message.parts, start=1):
        assert_golden(f"chat/{case}/{number:02}.html", part)
    assert len(list((GOLDEN / "chat" / case).iterdir())) == len(message.parts)


def test_no_golden_file_is_left_without_its_case() -> None:
    for form in ("email", "chat"):
        assert {folder.name for folder in (GOLDEN / form).glob("*")} <= set(KEPT)


@pytest.mark.parametrize("case", CASES)
def test_rendering_twice_gives_the_same(case: str) -> None:
    assert mail(case) == mail(case)
    assert SEPARATOR.join(render_chat(CASES[case](), message_id="1").parts)
