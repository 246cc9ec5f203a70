"""Renders a notice to the operator as a mail or a chat message. Sends nothing."""

from typing import Final

from digest.model import ChatMessage, MailMessage, Message, MessageForm
from digest.model.watch import Notice
from digest.rendering.environment import chat_environment, mail_environment
from digest.rendering.telegram import measure
from digest.rendering.text import clean, shorten

MAX_SUBJECT: Final = 120
MAX_TITLE: Final = 80
_SHORTENINGS: Final = (4_000, 3_000, 1_500, 500)


def render_notice(notice: Notice, form: MessageForm, title: str) -> Message:
    """Render for mail or chat; the same notice always gives the same message."""
    message_id = f"notice.{notice.id}.{notice.created_at:%Y%m%dT%H%M%S}"
    subject, service = shorten(clean(notice.subject), MAX_SUBJECT), shorten(clean(title), MAX_TITLE)
    if form is MessageForm.CHAT:
        return ChatMessage(message_id=message_id, parts=(_render_chat(subject, notice.text),))
    values: dict[str, object] = {"subject": subject, "title": service, "paragraphs": _paragraphs(notice.text)}
    return MailMessage(
        message_id=message_id,
        subject=_render_mail("subject.txt", values).strip(),
        text=_render_mail("body.txt", values),
        html=_render_mail("body.html", values),
        sent_at=notice.created_at,
        is_bulk=False,
    )


def _render_mail(name: str, values: dict[str, object]) -> str:
    return mail_environment().get_template(f"email/notice/{name}").render(values)


def _render_chat(subject: str, text: str) -> str:
    """Render one message, with as much of the text as one message holds."""
    template = chat_environment().get_template("chat/notice/message.html")
    lines = "\n".join(clean(line) for line in text.splitlines())
    cuts = (lines if len(lines) <= limit else f"{lines[:limit]}…" for limit in _SHORTENINGS)
    messages = (template.render(subject=subject, text=cut).strip() for cut in cuts)
    return next(message for message in messages if measure(message).fits)


def _paragraphs(text: str) -> list[list[str]]:
    return [[clean(line) for line in block.splitlines()] for block in text.split("\n\n")]
