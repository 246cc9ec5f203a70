"""Every kept mail in a real browser with axe-core: on phone and desktop, light and dark."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsing import find_faults, open_browser
from tests.golden.mails import MAILS, mail

LOOKS = [(360, "light"), (1200, "dark")]
# Two hundred papers like those of the others: axe-core takes a minute over them and learns nothing.
SEEN = [case for case in MAILS if case != "capped"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_mail_has_a_serious_fault_for_people_who_cannot_see_or_click_well(
    browser: Any, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faults: dict[str, list[tuple[str, str]]] = {}
    for case in SEEN:
        page.set_content(mail(case).html)
        faults[case] = find_faults(page)
    context.close()

    assert {case: found for case, found in faults.items() if found} == {}
    assert asked == [], "a mail loads nothing"
