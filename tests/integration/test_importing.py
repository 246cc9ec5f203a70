"""A list of people is followed as far as it can be; what cannot be used is named by line, with the reason."""

import pytest

from digest.errors import InvalidList
from digest.pipeline.importing import Imported, follow_list
from digest.researchers.imports import read_list
from digest.storage import researchers
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberView
from tests.factories import paper
from tests.integration.test_refresh import KnownPeople, inquiry
from tests.namesakes import ears, language, standings
from tests.people import announce, subscribe


async def bring(database: Database, text: str, view: SubscriberView | None = None) -> Imported:
    reader = view or subscribe(database)
    return await follow_list(inquiry(database, KnownPeople(is_away=True)), reader.id, read_list(text.encode(), "list"))


@pytest.mark.anyio
async def test_names_and_ids_are_followed_and_the_rest_is_listed_by_line(database: Database) -> None:
    ada = subscribe(database)
    text = "Furu Wei\nhttps://orcid.org/0000-0002-1825-0097\n0000-0002-1825-0098\nThe ATLAS Collaboration\nYejin Choi\n"
    imported = await bring(database, text, ada)

    assert [each.name for _, each in imported.followed] == ["Furu Wei", "0000-0002-1825-0097", "Yejin Choi"]
    assert [fault.line for fault in imported.faults] == [3, 4]
    assert all(fault.why for fault in imported.faults)
    with database.reading() as session:
        assert len(store.list_follows(session, [ada.id])[ada.id]) == 3


@pytest.mark.anyio
async def test_bringing_a_list_again_follows_nobody_twice(database: Database) -> None:
    ada = subscribe(database)
    first = await bring(database, "Furu Wei\nYejin Choi\n", ada)
    again = await bring(database, "Yejin Choi\nFuru Wei\n", ada)

    assert (first.new, again.new) == (2, 0)


@pytest.mark.anyio
async def test_the_papers_of_a_library_say_which_namesake_is_meant(database: Database) -> None:
    announce(database, language(0), language(1), ears(0))
    entries = [
        f"@article{{a{number}, author={{Liu, Yuanxin and Fu, Peng}}, title={{T}}, eprint={{2611.1000{number}}}, "
        "archiveprefix={arXiv}}"
        for number in (0, 1)
    ]
    imported = await bring(database, "\n\n".join(entries))
    peng = next(each for wish, each in imported.followed if wish.name.endswith("Fu") or "Fu" in wish.name)

    found = standings(database, peng.target_id)
    assert {found["2611.10000"], found["2611.10001"]} == {"confirmed"}
    assert found.get("2611.20000") in {None, "possible"}


@pytest.mark.anyio
async def test_an_author_is_named_by_the_place_on_a_stored_paper(database: Database) -> None:
    announce(database, paper("2611.00009", authors=["Ann Kim", "Ingrid Bakkerud"]))
    imported = await bring(database, "author 2 of 2611.00009\nauthor 7 of 2611.00009\n")

    assert [each.name for _, each in imported.followed] == ["Ingrid Bakkerud"]
    assert "2 authors" in imported.faults[0].why


def test_an_empty_list_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidList, match="it names nobody"):
        read_list(b"# only a comment\n\n", "list")


@pytest.mark.anyio
async def test_two_thousand_lines_half_of_them_broken(database: Database) -> None:
    lines = [
        f"Given{_letters(number)} Family{_letters(number)}" if number % 2 else f"https://orcid.org/{number}"
        for number in range(2_000)
    ]
    imported = await bring(database, "\n".join(lines))

    assert len(imported.followed) == 1_000
    assert {fault.line % 2 for fault in imported.faults} == {1}
    with database.reading() as session:
        assert len(researchers.list_researchers(session, 5_000)) == len(
            {each.target_id for _, each in imported.followed}
        )


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
