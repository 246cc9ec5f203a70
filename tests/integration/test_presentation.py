"""What a delivery becomes: links signed for its reader and nobody else, and the fields that providers act on."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from digest.errors import ConfigurationError
from digest.model import (
    Address,
    ChannelId,
    Delivery,
    DeliveryKind,
    MailMessage,
    MessageForm,
    PaperId,
    Reason,
    ReasonKind,
    SubscriberId,
)
from digest.pipeline.presentation import Presenter
from digest.pipeline.stationery import write_sender_id
from digest.settings import BounceSettings, Settings, SmtpSettings
from subscribers.model import BadToken
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import read_return_path
from tests.factories import NOON, delivery, edition, match, paper

KEY = "k" * 40
TOKENS = Tokens([KEY])
SITE = "https://papers.example.org"
SETTINGS = Settings(
    secret_key=SecretStr(KEY), public_url=SITE, smtp=SmtpSettings(sender="Paper Digest <digest@lab.example.org>")
)
BOUNCES = BounceSettings(address="bounces@lab.example.org")
PAPERS = {PaperId(number): paper(f"2611.{number:05}", title=f"Paper {number}") for number in range(1, 6)}
PAGES = {
    "manage": Purpose.MANAGE,
    "unsubscribe": Purpose.UNSUBSCRIBE,
    "stop-alerts": Purpose.STOP_ALERTS,
    "is-it-them": Purpose.ANSWER,
    "follow": Purpose.FOLLOW,
    "feedback": Purpose.FEEDBACK,
}
_LINK = re.compile(rf"{SITE}/([a-z-]+)/([A-Za-z0-9_.-]{{40,}})|[?]reader=([A-Za-z0-9_.-]+)")


def follows(researcher: int) -> Reason:
    return Reason(kind=ReasonKind.FOLLOW, subject=f"Researcher {researcher}", target_id=researcher, position=1, of=2)


def digest(channel: int, *paper_ids: int, kind: DeliveryKind = DeliveryKind.DIGEST, **fields: Any) -> Delivery:
    """Give a delivery to a channel; its subscriber and the person it follows have numbers of their own."""
    entries = tuple(match(number, follows(channel * 7)) for number in paper_ids or (1,))
    name = "2026-11-20" if kind is DeliveryKind.DIGEST else f"new-{entries[0].paper_id}"
    return delivery(
        kind=kind,
        edition=replace(edition(1), channel_id=ChannelId(channel), entries=entries, name=name),
        subscriber_id=SubscriberId(channel + 1_000),
        address=Address("email", f"reader{channel}@example.org"),
        **fields,
    )


def render(sent: Delivery, options: Settings = SETTINGS) -> MailMessage:
    message = Presenter(options, TOKENS if options.secret_key.get_secret_value() else None).render(
        sent, PAPERS, MessageForm.MAIL
    )
    assert isinstance(message, MailMessage)
    return message


def whole(mail: MailMessage) -> str:
    return "\n".join((mail.text, mail.html, *mail.list_unsubscribe, mail.return_path, *mail.headers.values()))


def tokens_in(mail: MailMessage) -> dict[str, TokenSubject]:
    """Give every token of a mail, and for whom it is."""
    found: dict[str, TokenSubject] = {}
    for page, token, reader in _LINK.findall(whole(mail)):
        purpose = PAGES[page] if page else Purpose.FOLLOW
        found[token or reader] = TOKENS.read(purpose, token or reader, NOON)
    return found


# ── one reader's links ───────────────────────────────────────────────────────────────────────────────────────────────


@given(
    channels=st.lists(st.integers(1, 10**6), min_size=2, max_size=4, unique=True),
    paper_ids=st.lists(st.sampled_from(range(1, 6)), min_size=1, unique=True),
    kind=st.sampled_from(DeliveryKind),
)
@settings(max_examples=30, deadline=None)
def test_two_readers_share_no_token_and_no_reason(
    channels: list[int], paper_ids: list[int], kind: DeliveryKind
) -> None:
    mails = {channel: render(digest(channel, *paper_ids, kind=kind)) for channel in channels}

    seen: set[str] = set()
    for channel, mail in mails.items():
        tokens = tokens_in(mail)
        assert {(who.channel_id, who.subscriber_id) for who in tokens.values()} == {(channel, channel + 1_000)}
        assert not seen & set(tokens)
        seen |= set(tokens)
        others = {f"Researcher {other * 7}" for other in channels if other != channel}
        assert not others & set(re.findall(r"Researcher \d+", whole(mail)))


def test_a_mail_leads_to_every_page_it_should() -> None:
    pages = {page for page, _, _ in _LINK.findall(whole(render(digest(4, 1, 2))))} - {""}
    alert = {page for page, _, _ in _LINK.findall(whole(render(digest(4, kind=DeliveryKind.ALERT))))} - {""}

    assert {"manage", "unsubscribe"} <= pages
    assert "stop-alerts" not in pages
    assert {"manage", "unsubscribe", "stop-alerts", "follow"} <= alert


@pytest.mark.parametrize("kind", DeliveryKind)
def test_the_text_of_a_service_with_a_long_name_is_no_wider_than_a_terminal(kind: DeliveryKind) -> None:
    text = render(digest(4, kind=kind), SETTINGS.model_copy(update={"title": "Papers of many a department " * 4})).text

    assert [line for line in text.splitlines() if len(line) > 74 and "://" not in line] == []


def test_rendering_again_gives_the_same_links() -> None:
    assert render(digest(4, 1, 2)) == render(digest(4, 1, 2))


@pytest.mark.parametrize("kind", DeliveryKind)
@pytest.mark.parametrize("form", MessageForm)
def test_the_message_of_a_group_leads_to_no_page_that_changes_anything_but_for_leaving(
    kind: DeliveryKind, form: MessageForm
) -> None:
    sent = digest(4, 1, 2, kind=kind, is_group=True)
    message = Presenter(SETTINGS, TOKENS).render(sent, PAPERS, form)
    text = whole(message) if isinstance(message, MailMessage) else repr(message)
    pages = {page for page, _, reader in _LINK.findall(text) if page or reader}

    assert {"unsubscribe"} <= pages <= {"unsubscribe", "stop-alerts"}
    assert "Change what you get" not in text


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "page", "purpose"),
    [
        (DeliveryKind.DIGEST, "unsubscribe", Purpose.UNSUBSCRIBE),
        (DeliveryKind.ALERT, "stop-alerts", Purpose.STOP_ALERTS),
    ],
)
def test_one_click_leaves_what_the_mail_belongs_to(kind: DeliveryKind, page: str, purpose: Purpose) -> None:
    mail = render(digest(4, kind=kind))

    web, by_mail = mail.list_unsubscribe
    token = web.removeprefix(f"{SITE}/{page}/")
    assert mail.is_one_click
    assert by_mail == f"mailto:digest@lab.example.org?subject={page}%20{token}"
    assert TOKENS.read(purpose, token, NOON) == TokenSubject(4, 1_004)
    for other in set(Purpose) - {purpose}:
        with pytest.raises(BadToken):
            TOKENS.read(other, token, NOON)


@pytest.mark.parametrize(
    ("options", "mailbox"),
    [
        ({}, "digest@lab.example.org"),
        ({"bounces": BOUNCES}, "bounces@lab.example.org"),
        ({"bounces": BOUNCES, "unsubscribe_address": "leave@x.example.org"}, "leave@x.example.org"),
    ],
)
def test_mails_that_leave_go_to_the_nearest_mailbox_that_reads_them(options: dict[str, Any], mailbox: str) -> None:
    assert f"mailto:{mailbox}?" in render(digest(4), SETTINGS.model_copy(update=options)).list_unsubscribe[1]


def test_without_a_key_a_mail_can_still_be_left_by_hand() -> None:
    mail = render(digest(4), SETTINGS.model_copy(update={"secret_key": SecretStr("")}))

    assert mail.list_unsubscribe == ("mailto:digest@lab.example.org?subject=unsubscribe",)
    assert (mail.return_path, mail.is_one_click) == ("", False)
    assert SITE + "/" not in mail.text


# ── what providers act on ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bounce_says_which_channel_it_is_about() -> None:
    options = SETTINGS.model_copy(update={"bounces": BOUNCES})
    path = read_return_path([KEY], render(digest(4), options).return_path)

    assert path is not None
    assert (path.kind, path.number) == ("c", 4)
    assert render(digest(4)).return_path == ""


@pytest.mark.parametrize("address", ["bounces", "jürgen@c.org", "x" * 40 + "@c.org", "a@b.org\r\nBcc: c@d.org"])
def test_a_mailbox_of_bounces_that_cannot_work_is_a_fault_of_the_configuration(address: str) -> None:
    options = SETTINGS.model_copy(update={"bounces": BounceSettings(address=address)})

    with pytest.raises(ConfigurationError, match="DIGEST_BOUNCES__ADDRESS"):
        Presenter(options, TOKENS)


def test_complaints_are_counted_by_edition_and_kind_and_name_nobody() -> None:
    assert render(digest(4)).feedback_id == render(digest(5)).feedback_id == "2026-11-20:digest:email:dailypaperdiges"
    assert render(digest(4, kind=DeliveryKind.ALERT)).feedback_id == "new-1:alert:email:dailypaperdiges"


@pytest.mark.parametrize(
    ("title", "sender_id"),
    [
        ("Daily Paper Digest", "dailypaperdiges"),
        ("ML", "mllabexampleorg"),
        ("每日论文", "meirilunwen"),
        ("!", "labexampleorg"),
    ],
)
def test_a_sender_id_is_five_to_fifteen_letters(title: str, sender_id: str) -> None:
    assert write_sender_id(title, "lab.example.org") == sender_id
    assert write_sender_id("", "a.b") == "ab000"


def test_alerts_are_a_part_of_the_list_with_an_id_of_its_own() -> None:
    assert [render(digest(4, kind=kind)).list_prefix for kind in DeliveryKind] == ["", "alerts"]


def test_alerts_about_one_person_are_a_thread_and_each_has_an_id_of_its_own() -> None:
    one, two = (render(digest(4, number, kind=DeliveryKind.ALERT)) for number in (1, 2))

    assert one.headers["References"] == two.headers["References"] == "<thread.follow-28.4@lab.example.org>"
    assert (one.message_id, two.message_id) == ("alert.new-1.4@lab.example.org", "alert.new-2.4@lab.example.org")


@pytest.mark.parametrize("kind", DeliveryKind)
def test_a_reader_who_wants_no_html_gets_none_and_everything_else(kind: DeliveryKind) -> None:
    plain, full = render(digest(4, kind=kind, is_plain=True)), render(digest(4, kind=kind))

    assert plain.html == ""
    assert plain == replace(full, html="")


@pytest.mark.parametrize(("wanted", "named"), [("de-DE", "en"), ("en-GB", "en-GB"), ("EN", "EN"), ("", "en")])
def test_a_mail_names_the_language_its_words_are_in(wanted: str, named: str) -> None:
    mail = render(digest(4, language=wanted))

    assert mail.language == named
    assert f'<html lang="{named}"' in mail.html
