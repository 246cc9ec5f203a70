"""👍 👎 💾 ➕ beneath the papers of a digest: sent to a Bot API server on loopback, tapped there, and kept."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from digest.bot import rating_words, wording
from digest.model import FORETOLD, ChatMessage, MessageForm, Standing
from digest.rendering.rating import HINT
from digest.storage import deliveries, papers
from digest.storage.tables import PaperRow, SentPaperRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelStatus, SubscriberKind
from subscribers.tables import ChannelRow
from tests.bots import Scene, add_reader, labels, listening, make_scene, notice_of, question_row, until
from tests.factories import NOON, paper
from tests.feedback import LESS, MORE, SAVED, everything_said, said_of, say, send
from tests.rated_chats import ROW, ROWS, Sent, last_message, load, send_alert, send_digest
from tests.records import add_papers, add_record, attribute
from tests.servers.telegram import Tap
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
SPARSE = paper("2611.00011", title="Sparse Experts", authors=("Bo Li", "Cy Ng", "Di Wu", "Eva Ritz"))
DENSE = paper("2611.00012", title="Dense Retrieval", authors=("Fay Poe",))


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    return make_scene(database, server)


@pytest.fixture
async def two(scene: Scene, server: ChatServer) -> Sent:
    """Ada's digest of two papers."""
    return await send_digest(scene.app, server, scene.ada, private_chat(), SPARSE, DENSE)


# ── a word, and back ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_number_opens_its_paper_where_it_is_rated_and_a_second_tap_takes_it_back(
    scene: Scene, two: Sent
) -> None:
    sparse, dense = two.paper_ids
    assert two.labels() == [["1", "2"]]
    async with listening(scene.app):
        assert await two.tap("2") == "2. Dense Retrieval"
        assert two.labels() == [["1", "▾ 2"], *ROWS]

        assert await two.tap("👍 More") == rating_words.say_rated(MORE, is_said=True)
        assert two.labels() == [["1", "▾ 2 👍"], ["👍 2. more like this · undo"], ROW[1:]]
        assert said_of(scene.database, scene.ada, dense) == {MORE}

        assert "Taken back" in await two.tap("👍 2. more like this · undo")
        assert two.labels() == [["1", "▾ 2"], *ROWS]
        assert everything_said(scene.database, scene.ada) == []

        await two.tap("▾ 2")
        assert two.labels() == [["1", "2"]]
    assert said_of(scene.database, scene.ada, sparse) == set()


async def test_less_takes_the_place_of_more_and_saving_stands_beside_both(scene: Scene, two: Sent) -> None:
    async with listening(scene.app):
        await two.tap("1")
        for label in ("👍 More", "💾 Save", "👎 Less"):
            await two.tap(label)
        assert two.labels() == [
            ["▾ 1 👎💾", "2"],
            ["👎 1. less like this · undo"],
            ["💾 1. saved · undo"],
            ["👍 More", "➕ Follow", "🙈 Mute"],
        ]
        await two.tap("2")

    assert two.labels() == [["1 👎💾", "▾ 2"], *ROWS]
    assert said_of(scene.database, scene.ada, two.paper_ids[0]) == {LESS, SAVED}


async def test_an_alert_of_one_paper_has_its_row_at_once(scene: Scene, server: ChatServer) -> None:
    (paper_id,) = add_papers(scene.database, SPARSE)
    alerted = await send_alert(scene.app, server, scene.ada, private_chat(), paper_id)
    assert alerted.labels() == ROWS
    async with listening(scene.app):
        await alerted.tap("💾 Save")
        assert alerted.labels() == [["💾 saved · undo"], [*ROW[:2], *ROW[3:]]]
        await alerted.tap("💾 saved · undo")

    assert alerted.labels() == ROWS
    assert everything_said(scene.database, scene.ada) == []


async def test_double_taps_and_updates_that_come_again_after_a_crash_change_nothing(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    async with listening(scene.app):
        await two.tap("1")
    old = server.keyboard_of(two.message)
    queries = [server.tap(two.message, two.find("👍 More").data, keyboard=old) for _ in range(2)]
    replayed = list(server.updates)
    async with listening(scene.app):
        notices = {await notice_of(server, query) for query in queries}
    calls = server.count("answerCallbackQuery")
    server.updates[:] = replayed
    async with listening(scene.app):
        await until(lambda: server.count("answerCallbackQuery") == calls + 2)

    assert notices == {rating_words.say_rated(MORE, is_said=True)}
    assert everything_said(scene.database, scene.ada) == [(two.paper_ids[0], MORE)]
    assert two.labels() == [["▾ 1 👍", "2"], ["👍 1. more like this · undo"], ROW[1:]]


async def test_taps_with_the_same_old_buttons_do_not_bring_back_what_another_changed(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    unsure, (sparse, dense) = scene.unsure, two.paper_ids
    rows = (question_row(scene.fu, unsure), (Tap("1", f"pa:r:{sparse}:1"), Tap("2", f"pa:r:{dense}:2")))
    message = server.post(private_chat(), rows)
    for data in (f"ra:m:y:{sparse}:1", scene.data("y"), f"ra:s:y:{dense}:2"):
        server.tap(message, data, keyboard=rows)
    async with listening(scene.app):
        await until(lambda: server.edits == 3)

    assert labels(server.keyboard_of(message)) == [
        ["✔ 7. you said: Peng Fu · undo"],
        ["1 👍", "▾ 2 💾"],
        ["💾 2. saved · undo"],
        [*ROW[:2], *ROW[3:]],
    ]


async def test_a_message_that_telegram_no_longer_shows_still_takes_the_word(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    hidden = {"message_id": two.message["message_id"], "date": 0, "chat": private_chat()}
    async with listening(scene.app):
        query = server.tap(hidden, f"ra:s:y:{two.paper_ids[0]}:1", keyboard=())
        assert await notice_of(server, query) == rating_words.say_rated(SAVED, is_said=True)

    assert (everything_said(scene.database, scene.ada), server.edits) == ([(two.paper_ids[0], SAVED)], 0)


async def test_a_database_that_is_held_up_keeps_nobody_waiting_for_a_word(scene: Scene, two: Sent) -> None:
    async with listening(scene.app, patience=timedelta(0)):
        await two.tap("1")
        with scene.database.writing() as session:
            store.get_subscriber(session, scene.ada.id)
            assert await two.refused("💾 Save") == wording.ONE_MOMENT
        await until(lambda: "💾 1. saved · undo" in str(two.labels()))

    assert everything_said(scene.database, scene.ada) == [(two.paper_ids[0], SAVED)]


async def test_what_is_left_of_a_half_sent_digest_keeps_the_buttons_of_its_own_papers(
    scene: Scene, server: ChatServer
) -> None:
    long = [paper(f"2611.002{number:02}", abstract="Words of some length. " * 40) for number in range(45)]
    await send_digest(scene.app, server, scene.ada, private_chat(), *long, parts_sent=1)

    numbers = [[tap.text for row in sent.keyboard for tap in row] for sent in server.sent]
    assert len(numbers) > 1
    assert "1" not in numbers[0]
    for sent, shown in zip(server.sent, numbers, strict=True):
        assert shown == re.findall(r"^([0-9]+)\. Sparse", sent.text, flags=re.MULTILINE)


# ── following an author ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_the_last_and_known_authors_can_be_followed_and_no_longer(scene: Scene, two: Sent) -> None:
    wu = add_record(scene.database, "Di Wu")
    attribute(scene.database, wu, [two.paper_ids[0]], Standing.SURE, 3)
    async with listening(scene.app):
        await two.tap("1")
        assert await two.tap("➕ Follow") == rating_words.WHOM
        assert two.labels()[1:] == [["➕ Bo Li"], ["➕ Di Wu"], ["➕ Eva Ritz"], ["‹ Back"]]

        assert await two.tap("➕ Di Wu") == "You now follow Di Wu."
        assert ["✔ Di Wu · stop following"] in two.labels()
        assert await two.tap("➕ Eva Ritz") == "You now follow Eva Ritz."
        assert followed(scene) == {"Peng Fu", "Di Wu", "Eva Ritz"}

        assert await two.tap("✔ Di Wu · stop following") == "You no longer follow Di Wu."
        await two.tap("‹ Back")

    assert two.labels() == [["▾ 1", "2"], *ROWS]
    assert followed(scene) == {"Peng Fu", "Eva Ritz"}


def followed(scene: Scene) -> set[str]:
    with scene.database.reading() as session:
        return {each.wish.name for each in store.list_follows(session, [scene.ada.id])[scene.ada.id]}


async def test_where_nobody_can_be_followed_it_is_said(scene: Scene, server: ChatServer) -> None:
    nobody = await send_digest(scene.app, server, scene.ada, private_chat(), paper("2611.00013", authors=()))
    async with listening(scene.app):
        assert await nobody.refused("➕ Follow") == rating_words.NOBODY

    assert nobody.labels() == ROWS


async def test_only_an_author_that_is_offered_can_be_followed(scene: Scene, server: ChatServer, two: Sent) -> None:
    async with listening(scene.app):
        for position in (2, 5, 99_999):
            query = server.tap(two.message, f"au:y:{two.paper_ids[0]}:1:{position}")
            assert await notice_of(server, query) == wording.STALE

    assert followed(scene) == {"Peng Fu"}


# ── who may, and what is stale ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_paper_that_this_reader_was_never_sent_takes_no_word(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    bob = add_reader(scene.database, "5353")
    (unsent,) = add_papers(scene.database, paper("2611.00019"))
    bobs = server.post(private_chat(5353), ())
    async with listening(scene.app):
        for paper_id in (two.paper_ids[0], unsent, 999_999):
            for data in (f"ra:m:y:{paper_id}:1", f"pa:r:{paper_id}:1", f"au:y:{paper_id}:1:1", f"sv:y:{paper_id}"):
                query = server.tap(bobs, data, user_id=5353, keyboard=(((Tap("1", data)),),))
                assert await notice_of(server, query) == wording.STALE

    assert (everything_said(scene.database, bob), server.edits) == ([], 0)


async def test_buttons_from_before_a_restore_say_that_they_are_too_old(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    """The database knows the chat, but neither that digest nor its papers."""
    with scene.database.writing() as session:
        session.execute(delete(SentPaperRow).where(SentPaperRow.paper_id.in_(two.paper_ids)))
        session.execute(delete(PaperRow).where(PaperRow.id == two.paper_ids[1]))
    async with listening(scene.app):
        for label in ("1", "2"):
            assert await two.refused(label) == wording.STALE

    assert (two.labels(), server.edits) == ([["1", "2"]], 0)


async def test_a_number_that_is_another_papers_since_a_restore_takes_no_word_for_it(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    """Both were sent to this reader, so nothing but the check in the button tells them apart."""
    sparse, dense = two.paper_ids
    async with listening(scene.app):
        await two.tap("1")
        for label in ("👍 More", "💾 Save", "➕ Follow", "🙈 Mute"):
            data = two.find(label).data.replace(f":{sparse}:1.", f":{dense}:1.")
            assert await notice_of(server, server.tap(two.message, data)) == wording.STALE

    assert everything_said(scene.database, scene.ada) == []


@pytest.mark.parametrize("how", ["closed", "left", "erased"])
async def test_a_chat_that_gets_nothing_any_more_is_told_so(
    scene: Scene, server: ChatServer, two: Sent, how: str
) -> None:
    with scene.database.writing() as session:
        if how == "closed":
            session.get_one(ChannelRow, scene.ada.channels[0].id).status = ChannelStatus.CLOSED.value
        elif how == "left":
            service.unsubscribe(session, NOON, scene.ada.id)
        else:
            service.erase(session, scene.ada.id)
    async with listening(scene.app):
        for data in (two.find("1").data, f"ra:m:y:{two.paper_ids[0]}:1"):
            assert await notice_of(server, server.tap(two.message, data)) == wording.NO_DIGEST

    assert server.edits == 0


async def test_in_a_group_everybody_votes_and_saves_and_only_administrators_follow(
    scene: Scene, server: ChatServer
) -> None:
    group = add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    shared = await send_digest(scene.app, server, group, group_chat(), SPARSE)
    async with listening(scene.app):
        await shared.tap("👍 More", user_id=98)
        await shared.tap("👎 0", user_id=99)
        await shared.tap("👎 1", user_id=97)
        await shared.tap("💾 Save", user_id=98)
        assert server.count("getChatAdministrators") == 0
        await shared.tap("➕ Follow", user_id=98)
        assert await shared.refused("➕ Bo Li", user_id=98) == wording.ADMINISTRATORS_ONLY
        assert await shared.tap("➕ Bo Li", user_id=7) == "You now follow Bo Li."

    assert said_of(scene.database, group, shared.paper_ids[0]) == {LESS, SAVED}
    assert everything_said(scene.database, scene.ada) == []


async def test_in_a_channel_which_strangers_read_only_administrators_rate(scene: Scene, server: ChatServer) -> None:
    channel = {"id": int(GROUP), "type": "channel", "title": "Papers", "username": "lab_papers"}
    group = add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    shared = await send_digest(scene.app, server, group, channel, SPARSE)
    async with listening(scene.app):
        assert await shared.refused("👍 More", user_id=98) == wording.ADMINISTRATORS_ONLY
        await shared.tap("👎 Less", user_id=7)

    assert said_of(scene.database, group, shared.paper_ids[0]) == {LESS}


async def test_in_a_group_that_one_person_has_linked_nobody_speaks_for_them(scene: Scene, server: ChatServer) -> None:
    linked = add_reader(scene.database, GROUP)
    server.administrators[GROUP] = [7]
    shown = await send_digest(scene.app, server, linked, group_chat(), SPARSE, DENSE)
    assert shown.labels() == []
    paper_id = shown.paper_ids[0]
    async with listening(scene.app):
        for data in (f"ra:m:y:{paper_id}:1", f"pa:r:{paper_id}:1", f"au:y:{paper_id}:1:1", f"sv:y:{paper_id}"):
            query = server.tap(shown.message, data, 7, ((Tap("…", data),),))
            assert await notice_of(server, query) == rating_words.OF_A_PERSON

    assert everything_said(scene.database, linked) == []


async def test_a_digest_that_is_only_foretold_has_no_buttons_to_rate_it(scene: Scene) -> None:
    paper_ids = add_papers(scene.database, SPARSE, DENSE)
    send(scene.database, scene.ada, *paper_ids)
    with scene.database.writing() as session:
        (delivery,) = deliveries.claim_deliveries(session, ["telegram"], NOON, timedelta(minutes=1), 5)
    known = load(scene.database, paper_ids)

    for shown, count in ((delivery, 1), (replace(delivery, id=FORETOLD), 0)):
        message = scene.app.presenter.render(shown, known, MessageForm.CHAT)
        assert isinstance(message, ChatMessage)
        assert (len(message.keyboards), message.parts[-1].count(HINT)) == (count, count)


# ── the list of saved papers ─────────────────────────────────────────────────────────────────────────────────────────


async def ask_for_saved(server: ChatServer) -> Sent:
    before = len(server.sent)
    server.say(private_chat(), "/saved")
    await until(lambda: len(server.sent) > before)
    return Sent(server, last_message(server, private_chat()), ())


async def test_saved_papers_are_listed_with_links_and_taken_off_and_put_back(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    say(scene.database, scene.ada, SAVED, *two.paper_ids)
    async with listening(scene.app):
        saved = await ask_for_saved(server)
        (sent,) = [each for each in server.sent if "Saved papers" in each.text]
        assert sent.text.index("1. Dense Retrieval") < sent.text.index("2. Sparse Experts")
        assert [entity.url for entity in sent.entities if entity.url] == [DENSE.abstract_url, SPARSE.abstract_url]
        assert saved.labels() == [["✖ 1", "✖ 2"]]

        assert await saved.tap("✖ 1") == rating_words.say_rated(SAVED, is_said=False)
        assert saved.labels() == [["✖ 1"], [rating_words.PUT_BACK]]
        assert "Dense Retrieval" not in server.texts["4242", saved.message["message_id"]]

        await saved.tap(rating_words.PUT_BACK)
        assert saved.labels() == [["✖ 1", "✖ 2"]]
        await saved.tap("✖ 2")
        await saved.tap("✖ 1")
        assert server.texts["4242", saved.message["message_id"]] == rating_words.NOTHING_SAVED

    assert everything_said(scene.database, scene.ada) == []


async def test_a_saved_paper_whose_number_is_another_papers_since_a_restore_stays_as_it_is(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    say(scene.database, scene.ada, SAVED, *two.paper_ids)
    sparse, dense = two.paper_ids
    async with listening(scene.app):
        saved = await ask_for_saved(server)
        data = saved.find("✖ 1").data.replace(f":{dense}.", f":{sparse}.")
        assert await notice_of(server, server.tap(saved.message, data)) == wording.STALE

    assert len(everything_said(scene.database, scene.ada)) == 2


async def test_twenty_saved_papers_are_shown_and_that_there_are_more(scene: Scene, server: ChatServer) -> None:
    many = [paper(f"2611.001{number:02}", title=f"Paper <{number}> & @ada") for number in range(22)]
    sent = await send_digest(scene.app, server, scene.ada, private_chat(), *many)
    say(scene.database, scene.ada, SAVED, *sent.paper_ids)
    async with listening(scene.app):
        saved = await ask_for_saved(server)
        text = server.texts["4242", saved.message["message_id"]]
        assert "1. Paper <21>" in text
        assert "Paper <1>" not in text
        assert "older ones" in text
        assert [len(row) for row in saved.labels()] == [8, 8, 4]


async def test_an_empty_list_says_how_a_paper_gets_on_it(scene: Scene, server: ChatServer) -> None:
    async with listening(scene.app):
        saved = await ask_for_saved(server)

    assert server.sent[-1].text == rating_words.NOTHING_SAVED
    assert saved.labels() == []


async def test_a_word_on_a_record_that_was_merged_counts_for_what_it_became(scene: Scene, two: Sent) -> None:
    sparse, dense = two.paper_ids
    with scene.database.writing() as session:
        papers.bury_papers(session, {dense: sparse}, NOON)
        papers.move_ids(session, dict.fromkeys(DENSE.ids, sparse))
    async with listening(scene.app):
        await two.tap("2")
        await two.tap("👎 Less")

    assert everything_said(scene.database, scene.ada) == [(sparse, LESS)]
    assert two.labels()[0] == ["1 👎", "▾ 2 👎"]
