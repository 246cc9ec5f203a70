"""Researchers' pages, against a real database: what is on them, how much of it, and what never is."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import pairwise

import httpx
import pytest

from digest.model import Affiliation, Author, ClaimLevel, Metrics, PersonId, PersonScheme, ResearcherId, Standing
from digest.storage.people_tables import ResearcherRow
from subscribers.db import Database
from subscribers.tokens import Purpose
from tests.factories import paper
from tests.people import subscribe
from tests.records import (
    HOSTILE,
    Outline,
    add_papers,
    add_record,
    assert_harmless,
    attribute,
    follower,
    open_client,
    possible_paper,
    token_for,
)

pytestmark = pytest.mark.anyio
ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def fu(database: Database) -> ResearcherId:
    """A record with everything a record may have."""
    fu = add_record(
        database,
        variants=("P. Fu", "付鹏"),
        ids=(ORCID, PersonId(PersonScheme.OPENALEX, "A5034688833")),
        affiliations=(
            Affiliation(name="Engine Works", since=2011, until=2018, source="openalex"),
            Affiliation(name="Tsinghua University", ror="03cve4549", since=2019, source="orcid"),
        ),
        homepage="https://fu.example.org/~fu",
        fields=("cs.CL",),
        topics=("machine translation",),
        metrics=(
            Metrics(source="openalex", as_of=date(2026, 11, 1), works=36, citations=1250, h_index=12),
            Metrics(source="s2", as_of=date(2026, 11, 2), works=14, citations=250, h_index=30),
        ),
    )
    ada = add_record(database, "Ada Lovelace")
    works = add_papers(
        database,
        paper(
            "2611.00001",
            authors=(Author("Peng Fu", ("Tsinghua University",)), "Ada Lovelace"),
            code_url="https://github.com/fu/engine",
            github_stars=1200,
            submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        ),
        paper("1905.00002", title="An Older Paper About Engines", authors=("Ada Lovelace", "Peng Fu")),
    )
    attribute(database, fu, works[:1], Standing.STATED, 1, ("listed by ORCID",))
    attribute(database, fu, works[1:], Standing.SURE, 2, ("3 shared co-authors", "same field"))
    attribute(database, ada, works[:1], Standing.SURE, 2)
    attribute(database, ada, works[1:], Standing.SURE, 1)
    return fu


async def test_the_page_has_everything_that_is_known(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId
) -> None:
    possible_paper(database, fu, "2611.00077")
    page = (await client.get(f"/researchers/{fu}")).text

    for said in (
        "<h1>Peng Fu</h1>",
        "<bdi>付鹏</bdi>",
        "2 papers, 2019–2026, and 1 that may be theirs.",
        'href="https://ror.org/03cve4549"',
        "since 2019",
        "2011–2018",
        'href="https://fu.example.org/~fu"',
        'href="https://orcid.org/0000-0002-1825-0097"',
        "machine translation",
        "1,250",
        "2026-11-01",
        "not reliable",
        'href="https://github.com/fu/engine">Code ★ 1.2k</a>',
        "<bdi>Tsinghua University</bdi>",
        "Stated: listed by ORCID",
        "Sure: 3 shared co-authors; same field",
        "Possibly theirs",
        "About 60 % likely",
        "<li>no shared co-author</li>",
        "Ids tie this page to OpenAlex and ORCID (ORCID 0000-0002-1825-0097).",
        "Nobody has claimed this page.",
        "Nobody follows them yet.",
        "We study mixture of experts models.",
    ):
        assert said in page
    assert page.index("tabindex") > page.index("How sure are we that this is one person?")


async def test_co_authors_with_a_record_are_linked_and_counted(client: httpx.AsyncClient, fu: ResearcherId) -> None:
    page = (await client.get(f"/researchers/{fu}")).text

    assert page.count(f'<a href="{fu + 1}"><bdi>Ada Lovelace</bdi></a>') == 3  # twice on papers, once in the list
    assert re.search(r'Ada Lovelace</bdi></a> <span class="said">2 papers</span>', page)


async def test_papers_stand_by_year_the_newest_first(client: httpx.AsyncClient, fu: ResearcherId) -> None:
    page = (await client.get(f"/researchers/{fu}")).text

    assert page.index('id="y2026"') < page.index("Sparse Experts") < page.index('id="y2019"') < page.index("An Older")


async def test_an_empty_record_has_a_page_too(client: httpx.AsyncClient, database: Database) -> None:
    bare = add_record(database, "Nobody Known")
    page = (await client.get(f"/researchers/{bare}")).text

    Outline(page)
    for said in ("No paper of theirs is stored yet", "Nothing is known of them but the name", "too few papers to tell"):
        assert said in page


async def test_a_merged_record_sends_to_the_living_one_for_good(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId
) -> None:
    gone = add_record(database, "P. Fu")
    with database.writing() as session:
        row = session.get(ResearcherRow, gone)
        assert row is not None
        row.merged_into = fu

    for url, goal in ((f"/researchers/{gone}?page=2", f"{fu}?page=2"), (f"/researchers/{gone}.json", f"{fu}.json")):
        answer = await client.get(url)
        assert (answer.status_code, answer.headers["location"]) == (301, goal)
    assert (await client.get(f"/researchers/{gone}", follow_redirects=True)).url.path == f"/researchers/{fu}"


@pytest.mark.parametrize(
    "path",
    ["999", "0", "-1", "x", "1e3", "9" * 30, "9" * 6000, "٣", "999.json", "x.json", "1?page=0", "1?page=2", "1?page=x"],
)
@pytest.mark.usefixtures("fu")
async def test_what_is_no_page_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/researchers/{path}")).status_code == 404


async def test_three_thousand_papers_come_in_pages_of_a_sane_size(
    client: httpx.AsyncClient, database: Database
) -> None:
    busy = add_record(database, "Busy Bee")
    works = [
        paper(
            f"{year:02}{month:02}.{number:05}",
            title=f"Paper {number} of {month}/{year}",
            abstract="A long abstract. " * 100,
            authors=("Busy Bee", *(f"Worker {number % 7}{letter}" for letter in "abcdefgh")),
        )
        for year in range(16, 26)
        for month in range(1, 13)
        for number in range(1, 26)
    ]
    attribute(database, busy, add_papers(database, *works))

    first = await client.get(f"/researchers/{busy}")
    assert "3,000 papers, 2016–2025" in first.text
    assert len(first.content) < 400_000
    assert first.text.count("<h4") == 50
    assert f'href="{busy}?page=7#y2024">2024</a> <span class="said">300</span>' in first.text

    seen: list[str] = []
    for page in (1, 2, 60):
        seen += [each["title"] for each in (await client.get(f"/researchers/{busy}.json?page={page}")).json()["works"]]
    assert len(set(seen)) == 150
    assert seen[-1] == "Paper 1 of 1/16"
    assert (await client.get(f"/researchers/{busy}?page=61")).status_code == 404


async def test_json_says_the_same(client: httpx.AsyncClient, database: Database, fu: ResearcherId) -> None:
    follower(database, fu)
    answer = await client.get(f"/researchers/{fu}.json")
    said = answer.json()

    assert (said["id"], said["name"], said["papers"], said["followers"]) == (fu, "Peng Fu", 2, 1)
    assert said["ids"][0] == {"scheme": "openalex", "value": "A5034688833", "url": "https://openalex.org/A5034688833"}
    assert [each["doubt"] is None for each in said["metrics"]] == [True, False]
    assert said["years"] == [{"year": 2026, "papers": 1, "page": 1}, {"year": 2019, "papers": 1, "page": 1}]
    assert said["works"][0]["standing"] == "stated"
    assert said["works"][1]["authors"][0] == {"name": "Ada Lovelace", "affiliations": [], "researcher": fu + 1}
    assert said["identity"]["claim"] == ClaimLevel.UNCLAIMED
    assert said["collaborators"] == [{"name": "Ada Lovelace", "papers": 2, "researcher": fu + 1}]


async def test_followers_are_counted_and_never_named(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId
) -> None:
    ada = follower(database, fu, "ada@example.org")
    follower(database, fu, "bob@example.org")
    url = f"/researchers/{fu}"
    token = token_for(ada, Purpose.MANAGE)
    pages = [(await client.get(each)).text for each in (url, f"{url}.json", f"{url}?reader={token}")]

    assert "2 readers follow them." in pages[0]
    assert re.search(r"example\.org/|ada@|bob@|subscriber", "".join(pages).replace("fu.example.org/", "")) is None


async def test_a_reader_has_a_button_and_strangers_are_told_how(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId
) -> None:
    ada = follower(database, fu)
    bob = subscribe(database, "bob@example.org")
    tokens = [token_for(ada, Purpose.MANAGE), token_for(ada, Purpose.FOLLOW, fu), token_for(bob, Purpose.MANAGE)]
    pages = [await client.get(f"/researchers/{fu}?reader={token}") for token in tokens]

    assert ["Stop following" in each.text for each in pages] == [True, True, False]
    assert ['value="follow"' in each.text for each in pages] == [False, False, True]
    assert {each.headers["cache-control"] for each in pages} == {"no-store"}
    action = str(Outline(pages[2].text).all("form")[0]["action"])
    posted = await client.post(f"/researchers/{action}", data={"action": "follow"})
    assert "You now follow Peng Fu" in posted.text

    stranger = await client.get(f"/researchers/{fu}")
    assert "<form" not in stranger.text
    assert "tap the name in your digest" in stranger.text
    assert stranger.headers["cache-control"] == "public, max-age=60"


async def test_tokens_for_somebody_else_or_something_else_give_no_button(
    client: httpx.AsyncClient, database: Database, fu: ResearcherId
) -> None:
    ada = follower(database, fu)
    other = add_record(database, "Somebody Else")
    for token in (
        token_for(ada, Purpose.FOLLOW, other),
        token_for(ada, Purpose.UNSUBSCRIBE),
        token_for(ada, Purpose.MANAGE)[:-1],
        "x" * 3000,
    ):
        answer = await client.get(f"/researchers/{fu}?reader={token}")
        assert (answer.status_code, "<form" in answer.text, token in answer.text) == (200, False, False)


async def test_the_bot_is_linked_where_it_has_a_name(database: Database, fu: ResearcherId) -> None:
    async with open_client(database, telegram={"bot_name": "@paper_digest_bot"}) as client:
        page = (await client.get(f"/researchers/{fu}")).text

    assert f'href="https://t.me/paper_digest_bot?start=follow_{fu}"' in page


async def test_hostile_records_stay_text_and_lead_nowhere(client: httpx.AsyncClient, database: Database) -> None:
    hostile = add_record(
        database,
        f"Peng Fu{HOSTILE}",
        variants=(HOSTILE,),
        affiliations=(Affiliation(name=HOSTILE, ror="x/../../evil", source=HOSTILE),),
        homepage="javascript:alert(1)",
        fields=(HOSTILE,),
        topics=(HOSTILE, "$\\mu$P"),
        metrics=(Metrics(source=HOSTILE, as_of=date(2026, 1, 1), works=-5),),
    )
    work = paper(
        title=HOSTILE,
        abstract=HOSTILE,
        authors=(Author(HOSTILE, (HOSTILE,)), Author(f"Peng Fu{HOSTILE}", (HOSTILE,))),
        categories=(HOSTILE,),
        code_url="javascript:alert(2)",
        abstract_url="data:text/html,<script>alert(3)</script>",
        organization=HOSTILE,
    )
    for standing, number in ((Standing.SURE, "2611.00001"), (Standing.POSSIBLE, "2611.00002")):
        of = paper(number, title=f"{work.title} {standing}", authors=work.authors, code_url=work.code_url)
        attribute(database, hostile, add_papers(database, of), standing, 2, (HOSTILE,))

    answers = [await client.get("/researchers", params={"q": query}) for query in (HOSTILE, "Peng Fu", "fu")]
    for answer in (await client.get(f"/researchers/{hostile}"), *answers):
        assert answer.status_code == 200
        assert_harmless(answer.text)
    page = (await client.get(f"/researchers/{hostile}")).text
    assert "javascript:alert(1)" not in page
    assert "{{ 7*7 }}" in page
    assert (await client.get(f"/researchers/{hostile}.json")).json()["homepage"] is None


async def test_looking_changes_nothing(client: httpx.AsyncClient, fu: ResearcherId) -> None:
    before = (await client.get(f"/researchers/{fu}.json")).text
    for url in (f"/researchers/{fu}", f"/researchers/{fu}.json", "/researchers?q=fu", "/researchers"):
        assert (await client.head(url)).status_code == 200
        assert (await client.post(url)).status_code == 405

    assert (await client.get(f"/researchers/{fu}.json")).text == before


@pytest.mark.parametrize("query", ["Peng Fu", "peng", "FU", "付鹏", "fu  peng"])
async def test_a_search_finds_records_by_name_or_a_part_of_it(
    client: httpx.AsyncClient, fu: ResearcherId, query: str
) -> None:
    page = (await client.get("/researchers", params={"q": query})).text

    assert f'<a href="researchers/{fu}"><bdi>Peng Fu</bdi></a>' in page
    assert "Tsinghua University" in page


@pytest.mark.parametrize("query", ["", " ", "%", "_", "\\", "\x00", "x" * 5000, "zzz zzz", "'; DROP TABLE papers;--"])
@pytest.mark.usefixtures("fu")
async def test_a_search_for_nobody_finds_nobody(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get("/researchers", params={"q": query})

    assert answer.status_code == 200
    assert "<bdi>Peng Fu</bdi>" not in answer.text


async def test_the_page_can_be_read_by_ear_and_by_keyboard(client: httpx.AsyncClient, fu: ResearcherId) -> None:
    outline = Outline((await client.get(f"/researchers/{fu}")).text)

    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each.get("aria-label") for each in outline.all("nav"))
