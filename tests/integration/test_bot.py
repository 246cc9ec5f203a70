"""Taps on the buttons of the “possibly” block, with the real library against a Bot API server on loopback."""

from datetime import timedelta

import pytest

from digest.bot import rating_words, wording
from digest.model import Standing
from digest.pipeline.reshaping import merge_researchers
from digest.rendering.rating import make_check
from digest.storage import answers, papers
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelWish, Schedule, SubscriberKind
from tests.bots import Scene, add_reader, labels, listening, make_scene, notice_of, question_row, until
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.people import OPERATOR
from tests.records import add_papers, add_record, attribute, standing_of
from tests.servers import telegram as api
from tests.servers.telegram import Tap
from tests.servers.telegram_chats import ANONYMOUS, ChatServer, group_chat, private_chat

pytestmark = pytest.mark.anyio

SAID_YES = [["✔ 7. you said: Peng Fu · undo"]]
SAID_NO = [["✖ 7. you said: not Peng Fu · undo"]]
GROUP = "-1001234567890"


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    return make_scene(database, server)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("said", "shown"), [("y", SAID_YES), ("n", SAID_NO)])
async def test_an_answer_is_noted_told_and_shown_in_place_and_can_be_undone(
    scene: Scene, server: ChatServer, said: str, shown: list[list[str]]
) -> None:
    before = server.keyboard_of(scene.message)
    async with listening(scene.app):
        notice = await notice_of(server, server.tap(scene.message, scene.data(said)))
        await until(lambda: scene.labels() == shown)
        assert scene.answers() == [said == "y"]
        assert "Peng Fu" in notice

        undo = server.keyboard_of(scene.message)[0][0].data
        assert (await notice_of(server, server.tap(scene.message, undo))).startswith("Taken back")
        await until(lambda: server.keyboard_of(scene.message) == before)

    assert scene.answers() == []
    assert standing_of(scene.database, scene.fu, scene.unsure) is Standing.POSSIBLE


async def test_a_question_about_a_number_that_is_another_papers_since_a_restore_is_too_old(
    scene: Scene, server: ChatServer
) -> None:
    with scene.database.reading() as session:
        check = make_check(papers.load_papers(session, [scene.unsure])[scene.unsure])
    other = "0000" if check != "0000" else "1111"
    message = server.post(
        private_chat(), (tuple(Tap(tap.text, f"{tap.data}.{check}") for tap in question_row(scene.fu, scene.unsure)),)
    )
    async with listening(scene.app):
        assert await notice_of(server, server.tap(message, f"{scene.data('y')}.{other}")) == wording.STALE
        assert scene.answers() == []
        assert "Peng Fu" in await notice_of(server, server.tap(message, f"{scene.data('y')}.{check}"))
        await until(lambda: labels(server.keyboard_of(message)) == SAID_YES)

    assert server.keyboard_of(message)[0][0].data == f"is:b:{scene.fu}:{scene.unsure}.{check}"


async def test_in_a_group_that_one_person_has_linked_nobody_but_that_person_answers(
    scene: Scene, server: ChatServer
) -> None:
    mine = ChannelWish(kind="telegram", address=GROUP, schedule=Schedule("UTC", NOON.time()), cap=5)
    with scene.database.writing() as session:
        service.add_channel(session, NOON, scene.ada.id, mine, start_after=0, consent=OPERATOR)
    server.administrators[GROUP] = [7, 4242]
    message = scene.post(group_chat())
    async with listening(scene.app):
        assert await notice_of(server, server.tap(message, scene.data("y"), user_id=7)) == rating_words.OF_A_PERSON
        assert scene.answers() == []
        assert "Peng Fu" in await notice_of(server, server.tap(message, scene.data("y"), user_id=4242))

    assert scene.answers() == [True]


async def test_taps_in_a_row_keep_their_order_and_none_brings_back_what_another_changed(
    scene: Scene, server: ChatServer
) -> None:
    other = add_record(scene.database, "Bo Li")
    (second,) = add_papers(scene.database, paper("2611.00002", title="Another Matter", authors=("Bo Li",)))
    attribute(scene.database, other, [second], Standing.POSSIBLE)
    rows = (question_row(scene.fu, scene.unsure), question_row(other, second, 9, "Bo Li"))
    message = server.post(private_chat(), rows)
    # All were tapped before the first answer was shown: they come with the same old buttons.
    for data in (scene.data("y"), f"is:n:{other}:{second}", scene.data("n")):
        server.tap(message, data, keyboard=rows)
    async with listening(scene.app):
        await until(lambda: server.edits == 3)

    assert labels(server.keyboard_of(message)) == [*SAID_NO, ["✖ 9. you said: not Bo Li · undo"]]
    assert scene.answers() == [False, False]


async def test_a_double_tap_and_an_update_that_comes_again_after_a_crash_change_nothing(
    scene: Scene, server: ChatServer
) -> None:
    rows = server.keyboard_of(scene.message)
    queries = [server.tap(scene.message, scene.data("y"), keyboard=rows) for _ in range(2)]
    replayed = list(server.updates)
    async with listening(scene.app):
        notices = [await notice_of(server, query) for query in queries]
    server.updates[:] = replayed
    async with listening(scene.app):
        await until(lambda: server.count("answerCallbackQuery") == 4)

    assert notices[0] == notices[1]
    assert scene.answers() == [True]
    assert (server.edits, scene.labels()) == (1, SAID_YES)
    assert server.count("editMessageReplyMarkup") == 2


async def test_two_readers_who_agree_settle_it_for_everybody(scene: Scene, server: ChatServer) -> None:
    add_reader(scene.database, "5353", scene.fu)
    bobs = scene.post(private_chat(5353))
    async with listening(scene.app):
        first = await notice_of(server, server.tap(scene.message, scene.data("y")))
        assert standing_of(scene.database, scene.fu, scene.unsure) is Standing.POSSIBLE
        second = await notice_of(server, server.tap(bobs, scene.data("y"), user_id=5353))

    assert ("Readers agree" in first, "Readers agree" in second) == (False, True)
    assert standing_of(scene.database, scene.fu, scene.unsure) is Standing.CONFIRMED


async def test_an_answer_about_a_record_that_was_merged_counts_for_the_one_it_was_merged_into(
    scene: Scene, server: ChatServer
) -> None:
    older = scene.fu
    later = add_record(scene.database)
    message = server.post(private_chat(), (question_row(later, scene.unsure),))
    with scene.database.writing() as session:
        merge_researchers(session, older, later, "the same person", NOON)
    async with listening(scene.app):
        assert "Peng Fu" in await notice_of(server, server.tap(message, f"is:n:{later}:{scene.unsure}"))
        await until(lambda: labels(server.keyboard_of(message)) == SAID_NO)

    with scene.database.reading() as session:
        (answer,) = answers.list_answers_about(session, [older])[older]
    assert (answer.subscriber_id, answer.is_theirs) == (scene.ada.id, False)


async def test_the_single_no_beneath_an_alert_comes_back_as_it_was(scene: Scene, server: ChatServer) -> None:
    alert = server.post(private_chat(), ((Tap("✖ Not Peng Fu", scene.data("n")),),))
    before = server.keyboard_of(alert)
    async with listening(scene.app):
        server.tap(alert, scene.data("n"))
        await until(lambda: labels(server.keyboard_of(alert)) == [["✖ you said: not Peng Fu · undo"]])
        server.tap(alert, server.keyboard_of(alert)[0][0].data)
        await until(lambda: server.keyboard_of(alert) == before)


async def test_who_followed_a_mere_name_hears_whom_they_follow_now(scene: Scene, server: ChatServer) -> None:
    attribute(scene.database, add_record(scene.database), [scene.unsure])  # the paper is another Peng Fu's already
    async with listening(scene.app):
        notice = await notice_of(server, server.tap(scene.message, scene.data("y")))

    assert "You now follow Peng Fu, whose paper this is." in notice


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", ["", "is:y:1", "is:y:999:1", "is:y:1:999", "xx", "is:y:1:1\n", "fo:y:999", "💥" * 16])
async def test_a_button_that_leads_nowhere_is_said_to_be_too_old(scene: Scene, server: ChatServer, data: str) -> None:
    async with listening(scene.app):
        assert await notice_of(server, server.tap(scene.message, data)) == wording.STALE

    assert scene.answers() == []


async def test_a_chat_speaks_for_its_own_subscriber_alone(scene: Scene, server: ChatServer) -> None:
    topic = add_reader(scene.database, f"{GROUP}/17", scene.fu, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    in_topics = [{"is_topic_message": True, "message_thread_id": number} for number in (17, 18)]
    right, other_topic = [scene.post(group_chat(), **fields) for fields in in_topics]
    foreign = [scene.post(private_chat(9999)), scene.post(group_chat()), other_topic]
    async with listening(scene.app):
        queries = [server.tap(message, scene.data("y"), user_id=7) for message in foreign]
        assert {await notice_of(server, query) for query in queries} == {wording.NO_DIGEST}
        not_ada = server.tap(scene.message, scene.data("y"), user_id=7)
        assert await notice_of(server, not_ada) == wording.STALE
        await notice_of(server, server.tap(right, scene.data("y"), user_id=7))

    assert (scene.answers(), scene.answers(topic)) == ([], [True])


@pytest.mark.parametrize("user_id", [7, ANONYMOUS, 8])
async def test_in_a_group_administrators_answer_anonymous_ones_too(
    scene: Scene, server: ChatServer, user_id: int
) -> None:
    group = add_reader(scene.database, "@lab_papers", scene.fu, kind=SubscriberKind.GROUP)
    server.administrators[GROUP], server.anonymous[GROUP] = [7], [8]
    message = scene.post(group_chat(username="Lab_Papers"))
    async with listening(scene.app):
        await notice_of(server, server.tap(message, scene.data("y"), user_id=user_id))

    assert scene.answers(group) == [True]


async def test_in_a_group_other_members_are_told_who_may_and_telegram_is_not_asked_each_time(
    scene: Scene, server: ChatServer
) -> None:
    group = add_reader(scene.database, GROUP, scene.fu, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    message = scene.post(group_chat())
    assert isinstance(scene.app.clock, FixedClock)
    async with listening(scene.app):
        for _ in range(3):
            query = server.tap(message, scene.data("y"), user_id=99)
            assert await notice_of(server, query) == wording.ADMINISTRATORS_ONLY
        assert server.count("getChatAdministrators") == 1
        server.administrators[GROUP].append(99)
        scene.app.clock.advance(timedelta(minutes=6))
        await notice_of(server, server.tap(message, scene.data("y"), user_id=99))

    assert scene.answers(group) == [True]


async def test_while_nobody_can_say_who_administers_a_group_nothing_is_changed(
    scene: Scene, server: ChatServer
) -> None:
    group = add_reader(scene.database, GROUP, scene.fu, kind=SubscriberKind.GROUP)

    def refuse(_: dict[str, str]) -> None:
        raise api.Refused(api.KICKED)

    server.methods["getchatadministrators"] = refuse
    async with listening(scene.app):
        query = server.tap(scene.post(group_chat()), scene.data("y"))
        assert await notice_of(server, query) == wording.ADMINISTRATORS_UNKNOWN

    assert scene.answers(group) == []


async def test_a_reader_who_left_answers_nothing(scene: Scene, server: ChatServer) -> None:
    with scene.database.writing() as session:
        service.unsubscribe(session, NOON, scene.ada.id)
    async with listening(scene.app):
        assert await notice_of(server, server.tap(scene.message, scene.data("y"))) == wording.NO_DIGEST

    assert (scene.answers(), server.edits) == ([], 0)


async def test_a_chat_that_has_not_confirmed_itself_answers_nothing(scene: Scene, server: ChatServer) -> None:
    with scene.database.writing() as session:
        store.get_channel(session, scene.ada.channels[0].id).verified_at = None
    async with listening(scene.app):
        assert await notice_of(server, server.tap(scene.message, scene.data("y"))) == wording.NO_DIGEST

    assert scene.answers() == []


async def test_a_message_that_telegram_no_longer_shows_still_takes_its_answer(scene: Scene, server: ChatServer) -> None:
    hidden = {"message_id": scene.message["message_id"], "date": 0, "chat": private_chat()}
    async with listening(scene.app):
        assert "Peng Fu" in await notice_of(server, server.tap(hidden, scene.data("y"), keyboard=()))

    assert (scene.answers(), server.edits) == ([True], 0)
