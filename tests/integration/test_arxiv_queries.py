"""arXiv's search API: searches to follow, authors' pages, papers by id and by span of days."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.errors import ConfigurationError, SourceChanged, SourceUnavailable
from digest.model import AnnouncementKind, Author, Cursor, RunState
from digest.settings import HttpSettings, SourceSettings
from digest.sources.arxiv.queries import ArxivSearchSource, fetch_ids, fetch_range
from digest.sources.arxiv.source import make_sources
from digest.sources.http.client import Http
from tests.feeds import search_answer
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
SETTINGS = HttpSettings(timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))
ERROR = """<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title>
<summary>unbalanced quotes</summary></entry>"""


def entry(number: int, submitted: str = "2026-11-18", authors: str = "") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2611.{number:05d}v1</id><title>Paper {number}</title><summary>S</summary>"
        f'<published>{submitted}T12:00:00Z</published><updated>{submitted}T12:00:00Z</updated><category term="cs.CL"/>'
        f"{authors or '<author><name>Ada Lovelace</name></author>'}</entry>"
    )


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
def source(server: WebServer) -> ArxivSearchSource:
    return ArxivSearchSource('au:"Chi_Zewen"', f"{server.url}/api", f"{server.url}/a/")


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=1):
        async with Http(SETTINGS, pace={}) as opened:
            yield opened


def asked_for(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(asked.path).query).items()}


def search_of(*numbers: int, total: int | None = None) -> Reply:
    return Reply(body=search_answer(*map(entry, numbers), total=total, size=100))


async def test_what_a_search_finds_is_new(server: WebServer, source: ArxivSearchSource, http: Http) -> None:
    server.answer = lambda _asked: search_of(2, 1)

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.source, batch.state, batch.warnings) == ('arxiv-search:au:"Chi_Zewen"', RunState.FRESH, ())
    assert [(made.kind, made.announced_on) for made in batch.announcements] == [
        (AnnouncementKind.NEW, date(2026, 11, 19))
    ] * 2
    assert asked_for(server.asked[0]) == {
        "search_query": 'au:"Chi_Zewen"',
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "start": "0",
        "max_results": "100",
    }


async def test_a_search_is_made_once_a_day(server: WebServer, source: ArxivSearchSource, http: Http) -> None:
    server.answer = lambda _asked: search_of(1)
    first = await source.fetch(Cursor(), http, FRIDAY)

    again = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=5))
    assert (again.state, again.papers, len(server.asked)) == (RunState.QUIET, (), 1)

    server.answer = lambda _asked: search_of(2, 1)
    tomorrow = await source.fetch(again.cursor, http, FRIDAY + timedelta(hours=15))
    assert [made.paper.value for made in tomorrow.announcements] == ["2611.00002"]


async def test_the_first_search_does_not_announce_a_life_of_work(
    server: WebServer, source: ArxivSearchSource, http: Http
) -> None:
    server.answer = lambda _asked: Reply(body=search_answer(entry(2), entry(1, "2019-01-01"), total=900, size=100))

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (len(batch.papers), [made.paper.value for made in batch.announcements]) == (2, ["2611.00002"])
    assert len(server.asked) == 1


async def test_pages_are_read_until_something_is_known(
    server: WebServer, source: ArxivSearchSource, http: Http
) -> None:
    server.answer = lambda _asked: search_of(1)
    known = (await source.fetch(Cursor(), http, FRIDAY - timedelta(days=1))).cursor

    def answer(asked: Asked) -> Reply:
        start = int(asked_for(asked)["start"])
        numbers = range(300 - start, 200 - start, -1) if start < 200 else range(100, 0, -1)
        return Reply(body=search_answer(*map(entry, numbers), total=5_000, start=start, size=100))

    server.answer = answer
    batch = await source.fetch(known, http, FRIDAY)

    assert [asked_for(asked)["start"] for asked in server.asked[1:]] == ["0", "100", "200"]
    assert (len(batch.papers), len(batch.announcements)) == (300, 299)


async def test_an_empty_page_in_the_middle_is_asked_for_again(
    server: WebServer, source: ArxivSearchSource, http: Http
) -> None:
    replies = [
        Reply(body=search_answer(*map(entry, range(200, 100, -1)), total=101, size=100)),
        Reply(body=search_answer(total=101, start=100, size=100)),
        Reply(body=search_answer(entry(1), total=101, start=100, size=100)),
    ]
    server.answer = lambda _asked: replies.pop(0)

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.state, len(batch.papers), len(server.asked)) == (RunState.FRESH, 101, 3)


async def test_a_page_that_stays_empty_is_an_error(server: WebServer, source: ArxivSearchSource, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=search_answer(total=40, size=100))

    with pytest.raises(SourceUnavailable, match="says that it has 40 papers, and sends none from number 0 on"):
        await source.fetch(Cursor(), http, FRIDAY)


async def test_a_search_that_finds_nothing_is_quiet(server: WebServer, source: ArxivSearchSource, http: Http) -> None:
    server.answer = lambda _asked: search_of()

    assert (await source.fetch(Cursor(), http, FRIDAY)).state is RunState.QUIET


async def test_a_short_page_is_partial_and_asked_for_again(
    server: WebServer, source: ArxivSearchSource, http: Http
) -> None:
    server.answer = lambda _asked: search_of(5, 4, total=3)
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = lambda _asked: search_of(5, 4, 3)

    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=1))

    assert (first.state, second.state) == (RunState.PARTIAL, RunState.FRESH)
    assert [made.paper.value for made in second.announcements] == ["2611.00003"]


@pytest.mark.parametrize("status", [200, 400])
async def test_a_search_arxiv_does_not_understand_is_explained(
    server: WebServer, source: ArxivSearchSource, http: Http, status: int
) -> None:
    server.answer = lambda _asked: Reply(status, body=search_answer(ERROR))

    with pytest.raises(SourceChanged, match="did not understand the search: unbalanced quotes") as caught:
        await source.fetch(Cursor(), http, FRIDAY)
    assert caught.value.source == source.name


COMBINED = "<author><name>Simeon Warner, Ada Lovelace, J. Smith Jr.</name></author>"


async def test_an_authors_page_is_followed(server: WebServer, http: Http) -> None:
    body = search_answer(entry(2, authors=COMBINED), entry(1, "2011-05-05")).replace(
        b"arxiv.org/api/abc", b"arxiv.org/a/x"
    )
    server.answer = lambda _asked: Reply(body=body)
    source = ArxivSearchSource("author:0000-0002-7970-7855", f"{server.url}/api", f"{server.url}/a/")

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert server.asked[0].path == "/a/0000-0002-7970-7855.atom"
    assert batch.papers[0].authors == (Author("Simeon Warner"), Author("Ada Lovelace"), Author("J. Smith Jr."))
    assert [made.paper.value for made in batch.announcements] == ["2611.00002"]


async def test_papers_are_looked_up_a_hundred_at_a_time(server: WebServer, http: Http) -> None:
    def answer(asked: Asked) -> Reply:
        numbers = [int(arxiv[-5:]) for arxiv in asked_for(asked)["id_list"].split(",")]
        return Reply(body=search_answer(*(entry(number) for number in numbers if number != 7), size=len(numbers)))

    server.answer = answer
    wanted = [f"arXiv:2611.{number:05d}v1" for number in range(1, 151)]

    parsed = await fetch_ids([*wanted, "nonsense", wanted[0]], http, f"{server.url}/api")

    assert [len(asked_for(asked)["id_list"].split(",")) for asked in server.asked] == [100, 50]
    assert len(parsed.papers) == 149
    assert parsed.warnings == ("arXiv has no paper arXiv:2611.00007v1, nonsense",)


async def test_looking_up_nothing_asks_nobody(server: WebServer, http: Http) -> None:
    assert (await fetch_ids([], http, server.url)).papers == ()
    assert server.asked == []


async def test_a_span_of_days_is_read_week_by_week(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: search_of(1)

    pages = [page async for page in fetch_range("cs.CL", date(2026, 11, 2), date(2026, 11, 11), http, server.url)]

    assert len(pages) == 2
    assert [asked_for(asked)["search_query"] for asked in server.asked] == [
        "cat:cs.CL AND submittedDate:[202611020000 TO 202611082359]",
        "cat:cs.CL AND submittedDate:[202611090000 TO 202611112359]",
    ]


def test_the_settings_make_feeds_searches_and_sets() -> None:
    settings = SourceSettings(
        arxiv=("cs.CL",), arxiv_searches=("ti:sparse", "author:warner_s_1"), arxiv_oai=("cs:cs:CL",)
    )

    assert [source.name for source in make_sources(settings)] == [
        "arxiv:cs.CL",
        "arxiv-search:ti:sparse",
        "arxiv-search:author:warner_s_1",
        "arxiv-oai:cs:cs:CL",
    ]


def test_every_fault_of_the_settings_is_named() -> None:
    settings = SourceSettings(arxiv=("cs CL",), arxiv_searches=("author:Simeon Warner",), arxiv_oai=("cs.CL!",))

    with pytest.raises(ConfigurationError) as caught:
        make_sources(settings)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "sources.arxiv",
        "sources.arxiv_searches",
        "sources.arxiv_oai",
    ]


def test_a_long_search_has_a_short_name_of_its_own() -> None:
    names = {ArxivSearchSource(f"all:{'x' * 200}{end}").name for end in "ab"}

    assert len(names) == 2
    assert {len(name) for name in names} == {100}
