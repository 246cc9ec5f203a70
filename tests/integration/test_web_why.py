"""“Why was this paper not in my digest?” on the web: a form that only reads, and a true answer for each channel."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.pipeline.leaving import take_back
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tables import ChannelRow
from subscribers.tokens import Purpose
from tests.factories import NOON, paper
from tests.leaving import ONE_CLICK, Site, open_site
from tests.people import announce, subscribe
from tests.subscriptions import OPERATOR, telegram_wish

DAY = timedelta(days=1)
HOSTILE = '"><script>alert(1)</script>'
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    """Somebody who reads two papers a day."""
    return subscribe(database, "ada@example.org", "experts", cap=2)


async def ask(site: Site, view: SubscriberView, wanted: str) -> str:
    answer = await site.client.get(site.manage_link(view, "why"), params={"paper": wanted})
    assert answer.status_code == 200
    return answer.text


async def test_the_form_asks_and_answers_nothing_yet(site: Site, ada: SubscriberView) -> None:
    page = (await site.client.get(site.manage_link(ada, "why"))).text

    assert '<form method="get">' in page
    assert 'class="answer"' not in page


async def test_what_was_sent_left_out_and_never_matched_is_told_apart(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001", "2611.00002", "2611.00003")
    other = paper("2611.00009", title="On Soil", abstract="We dig.", categories=("q-bio.PE",))
    announce(site.database, other, now=site.clock())
    site.compose()
    await site.deliver()
    answers = [await ask(site, ada, f"2611.0000{number}") for number in (1, 2, 3)]

    assert sum("It was in your digest of 20 November 2026" in each for each in answers) == 2
    assert sum("It was number 3 of the 3 papers that matched" in each for each in answers) == 1
    assert "None of your topics matches it" in await ask(site, ada, "https://arxiv.org/abs/2611.00009v1")
    assert "We have never seen a paper" in await ask(site, ada, "10.1000/unheard.of")


async def test_a_paper_is_found_by_its_title_which_heads_the_answer(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001")
    page = await ask(site, ada, "experts number 2611.00001")

    assert '<h2 dir="auto">Experts number 2611.00001</h2>' in page


async def test_each_open_channel_has_its_own_answer(site: Site, database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.add_channel(session, NOON, ada.id, telegram_wish("-1009876"), start_after=0, consent=OPERATOR)
        service.remove_channel(session, NOON, ada.channels[0].id)
        service.add_channel(session, NOON, ada.id, telegram_wish("-5"), start_after=0, consent=OPERATOR)
        view = store.view_subscriber(session, ada.id)
        session.execute(update(ChannelRow).where(ChannelRow.id == view.channels[2].id).values(watermark=99))
    site.announce("2611.00001")
    link = f"/manage/{site.token(view, Purpose.MANAGE, number=1)}/why"
    answer = await site.client.get(link, params={"paper": "2611.00001"})
    same = await site.client.get(link, params={"paper": "2611.99999"})

    assert [each.text.count('class="answer"') for each in (answer, same)] == [2, 1]
    assert "Telegram chat -1009876" in answer.text
    assert "ada@example.org" not in answer.text


async def test_a_paper_of_a_digest_that_was_cancelled_is_not_said_to_have_been_sent(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    site.announce("2611.00001")
    site.compose()
    left_at = site.clock()
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    await site.deliver()
    assert take_back(database, left_at, ada.id, left_at) is not None
    assert "waits to be sent" in await ask(site, ada, "2611.00001")


async def test_who_has_left_is_told_that_nothing_is_sent(site: Site, ada: SubscriberView) -> None:
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)

    assert "nothing is sent to you" in await ask(site, ada, "2611.00001")


async def test_what_somebody_typed_is_shown_as_text_and_cut(site: Site, ada: SubscriberView) -> None:
    announce(site.database, paper("2611.00001", title=f"Experts {HOSTILE}"), now=site.clock())
    pages = [await ask(site, ada, wanted) for wanted in (HOSTILE, "2611.00001", "x" * 5_000, "\x00\u202e", "'; --")]

    assert [page for page in pages if "<script" in page] == []
    assert "x" * 501 not in pages[2]


async def test_asking_changes_nothing(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001")
    before = (site.see(ada), site.events(ada), site.watermark(ada), site.states())
    await ask(site, ada, "2611.00001")

    assert (site.see(ada), site.events(ada), site.watermark(ada), site.states()) == before
