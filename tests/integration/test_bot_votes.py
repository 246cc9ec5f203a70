"""A group votes on its papers: one vote a member, the counts on the buttons, and the word of most is the group's."""

import json
import random
from collections import Counter

import pytest
from sqlalchemy import select

from digest.bot import wording
from digest.bot.commands import leaving
from digest.model import FeedbackKind, SubscriberId
from digest.pipeline.erasing import forget
from digest.pipeline.signup import export_everything
from digest.pipeline.voting import choose_word, count, forget_member, name_voter, vote
from digest.storage.bot_tables import VoteRow
from digest.storage.tables import PaperRow
from subscribers.db import Database
from subscribers.model import SubscriberKind, SubscriberView
from tests.bots import Scene, add_reader, listening, make_scene, notice_of, until
from tests.factories import NOON, paper
from tests.feedback import LESS, MORE, said_of, send
from tests.rated_chats import Sent, send_digest
from tests.records import add_papers
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
SPARSE = paper("2611.00011", title="Sparse Experts", authors=("Bo Li", "Cy Ng"))
DENSE = paper("2611.00012", title="Dense Retrieval", authors=("Fay Poe",))


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    return make_scene(database, server)


@pytest.fixture
def lab(scene: Scene) -> SubscriberView:
    return add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)


@pytest.fixture
async def shared(scene: Scene, server: ChatServer, lab: SubscriberView) -> Sent:
    """The lab's digest of one paper."""
    return await send_digest(scene.app, server, lab, group_chat(), SPARSE)


def list_votes(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.voter, row.kind) for row in session.scalars(select(VoteRow))]


async def test_votes_are_counted_on_the_buttons_and_most_of_them_count(
    scene: Scene, lab: SubscriberView, shared: Sent
) -> None:
    number = shared.paper_ids[0]
    async with listening(scene.app):
        assert "👍 1, 👎 0" in await shared.tap("👍 More", user_id=1)
        assert shared.labels() == [["👍 1", "👎 0", "↩ My vote"], ["💾 Save", "➕ Follow", "🙈 Mute"]]
        assert said_of(scene.database, lab, number) == {MORE}
        await shared.tap("👎 0", user_id=2)
        assert said_of(scene.database, lab, number) == set(), "a tie says nothing"
        await shared.tap("👎 1", user_id=3)
        assert said_of(scene.database, lab, number) == {LESS}
        assert "taken back" in await shared.tap("↩ My vote", user_id=3)
        await shared.tap("↩ My vote", user_id=2)
        assert shared.labels()[0] == ["👍 1", "👎 0", "↩ My vote"]
        assert said_of(scene.database, lab, number) == {MORE}
        await shared.tap("👎 0", user_id=1)  # a change of mind
        assert shared.labels()[0][:2] == ["👍 0", "👎 1"]


async def test_a_member_who_taps_twice_has_one_vote(scene: Scene, server: ChatServer, shared: Sent) -> None:
    data = shared.find("👍 More").data
    async with listening(scene.app):
        for _ in range(3):
            await notice_of(server, server.tap(shared.message, data, 1))

    assert len(list_votes(scene.database)) == 1


async def test_several_papers_each_have_their_own_votes(scene: Scene, server: ChatServer, lab: SubscriberView) -> None:
    two = await send_digest(scene.app, server, lab, group_chat(), SPARSE, DENSE)
    async with listening(scene.app):
        await two.tap("1", user_id=1)
        await two.tap("👍 0", user_id=1)
        await two.tap("2", user_id=2)
        assert two.labels()[1] == ["👍 0", "👎 0"]
        assert two.labels()[0] == ["1 👍", "▾ 2"]


async def test_a_reaction_in_a_group_is_the_vote_of_whoever_reacts(
    scene: Scene, server: ChatServer, lab: SubscriberView, shared: Sent
) -> None:
    async with listening(scene.app):
        await shared.tap("👍 More", user_id=1)
        for member in (2, 3):
            server.react(shared.message, "", "👎", user_id=member)
        await until(lambda: said_of(scene.database, lab, shared.paper_ids[0]) == {LESS})
        server.react(shared.message, "👎", "", user_id=3)
        await until(lambda: said_of(scene.database, lab, shared.paper_ids[0]) == set())


async def test_who_votes_is_nowhere_and_forget_takes_the_votes_along(
    scene: Scene, server: ChatServer, shared: Sent
) -> None:
    async with listening(scene.app):
        await shared.tap("👍 More", user_id=4242)
        await shared.tap("👍 1", user_id=5)
        assert not any("4242" in voter for voter, _ in list_votes(scene.database))
        talk = Talk(server, private_chat())
        await talk.say("/forget")
        await talk.tap("Delete everything")
        await until(lambda: len(list_votes(scene.database)) == 1)


async def test_a_vote_on_what_is_gone_says_so(scene: Scene, server: ChatServer, shared: Sent) -> None:
    tap = shared.find("👍 More")
    with scene.database.writing() as session:
        session.delete(session.get_one(PaperRow, shared.paper_ids[0]))
    async with listening(scene.app):
        assert await notice_of(server, server.tap(shared.message, tap.data, 1)) == wording.STALE
    assert list_votes(scene.database) == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_members_tap_the_count_is_that_of_their_last_words(seed: int, database: Database) -> None:
    chance = random.Random(seed)
    lab = add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    numbers = add_papers(database, SPARSE, DENSE)
    send(database, lab, *numbers)
    group, last = SubscriberId(lab.id), dict[tuple[int, int], FeedbackKind | None]()
    for _ in range(60):
        member, number = chance.randrange(5), chance.choice(numbers)
        kind = chance.choice([MORE, LESS, None])
        last[member, number] = kind
        assert vote(database, NOON, group, number, name_voter("key", group, member), kind) is not None
        counted = Counter(each for (_, on), each in last.items() if on == number and each)
        assert count(database, group, number) == counted
        word = choose_word(counted)
        assert said_of(database, lab, number) == ({word} if word else set())
    assert forget_member(database, "key", 3) == sum(1 for (who, _), kind in last.items() if who == 3 and kind)


def test_a_vote_stays_with_its_record_and_counts_for_what_that_is_now(database: Database) -> None:
    lab = add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    first, second = add_papers(database, SPARSE, DENSE)
    send(database, lab, first, second)
    group = SubscriberId(lab.id)
    for number, member, kind in ((first, 1, MORE), (second, 1, LESS), (second, 2, LESS)):
        vote(database, NOON, group, number, name_voter("", group, member), kind)
    with database.writing() as session:
        session.get_one(PaperRow, second).merged_into = first

    assert count(database, group, first).get(LESS) == 2


def test_a_member_is_another_voter_in_each_group_and_with_each_key() -> None:
    voters = {name_voter(key, SubscriberId(group), user) for key in ("a", "b") for group in (1, 2) for user in (1, 2)}
    assert len(voters) == 8
    assert {len(each) for each in voters} == {64}


async def test_who_has_no_subscription_can_have_their_votes_forgotten(
    scene: Scene, server: ChatServer, shared: Sent
) -> None:
    async with listening(scene.app):
        await shared.tap("👍 More", user_id=7)
        talk = Talk(server, private_chat(7), 7)
        assert "Your votes in groups have been deleted" in await talk.say("/forget")
        assert "I hold nothing" in await talk.say("/forget")

    assert list_votes(scene.database) == []


async def test_votes_are_in_the_export_of_whoever_gave_them(scene: Scene, server: ChatServer, shared: Sent) -> None:
    async with listening(scene.app):
        await shared.tap("👍 More", user_id=7)
        await shared.tap("👎 0", user_id=8)
        talk = Talk(server, private_chat(7), 7)
        assert await talk.say("/export") == leaving.VOTES_EXPORTED
        await until(lambda: server.files)
    ((_, content),) = server.files
    held = json.loads(content)

    assert [(each["kind"], each["paper_id"]) for each in held["votes"]] == [(MORE.value, shared.paper_ids[0])]


def test_erasing_a_person_by_any_way_takes_the_votes_of_their_own_chat_along(database: Database) -> None:
    lab, bob = add_reader(database, GROUP, kind=SubscriberKind.GROUP), add_reader(database, "7")
    (number,) = add_papers(database, SPARSE)
    send(database, lab, number)
    group = SubscriberId(lab.id)
    for member in (7, 8):
        vote(database, NOON, group, number, name_voter("key", group, member), MORE)
    (told,) = export_everything(database, bob, "key")["votes"]
    assert (told["group"], told["paper_id"]) == (group, number)

    forget(database, NOON, bob.id, key="key")
    assert count(database, group, number) == {MORE: 1}


async def test_a_reaction_that_is_taken_away_takes_back_no_other_vote(
    scene: Scene, server: ChatServer, shared: Sent
) -> None:
    async with listening(scene.app):
        server.react(shared.message, "", "👍", user_id=7)
        await until(lambda: list_votes(scene.database))
        await shared.tap("👍 More", user_id=8)
        await shared.tap("👎 0", user_id=7)
        server.react(shared.message, "👍", "", user_id=7)
        await shared.tap("↩ My vote", user_id=8)

    assert [kind for _, kind in list_votes(scene.database)] == [LESS.value]
