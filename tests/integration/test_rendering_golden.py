"""Every rendering as a file, so that a change of a template or of the code is read as a diff."""

from collections.abc import Callable

import pytest

from digest.languages import LANGUAGES, speaking
from digest.model import ChatMessage
from digest.rendering.alert_chat import render_alert_chat
from digest.rendering.chat import render_chat
from digest.rendering.telegram import SEPARATOR
from tests.golden.alerts import ALERTS
from tests.golden.cases import CASES
from tests.golden.letters import LETTERS
from tests.golden.mails import mail
from tests.integration.conftest import GOLDEN
from tests.servers.telegram import count_units, parse_html

AssertGolden = Callable[[str, str], None]

# A digest of two hundred papers says nothing as a diff; its sizes are tested in test_rendering_email.
KEPT = sorted({*CASES, *ALERTS} - {"capped"})


def chat(case: str) -> ChatMessage:
    if case in ALERTS:
        return render_alert_chat(ALERTS[case](), message_id="1@example.org")
    return render_chat(CASES[case](), message_id="1@example.org")


def write_keyboards(message: ChatMessage) -> str:
    """Write the buttons down, a row a line: what they say, and what they do."""
    return "".join(
        f"{part + 1:02}: {' | '.join(f'[{button.text}] {button.data or button.url}' for button in row)}\n"
        for part, keyboard in message.keyboards.items()
        for row in keyboard
    )


@pytest.mark.parametrize("case", [*KEPT, *LETTERS])
def test_a_mail_is_as_kept(case: str, assert_golden: AssertGolden) -> None:
    rendered = mail(case)

    assert_golden(f"email/{case}/subject.txt", rendered.subject)
    assert_golden(f"email/{case}/body.txt", rendered.text)
    assert_golden(f"email/{case}/body.html", rendered.html)


@pytest.mark.parametrize("case", KEPT)
def test_chat_messages_are_as_kept(case: str, assert_golden: AssertGolden) -> None:
    message = chat(case)

    for number, part in enumerate(message.parts, start=1):
        assert_golden(f"chat/{case}/{number:02}.html", part)
    if message.keyboards:
        assert_golden(f"chat/{case}/buttons.txt", write_keyboards(message))
    assert len(list((GOLDEN / "chat" / case).iterdir())) == len(message.parts) + bool(message.keyboards)


def test_no_golden_file_is_left_without_its_case() -> None:
    for form, kept in (("email", {*KEPT, *LETTERS}), ("chat", set(KEPT))):
        assert {folder.name for folder in (GOLDEN / form).glob("*")} <= kept


@pytest.mark.parametrize("case", [*CASES, *ALERTS])
def test_rendering_twice_gives_the_same(case: str) -> None:
    assert mail(case) == mail(case)
    assert chat(case) == chat(case)
    assert SEPARATOR.join(chat(case).parts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", [*CASES, *ALERTS])
def test_in_every_language_telegram_takes_the_messages(case: str, language: str) -> None:
    with speaking(language):
        message = chat(case)

    for part in message.parts:
        text, _ = parse_html(part)
        assert 0 < count_units(text) <= 4096
    rows = [row for keyboard in message.keyboards.values() for row in keyboard]
    assert all(button.text and len(button.data.encode()) <= 64 for row in rows for button in row)
    if language != "en":
        assert message.parts != chat(case).parts
