"""Turns a delivery into a message: the same delivery always gives the same one. Renders; sends nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from digest.model import Delivery, DeliveryKind, Message, MessageForm, Paper, PaperId, ReasonKind
from digest.notifiers.identity import MailIdentity, find_identity
from digest.rendering.alert import AlertView
from digest.rendering.alert_chat import render_alert_chat
from digest.rendering.alert_mail import render_alert_mail
from digest.rendering.asking import AnswerLinks
from digest.rendering.chat import render_chat
from digest.rendering.digest import DigestView
from digest.rendering.email import render_mail
from digest.settings import Settings
from subscribers.tokens import Purpose, Tokens, TokenSubject


class Presenter:
    """Knows the service's name and addresses, and signs the links. Without a key there are no links to sign."""

    def __init__(self, settings: Settings, tokens: Tokens | None) -> None:
        self._settings = settings
        self._tokens = tokens
        self._identity: MailIdentity = find_identity(settings)

    def render(self, delivery: Delivery, papers: Mapping[PaperId, Paper], form: MessageForm) -> Message:
        """Render for mail or chat. A paper that has gone meanwhile is left out."""
        if delivery.kind is DeliveryKind.ALERT:
            return self._render_alert(self._view_alert(delivery, papers), delivery, form)
        view = self._view_digest(delivery, papers)
        if form is MessageForm.CHAT:
            return render_chat(view, message_id=self._message_id(delivery))
        return render_mail(view, message_id=self._message_id(delivery), sent_at=delivery.created_at)

    def _render_alert(self, view: AlertView, delivery: Delivery, form: MessageForm) -> Message:
        if form is MessageForm.CHAT:
            return render_alert_chat(view, message_id=self._message_id(delivery))
        return render_alert_mail(view, message_id=self._message_id(delivery), sent_at=delivery.created_at)

    def _view_digest(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> DigestView:
        edition = delivery.edition
        return DigestView(
            **self._view(delivery, papers),
            edition_on=date.fromisoformat(edition.name),
            more=edition.more,
            announced=edition.announced,
            notes=edition.notes,
            corrections=edition.corrections,
        )

    def _view_alert(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> AlertView:
        return AlertView(**self._view(delivery, papers), thread=self._thread_id(delivery))

    def _view(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> dict[str, Any]:
        """Give what a digest and an alert have in common."""
        edition = delivery.edition
        token = self._issue(Purpose.UNSUBSCRIBE, delivery)
        return {
            "title": self._settings.title,
            "edition": edition.name,
            "entries": tuple((match, papers[match.paper_id]) for match in edition.entries if match.paper_id in papers),
            "reader_name": delivery.subscriber_name,
            "timezone": delivery.timezone,
            "language": delivery.language,
            "kinds": {match.paper_id: match.kinds for match in edition.entries},
            "links": self._make_links(delivery),
            "unsubscribe_url": self._page("unsubscribe", token),
            "unsubscribe_mailto": self._unsubscribe_mailto(token),
            "public_url": self._settings.public_url,
            "is_group": delivery.is_group,
        }

    def _make_links(self, delivery: Delivery) -> AnswerLinks:
        """Give the pages where a reader answers for the people in a delivery, and where they stop following."""
        people = [
            (reason.target_id, match.paper_id)
            for match in delivery.edition.entries
            for reason in match.reasons
            if reason.kind is ReasonKind.FOLLOW and reason.target_id is not None
        ]
        tokens = {who: self._issue(Purpose.FOLLOW, delivery, who) for who in dict.fromkeys(who for who, _ in people)}
        pages = {each: self._page("is-it-them", self._issue(Purpose.ANSWER, delivery, *each)) for each in people}
        is_alert = delivery.kind is DeliveryKind.ALERT
        stops = {who: self._page("follow", token) for who, token in tokens.items() if is_alert}
        profiles = {who: self._page("researchers", token and f"{who}?reader={token}") for who, token in tokens.items()}
        telegram = self._settings.telegram
        return AnswerLinks(
            answers={each: page for each, page in pages.items() if page},
            follows={who: page for who, page in stops.items() if page},
            pages={who: page for who, page in profiles.items() if page},
            has_callbacks=bool(telegram.token.get_secret_value()) and telegram.listens,
        )

    def _message_id(self, delivery: Delivery) -> str:
        """Name the message after what it is, so that a second copy after a crash can be recognised."""
        return f"{delivery.kind}.{delivery.edition.name}.{delivery.edition.channel_id}@{self._identity.sender.domain}"

    def _thread_id(self, delivery: Delivery) -> str | None:
        """Name the thread of an alert after whom or what it is about first; a bundle has none."""
        entries = delivery.edition.entries
        reason = entries[0].reasons[0] if len(entries) == 1 and entries[0].reasons else None
        if reason is None or reason.target_id is None:
            return None
        about = f"{reason.kind}-{reason.target_id}"
        return f"thread.{about}.{delivery.edition.channel_id}@{self._identity.sender.domain}"

    def _issue(self, purpose: Purpose, delivery: Delivery, *about: int) -> str | None:
        if self._tokens is None:
            return None
        subject = TokenSubject(delivery.edition.channel_id, delivery.subscriber_id, about)
        return self._tokens.issue(purpose, subject, delivery.created_at)

    def _page(self, name: str, token: str | None) -> str | None:
        base = self._settings.public_url.rstrip("/")
        return f"{base}/{name}/{token}" if base and token else None

    def _unsubscribe_mailto(self, token: str | None) -> str | None:
        """Give the mailbox that takes unsubscribe mails. A person can act on them by hand, so no token is fine too."""
        settings = self._settings
        address = settings.unsubscribe_address or (self._identity.sender.address if settings.smtp.sender else "")
        subject = f"unsubscribe {token}" if token else "unsubscribe"
        return f"mailto:{address}?subject={quote(subject)}" if address else None
