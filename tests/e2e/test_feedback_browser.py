"""Feedback and saved papers in a real browser, without scripts: one tap, a page with undo, and what axe-core finds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest.bootstrap import App
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from subscribers.db import Base, Database
from tests.browsing import find_faults, open_browser, press, serving
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.feedback import LESS, MORE, SAVED, add_sent, everything_said, feedback_link, saved_link, say
from tests.people import subscribe
from tests.records import KEY

LOOKS = [(390, "light"), (390, "dark"), (1100, "light"), (1100, "dark")]


class Place:
    """A service with one reader, who was sent three papers."""

    def __init__(self, database: Database, address: str) -> None:
        self.database, self.address = database, address
        self.ada = subscribe(database, "ada@example.org", "expert")
        self.sent = add_sent(
            database,
            self.ada,
            paper("2611.00001"),
            paper("2611.00002", title="مقاله‌ای درباره مدل‌های زبانی"),
            paper("2611.00003", title="Tactile Sensing for Grippers", abstract="Tactile sensing is hard."),
        )

    def link(self, number: int, query: str = "") -> str:
        return self.address + feedback_link(self.ada, self.sent[number]) + query

    @property
    def saved(self) -> str:
        return self.address + saved_link(self.ada)


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


def test_a_reader_says_more_goes_back_on_it_and_saves(place: Place, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()

    page.goto(place.link(2, "?say=more"))
    assert everything_said(place.database, place.ada) == []
    press(page.get_by_role("button", name="More like this"))
    assert page.get_by_role("heading", level=1).inner_text() == "Noted: more like this"
    assert everything_said(place.database, place.ada) == [(place.sent[2], MORE)]

    press(page.get_by_role("button", name="Add “Tactile Sensing” to your interests"))
    assert page.get_by_role("heading", level=1).inner_text() == "Added to your interests"
    press(page.get_by_role("button", name="Undo"))
    assert page.get_by_role("heading", level=1).inner_text() == "Not added"

    page.goto(place.link(2, "?say=save"))
    press(page.get_by_role("button", name="Save this paper"))
    page.goto(place.saved)
    press(page.get_by_role("button", name="Remove: Tactile Sensing for Grippers"))
    press(page.get_by_role("status").get_by_role("button", name="Undo"))
    press(page.get_by_role("button", name="Take all of it back"))
    assert everything_said(place.database, place.ada) == [(place.sent[2], SAVED)]
    press(page.get_by_role("status").get_by_role("button", name="Undo"))
    assert sorted(everything_said(place.database, place.ada)) == [(place.sent[2], MORE), (place.sent[2], SAVED)]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    place: Place, browser: Any, width: int, scheme: str
) -> None:
    page = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    ).new_page()
    say(place.database, place.ada, SAVED, *place.sent[:2])
    say(place.database, place.ada, LESS, place.sent[0])
    faults = {}
    for name, url, button in (
        ("ask", place.link(2, "?say=less"), ""),
        ("ask-plain", place.link(1), ""),
        ("ask-said", place.link(0), ""),
        ("more", place.link(2, "?say=more"), "More like this"),
        ("less", place.link(1, "?say=less"), "Less like this"),
        ("saved", place.saved, ""),
        ("forgotten", place.saved, "Take all of it back"),
    ):
        page.goto(url)
        if button:
            press(page.get_by_role("button", name=button))
        faults[name] = find_faults(page)

    assert {name: found for name, found in faults.items() if found} == {}
