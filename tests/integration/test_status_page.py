"""The status page and its JSON, against a real database: for readers, operators, and whoever tries to break it."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from digest.bootstrap import App, Roster
from digest.model import RunState
from digest.pipeline.presentation import Presenter
from digest.settings import OperatorSettings, Settings
from digest.sources import Source
from digest.sources.rhythm import Rhythm
from digest.web.app import make_web
from subscribers.db import Database
from tests.fakes import FixedClock
from tests.people import subscribe
from tests.sightings import NamedSource, record_run

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
SOURCES = [NamedSource("arxiv:cs.CL"), NamedSource("arxiv:cs.LG"), NamedSource("feed:journal", Rhythm())]
HOSTILE = 'said "><script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe\x1b[31m {{ 7*7 }} ' * 30
VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeSources(App):
    sources: Sequence[Source]

    def make_sources(self) -> Sequence[Source]:
        return self.sources


def make_app(database: Database, sources: Sequence[Source] = SOURCES, zone: str = "Europe/Berlin") -> App:
    settings = Settings(title="Papers <& more>", operator=OperatorSettings(timezone=zone))
    presenter = Presenter(settings, None)
    return ThreeSources(
        settings=settings, database=database, clock=FixedClock(NOW), presenter=presenter, sources=sources
    )


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_web(app := make_app(database), Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as opened:
        yield opened


@pytest.fixture
def morning(database: Database) -> Database:
    """One batch is in, one is late, and a journal cannot be reached."""
    again = NOW + timedelta(minutes=30)
    record_run(database, "arxiv:cs.CL", RunState.STALE, NOW - timedelta(minutes=90), complete_on=date(2026, 11, 19))
    for name, state, on, papers in (("CL", RunState.FRESH, 20, 143), ("LG", RunState.STALE, 19, 211)):
        at, complete_on = NOW - timedelta(minutes=20), date(2026, 11, on)
        record_run(database, f"arxiv:cs.{name}", state, at, papers=papers, due_at=again, complete_on=complete_on)
    record_run(database, "feed:journal", RunState.UNREACHABLE, NOW - timedelta(hours=3), detail=HOSTILE, due_at=again)
    return database


class Outline(HTMLParser):
    """Checks that tags are closed, and collects what an audit of the page asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<body>")[2]).split())


@pytest.mark.usefixtures("morning")
async def test_a_reader_is_told_in_plain_words_how_each_source_stands(client: httpx.AsyncClient) -> None:
    page = words((await client.get("/status")).text)

    assert "1 of 3 sources is well" in page
    assert "2 are late. As of 20 Nov 08:00 . All times are CET." in page
    assert "arXiv cs.CL ✓ well Today&#39;s batch is in (143 papers)." in page
    assert "Today&#39;s batch has been late since 06:00: it still shows what it showed before; we look again" in page
    assert "we look again at 08:30." in page


@pytest.mark.usefixtures("morning")
async def test_an_operator_finds_every_run_with_its_state_counts_and_remarks(client: httpx.AsyncClient) -> None:
    page = (await client.get("/status")).text

    assert 'aria-label="Oldest first: stale, fresh"' in page
    assert re.search(r'data-label="Papers">143<.*?data-label="Complete">2026-11-20<', page, re.DOTALL)
    assert all(state.value in words(page) for state in RunState)


@pytest.mark.usefixtures("morning")
async def test_nothing_a_server_said_is_more_than_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/status")

    assert re.search(r"<script|<img|javascript:|\son\w+=\w", answer.text.replace("onerror=alert", "")) is None
    assert "&lt;script&gt;" in answer.text
    assert not {"\u202e", "\x1b"} & set(answer.text)
    assert "{{ 7*7 }}" in answer.text
    assert "Papers &lt;&amp; more&gt;" in answer.text


async def test_the_page_loads_and_runs_nothing_and_may_be_kept_for_a_minute(client: httpx.AsyncClient) -> None:
    for url in ("/status", "/status.json"):
        headers = (await client.get(url)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "public, max-age=60"
        assert (await client.head(url)).status_code == 200
        assert (await client.post(url)).status_code == 405


@pytest.mark.usefixtures("morning")
async def test_the_page_can_be_read_by_ear_and_by_keyboard(client: httpx.AsyncClient) -> None:
    outline = Outline((await client.get("/status")).text)

    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("h1")) == 1
    assert len(outline.all("caption")) == len(outline.all("table")) == 4
    assert all(cell.get("scope") in {"col", "row"} for cell in outline.all("th"))
    regions = [each for each in outline.all("div") if each.get("role") == "region"]
    assert all(
        each.get("tabindex") == "0" and (each.get("aria-label") or each.get("aria-labelledby")) for each in regions
    )
    assert outline.all("script", "img", "iframe", "link") == []


@pytest.mark.usefixtures("morning")
async def test_json_says_the_same_for_scripts(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/status.json")).json()
    first, late, journal = answer["sources"]

    assert (answer["at"], answer["summary"]) == ("2026-11-20T07:00:00+00:00", "1 of 3 sources is well")
    assert (first["name"], first["state"], first["papers"], first["complete_on"]) == (
        "arxiv:cs.CL",
        "fresh",
        143,
        "2026-11-20",
    )
    assert (late["standing"], late["late_since"]) == ("late", "2026-11-20T05:00:00+00:00")
    assert [run["state"] for run in first["runs"]] == ["stale", "fresh"]
    assert len(journal["remarks"]) <= 300


async def test_nothing_about_people_is_shown(client: httpx.AsyncClient, morning: Database) -> None:
    subscribe(morning, "ada@example.org", "experts")
    both = (await client.get("/status")).text + (await client.get("/status.json")).text

    assert re.search(r"ada@|experts|subscriber|channel|deliver", both.partition("<body>")[2], re.IGNORECASE) is None


@pytest.mark.parametrize(
    ("sources", "heading"),
    [([], "No source is read"), (SOURCES[:1], "The source is not read yet"), (SOURCES, "0 of 3 sources are well")],
)
async def test_a_new_installation_has_a_page_too(database: Database, sources: list[Source], heading: str) -> None:
    transport = httpx.ASGITransport(make_web(app := make_app(database, sources, "UTC"), Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://x.example.org") as opened:
        page = await opened.get("/status")

    Outline(page.text)
    assert heading in words(page.text)


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, success criterion 1.4.3."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


async def test_every_colour_can_be_told_from_what_it_stands_on_by_day_and_by_night(client: httpx.AsyncClient) -> None:
    style = (await client.get("/status")).text.partition("</style>")[0]
    blocks: list[dict[str, Any]] = [dict(re.findall(r"--([\w-]+): #(\w+)", block)) for block in style.split("@media")]
    light = blocks[0] | dict(re.findall(r"--([\w-]+): #(\w+)", style.partition("--good")[0].rpartition("@media")[0]))
    light |= dict(re.findall(r"--([\w-]+): #(\w+)", re.findall(r"^:root \{ --good.*$", style, re.MULTILINE)[0]))
    dark = {
        name: value
        for line in re.findall(r"^  :root.*$", style, re.MULTILINE)
        for name, value in re.findall(r"--([\w-]+): #(\w+)", line)
    }
    pairs = [("text", "page"), ("quiet", "page"), ("link", "page")]
    pairs += [(name, f"{name}-back") for name in ("good", "late", "bad")]

    for theme in (light, dark):
        assert {pair: contrast(theme[pair[0]], theme[pair[1]]) >= 4.5 for pair in pairs} == dict.fromkeys(pairs, True)
