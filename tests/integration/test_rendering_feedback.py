"""More like this, less like this, save: the quiet line under each paper of a mail, and what it costs in room."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from digest.demo.samples.alerts import ONE, alert
from digest.demo.samples.builders import Entry, answer_links, entry, follow, phrase, view
from digest.demo.samples.digests import DIGESTS, POSSIBLE, SPARSE, SURE, SURVEY
from digest.model import Button, ChatMessage, MailMessage, Reason, ReasonKind
from digest.rendering.alert_chat import render_alert_chat
from digest.rendering.alert_mail import render_alert_mail
from digest.rendering.chat import render_chat
from digest.rendering.digest import DigestView
from digest.rendering.email import render_mail
from digest.rendering.rating import HINT, IN_A_ROW, MOST_NUMBERS
from tests.golden.checks import Outline, check_mail_html

SENT_AT = datetime(2026, 11, 20, 7, tzinfo=UTC)


def mail(shown: DigestView) -> MailMessage:
    return render_mail(shown, message_id="1@example.org", sent_at=SENT_AT)


def linked(entries: Sequence[Entry], **fields: object) -> DigestView:
    return view(*entries, links=answer_links(*entries), **fields)


def tappable(entries: Sequence[Entry]) -> DigestView:
    return view(*entries, links=answer_links(has_callbacks=True))


def chat(shown: DigestView) -> ChatMessage:
    return render_chat(shown, message_id="1@example.org")


def texts(row: Sequence[Button]) -> list[str]:
    return [button.text for button in row]


def labels(message: ChatMessage) -> list[list[str]]:
    return [texts(row) for keyboard in message.keyboards.values() for row in keyboard]


def says(html: str) -> list[str]:
    """Give what the links to feedback say, in order."""
    return [url.partition("?say=")[2] for url in Outline(html).attributes("href") if "/feedback/" in url]


def long_entries(count: int, size: int = 300) -> list[Entry]:
    return [entry(n, title=f"Paper {n}", abstract="Some words here. " * size) for n in range(1, count + 1)]


def test_each_paper_of_a_digest_has_three_links_in_html_and_one_in_the_text() -> None:
    rendered = mail(linked([SPARSE, SURVEY]))

    assert says(rendered.html) == ["more", "less", "save"] * 2
    assert (
        re.findall(r">(More like this|Less like this|Save)</a>", rendered.html)
        == [
            "More like this",
            "Less like this",
            "Save",
        ]
        * 2
    )
    lines = [line.strip() for line in rendered.text.splitlines() if "/feedback/" in line]
    assert [line.partition(": ")[0] for line in lines] == ["More like this, less, or save it"] * 2


def test_an_alert_has_them_too() -> None:
    rendered = render_alert_mail(alert(ONE), message_id="1@example.org", sent_at=SENT_AT)

    assert says(rendered.html) == ["more", "less", "save"]
    assert rendered.text.count("More like this, less, or save it: ") == 1


def test_without_pages_of_ours_there_are_no_links() -> None:
    rendered = mail(view(SPARSE, SURVEY))

    for word in ("feedback", "More like", "Less like", "Save"):
        assert word not in rendered.html + rendered.text


def test_a_surely_followed_paper_of_a_digest_offers_not_them_and_stop_following() -> None:
    rendered = mail(linked([SURE, POSSIBLE]))

    assert rendered.html.count("Not this Furu Wei?</a> · <a ") == 1
    assert rendered.html.count(">Stop following</a>") == 1
    assert "   Stop following Furu Wei: https://digest.example.org/follow/" in rendered.text
    assert "Stop following Peng Fu" not in rendered.text


@pytest.mark.parametrize("count", [25, 40, 60, 200])
def test_every_paper_that_had_room_before_still_has(count: int) -> None:
    entries = long_entries(count)
    plain, rendered = mail(view(*entries)), mail(linked(entries))

    check_mail_html(rendered.html)
    for html in (plain.html, rendered.html):
        assert html.count('class="paper"') + html.count('class="brief"') == count
    # One link of some 250 bytes beside more than 1,000 of a paper in full: at most every fifth goes into one line.
    assert rendered.html.count('class="paper"') >= plain.html.count('class="paper"') * 4 // 5


def test_where_not_all_have_room_in_full_one_link_stands_for_three() -> None:
    entries = long_entries(100)
    rendered = mail(linked(entries))
    in_full = rendered.html.count('class="paper"')

    assert 0 < in_full < 100
    assert says(rendered.html) == [""] * in_full
    assert rendered.html.count(">More&nbsp;or&nbsp;less?</a>") == in_full
    assert "Stop following" not in rendered.html


def test_the_longest_digest_of_the_samples_stays_below_the_limit() -> None:
    rendered = mail(DIGESTS["capped"]())

    check_mail_html(rendered.html)
    assert says(rendered.html) == [""] * rendered.html.count('class="paper"')


def test_a_chat_has_none_of_these_links_and_no_buttons_where_no_bot_listens() -> None:
    message = chat(linked([SPARSE, SURVEY]))

    assert "feedback" not in "".join(message.parts)
    assert HINT not in "".join(message.parts)
    assert message.keyboards == {}


def test_a_digest_in_a_chat_has_the_numbers_of_its_papers_and_says_what_they_are_for() -> None:
    message = chat(tappable([SPARSE, SURVEY]))

    assert labels(message) == [["1", "2"]]
    assert HINT in message.parts[-1]


def test_a_message_of_one_paper_has_its_row_at_once() -> None:
    single = chat(tappable([SURVEY]))
    alerted = render_alert_chat(alert(ONE), message_id="1@example.org")

    rows = [["👍 More", "👎 Less", "💾 Save"], ["➕ Follow", "🙈 Mute"]]
    assert labels(single) == rows
    assert labels(alerted)[-2:] == rows
    assert HINT not in single.parts[-1] + alerted.parts[-1]


def test_each_part_has_the_numbers_of_its_own_papers_and_titles_alone_have_none() -> None:
    message = chat(tappable(long_entries(200)))
    in_full = {place: part.count(">arXiv</a>") for place, part in enumerate(message.parts)}

    assert len(message.parts) > 3
    for place, part in enumerate(message.parts):
        numbers = [int(label) for row in message.keyboards.get(place, ()) for label in texts(row)]
        assert len(numbers) == in_full[place]
        assert all(f"{number}. <b>" in part for number in numbers)
    assert 0 < sum(in_full.values()) < 200


def test_short_papers_beneath_one_message_stay_within_telegrams_number_of_buttons() -> None:
    entries = [entry(n, title="T", abstract="", authors=()) for n in range(1, 200)]
    for keyboard in chat(tappable(entries)).keyboards.values():
        assert sum(map(len, keyboard)) <= MOST_NUMBERS
        assert max(map(len, keyboard)) <= IN_A_ROW


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        ((phrase("sign language"),), "Phrase “sign language” in title · like papers you asked more of: gloss"),
        (
            tuple(phrase(f"term {n}") for n in range(5)),
            (
                "Phrase “term 0” in title · phrase “term 1” in title · phrase “term 2” in title · "
                "like papers you asked more of: gloss · 2 more"
            ),
        ),
        (
            (follow("Ada Lovelace", 1, 2),),
            "You follow Ada Lovelace, first of 2 authors · like papers you asked more of: gloss",
        ),
    ],
    ids=["short", "long", "followed"],
)
def test_that_taste_moved_a_paper_up_is_always_said(reasons: tuple[Reason, ...], why: str) -> None:
    taste = Reason(kind=ReasonKind.TASTE, subject="gloss")
    text = mail(view(entry(1, *reasons, taste))).text

    assert why in " ".join(text.replace("Why: ", "").split())


def test_hostile_links_to_feedback_are_left_out() -> None:
    links = answer_links(SPARSE)
    hostile = type(links)(feedback={1: 'javascript:alert(1)"'})

    assert "alert(1)" not in mail(view(SPARSE, links=hostile)).html
