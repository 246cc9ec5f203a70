"""The pages of leaving, looking back and being forgotten in a real browser: every one with axe-core, scripts off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest.bootstrap import App
from digest.model import ChannelId, DeliveryKind
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from digest.storage import deliveries
from subscribers import service, store
from subscribers.db import Base, Database
from subscribers.model import ChannelStatus, SubscriberStatus, SubscriberView
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.browsing import find_faults, open_browser, press, serving
from tests.factories import NOON, edition, paper
from tests.fakes import FixedClock
from tests.leaving import KEY
from tests.people import announce, subscribe
from tests.subscriptions import OPERATOR, WEI, telegram_wish

LOOKS = [(390, "light"), (390, "dark"), (1100, "light"), (1100, "dark")]


class Place:
    """A service with one reader, who has two channels and was sent something."""

    def __init__(self, database: Database, address: str) -> None:
        self.database, self.address = database, address
        announce(database, paper("2611.00001", title="مقاله‌ای درباره مدل‌های زبانی"), paper("2611.00002"))
        self.ada = subscribe(database, "ada@example.org", "experts")
        with database.writing() as session:
            service.add_channel(session, NOON, self.ada.id, telegram_wish("-1009876"), start_after=0, consent=OPERATOR)
            service.follow(session, NOON, self.ada.id, WEI)
            sent = edition(1, 2, channel_id=ChannelId(self.ada.channels[0].id), more=3, notes=("arXiv was late.",))
            deliveries.add_delivery(session, sent, DeliveryKind.DIGEST, NOON)

    def link(self, page: str, purpose: Purpose) -> str:
        subject = TokenSubject(self.ada.channels[0].id, self.ada.id)
        return f"{self.address}/{page.format(Tokens([KEY]).issue(purpose, subject, NOON))}"

    def see(self) -> SubscriberView:
        with self.database.reading() as session:
            return store.view_subscriber(session, self.ada.id)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    settings = Settings(secret_key=KEY)
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))
    with serving(app) as address:
        yield Place(database, address)
    database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    place: Place, browser: Any, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    manage = Purpose.MANAGE
    links = {
        "unsubscribe": place.link("unsubscribe/{}", Purpose.UNSUBSCRIBE),
        "stop": place.link("stop-alerts/{}", Purpose.STOP_ALERTS),
        "editions": place.link("manage/{}/editions", manage),
        "edition": place.link("manage/{}/editions/1", manage),
        "why": place.link("manage/{}/why", manage),
        "why-asked": place.link("manage/{}/why?paper=2611.00002", manage),
        "erase": place.link("manage/{}/erase", manage),
        "unknown": f"{place.address}/undo/x",
    }
    faults = {}
    for name, link in links.items():
        page.goto(link)
        faults[name] = find_faults(page)
    for name, (link, button) in {
        "stopped": (links["stop"], "Stop alerts"),
        "left": (links["unsubscribe"], "Unsubscribe this address"),
    }.items():
        page.goto(link)
        press(page.get_by_role("button", name=button))
        faults[name] = find_faults(page)
    page.get_by_label("Too many mails").check()
    press(page.get_by_role("button", name="Send"))
    faults["thanks"] = find_faults(page)
    context.close()

    assert {name: found for name, found in faults.items() if found} == {}


def test_a_reader_without_scripts_leaves_comes_back_looks_back_and_is_forgotten(place: Place, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(place.link("unsubscribe/{}", Purpose.UNSUBSCRIBE))
    press(page.get_by_role("button", name="Leave everything"))
    assert page.inner_text("h1") == "You are unsubscribed"
    assert place.see().status is SubscriberStatus.UNSUBSCRIBED
    press(page.get_by_role("button", name="Undo"))
    assert page.inner_text("h1") == "You are subscribed again"
    assert {each.status for each in place.see().channels} == {ChannelStatus.OPEN}

    page.goto(place.link("manage/{}/editions", Purpose.MANAGE))
    press(page.get_by_role("link", name="Digest of Friday, 20 November 2026"))
    assert page.get_by_role("heading", level=3).count() == 2
    press(page.get_by_role("link", name="Everything you were sent"))
    assert page.inner_text("h1") == "What you were sent"

    page.goto(place.link("manage/{}/erase", Purpose.MANAGE))
    with page.expect_download() as download:
        page.get_by_role("link", name="save everything as a file").click()
    assert "ada@example.org" in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_role("button", name="Delete everything").click()
    assert page.inner_text("h1") == "Delete everything about you"  # the browser wants the box ticked
    page.get_by_label("Yes, delete all of it").check()
    press(page.get_by_role("button", name="Delete everything"))
    assert page.inner_text("h1") == "You are forgotten"
    page.go_back()
    page.reload()
    assert page.inner_text("h1") == "Unknown link"
    context.close()
    with place.database.reading() as session:
        assert store.list_subscribers(session, 5) == []
