"""bioRxiv, dblp and OpenReview over the wire: pages, days, outages, mirrors and refusals."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.errors import SourceChanged, SourceRefused, SourceUnavailable
from digest.model import AnnouncementKind, Batch, Cursor, RunState
from digest.settings import HttpSettings
from digest.sources import biorxiv
from digest.sources.biorxiv import BiorxivSource
from digest.sources.dblp import DblpSource
from digest.sources.http.client import Http
from digest.sources.openreview import PAGE, OpenReviewSource
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

# A Friday morning at Cold Spring Harbor.
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
ROWS_A_PAGE = 30


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    settings = HttpSettings(contact="", timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))
    with stamina.set_testing(True, attempts=1):
        async with Http(settings, pace={}) as opened:
            yield opened


def row(number: int, day: str, version: int = 1) -> dict[str, Any]:
    return {
        "doi": f"10.64898/2026.11.01.{number:06d}",
        "title": f"Cells {number}",
        "authors": "Lovelace, A.",
        "date": day,
        "version": str(version),
        "category": "neuroscience",
        "server": "bioRxiv",
    }


class Postings:
    """What bioRxiv has: rows by day, in pages of thirty; `replies` stand in for a path that goes wrong."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.replies: dict[str, Reply] = {}

    def put(self, day: str, *numbers: int, version: int = 1) -> None:
        self.rows[day].extend(row(number, day, version) for number in numbers)

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if reply := next((reply for part, reply in self.replies.items() if part in path), None):
            return reply
        _, _, _, first, _, cursor = path.split("/")
        rows = self.rows[first]
        if not rows:
            return Reply(body=json.dumps({"messages": [{"status": "no posts found"}], "collection": []}).encode())
        start = int(cursor)
        message = {"status": "ok", "category": "neuroscience", "cursor": start, "total": str(len(rows))}
        return Reply(body=json.dumps({"messages": [message], "collection": rows[start : start + ROWS_A_PAGE]}).encode())


@pytest.fixture
def postings(server: WebServer) -> Postings:
    postings = Postings()
    server.answer = postings.answer
    return postings


@pytest.fixture
def neuroscience(server: WebServer) -> BiorxivSource:
    return BiorxivSource("biorxiv", "neuroscience", server.url)


def paths(server: WebServer) -> list[str]:
    asked = [each.path for each in server.asked]
    server.asked.clear()
    return asked


def dois(batch: Batch) -> set[int]:
    return {int(paper.ids[0].value[-6:]) for paper in batch.papers}


async def test_biorxiv_is_asked_day_by_day_and_page_by_page(
    postings: Postings, neuroscience: BiorxivSource, server: WebServer, http: Http
) -> None:
    postings.put("2026-11-19", *range(70))
    postings.put("2026-11-20", 100)

    batch = await neuroscience.fetch(Cursor(), http, NOW)

    assert paths(server) == [
        f"/details/biorxiv/{day}/{day}/{cursor}?category=neuroscience"
        for day, cursors in (
            ("2026-11-17", (0,)),
            ("2026-11-18", (0,)),
            ("2026-11-19", (0, 30, 60)),
            ("2026-11-20", (0,)),
        )
        for cursor in cursors
    ]
    assert (batch.state, len(batch.papers), batch.announced_count) == (RunState.FRESH, 71, 71)
    assert batch.cursor.position == "2026-11-20"


async def test_a_day_of_biorxiv_is_read_again_until_it_is_over(
    postings: Postings, neuroscience: BiorxivSource, server: WebServer, http: Http
) -> None:
    postings.put("2026-11-20", 1)
    first = await neuroscience.fetch(Cursor(), http, NOW)
    postings.put("2026-11-20", 2)
    postings.put("2026-11-23", 1, version=2)
    paths(server)

    second = await neuroscience.fetch(first.cursor, http, NOW + 3 * ONE_DAY)

    assert [path.split("/")[3] for path in paths(server)] == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    assert (second.state, dois(second)) == (RunState.FRESH, {1, 2})
    assert (AnnouncementKind.REPLACEMENT, "v2") in {(made.kind, made.detail) for made in second.announcements}


async def test_an_empty_weekend_of_biorxiv_is_a_holiday(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    postings.put("2026-11-20", 1)
    first = await neuroscience.fetch(Cursor(), http, NOW)
    saturday = await neuroscience.fetch(first.cursor, http, NOW + ONE_DAY)
    postings.put("2026-11-22", 2)
    sunday = await neuroscience.fetch(saturday.cursor, http, NOW + 2 * ONE_DAY)

    assert [each.state for each in (first, saturday, sunday)] == [RunState.FRESH, RunState.HOLIDAY, RunState.FRESH]


async def test_a_total_that_does_not_come_is_partial(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    message = {"status": "ok", "category": "neuroscience", "total": 3}
    body = json.dumps({"messages": [message], "collection": [row(1, "2026-11-20")]}).encode()
    empty = json.dumps({"messages": [message], "collection": []}).encode()
    postings.replies = {"2026-11-20/0": Reply(body=body), "2026-11-20/1": Reply(body=empty)}

    batch = await neuroscience.fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers), batch.announced_count) == (RunState.PARTIAL, 1, 3)


async def test_a_page_that_comes_again_is_no_other_page(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    message = {"status": "ok", "category": "neuroscience", "total": 70}
    rows = [row(number, "2026-11-20") for number in range(30)]
    body = json.dumps({"messages": [message], "collection": rows}).encode()
    postings.replies = {"2026-11-20/": Reply(body=body)}

    batch = await neuroscience.fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers), batch.announced_count) == (RunState.PARTIAL, 30, 70)
    assert batch.cursor.position == "2026-11-20 lacking since 2026-11-20"


async def test_a_day_that_lacks_something_is_read_again_for_three_days(
    postings: Postings, neuroscience: BiorxivSource, server: WebServer, http: Http
) -> None:
    message = {"status": "ok", "category": "neuroscience", "total": 2}
    for at, rows in enumerate(([row(1, "2026-11-12")], [])):
        body = json.dumps({"messages": [message], "collection": rows}).encode()
        postings.replies[f"2026-11-12/{at}"] = Reply(body=body)
    cursor = Cursor(position="2026-11-11", fetched_at=NOW - 9 * ONE_DAY)
    states: list[bool] = []
    first_days: list[str] = []
    for number in range(6):
        batch = await neuroscience.fetch(cursor, http, NOW + number * ONE_DAY)
        cursor, states = batch.cursor, [*states, batch.state is RunState.PARTIAL]
        first_days.append(paths(server)[0].split("/")[3])

    assert states == [True] * 5 + [False]
    assert first_days == ["2026-11-11", *["2026-11-12"] * 4, "2026-11-24"]


async def test_what_biorxiv_sent_before_a_failure_is_kept_and_the_rest_follows(
    postings: Postings, neuroscience: BiorxivSource, server: WebServer, http: Http
) -> None:
    postings.put("2026-11-18", 1)
    postings.put("2026-11-19", *range(10, 50))
    postings.replies = {"2026-11-19/2026-11-19/30": Reply(503)}
    first = await neuroscience.fetch(Cursor(), http, NOW)
    postings.replies.clear()
    paths(server)
    second = await neuroscience.fetch(first.cursor, http, NOW + timedelta(hours=2))

    assert (first.state, len(first.papers), first.cursor.position) == (RunState.PARTIAL, 31, "2026-11-19")
    assert first.warnings[-1].startswith("The postings of 2026-11-19 came only in part: 127.0.0.1 answered 503")
    assert (second.state, dois(second)) == (RunState.FRESH, set(range(10, 50)))
    assert paths(server)[0].startswith("/details/biorxiv/2026-11-19/")


async def test_a_long_outage_is_caught_up_in_several_runs(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    days = [f"2026-11-{day:02d}" for day in range(1, 21)]
    for number, day in enumerate(days):
        postings.put(day, *range(number * 1000, number * 1000 + 6 * ROWS_A_PAGE))
    seen: set[int] = set()
    cursor = Cursor(fetched_at=NOW - 20 * ONE_DAY, position=days[0])
    states: list[RunState] = []
    while len(states) < 3 and (not states or states[-1] is RunState.PARTIAL):
        batch = await neuroscience.fetch(cursor, http, NOW)
        states, cursor, seen = [*states, batch.state], batch.cursor, seen | dois(batch)

    assert states == [RunState.PARTIAL, RunState.FRESH]
    assert len(seen) == 20 * 6 * ROWS_A_PAGE
    assert biorxiv.MAX_PAGES == 100


FEED = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>bioRxiv</title></channel><item>
<title>Cells 7</title><link>https://www.biorxiv.org/content/10.64898/2026.11.01.000007v1?rss=1</link>
<dc:date>2026-11-20</dc:date></item></rdf:RDF>"""


@pytest.mark.parametrize("status", [503, 403])
async def test_the_feed_stands_in_while_the_api_is_out(
    postings: Postings, neuroscience: BiorxivSource, server: WebServer, http: Http, status: int
) -> None:
    postings.replies = {"/details/": Reply(status), "/biorxiv_xml.php": Reply(body=FEED.encode())}
    first = await neuroscience.fetch(Cursor(), http, NOW)
    asked = paths(server)[-1]
    postings.replies.clear()
    postings.put("2026-11-19", 6)
    postings.put("2026-11-20", 7)
    second = await neuroscience.fetch(first.cursor, http, NOW + timedelta(hours=2))

    assert asked == "/biorxiv_xml.php?subject=neuroscience"
    assert (first.state, dois(first), first.cursor.position) == (RunState.PARTIAL, {7}, "2026-11-17")
    assert first.warnings[-1].endswith("the feed's newest 1 preprints were taken instead")
    assert (second.state, dois(second)) == (RunState.FRESH, {6, 7})


async def test_without_api_and_feed_the_apis_failure_is_told(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    postings.replies = {"/details/": Reply(503), "/biorxiv_xml.php": Reply(404)}

    with pytest.raises(SourceUnavailable, match="answered 503"):
        await neuroscience.fetch(Cursor(), http, NOW)


async def test_an_api_that_changed_is_no_reason_to_take_the_feed(
    postings: Postings, neuroscience: BiorxivSource, http: Http
) -> None:
    postings.replies = {"/details/": Reply(body=b"{}"), "/biorxiv_xml.php": Reply(body=FEED.encode())}

    with pytest.raises(SourceChanged):
        await neuroscience.fetch(Cursor(), http, NOW)


@pytest.mark.usefixtures("postings")
async def test_all_of_medrxiv_is_asked_for_without_a_subject(server: WebServer, http: Http) -> None:
    await BiorxivSource("medrxiv", "all", server.url).fetch(Cursor(), http, NOW)

    assert paths(server)[0] == "/details/medrxiv/2026-11-17/2026-11-17/0"


def person(*records: tuple[str, int], pid: str = "64/4311") -> bytes:
    listed = "".join(
        f'<r><article key="{key}"><author pid="{pid}">Ada Lovelace 0002</author><title>Trees at {key}.</title>'
        f"<journal>J. Trees</journal><year>{year}</year></article></r>"
        for key, year in records
    )
    return f'<dblpperson name="Ada Lovelace" pid="{pid}">{listed}</dblpperson>'.encode()


def told(batch: Batch) -> set[str]:
    return {made.paper.value for made in batch.announcements}


async def test_a_person_of_dblp_brings_what_was_not_there_before(server: WebServer, http: Http) -> None:
    source = DblpSource("64/4311", server.url)
    corr = "journals/corr/abs-2611-00001"
    server.answer = lambda _asked: Reply(headers={"ETag": '"1"'}, body=person(("a/b/Old26", 2026), (corr, 2026)))
    first = await source.fetch(Cursor(), http, datetime(2026, 11, 10, tzinfo=UTC))
    grown = person(("a/b/Old26", 2026), (corr, 2026), ("a/b/New26", 2026), ("a/b/Ancient99", 1999))
    server.answer = lambda _asked: Reply(body=grown)
    second = await source.fetch(first.cursor, http, NOW)
    third = await source.fetch(second.cursor, http, NOW + ONE_DAY)

    assert paths(server)[0] == "/pid/64/4311.xml"
    assert (first.state, len(first.papers), told(first)) == (RunState.FRESH, 2, {corr})
    assert (second.state, len(second.papers), told(second)) == (RunState.FRESH, 4, {"a/b/New26"})
    assert {made.announced_on for made in second.announcements} == {NOW.date()}
    assert (third.state, told(third)) == (RunState.QUIET, set())


async def test_the_mirror_of_dblp_is_asked_when_the_first_host_is_down(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=person(("a/b/X26", 2026)))
    with WebServer(lambda _asked: Reply(503)) as down:
        batch = await DblpSource("64/4311", down.url, server.url).fetch(Cursor(), http, NOW)
        with pytest.raises(SourceUnavailable):
            await DblpSource("64/4311", down.url, down.url).fetch(Cursor(), http, NOW)

    assert (batch.state, batch.source) == (RunState.FRESH, "dblp:64/4311")


async def test_a_refusal_of_dblp_is_obeyed_and_the_mirror_left_alone(server: WebServer, http: Http) -> None:
    busy = WebServer(lambda _asked: Reply(429, {"Retry-After": "3600"}))
    with busy, pytest.raises(SourceRefused) as caught:
        await DblpSource("64/4311", busy.url, server.url).fetch(Cursor(), http, NOW)

    assert (caught.value.retry_after, server.asked) == (timedelta(hours=1), [])


async def test_a_person_who_was_merged_is_named(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=person(("a/b/X26", 2026), pid="35/7092"))

    batch = await DblpSource("64/4311", server.url).fetch(Cursor(), http, NOW)

    assert batch.warnings == ("dblp knows this person as 35/7092 now; put that into sources.dblp",)


async def test_a_page_of_dblp_that_breaks_off_is_partial(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(headers={"ETag": '"x"'}, body=person(("a/X26", 2026), ("a/Y26", 2026))[:-40])

    batch = await DblpSource("64/4311", server.url).fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers), batch.cursor.etag) == (RunState.PARTIAL, 1, None)


def note(name: str, shown_at: datetime = NOW, **content: Any) -> dict[str, Any]:
    fields = {"title": f"Trees of {name}", "authors": ["Ada Lovelace"]} | content
    return {
        "id": name,
        "forum": name,
        "odate": int(shown_at.timestamp() * 1000),
        "readers": ["everyone"],
        "content": {key: {"value": value} for key, value in fields.items()},
    }


def notes(*listed: dict[str, Any]) -> Callable[[Asked], Reply]:
    """Answer as the API does, which gives `count` for all pages."""

    def answer(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.path).query)
        start = int(query.get("offset", ["0"])[0])
        page = listed[start : start + int(query["limit"][0])]
        return Reply(body=json.dumps({"notes": page, "count": len(listed)}).encode())

    return answer


@pytest.fixture
def ada(server: WebServer) -> OpenReviewSource:
    return OpenReviewSource("~Ada_Lovelace1", server.url)


async def test_a_profile_of_openreview_brings_what_was_not_there_before(
    ada: OpenReviewSource, server: WebServer, http: Http
) -> None:
    old = note("OldNote123", NOW - 100 * ONE_DAY)
    server.answer = notes(old, note("FirstNote1"))
    first = await ada.fetch(Cursor(), http, NOW)
    server.answer = notes(old, note("FirstNote1"), note("NextNote12", NOW + ONE_DAY))
    second = await ada.fetch(first.cursor, http, NOW + ONE_DAY)

    query = parse_qs(urlsplit(paths(server)[0]).query)
    assert query == {
        "content.authorids": ["~Ada_Lovelace1"],
        "sort": ["tcdate:desc"],
        "limit": [str(PAGE)],
        "count": ["true"],
    }
    assert (first.state, len(first.papers), told(first)) == (RunState.FRESH, 2, {"FirstNote1"})
    assert (second.state, told(second)) == (RunState.FRESH, {"NextNote12"})


async def test_openreview_is_read_page_by_page_to_the_end(ada: OpenReviewSource, server: WebServer, http: Http) -> None:
    hidden = note("HiddenOne1") | {"readers": ["~Ada_Lovelace1"]}
    server.answer = notes(hidden, *(note(f"Note{number:06d}") for number in range(PAGE)), hidden, note("LastNote12"))

    batch = await ada.fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers), len(server.asked)) == (RunState.FRESH, PAGE + 1, 2)


async def test_notes_that_were_counted_and_did_not_come_are_partial(
    ada: OpenReviewSource, server: WebServer, http: Http
) -> None:
    server.answer = lambda _asked: Reply(body=json.dumps({"notes": [note("OnlyNote12")], "count": 9}).encode())

    assert (await ada.fetch(Cursor(), http, NOW)).state is RunState.PARTIAL


CHALLENGE = json.dumps({"name": "ChallengeRequiredError", "message": "Challenge", "status": 403}).encode()


@pytest.mark.parametrize(
    ("status", "body", "token", "said"),
    [
        (403, CHALLENGE, "", "asks whoever is not logged in to solve a challenge in a browser; set DIGEST_SOURCES__"),
        (403, b"{}", "", "does not answer whoever is not logged in"),
        (403, CHALLENGE, "t", "does not accept the token; tokens end after a week at most, so renew DIGEST_SOURCES__"),
        (401, b"", "t", "does not accept the token"),
    ],
)
async def test_a_refusal_of_openreview_says_what_to_do(
    server: WebServer, http: Http, status: int, body: bytes, token: str, said: str
) -> None:
    server.answer = lambda _asked: Reply(status, {"Retry-After": "60"}, body)

    with pytest.raises(SourceRefused, match=said) as caught:
        await OpenReviewSource("~Ada_Lovelace1", server.url, token).fetch(Cursor(), http, NOW)

    assert caught.value.retry_after == timedelta(minutes=1)
    assert server.asked[0].headers.get("authorization") == (f"Bearer {token}" if token else None)
