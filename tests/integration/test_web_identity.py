"""“Is this them?” on the web, against a real database: what readers, link scanners and forgers get."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from digest.model import Affiliation, PaperId, ResearcherId, Standing
from digest.storage import answers
from subscribers import service
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose
from tests.factories import NOON, paper
from tests.people import subscribe
from tests.records import (
    HOSTILE,
    Outline,
    add_papers,
    add_record,
    assert_harmless,
    attribute,
    follower,
    open_client,
    possible_paper,
    standing_of,
    token_for,
)

pytestmark = pytest.mark.anyio
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def fu(database: Database) -> ResearcherId:
    places = (Affiliation(name="Tsinghua University", since=2019),)
    return add_record(database, affiliations=places, topics=("quantum computing",))


@pytest.fixture
def unsure(database: Database, fu: ResearcherId) -> PaperId:
    return possible_paper(database, fu)


@pytest.fixture
def ada(database: Database, fu: ResearcherId) -> SubscriberView:
    return follower(database, fu)


def link(view: SubscriberView, researcher_id: int, paper_id: int) -> str:
    return f"/is-it-them/{token_for(view, Purpose.ANSWER, researcher_id, paper_id)}"


def answers_of(database: Database, view: SubscriberView) -> list[bool]:
    with database.reading() as session:
        return [each.is_theirs for each in answers.list_answers_of(session, [view.id])[view.id]]


async def test_the_page_shows_the_paper_whom_one_follows_and_the_evidence(
    client: httpx.AsyncClient, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    page = (await client.get(link(ada, fu, unsure))).text

    for said in (
        "Is this Peng Fu?",
        "Sparse Experts Learn Fast",
        '<b class="theirs"><bdi>Peng Fu</bdi></b>',
        "cs.CL",
        "We study mixture of experts models.",
        "Peng Fu of Tsinghua University",
        "quantum computing",
        "<li>no shared co-author</li>",
        "Nothing has changed yet",
    ):
        assert said in page


async def test_opening_the_link_changes_nothing_whatever_answer_it_brings(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    for method in ("GET", "HEAD"):
        for query in ("", "?answer=yes", "?answer=no", "?answer=back", "?answer=%00"):
            assert (await client.request(method, link(ada, fu, unsure) + query)).status_code == 200

    assert answers_of(database, ada) == []
    assert standing_of(database, fu, unsure) is Standing.POSSIBLE


@pytest.mark.parametrize(("query", "first"), [("", "yes"), ("?answer=yes", "yes"), ("?answer=no", "no")])
async def test_the_answer_of_the_link_has_the_first_button(
    client: httpx.AsyncClient, ada: SubscriberView, fu: ResearcherId, unsure: PaperId, query: str, first: str
) -> None:
    outline = Outline((await client.get(link(ada, fu, unsure) + query)).text)
    buttons = outline.all("button")

    assert [button["value"] for button in buttons] == ["yes", "no"][:: 1 if first == "yes" else -1]
    assert ["class" in button for button in buttons] == [False, True]


async def test_yes_counts_at_once_and_again_and_can_be_undone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    url = link(ada, fu, unsure)
    first, second = [await client.post(url, data={"answer": "yes"}) for _ in range(2)]

    assert (first.status_code, first.headers.get("set-cookie"), first.is_redirect) == (200, None, False)
    assert first.text == second.text
    assert "For you, this paper is by Peng Fu. Papers like this one will come as sure." in first.text
    assert "For other readers nothing changes" in first.text
    assert answers_of(database, ada) == [True]
    assert [button["value"] for button in Outline(first.text).all("button")] == ["back"]

    undone = await client.post(url, data={"answer": "back"})
    assert "Your answer is taken back" in undone.text
    assert answers_of(database, ada) == []
    assert standing_of(database, fu, unsure) is Standing.POSSIBLE


async def test_no_says_that_it_does_not_come_again(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    answer = await client.post(link(ada, fu, unsure), data={"answer": "no"})

    assert "will not come to you as Peng Fu’s again" in answer.text
    assert answers_of(database, ada) == [False]
    assert "You said that it is not this person" in (await client.get(link(ada, fu, unsure))).text


async def test_two_readers_who_agree_settle_it_for_everybody(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    bob = follower(database, fu, "bob@example.org")
    await client.post(link(ada, fu, unsure), data={"answer": "yes"})
    assert standing_of(database, fu, unsure) is Standing.POSSIBLE

    answer = await client.post(link(bob, fu, unsure), data={"answer": "yes"})
    assert "2 readers say that it is theirs, so it counts as theirs for everybody." in answer.text
    assert standing_of(database, fu, unsure) is Standing.CONFIRMED

    await client.post(link(bob, fu, unsure), data={"answer": "back"})
    assert standing_of(database, fu, unsure) is not Standing.CONFIRMED


async def test_a_reader_who_follows_a_mere_name_now_follows_whose_paper_it_is(
    client: httpx.AsyncClient, database: Database
) -> None:
    name_only = add_record(database)
    other = add_record(database, affiliations=(Affiliation(name="Tsinghua University"),))
    unsure = possible_paper(database, name_only)
    attribute(database, other, [unsure])
    reader = follower(database, name_only)

    answer = await client.post(link(reader, name_only, unsure), data={"answer": "yes"})

    assert "You now follow Peng Fu of Tsinghua University, whose paper this is" in answer.text
    assert "../follow/" in answer.text


async def test_a_token_that_is_forged_cut_off_old_or_for_another_purpose_is_unknown(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    good = token_for(ada, Purpose.ANSWER, fu, unsure)
    bad = [
        good[:-1],
        token_for(ada, Purpose.FOLLOW, fu),
        token_for(ada, Purpose.MANAGE),
        token_for(ada, Purpose.ANSWER, fu, unsure, at=NOON - timedelta(days=401)),
        token_for(ada, Purpose.ANSWER, fu, unsure, keys=["another key of more than thirty-two letters"]),
        "x",
        "a" * 5000,
    ]
    given = [await client.get(f"/is-it-them/{token}") for token in bad]
    given += [await client.post(f"/is-it-them/{token}", data={"answer": "yes"}) for token in bad]

    assert {answer.status_code for answer in given} == {404}
    assert len({answer.text for answer in given}) == 1
    assert answers_of(database, ada) == []


async def test_a_readers_token_speaks_for_that_reader_alone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    bob = follower(database, fu, "bob@example.org")
    await client.post(link(bob, fu, unsure), data={"answer": "no"})

    assert (answers_of(database, ada), answers_of(database, bob)) == ([], [False])


async def test_what_is_gone_is_said_to_be_gone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    (unrelated,) = add_papers(database, paper("2611.00002", title="Something Else Altogether", authors=("Bob Byte",)))
    bob = follower(database, fu, "bob@example.org")
    gone = [link(ada, fu, unrelated), link(ada, fu, 999), link(ada, 999, unsure), link(bob, fu, unsure)]
    with database.writing() as session:
        service.erase(session, bob.id)

    for url in gone:
        for answer in (await client.get(url), await client.post(url, data={"answer": "yes"})):
            assert answer.status_code == 410
            assert "There is nothing to ask any more" in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"answer=maybe", FORM, 400),
        (b"", "", 400),
        (b"answer=yes" + b"&x=1" * 60, FORM, 400),
        (b"answer=yes&x=" + b"a" * 10_000, FORM, 413),
        (b'{"answer": "yes"}', "application/json", 415),
        (b"answer=%FF%00yes", FORM, 400),
    ],
)
async def test_a_form_that_is_none_of_ours_changes_nothing(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId, body: bytes, kind: str, status: int
) -> None:
    ada, unsure = follower(database, fu), possible_paper(database, fu)
    answer = await client.post(link(ada, fu, unsure), content=body, headers={"Content-Type": kind} if kind else {})

    assert answer.status_code == status
    assert answers_of(database, ada) == []


async def test_hostile_names_titles_and_places_stay_text(client: httpx.AsyncClient, database: Database) -> None:
    fu = add_record(database, "Peng Fu" + HOSTILE, affiliations=(Affiliation(name=HOSTILE),), topics=(HOSTILE,))
    hostile = paper(
        "2611.00009", title=HOSTILE, abstract=HOSTILE, authors=("Peng Fu" + HOSTILE,), categories=(HOSTILE,)
    )
    unsure = add_papers(database, hostile)
    attribute(database, fu, unsure, Standing.POSSIBLE, evidence=(HOSTILE,))
    reader = subscribe(database)

    for answer in (
        await client.get(link(reader, fu, unsure[0])),
        await client.post(link(reader, fu, unsure[0]), data={"answer": "yes"}),
    ):
        assert answer.status_code == 200
        assert_harmless(answer.text)
        assert "&lt;script&gt;" in answer.text


async def test_pages_load_and_run_nothing_and_are_not_kept(
    client: httpx.AsyncClient, ada: SubscriberView, fu: ResearcherId, unsure: PaperId
) -> None:
    answer = await client.get(link(ada, fu, unsure))

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Papers &lt;&amp; more&gt;" in answer.text
