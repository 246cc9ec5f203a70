"""Turns a delivery or a letter into a message: the same one each time. Renders; sends nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from digest.errors import NotifierUnusable
from digest.languages import speaking
from digest.model import (
    FORETOLD,
    ChatMessage,
    Delivery,
    DeliveryKind,
    Letter,
    LetterKind,
    MailMessage,
    Message,
    MessageForm,
    Paper,
    PaperId,
    ReasonKind,
)
from digest.pipeline.stationery import Stationery
from digest.rendering.alert import AlertView
from digest.rendering.alert_chat import render_alert_chat
from digest.rendering.alert_mail import render_alert_mail
from digest.rendering.asking import AnswerLinks
from digest.rendering.chat import render_chat
from digest.rendering.digest import DigestView
from digest.rendering.email import render_mail
from digest.rendering.letter import render_letter
from digest.rendering.letter_words import LetterView
from digest.settings import Settings
from digest.storage.letters import ABOUT_A_REQUEST, Circumstances
from subscribers.tokens import LIFETIMES, Purpose, Tokens, TokenSubject
from subscribers.verp import CHANNEL, LETTER

ALERTS = "alerts"  # the part of the list that alerts belong to: List-Id `alerts.<list>`
# Without their button, these letters would say nothing.
_NEED_A_LINK = frozenset({LetterKind.CONFIRM, LetterKind.CONFIRM_ADDRESS, LetterKind.MANAGE})
# To leave is offered where somebody has begun to get our mail; the others answer what was asked at an address.
_OF_GROUPS = ("-", "@")  # with which a group's or channel's address in Telegram begins
_CAN_LEAVE = frozenset({LetterKind.WELCOME, LetterKind.PROBE})


class Presenter:
    """Knows the service's name and addresses, and signs the links. Without a key there are no links to sign."""

    def __init__(self, settings: Settings, tokens: Tokens | None) -> None:
        self._settings = settings
        self._stationery = Stationery(settings, tokens)

    def render(self, delivery: Delivery, papers: Mapping[PaperId, Paper], form: MessageForm) -> Message:
        """Render for mail or chat. A paper that has gone meanwhile is left out."""
        if delivery.kind is DeliveryKind.ALERT:
            message = self._render_alert(self._view_alert(delivery, papers), delivery, form)
        else:
            message = self._render_digest(self._view_digest(delivery, papers), delivery, form)
        return message if isinstance(message, ChatMessage) else self._address(message, delivery)

    def render_letter(self, letter: Letter, about: Circumstances) -> MailMessage:
        """Render a letter. Raises NotifierUnusable where it needs a link and we can make none."""
        view = self._view_letter(letter, about)
        if letter.kind in _NEED_A_LINK and view.button_url is None and not about.is_group:
            raise NotifierUnusable("Confirming needs a link: set DIGEST_PUBLIC_URL and DIGEST_SECRET_KEY")
        desk = self._stationery
        message_id = desk.name_message("letter", letter.kind, letter.id)
        return replace(
            render_letter(view, message_id=message_id, sent_at=letter.created_at),
            return_path=desk.return_path(LETTER, letter.id),
            feedback_id=desk.feedback_id(letter.kind, "letter", "email"),
        )

    def _render_digest(self, view: DigestView, delivery: Delivery, form: MessageForm) -> Message:
        if form is MessageForm.CHAT:
            with speaking(delivery.language):
                return render_chat(view, message_id=self._message_id(delivery), **_list_extras(delivery))
        return render_mail(view, message_id=self._message_id(delivery), sent_at=delivery.created_at)

    def _render_alert(self, view: AlertView, delivery: Delivery, form: MessageForm) -> Message:
        if form is MessageForm.CHAT:
            with speaking(delivery.language):
                return render_alert_chat(view, message_id=self._message_id(delivery), **_list_extras(delivery))
        return render_alert_mail(view, message_id=self._message_id(delivery), sent_at=delivery.created_at)

    def _address(self, mail: MailMessage, delivery: Delivery) -> MailMessage:
        """Say where bounces go and what complaints are counted by; without HTML if the reader wants none."""
        edition, desk = delivery.edition, self._stationery
        return replace(
            mail,
            html="" if delivery.is_plain else mail.html,
            return_path=desk.return_path(CHANNEL, edition.channel_id),
            list_prefix=ALERTS if delivery.kind is DeliveryKind.ALERT else "",
            feedback_id=desk.feedback_id(edition.name, delivery.kind, delivery.address.kind),
        )

    def _view_digest(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> DigestView:
        edition = delivery.edition
        return DigestView(
            **self._view(delivery, papers),
            edition_on=date.fromisoformat(edition.name[:10]),
            more=edition.more,
            announced=edition.announced,
            notes=edition.notes,
            corrections=edition.corrections,
        )

    def _view_alert(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> AlertView:
        token = self._issue(Purpose.STOP_ALERTS, delivery)
        leaving = {"unsubscribe_mailto": self._stationery.leave_mailto("stop-alerts", token)}
        shared = self._view(delivery, papers) | leaving
        return AlertView(**shared, thread=self._thread_id(delivery), stop_url=self._page("stop-alerts", token))

    def _view_letter(self, letter: Letter, about: Circumstances) -> LetterView:
        is_request = letter.kind in ABOUT_A_REQUEST
        pages = self._link_request(letter) if is_request else self._link_channel(letter, about)
        runs_out_at = about.runs_out_at
        lifetime = LIFETIMES[Purpose.CONFIRM]
        if runs_out_at and lifetime:
            runs_out_at = min(runs_out_at, letter.created_at + lifetime)
        return LetterView(
            **pages,
            kind=letter.kind,
            title=self._stationery.title,
            public_url=self._stationery.public_url,
            runs_out_at=runs_out_at,
            schedule=about.schedule,
            next_due_at=about.next_due_at,
            is_plain=about.is_plain,
            is_group=about.is_group,
        )

    def _link_request(self, letter: Letter) -> dict[str, str | None]:
        """Give the links of a letter about a request: there is no channel yet, so tokens name none."""
        desk, subject = self._stationery, TokenSubject(0, 0, (letter.about["request"],))
        confirm = desk.issue(Purpose.CONFIRM, subject, letter.created_at)
        cancel = desk.issue(Purpose.CANCEL, subject, letter.created_at)
        return {
            "button_url": desk.page("confirm", confirm),
            "leave_url": desk.page("cancel", cancel),
            "leave_mailto": desk.leave_mailto("cancel", cancel),
        }

    def _link_channel(self, letter: Letter, about: Circumstances) -> dict[str, str | None]:
        desk, subject = self._stationery, TokenSubject(about.channel_id, about.subscriber_id)
        links = {"button_url": self._link_button(letter, about)}
        if letter.kind not in _CAN_LEAVE:
            return links
        leave = desk.issue(Purpose.UNSUBSCRIBE, subject, letter.created_at)
        return links | {
            "leave_url": desk.page("unsubscribe", leave),
            "leave_mailto": desk.leave_mailto("unsubscribe", leave),
        }

    def _link_button(self, letter: Letter, about: Circumstances) -> str | None:
        """Give where the button leads: to the preferences, but for who may have lost their address to somebody."""
        if about.is_group:
            return None
        is_moving = letter.kind is LetterKind.MOVING
        number = letter.about.get("request", 0)
        subject = TokenSubject(about.channel_id, about.subscriber_id, (number,) * is_moving)
        purpose = Purpose.MOVE_BACK if is_moving else Purpose.MANAGE
        token = self._stationery.issue(purpose, subject, letter.created_at)
        return self._stationery.page("move-back" if is_moving else "manage", token)

    def _view(self, delivery: Delivery, papers: Mapping[PaperId, Paper]) -> dict[str, Any]:
        """Give what a digest and an alert have in common.

        Who reads a group's messages is not known, so nothing in them changes what it gets, but for leaving: in a chat
        the buttons ask for an administrator, by mail there is none.
        """
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
            "links": self._make_buttons(delivery) if delivery.is_group else self._make_links(delivery),
            "manage_url": None if delivery.is_group else self._page("manage", self._issue(Purpose.MANAGE, delivery)),
            "unsubscribe_url": self._page("unsubscribe", token),
            "unsubscribe_mailto": self._stationery.leave_mailto("unsubscribe", token),
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
        stops = {who: self._page("follow", token) for who, token in tokens.items()}
        profiles = {who: self._page("researchers", token and f"{who}?reader={token}") for who, token in tokens.items()}
        shown = [match.paper_id for match in delivery.edition.entries]
        feedback = {each: self._page("feedback", self._issue(Purpose.FEEDBACK, delivery, each)) for each in shown}
        return replace(
            self._make_buttons(delivery),
            answers={each: page for each, page in pages.items() if page},
            follows={who: page for who, page in stops.items() if page},
            pages={who: page for who, page in profiles.items() if page},
            feedback={each: page for each, page in feedback.items() if page},
        )

    def _make_buttons(self, delivery: Delivery) -> AnswerLinks:
        """Give what is left without any signed link: buttons, where a bot hears of taps on them.

        None rates papers that are only foretold. Nor in a group that one person has linked: what its members tap must
        not count as that person's taste.
        """
        telegram = self._settings.telegram
        is_linked = not delivery.is_group and delivery.address.value.startswith(_OF_GROUPS)
        return AnswerLinks(
            has_callbacks=bool(telegram.token.get_secret_value()) and telegram.listens,
            is_unrated=is_linked or delivery.id == FORETOLD,
        )

    def _message_id(self, delivery: Delivery) -> str:
        return self._stationery.name_message(delivery.kind, delivery.edition.name, delivery.edition.channel_id)

    def _thread_id(self, delivery: Delivery) -> str | None:
        """Name the thread of an alert after whom or what it is about first; a bundle has none."""
        entries = delivery.edition.entries
        reason = entries[0].reasons[0] if len(entries) == 1 and entries[0].reasons else None
        if reason is None or reason.target_id is None:
            return None
        about = f"{reason.kind}-{reason.target_id}"
        return self._stationery.name_message("thread", about, delivery.edition.channel_id)

    def _issue(self, purpose: Purpose, delivery: Delivery, *about: int) -> str | None:
        subject = TokenSubject(delivery.edition.channel_id, delivery.subscriber_id, about)
        return self._stationery.issue(purpose, subject, delivery.created_at)

    def _page(self, name: str, token: str | None) -> str | None:
        return self._stationery.page(name, token)


def _list_extras(delivery: Delivery) -> dict[str, Any]:
    """Give what a chat message has beside words, and how much of it was begun before."""
    return {
        "has_pictures": delivery.has_pictures,
        "has_previews": delivery.has_previews,
        "progress": delivery.progress,
    }
