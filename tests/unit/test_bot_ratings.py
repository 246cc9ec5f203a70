"""What the buttons that rate papers say, how they are drawn, and what the bot reads in them, whatever comes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from digest.bot import rating_words
from digest.bot.incoming import Chat, Reacted, read_update
from digest.bot.keyboards import Stand, list_asked, list_rated, read_opened, redraw, redraw_rating
from digest.bot.paper_taps import AuthorTap, MuteTap, PaperTap, RateTap, SavedTap, ShowTap
from digest.bot.taking import is_for_everybody
from digest.bot.taps import AnswerTap, FollowTap, parse_tap, write_tap
from digest.bot.wording import LONGEST_NOTICE
from digest.model import (
    RATINGS,
    Button,
    ExternalId,
    FeedbackKind,
    IdScheme,
    Keyboard,
    Paper,
    PaperId,
    ResearcherId,
)
from digest.rendering.rating import (
    ALONE,
    Kinds,
    MuteKind,
    MuteWord,
    OfferedAuthor,
    OfferedMute,
    Opened,
    Place,
    Sight,
    list_places,
    name_place,
    rating_keyboard,
)
from digest.rendering.telegram import measure
from tests.factories import paper

MORE, LESS, SAVED = FeedbackKind.MORE, FeedbackKind.LESS, FeedbackKind.SAVED
IDS = st.integers(1, 2**31 - 1).map(PaperId)
CHECKS = st.just("") | st.text("0123456789abcdef", min_size=4, max_size=4)
PLACES = st.builds(Place, IDS, st.integers(0, 9999), CHECKS)
KEYS = st.text("0123456789abcdef", min_size=8, max_size=8)
TAPS: st.SearchStrategy[PaperTap] = st.one_of(
    st.builds(ShowTap, PLACES, st.sampled_from(Sight)),
    st.builds(RateTap, PLACES, st.sampled_from(FeedbackKind), st.booleans()),
    st.builds(AuthorTap, PLACES, st.integers(1, 99_999), st.booleans()),
    st.builds(MuteTap, PLACES, st.sampled_from(MuteKind), KEYS, st.sampled_from(MuteWord)),
    st.builds(SavedTap, st.builds(Place, IDS, check=CHECKS), st.booleans()),
)
WORDS = st.sets(st.sampled_from(FeedbackKind)).map(frozenset).filter(lambda kinds: not kinds >= RATINGS)
NAMES = st.text(max_size=300)
AUTHORS = st.lists(st.builds(OfferedAuthor, st.integers(1, 9), NAMES, st.booleans()), min_size=1, max_size=6)
MUTE = st.builds(OfferedMute, st.sampled_from(MuteKind), KEYS, NAMES, st.sampled_from(MuteWord))

ROWS = [["👍 More", "👎 Less", "💾 Save"], ["➕ Follow", "🙈 Mute"]]
ONE, THREE = Place(PaperId(11), 1), Place(PaperId(4711), 3)
QUESTION = (Button("✔ 3. Peng Fu", data="is:y:12:4711"), Button("✖ 3. not them", data="is:n:12:4711"))


def texts(keyboard: Keyboard) -> list[list[str]]:
    return [[button.text for button in row] for row in keyboard]


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(TAPS)
def test_every_tap_fits_a_button_and_is_read_as_it_was_written(tap: PaperTap) -> None:
    data = write_tap(tap)

    assert parse_tap(data) == tap
    assert len(data.encode()) <= 64


@given(
    st.binary(max_size=64).map(lambda data: data.decode("utf-8", "replace"))
    | st.binary(max_size=64).map(lambda data: data.decode("latin-1"))
    | st.from_regex(r"(pa|ra|au|mu|sv|is|fo):[a-z]?:?[yn]?:?\d{0,12}:\d{0,6}:?\d*\n?", fullmatch=True)
)
def test_any_bytes_are_a_tap_or_nothing(text: str) -> None:
    tap = parse_tap(text)

    assert tap is None or write_tap(tap) == text


@pytest.mark.parametrize(
    "data",
    [
        *("pa:r:1", "pa:x:1:1", "pa:r:0:1", "pa:r:1:01", "pa:r:1:10000", "pa:r:2147483648:1", "pa:r:1:1\n", "PA:r:1:1"),
        *("pa:r:1:1.", "pa:r:1:1.7f3", "pa:r:1:1.7F3A", "ra:m:y:1:1.7f3a5", "mu:y:1.7f3a:1:a:0f12ab9c"),
        *("ra:m:1:1", "ra:z:y:1:1", "ra:m:b:1:1", "ra:m:y:1:-1", "ra:m:y:1:1:1", "ra:m:y:١:1"),
        *("au:y:1:1", "au:y:1:1:0", "au:y:1:1:100000", "au:y::1:1", "sv:y", "sv:x:1", "sv:y:0", "sv:y:1:1"),
        *("mu:y:1:1:a", "mu:y:1:1:a:0f12ab9", "mu:y:1:1:x:0f12ab9c", "mu:b:1:1:a:0f12ab9c", "mu:y:1:1:a:0F12AB9C"),
    ],
)
def test_what_no_button_of_ours_says_is_nothing(data: str) -> None:
    assert parse_tap(data) is None


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_papers_are_numbers_and_what_was_said_of_them_is_seen_at_a_glance() -> None:
    shown = rating_keyboard([ONE, THREE], {THREE.paper_id: frozenset({LESS, SAVED})})

    assert texts(shown) == [["1", "3 👎💾"]]
    assert [parse_tap(button.data) for button in shown[0]] == [
        ShowTap(ONE, Sight.RATING),
        ShowTap(THREE, Sight.RATING),
    ]


def test_an_open_paper_has_its_row_beneath_the_numbers_and_its_number_closes_it() -> None:
    shown = rating_keyboard([ONE, THREE], {}, Opened(THREE))

    assert texts(shown) == [["1", "▾ 3"], *ROWS]
    assert parse_tap(shown[0][1].data) == ShowTap(THREE, Sight.CLOSED)


def test_what_was_said_has_a_row_of_its_own_that_takes_it_back() -> None:
    shown = rating_keyboard([ONE, THREE], {THREE.paper_id: frozenset({MORE, SAVED})}, Opened(THREE))

    assert texts(shown)[1:] == [
        ["👍 3. more like this · undo"],
        ["💾 3. saved · undo"],
        ["👎 Less", "➕ Follow", "🙈 Mute"],
    ]
    assert parse_tap(shown[1][0].data) == RateTap(THREE, MORE, is_said=False)


def test_the_only_paper_of_a_message_has_its_row_at_once_and_no_number() -> None:
    alone = Place(PaperId(5))

    assert texts(rating_keyboard([alone])) == ROWS
    said = rating_keyboard([alone], {alone.paper_id: frozenset({LESS})})
    assert texts(said) == [["👎 less like this · undo"], ["👍 More", "💾 Save", "➕ Follow", "🙈 Mute"]]


def test_authors_are_offered_with_what_undoes_a_follow_and_a_way_back() -> None:
    authors = (OfferedAuthor(1, "Peng Fu", is_followed=True), OfferedAuthor(4, "Bo Li", is_followed=False))
    shown = rating_keyboard([ONE, THREE], {}, Opened(THREE, Sight.AUTHORS, authors))

    assert texts(shown)[1:] == [["✔ Peng Fu · stop following"], ["➕ Bo Li"], ["‹ Back"]]
    assert parse_tap(shown[1][0].data) == AuthorTap(THREE, 1, is_wanted=False)
    assert parse_tap(shown[2][0].data) == AuthorTap(THREE, 4, is_wanted=True)


def test_what_can_be_left_out_is_offered_with_what_undoes_it_and_a_way_back() -> None:
    mutes = (
        OfferedMute(MuteKind.TOPIC, "00000001", "mixture of experts", MuteWord.MUTE),
        OfferedMute(MuteKind.TOPIC, "00000002", "routing", MuteWord.UNMUTE),
        OfferedMute(MuteKind.CATEGORY, "00000003", "cs.CV", MuteWord.MUTE),
        OfferedMute(MuteKind.AUTHOR, "00000004", "Bo Li", MuteWord.UNMUTE),
        OfferedMute(MuteKind.AUTHOR, "00000005", "Peng Fu", MuteWord.UNFOLLOW),
    )
    shown = rating_keyboard([ONE, THREE], {}, Opened(THREE, Sight.MUTING, mutes=mutes))

    assert texts(shown)[1:] == [
        ["✖ Drop the topic “mixture of experts”"],
        ["✔ “routing” is dropped · undo"],
        ["🙈 cs.CV"],
        ["✔ Bo Li is left out · undo"],
        ["✔ Peng Fu · stop following"],
        ["‹ Back"],
    ]
    assert parse_tap(shown[3][0].data) == MuteTap(THREE, MuteKind.CATEGORY, "00000003", MuteWord.MUTE)
    assert read_opened(shown) == ShowTap(THREE, Sight.MUTING)


@pytest.mark.parametrize(
    ("papers", "places"),
    [
        ([], ()),
        ([(7, Place(PaperId(11)))], (Place(PaperId(11), ALONE),)),
        (
            [(7, Place(PaperId(11), check="7f3a")), (8, None)],
            (Place(PaperId(11), 7, "7f3a"),),
        ),  # a title alone beside it: the number says which
        ([(7, None)], ()),
    ],
)
def test_a_paper_needs_its_number_where_another_stands_beside_it(
    papers: list[tuple[int, Place | None]], places: tuple[Place, ...]
) -> None:
    assert list_places(papers) == places


@given(
    st.lists(IDS, min_size=1, max_size=60, unique=True),
    st.dictionaries(IDS, WORDS, max_size=5),
    st.sampled_from(Sight),
    AUTHORS,
    st.lists(MUTE, min_size=1, max_size=8),
    st.data(),
)
def test_whatever_is_drawn_telegram_takes_and_is_read_back(
    paper_ids: list[PaperId],
    words: Mapping[PaperId, Kinds],
    sight: Sight,
    authors: list[OfferedAuthor],
    mutes: list[OfferedMute],
    data: st.DataObject,
) -> None:
    places = list_places(enumerate(map(Place, paper_ids), start=1))
    place = data.draw(st.sampled_from(places[:40]))
    opened = None if sight is Sight.CLOSED else Opened(place, sight, authors, mutes=mutes)

    drawn = rating_keyboard(places, words, opened)

    assert sum(map(len, drawn)) <= 60
    assert all(1 <= len(row) <= 8 for row in drawn)
    for row in drawn:
        for button in row:
            assert 0 < len(button.text) <= 80
            assert len(button.data.encode()) <= 64
            assert parse_tap(button.data)
    assert list_rated(drawn) == places[:40]
    assert redraw_rating(drawn, words, opened) == drawn
    expected = opened or (Opened(place) if place.number == ALONE else None)
    assert read_opened(drawn) == (ShowTap(place, expected.sight) if expected else None)


def test_a_button_knows_its_paper_by_any_id_and_one_without_a_check_takes_any() -> None:
    known = paper("2611.00011", ids=(ExternalId(IdScheme.ARXIV, "2611.00011"), ExternalId(IdScheme.HF, "2611.00011")))
    place = name_place(PaperId(11), known)

    assert place.is_of(known)
    assert place.is_of(replace(known, ids=known.ids[::-1], title="Retitled"))
    assert not place.is_of(paper("2611.00012"))
    assert Place(PaperId(11)).is_of(paper("2611.00012"))


def test_questions_and_papers_beneath_one_message_leave_each_other_as_they_are() -> None:
    keyboard = (QUESTION, *rating_keyboard([ONE, THREE], {}, Opened(THREE)))

    rated = redraw_rating(keyboard, {THREE.paper_id: frozenset({MORE})}, Opened(THREE))
    assert (rated[0], rated[1][1].text) == (QUESTION, "▾ 3 👍")
    answered = redraw(keyboard, {list_asked(keyboard)[0]: Stand("Peng Fu", True)})
    assert answered[1:] == keyboard[1:]
    assert redraw_rating((QUESTION,), {}, None) == (QUESTION,)


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chat", "is_free"),
    [
        (Chat(id=7, is_private=True), False),
        (Chat(id=-1, is_private=False), True),
        (Chat(id=-1, is_private=False, is_channel=True), False),
    ],
    ids=["private", "group", "channel"],
)
def test_in_a_group_everybody_rates_and_saves_and_administrators_do_the_rest(chat: Chat, *, is_free: bool) -> None:
    for tap in (ShowTap(ONE, Sight.RATING), RateTap(ONE, MORE, is_said=True), SavedTap(ONE, is_saved=False)):
        assert is_for_everybody(tap, chat) is is_free
    for other in (
        AuthorTap(ONE, 1, is_wanted=True),
        MuteTap(ONE, MuteKind.AUTHOR, "0f12ab9c", MuteWord.MUTE),
        FollowTap(ResearcherId(1), True),
        AnswerTap(ResearcherId(1), ONE.paper_id, True),
    ):
        assert not is_for_everybody(other, chat)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=600), st.integers(1, 9999))
def test_every_notice_is_within_what_telegram_takes(text: str, number: int) -> None:
    notices = [rating_words.name_paper(text, number), rating_words.say_refused(text)]
    notices += [rating_words.say_rated(kind, is_said=is_said) for kind in FeedbackKind for is_said in (True, False)]

    mutes = [OfferedMute(kind, "0f12ab9c", text, MuteWord.MUTE) for kind in MuteKind]
    notices += [rating_words.say_muted(mute, word) for mute in mutes for word in MuteWord]
    notices += [rating_words.say_followed_first(mutes[0]), rating_words.say_full(number)]

    assert all(0 < len(notice) <= LONGEST_NOTICE for notice in notices)


@given(titles=st.lists(st.text(max_size=300), max_size=20), has_more=st.booleans())
def test_the_list_of_saved_papers_is_one_message(titles: list[str], has_more: bool) -> None:
    text, shown = rating_words.list_saved([paper(title=title) for title in titles], has_more=has_more)

    assert measure(text).fits
    assert shown == len(titles)


def test_where_the_addresses_are_too_long_the_list_ends_earlier_and_says_so() -> None:
    long: list[Paper] = [
        paper(f"2611.{number:05}", abstract_url=f"https://example.org/{'x' * 470}{number}") for number in range(20)
    ]
    text, shown = rating_words.list_saved(long, has_more=False)

    assert measure(text).fits
    assert 10 < shown < 20
    assert "older ones" in text


# ── reactions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def reaction(before: Sequence[Any], after: Sequence[Any], **fields: Any) -> object:
    chat = {"id": 7, "type": "private", "first_name": "Ada"}
    told = {"chat": chat, "message_id": 5, "date": 1_790_000_000, "old_reaction": before, "new_reaction": after}
    return read_update(Update.de_json({"update_id": 1, "message_reaction": told | fields}))


def emoji(*signs: str) -> list[dict[str, str]]:
    return [{"type": "emoji", "emoji": sign} for sign in signs]


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        (emoji(), emoji("👍"), (MORE, True)),
        (emoji("👍"), emoji("👎"), (LESS, True)),
        (emoji("👍"), emoji("👍", "👎"), (LESS, True)),  # whoever pays for Telegram may set several
        (emoji("👍", "👎"), emoji("👍"), (MORE, True)),
        (emoji("👎"), emoji("🔥"), (MORE, True)),
        (emoji("👎"), emoji("🤔"), (LESS, False)),
        (emoji("👍"), emoji("👍", "🔥"), None),
        (emoji("🔥"), emoji("❤\u200d🔥"), None),
        (emoji("🔥"), emoji(), (MORE, False)),
        (emoji(), emoji("🥱"), (LESS, True)),
        (emoji("🤔"), emoji(), None),
        (emoji(), [{"type": "custom_emoji", "custom_emoji_id": "1"}, {"type": "paid"}], None),
    ],
)
def test_a_reaction_is_read_as_the_word_that_came_or_went(
    before: Sequence[Any], after: Sequence[Any], heard: tuple[FeedbackKind, bool] | None
) -> None:
    read = reaction(before, after, user={"id": 7, "is_bot": False, "first_name": "Ada"})

    if heard is None:
        assert read is None
    else:
        assert isinstance(read, Reacted)
        assert (read.word, read.is_said, read.user_id, read.message_id) == (*heard, 7, 5)


def test_a_chat_that_reacts_is_nobody_in_particular() -> None:
    read = reaction(emoji(), emoji("👍"), actor_chat={"id": -1, "type": "supergroup", "title": "Lab"})

    assert isinstance(read, Reacted)
    assert read.user_id is None
