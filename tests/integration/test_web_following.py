"""Following on the web, against a real database: settings as plain forms, and undoing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from digest.model import ResearcherId
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import FollowEvent, FollowKind, FollowWish, Position, SubscriberView, Timing
from subscribers.tokens import Purpose
from tests.people import subscribe
from tests.records import Outline, add_record, follower, open_client, token_for

pytestmark = pytest.mark.anyio
EVERYTHING: dict[str, Any] = {
    "action": "follow",
    "timing": "now",
    "position": "first or last",
    "event": ["code_released", "withdrawn"],
}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def fu(database: Database) -> ResearcherId:
    return add_record(database)


@pytest.fixture
def ada(database: Database, fu: ResearcherId) -> SubscriberView:
    return follower(database, fu)


def link(view: SubscriberView, researcher_id: int) -> str:
    return f"/follow/{token_for(view, Purpose.FOLLOW, researcher_id)}"


def wish_of(database: Database, view: SubscriberView, researcher_id: int) -> FollowWish | None:
    with database.reading() as session:
        found = store.find_follow(session, view.id, FollowKind.RESEARCHER, researcher_id)
    return found and found.wish


def undo_of(page: str) -> dict[str, Any]:
    """Give what the first form of the page sends: that is the one that undoes."""
    form = page.partition("<form")[2].partition("</form>")[0]
    outline = Outline(f"<form{form}</form>")
    sent: dict[str, Any] = {"action": outline.all("button")[0]["value"]}
    for field in outline.all("input"):
        sent.setdefault(str(field["name"]), []).append(field["value"])
    return sent


async def test_opening_the_link_shows_how_one_follows_and_changes_nothing(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    before = wish_of(database, ada, fu)
    for method in ("HEAD", "GET"):
        answer = await client.request(method, link(ada, fu))
        assert answer.status_code == 200

    checked = [each["value"] for each in Outline(answer.text).all("input") if "checked" in each]
    assert "You follow Peng Fu" in answer.text
    assert checked == ["digest", "any"]
    assert wish_of(database, ada, fu) == before


async def test_stopping_works_twice_and_can_be_undone_with_all_settings(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    await client.post(link(ada, fu), data=EVERYTHING)
    before = wish_of(database, ada, fu)

    first = await client.post(link(ada, fu), data={"action": "stop"})
    second = await client.post(link(ada, fu), data={"action": "stop"})
    assert wish_of(database, ada, fu) is None
    assert "You no longer follow Peng Fu" in first.text
    assert "You do not follow Peng Fu" in second.text

    await client.post(link(ada, fu), data=undo_of(first.text))
    assert wish_of(database, ada, fu) == before


async def test_settings_are_kept_as_the_form_says_and_can_be_undone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    before = wish_of(database, ada, fu)
    answer = await client.post(link(ada, fu), data=EVERYTHING)
    wish = wish_of(database, ada, fu)

    assert wish is not None
    assert (wish.timing, wish.position) == (Timing.NOW, Position.FIRST_OR_LAST)
    assert wish.events == (FollowEvent.CODE_RELEASED, FollowEvent.WITHDRAWN)
    assert "come at once" in answer.text

    await client.post(link(ada, fu), data=undo_of(answer.text))
    assert wish_of(database, ada, fu) == before


async def test_no_event_ticked_means_none(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    await client.post(link(ada, fu), data=EVERYTHING)
    await client.post(link(ada, fu), data={"action": "follow", "timing": "digest", "position": "any"})

    wish = wish_of(database, ada, fu)
    assert wish is not None
    assert wish.events == ()


async def test_the_bare_button_follows_and_leaves_settings_alone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    bob = subscribe(database, "bob@example.org")
    answer = await client.post(link(bob, fu), data={"action": "follow"})
    assert "You now follow Peng Fu" in answer.text
    assert undo_of(answer.text) == {"action": "stop"}

    await client.post(link(ada, fu), data=EVERYTHING)
    before = wish_of(database, ada, fu)
    await client.post(link(ada, fu), data={"action": "follow"})
    assert wish_of(database, ada, fu) == before


@pytest.mark.parametrize(
    "form", [{}, {"action": "erase"}, {"action": "follow", "timing": "never"}, EVERYTHING | {"event": "new"}]
)
async def test_what_cannot_be_chosen_changes_nothing(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, form: dict[str, Any]
) -> None:
    before = wish_of(database, ada, fu)

    assert (await client.post(link(ada, fu), data=form)).status_code == 400
    assert wish_of(database, ada, fu) == before


async def test_tokens_of_other_purposes_and_cut_ones_are_unknown(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    bad = [link(ada, fu)[:-2], f"/follow/{token_for(ada, Purpose.MANAGE)}", "/follow/" + "a" * 600]
    bad.append(f"/follow/{token_for(ada, Purpose.ANSWER, fu, 1)}")

    for url in bad:
        assert (await client.get(url)).status_code == 404
        assert (await client.post(url, data={"action": "stop"})).status_code == 404
    assert wish_of(database, ada, fu) is not None


async def test_who_has_left_follows_nobody_any_more(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId
) -> None:
    gone = link(ada, 999)
    assert (await client.get(gone)).status_code == 410
    with database.writing() as session:
        service.erase(session, ada.id)

    for answer in (await client.get(link(ada, fu)), await client.post(link(ada, fu), data={"action": "follow"})):
        assert answer.status_code == 410


async def test_every_field_of_the_form_has_a_label_and_every_group_a_name(
    client: httpx.AsyncClient, ada: SubscriberView, fu: ResearcherId
) -> None:
    outline = Outline((await client.get(link(ada, fu))).text)

    assert len(outline.all("fieldset")) == len(outline.all("legend")) == 3
    assert len(outline.all("label")) == len([each for each in outline.all("input") if each["type"] != "hidden"])
