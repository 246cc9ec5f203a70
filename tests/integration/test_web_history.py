"""Looking back on the web: what was sent, in words and with its papers, to nobody but its reader."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from digest.model import (
    Certainty,
    ChannelId,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Edition,
    Reason,
    ReasonKind,
)
from digest.storage import deliveries
from digest.storage.editions import to_payload
from digest.storage.tables import DeliveryRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose
from tests.factories import NOON, edition, match, paper
from tests.leaving import ONE_CLICK, Site, open_site
from tests.people import announce, subscribe

PENDING: Mapping[str, object] = {}
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)>'
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


def queue(
    site: Site, sent: Edition, ended: Mapping[str, object] = PENDING, kind: DeliveryKind = DeliveryKind.DIGEST
) -> DeliveryId:
    """Put an edition into the outbox as it ended."""
    with site.database.writing() as session:
        number = deliveries.add_delivery(session, sent, kind, NOON)
        if ended:
            session.execute(update(DeliveryRow).where(DeliveryRow.id == number).values(**ended))
        return number


def digest_of(view: SubscriberView, *paper_ids: int, **fields: Any) -> Edition:
    return edition(*paper_ids, channel_id=ChannelId(view.channels[0].id), **fields)


def sent(at: int = 0) -> dict[str, object]:
    return {"state": DeliveryState.SENT.value, "settled_at": NOON + timedelta(minutes=at)}


async def test_the_last_editions_stand_newest_first_each_with_how_it_ended(site: Site, ada: SubscriberView) -> None:
    announce(site.database, paper("2611.00001"))
    cases: dict[str, tuple[tuple[int, ...], Mapping[str, object], str]] = {
        "2026-11-16": ((), {}, "Nothing matched, so nothing was sent"),
        "2026-11-17": ((1,), {"state": "cancelled", "detail": "the subscriber left"}, "Not sent: you left"),
        "2026-11-18": ((1,), {"state": "failed", "detail": "550 no such user"}, "Could not be delivered: 550 no such"),
        "2026-11-19": ((1,), sent(3), "Sent on Friday, 20 November 2026, 12:03 (UTC)"),
        "2026-11-20": (
            (1,),
            {"detail": "451 later", "attempts": 1},
            "Waits to be sent; the last attempt failed (451 later)",
        ),
    }
    for name, (papers, ended, _) in cases.items():
        queue(site, digest_of(ada, *papers, name=name, more=6 if papers else 0), ended)
    page = (await site.client.get(site.manage_link(ada, "editions"))).text

    headings = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<h2[^>]*>(.*?)</h2>", page)]
    assert headings == [
        "Digest of Friday, 20 November 2026",
        "Digest of Thursday, 19 November 2026",
        "Digest of Wednesday, 18 November 2026",
        "Digest of Tuesday, 17 November 2026",
        "Digest of Monday, 16 November 2026",
    ]
    assert [said for _, _, said in cases.values() if said not in page] == []
    assert page.count("1 paper, 6 more matched · <bdi>ada@example.org</bdi>") == 4


async def test_an_edition_opens_to_its_papers_in_sections_with_reasons(site: Site, ada: SubscriberView) -> None:
    announce(site.database, paper("2611.00001", title="By a Friend"), paper("2611.00002", title="On a Topic"))
    follow = Reason(kind=ReasonKind.FOLLOW, subject="Furu Wei", certainty=Certainty.SURE, position=2, of=2, target_id=7)
    entries = (match(1, follow), match(2))
    queue(site, digest_of(ada, entries=entries, notes=("arXiv was late.",), corrections=("Not by her.",)), sent())
    page = (await site.client.get(site.manage_link(ada, "editions/1"))).text

    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == [
        "From people you follow",
        "For your interests",
        "Corrections to earlier digests",
    ]
    assert [said for said in ("By a Friend", "On a Topic", "arXiv was late.", "Not by her.") if said not in page] == []
    assert 'class="followed"' in page
    assert "experts" in page


async def test_an_alert_is_named_after_whom_it_is_about(site: Site, ada: SubscriberView) -> None:
    announce(site.database, paper("2611.00001"))
    follow = Reason(kind=ReasonKind.FOLLOW, subject="Furu Wei", certainty=Certainty.SURE, target_id=7)
    queue(site, digest_of(ada, entries=(match(1, follow),), name="new-1"), sent(), DeliveryKind.ALERT)
    listed = await site.client.get(site.manage_link(ada, "editions"))
    opened = await site.client.get(site.manage_link(ada, "editions/1"))

    assert "Alert: A new paper by Furu Wei" in listed.text
    assert "<h1>Alert: A new paper by Furu Wei</h1>" in opened.text
    assert "Sparse Experts Learn Fast" in opened.text


async def test_pages_go_back_by_plain_links_to_the_very_first(site: Site, ada: SubscriberView) -> None:
    for day in range(45):
        name = (NOON + timedelta(days=day)).date().isoformat()
        queue(site, digest_of(ada, name=name))
    link: str | None = "editions"
    counts = []
    while link:
        page = (await site.client.get(site.manage_link(ada, link))).text
        counts.append(page.count("<li>"))
        found = re.search(r'href="(editions\?before=\d+)">Older', page)
        link = found[1] if found else None

    assert counts == [20, 20, 5]


async def test_a_title_that_is_markup_is_shown_as_text(site: Site, ada: SubscriberView) -> None:
    hostile = paper("2611.00001", title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE,), categories=(HOSTILE,))
    announce(site.database, hostile)
    why = Reason(kind=ReasonKind.FOLLOW, subject=HOSTILE, certainty=Certainty.SURE, target_id=7)
    fields: dict[str, Any] = {"notes": (HOSTILE,), "corrections": (HOSTILE,), "entries": (match(1, why),)}
    queue(site, digest_of(ada, **fields), {"state": "failed", "detail": HOSTILE})
    queue(site, digest_of(ada, entries=(match(1, why),), name="new-1"), sent(), DeliveryKind.ALERT)
    links = [site.manage_link(ada, page) for page in ("editions", "editions/1", "editions/2")]
    for page in [(await site.client.get(link)).text for link in links]:
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page


async def test_nobody_sees_what_somebody_else_was_sent(site: Site, ada: SubscriberView) -> None:
    bob = subscribe(site.database, "bob@example.org", "secret")
    announce(site.database, paper("2611.00001"))
    number = queue(site, digest_of(bob, 1), sent())
    mine = await site.client.get(site.manage_link(ada, "editions"))
    answers = [
        await site.client.get(site.manage_link(ada, f"editions/{each}"))
        for each in (number, number + 1, "0", "x", "-1", "²", "9" * 30)
    ]

    assert "Nothing has been sent to you yet" in mine.text
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}


async def test_a_token_that_is_not_for_this_opens_none_of_the_pages(site: Site, ada: SubscriberView) -> None:
    foreign = [site.token(ada, purpose) for purpose in Purpose if purpose is not Purpose.MANAGE]
    expired = site.token(ada, Purpose.MANAGE, at=NOON - timedelta(days=31))
    pages = ("editions", "editions/1", "why", "export.json", "erase")
    answers = [await site.client.get(f"/manage/{token}/{page}") for token in (*foreign, expired) for page in pages]

    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}


async def test_who_has_left_can_still_look_back_but_not_from_a_mailbox_that_was_given_up(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    left = await site.client.get(site.manage_link(ada, "editions"))
    bob = subscribe(database, "bob@example.org")
    old = site.manage_link(bob, "editions")
    site.clock.advance(timedelta(hours=1))
    with database.writing() as session:
        store.move_channel(session, bob.channels[0].id, "bob@new.example.org", site.clock())
        service.unsubscribe(session, site.clock(), bob.id)

    assert (left.status_code, (await site.client.get(old)).status_code) == (200, 404)


async def test_a_paper_that_has_gone_is_left_out_of_its_edition(site: Site, ada: SubscriberView) -> None:
    announce(site.database, paper("2611.00001"))
    queue(site, digest_of(ada, entries=(match(1),)), sent())
    payload = to_payload(digest_of(ada, entries=(match(1), match(99))))
    with site.database.writing() as session:
        session.execute(update(DeliveryRow).values(payload=payload))
    page = await site.client.get(site.manage_link(ada, "editions/1"))

    assert (page.status_code, page.text.count('class="paper"')) == (200, 1)
