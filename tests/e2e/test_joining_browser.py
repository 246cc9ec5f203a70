"""Signing up in a real browser, scripts off: every page with axe-core, on phone and desktop, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest.bootstrap import App, make_tokens
from digest.pipeline.attribute import attribute_new
from digest.pipeline.joining import answer_requests
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from subscribers.db import Base, Database
from subscribers.model import SubscriberStatus
from subscribers.tokens import Purpose
from tests.browsing import find_faults, open_browser, press, serving
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.joining import ADA, SITE, SMTP, ask_and_answer, link, list_requests, reader_at
from tests.people import announce
from tests.records import KEY, add_record

LOOKS = [(390, "light"), (390, "dark"), (1100, "light"), (1100, "dark")]
Place = tuple[Database, str]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    add_record(database, "Peng Fu", fields=("cs.CL",))
    announce(database, *(paper(f"2611.{n:05}", authors=("Peng Fu", "Ada Lovelace")) for n in range(1, 12)))
    attribute_new(database, NOON)
    settings = Settings(secret_key=KEY, public_url=SITE, smtp=SMTP)
    presenter = Presenter(settings, make_tokens(settings))
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=presenter)
    with serving(app) as address:
        yield database, address
    database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    place: Place, browser: Any, width: int, scheme: str
) -> None:
    database, address = place
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    faults: dict[str, Any] = {}

    def look(name: str) -> None:
        faults[name] = find_faults(page)

    page.goto(address)
    look("form")
    page.locator("summary").click()
    look("more settings")
    page.get_by_label("One topic a line").fill("experts AND (")
    press(page.get_by_role("button", name="Subscribe"))
    look("faults")
    page.get_by_label("Follow a researcher").fill("Peng Fu")
    press(page.get_by_role("button", name="Find people"))
    look("people")
    page.get_by_label("One topic a line").fill('experts\nholography\n"a very long phrase that nobody wrote anywhere"')
    press(page.get_by_role("button", name="Show me what I would get"))
    look("foretaste")
    page.get_by_label("Your email address").fill(ADA)
    press(page.get_by_role("button", name="Subscribe"))
    look("asked")
    number = ask_and_answer(database, "long.address.of.somebody@department.university.example.org")
    for name, path in {
        "confirm": link(number),
        "cancel": link(number, Purpose.CANCEL),
        "manage": "/manage",
        "unknown": "/confirm/x",
    }.items():
        page.goto(address + path)
        look(name)
    page.goto(address + link(number))
    press(page.get_by_role("button"))
    look("confirmed")
    context.close()

    assert {name: found for name, found in faults.items() if found} == {}


def test_mistakes_are_listed_at_the_top_and_lead_to_their_fields(place: Place, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-AT")
    page = context.new_page()

    page.goto(place[1])
    assert page.get_by_label("Time zone").input_value() == "Europe/Vienna"
    page.get_by_label("Your email address").fill("ada@")
    page.get_by_label("One topic a line").fill("experts\n(")
    press(page.get_by_role("button", name="Subscribe"))
    assert page.locator(".errors").get_by_role("link").count() == 2
    page.locator(".errors").get_by_role("link").first.click()
    assert page.url.endswith("#address")
    assert page.get_by_label("Your email address").input_value() == "ada@"
    context.close()


def test_somebody_without_scripts_signs_up_for_people_and_topics(place: Place, browser: Any) -> None:
    database, address = place
    context = browser.new_context(java_script_enabled=False, locale="de-AT")
    page = context.new_page()

    page.goto(address)
    page.get_by_label("Your email address").fill(ADA)
    page.get_by_label("One topic a line").fill("experts")
    page.get_by_label("Follow a researcher").fill("Peng Fu")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Peng Fu").first.check()
    page.get_by_label("How often").select_option("Once a week")
    page.get_by_label("Day of a weekly digest").select_option("Friday")
    press(page.get_by_role("button", name="Show me what I would get"))
    assert "the digest you would have had" in page.inner_text("#foretaste-heading")
    assert page.get_by_role("checkbox", name="Peng Fu").is_checked()
    press(page.get_by_role("button", name="Subscribe"))
    assert page.inner_text("h1") == "Look into your mail"

    answer_requests(database, NOON)
    (request,) = list_requests(database)
    page.goto(address + link(request.id))
    assert "Every Friday at 08:00 (Europe/Vienna)" in page.inner_text("main")
    press(page.get_by_role("button", name="Yes, send me this digest"))
    assert page.inner_text("h1") == "You are subscribed"
    view = reader_at(database)
    assert (view.status, view.interests, [each.name for each in view.follows]) == (
        SubscriberStatus.CONFIRMED,
        ("experts",),
        ["Peng Fu"],
    )
    press(page.get_by_role("link", name="your preferences"))
    assert "experts" in page.content()
    context.close()
