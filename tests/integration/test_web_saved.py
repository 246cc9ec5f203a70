"""Saved papers in the preferences, against a real database: the list, taking back, and the files."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from digest.model import PaperId
from subscribers import service
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose
from tests.factories import NOON, paper
from tests.feedback import LESS, MORE, SAVED, add_sent, everything_said, said_of, saved_link, say
from tests.people import subscribe
from tests.records import HOSTILE, Outline, assert_harmless, open_client, token_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database)


@pytest.fixture
def sent(database: Database, ada: SubscriberView) -> list[PaperId]:
    titles = ("Sparse Experts Learn Fast", "Walking Robots That Fall Well", "Looms Without Cards")
    return add_sent(database, ada, *(paper(f"2611.{n:05d}", title=title) for n, title in enumerate(titles, start=1)))


def notice(page: str) -> str:
    return page.partition('role="status">')[2].partition("</div>")[0]


async def test_saved_papers_are_listed_the_latest_first(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    say(database, ada, SAVED, *sent)
    page = (await client.get(saved_link(ada))).text

    places = [page.index(title) for title in ("Looms Without", "Walking Robots", "Sparse Experts")]
    assert places == sorted(places)
    assert 'href="saved.bib"' in page
    assert 'href="https://arxiv.org/abs/2611.00001"' in page


async def test_whoever_saved_nothing_is_told_how(client: httpx.AsyncClient, ada: SubscriberView) -> None:
    page = (await client.get(saved_link(ada))).text

    assert "You have saved no paper yet." in page
    assert "ordered by your wishes alone" in page
    assert "saved.bib" not in page


async def test_a_paper_is_removed_and_comes_back(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    say(database, ada, SAVED, sent[0])
    removed = await client.post(saved_link(ada), data={"back": f"save:{sent[0]}"})

    assert "“Sparse Experts Learn Fast” is not saved any more." in notice(removed.text)
    assert f'name="say" value="save:{sent[0]}"' in notice(removed.text)
    assert everything_said(database, ada) == []
    await client.post(saved_link(ada), data={"say": f"save:{sent[0]}"})
    assert everything_said(database, ada) == [(sent[0], SAVED)]


async def test_one_rating_or_all_of_them_are_taken_back_and_come_back(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    say(database, ada, MORE, *sent[:2])
    say(database, ada, LESS, sent[2])

    one = await client.post(saved_link(ada), data={"back": f"less:{sent[2]}"})
    assert "counts neither for nor against papers like it any more" in notice(one.text)
    await client.post(saved_link(ada), data={"say": f"less:{sent[2]}"})

    gone = await client.post(saved_link(ada), data={"forget": "all"})
    assert everything_said(database, ada) == []
    fields = {str(each["name"]): str(each["value"]) for each in Outline(gone.text).all("input", "button")[:3]}
    assert fields.keys() == {"restore", "more", "less"}
    back = await client.post(saved_link(ada), data=fields)
    assert "3 of your words count again." in back.text
    assert [said_of(database, ada, each) for each in sent] == [{MORE}, {MORE}, {LESS}]


async def test_a_long_list_has_pages(client: httpx.AsyncClient, database: Database, ada: SubscriberView) -> None:
    many = add_sent(database, ada, *(paper(f"2611.{n:05d}", title=f"Title Number {n}") for n in range(1, 53)))
    say(database, ada, SAVED, *many)

    first, second, third = [(await client.get(saved_link(ada) + f"?page={n}")).text for n in (1, 2, 3)]
    assert (first.count("<li>"), second.count("<li>"), third.count("<li>")) == (50, 2, 0)
    assert 'href="saved?page=2">Older' in first
    assert "There is nothing more." in third
    for odd in ("0", "-1", "x", "9" * 40, "%00", "١"):
        assert (await client.get(saved_link(ada) + f"?page={odd}")).text == first


async def test_opening_changes_nothing(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    say(database, ada, SAVED, sent[0])
    for suffix in ("", ".bib", ".json", f"?back=save:{sent[0]}", "?forget=all"):
        for method in ("GET", "HEAD"):
            assert (await client.request(method, saved_link(ada, suffix))).status_code == 200
    assert everything_said(database, ada) == [(sent[0], SAVED)]


async def test_the_files_hold_what_is_saved_and_nothing_of_others(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    bob = subscribe(database, "bob@example.org")
    say(database, ada, SAVED, *sent[:2])
    say(database, ada, MORE, sent[2])

    bib = await client.get(saved_link(ada, ".bib"))
    assert bib.headers["content-type"] == "application/x-bibtex; charset=utf-8"
    assert bib.headers["content-disposition"] == 'attachment; filename="saved.bib"'
    assert bib.text.count("@misc{") == 2
    assert "Looms" not in bib.text
    listed = json.loads((await client.get(saved_link(ada, ".json"))).text)["papers"]
    assert [each["title"] for each in listed] == ["Walking Robots That Fall Well", "Sparse Experts Learn Fast"]
    assert listed[0]["ids"] == ["arxiv:2611.00002"]
    assert json.loads((await client.get(saved_link(bob, ".json"))).text) == {"papers": []}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"back": "save"},
        {"back": "save:x"},
        {"back": "everything:1"},
        {"say": "more:999"},
        {"say": "more:-1"},
        {"back": "save:99999999999999999999"},
        {"say": "save:0"},
    ],
    ids=str,
)
async def test_a_form_that_is_none_of_ours_changes_nothing(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId], form: dict[str, str]
) -> None:
    say(database, ada, SAVED, sent[0])
    answer = await client.post(saved_link(ada), data=form)

    assert (answer.status_code, "Nothing was changed." in answer.text) == (400, True)
    assert everything_said(database, ada) == [(sent[0], SAVED)]


async def test_restoring_takes_only_papers_that_were_sent(
    client: httpx.AsyncClient, database: Database, sent: list[PaperId]
) -> None:
    bob = subscribe(database, "bob@example.org")
    numbers = ",".join(map(str, (*sent, 999, 0, "x")))

    answer = await client.post(saved_link(bob), data={"restore": "all", "more": numbers, "less": "x"})

    assert "0 of your words count again." in answer.text
    assert everything_said(database, bob) == []


async def test_only_a_token_of_the_preferences_opens_the_list(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: list[PaperId]
) -> None:
    say(database, ada, SAVED, sent[0])
    tokens = ["x", "a" * 5000, token_for(ada, Purpose.FEEDBACK, sent[0]), token_for(ada, Purpose.UNSUBSCRIBE)]
    given = [await client.get(f"/manage/{token}/saved{suffix}") for token in tokens for suffix in ("", ".bib", ".json")]
    given += [await client.post(f"/manage/{token}/saved", data={"forget": "all"}) for token in tokens]
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
    given.append(await client.get(saved_link(ada)))

    assert {answer.status_code for answer in given} == {404}
    assert len({answer.text for answer in given}) == 1


async def test_hostile_papers_stay_text_on_the_page_and_in_the_files(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    hostile = paper("2611.00009", title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE,), categories=(HOSTILE,))
    (paper_id,) = add_sent(database, ada, hostile)
    say(database, ada, SAVED, paper_id)
    say(database, ada, MORE, paper_id)

    for answer in (
        await client.get(saved_link(ada)),
        await client.post(saved_link(ada), data={"back": f"save:{paper_id}"}),
    ):
        assert_harmless(answer.text)
        assert "&lt;script&gt;" in answer.text
    say(database, ada, SAVED, paper_id)
    bib = (await client.get(saved_link(ada, ".bib"))).text
    assert bib.count("{") == bib.count("}")
    assert json.loads((await client.get(saved_link(ada, ".json"))).text)["papers"][0]["title"]
