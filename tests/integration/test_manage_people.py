"""The preferences page: following people, institutions and papers."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from digest.model import PersonId, PersonScheme, Researcher, ResearcherId
from digest.pipeline.following import follow_institution, follow_paper, follow_researcher
from digest.researchers.places import Institution
from digest.settings import HttpSettings
from digest.storage import researchers
from digest.web.preferences.page import MOST_LOOKUPS
from digest.web.preferences.people import MOST_FOLLOWS
from subscribers import service
from subscribers.db import Database
from subscribers.model import FollowEvent, FollowKind, FollowWish, Position, Timing
from subscribers.tables import FollowRow
from tests.factories import NOON, paper
from tests.managing import Page, Reader
from tests.people import subscribe
from tests.records import HOSTILE, add_papers, add_record, assert_harmless, open_client

pytestmark = pytest.mark.anyio

ORCID = "0000-0002-1825-0097"
# Nothing leaves this machine: whoever asks a service finds nobody there.
NOWHERE = HttpSettings(proxy=SecretStr("http://127.0.0.1:9"), attempts=1)


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database, http=NOWHERE) as opened:
        yield opened


@pytest.fixture
def fu(database: Database) -> ResearcherId:
    return add_record(database, ids=(PersonId(PersonScheme.ORCID, ORCID),))


@pytest.fixture
def ada(client: httpx.AsyncClient, database: Database) -> Reader:
    return Reader(client, database, subscribe(database, "ada@example.org"))


def wishes(reader: Reader) -> list[FollowWish]:
    return [each.wish for each in reader.wishes().follows]


def names(reader: Reader) -> list[str]:
    return [wish.name for wish in wishes(reader)]


async def follow(reader: Reader, what: str, **fields: Any) -> Page:
    return await reader.submit((await reader.open()).form("follow"), what=what, **fields)


# ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", [ORCID, f"https://orcid.org/{ORCID}", f"orcid:{ORCID} "])
async def test_an_id_of_somebody_known_is_followed_at_once_and_taken_back(
    ada: Reader, fu: ResearcherId, what: str
) -> None:
    page = await follow(ada, what)
    assert [(each.kind, each.target_id) for each in wishes(ada)] == [(FollowKind.RESEARCHER, fu)]
    assert page.message == "Saved: you follow Peng Fu. Show"

    await ada.undo(page)
    assert wishes(ada) == []
    assert (await follow(ada, what)).message.startswith("Saved")
    assert (await follow(ada, what)).message.startswith("Unchanged")


async def test_a_place_on_a_stored_paper_is_a_person_and_its_number_is_the_paper(
    ada: Reader, database: Database
) -> None:
    (paper_id,) = add_papers(database, paper("2611.00001", title=r"Why $\mu$P", authors=("Ada Byron", "Peng Fu")))

    assert "you follow Peng Fu" in (await follow(ada, "author 2 of 2611.00001")).message
    assert "you follow Why μP" in (await follow(ada, "https://arxiv.org/abs/2611.00001")).message
    person, work = wishes(ada)
    assert (person.kind, work.kind, work.target_id) == (FollowKind.RESEARCHER, FollowKind.PAPER, paper_id)
    assert (work.timing, work.events) == (Timing.NOW, tuple(FollowEvent))


async def test_a_name_shows_whom_it_may_mean_and_changes_nothing_yet(
    ada: Reader, database: Database, fu: ResearcherId
) -> None:
    add_papers(database, paper("2611.00002", authors=("Bo Li", "Peng Fu")))
    page = await follow(ada, "Peng Fu")

    assert (page.status, wishes(ada)) == (200, [])
    assert page.message == "Nothing has changed yet: choose whom you mean."
    assert "Whom do you mean by “<bdi>Peng Fu</bdi>”?" in page.text
    assert page.form("follow").filled() == {"what": ["Peng Fu"]}

    record = page.form("follow-target", target=fu)
    await ada.submit(record, **dict(record.buttons))
    assert [each.target_id for each in wishes(ada)] == [fu]
    stranger = page.form("follow", pick="author 2 of 2611.00002")
    await ada.submit(stranger, **dict(stranger.buttons))
    assert [each.target_id == fu for each in wishes(ada)] == [True, False]
    assert "you follow them" in (await follow(ada, "Peng Fu")).text


async def test_a_name_nobody_bears_here_is_followed_alone_or_as_an_institution(ada: Reader) -> None:
    page = await follow(ada, "Grace  Hopper")
    assert "Nobody of this name is known here yet." in page.text
    form = page.form("follow", **{"as": "person"})
    await ada.submit(form, **{"as": "person"})
    await ada.submit(form, what="Max Planck Institute for Intelligent Systems", **{"as": "institution"})

    assert [(each.kind, each.name) for each in wishes(ada)] == [
        (FollowKind.RESEARCHER, "Grace Hopper"),
        (FollowKind.INSTITUTION, "Max Planck Institute for Intelligent Systems"),
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"what": ""}, "is empty"),
        ({"what": "", "as": "person"}, "is empty"),
        ({"what": "0000-0002-1825-0098"}, "last character"),
        ({"what": "0000-0001-5109-3700"}, "cannot be looked up just now"),
        ({"what": "10.1000/unknown"}, "not stored here"),
        ({"what": "x" * 2_001}, "too long"),
        ({"what": "x" * 201, "as": "institution"}, "too long"),
        ({"what": "The ATLAS Collaboration", "as": "person"}, "not a person's name"),
        ({"what": "https://scholar.google.com/citations?user=abc"}, "cannot be followed"),
        ({"what": "Peng Fu", "pick": "author 9 of 2310.99999"}, "cannot be looked up just now"),
    ],
    ids=["empty", "nobody", "digit", "away", "doi", "long", "long place", "team", "scholar", "forged"],
)
async def test_what_cannot_be_followed_is_explained_beside_the_field(
    ada: Reader, fields: dict[str, str], why: str
) -> None:
    page = await ada.send("follow", **fields)

    assert page.status == 400
    assert why in page.message
    assert "--" not in page.message  # what one would do in a shell
    assert page.form("follow").filled() == {"what": [fields["what"]]}
    assert wishes(ada) == []


@pytest.mark.parametrize("target", ["999", "2147483647"])
@pytest.mark.parametrize("kind", ["researcher", "institution", "paper"])
async def test_a_record_that_does_not_exist_cannot_be_followed(ada: Reader, kind: str, target: str) -> None:
    assert (await ada.send("follow-target", kind=kind, target=target)).status == 400
    assert (await ada.send("follow-target", kind="subscriber", target=target)).status == 404
    assert wishes(ada) == []


@pytest.mark.usefixtures("fu")
async def test_looking_up_ever_more_is_stopped(ada: Reader) -> None:
    for _ in range(MOST_LOOKUPS):
        await ada.client.post(f"{ada.link}/follow", data={"what": "0000-0002-1825-0098"})

    page = await ada.send("follow", what=ORCID)
    assert (page.status, wishes(ada)) == (400, [])
    assert "go on in an hour" in page.message


async def test_there_is_a_most_of_follows(ada: Reader, database: Database, fu: ResearcherId) -> None:
    row = {"subscriber_id": ada.view.id, "kind": "paper", "timing": "digest", "position": "any", "created_at": NOON}
    rows = [row | {"target_id": 10_000 + number, "name": f"Paper {number}"} for number in range(MOST_FOLLOWS)]
    with database.writing() as session:
        session.execute(insert(FollowRow), rows)

    assert "2,000" in (await ada.send("follow", what=ORCID)).message
    assert (await ada.send("follow-target", kind="researcher", target=str(fu))).status == 400
    assert len(wishes(ada)) == MOST_FOLLOWS


# ── changing and dropping ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_person_has_a_page_of_their_own_for_how_and_is_dropped_and_brought_back_as_it_was(
    ada: Reader, database: Database, fu: ResearcherId
) -> None:
    wish = FollowWish(
        target_id=fu, name="Peng Fu", timing=Timing.NOW, position=Position.FIRST, events=(FollowEvent.PUBLISHED,)
    )
    with database.writing() as session:
        service.follow(session, NOON, ada.view.id, wish)
    page = await ada.open()
    link = next(str(each["href"]) for each in page.outline.all("a") if "/follow/" in str(each["href"]))

    assert "new papers as first author, at once; also publication" in page.text
    assert "You follow Peng Fu" in (await ada.client.get(link.removeprefix(".."))).text
    gone = await ada.send("unfollow", follow=str(ada.wishes().follows[0].id))
    assert (gone.message, wishes(ada)) == ("Saved: you no longer follow Peng Fu. Show", [])
    await ada.undo(gone)
    assert wishes(ada) == [wish]


async def test_how_an_institution_and_a_paper_are_followed_is_changed_on_the_page(
    ada: Reader, database: Database
) -> None:
    (paper_id,) = add_papers(database, paper("2611.00001"))
    with database.writing() as session:
        follow_institution(session, NOON, ada.view.id, Institution(name="University of Bonn"))
        follow_paper(session, NOON, ada.view.id, paper_id)
    place, work = ada.wishes().follows
    before = wishes(ada)

    form = (await ada.open()).form("follow-how", follow=place.id)
    page = await ada.submit(form, timing="now", position="last", event=["code_released"])
    changed = wishes(ada)[0]
    assert (changed.timing, changed.position, changed.events) == (
        Timing.NOW,
        Position.LAST,
        (FollowEvent.CODE_RELEASED,),
    )
    assert page.message == "Saved: how you follow University of Bonn. Show"
    await ada.undo(page)
    assert wishes(ada) == before

    await ada.submit((await ada.open()).form("follow-how", follow=work.id), timing="digest", event=[])
    assert (wishes(ada)[1].timing, wishes(ada)[1].events) == (Timing.DIGEST, ())


@pytest.mark.parametrize("wrong", [{"timing": "never"}, {"position": "middle"}, {"event": ["new"]}])
async def test_terms_that_cannot_be_chosen_change_nothing(
    ada: Reader, database: Database, wrong: dict[str, Any]
) -> None:
    with database.writing() as session:
        follow_institution(session, NOON, ada.view.id, Institution(name="University of Bonn"))
    before = wishes(ada)

    page = await ada.submit((await ada.open()).form("follow-how"), **wrong)
    assert (page.status, wishes(ada)) == (400, before)


async def test_many_follows_are_grouped_shown_a_page_at_a_time_and_found_by_words(
    ada: Reader, database: Database
) -> None:
    with database.writing() as session:
        for number in range(500):
            found = researchers.add_researcher(session, Researcher(name=f"Person {number:03}"), NOON)
            follow_researcher(session, NOON, ada.view.id, found)
        follow_institution(session, NOON, ada.view.id, Institution(name="University of Bonn"))

    first, last = await ada.open(), await ada.open("?follows=11")
    assert "Page 1 of 11, 501 in all" in first.text
    assert first.text.count('action="../manage/') < 150
    assert "<h3>Institutions</h3>" in last.text
    assert "<h3>People</h3>" not in last.text
    assert len(first.text) < 120_000  # bytes, roughly: a phone on a train opens this
    assert "1 found." in (await ada.open("?words=BONN+university")).text
    assert "0 found." in (await ada.open("?words=cologne")).text
    page = await ada.submit(last.form("unfollow"), follow=last.form("unfollow").buttons[0][1])
    assert page.status == 200
    assert last.form("unfollow").action.endswith("/unfollow?follows=11")


async def test_names_of_people_places_and_papers_are_shown_as_text(ada: Reader, database: Database) -> None:
    hostile = HOSTILE.replace("\u202e", "").replace("\x1b", "")
    nasty = add_record(database, HOSTILE)
    (paper_id,) = add_papers(database, paper("2611.00001", title=HOSTILE))
    with database.writing() as session:
        follow_researcher(session, NOON, ada.view.id, nasty)
        follow_institution(session, NOON, ada.view.id, Institution(name=hostile))
        follow_paper(session, NOON, ada.view.id, paper_id)

    assert_harmless((await ada.open()).text)
    assert_harmless((await follow(ada, hostile[:150])).text)
    assert_harmless((await ada.open(f"?words={hostile[:80]}")).text)
    gone = await ada.send("unfollow", follow=str(ada.wishes().follows[2].id))
    assert_harmless(gone.text)
