"""The JSON API, against a real database: the checks and limits of the form, a schema, and no other site's business."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from digest.model import LetterKind
from digest.pipeline.attribute import attribute_new
from digest.pipeline.joining import answer_requests
from digest.pipeline.signup_wishes import load_wishes
from digest.settings import SignupSettings, SmtpSettings
from digest.web.api import MOST_FAULTS
from subscribers.db import Database
from subscribers.model import Cadence
from tests.factories import NOON, paper
from tests.joining import ADA, letters_of, list_requests, open_site
from tests.people import announce

pytestmark = pytest.mark.anyio
SUBSCRIPTIONS, PREVIEWS = "/api/v1/subscriptions", "/api/v1/previews"
EVERYTHING: dict[str, Any] = {
    "address": "Ada@example.org",
    "name": "Ada",
    "interests": ["experts", '"state space"'],
    "follows": ["Furu Wei"],
    "cadence": "weekly",
    "weekday": "friday",
    "send_at": "06:30",
    "timezone": "Asia/Tokyo",
    "language": "ja",
    "cap": 7,
    "plain_text": True,
}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_site(database) as opened:
        yield opened


async def test_what_is_asked_for_is_noted_and_answered_by_mail(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post(SUBSCRIPTIONS, json=EVERYTHING)
    (request,) = list_requests(database)
    wishes = load_wishes(request.wishes)

    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert (request.address, request.evidence["how"]) == (ADA, "JSON API")
    assert (wishes.name, wishes.language, wishes.cap, wishes.is_plain) == ("Ada", "ja", 7, True)
    assert (wishes.schedule.cadence, wishes.schedule.weekday) == (Cadence.WEEKLY, 4)
    assert [follow.name for follow in wishes.follows] == ["Furu Wei"]
    answer_requests(database, NOON)
    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]


async def test_what_is_left_out_is_as_in_the_settings(database: Database) -> None:
    async with open_site(database, default_timezone="Europe/Berlin", default_cap=9) as client:
        await client.post(SUBSCRIPTIONS, json={"address": ADA, "interests": ["experts"]})
    wishes = load_wishes(list_requests(database)[0].wishes)

    assert (wishes.schedule.timezone, f"{wishes.schedule.send_at:%H:%M}", wishes.cap) == ("Europe/Berlin", "08:00", 9)


async def test_a_preview_has_numbers_warnings_and_papers(client: httpx.AsyncClient, database: Database) -> None:
    announce(database, *(paper(f"2611.{n:05}") for n in range(1, 11)))
    attribute_new(database, NOON)
    answer = await client.post(PREVIEWS, json={"interests": ["experts", "holography"]})
    said = answer.json()

    assert answer.status_code == 200
    assert said["headline"].endswith("10 papers.")
    assert [(each["text"], each["count"], bool(each["warning"])) for each in said["wishes"]] == [
        ("experts", "10 papers", False),
        ("holography", "0 papers", True),
    ]
    assert (len(said["papers"]), said["more"]) == (8, 2)
    assert said["papers"][0] == {
        "title": "Sparse Experts Learn Fast",
        "url": "https://arxiv.org/abs/2611.00010",
        "authors": ["Ada Lovelace", "Furu Wei"],
        "why": "Word “experts” in title and abstract",
    }
    assert list_requests(database) == []


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"address": "ada"}, ["address: “ada” is not an email address."]),
        ({"address": None}, ["address: Input should be a valid string."]),
        ({"interests": "experts"}, ["interests: Input should be a valid list."]),
        ({"interests": [], "follows": []}, ["interests: Name a topic"]),
        ({"interests": ["("], "timezone": "x"}, ["interests: The interest “(”", "timezone: “x” is not a time zone"]),
        ({"cap": 0}, ["cap: Input should be greater than or equal to 1."]),
        ({"cap": "many"}, ["cap: Input should be a valid integer"]),
        ({"cadence": "hourly"}, ["cadence: Input should be"]),
        ({"weekday": "caturday"}, ["weekday: “caturday” is not a day"]),
        ({"follows": ["12"]}, ["follows: “12” is not a person"]),
        ({"topics": ["x"]}, ["topics: Extra inputs are not permitted."]),
        ({"interests": ["x"] * 41}, ["interests: List should have at most 40 items"]),
        ({"name": "a" * 201, "cap": 900}, ["cap: ", "name: "]),
    ],
    ids=range(13),
)
async def test_each_fault_is_one_sentence(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], faults: list[str]
) -> None:
    answer = await client.post(SUBSCRIPTIONS, json=EVERYTHING | changes)
    said = sorted(answer.json()["faults"])

    assert answer.status_code == 422
    assert [each[: len(fault)] for each, fault in zip(said, sorted(faults), strict=True)] == sorted(faults)
    assert list_requests(database) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 50_000, "application/json", 400),
        (b'{"address": "ada@example.org", "interests": ["experts"]}', "text/plain", 422),
        (b"address=ada%40example.org&interests=experts", "application/x-www-form-urlencoded", 422),
        (b'{"address": "' + b"a" * 60_000 + b'"}', "application/json", 413),
    ],
    ids=range(8),
)
async def test_what_is_no_json_or_too_much_is_refused(
    client: httpx.AsyncClient, database: Database, body: bytes, kind: str, status: int
) -> None:
    for path in (SUBSCRIPTIONS, PREVIEWS):
        answer = await client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == status
        assert answer.json()["faults"]
    assert list_requests(database) == []


async def test_a_body_without_an_end_is_cut(client: httpx.AsyncClient) -> None:
    async def pour() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 10_000

    answer = await client.post(SUBSCRIPTIONS, content=pour(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_no_other_site_may_ask_or_read(client: httpx.AsyncClient) -> None:
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    asked = await client.options(SUBSCRIPTIONS, headers=origin)
    answers = [asked, await client.post(SUBSCRIPTIONS, json=EVERYTHING, headers=origin)]

    assert asked.status_code == 405
    assert not any(name.startswith("access-control") for answer in answers for name in answer.headers)
    assert (await client.get(SUBSCRIPTIONS)).status_code == 405


async def test_where_signing_up_is_closed_the_api_is_closed_too(database: Database) -> None:
    async with open_site(database, signup=SignupSettings(is_open=False)) as client:
        answers = [await client.post(path, json={"address": ADA} | {"interests": ["x"]}) for path in (SUBSCRIPTIONS,)]
        answers.append(await client.post(PREVIEWS, json={"interests": ["x"]}))

    assert {answer.status_code for answer in answers} == {403}
    assert list_requests(database) == []


async def test_the_api_describes_itself_and_nothing_else(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/v1/openapi.json")).json()
    subscription = described["paths"][SUBSCRIPTIONS]["post"]

    assert list(described["paths"]) == [PREVIEWS, SUBSCRIPTIONS]
    assert list(subscription["requestBody"]["content"]) == ["application/json"]
    assert {"202", "403", "413", "422", "429", "503"} <= set(subscription["responses"])
    schema = described["components"]["schemas"]["SubscriptionIn"]
    assert (schema["required"], schema["additionalProperties"]) == (["address"], False)
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == 404


async def test_a_flood_of_faults_is_cut(client: httpx.AsyncClient) -> None:
    flood = {f"k{number}": 1 for number in range(5_000)}
    answer = await client.post(PREVIEWS, json=flood)
    faults = answer.json()["faults"]

    assert answer.status_code == 422
    assert (len(faults), faults[-1]) == (MOST_FAULTS + 1, "There is more wrong than is told here.")


async def test_what_is_wrong_is_told_without_what_would_turn_the_text_around(client: httpx.AsyncClient) -> None:
    answer = await client.post(PREVIEWS, json={"\u202egnp\x1b": 1})

    assert answer.json()["faults"] == ["�gnp�: Extra inputs are not permitted."]


async def test_without_a_mail_server_nobody_is_told_that_a_mail_comes(database: Database) -> None:
    async with open_site(database, smtp=SmtpSettings()) as client:
        answers = [
            await client.post(SUBSCRIPTIONS, json=EVERYTHING),
            await client.post(PREVIEWS, json={"interests": ["experts"]}),
        ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert list_requests(database) == []
