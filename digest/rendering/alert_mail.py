"""Renders an alert as mail: subject, text part and HTML part. Sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from digest.model import MailMessage
from digest.rendering.alert import Alert, AlertView, read_alert
from digest.rendering.blocks import HTML_LIMIT, count_bytes, fit_blocks, fit_subject
from digest.rendering.environment import mail_environment
from digest.rendering.footer import Footer, make_alert_footer
from digest.rendering.language import choose_language
from digest.rendering.text import shorten

PREHEADER_LIMIT: Final = 150
PREHEADER_PAPERS: Final = 4


@dataclass(frozen=True, slots=True)
class _Page:
    """An alert that fits: the HTML of its papers, and how many are left out."""

    blocks: tuple[Markup, ...]
    more: int


def render_alert_mail(view: AlertView, *, message_id: str, sent_at: datetime) -> MailMessage:
    """Render an alert as a mail whose HTML stays below Gmail's limit, whatever the papers hold."""
    environment = mail_environment()
    alert = read_alert(view)
    footer = make_alert_footer(view, alert.why_you)
    subject = _render_subject(environment, alert)
    page, html = _render_html(environment, view, footer, alert, subject)
    shown = {"alert": alert, "items": alert.items[: len(page.blocks)], "footer": footer, "more": page.more}
    return MailMessage(
        message_id=message_id,
        subject=subject,
        text=environment.get_template("email/alert/body.txt").render(shown),
        html=html,
        language=choose_language(view.language),
        sent_at=sent_at,
        list_unsubscribe=footer.leaving.values,
        is_one_click=footer.leaving.is_one_click,
        headers=_thread(view),
    )


def _render_html(
    environment: Environment, view: AlertView, footer: Footer, alert: Alert, subject: str
) -> tuple[_Page, str]:
    cards = [item.card for item in alert.items]
    values: dict[str, Any] = {
        "subject": subject,
        "preheader": _preheader(alert),
        "language": choose_language(view.language),
        "footer": footer,
        "alert": alert,
    }
    template = environment.get_template("email/alert/body.html")
    shell = template.render(values, page=_Page((), len(cards)))
    blocks, _ = fit_blocks(environment, cards, HTML_LIMIT - count_bytes(shell), is_alone=True)
    page = _Page(tuple(blocks), len(cards) - len(blocks))
    return page, template.render(values, page=page)


def _render_subject(environment: Environment, alert: Alert) -> str:
    template = environment.get_template("email/alert/subject.txt")
    title = alert.items[0].card.title if alert.items else "a paper that is gone"
    return fit_subject(lambda shown: template.render(before=alert.subject, paper=shown), title)


def _preheader(alert: Alert) -> str:
    """Give what an inbox shows after the subject: how the only paper begins, or the titles it does not name."""
    cards = [item.card for item in alert.items]
    if len(cards) == 1:
        return shorten(" · ".join(filter(None, (cards[0].news, cards[0].excerpt))), PREHEADER_LIMIT)
    return shorten(" · ".join(card.title for card in cards[1 : 1 + PREHEADER_PAPERS]), PREHEADER_LIMIT)


def _thread(view: AlertView) -> Mapping[str, str]:
    """Let mail programs put what comes about one researcher below one another (RFC 5322 3.6.4)."""
    return dict.fromkeys(("In-Reply-To", "References"), f"<{view.thread}>") if view.thread else {}
