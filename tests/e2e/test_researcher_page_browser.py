"""The pages about people in a real browser: with axe-core, on phone and desktop, light and dark, scripts off."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from digest.bootstrap import App
from digest.model import Affiliation, Metrics, PaperId, PersonId, PersonScheme, ResearcherId, Standing
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from subscribers.db import Base, Database
from subscribers.tokens import Purpose
from tests.browsing import find_faults, open_browser, press, serving
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.records import KEY, add_papers, add_record, attribute, follower, possible_paper, standing_of, token_for

LOOKS = [(375, "light"), (1200, "dark")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, str, dict[str, str]]]:
    """A service with a rich record, an empty one, and a reader who is asked."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    paths = _fill(database)
    settings = Settings(secret_key=KEY)
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))
    with serving(app) as address:
        yield database, address, paths
    database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("page", ["rich", "empty", "question", "follow", "search", "unknown"])
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_page_has_no_serious_fault_for_people_who_cannot_see_or_click_well(
    world: tuple[Database, str, dict[str, str]], browser: Any, page: str, width: int, scheme: str
) -> None:
    _, address, paths = world
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(address + paths[page])

    faults = find_faults(opened)
    context.close()

    assert faults == []


def test_a_reader_without_scripts_answers_undoes_and_changes_how_they_follow(
    world: tuple[Database, str, dict[str, str]], browser: Any
) -> None:
    database, address, paths = world
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{address}{paths['question']}?answer=no")
    assert page.locator("button").first.inner_text() == "Not this person"
    press(page.get_by_role("button", name="Yes, that’s them"))
    assert "Noted: it is them" in page.inner_text("h1")
    press(page.get_by_role("button", name="Undo"))
    assert "taken back" in page.inner_text("h1")
    assert standing_of(database, ResearcherId(1), PaperId(1)) is not Standing.CONFIRMED

    page.goto(address + paths["follow"])
    page.get_by_label("At once, as a message of its own").check()
    page.get_by_label("Code released").check()
    press(page.get_by_role("button", name="Save"))
    assert "come at once" in page.inner_text("main")
    press(page.get_by_role("button", name="Undo"))
    assert page.get_by_label("In the next digest").is_checked()
    press(page.get_by_role("link", name="Peng Fu").first)
    assert page.inner_text("h1") == "Peng Fu"
    context.close()


def _fill(database: Database) -> dict[str, str]:
    fu = add_record(
        database,
        variants=("P. Fu",),
        ids=(PersonId(PersonScheme.ORCID, "0000-0002-1825-0097"),),
        affiliations=(Affiliation(name="Tsinghua University", ror="03cve4549", since=2019, source="orcid"),),
        homepage=f"https://fu.example.org/{'a-long-address-' * 10}",
        fields=("cs.CL",),
        topics=("machine translation",),
        metrics=(Metrics(source="s2", as_of=date(2026, 11, 2), works=14, citations=250, h_index=30),),
    )
    unsure = possible_paper(database, fu, "2611.00077")
    works = [
        paper(f"{year}11.{number:05}", title=f"Paper {number} of {year}", code_url="https://github.com/fu/engine")
        for year in (24, 25, 26)
        for number in range(1, 31)
    ]
    attribute(database, fu, add_papers(database, *works), position=2)
    ada = follower(database, fu)
    return {
        "rich": f"/researchers/{fu}",
        "empty": f"/researchers/{add_record(database, 'Nobody Known')}",
        "question": f"/is-it-them/{token_for(ada, Purpose.ANSWER, fu, unsure)}",
        "follow": f"/follow/{token_for(ada, Purpose.FOLLOW, fu)}",
        "search": "/researchers?q=fu",
        "unknown": "/is-it-them/x",
    }
