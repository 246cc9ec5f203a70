"""Looking at newly linked repositories, on a server of our own in the place of three hosts."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from digest.model import AnnouncementKind, Batch, ExternalId, RunState
from digest.pipeline.code_checks import CodeHosts, CodeReport, ask_about, check_code
from digest.settings import HttpSettings
from digest.sources.http.client import Http
from digest.storage import announcements, papers, runs
from digest.storage.tables import CodeCheckRow
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.servers.web import Asked, Reply, WebServer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GITHUB, GITLAB = "https://github.com/ada/experts", "https://gitlab.com/lab/group/experts"
MODEL, DATA = "https://huggingface.co/ada/experts", "https://huggingface.co/datasets/ada/experts"
HOSTS = CodeHosts(github="http://host/gh", gitlab="http://host/gl", huggingface="http://host/hf")

pytestmark = pytest.mark.anyio


def answer(value: object) -> Reply:
    return Reply(headers={"Content-Type": "application/json"}, body=json.dumps(value).encode())


def link(database: Database, url: str) -> None:
    """Let a known paper get a link to code."""
    for seen in (paper(), paper(code_url=url)):
        with database.writing() as session:
            runs.save_batch(session, Batch(source="huggingface", state=RunState.FRESH, papers=(seen,)), NOON)


async def look(database: Database, reply: Reply, now: datetime = NOON, asked: list[str] | None = None) -> CodeReport:
    def respond(request: Asked) -> Reply:
        if asked is not None:
            asked.append(request.path)
        return reply

    settings = HttpSettings(attempts=1, allowed_hosts=("127.0.0.1",))
    with WebServer(respond) as server:
        hosts = CodeHosts(github=f"{server.url}/gh", gitlab=f"{server.url}/gl", huggingface=f"{server.url}/hf")
        async with Http(settings) as http:
            return await check_code(database, http, now, hosts=hosts)


def announced(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        row = papers.find_paper(session, paper().ids[0])
        assert row is not None
        found = announcements.list_announcements(session, row)
    return [(each.kind.value, each.detail, each.source) for each in found]


def the_check(database: Database) -> CodeCheckRow:
    with database.reading() as session:
        return session.scalars(select(CodeCheckRow)).one()


@pytest.mark.parametrize(
    ("url", "path", "good", "empty"),
    [
        (GITHUB, "/gh/repos/ada/experts", {"size": 12}, {"size": 0}),
        (GITLAB, "/gl/projects/lab%2Fgroup%2Fexperts/repository/tree?per_page=1", [{"name": "README"}], []),
        (MODEL, "/hf/models/ada/experts", {"siblings": [{"rfilename": "model.bin"}]}, {"siblings": []}),
        (
            DATA,
            "/hf/datasets/ada/experts",
            {"siblings": [{"rfilename": "data.csv"}]},
            {"siblings": [{"rfilename": ".gitattributes"}]},
        ),
    ],
)
async def test_a_repository_is_announced_once_it_holds_something(
    database: Database, url: str, path: str, good: object, empty: object
) -> None:
    link(database, url)
    asked: list[str] = []

    first = await look(database, answer(empty), NOON, asked)
    assert (first.looked, first.announced, first.postponed, announced(database)) == (1, 0, 1, [])
    early = await look(database, answer(good), NOON + HOUR / 2)
    second = await look(database, answer(good), NOON + HOUR, asked)
    third = await look(database, answer(good), NOON + 9 * DAY)

    assert (early.looked, second.announced, third.looked) == (0, 1, 0)
    assert announced(database) == [("code_released", url, "huggingface")]
    assert asked == [path, path]


@pytest.mark.parametrize("status", [404, 410, 451])
async def test_what_is_not_there_is_looked_at_with_growing_pauses_and_given_up_after_a_month(
    database: Database, status: int
) -> None:
    link(database, GITHUB)
    now, pauses = NOON, []
    while (await look(database, Reply(status=status), now)).postponed:
        due = the_check(database).next_attempt_at
        pauses.append(due - now)
        now = due

    assert pauses[:5] == [HOUR, 4 * HOUR, 16 * HOUR, 64 * HOUR, 7 * DAY]
    assert timedelta(days=30) <= now - NOON < timedelta(days=38)
    assert the_check(database).state == "given_up"
    assert the_check(database).detail.startswith("given up after 30 days: there is no such repository")
    assert announced(database) == []


async def test_hugging_face_says_401_for_what_does_not_exist(database: Database) -> None:
    link(database, MODEL)
    report = await look(database, Reply(status=401))

    assert (report.postponed, the_check(database).attempts) == (1, 1)


@pytest.mark.parametrize(
    ("reply", "pause"),
    [
        (Reply(status=429, headers={"Retry-After": "7200"}), 2 * HOUR),
        (Reply(status=403), HOUR),
        (Reply(status=503), HOUR),
    ],
)
async def test_trouble_on_the_way_costs_no_attempt(database: Database, reply: Reply, pause: timedelta) -> None:
    link(database, GITHUB)
    await look(database, reply)

    assert (the_check(database).attempts, the_check(database).next_attempt_at) == (0, NOON + pause)


async def test_an_answer_that_cannot_be_read_is_no_repository(database: Database) -> None:
    link(database, GITHUB)
    for body in (b"<html>", b"3", b"\xff{"):
        report = await look(database, Reply(body=body), the_check(database).next_attempt_at)
        assert (report.announced, report.postponed) == (0, 1)

    assert the_check(database).attempts == 3


async def test_a_host_that_turned_us_away_is_asked_once_in_a_pass(database: Database) -> None:
    many = [paper(f"2611.0000{number}", title=f"Paper Number {number} of This Test") for number in range(3)]
    linked = [paper(each.ids[0].value, title=each.title, code_url=f"{GITHUB}-{each.title[13]}") for each in many]
    for seen in (many, linked):
        with database.writing() as session:
            runs.save_batch(session, Batch(source="s", state=RunState.FRESH, papers=tuple(seen)), NOON)
    asked: list[str] = []

    report = await look(database, Reply(status=429), NOON, asked)

    assert (report.looked, report.postponed, len(asked)) == (3, 3, 1)


async def test_a_place_nobody_knows_how_to_ask_is_given_up_with_the_reason(database: Database) -> None:
    link(database, "https://code.example.org/ada/experts")
    report = await look(database, answer({}))

    assert (report.given_up, the_check(database).detail) == (
        1,
        "at none of the hosts that can be asked (github.com, gitlab.com, huggingface.co)",
    )


async def test_the_announcement_follows_a_paper_that_was_merged(database: Database) -> None:
    link(database, GITHUB)
    other = ExternalId(paper().ids[0].scheme.DOI, "10.1000/x")
    with database.writing() as session:
        seen = paper(ids=(other, *paper().ids))
        runs.save_batch(session, Batch(source="s", state=RunState.FRESH, papers=(seen,)), NOON)
    await look(database, answer({"size": 1}))

    assert AnnouncementKind.CODE_RELEASED.value in {kind for kind, *_ in announced(database)}


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://github.com/a/b", "http://host/gh/repos/a/b"),
        ("https://www.github.com/a/b.git", "http://host/gh/repos/a/b"),
        ("https://github.com/a/b.js/tree/main/src?x=1#y", "http://host/gh/repos/a/b.js"),
        ("https://gitlab.com/a/b/-/tree/main", "http://host/gl/projects/a%2Fb/repository/tree?per_page=1"),
        ("https://huggingface.co/spaces/a/b", "http://host/hf/spaces/a/b"),
        ("https://huggingface.co/a/b/tree/main", "http://host/hf/models/a/b"),
        ("https://github.com/a", None),
        ("https://github.com/a/../../x", None),
        ("https://github.com.evil.example/a/b", None),
        ("https://evil@127.0.0.1/a/b", None),
        ("ftp://github.com/a/b c", None),
    ],
)
async def test_the_address_says_what_to_ask(url: str, asked: str | None) -> None:
    question = ask_about(url, HOSTS)

    assert (question.url if question else None) == asked
