"""The chat messages, as Telegram would take or refuse them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import ALBUM, NOTHING_SENT, ChatMessage, Progress
from digest.rendering.chat import render_chat
from digest.rendering.digest import DigestView, Entry
from digest.rendering.telegram import measure
from tests.golden.cases import CASES, SPARSE, SURVEY, entry, follow, view
from tests.golden.checks import check_chat_html

HOSTILE_TEXT = st.text(max_size=600) | st.text('<>"&;#@/.{}$\\_^`~\n\u202e😀שa ', max_size=600)


def chat(shown: DigestView) -> ChatMessage:
    return render_chat(shown, message_id="1@example.org")


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_what_telegram_accepts(case: str) -> None:
    for part in chat(CASES[case]()).parts:
        check_chat_html(part)


@given(texts=st.lists(st.tuples(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_messages_that_telegram_accepts(texts: list[tuple[str, str, str]]) -> None:
    entries = [
        entry(number, title=title, abstract=abstract, authors=(name,), organization=name, categories=(name,))
        for number, (title, abstract, name) in enumerate(texts, start=1)
    ]

    parts = chat(view(*entries, notes=(texts[0][0],))).parts

    for part in parts:
        check_chat_html(part)
    numbers = re.findall(r"^(\d+)\. <b>", "\n\n".join(parts), flags=re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(texts) + 1)]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_changes_after_some_parts_have_arrived_the_rest_brings_every_other_paper_once(
    data: st.DataObject,
) -> None:
    lengths = st.lists(st.integers(0, 900), min_size=12, max_size=12)

    def make(sizes: list[int], *, has_pictures: bool, progress: Progress = NOTHING_SENT, notes: int = 0) -> ChatMessage:
        entries = (
            pictured(number, title=f"Paper {number} {'t' * (size // 9)}", abstract="found. " * (size // 3))
            for number, size in enumerate(sizes, start=1)
        )
        shown = replace(view(*entries), notes=("A note of some length. " * 9,) * notes)
        return render_chat(shown, message_id="1@example.org", has_pictures=has_pictures, progress=progress)

    first = make(data.draw(lengths), has_pictures=data.draw(st.booleans()))
    arrived = data.draw(st.integers(0, len(first.parts)))
    is_doubtful = arrived < len(first.parts) and data.draw(st.booleans())
    begun = Progress(parts_sent=arrived, is_doubtful=is_doubtful, shown=first.papers[: arrived + is_doubtful])
    again = make(
        data.draw(lengths), has_pictures=data.draw(st.booleans()), progress=begun, notes=data.draw(st.integers(0, 2))
    )

    before = [paper for part in first.papers[:arrived] for paper in part]
    after = [paper for part in again.papers[arrived:] for paper in part]
    everything = sorted(paper for paper in (*before, *after) if paper != ALBUM)
    assert everything == sorted({paper for part in first.papers for paper in part if paper != ALBUM})
    assert all(measure(part).fits for part in again.parts[arrived:])
    assert len(again.papers) == len(again.parts)
    assert (*before, *after).count(ALBUM) <= 1


def test_papers_are_never_torn_apart() -> None:
    entries = [entry(number, abstract="Words of some length. " * 40) for number in range(1, 41)]

    parts = chat(view(*entries)).parts

    assert len(parts) > 2
    assert all(part.startswith(("<b>Daily Paper Digest</b>", *(f"{n}. <b>" for n in range(1, 41)))) for part in parts)


def test_a_heading_stays_with_its_first_paper() -> None:
    entries = [entry(number, follow("Furu Wei", 2, 2)) for number in range(1, 16)] + [SURVEY] * 3

    for part in chat(view(*entries)).parts:
        last_block = part.split("\n\n")[-1]
        assert last_block not in ("<b>FROM PEOPLE YOU FOLLOW</b>", "<b>FOR YOUR INTERESTS</b>")


def test_two_hundred_papers_come_in_few_messages_the_last_ones_as_titles() -> None:
    parts = chat(CASES["capped"]()).parts

    assert len(parts) <= 8
    assert sum(len(re.findall(r"^\d+\. <b>", part, flags=re.MULTILINE)) for part in parts) == 200


def test_the_entities_of_one_message_stay_within_telegrams_number() -> None:
    entries = [entry(number, title="T", abstract="", authors=(), code_url="https://e.org/c") for number in range(1, 80)]

    assert max(measure(part).entities for part in chat(view(*entries)).parts) <= 90


@pytest.mark.parametrize("text", ["@everyone", "/start now", "#spam", "see cs.AI"])
def test_nothing_in_a_paper_calls_somebody_or_something(text: str) -> None:
    part = chat(view(entry(1, abstract=text, authors=(text,), organization=text))).parts[0]

    assert text not in part
    assert text in part.replace("\u2060", "")


def test_a_group_is_addressed_as_a_group() -> None:
    assert "this group is subscribed" in chat(view(SPARSE, is_group=True)).parts[-1]


def pictured(number: int, **fields: object) -> Entry:
    return entry(number, thumbnail_url=f"https://cdn.example.org/{number}.png", **fields)


def test_pictures_come_first_with_the_head_of_the_digest_and_say_whose_they_are() -> None:
    shown = render_chat(view(pictured(1), entry(2), pictured(3)), message_id="1", has_pictures=True)

    assert shown.albums == {0: ("https://cdn.example.org/1.png", "https://cdn.example.org/3.png")}
    assert shown.parts[0].startswith("<b>Daily Paper Digest</b>")
    assert shown.parts[0].endswith("<i>Pictures: papers 1, 3.</i>")
    assert "<b>Daily Paper Digest</b>" not in shown.parts[1]
    assert 0 not in shown.keyboards


def test_ten_pictures_are_enough_and_without_any_all_is_as_before() -> None:
    many = render_chat(view(*map(pictured, range(1, 15))), message_id="1", has_pictures=True)
    assert len(many.albums[0]) == 10

    plain = view(entry(1), entry(2))
    assert render_chat(plain, message_id="1", has_pictures=True) == render_chat(plain, message_id="1")


@pytest.mark.parametrize("url", ["http://cdn.example.org/1.png", "file:///etc/passwd", "https://a b/", ""])
def test_a_picture_that_nobody_should_fetch_is_none(url: str) -> None:
    assert not render_chat(view(entry(1, thumbnail_url=url)), message_id="1", has_pictures=True).albums


def test_a_reader_who_wants_previews_gets_that_of_the_first_paper() -> None:
    shown = render_chat(view(entry(1), entry(2)), message_id="1", has_previews=True)

    assert shown.previews == {0: "https://arxiv.org/abs/2611.00001"}
    assert chat(view(entry(1))).previews == {}


@given(abstracts=st.lists(HOSTILE_TEXT | st.text("word. ", max_size=3_000), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_the_rest_of_abstracts_takes_no_message_of_its_own(abstracts: list[str]) -> None:
    entries = [entry(number, abstract=abstract) for number, abstract in enumerate(abstracts, start=1)]
    short = [entry(number, abstract=abstract[:240]) for number, abstract in enumerate(abstracts, start=1)]

    parts = chat(view(*entries)).parts

    assert len(parts) <= len(chat(view(*short)).parts) + 1
    for part in parts:
        check_chat_html(part)


def test_whether_it_makes_a_sound_is_the_callers_to_say() -> None:
    assert render_chat(view(SPARSE), message_id="1", is_silent=True).is_silent
