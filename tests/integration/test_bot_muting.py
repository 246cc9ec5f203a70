"""🙈 beneath a paper: topics, categories and authors left out and let in again, tapped on a loopback Bot API server."""

import re

import pytest
from sqlalchemy import delete

from digest.bot import rating_words, wording
from digest.bot.commands.topics import MOST_TOPICS
from digest.matching.index import PaperBatch
from digest.matching.query import canonical, parse
from digest.model import Candidate, Standing, SubscriberId
from digest.pipeline.feedback import find_said
from digest.pipeline.muting import MOST, Mute, list_mutes
from digest.storage.tables import PaperRow, SentPaperRow
from subscribers import exclusions, service, store
from subscribers.db import Database
from subscribers.model import InterestWish, SubscriberKind, SubscriberView
from tests.bots import Scene, add_reader, listening, make_scene, notice_of, until
from tests.factories import NOON, paper
from tests.feedback import add_sent
from tests.rated_chats import ROWS, Sent, send_alert, send_digest
from tests.records import add_papers, add_record, attribute
from tests.servers.telegram import Tap
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
SPARSE = paper("2611.00011", title="Sparse Experts", authors=("Bo Li", "Cy Ng", "Di Wu", "Eva Ritz"))
DENSE = paper("2611.00012", title="Dense Retrieval", authors=("Fay Poe",))
LIST = [["✖ Drop the topic “expert”"], ["🙈 cs.CL"], ["🙈 cs.LG"], ["🙈 Bo Li"], ["🙈 Eva Ritz"], ["‹ Back"]]


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    made = make_scene(database, server)
    want(made.database, made.ada, "expert")
    return made


@pytest.fixture
async def two(scene: Scene, server: ChatServer) -> Sent:
    """Ada's digest of two papers, which came for her only topic."""
    return await send_digest(scene.app, server, scene.ada, private_chat(), SPARSE, DENSE)


def want(database: Database, view: SubscriberView, *texts: str) -> None:
    with database.writing() as session:
        for text in texts:
            service.add_interest(session, NOON, view.id, wish(text))


def leave_out(database: Database, view: SubscriberView, text: str) -> None:
    with database.writing() as session:
        exclusions.add_exclusion(session, NOON, view.id, wish(text))


def wish(text: str) -> InterestWish:
    return InterestWish(text=text, canonical=canonical(parse(text)))


def wishes(scene: Scene, view: SubscriberView | None = None) -> tuple[list[str], list[str]]:
    """Give the topics, and what is left out."""
    who = (view or scene.ada).id
    with scene.database.reading() as session:
        found = store.list_wishes(session, [who])[who]
    return [each.text for each in found.interests], [each.text for each in found.exclusions]


def followed(scene: Scene) -> set[str]:
    with scene.database.reading() as session:
        return {each.wish.name for each in store.list_follows(session, [scene.ada.id])[scene.ada.id]}


def mutes_of(database: Database, view: SubscriberView, paper_id: int) -> tuple[Mute, ...]:
    said = find_said(database, SubscriberId(view.id), paper_id)  # type: ignore[arg-type]
    assert said is not None
    return list_mutes(database, said)


# ── leaving out, and back ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_topic_a_category_and_an_author_are_left_out_and_let_in_again(scene: Scene, two: Sent) -> None:
    async with listening(scene.app):
        await two.tap("1")
        assert await two.tap("🙈 Mute") == rating_words.WHAT_TO_MUTE
        assert two.labels() == [["▾ 1", "2"], *LIST]

        notice = "Papers with an author named Bo Li are left out from now on. Tap again to undo, or see /interests."
        assert await two.tap("🙈 Bo Li") == notice
        assert "Papers in cs.LG are left out from now on" in await two.tap("🙈 cs.LG")
        assert "“expert” is no topic any more." in await two.tap("✖ Drop the topic “expert”")
        assert two.labels()[1:] == [
            ["✔ “expert” is dropped · undo"],
            ["🙈 cs.CL"],
            ["✔ cs.LG is left out · undo"],
            ["✔ Bo Li is left out · undo"],
            ["🙈 Eva Ritz"],
            ["‹ Back"],
        ]
        assert wishes(scene) == ([], ['au:"Bo Li"', "cat:cs.LG"])

        assert await two.tap("✔ “expert” is dropped · undo") == "“expert” is a topic again."
        assert await two.tap("✔ cs.LG is left out · undo") == "Papers in cs.LG are left out no longer."
        await two.tap("✔ Bo Li is left out · undo")
        assert two.labels() == [["▾ 1", "2"], *LIST]
        await two.tap("‹ Back")
        assert two.labels() == [["▾ 1", "2"], *ROWS]

    assert wishes(scene) == (["expert"], [])


async def test_what_is_left_out_by_a_button_is_listed_and_removed_by_commands(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    talk = Talk(server)
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")
        await two.tap("🙈 cs.CL")
        assert "✖ left out: cat:cs" in await talk.say("/interests")
        assert "are left out no longer" in await talk.say("/remove cat:cs.CL")
        await two.tap("🙈 Bo Li")

    assert ["🙈 cs.CL"] in two.labels()
    assert wishes(scene) == (["expert"], ['au:"Bo Li"'])


async def test_an_alert_has_the_button_at_once_and_a_list_takes_its_place(scene: Scene, server: ChatServer) -> None:
    (paper_id,) = add_papers(scene.database, SPARSE)
    alerted = await send_alert(scene.app, server, scene.ada, private_chat(), paper_id)
    assert alerted.labels() == ROWS
    async with listening(scene.app):
        await alerted.tap("🙈 Mute")
        assert alerted.labels() == LIST[1:]
        await alerted.tap("🙈 cs.CL")
        assert alerted.labels()[0] == ["✔ cs.CL is left out · undo"]
        await alerted.tap("‹ Back")

    assert alerted.labels() == ROWS


async def test_double_taps_and_old_buttons_leave_it_left_out(scene: Scene, server: ChatServer, two: Sent) -> None:
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")
        old = server.keyboard_of(two.message)
        queries = [server.tap(two.message, two.find("🙈 Bo Li").data, keyboard=old) for _ in range(3)]
        queries.append(server.tap(two.message, two.find("🙈 cs.CL").data, keyboard=old))
        notices = [await notice_of(server, query) for query in queries]
        await until(lambda: "✔ cs.CL is left out · undo" in str(two.labels()))

    assert len(set(notices)) == 2
    assert wishes(scene)[1] == ['au:"Bo Li"', "cat:cs.CL"]
    assert ["✔ Bo Li is left out · undo"] in two.labels()


# ── whom the reader follows ──────────────────────────────────────────────────────────────────────────────────────────


async def test_of_somebody_who_is_followed_the_follow_ends_first(scene: Scene, server: ChatServer, two: Sent) -> None:
    wu = add_record(scene.database, "Di Wu")
    attribute(scene.database, wu, [two.paper_ids[0]], Standing.SURE, 3)
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")
        mute = two.find("🙈 Di Wu").data
        await two.tap("‹ Back")
        await two.tap("➕ Follow")
        await two.tap("➕ Di Wu")
        query = server.tap(two.message, mute)
        assert await notice_of(server, query) == (
            "You follow Di Wu, so their papers come all the same. Stop following first."
        )
        await until(lambda: ["🙈 Bo Li"] in two.labels())
        assert wishes(scene)[1] == []

        notice = "You no longer follow Di Wu. Tap the name again to leave their papers out."
        assert await two.tap("✔ Di Wu · stop following") == notice
        assert followed(scene) == {"Peng Fu"}
        await two.tap("🙈 Di Wu")

    assert wishes(scene)[1] == ['au:"Di Wu"']
    assert ["✔ Di Wu is left out · undo"] in two.labels()


# ── what is offered ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_offered_would_keep_out_the_very_paper(database: Database) -> None:
    ada = add_reader(database, "4242")
    hard = (
        *('Jim "Bo" Gray', "Wei, Furu", 'Schr\\"odinger, Erwin', "J. Wang", "The IceCube Collaboration", "Plato"),
        *("Müller-Lüdenscheidt, Käthe", "O’Neil AND Sons", "Xiao-Ming Li", "李明", "Ann Kim 0001", "a b " * 40),
    )
    offered = list[str]()
    for number, name in enumerate(hard):
        shown = paper(f"2611.{number:05}", authors=(name,), categories=("Health (General)", "Cell Biology", "q-bio.NC"))
        (paper_id,) = add_sent(database, ada, shown)
        for mute in mutes_of(database, ada, paper_id)[1:]:
            batch = PaperBatch([Candidate(paper_id=paper_id, paper=shown, announcements=())])
            assert batch.matches(parse(mute.wish.text)) == 1, mute
            offered.append(mute.offered.name)

    assert {"Wei, Furu", "Xiao-Ming Li", "李明", "Cell Biology", "q-bio.NC"} <= set(offered)
    assert not {"J. Wang", "The IceCube Collaboration", "Plato"} & set(offered)


def test_a_category_that_is_a_topic_is_offered_once_and_only_to_be_dropped(database: Database) -> None:
    ada = add_reader(database, "4242")
    want(database, ada, "cat:cs.CL", "expert")
    (paper_id,) = add_sent(database, ada, paper("2611.00011", authors=("Ada Lovelace", "Ada Lovelace")))

    names = [mute.offered.name for mute in mutes_of(database, ada, paper_id)]
    assert names == ["expert", "cs.LG", "Ada Lovelace"]


def test_a_list_has_at_most_eight_entries_and_the_last_author_among_them(database: Database) -> None:
    ada = add_reader(database, "4242")
    crowd = ["Bo Li", "Cy Ng", "Di Wu", "Eva Ritz", "Fay Poe", "Gus Orr", "Hal Kim"]
    (paper_id,) = add_sent(database, ada, paper("2611.00011", authors=crowd, categories=("cs.CL", "cs.LG", "cs.AI")))
    for position, name in enumerate(crowd, start=1):
        attribute(database, add_record(database, name), [paper_id], Standing.SURE, position)

    mutes = mutes_of(database, ada, paper_id)
    assert len(mutes) == MOST
    assert [mute.offered.name for mute in mutes[1:4]] == ["cs.CL", "cs.LG", "Bo Li"]
    assert mutes[-1].offered.name == "Hal Kim"


async def test_where_nothing_can_be_left_out_it_is_said(scene: Scene, server: ChatServer) -> None:
    (paper_id,) = add_papers(scene.database, paper("2611.00013", authors=("J. Wang",), categories=()))
    alerted = await send_alert(scene.app, server, scene.ada, private_chat(), paper_id)
    async with listening(scene.app):
        assert await alerted.refused("🙈 Mute") == rating_words.NOTHING_TO_MUTE

    assert alerted.labels() == ROWS


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_has_as_many_topics_as_there_can_be_is_told_so(scene: Scene, two: Sent) -> None:
    want(scene.database, scene.ada, *(f"word{number}" for number in range(MOST_TOPICS - 1)))
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")
        assert await two.refused("🙈 cs.CL") == rating_words.say_full(MOST_TOPICS)
        assert wishes(scene)[1] == []
        await two.tap("✖ Drop the topic “expert”")
        assert await two.tap("🙈 cs.CL") != rating_words.say_full(MOST_TOPICS)
        assert await two.refused("✔ “expert” is dropped · undo") == rating_words.say_full(MOST_TOPICS)

    assert wishes(scene)[1] == ["cat:cs.CL"]


async def test_a_button_whose_paper_or_place_is_gone_says_that_it_is_too_old(
    scene: Scene, server: ChatServer, two: Sent
) -> None:
    sparse, dense = two.paper_ids
    bob = add_reader(scene.database, "5353")
    bobs = server.post(private_chat(5353), ())
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")
        lee, topic = two.find("🙈 Bo Li").data, two.find("✖ Drop the topic “expert”").data
        other = lee.replace(f":{sparse}:1.", f":{dense}:1.")
        unchecked = re.sub(rf":{sparse}:1\.[0-9a-f]{{4}}:", f":{dense}:2:", lee)
        no_such = (unchecked, lee[:-1] + ("0" if lee[-1] != "0" else "1"), other, topic.replace("mu:y", "mu:u"))
        for data in no_such:
            assert await notice_of(server, server.tap(two.message, data)) == wording.STALE
        for data in (lee, f"pa:m:{sparse}:1"):
            query = server.tap(bobs, data, user_id=5353, keyboard=((Tap("1", data),),))
            assert await notice_of(server, query) == wording.STALE
        with scene.database.writing() as session:
            session.execute(delete(SentPaperRow).where(SentPaperRow.paper_id == sparse))
            session.execute(delete(PaperRow).where(PaperRow.id == sparse))
        assert await notice_of(server, server.tap(two.message, lee)) == wording.STALE

    assert wishes(scene) == (["expert"], [])
    assert wishes(scene, bob) == ([], [])


async def test_in_a_group_everybody_sees_the_list_and_only_administrators_leave_out(
    scene: Scene, server: ChatServer
) -> None:
    group = add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    shared = await send_digest(scene.app, server, group, group_chat(), SPARSE)
    async with listening(scene.app):
        await shared.tap("🙈 Mute", user_id=98)
        assert await shared.refused("🙈 Bo Li", user_id=98) == wording.ADMINISTRATORS_ONLY
        assert wishes(scene, group)[1] == []
        await shared.tap("🙈 Bo Li", user_id=7)
        await shared.tap("‹ Back", user_id=98)
        assert shared.labels() == [["👍 0", "👎 0"], ["💾 Save", "➕ Follow", "🙈 Mute"]]

    assert wishes(scene, group)[1] == ['au:"Bo Li"']
    assert wishes(scene)[1] == []


async def test_in_a_group_that_one_person_has_linked_nothing_is_left_out(scene: Scene, server: ChatServer) -> None:
    linked = add_reader(scene.database, GROUP)
    server.administrators[GROUP] = [7]
    shown = await send_digest(scene.app, server, linked, group_chat(), SPARSE, DENSE)
    paper_id = shown.paper_ids[0]
    key = next(each.offered.key for each in mutes_of(scene.database, linked, paper_id) if each.author)
    async with listening(scene.app):
        for data in (f"pa:m:{paper_id}:1", f"mu:y:{paper_id}:1:a:{key}"):
            query = server.tap(shown.message, data, user_id=7)
            assert await notice_of(server, query) == rating_words.OF_A_PERSON

    assert wishes(scene, linked) == ([], [])


async def test_what_was_left_out_before_is_shown_so(scene: Scene, two: Sent) -> None:
    leave_out(scene.database, scene.ada, "au:Li_Bo")
    leave_out(scene.database, scene.ada, "cat:CS.lg")
    async with listening(scene.app):
        await two.tap("1")
        await two.tap("🙈 Mute")

    assert ["✔ Bo Li is left out · undo"] in two.labels()
    assert ["✔ cs.LG is left out · undo"] in two.labels()
