"""The links of confirmation mails, against a real database: asked by a page, done by a button, once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import httpx
import pytest

from digest.model import LetterKind
from digest.pipeline.confirming import confirm
from digest.pipeline.following import PersonWanted
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import FollowChoice
from digest.web.confirming import say_first
from subscribers import service
from subscribers.db import Database
from subscribers.model import Cadence, RequestKind, RequestState, Schedule, SubscriberStatus, SubscriberView
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.factories import NOON
from tests.joining import ADA, WISHES, ask_and_answer, come_from, letters_of, link, open_site, reader_at, state_of
from tests.people import subscribe
from tests.records import KEY, Outline, token_for

pytestmark = pytest.mark.anyio
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def asked(database: Database) -> int:
    return ask_and_answer(database)


async def test_opening_the_link_shows_exactly_what_would_be_sent_and_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    wishes = replace(
        WISHES,
        name="Ada",
        schedule=Schedule("Asia/Tokyo", time(6), None, Cadence.WEEKLY, 4),
        interests=(read_interest('"state space"'), read_interest("cat:cs.CL")),
        exclusions=(read_interest("survey"),),
        follows=(FollowChoice(text="Furu Wei", name="Furu Wei", person=PersonWanted(name="Furu Wei")),),
        is_plain=True,
    )
    number = ask_and_answer(database, wishes=wishes)
    for method in ("HEAD", "GET", "GET"):
        page = await client.request(method, link(number))
        assert page.status_code == 200

    for said in (ADA, "Every Friday at 06:00 (Asia/Tokyo)", "&#34;state space&#34;", "cat:cs.CL", "survey", "Furu Wei"):
        assert said in page.text
    for said in ("At most 10 papers, as plain text", "<bdi>Ada</bdi>", "this page only asks"):
        assert said in page.text
    assert len(Outline(page.text).all("button")) == 1
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert state_of(database, number) is RequestState.ASKED


async def test_the_button_subscribes_and_the_page_says_when_and_leads_to_the_preferences(
    client: httpx.AsyncClient, database: Database, asked: int
) -> None:
    done = await client.post(link(asked), headers=come_from("198.51.100.7"))
    again = await client.post(link(asked))
    opened = await client.get(link(asked))

    assert {answer.status_code for answer in (done, again, opened)} == {200}
    assert done.text == again.text == opened.text
    assert "You are subscribed" in done.text
    assert "Saturday, 21 November 2026 at 07:30 (Europe/Berlin)" in done.text
    assert reader_at(database).status is SubscriberStatus.CONFIRMED
    assert letters_of(database).count((LetterKind.WELCOME, ADA)) == 1
    (manage,) = [str(each["href"]) for each in Outline(done.text).all("a")]
    preferences = await client.get(link(asked) + "/../" + manage)
    assert (preferences.status_code, "experts" in preferences.text) == (200, True)


async def test_links_that_lead_nowhere_all_look_alike(
    client: httpx.AsyncClient, database: Database, asked: int
) -> None:
    cancelled = ask_and_answer(database, "cyd@example.org")
    await client.post(link(cancelled, Purpose.CANCEL))
    reader = subscribe(database, "bob@example.org")
    paths = [
        link(asked)[:-1],
        link(asked) + "x",
        link(asked, Purpose.CANCEL).replace("/cancel/", "/confirm/"),
        "/confirm/" + token_for(reader, Purpose.MANAGE),
        link(asked, key="another key of more than thirty-two"),
        link(asked, at=NOON - timedelta(hours=48, seconds=1)),
        link(cancelled),
        link(999),
        "/confirm/x",
        "/confirm/" + "a" * 5000,
        "/confirm/%00",
    ]
    answers = [await client.request(method, path) for path in paths for method in ("GET", "POST")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert state_of(database, asked) is RequestState.ASKED


async def test_what_has_run_out_looks_like_what_never_was(database: Database, asked: int) -> None:
    async with open_site(database, NOON + timedelta(hours=48, seconds=1)) as client:
        late = [await client.get(link(asked)), await client.post(link(asked))]
        foreign = await client.get("/confirm/x")

    assert {answer.status_code for answer in late} == {404}
    assert {answer.text for answer in late} == {foreign.text}


async def test_a_link_of_somebody_who_has_left_since_brings_nobody_back(
    client: httpx.AsyncClient, database: Database, asked: int
) -> None:
    await client.post(link(asked))
    with database.writing() as session:
        service.unsubscribe(session, NOON, reader_at(database).id)

    assert (await client.post(link(asked))).status_code == 404
    assert reader_at(database).status is SubscriberStatus.UNSUBSCRIBED


async def test_who_did_not_ask_cancels_by_a_button_or_one_click_for_good(
    client: httpx.AsyncClient, database: Database, asked: int
) -> None:
    for method in ("HEAD", "GET"):
        page = await client.request(method, link(asked, Purpose.CANCEL))
        assert page.status_code == 200
    assert "Was it not you?" in page.text
    assert state_of(database, asked) is RequestState.ASKED

    for data in (ONE_CLICK, ONE_CLICK, {}):
        answer = await client.post(link(asked, Purpose.CANCEL), data=data)
        assert (answer.status_code, answer.is_redirect, answer.headers.get("set-cookie")) == (200, False, None)
    assert state_of(database, asked) is RequestState.CANCELLED
    assert (await client.post(link(asked))).status_code == 404
    assert "is cancelled" in (await client.get(link(asked, Purpose.CANCEL))).text


async def test_the_cancel_link_of_a_mail_that_was_confirmed_stops_the_digest(
    client: httpx.AsyncClient, database: Database, asked: int
) -> None:
    await client.post(link(asked))
    assert "Stop mail to this address?" in (await client.get(link(asked, Purpose.CANCEL))).text
    await client.post(link(asked, Purpose.CANCEL), data=ONE_CLICK)

    assert reader_at(database).status is SubscriberStatus.UNSUBSCRIBED


async def test_a_cancel_link_works_years_later(database: Database, asked: int) -> None:
    async with open_site(database, NOON + timedelta(days=2_000)) as client:
        answers = [
            await client.get(link(asked, Purpose.CANCEL)),
            await client.post(link(asked, Purpose.CANCEL), data=ONE_CLICK),
            await client.post(link(12_345, Purpose.CANCEL), data=ONE_CLICK),
        ]

    assert {answer.status_code for answer in answers} == {200}


async def test_a_cancel_link_that_was_never_ours_is_unknown(client: httpx.AsyncClient, asked: int) -> None:
    wrong = [link(asked, Purpose.CANCEL)[:-1], link(asked).replace("/confirm/", "/cancel/"), "/cancel/x"]
    answers = [await client.request(method, path) for path in wrong for method in ("GET", "POST")]

    assert {answer.status_code for answer in answers} == {404}


async def test_a_further_address_is_asked_and_then_gets_the_digest(
    client: httpx.AsyncClient, database: Database
) -> None:
    view = subscribe(database, ADA)
    number = ask_and_answer(database, "more@example.org", kind=RequestKind.ADD_ADDRESS, about_id=view.id)
    page = await client.get(link(number))
    done = await client.post(link(number))

    assert "Send the digest here too?" in page.text
    assert ADA not in page.text  # whose subscription it is, is told to nobody but them
    assert "The digest comes here too" in done.text
    assert len(reader_at(database).channels) == 2


async def test_a_moving_address_is_asked_and_then_takes_over(client: httpx.AsyncClient, database: Database) -> None:
    view = subscribe(database, ADA)
    number = ask_and_answer(database, "new@example.org", kind=RequestKind.MOVE_ADDRESS, about_id=view.channels[0].id)
    page = await client.get(link(number))
    done = [await client.post(link(number)) for _ in range(2)]

    assert "no longer to <bdi>the address a…@example.org</bdi>" in page.text
    assert ADA not in page.text  # the new address may have been mistyped: whoever reads mail there must not learn it
    assert [answer.status_code for answer in done] == [200, 200]
    assert "The digest comes here now" in done[0].text
    assert reader_at(database, "new@example.org").id == view.id


def move(database: Database) -> tuple[SubscriberView, int, str]:
    """Have Ada's digest asked to go to another address; give the link in the letter to the old one."""
    view = subscribe(database, ADA)
    asked: dict[str, Any] = {"kind": RequestKind.MOVE_ADDRESS, "about_id": view.channels[0].id}
    number = ask_and_answer(database, "new@example.org", **asked)
    token = Tokens([KEY]).issue(Purpose.MOVE_BACK, TokenSubject(view.channels[0].id, view.id, (number,)), NOON)
    return view, number, f"/move-back/{token}"


async def test_whoever_reads_at_the_old_address_brings_the_digest_back(
    client: httpx.AsyncClient, database: Database
) -> None:
    view, number, back = move(database)
    await client.post(link(number))
    stolen = Tokens([KEY]).issue(Purpose.MANAGE, TokenSubject(view.channels[0].id, view.id), NOON - timedelta(hours=1))
    looked = [await client.request(method, back) for method in ("GET", "HEAD")]
    before = reader_at(database, "new@example.org").channels[0].address
    done = [await client.post(back) for _ in range(2)]

    assert ([each.status_code for each in looked], before) == ([200, 200], "new@example.org")
    assert [each.status_code for each in done] == [200, 200]
    assert "stays with you" in done[0].text
    assert [channel.address for channel in reader_at(database).channels] == [ADA]
    assert (await client.get(f"/manage/{stolen}")).status_code == 404


async def test_a_move_that_was_not_wanted_does_not_happen(client: httpx.AsyncClient, database: Database) -> None:
    _, number, back = move(database)
    done = await client.post(back)

    assert done.status_code == 200
    assert (await client.post(link(number))).status_code == 404
    assert [channel.address for channel in reader_at(database).channels] == [ADA]


async def test_an_old_address_that_is_taken_by_now_is_not_taken_back(
    client: httpx.AsyncClient, database: Database
) -> None:
    _, number, back = move(database)
    await client.post(link(number))
    subscribe(database, ADA)

    assert (await client.post(back)).status_code == 409
    assert len(reader_at(database, "new@example.org").channels) == 1


async def test_an_address_taken_meanwhile_is_refused_kindly(client: httpx.AsyncClient, database: Database) -> None:
    view = subscribe(database, ADA)
    number = ask_and_answer(database, "new@example.org", kind=RequestKind.MOVE_ADDRESS, about_id=view.channels[0].id)
    subscribe(database, "new@example.org")
    answer = await client.post(link(number))

    assert answer.status_code == 409
    assert "belongs to another subscription" in answer.text
    assert reader_at(database).channels[0].address == ADA


@pytest.mark.parametrize(
    ("cadence", "said"),
    [
        (Cadence.ALERTS, "There is no digest"),
        (Cadence.BATCH, "within the hour after new papers"),
        (Cadence.WEEKLY, "Monday, 23 November 2026 at 07:30 (Europe/Berlin)"),
        (Cadence.WEEKDAYS, "Monday, 23 November 2026 at 07:30 (Europe/Berlin)"),
    ],
)
def test_the_first_digest_is_told_by_how_often_it_comes(database: Database, cadence: Cadence, said: str) -> None:
    wishes = replace(WISHES, schedule=replace(WISHES.schedule, cadence=cadence))
    channel = confirm(database, NOON, ask_and_answer(database, wishes=wishes), "192.0.2.0/24").channel

    assert said in say_first(channel, NOON)
