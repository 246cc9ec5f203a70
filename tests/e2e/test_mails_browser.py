"""Every kept mail in a real browser with axe-core: on phone and desktop, light and dark."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.mails import MAILS, mail

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SERIOUS = {"serious", "critical"}
LOOKS = [(360, "light"), (1200, "dark")]
# Two hundred papers like those of the others: axe-core takes a minute over them and learns nothing.
SEEN = [case for case in MAILS if case != "capped"]


@pytest.fixture(scope="module")
def axe() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is missing: it comes with axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser: playwright is missing")
    if CHROMIUM is None:
        pytest.skip("no browser: chromium is missing")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] * (os.geteuid() == 0))
        yield opened
        opened.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_mail_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    browser: Any, axe: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faults: dict[str, list[str]] = {}
    for case in SEEN:
        page.set_content(mail(case).html)
        page.evaluate(axe)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        faults[case] = [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in SERIOUS]
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0:
            faults[case].append("it is wider than the window")
    context.close()

    assert {case: found for case, found in faults.items() if found} == {}
    assert asked == [], "a mail loads nothing"
