"""The telegram notifier, with the real library, against a Bot API server on loopback."""

import logging
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from digest.errors import AddressChanged, NotifierError, NotifierUnusable, NotYet
from digest.model import Address, Button, ChatMessage, MailMessage
from digest.notifiers.telegram import TelegramNotifier, make_notifier
from digest.settings import Settings, TelegramSettings
from tests.factories import NOON
from tests.servers import telegram as api
from tests.servers.telegram import TOKEN, Answer, BotApiServer, Entity, Tap
from tests.telegrams import make_swift_turns

pytestmark = pytest.mark.anyio

CHAT = Address("telegram", "4242")
HOSTILE = "<b>title</b> <img onerror=x> a < b & c"


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


def notifier(server: BotApiServer, **options: Any) -> TelegramNotifier:
    defaults = {"token": SecretStr(TOKEN), "base_url": server.base_url}
    settings = TelegramSettings(**(defaults | options))
    return TelegramNotifier(settings, timeout=timedelta(seconds=3), turns=make_swift_turns())


def chat(*parts: str, is_silent: bool = False) -> ChatMessage:
    return ChatMessage(message_id="1@lab.example.org", parts=parts or ("Hello",), is_silent=is_silent)


async def refusal(sender: TelegramNotifier, message: ChatMessage | None = None, to: Address = CHAT) -> NotifierError:
    async with sender:
        with pytest.raises(NotifierError) as refused:
            await sender.send(message or chat(), to)
    assert TOKEN not in "".join(traceback.format_exception(refused.value))
    return refused.value


# ── messages that arrive ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_parts_arrive_in_order_with_markup_and_without_previews(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        receipt = await sender.send(chat("<b>One</b> &amp; µ", '<a href="https://arxiv.org/abs/1">Two</a>'), CHAT)

    one, two = server.sent
    assert (one.text, one.entities) == ("One & µ", (Entity("bold", 0, 3),))
    assert (two.text, two.entities) == ("Two", (Entity("text_link", 0, 3, "https://arxiv.org/abs/1"),))
    assert (one.chat_id, one.thread_id, one.parse_mode) == ("4242", None, "HTML")
    assert not one.is_silent
    assert not one.has_preview
    assert receipt.detail == "message 1, 2"


async def test_a_silent_message_makes_no_sound(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(chat("a", "b", is_silent=True), CHAT)

    assert [sent.is_silent for sent in server.sent] == [True, True]


@pytest.mark.parametrize(
    ("address", "chat_id", "thread_id"),
    [
        ("-1001234567890/17", "-1001234567890", 17),
        ("@lab_papers/17", "@lab_papers", 17),
        ("@lab_papers", "@lab_papers", None),
        ("-1001234567890/1", "-1001234567890", None),
    ],
)
async def test_a_message_goes_to_the_chat_or_topic_it_is_addressed_to(
    address: str, chat_id: str, thread_id: int | None, server: BotApiServer
) -> None:
    async with notifier(server) as sender:
        await sender.send(chat(), Address("telegram", address))

    assert [(sent.chat_id, sent.thread_id) for sent in server.sent] == [(chat_id, thread_id)]


@pytest.mark.parametrize("address", ["", "Ada", "12a", "@a b", "1/2/3", "@x", "1/", "١٢٣٤", "1\n", "https://t.me/lab"])
async def test_what_is_no_chat_is_closed_without_asking(address: str, server: BotApiServer) -> None:
    error = await refusal(notifier(server), to=Address("telegram", address))

    assert error.permanent
    assert server.calls == []


async def test_a_part_with_faulty_markup_arrives_as_plain_text(server: BotApiServer) -> None:
    broken = f'<b>1.</b> <a href="https://arxiv.org/abs/1?a=1&amp;b=2">Sparse</a> {HOSTILE} <i>'
    async with notifier(server) as sender:
        await sender.send(chat("fine", broken), CHAT)

    assert [sent.parse_mode for sent in server.sent] == ["HTML", None]
    assert server.sent[1].text == "1. Sparse (https://arxiv.org/abs/1?a=1&b=2) title <img onerror=x> a < b & c "


async def test_a_faulty_part_too_long_with_its_links_arrives_without_them(server: BotApiServer) -> None:
    link = '<a href="https://example.org/1">x</a>'
    async with notifier(server) as sender:
        await sender.send(chat("<i>" + link * 150 + "y" * 3_000), CHAT)

    assert server.sent[0].text == "x" * 150 + "y" * 3_000


async def test_a_blank_part_is_left_out(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(chat("a", " \n", "b"), CHAT)

    assert [sent.text for sent in server.sent] == ["a", "b"]


async def test_half_a_character_does_not_stop_a_message(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(chat("a\ud800b"), CHAT)

    assert server.sent[0].text == "a?b"


async def test_a_notifier_can_be_entered_again(server: BotApiServer) -> None:
    sender = notifier(server)
    for _ in range(2):
        async with sender:
            await sender.send(chat(), CHAT)

    assert len(server.sent) == 2


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_buttons_stand_beneath_the_part_they_belong_to(server: BotApiServer) -> None:
    yes, no = Button("✔ 7. Peng Fu", data="is:y:12:4711"), Button("✖ 7. not them", data="is:n:12:4711")
    page = Button("✖ Not this person", url="https://digest.example.org/is-it-them/abc?answer=no")
    message = replace(chat("one", " ", "three"), keyboards={0: ((yes, no),), 2: ((page,),)})
    async with notifier(server) as sender:
        await sender.send(message, CHAT)

    one, three = server.sent
    assert one.keyboard == ((Tap(yes.text, data=yes.data), Tap(no.text, data=no.data)),)
    assert three.keyboard == ((Tap(page.text, url=page.url),),)


@pytest.mark.parametrize(
    "button",
    [
        Button("Yes", url="http://localhost:8000/is-it-them/abc?answer=yes"),
        Button("Yes", data="is:y:" + "1" * 60),
        Button("  ", data="is:y:1:2"),
        Button("Yes"),
    ],
)
async def test_a_message_whose_buttons_are_not_taken_comes_without_them(button: Button, server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(replace(chat("<b>words</b>"), keyboards={0: ((button,),)}), CHAT)

    (sent,) = server.sent
    assert (sent.text, sent.keyboard, sent.parse_mode) == ("words", (), "HTML")


async def test_a_message_with_too_many_buttons_comes_without_them(server: BotApiServer) -> None:
    rows = tuple((Button("✔", data=f"is:y:1:{number}"),) for number in range(101))
    async with notifier(server) as sender:
        await sender.send(replace(chat(), keyboards={0: rows}), CHAT)

    assert [sent.keyboard for sent in server.sent] == [()]


async def test_faulty_markup_and_faulty_buttons_still_leave_the_words(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(replace(chat("<b>words"), keyboards={0: ((Button("Yes"),),)}), CHAT)

    assert [sent.text for sent in server.sent] == ["words"]


# ── pictures and previews ────────────────────────────────────────────────────────────────────────────────────────────

PICTURES = tuple(f"https://cdn.example.org/{number}.png" for number in range(12))


async def test_one_picture_comes_with_its_words_and_buttons(server: BotApiServer) -> None:
    button = Button("More like this", data="ra:u:1")
    message = replace(chat("<b>words</b>", "more"), albums={0: PICTURES[:1]}, keyboards={0: ((button,),)})
    async with notifier(server) as sender:
        receipt = await sender.send(message, CHAT)

    first, second = server.sent
    assert (first.pictures, first.text, first.entities) == (PICTURES[:1], "words", (Entity("bold", 0, 5),))
    assert first.keyboard == ((Tap(button.text, data=button.data),),)
    assert (second.pictures, second.text) == ((), "more")
    assert receipt.detail == "message 1, 2"


async def test_several_pictures_are_one_album_and_every_number_is_in_the_receipt(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        receipt = await sender.send(replace(chat("<i>words</i>"), albums={0: PICTURES}), CHAT)

    (album,) = server.sent
    assert (album.pictures, album.text) == (PICTURES[:10], "words")
    assert receipt.detail == "message 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"


@pytest.mark.parametrize(
    "why",
    [
        "Bad Request: wrong file identifier/HTTP URL specified",
        "Bad Request: failed to get HTTP URL content",
        "Bad Request: wrong type of the web page content",
        "Bad Request: WEBPAGE_CURL_FAILED",
        "Bad Request: WEBPAGE_MEDIA_EMPTY",
        "Bad Request: PHOTO_INVALID_DIMENSIONS",
        "Bad Request: not enough rights to send photos to the chat",
    ],
)
@pytest.mark.parametrize("count", [1, 3])
async def test_words_whose_pictures_are_not_taken_come_without_them(why: str, count: int, server: BotApiServer) -> None:
    server.script.append(Answer(400, why))
    async with notifier(server) as sender:
        await sender.send(replace(chat("<b>words</b>"), albums={0: PICTURES[:count]}), CHAT)

    assert [(sent.text, sent.pictures) for sent in server.sent] == [("words", ())]


async def test_words_too_long_for_a_caption_come_without_pictures(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(replace(chat("x" * 1_025), albums={0: PICTURES[:2]}), CHAT)

    assert [(len(sent.text), sent.pictures) for sent in server.sent] == [(1_025, ())]


async def test_a_part_has_the_preview_it_asks_for_and_the_others_have_none(server: BotApiServer) -> None:
    async with notifier(server) as sender:
        await sender.send(replace(chat("a", "b"), previews={1: "https://arxiv.org/abs/2611.00001"}), CHAT)

    assert [(sent.has_preview, sent.preview) for sent in server.sent] == [
        (False, ""),
        (True, "https://arxiv.org/abs/2611.00001"),
    ]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answer", [api.BLOCKED, api.KICKED, api.DEACTIVATED, api.CHAT_NOT_FOUND, api.NO_RIGHTS])
async def test_a_closed_chat_closes_the_channel_with_the_reason(answer: Answer, server: BotApiServer) -> None:
    server.refusals["4242"] = answer

    error = await refusal(notifier(server))

    assert error.permanent
    assert answer.description.removeprefix("Bad Request: ").lower() in str(error).lower()


async def test_a_forbidden_by_something_on_the_way_closes_nothing(server: BotApiServer) -> None:
    server.script.append(Answer(403, body=b"<html>Blocked by the company's proxy</html>"))

    error = await refusal(notifier(server))

    assert (error.permanent, error.retry_after) == (False, None)


async def test_a_group_that_became_a_supergroup_has_a_new_address(server: BotApiServer) -> None:
    server.refusals["-4242"] = api.migrated(-1001234567890)
    message, old = chat("a", "b"), Address("telegram", "-4242")

    error = await refusal(notifier(server), message, old)
    assert isinstance(error, AddressChanged)
    async with notifier(server) as sender:
        await sender.send(message, Address("telegram", error.new_address))

    assert [sent.chat_id for sent in server.sent] == ["-1001234567890"] * 2


async def test_a_flood_pause_is_told_with_what_has_arrived(server: BotApiServer) -> None:
    server.script.extend([None, None, api.flood(35)])

    error = await refusal(notifier(server), chat("a", "b", "c", "d"))

    assert (error.retry_after, error.parts_sent, error.permanent) == (timedelta(seconds=35), 2, False)


@pytest.mark.parametrize(
    "answer", [api.BAD_GATEWAY, Answer(500, "Internal Server Error"), api.DROP, Answer(400, "Bad Request: oops")]
)
async def test_trouble_in_between_is_tried_again_from_the_part_that_failed(
    answer: Answer, server: BotApiServer
) -> None:
    server.script.extend([None, answer])

    error = await refusal(notifier(server), chat("a", "b", "c"))

    assert (error.permanent, error.retry_after, error.parts_sent) == (False, None, 1)
    assert not isinstance(error, NotifierUnusable)


@pytest.mark.parametrize(
    ("why", "seconds"),
    [
        ("Bad Request: SLOWMODE_WAIT_42", 42),
        ("Bad Request: a wait of 7 seconds is required before sending another message: SLOWMODE_WAIT_7", 7),
        ("Bad Request: slow mode is enabled", 60),
    ],
)
async def test_slow_mode_is_waited_for_and_closes_nothing(why: str, seconds: int, server: BotApiServer) -> None:
    server.script.append(Answer(400, why))

    error = await refusal(notifier(server))

    assert isinstance(error, NotYet)
    assert error.retry_after == timedelta(seconds=seconds)


async def test_a_missing_topic_may_come_back(server: BotApiServer) -> None:
    server.script.append(Answer(400, "Bad Request: message thread not found"))

    assert not (await refusal(notifier(server), to=Address("telegram", "-100123/17"))).permanent


async def test_no_answer_in_time_is_uncertain(server: BotApiServer) -> None:
    server.script.append(api.SILENCE)
    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)

    error = await refusal(TelegramNotifier(settings, timeout=timedelta(seconds=0.3)))

    assert "Uncertain" in str(error)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"ok": true}', b'{"ok": true, "result": []}', b"[]", b""])
async def test_a_yes_from_something_that_is_not_telegram_is_no_yes(body: bytes, server: BotApiServer) -> None:
    server.script.append(Answer(200, body=body))

    error = await refusal(notifier(server))

    assert (error.permanent, error.parts_sent) == (False, 0)


async def test_a_mail_is_not_sent_to_a_chat(server: BotApiServer) -> None:
    mail = MailMessage(message_id="1@x", subject="a", text="a", html="a", sent_at=NOON)
    with pytest.raises(NotifierError, match="not a chat message"):
        await notifier(server).send(mail, CHAT)


# ── the token ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", ["1:AAwrong-token_AAAAAAAAAAAAAAAAAAAAAAAA", "no token at all"])
async def test_a_wrong_token_is_one_clear_sentence(token: str, server: BotApiServer) -> None:
    error = await refusal(notifier(server, token=SecretStr(token)))

    assert isinstance(error, NotifierUnusable)
    assert "check DIGEST_TELEGRAM__TOKEN" in str(error)
    assert token not in "".join(traceback.format_exception(error))


async def test_the_token_is_in_no_log_at_any_level(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f'<a href="/bot{TOKEN}/sendMessage">not found</a>'.encode()
    server.script.extend([None, api.flood(1), api.BLOCKED, Answer(502, body=echo), Answer(200, body=echo), api.DROP])
    async with notifier(server) as sender:
        await sender.send(chat(), CHAT)
        for _ in range(5):
            with pytest.raises(NotifierError) as refused:
                await sender.send(chat(), CHAT)
            assert TOKEN not in "".join(traceback.format_exception(refused.value))

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR and record.exc_info]
    lines = [logging.Formatter().format(record) for record in caplog.records]
    assert any("/bot…/sendMessage" in line for line in lines), "the library did log the URL"
    assert not any(TOKEN in line or TOKEN.partition(":")[2] in line for line in lines)


async def test_the_token_is_in_no_log_when_nothing_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for base_url in (f"http://127.0.0.1:{port}/bot", "nonsense", "http://[broken/bot"):
        settings = TelegramSettings(token=SecretStr(TOKEN), base_url=base_url)
        error = await refusal(TelegramNotifier(settings, timeout=timedelta(seconds=1)))
        assert not isinstance(error, NotifierUnusable)

    assert TOKEN not in caplog.text


async def test_the_token_is_in_no_repr_and_filters_do_not_pile_up(server: BotApiServer) -> None:
    before = len(logging.getLogger("httpx").filters)
    notifiers = [notifier(server, token=SecretStr(TOKEN)) for _ in range(5)]

    assert not any(TOKEN in repr(sender) for sender in notifiers)
    assert len(logging.getLogger("httpx").filters) <= before + 1


def test_without_a_token_there_is_no_telegram() -> None:
    assert make_notifier(Settings()) is None
    assert isinstance(make_notifier(Settings(telegram=TelegramSettings(token=SecretStr("1:a")))), TelegramNotifier)


# ── the server itself ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<b>a", "Can't find end tag"),
        ("a</b>", "Unexpected end tag"),
        ("<b><i>a</b></i>", "Unmatched end tag"),
        ("<p>a</p>", 'Unsupported start tag "p"'),
        ("<br>", 'Unsupported start tag "br"'),
        ("a < b", "Unclosed start tag"),
        ("<a href>x</a>", "Expected equal sign"),
        ("<span>x</span>", "must have class"),
    ],
)
def test_the_server_refuses_the_markup_telegram_refuses(source: str, why: str) -> None:
    with pytest.raises(api.Refused, match=why):
        api.parse_html(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;b&gt; &amp; &quot; &#39; &#x1d538;", "<b> & \" ' 𝔸"),
        ("a & b &nbsp; &copy;", "a & b &nbsp; &copy;"),
        ("<B>x</B><tg-spoiler>y</tg-spoiler><code class='language-py'>z</code>", "xyz"),
        ("<blockquote expandable>q</blockquote>", "q"),
        ("a > b", "a > b"),
    ],
)
def test_the_server_takes_the_markup_telegram_takes(source: str, text: str) -> None:
    assert api.parse_html(source)[0] == text


@pytest.mark.parametrize(("text", "is_taken"), [("𝔸" * 2048, True), ("𝔸" * 2049, False), ("<b> </b>", False)])
def test_the_server_counts_as_telegram_counts(text: str, *, is_taken: bool) -> None:
    parameters = {"chat_id": "1", "text": text, "parse_mode": "HTML"}
    if is_taken:
        assert api.read_message(parameters, 1).text == text
    else:
        with pytest.raises(api.Refused):
            api.read_message(parameters, 1)
