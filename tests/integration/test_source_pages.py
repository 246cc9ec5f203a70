"""Lists that come in pages: a page that fails, repeats or lies, and one odd entry; nothing lost, nothing twice."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.model import Batch, Cursor, RunState
from digest.settings import HttpSettings
from digest.sources import Source
from digest.sources.http.client import Http
from digest.sources.novelty import FIRST_MOST
from digest.sources.openreview import PAGE as NOTES
from tests.apis import crossref_list, crossref_work, dump, openalex_list, openalex_work, s2_list, s2_paper
from tests.feeds import search_answer
from tests.kinds import KINDS, ORCID, arxiv_entry, openreview_note
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
SIZE = 20  # works of a page, where the page is up to the server

Make = Callable[[Sequence[int], int, int], bytes]


@dataclass(frozen=True)
class Paged:
    """How a service pages: where a request says which page it wants, and how one is written.

    `write(numbers, at, total)` has the entries of page `at`; `odd` is an entry that cannot be read.
    """

    write: Make
    find: Callable[[dict[str, str]], int]
    size: int = SIZE


def openalex_page(numbers: Sequence[int], at: int, total: int) -> bytes:
    following = str(at + 1) if (at + 1) * SIZE < total else None
    return openalex_list(*(entry(openalex_work, number) for number in numbers), cursor=following, count=total)


def s2_page(numbers: Sequence[int], at: int, total: int) -> bytes:
    following = (at + 1) * SIZE if (at + 1) * SIZE < total else None
    return s2_list(*(entry(s2_paper, number) for number in numbers), following=following, offset=at * SIZE)


def crossref_page(numbers: Sequence[int], at: int, total: int) -> bytes:
    return crossref_list(
        *(entry(crossref_work, number) for number in numbers), cursor=str(at + 1), rows=SIZE, total=total
    )


def openreview_page(numbers: Sequence[int], _at: int, total: int) -> bytes:
    return dump({"notes": [entry(lambda n: openreview_note(n, NOW), n) for n in numbers], "count": total})


def arxiv_page(numbers: Sequence[int], at: int, total: int) -> bytes:
    entries = (arxiv_entry(number, NOW) if number >= 0 else "<entry><title/></entry>" for number in numbers)
    return search_answer(*entries, total=total, start=at * 100, size=100)


def entry(make: Callable[[int], dict[str, Any]], number: int) -> dict[str, Any]:
    return make(number) if number >= 0 else {"id": None, "title": 7, "readers": ["everyone"]}


SERVICES = {
    "openalex:author:A1": Paged(openalex_page, lambda asked: int(asked["cursor"].replace("*", "0"))),
    "semantic_scholar:1741101": Paged(s2_page, lambda asked: int(asked["offset"]) // SIZE),
    f"crossref:{ORCID}": Paged(crossref_page, lambda asked: int(asked["cursor"].replace("*", "0"))),
    "openreview:~Ada_Lovelace1": Paged(openreview_page, lambda asked: int(asked.get("offset", 0)) // NOTES, NOTES),
    "arxiv-search:au:Chi_Zewen": Paged(arxiv_page, lambda asked: int(asked["start"]) // 100, 100),
}


class Service:
    """A server that has `numbers`, in pages; `replies` stand in for pages that go wrong."""

    def __init__(self, paged: Paged) -> None:
        self.paged = paged
        self.numbers: list[int] = []
        self.total: int | None = None
        self.shows: Callable[[int], int] = lambda at: at
        self.replies: dict[int, Reply] = {}

    def fill(self, pages: int) -> None:
        """Have so many pages, the last of them with one entry."""
        self.numbers = list(range((pages - 1) * self.paged.size + 1, 0, -1))

    def answer(self, asked: Asked) -> Reply:
        wanted = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        at = self.paged.find(wanted)
        if at in self.replies:
            return self.replies[at]
        first = self.shows(at) * self.paged.size
        total = len(self.numbers) if self.total is None else self.total
        return Reply(body=self.paged.write(self.numbers[first : first + self.paged.size], at, total))


@pytest.fixture(params=SERVICES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(name: str) -> Service:
    return Service(SERVICES[name])


@pytest.fixture
def server(service: Service) -> Iterator[WebServer]:
    with WebServer(service.answer) as running:
        yield running


@pytest.fixture
def source(name: str, server: WebServer) -> Source:
    return KINDS[name].make(server.url)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=1):
        async with Http(HttpSettings(timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",)), pace={}) as opened:
            yield opened


def new(batch: Batch) -> set[str]:
    return {str(made.paper) for made in batch.announcements}


@pytest.mark.parametrize("reply", [Reply(503), Reply(body=b"<html>Sorry</html>"), Reply(500)])
async def test_what_came_before_a_page_failed_is_kept_and_the_rest_comes_once(
    service: Service, source: Source, http: Http, reply: Reply
) -> None:
    service.fill(3)
    service.replies = {2: reply}
    first = await source.fetch(Cursor(), http, NOW)
    service.replies = {}
    second = await source.fetch(first.cursor, http, NOW + timedelta(hours=6))
    third = await source.fetch(second.cursor, http, TOMORROW)

    assert (first.state, len(first.papers)) == (RunState.PARTIAL, 2 * service.paged.size)
    assert first.warnings[-1].startswith("Only the first")
    assert second.state is RunState.FRESH
    assert not new(first) & new(second)
    assert (len(new(first)), len(new(second))) == (min(FIRST_MOST, 2 * service.paged.size), 1)
    assert (third.state, new(third)) == (RunState.QUIET, set())


async def test_a_failure_after_the_first_day_loses_and_repeats_nothing(
    service: Service, source: Source, http: Http
) -> None:
    service.fill(2)
    known = await source.fetch(Cursor(), http, NOW)
    service.numbers = [*range(9_001, 9_003), *service.numbers]
    service.replies = {1: Reply(503)}
    later = [await source.fetch(known.cursor, http, TOMORROW)]
    service.replies = {}
    for hours in (6, 24):
        later.append(await source.fetch(later[-1].cursor, http, TOMORROW + timedelta(hours=hours)))

    seen = [announced for batch in later for announced in new(batch)]
    assert len(seen) == len(set(seen)) == 2


async def test_a_page_that_repeats_is_noticed(service: Service, source: Source, http: Http) -> None:
    service.fill(3)
    service.shows = lambda _at: 0

    batch = await source.fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers)) == (RunState.PARTIAL, service.paged.size)
    assert any("same page" in warning for warning in batch.warnings)


async def test_one_odd_entry_costs_only_itself(service: Service, source: Source, http: Http) -> None:
    service.numbers = [5, 4, -1, 2, 1]

    batch = await source.fetch(Cursor(), http, NOW)

    assert (batch.state, len(batch.papers), len(batch.warnings)) == (RunState.FRESH, 4, 1)
    assert "skipped" in batch.warnings[0]


async def test_ten_thousand_works_are_read_up_to_a_limit_and_announced_in_measure(
    service: Service, source: Source, http: Http, server: WebServer
) -> None:
    service.numbers = list(range(10_000, 0, -1))

    batch = await source.fetch(Cursor(), http, NOW)

    assert len(server.asked) <= 50
    assert len(batch.announcements) == FIRST_MOST
    assert len(batch.cursor.batch_ids) <= 10_000


@pytest.mark.parametrize("name", [each for each in SERVICES if not each.startswith("semantic")], indirect=True)
async def test_a_total_that_is_too_high_is_partial_and_one_that_is_too_low_is_not(
    service: Service, source: Source, http: Http
) -> None:
    service.numbers, service.total = [3, 2, 1], 4
    high = await source.fetch(Cursor(), http, NOW)
    service.total = 1
    low = await source.fetch(Cursor(), http, NOW)

    assert (high.state, low.state) == (RunState.PARTIAL, RunState.FRESH)
    assert (len(high.papers), len(low.papers)) == (3, 3)
