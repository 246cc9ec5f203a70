"""Questions to the reader, alerts and corrections, in mail and chat."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Button, ChatMessage, MailMessage
from digest.rendering.alert import AlertView
from digest.rendering.alert_chat import render_alert_chat
from digest.rendering.alert_mail import render_alert_mail
from digest.rendering.asking import MOST_QUESTIONS
from digest.rendering.chat import render_chat
from digest.rendering.digest import DigestView
from digest.rendering.email import render_mail
from tests.golden.alerts import ALERTS, ONE, alert
from tests.golden.cases import (
    OTHER_POSSIBLE,
    POSSIBLE,
    POSSIBLE_TOO,
    SURE,
    SURVEY,
    Entry,
    answer_links,
    entry,
    follow,
    view,
)
from tests.golden.checks import Outline, check_chat_html, check_mail_html
from tests.servers.telegram import read_keyboard

SENT_AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
HOSTILE_TEXT = st.text(max_size=400) | st.text("<>\"&'/={}$\\_^`~-@.#\n\u202e\u2028😀שa ", max_size=400)


def mail(shown: DigestView | AlertView) -> MailMessage:
    render: Any = render_alert_mail if isinstance(shown, AlertView) else render_mail
    rendered: MailMessage = render(shown, message_id="1@example.org", sent_at=SENT_AT)
    return rendered


def chat(shown: DigestView | AlertView) -> ChatMessage:
    render: Any = render_alert_chat if isinstance(shown, AlertView) else render_chat
    rendered: ChatMessage = render(shown, message_id="1@example.org")
    return rendered


def digest(*entries: Entry, **fields: Any) -> DigestView:
    return view(*entries, links=answer_links(*entries, **fields))


def buttons(message: ChatMessage) -> list[Button]:
    return [button for keyboard in message.keyboards.values() for row in keyboard for button in row]


def questions(message: ChatMessage) -> list[list[Button]]:
    """Give the rows that ask whether it is them."""
    rows = [list(row) for keyboard in message.keyboards.values() for row in keyboard]
    return [row for row in rows if not row[0].data or row[0].data.startswith("is:")]


def check_keyboards(message: ChatMessage) -> None:
    """Hold the buttons against what Telegram takes."""
    for part, keyboard in message.keyboards.items():
        assert 0 <= part < len(message.parts)
        assert sum(map(len, keyboard)) <= 100
        assert all(1 <= len(row) <= 8 for row in keyboard)
    for button in buttons(message):
        assert button.text.strip()
        assert bool(button.data) is not bool(button.url)
        assert len(button.data.encode()) <= 64


@pytest.mark.parametrize("case", ALERTS)
def test_every_alert_is_a_mail_and_a_chat_message(case: str) -> None:
    rendered, message = mail(ALERTS[case]()), chat(ALERTS[case]())

    check_mail_html(rendered.html)
    assert len(rendered.subject) <= 78
    assert max(map(len, rendered.text.splitlines())) <= 998
    check_keyboards(message)
    for part in message.parts:
        check_chat_html(part)


@given(title=HOSTILE_TEXT, name=HOSTILE_TEXT, said=HOSTILE_TEXT)
@settings(max_examples=60, deadline=None)
def test_no_text_becomes_markup_in_an_alert(title: str, name: str, said: str) -> None:
    told = entry(1, follow(name, 1, 1, target=5), title=title, abstract=said, authors=(name,), organization=said)
    shown = alert(told, reader_name=name, title=said)
    rendered, message = mail(shown), chat(shown)

    check_mail_html(rendered.html)
    assert len(rendered.subject) <= 78
    assert not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", rendered.subject)
    assert "=?" not in rendered.subject
    check_keyboards(message)
    for part in message.parts:
        check_chat_html(part)


@given(sentences=st.lists(HOSTILE_TEXT, min_size=1, max_size=14))
@settings(max_examples=40, deadline=None)
def test_no_text_becomes_markup_in_a_correction(sentences: list[str]) -> None:
    shown = view(SURVEY, corrections=tuple(f"1 earlier paper: “{each}”." for each in sentences))

    check_mail_html(mail(shown).html)
    for part in chat(shown).parts:
        check_chat_html(part)


@pytest.mark.parametrize(
    ("case", "subject"),
    [
        ("alert_one", "Furu Wei: Mixture of Experts Without a Router, Explained by Its Gradients"),
        ("alert_five", "5 people you follow: Five Labs, One Benchmark"),
        ("alert_revised", "New version of Sparse Experts Learn Fast, Part Two"),
        ("alert_published", "Published: Attention Is Not Enough"),
        ("alert_place", "MPI-IS: Walking Robots That Fall Well"),
        ("alert_bundle", "3 more papers: Mixture of Experts Without a Router, Explained by Its Gradients"),
    ],
)
def test_the_subject_says_who_or_what(case: str, subject: str) -> None:
    assert mail(ALERTS[case]()).subject == subject


def test_two_people_are_both_named_in_the_subject() -> None:
    told = entry(1, follow("Furu Wei", 1, 2), follow("Li Dong", 2, 2), title="T", authors=("Furu Wei", "Li Dong"))

    assert mail(alert(told)).subject == "Furu Wei and Li Dong: T"


def test_everybody_followed_is_marked_and_has_a_line() -> None:
    rendered, message = mail(ALERTS["alert_five"]()), chat(ALERTS["alert_five"]())

    for name in ("Furu Wei", "Li Dong", "Shaohan Huang", "Ada Lovelace", "Grace Hopper"):
        assert re.search(rf'<b class="followed"[^>]*><bdi>{name}</bdi></b>', rendered.html)
        assert f"*{name}*" in rendered.text.replace("\n", " ")
        assert f"<b>{name}</b>" in message.parts[0]
        assert f"<i>{name}, " in message.parts[0]


def test_one_of_three_thousand_authors_is_visible_and_marked() -> None:
    shown = ALERTS["alert_crowd"]()

    assert 'class="followed"' in mail(shown).html
    assert "*Member 2718 of the Collaboration*" in mail(shown).text
    assert "<b>Member 2718 of the Collaboration</b>" in chat(shown).parts[0]


def test_alerts_about_one_researcher_are_one_thread() -> None:
    thread = "<thread.follow-11.1@example.org>"

    assert mail(alert(ONE, thread=thread[1:-1])).headers == {"In-Reply-To": thread, "References": thread}
    assert mail(alert(ONE)).headers == {}


def test_questions_are_links_in_a_mail_and_buttons_in_a_chat() -> None:
    shown = digest(SURE, POSSIBLE, has_callbacks=True)
    rendered, message = mail(shown), chat(shown)

    hrefs = list(Outline(rendered.html).attributes("href"))
    assert [href.partition("?answer=")[2] for href in hrefs if "/is-it-them/" in href] == ["no", "yes", "no"]
    assert "Yes, that’s them: https://digest.example.org/is-it-them/" in rendered.text
    assert questions(message) == [
        [Button("✔ Yes, that’s them", data="is:y:12:11.9849"), Button("✖ Not this person", data="is:n:12:11.9849")]
    ]


def test_without_a_bot_buttons_lead_to_the_pages() -> None:
    assert [button.url.partition("?")[2] for button in buttons(chat(digest(POSSIBLE)))] == ["answer=yes", "answer=no"]


def test_without_a_bot_and_pages_nothing_is_asked() -> None:
    shown = view(SURE, POSSIBLE)

    assert chat(shown).keyboards == {}
    for word in ("is-it-them", "Not this", "Yes, that"):
        assert word not in mail(shown).html + mail(shown).text


def test_with_a_bot_and_no_pages_a_mail_asks_nothing() -> None:
    shown = view(SURE, POSSIBLE, links=answer_links(has_callbacks=True))

    assert [len(row) for row in questions(chat(shown))] == [2]
    assert "Not this" not in mail(shown).html + mail(shown).text


def test_buttons_carry_the_numbers_of_their_papers() -> None:
    message = chat(digest(SURE, POSSIBLE, POSSIBLE_TOO, OTHER_POSSIBLE, has_callbacks=True))

    assert [[button.text for button in row] for row in questions(message)] == [
        ["✔ 2. Peng Fu", "✖ 2. not them"],
        ["✔ 3. Peng Fu", "✖ 3. not them"],
        ["✔ 4. Ada Lovelace", "✖ 4. not them"],
        ["✔ 4. Peng Fu", "✖ 4. not them"],
    ]


def test_buttons_stand_under_the_part_that_holds_their_paper() -> None:
    long = "Words of some length. " * 40
    entries = [
        entry(number, follow("Peng Fu", 2, 2, "same name", target=12), abstract=long) for number in range(1, 101)
    ]
    message = chat(digest(*entries, has_callbacks=True))

    check_keyboards(message)
    for part, keyboard in message.keyboards.items():
        shown = {int(number) for number in re.findall(r"^(\d+)\. <b>", message.parts[part], flags=re.MULTILINE)}
        asked = [
            int(row[0].data.rpartition(":")[2].partition(".")[0]) for row in keyboard if row[0].data.startswith("is:")
        ]
        rated = {int(button.text) for row in keyboard for button in row if button.data.startswith("pa:")}
        assert len(asked) <= MOST_QUESTIONS
        assert {*asked, *rated} <= shown


def test_telegram_takes_the_buttons() -> None:
    for name, make in ALERTS.items():
        for keyboard in chat(make()).keyboards.values():
            rows = [[{"text": button.text, "callback_data": button.data} for button in row] for row in keyboard]
            assert read_keyboard(f'{{"inline_keyboard": {rows}}}'.replace("'", '"')), name


def test_a_section_of_one_name_is_called_by_it() -> None:
    assert "Possibly Peng Fu" in mail(digest(POSSIBLE, POSSIBLE_TOO)).html
    assert "Possibly people you follow" in mail(digest(POSSIBLE, OTHER_POSSIBLE)).html


def test_corrections_stand_before_all_papers() -> None:
    shown = view(SURVEY, corrections=("3 earlier papers of yours moved to another Peng Fu: “A”.",))

    for text in (mail(shown).html, mail(shown).text, chat(shown).parts[0]):
        assert 0 < text.lower().index("correction") < text.index("moved to another Peng Fu") < text.rindex("Retrieval")


def test_a_digest_of_corrections_alone_says_so() -> None:
    shown = view(corrections=("1 earlier paper sent to you as Peng Fu’s is not theirs: “A”.",))

    assert mail(shown).subject == "A correction to earlier digests"
    assert "is not theirs" in mail(shown).html


def test_a_long_bundle_stays_below_the_limits() -> None:
    entries = [
        entry(number, follow("Furu Wei", 1, 1, target=11), authors=("Furu Wei",), abstract="Word. " * 300)
        for number in range(1, 181)
    ]
    shown = alert(*entries)

    check_mail_html(mail(shown).html)
    assert len(chat(shown).parts) <= 12
    check_keyboards(chat(shown))


def test_an_alert_whose_paper_is_gone_is_still_a_message() -> None:
    shown = AlertView(title="Daily Paper Digest", edition="new-5", entries=())

    check_mail_html(mail(shown).html)
    for part in chat(shown).parts:
        check_chat_html(part)
