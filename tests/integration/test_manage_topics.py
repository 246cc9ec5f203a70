"""The preferences page: topics, whole categories and what is left out."""

from collections.abc import AsyncIterator

import httpx
import pytest

from digest.pipeline.attribute import attribute_new
from digest.pipeline.signup import read_interest
from digest.web.preferences.topics import MOST_TOPICS
from subscribers import service
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.managing import Reader
from tests.people import announce, subscribe
from tests.records import assert_harmless, open_client

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def ada(client: httpx.AsyncClient, database: Database) -> Reader:
    view = subscribe(database, "ada@example.org", "diffusion", "cat:cs.CL", 'CAT:"hep-th"')
    return Reader(client, database, view)


def texts(reader: Reader) -> list[str]:
    return [each.text for each in reader.wishes().interests]


def left_out(reader: Reader) -> list[str]:
    return [each.text for each in reader.wishes().exclusions]


async def test_a_topic_is_added_shown_and_taken_back(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("add-topic"), query='"mixture of experts" cat:cs.LG')
    assert '"mixture of experts" cat:cs.LG' in texts(ada)
    assert page.message == 'Saved: papers about “"mixture of experts" cat:cs.LG” come to you. Show'
    assert page.form("add-topic").filled() == {"query": [""]}

    await ada.undo(page)
    assert texts(ada) == ["diffusion", "cat:cs.CL", 'CAT:"hep-th"']


async def test_a_topic_is_removed_and_brought_back(ada: Reader) -> None:
    topic = ada.wishes().interests[0]
    form = (await ada.open()).form("remove-topic", topic=topic.id)
    page = await ada.submit(form, topic=str(topic.id))
    assert texts(ada) == ["cat:cs.CL", 'CAT:"hep-th"']

    await ada.undo(page)
    assert "diffusion" in texts(ada)


async def test_the_same_topic_in_other_words_is_had_already(ada: Reader) -> None:
    page = await ada.send("add-topic", query="Diffusion")
    assert page.message.startswith("Unchanged")
    assert texts(ada) == ["diffusion", "cat:cs.CL", 'CAT:"hep-th"']


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "it is empty"),
        ("(diffusion", "never closed"),
        ("-survey", "only says what you do not want"),
        ("cs.CL", "write `cat:cs.CL`"),
        ("x" * 2_001, "may have 2,000"),
        ("я" * 2_001, "may have 2,000"),
    ],
    ids=["empty", "open", "negative", "bare", "long", "long Cyrillic"],
)
async def test_a_topic_that_cannot_be_understood_is_explained_beside_the_field(
    ada: Reader, query: str, why: str
) -> None:
    for act in ("add-topic", "exclude"):
        before = ada.wishes()
        page = await ada.send(act, query=query)
        assert page.status == 400
        assert why in page.message
        assert page.form(act).filled() == {"query": [query]}
        assert ada.wishes() == before


async def test_a_new_topic_says_what_it_would_have_brought(ada: Reader, database: Database) -> None:
    announce(database, paper("2611.00001", title="Sparse experts"), paper("2611.00002", title="Dense experts"))
    attribute_new(database, NOON)

    assert "would have found 2 papers." in (await ada.send("add-topic", query="experts")).text
    nothing = (await ada.send("add-topic", query="phlogiston")).text
    assert "would have found nothing. All its words must stand in one paper" in nothing


async def test_categories_are_ticked_and_cleared_and_others_stay(ada: Reader) -> None:
    form = (await ada.open()).form("categories")
    assert form.filled()["category"] == ["cs.CL", "hep-th"]

    page = await ada.submit(form, category=["cs.LG", "hep-th"])
    assert sorted(texts(ada)) == ['CAT:"hep-th"', "cat:cs.LG", "diffusion"]
    assert page.message == "Saved: everything new in cs.LG, hep-th comes to you. Show"
    await ada.undo(page)
    assert sorted(texts(ada)) == ['CAT:"hep-th"', "cat:cs.CL", "diffusion"]


async def test_two_tabs_tick_different_categories_and_both_are_kept(ada: Reader) -> None:
    first, second = (await ada.open()).form("categories"), (await ada.open()).form("categories")
    await ada.submit(first, category=["cs.CL", "hep-th", "cs.RO"])
    await ada.submit(second, category=["hep-th", "cs.CV"])

    assert sorted(texts(ada)) == ['CAT:"hep-th"', "cat:cs.CV", "cat:cs.RO", "diffusion"]


@pytest.mark.parametrize("category", ["", "cs.CL survey", "<script>", "(", 'cs.CL" OR "a', "x" * 3_000])
async def test_what_is_no_category_changes_nothing(ada: Reader, category: str) -> None:
    before = ada.wishes()
    page = await ada.send("categories", category=["cs.RO", category], shown="cs.cl=1")
    assert page.status == (400 if category else 200)
    assert_harmless(page.text)
    if category:
        assert ada.wishes() == before


async def test_a_category_is_shown_once_among_the_categories_and_not_among_the_topics(ada: Reader) -> None:
    page = await ada.open()
    values = [each["value"] for each in page.outline.all("input") if each.get("name") == "category"]

    assert len(values) == len(set(values))
    assert {"cs.CL", "hep-th"} <= set(values)
    assert '<code dir="auto">cat:cs.CL</code>' not in page.text


async def test_something_is_left_out_and_let_in_again(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("exclude"), query="survey")
    assert left_out(ada) == ["survey"]
    assert page.message == "Saved: papers about “survey” are left out. Show"

    gone = await ada.send("include", exclusion=str(ada.wishes().exclusions[0].id))
    assert left_out(ada) == []
    await ada.undo(gone)
    assert left_out(ada) == ["survey"]
    assert ada.events()[-3:] == ["exclusion_added", "exclusion_removed", "exclusion_added"]


async def test_a_topic_that_is_left_out_is_a_topic_no_more_and_the_other_way_round(ada: Reader) -> None:
    page = await ada.send("exclude", query="diffusion")
    assert ("diffusion" in texts(ada), left_out(ada)) == (False, ["diffusion"])
    assert "no topic any more" in page.message

    back = await ada.undo(page)
    assert ("diffusion" in texts(ada), left_out(ada)) == (True, [])
    assert "left out no longer" in back.message


async def test_there_is_a_most_of_topics(ada: Reader, database: Database) -> None:
    with database.writing() as session:
        for number in range(MOST_TOPICS - 3):
            service.add_interest(session, NOON, ada.view.id, read_interest(f"topic{number}"))

    for act in ("add-topic", "exclude"):
        page = await ada.send(act, query="one too many")
        assert page.status == 400
        assert "You have 500 topics" in page.message
    assert (await ada.send("categories", category="cs.RO")).status == 400
    assert len(texts(ada)) == MOST_TOPICS


async def test_many_topics_are_shown_a_page_at_a_time_and_a_form_comes_back_to_its_page(
    ada: Reader, database: Database
) -> None:
    with database.writing() as session:
        for number in range(200):
            service.add_interest(session, NOON, ada.view.id, read_interest(f"topic{number}"))

    first, last = await ada.open(), await ada.open("?topics=5")
    assert "Page 1 of 5, 201 in all" in first.text
    assert first.text.count('<code dir="auto">') == 50
    assert last.text.count('<code dir="auto">') == 1
    assert last.form("remove-topic").action.endswith("/remove-topic?topics=5")
    assert "Page 5 of 5" in (await ada.open("?topics=77")).text
    assert "Page 1 of 5" in (await ada.open("?topics=-1&follows=x")).text
