"""The preferences page in a real browser, scripts off: with axe-core on phone and desktop, and by keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from digest.bootstrap import App
from digest.pipeline.following import follow_institution, follow_paper, follow_researcher
from digest.pipeline.presentation import Presenter
from digest.pipeline.signup import read_interest
from digest.researchers.places import Institution
from digest.settings import Settings, TelegramSettings
from subscribers import exclusions, service, store
from subscribers.db import Base, Database
from subscribers.model import Cadence, Consent, SubscriberStatus, SubscriberView
from subscribers.tokens import Purpose
from tests.browsing import find_faults, open_browser, press, serving
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.people import subscribe
from tests.records import KEY, add_papers, add_record, token_for
from tests.servers.telegram import TOKEN
from tests.subscriptions import telegram_wish

LOOKS = [(390, "light"), (390, "dark"), (1100, "light"), (1100, "dark")]
LONG = '"' + "a very long phrase about nothing in particular " * 6 + '" OR ' + "supercalifragilistic" * 8
Place = tuple[Database, str, SubscriberView]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    ada = _fill(database)
    telegram = TelegramSettings(token=SecretStr(TOKEN), bot_name="paper_digest_bot")
    settings = Settings(secret_key=SecretStr(KEY), telegram=telegram)
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))
    with serving(app) as address:
        yield database, f"{address}/manage/{token_for(ada, Purpose.MANAGE)}", ada
    database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_state_of_the_page_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    place: Place, browser: Any, width: int, scheme: str
) -> None:
    _, address, _ = place
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    faults = {}

    def look(name: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        faults[name] = find_faults(page)

    page.goto(address)
    look("as it is opened")
    page.get_by_label("Add a topic").fill("(diffusion")
    press(page.get_by_role("button", name="Add the topic"))
    look("a mistake")
    page.get_by_label("Follow somebody or something").fill("Peng Fu")
    press(page.get_by_role("button", name="Follow", exact=True))
    look("a choice")
    press(page.get_by_role("button", name="Make a code"))
    look("a code")
    press(page.get_by_role("button", name="Pause", exact=True))
    look("paused")
    context.close()

    assert {name: found for name, found in faults.items() if found} == {}
    assert len(faults) == 5


def test_a_reader_without_scripts_mends_a_mistake_saves_and_takes_it_back(place: Place, browser: Any) -> None:
    database, address, ada = place
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address)

    page.get_by_text("When and how much: ada@example.org").click()
    card = page.get_by_role("article", name="Email ada@example.org")
    card.get_by_label("How often").select_option("Once a week")
    card.get_by_label("Time zone").fill("europe/berln")
    press(card.get_by_role("button", name="Save for ada@example.org"))
    assert "did you mean Europe/Berlin?" in page.inner_text("[role=alert]")
    assert card.get_by_label("Time zone").input_value() == "europe/berln"
    assert card.get_by_label("How often").input_value() == "weekly"
    card.get_by_label("Time zone").fill("Europe/Berlin")
    press(card.get_by_role("button", name="Save for ada@example.org"))
    assert "every Monday at 08:00 (Europe/Berlin)" in page.inner_text("[role=status]")
    assert _view(database, ada).channels[0].schedule.cadence is Cadence.WEEKLY

    press(page.get_by_role("button", name="Undo"))
    assert _view(database, ada).channels[0].schedule.cadence is Cadence.DAILY
    context.close()


def test_a_reader_without_scripts_pauses_ticks_and_drops(place: Place, browser: Any) -> None:
    database, address, ada = place
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)

    page.get_by_text("Going away? Pause").click()
    press(page.get_by_role("button", name="Pause", exact=True))
    assert _view(database, ada).status is SubscriberStatus.PAUSED
    press(page.get_by_role("button", name="Go on now"))
    assert _view(database, ada).status is SubscriberStatus.CONFIRMED

    page.get_by_text("Whole categories").click()
    page.get_by_label("cs.RO Robotics").check()
    press(page.get_by_role("button", name="Save the categories"))
    assert "cs.RO" in page.inner_text("[role=status]")
    press(page.get_by_role("button", name="Remove Furu Wei"))
    assert "no longer follow Furu Wei" in page.inner_text("[role=status]")
    press(page.get_by_role("link", name="Change how you follow Peng Fu"))
    assert page.inner_text("h1") == "You follow Peng Fu"
    context.close()


def test_whoever_uses_the_keyboard_sees_where_they_are(place: Place, browser: Any) -> None:
    _, address, _ = place
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto(address)
    unseen, kinds = [], set()
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName, s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth)] })()"
        )
        kinds.add(tag)
        if tag != "BODY" and outline < 2:
            unseen.append(tag)
    context.close()

    assert unseen == []
    assert {"A", "SUMMARY", "INPUT", "BUTTON"} <= kinds


def _view(database: Database, ada: SubscriberView) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, ada.id)


def _fill(database: Database) -> SubscriberView:
    """A reader with one of everything, some of it very long."""
    ada = subscribe(database, "ada@example.org", "diffusion", "cat:cs.CL", LONG, timezone="UTC")
    fu, wei = add_record(database), add_record(database, "Furu Wei")
    (paper_id,) = add_papers(database, paper("2611.00001", title=f"On {'Mesopotamisch' * 12} Matters"))
    with database.writing() as session:
        for address in ("-1001234567890", "@long_name_of_a_channel"):
            added = service.add_channel(
                session, NOON, ada.id, telegram_wish(address), start_after=0, consent=Consent("operator")
            )
        store.close_channel(session, added.channel.id, "Forbidden: bot was kicked from the channel chat", NOON)
        exclusions.add_exclusion(session, NOON, ada.id, read_interest("survey"))
        follow_researcher(session, NOON, ada.id, fu)
        follow_researcher(session, NOON, ada.id, wei)
        follow_institution(session, NOON, ada.id, Institution(name="Max Planck Institute for Intelligent Systems"))
        follow_paper(session, NOON, ada.id, paper_id)
    return ada
