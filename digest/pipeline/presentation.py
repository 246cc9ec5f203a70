"""Turns a delivery into a message: the same delivery always gives the same one. Renders; sends nothing."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import quote

from digest.model import Delivery, Message, MessageForm, Paper, PaperId
from digest.notifiers.identity import MailIdentity, find_identity
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
        view = self._view(delivery, papers)
        message_id = self._message_id(delivery)
        if form is MessageForm.CHAT:
            return render_chat(view, message_id=message_id)
        return render_mail(view, message_id=message_id, sent_at=delivery.created_at)

    def _view(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> DigestView:
        edition = delivery.edition
        entries = tuple((match, papers[match.paper_id]) for match in edition.entries if match.paper_id in papers)
        token = self._issue_token(delivery)
        return DigestView(
            title=self._settings.title,
            edition=edition.name,
            edition_on=date.fromisoformat(edition.name),
            entries=entries,
            more=edition.more,
            announced=edition.announced,
            reader_name=delivery.subscriber_name,
            timezone=delivery.timezone,
            language=delivery.language,
            kinds={match.paper_id: match.kinds for match in edition.entries},
            notes=edition.notes,
            unsubscribe_url=self._unsubscribe_url(token),
            unsubscribe_mailto=self._unsubscribe_mailto(token),
            public_url=self._settings.public_url,
            is_group=delivery.is_group,
        )

    def _message_id(self, delivery: Delivery) -> str:
        """Name the message after what it is, so that a second copy after a crash can be recognised."""
        return f"{delivery.kind}.{delivery.edition.name}.{delivery.edition.channel_id}@{self._identity.sender.domain}"

    def _issue_token(self, delivery: Delivery) -> str | None:
        if self._tokens is None:
            return None
        subject = TokenSubject(delivery.edition.channel_id, delivery.subscriber_id)
        return self._tokens.issue(Purpose.UNSUBSCRIBE, subject, delivery.created_at)

    def _unsubscribe_url(self, token: str | None) -> str | None:
        base = self._settings.public_url.rstrip("/")
        return f"{base}/unsubscribe/{token}" if base and token else None

    def _unsubscribe_mailto(self, token: str | None) -> str | None:
        """Give the mailbox that takes unsubscribe mails. A person can act on them by hand, so no token is fine too."""
        settings = self._settings
        address = settings.unsubscribe_address or (self._identity.sender.address if settings.smtp.sender else "")
        subject = f"unsubscribe {token}" if token else "unsubscribe"
        return f"mailto:{address}?subject={quote(subject)}" if address else None
