"""What buttons say to the bot, how they look once answered, and what the bot makes of what Telegram tells it."""

import html
from datetime import timedelta
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from digest.bot import wording
from digest.bot.connection import PollingRequest
from digest.bot.incoming import Chat, Incoming, Said, Tapped, read_update
from digest.bot.keyboards import Stand, follow_keyboard, list_asked, redraw
from digest.bot.polling import ANOTHER, WEBHOOK, Pace, judge_poll
from digest.bot.taps import (
    AnswerTap,
    Command,
    FollowTap,
    Tap,
    parse_command,
    parse_follow,
    parse_link,
    parse_tap,
    write_tap,
)
from digest.model import Button, Keyboard, PaperId, ResearcherId, Standing
from digest.rendering.asking import Ask, question_keyboard, refusal_keyboard

TOKEN = "123456789:AAtest-TOKEN_that-nobody-may-ever-see1"
FU, BO = (ResearcherId(12), PaperId(4711)), (ResearcherId(13), PaperId(4712))
PEOPLE = st.integers(1, 2**31 - 1).map(ResearcherId)
TAPS: st.SearchStrategy[Tap] = st.one_of(
    st.builds(AnswerTap, PEOPLE, PEOPLE.map(PaperId), st.booleans()),
    st.builds(AnswerTap, PEOPLE, PEOPLE.map(PaperId), st.none(), st.booleans()),
    st.builds(FollowTap, PEOPLE, st.booleans()),
)


def ask(name: str, researcher_id: int, paper_id: int) -> Ask:
    about = f"{researcher_id}:{paper_id}"
    return Ask(name=name, researcher_id=researcher_id, is_sure=False, yes_data=f"is:y:{about}", no_data=f"is:n:{about}")


ONE = question_keyboard([(7, ask("Peng Fu", *FU))])
TWO = question_keyboard([(7, ask("Peng Fu", *FU)), (9, ask("Bo Li", *BO))])
ALERT = refusal_keyboard([(None, ask("Peng Fu", *FU))])


def labels(keyboard: Keyboard) -> list[list[str]]:
    return [[button.text for button in row] for row in keyboard]


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(TAPS)
def test_every_tap_fits_a_button_and_is_read_as_it_was_written(tap: Tap) -> None:
    data = write_tap(tap)

    assert parse_tap(data) == tap
    assert len(data.encode()) <= 64


@given(st.text() | st.from_regex(r"(is|fo):[ynb]:\d*(:\d*)?(:n)?", fullmatch=True))
def test_any_text_is_a_tap_or_nothing(text: str) -> None:
    tap = parse_tap(text)

    assert tap is None or write_tap(tap) == text


@pytest.mark.parametrize(
    "data",
    [
        *(
            "",
            "is",
            "is:y:12",
            "is:y:0:1",
            "is:y:01:1",
            "is:y:1:99999999999",
            "is:y:2147483648:1",
            "is:y:-1:1",
            "is:x:1:1",
        ),
        *("is:y:1:1:n", "is:b:1:1:y", "is:y:1:1\n", " is:y:1:1", "is:y:١:1", "IS:Y:1:1", "fo:b:1", "fo:y:", "fo:y:1:1"),
    ],
)
def test_what_no_button_of_ours_says_is_nothing(data: str) -> None:
    assert parse_tap(data) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", Command("start")),
        ("/start follow_12", Command("start", "", "follow_12")),
        ("/START@Digest_Bot  follow_12 ", Command("start", "digest_bot", "follow_12")),
        ("/help\nme", Command("help", "", "me")),
        ("/", None),
        ("//start", None),
        ("start", None),
        ("/start, please", None),
        ("", None),
    ],
)
def test_a_command_is_read_with_the_bot_it_names_and_its_rest(text: str, command: Command | None) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("rest", "researcher"),
    [
        ("follow_12", 12),
        ("follow_", None),
        ("follow_0", None),
        ("follow_9999999999", None),
        ("follow_1 2", None),
        ("12", None),
    ],
)
def test_a_link_names_whom_to_follow_or_nobody(rest: str, researcher: int | None) -> None:
    assert parse_follow(rest) == researcher


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("link_ABCD2345", "ABCD2345"),
        ("LINK_abcd2345 ", "ABCD2345"),
        ("link_", ""),
        ("link_a b", "A B"),
        ("follow_12", None),
        ("link", None),
        ("", None),
    ],
)
def test_a_link_brings_a_code_right_or_wrong_or_none(rest: str, code: str | None) -> None:
    assert parse_link(rest) == code


# ── keyboards ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("keyboard", "answer", "said"),
    [
        (ONE, True, "✔ you said: Peng Fu · undo"),
        (ONE, False, "✖ you said: not Peng Fu · undo"),
        (ALERT, False, "✖ you said: not Peng Fu · undo"),
        (TWO, True, "✔ 7. you said: Peng Fu · undo"),
    ],
)
def test_an_answered_question_is_one_button_and_undoing_brings_its_buttons_back(
    keyboard: Keyboard, said: str, *, answer: bool
) -> None:
    answered = redraw(keyboard, {FU: Stand("Peng Fu", answer)})

    assert labels(answered)[0] == [said]
    assert answered[1:] == keyboard[1:]
    back = parse_tap(answered[0][0].data)
    assert isinstance(back, AnswerTap)
    assert (back.researcher_id, back.paper_id, back.answer) == (*FU, None)
    assert redraw(answered, {FU: Stand("Peng Fu", None)}) == keyboard


def test_what_is_shown_comes_from_what_is_stored_whatever_the_old_buttons_were() -> None:
    both = {FU: Stand("Peng Fu", True), BO: Stand("Bo Li", False)}

    assert labels(redraw(TWO, both)) == [["✔ 7. you said: Peng Fu · undo"], ["✖ 9. you said: not Bo Li · undo"]]
    assert redraw(redraw(TWO, both), both) == redraw(TWO, both)


def test_rows_that_ask_nothing_and_questions_that_are_gone_stay_as_they_are() -> None:
    keyboard = ((Button("Open", url="https://example.org/"),), *TWO, (), (Button("x", data="is:z"),))

    assert redraw(keyboard, {}) == keyboard
    assert list_asked(keyboard) == (FU, BO)


def test_hostile_names_stay_short_and_on_one_line() -> None:
    (((button,),)) = redraw(ONE, {FU: Stand("<b>\u202e" + "Fu\n" * 500, True)})

    assert len(button.text) < 80
    assert button.text.isprintable()


def test_following_can_be_undone_and_done_again() -> None:
    (((undo,),)) = follow_keyboard(FU[0], is_followed=True)
    (((again,),)) = follow_keyboard(FU[0], is_followed=False)

    assert (parse_tap(undo.data), parse_tap(again.data)) == (FollowTap(FU[0], False), FollowTap(FU[0], True))


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.text(max_size=400),
    st.text(max_size=400),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, *Standing]),
)
def test_every_notice_is_within_what_telegram_takes(
    name: str, turned_to: str, answer: bool | None, settled: Standing | None
) -> None:
    notice = wording.say_answered(name, answer=answer, settled=settled, turned_to=turned_to)

    assert 0 < len(notice) <= wording.LONGEST_NOTICE


def test_every_fixed_notice_is_within_what_telegram_takes() -> None:
    fixed = [value for name, value in vars(wording).items() if name.isupper() and isinstance(value, str)]

    assert max(map(len, fixed)) <= wording.LONGEST_NOTICE


def test_names_and_titles_are_escaped_and_cannot_be_tapped() -> None:
    hostile = "<i>/go</i> & @ada cs.AI"
    for text in (
        wording.say_followed(hostile, is_followed=True),
        wording.describe_stranger(hostile, "-100123/17", is_group=True),
    ):
        assert "<i>" not in text
        assert "@ada" not in html.unescape(text)
        assert "cs.AI" not in text


def test_a_stranger_is_told_the_command_that_adds_the_chat() -> None:
    assert "digest subscribe --telegram 42</code>" in wording.describe_stranger("x", "42", is_group=False)


# ── what Telegram tells ──────────────────────────────────────────────────────────────────────────────────────────────


def update(**fields: Any) -> Update:
    return Update.de_json({"update_id": 1, **fields})


def message(chat: dict[str, Any], text: str = "/help", user: int = 7, **fields: Any) -> Incoming | None:
    person = {"id": user, "is_bot": False, "first_name": "Ada"}
    said = {"message_id": 5, "date": 1_790_000_000, "chat": chat, "text": text, "from": person} | fields
    return read_update(update(message=said))


GROUP = {"id": -1001, "type": "supergroup", "title": "Lab", "username": "Lab_Papers"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada", "username": "ada_l"}


@pytest.mark.parametrize(
    ("chat", "addresses"),
    [
        (Chat(id=7, is_private=True), ("7",)),
        (Chat(id=7, is_private=True, topic=3), ("7/3", "7")),
        (Chat(id=-1, is_private=False), ("-1", "-1/1")),
        (Chat(id=-1, is_private=False, name="lab", topic=17), ("-1/17", "@lab/17")),
        (Chat(id=-1, is_private=False, name="lab"), ("-1", "@lab", "-1/1", "@lab/1")),
    ],
)
def test_a_chat_has_the_addresses_that_lead_exactly_there(chat: Chat, addresses: tuple[str, ...]) -> None:
    assert chat.addresses == addresses


def test_a_message_is_read_with_its_chat_and_topic() -> None:
    said = message(GROUP, is_topic_message=True, message_thread_id=17)
    reply = message(GROUP, message_thread_id=17)  # a thread of replies, in a group without topics

    assert isinstance(said, Said)
    assert said.chat == Chat(id=-1001, is_private=False, name="lab_papers", topic=17)
    assert isinstance(reply, Said)
    assert reply.chat.topic is None
    private = message(PRIVATE, "hello")
    assert isinstance(private, Said)
    assert private.chat == Chat(id=7, is_private=True)


def test_who_speaks_as_the_chat_is_nobody_in_particular() -> None:
    said = message(GROUP, user=1087968824, sender_chat=GROUP)

    assert isinstance(said, Said)
    assert said.user_id is None


def test_what_is_said_among_others_is_none_of_our_business() -> None:
    bot = {"id": 8, "is_bot": True, "first_name": "Bot"}
    other = {"id": -1002, "type": "channel", "title": "Other"}

    assert message(GROUP, "good morning") is None
    assert read_update(update(message={"message_id": 5, "date": 0, "chat": PRIVATE, "text": "x", "from": bot})) is None
    assert message(GROUP, sender_chat=other) is None  # a member who writes as a channel of theirs is no administrator
    assert message(PRIVATE, text="", pinned_message={"message_id": 3, "date": 0, "chat": PRIVATE}) is None
    assert read_update(update()) is None


def test_a_tap_on_a_message_that_is_no_longer_shown_counts_only_where_its_reader_is_certain() -> None:
    query = {
        "id": "q",
        "from": {"id": 7, "is_bot": False, "first_name": "Ada"},
        "data": "is:y:1:2",
        "chat_instance": "c",
    }
    taps = [
        read_update(update(callback_query=query | {"message": {"chat": chat, "message_id": 3, "date": 0}}))
        for chat in (PRIVATE, GROUP)
    ]

    assert [isinstance(tap, Tapped) and tap.chat and tap.chat.id for tap in taps] == [7, None]
    assert read_update(update(callback_query=query | {"inline_message_id": "i"})) is not None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"3", b'{"ok": true}', b'{"ok": true, "result": {}}'])
def test_what_is_no_answer_of_the_bot_api_is_refused(body: bytes) -> None:
    with pytest.raises(TelegramError):
        PollingRequest.parse_json_payload(body)


def test_an_update_that_cannot_be_read_becomes_an_empty_one_and_is_logged_without_its_words() -> None:
    body = b'{"ok": true, "result": [{"update_id": 1, "message": {"text": "x"}}, {"message": {}}, 3, {"update_id": 2}]}'

    with structlog.testing.capture_logs() as logged:
        assert PollingRequest.parse_json_payload(body)["result"] == [{"update_id": 1}, {"update_id": 2}]
    ((event, update_id, words),) = ((each["event"], each["update"], set(each)) for each in logged)
    assert (event, update_id, words) == ("bot_crashed", 1, {"event", "update", "error", "place", "log_level"})


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "failures", "kind", "pause"),
    [
        (Conflict("Conflict: terminated by other getUpdates request"), 0, "conflict", 30),
        (Conflict("Conflict: can't use getUpdates method while webhook is active"), 0, "webhook", 30),
        (InvalidToken("Unauthorized"), 0, "token", None),
        (InvalidToken("Not Found"), 5, "token", None),
        (InvalidToken("Not Found (404). Parsing the server response b'<html>' failed"), 0, "network", 1),
        (NetworkError("Bad Gateway"), 0, "network", 1),
        (TimedOut(), 3, "network", 8),
        (BadRequest("Bad Request: oops"), 2, "network", 4),
        (TelegramError("odd"), 1000, "network", 60),
    ],
)
def test_a_refusal_says_how_long_to_wait(error: TelegramError, failures: int, kind: str, pause: float | None) -> None:
    trouble = judge_poll(error, failures, Pace(), TOKEN)

    assert trouble.kind == kind
    assert trouble.pause == (None if pause is None else timedelta(seconds=pause))


def test_a_flood_is_waited_out_for_as_long_as_telegram_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # as the bot does: else the library warns

    assert judge_poll(RetryAfter(17), 0, Pace(), TOKEN).pause == timedelta(seconds=17)


def test_a_refusal_says_what_to_do_and_never_the_token_or_what_somebody_wrote() -> None:
    odd = NetworkError(f"bot{TOKEN} went. Parsing the server response b'dear diary' failed")

    assert "DIGEST_TELEGRAM__LISTENS=false" in ANOTHER
    assert "deleteWebhook" in WEBHOOK
    fault = judge_poll(odd, 0, Pace(), TOKEN).fault
    assert TOKEN not in fault
    assert "diary" not in fault
