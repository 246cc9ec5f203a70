"""OpenAlex, Semantic Scholar, Crossref and ORCID over HTTP: paging, keys, errors, and what is news the next day."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.model import Cursor, ExternalId, IdScheme, RunState
from digest.settings import HttpSettings
from digest.sources import Source
from digest.sources.crossref import CrossrefSource
from digest.sources.http.client import Http
from digest.sources.openalex import OpenAlexSource, Query
from digest.sources.orcid import OrcidSource
from digest.sources.semantic_scholar import SemanticScholarSource, fetch_papers
from tests.apis import (
    crossref_list,
    crossref_work,
    dump,
    openalex_list,
    openalex_work,
    orcid_group,
    orcid_summary,
    orcid_works,
    s2_list,
    s2_paper,
)
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

ORCID = "0000-0002-1825-0097"
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MONDAY = FRIDAY + timedelta(days=3)
AUTHOR = Query("author", "A1")


@dataclass(frozen=True)
class Case:
    """A source, and an answer of its own with the works of these numbers."""

    make: Callable[[str], Source]
    answer: Callable[..., bytes]


CASES = {
    "openalex:author:A1": Case(
        lambda url: OpenAlexSource(AUTHOR, "key-1", f"{url}/works"),
        lambda *numbers: openalex_list(*map(openalex_work, numbers)),
    ),
    "semantic_scholar:12": Case(
        lambda url: SemanticScholarSource("12", "key-1", url), lambda *numbers: s2_list(*map(s2_paper, numbers))
    ),
    f"crossref:{ORCID}": Case(
        lambda url: CrossrefSource(ORCID, f"{url}/works"),
        lambda *numbers: crossref_list(*map(crossref_work, numbers)),
    ),
    f"orcid:{ORCID}": Case(
        lambda url: OrcidSource(ORCID, "key-1", url),
        lambda *numbers: orcid_works(*(orcid_group(orcid_summary(number)) for number in numbers)),
    ),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    given = request.param
    assert isinstance(given, Case)
    return given


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
def source(case: Case, server: WebServer) -> Source:
    return case.make(server.url)


def make_http(contact: str = "") -> Http:
    settings = HttpSettings(
        contact=contact, timeout=timedelta(seconds=2), max_bytes=2_000_000, allowed_hosts=("127.0.0.1",)
    )
    return Http(settings)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=2, cap=True):
        async with make_http() as opened:
            yield opened


def always(body: bytes) -> Callable[[Asked], Reply]:
    return lambda _asked: Reply(body=body)


def params_of(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(asked.path).query).items()}


async def failure(source: Source, http: Http) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.fetch(Cursor(), http, FRIDAY)
    assert (caught.value.source, "\n" in str(caught.value)) == (source.name, False)
    assert "key-1" not in str(caught.value)
    return caught.value


async def test_a_first_fetch_announces_what_just_came(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    server.answer = always(case.answer(1, 2))

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.source, batch.state, len(batch.papers), batch.warnings) == (source.name, RunState.FRESH, 2, ())
    assert {made.paper for made in batch.announcements} == {paper.ids[0] for paper in batch.papers}
    assert {made.source for made in batch.announcements} == {source.name} & set(CASES)
    assert batch.cursor.batch_ids == {str(paper.ids[0]) for paper in batch.papers}


async def test_the_next_days_announce_only_what_is_new(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    server.answer = always(case.answer(1, 2))
    first = await source.fetch(Cursor(), http, FRIDAY)
    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=12))
    server.answer = always(case.answer(3, 1, 2))

    third = await source.fetch(second.cursor, http, MONDAY)

    assert (second.state, second.announcements) == (RunState.QUIET, ())
    (made,) = third.announcements
    assert (third.state, made.paper) == (RunState.FRESH, third.papers[0].ids[0])


async def test_an_empty_answer_is_quiet(case: Case, source: Source, server: WebServer, http: Http) -> None:
    server.answer = always(case.answer())

    assert (await source.fetch(Cursor(), http, FRIDAY)).state is RunState.QUIET


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_being_turned_away_is_refused(source: Source, server: WebServer, http: Http, status: int) -> None:
    server.answer = lambda _asked: Reply(status, {"Retry-After": "60"}, b'{"error": "no"}')

    error = await failure(source, http)

    assert (type(error), error.retry_after) == (SourceRefused, timedelta(minutes=1))


async def test_a_server_in_trouble_is_unavailable(source: Source, server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(503)

    assert isinstance(await failure(source, http), SourceUnavailable)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"\x00\xff\x1f\x8b", b"<!DOCTYPE html><html>Sorry</html>", b'{"error": "Internal"}']
)
@pytest.mark.parametrize("status", [200, 400, 404])
async def test_garbage_is_a_changed_source(
    source: Source, server: WebServer, http: Http, status: int, body: bytes
) -> None:
    server.answer = lambda _asked: Reply(status, body=body)

    assert isinstance(await failure(source, http), SourceChanged)


async def test_a_body_that_breaks_off_is_never_taken_for_whole(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    server.answer = always(case.answer(1, 2)[:-40])

    assert isinstance(await failure(source, http), SourceChanged)


def test_a_captured_body_is_parsed_as_a_fetched_one(case: Case, source: Source) -> None:
    parsed = source.parse(case.answer(1, 2, 3))

    assert (len(parsed.papers), parsed.source) == (3, source.name)
    assert (source.rhythm.pattern.value, source.rhythm.patience) == ("rolling", timedelta(days=3))


@pytest.mark.parametrize(
    ("name", "status", "option"),
    [
        ("openalex:author:A1", 401, "DIGEST_SOURCES__OPENALEX_KEY"),
        ("semantic_scholar:12", 403, "DIGEST_SOURCES__SEMANTIC_SCHOLAR_KEY"),
        (f"orcid:{ORCID}", 401, "DIGEST_SOURCES__ORCID_TOKEN"),
    ],
)
async def test_a_wrong_key_is_called_so(server: WebServer, http: Http, name: str, status: int, option: str) -> None:
    server.answer = lambda _asked: Reply(status, body=b'{"error": "invalid_token"}')

    error = await failure(CASES[name].make(server.url), http)

    assert str(error).endswith(f"does not accept the key or token (status {status}); check {option}")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"error": "Author with id 0 not found"}, "answered 404: Author with id 0 not found"),
        (400, {"error": "Invalid", "message": "x is not a field"}, "answered 400: x is not a field"),
        (400, {"status": "failed", "message": [{"message": "Bad filter"}]}, "answered 400: Bad filter"),
        (409, {"response-code": 409, "user-message": "The record is locked."}, "answered 409: The record is locked."),
        (404, {}, "answered 404: it gave no reason"),
    ],
)
async def test_an_error_is_told_in_the_words_of_the_service(
    source: Source, server: WebServer, http: Http, status: int, body: Any, said: str
) -> None:
    server.answer = lambda _asked: Reply(status, body=dump(body))

    assert said in str(await failure(source, http))


async def test_openalex_is_followed_from_cursor_to_cursor(server: WebServer, http: Http) -> None:
    pages = {
        "*": openalex_list(openalex_work(1), cursor="b", count=3),
        "b": openalex_list(openalex_work(2), openalex_work(3), cursor="c", count=3),
        "c": openalex_list(cursor=None, count=3),
    }
    server.answer = lambda asked: Reply(body=pages[params_of(asked)["cursor"]])

    batch = await OpenAlexSource(AUTHOR, "key-1", f"{server.url}/works").fetch(Cursor(), http, FRIDAY)

    assert (len(batch.papers), batch.state) == (3, RunState.FRESH)
    assert {
        "filter": "authorships.author.id:A1,from_publication_date:2026-08-22",
        "sort": "publication_date:desc",
        "per_page": "100",
        "api_key": "key-1",
    }.items() <= params_of(server.asked[0]).items()


async def test_a_search_of_openalex_has_words_and_days(server: WebServer, http: Http) -> None:
    server.answer = always(openalex_list())

    await OpenAlexSource(Query("search", "tides & x, y"), "k", f"{server.url}/works").fetch(Cursor(), http, FRIDAY)

    asked = params_of(server.asked[0])
    assert (asked["search"], asked["filter"]) == ("tides & x, y", "from_publication_date:2026-08-22")


async def test_semantic_scholar_is_followed_by_offset(server: WebServer, http: Http) -> None:
    pages = {"0": s2_list(s2_paper(1), following=1000), "1000": s2_list(s2_paper(2), offset=1000)}
    server.answer = lambda asked: Reply(body=pages[params_of(asked)["offset"]])

    batch = await SemanticScholarSource("12", "key-1", server.url).fetch(Cursor(), http, FRIDAY)

    assert len(batch.papers) == 2
    assert server.asked[1].path.startswith("/author/12/papers?fields=title%2Cabstract%2C")
    assert {asked.headers["x-api-key"] for asked in server.asked} == {"key-1"}


async def test_a_paper_of_this_year_without_a_day_is_news_once_the_others_are_known(
    server: WebServer, http: Http
) -> None:
    source = SemanticScholarSource("12", base_url=server.url)
    undated = [s2_paper(number, publicationDate=None, year=2026) for number in (1, 2)]
    server.answer = always(s2_list(undated[0], s2_paper(9, publicationDate=None, year=1950)))
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = always(s2_list(*undated, s2_paper(8, publicationDate=None, year=2024)))

    second = await source.fetch(first.cursor, http, MONDAY)

    assert first.announcements == ()
    (made,) = second.announcements
    assert (made.paper.value, made.announced_on) == (f"{2:040x}", MONDAY.date())


async def test_papers_are_looked_up_by_their_ids_500_at_a_time(server: WebServer, http: Http) -> None:
    wanted = [ExternalId(IdScheme.ARXIV, f"2611.{number:05d}") for number in range(1, 502)]
    server.answer = lambda asked: Reply(body=dump([s2_paper(len(json.loads(asked.body)["ids"])), None]))

    parsed = await fetch_papers(wanted, http, FRIDAY, key="key-1", base_url=server.url)

    assert [len(json.loads(asked.body)["ids"]) for asked in server.asked] == [500, 1]
    assert json.loads(server.asked[1].body) == {"ids": ["ARXIV:2611.00501"]}
    assert (len(parsed.papers), parsed.announcements, server.asked[0].method) == (2, (), "POST")


async def test_ids_semantic_scholar_cannot_look_up_are_not_asked_for(server: WebServer, http: Http) -> None:
    ids = [ExternalId(IdScheme.DOI, "10.5555/a"), ExternalId(IdScheme.HF, "x"), ExternalId(IdScheme.S2, f"{1:040x}")]
    server.answer = always(dump([None, None]))

    assert (await fetch_papers(ids, http, FRIDAY, base_url=server.url)).papers == ()
    assert json.loads(server.asked[0].body) == {"ids": ["DOI:10.5555/a", f"{1:040x}"]}
    assert (await fetch_papers([ids[1]], http, FRIDAY, base_url=server.url)).papers == ()
    assert len(server.asked) == 1


async def test_crossref_is_followed_though_its_cursor_stays_the_same(server: WebServer, http: Http) -> None:
    works = [crossref_work(number) for number in range(1, 6)]
    pages = [crossref_list(*works[at : at + 2], rows=2, cursor="same", total=5) for at in (0, 2, 4)]
    server.answer = lambda _asked: Reply(body=pages[len(server.asked) - 1])

    batch = await CrossrefSource(ORCID, server.url).fetch(Cursor(), http, FRIDAY)

    assert (len(batch.papers), batch.state) == (5, RunState.FRESH)
    assert [params_of(asked)["cursor"] for asked in server.asked] == ["*", "same", "same"]


async def test_crossref_is_read_whole_once_and_then_what_it_indexed(server: WebServer, http: Http) -> None:
    source = CrossrefSource(ORCID, server.url)
    server.answer = always(crossref_list(crossref_work(1), crossref_work(2)))
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = always(crossref_list())

    second = await source.fetch(first.cursor, http, MONDAY)

    filters = [params_of(asked)["filter"] for asked in server.asked]
    assert filters == [f"orcid:{ORCID}", f"orcid:{ORCID},from-index-date:2026-11-18"]
    assert (second.state, second.cursor.batch_ids) == (RunState.QUIET, first.cursor.batch_ids)
    assert second.cursor.position == "2026-11-23"


async def test_what_crossref_indexes_again_is_no_news(server: WebServer, http: Http) -> None:
    source = CrossrefSource(ORCID, server.url)
    old = crossref_work(1) | {"issued": {"date-parts": [[2026, 8, 1]]}}
    server.answer = always(crossref_list(old))
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = always(crossref_list())
    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(days=1))
    server.answer = always(crossref_list(old))

    third = await source.fetch(second.cursor, http, MONDAY)

    assert (first.announcements, third.announcements, third.state) == ((), (), RunState.QUIET)


async def test_what_crossref_did_not_send_is_asked_for_again(server: WebServer, http: Http) -> None:
    source = CrossrefSource(ORCID, server.url)
    server.answer = always(crossref_list(crossref_work(1), total=7))

    batch = await source.fetch(Cursor(position="2026-11-10"), http, FRIDAY)

    assert (batch.state, batch.cursor.position) == (RunState.PARTIAL, "2026-11-10")


@pytest.mark.parametrize(
    ("contact", "mailto"), [("ops@example.org", "ops@example.org"), ("https://example.org", None), ("", None)]
)
async def test_crossref_hears_who_asks(server: WebServer, contact: str, mailto: str | None) -> None:
    server.answer = always(crossref_list())
    async with make_http(contact) as http:
        await CrossrefSource(ORCID, server.url).fetch(Cursor(), http, FRIDAY)

    assert params_of(server.asked[0]).get("mailto") == mailto


async def test_orcid_is_asked_for_json_with_its_token(server: WebServer, http: Http) -> None:
    server.answer = always(orcid_works())

    await OrcidSource(ORCID, "key-1", server.url).fetch(Cursor(), http, FRIDAY)

    asked = server.asked[0]
    assert (asked.path, asked.headers["accept"]) == (f"/{ORCID}/works", "application/json")
    assert asked.headers["authorization"] == "Bearer key-1"


async def test_a_record_that_moved_is_read_and_the_operator_told(server: WebServer, http: Http) -> None:
    moved = orcid_works(orcid_group(orcid_summary()), owner="0000-0001-5109-3700")
    server.answer = lambda asked: (
        Reply(body=moved) if "5109" in asked.path else Reply(301, {"Location": "/0000-0001-5109-3700/works"})
    )

    batch = await OrcidSource(ORCID, base_url=server.url).fetch(Cursor(), http, FRIDAY)

    assert len(batch.papers) == 1
    assert batch.warnings == ("The record has been merged into 0000-0001-5109-3700; put that iD into sources.orcid",)


async def test_a_person_instead_of_works_is_a_changed_source(server: WebServer, http: Http) -> None:
    server.answer = always(dump({"name": {"path": ORCID}}))

    assert isinstance(await failure(OrcidSource(ORCID, base_url=server.url), http), SourceChanged)
