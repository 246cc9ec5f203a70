"""More, less and save on the web, against a real database: what readers, link scanners and forgers get."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from digest.model import Certainty, MessageForm, PaperId, Reason, ReasonKind, RetryPolicy
from digest.pipeline.compose import compose_due
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from digest.storage import deliveries, papers
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose, Tokens
from tests.factories import NOON, paper
from tests.feedback import LESS, MORE, SAVED, add_sent, everything_said, feedback_link, said_of, say
from tests.people import announce, subscribe
from tests.records import (
    HOSTILE,
    KEY,
    Outline,
    add_papers,
    add_record,
    assert_harmless,
    attribute,
    follower,
    open_client,
    token_for,
)

pytestmark = pytest.mark.anyio
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "expert")


@pytest.fixture
def sent(database: Database, ada: SubscriberView) -> PaperId:
    return add_sent(database, ada, paper())[0]


def buttons(page: str) -> list[tuple[str, str]]:
    return [(str(each["name"]), str(each["value"])) for each in Outline(page).all("button")]


def step(page: str, begins: str) -> str:
    return next(value for name, value in buttons(page) if name == "step" and value.startswith(begins))


def interests_of(database: Database, view: SubscriberView) -> list[str]:
    with database.reading() as session:
        return list(store.view_subscriber(session, view.id).interests)


def exclusions_of(database: Database, view: SubscriberView) -> list[str]:
    with database.reading() as session:
        return list(store.view_subscriber(session, view.id).exclusions)


def followed_by(database: Database, view: SubscriberView) -> list[str]:
    with database.reading() as session:
        return [follow.name for follow in store.view_subscriber(session, view.id).follows]


@pytest.mark.parametrize(
    ("query", "heading", "first"),
    [
        ("?say=more", "More like this?", "more"),
        ("?say=less", "Less like this?", "less"),
        ("?say=save", "Save this paper?", "save"),
    ],
)
async def test_the_page_shows_the_paper_and_the_button_of_the_link_first(
    client: httpx.AsyncClient, ada: SubscriberView, sent: PaperId, query: str, heading: str, first: str
) -> None:
    page = (await client.get(feedback_link(ada, sent) + query)).text

    for said in (
        heading,
        "Sparse Experts Learn Fast",
        "Furu Wei",
        "We study mixture of experts models.",
        "Nothing has",
    ):
        assert said in page
    outline = Outline(page)
    assert buttons(page)[0] == ("say", first)
    assert len(buttons(page)) == 3
    assert ["class" in each for each in outline.all("button")] == [False, True, True]


@pytest.mark.parametrize("query", ["", "?say=", "?say=everything", "?say=%00", "?more"])
async def test_a_link_that_says_nothing_has_no_button_before_the_others(
    client: httpx.AsyncClient, ada: SubscriberView, sent: PaperId, query: str
) -> None:
    page = (await client.get(feedback_link(ada, sent) + query)).text

    assert "What do you say of this paper?" in page
    assert buttons(page) == [("say", "more"), ("say", "less"), ("say", "save")]
    assert all("class" in each for each in Outline(page).all("button"))


async def test_a_scanner_that_opens_every_link_of_a_mail_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    announce(database, paper(), paper("2611.00002", title="Experts for Everybody", authors=("Ida Rhodes",)))
    reader = subscribe(database, "ada@example.org", "expert")
    compose_due(database, NOON, is_forced=True)
    settings = Settings(secret_key=KEY, public_url="https://digest.example.org", title="Papers")
    with database.writing() as session:
        (delivery,) = deliveries.claim_deliveries(session, ["email"], NOON, RetryPolicy().longest_delay, 5)
        known = papers.load_papers(session, [each.paper_id for each in delivery.edition.entries])
        before = service.export(session, reader.id)
    mail = Presenter(settings, Tokens([KEY])).render(delivery, known, MessageForm.MAIL)
    found = re.findall(
        r"https://digest\.example\.org(/feedback/[\w.?=-]+)", getattr(mail, "html", "") + getattr(mail, "text", "")
    )

    assert len(set(found)) == 8  # three of each paper in HTML, one in the text
    for link in found:
        for method in ("GET", "HEAD"):
            assert (await client.request(method, link)).status_code == 200
    assert everything_said(database, reader) == []
    with database.reading() as session:
        assert service.export(session, reader.id) == before


@pytest.mark.parametrize(("word", "kind"), [("more", MORE), ("less", LESS), ("save", SAVED)])
async def test_a_word_counts_at_once_and_again_and_can_be_undone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId, word: str, kind: str
) -> None:
    url = feedback_link(ada, sent)
    first, second = [await client.post(url, data={"say": word}) for _ in range(2)]

    assert (first.status_code, first.headers.get("set-cookie"), first.is_redirect) == (200, None, False)
    assert first.text == second.text
    assert said_of(database, ada, sent) == {kind}
    assert buttons(first.text)[0] == ("back", word)

    undone = await client.post(url, data={"back": word})
    assert said_of(database, ada, sent) == set()
    assert buttons(undone.text)[0] == ("say", word)
    assert (await client.post(url, data={"back": word})).status_code == 200


async def test_undoing_less_that_took_the_place_of_more_brings_more_back(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    say(database, ada, MORE, sent)

    page = (await client.post(feedback_link(ada, sent), data={"say": "less"})).text

    assert said_of(database, ada, sent) == {LESS}
    assert buttons(page)[0] == ("say", "more")


async def test_what_was_said_is_shown_and_can_be_taken_back(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    say(database, ada, LESS, sent)
    say(database, ada, SAVED, sent)

    page = (await client.get(feedback_link(ada, sent))).text

    assert "You asked for less like this." in page
    assert "This paper is saved." in page
    assert buttons(page) == [("say", "more"), ("back", "less"), ("back", "save")]
    assert "What do you say of this paper?" in (await client.get(feedback_link(ada, sent) + "?say=less")).text


async def test_after_more_an_author_or_a_phrase_of_the_title_can_be_wished_for(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    url = feedback_link(ada, sent)
    page = (await client.post(url, data={"say": "more"})).text
    assert len([name for name, _ in buttons(page) if name == "step"]) <= 3
    assert "Follow <bdi>Ada Lovelace</bdi>" in page

    followed = await client.post(url, data={"step": step(page, "follow:")})
    assert "You now follow Ada Lovelace" in followed.text
    assert followed_by(database, ada) == ["Ada Lovelace"]
    assert "../follow/" in followed.text
    again = await client.post(url, data={"step": "follow:1"})
    assert "Follow <bdi>Ada Lovelace</bdi>" not in again.text
    assert ("undo", "follow:1") not in buttons(again.text)

    undone = await client.post(url, data={"undo": "follow:1"})
    assert "You do not follow Ada Lovelace" in undone.text
    assert followed_by(database, ada) == []


async def test_a_phrase_of_the_title_becomes_an_interest_and_is_undone(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    (sent,) = add_sent(database, ada, paper("2611.00005", title="Tactile Sensing for Underwater Grippers", abstract=""))
    url = feedback_link(ada, sent)
    page = (await client.post(url, data={"say": "more"})).text
    key = step(page, "add:")

    added = await client.post(url, data={"step": key})
    assert "Added to your interests" in added.text
    assert len(interests_of(database, ada)) == 2
    await client.post(url, data={"undo": key})
    assert interests_of(database, ada) == ["expert"]


async def test_after_less_the_interest_that_brought_it_can_be_dropped_or_a_phrase_left_out(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    (sent,) = add_sent(database, ada, paper("2611.00006", title="Expert Advice on Dental Radiography", abstract=""))
    url = feedback_link(ada, sent)
    page = (await client.post(url, data={"say": "less"})).text

    excluded = await client.post(url, data={"step": step(page, "exclude:")})
    assert "Left out from now on" in excluded.text
    assert len(exclusions_of(database, ada)) == 1
    await client.post(url, data={"undo": step(page, "exclude:")})
    assert exclusions_of(database, ada) == []

    dropped = await client.post(url, data={"step": step(page, "drop:")})
    assert "Dropped from your interests" in dropped.text
    assert interests_of(database, ada) == []
    await client.post(url, data={"undo": step(page, "drop:")})
    assert interests_of(database, ada) == ["expert"]


async def test_after_less_there_is_a_way_to_stop_following_who_brought_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    fu = add_record(database)
    reader = follower(database, fu)
    why = Reason(kind=ReasonKind.FOLLOW, subject="Peng Fu", certainty=Certainty.SURE, target_id=fu, position=1, of=1)
    (sent,) = add_sent(database, reader, paper(authors=("Peng Fu",)), reasons=(why,))
    attribute(database, fu, [sent])

    page = (await client.post(feedback_link(reader, sent), data={"say": "less"})).text

    link = re.search(r'href="\.\.(/follow/[^"]+)">Stop following <bdi>Peng Fu</bdi>', page)
    assert link
    assert "You follow Peng Fu" in (await client.get(link.group(1))).text
    assert (await client.post(feedback_link(reader, sent), data={"step": f"unfollow:{fu}"})).status_code == 400
    assert followed_by(database, reader) == ["Peng Fu"]


@pytest.mark.parametrize(
    "key", ["add:anything at all", "follow:2000", "follow:", "exclude:expert", "drop:other", "x" * 900]
)
async def test_only_what_the_page_suggests_about_this_paper_can_be_asked_for(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId, key: str
) -> None:
    for field in ("step", "undo"):
        answer = await client.post(feedback_link(ada, sent), data={field: key})
        assert answer.status_code == 400
    assert (interests_of(database, ada), exclusions_of(database, ada)) == (["expert"], [])
    assert followed_by(database, ada) == []


async def test_a_token_that_is_forged_cut_off_old_or_for_another_purpose_is_unknown(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    good = token_for(ada, Purpose.FEEDBACK, sent)
    bad = [
        good[:-1],
        token_for(ada, Purpose.FOLLOW, sent),
        token_for(ada, Purpose.MANAGE),
        token_for(ada, Purpose.FEEDBACK, sent, at=NOON - timedelta(days=401)),
        token_for(ada, Purpose.FEEDBACK, sent, keys=["another key of more than thirty-two letters"]),
        "x",
        "a" * 5000,
    ]
    given = [await client.get(f"/feedback/{token}") for token in bad]
    given += [await client.post(f"/feedback/{token}", data={"say": "more"}) for token in bad]

    assert {answer.status_code for answer in given} == {404}
    assert len({answer.text for answer in given}) == 1
    assert everything_said(database, ada) == []


async def test_a_token_about_a_paper_never_sent_is_as_unknown_as_a_forged_one(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    bob = subscribe(database, "bob@example.org")
    (other,) = add_papers(database, paper("2611.00009", title="Nobody Was Sent This"))
    forged = (await client.get("/feedback/x")).text
    for url in (feedback_link(bob, sent), feedback_link(ada, other), feedback_link(ada, 999)):
        for answer in (await client.get(url), await client.post(url, data={"say": "more"})):
            assert (answer.status_code, answer.text) == (404, forged)
    assert everything_said(database, bob) == everything_said(database, ada) == []


async def test_a_feedback_token_opens_no_preferences(
    client: httpx.AsyncClient, ada: SubscriberView, sent: PaperId
) -> None:
    token = token_for(ada, Purpose.FEEDBACK, sent)

    for path in (
        f"/manage/{token}",
        f"/manage/{token}/saved",
        f"/manage/{token}/saved.bib",
        f"/manage/{token}/saved.json",
    ):
        assert (await client.get(path)).status_code == 404
    page = (await client.post(f"/feedback/{token}", data={"say": "save"})).text
    assert "/manage/" not in page


async def test_who_has_left_is_told_so(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    bob = subscribe(database, "bob@example.org")
    (other,) = add_sent(database, bob, paper("2611.00002", title="Something Else Altogether"))
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
        service.erase(session, bob.id)

    for url in (feedback_link(ada, sent), feedback_link(bob, other)):
        for answer in (await client.get(url), await client.post(url, data={"say": "more"})):
            assert answer.status_code == 410
            assert "Your subscription has ended" in answer.text
    assert everything_said(database, ada) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"say=maybe", FORM, 400),
        (b"", "", 400),
        (b"say=more" + b"&x=1" * 60, FORM, 400),
        (b"say=more&x=" + b"a" * 10_000, FORM, 413),
        (b'{"say": "more"}', "application/json", 415),
        (b"say=%FF%00more", FORM, 400),
    ],
)
async def test_a_form_that_is_none_of_ours_changes_nothing(
    client: httpx.AsyncClient, database: Database, body: bytes, kind: str, status: int
) -> None:
    ada = subscribe(database)
    (sent,) = add_sent(database, ada, paper())
    answer = await client.post(feedback_link(ada, sent), content=body, headers={"Content-Type": kind} if kind else {})

    assert answer.status_code == status
    assert everything_said(database, ada) == []


async def test_hostile_titles_and_names_stay_text(client: httpx.AsyncClient, database: Database) -> None:
    reader = subscribe(database)
    hostile = paper(
        "2611.00009", title=HOSTILE, abstract=HOSTILE, authors=("Peng Fu" + HOSTILE,), categories=(HOSTILE,)
    )
    why = Reason(kind=ReasonKind.WORD, subject=HOSTILE, where=("title",), interest=HOSTILE)
    (sent,) = add_sent(database, reader, hostile, reasons=(why,))

    for answer in (
        await client.get(feedback_link(reader, sent)),
        await client.post(feedback_link(reader, sent), data={"say": "more"}),
        await client.post(feedback_link(reader, sent), data={"say": "less"}),
        await client.post(feedback_link(reader, sent), data={"step": "follow:1"}),
    ):
        assert answer.status_code in {200, 400}
        assert_harmless(answer.text)
        assert "&lt;script&gt;" in answer.text


async def test_pages_load_and_run_nothing_and_are_not_kept(
    client: httpx.AsyncClient, ada: SubscriberView, sent: PaperId
) -> None:
    answer = await client.get(feedback_link(ada, sent))

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Papers &lt;&amp; more&gt;" in answer.text
