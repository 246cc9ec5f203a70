"""What strangers try with the form that writes to addresses: each attack, and what comes of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select
from structlog.testing import capture_logs

from digest.bootstrap import App, Roster
from digest.model import LetterKind
from digest.pipeline.confirming import confirm
from digest.pipeline.joining import answer_requests
from digest.pipeline.presentation import Presenter
from digest.settings import Settings, SignupSettings
from digest.web.app import WebServer
from digest.web.reception import LOOKS_PER_NETWORK
from subscribers import service
from subscribers.db import Database
from subscribers.lifecycle_tables import CountRow
from subscribers.model import SuppressionReason
from subscribers.store.suppressions import suppress
from subscribers.tokens import Purpose
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.joining import (
    ADA,
    FORM,
    SITE,
    SMTP,
    ask_and_answer,
    come_from,
    letters_of,
    link,
    list_requests,
    open_site,
    reader_at,
)
from tests.people import announce, subscribe
from tests.records import HOSTILE, KEY, assert_harmless

pytestmark = pytest.mark.anyio
API = "/api/v1/subscriptions"
JSON = {"address": ADA, "interests": ["experts"]}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_site(database) as opened:
        yield opened


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    event.listen(database._writer, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
        event.remove(database._writer, "before_cursor_execute", listen)


async def test_bombing_one_address_from_many_networks_gives_it_one_letter(database: Database) -> None:
    async with open_site(database, signup=SignupSettings(overall=10_000)) as client:
        for number in range(60):
            for path in ("/subscribe", "/manage"):
                answer = await client.post(path, data=FORM, headers=come_from(f"198.51.{number}.7"))
                assert answer.status_code == 200
            await client.post(API, json=JSON, headers=come_from(f"203.0.{number}.7"))
    answer_requests(database, NOON)
    answer_requests(database, NOON + timedelta(hours=23, minutes=59))

    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]


async def test_one_network_cannot_have_many_addresses_written_to(client: httpx.AsyncClient, database: Database) -> None:
    answers = []
    for number in range(30):
        form = FORM | {"address": f"victim{number}@example.org"}
        answers.append(await client.post("/subscribe", data=form, headers=come_from(f"2001:db8:7:{number}::1")))

    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 10
    assert answers[-1].headers["retry-after"] == "3600"
    assert "from your network" in answers[-1].text
    assert len(list_requests(database)) == 20
    other = await client.post("/subscribe", data=FORM, headers=come_from("2001:db8:8::1"))
    assert other.status_code == 200


async def test_the_api_the_form_and_the_links_share_one_limit(client: httpx.AsyncClient, database: Database) -> None:
    for number in range(20):
        await client.post(API, json=JSON | {"address": f"victim{number}@example.org"})

    assert (await client.post(API, json=JSON)).status_code == 429
    assert (await client.post("/subscribe", data=FORM)).status_code == 429
    assert (await client.post("/manage", data=FORM)).status_code == 429
    assert len(list_requests(database)) == 20


async def test_who_is_not_our_proxy_cannot_say_whom_a_request_is_from(database: Database) -> None:
    async with open_site(database, web_proxies=("10.0.0.0/8",)) as client:
        codes = [
            (await client.post("/subscribe", data=FORM, headers=come_from(f"198.51.{number}.7"))).status_code
            for number in range(21)
        ]

    assert codes == [200] * 20 + [429]


@asynccontextmanager
async def run_server(database: Database) -> AsyncIterator[int]:
    """Run the web server; give its port."""
    settings = Settings(secret_key=KEY, public_url=SITE, smtp=SMTP)
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))
    server = WebServer(app, Roster(app))
    running = asyncio.create_task(server.run_until_stopped())
    try:
        yield server._socket.getsockname()[1]
    finally:
        server.stop()
        await running


async def test_the_server_itself_believes_no_header_either(database: Database) -> None:
    async with run_server(database) as port, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}/subscribe"
        answer = await client.post(url, data=FORM, headers=come_from("198.51.100.7"))

    assert answer.status_code == 200
    assert [request.evidence["network"] for request in list_requests(database)] == ["127.0.0.0/24"]


async def test_a_flood_from_everywhere_makes_the_form_rest_and_is_told_once(database: Database) -> None:
    with capture_logs() as logs:
        async with open_site(database, signup=SignupSettings(overall=5)) as client:
            answers = [
                await client.post("/subscribe", data=FORM, headers=come_from(f"198.51.{number}.7"))
                for number in range(9)
            ]
            answers.append(await client.post(API, json=JSON, headers=come_from("203.0.113.1")))
        async with open_site(database, NOON + timedelta(hours=1), signup=SignupSettings(overall=5)) as client:
            later = await client.post("/subscribe", data=FORM)

    assert [answer.status_code for answer in answers] == [200] * 5 + [503] * 5
    assert {answer.headers["retry-after"] for answer in answers[5:]} == {"3600"}
    assert "rests for a while" in answers[5].text
    assert [each["event"] for each in logs] == ["signup_resting"]
    assert later.status_code == 200
    assert len(list_requests(database)) == 6


async def test_foretastes_and_searches_are_limited_too(client: httpx.AsyncClient) -> None:
    for _ in range(LOOKS_PER_NETWORK // 3):
        for form in ({"action": "find", "person": "Wei"}, FORM | {"action": "preview"}):
            assert (await client.post("/subscribe", data=form)).status_code == 200
        assert (await client.post("/api/v1/previews", json={"interests": ["experts"]})).status_code == 200

    assert (await client.post("/subscribe", data=FORM | {"action": "preview"})).status_code == 429
    assert (await client.post("/api/v1/previews", json={"interests": ["experts"]})).status_code == 429
    assert (await client.post("/subscribe", data=FORM)).status_code == 200


async def test_neither_addresses_nor_networks_stand_in_the_counts(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/subscribe", data=FORM, headers=come_from("198.51.100.7"))
    with database.reading() as session:
        keys = session.scalars(select(CountRow.key)).all()

    assert {len(key) for key in keys} == {64}


async def test_a_machine_that_fills_in_everything_sees_success_and_nothing_is_noted(
    client: httpx.AsyncClient, database: Database
) -> None:
    honest = await client.post("/subscribe", data=FORM)
    for path in ("/subscribe", "/manage"):
        caught = await client.post(path, data=FORM | {"homepage": "https://spam.example"})
        assert (caught.status_code, caught.text) == (honest.status_code, honest.text)

    assert len(list_requests(database)) == 1


async def test_the_trap_is_hidden_from_people_who_see_and_who_listen(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    trap = page.partition('<p class="extra"')[2].partition("</p>")[0]

    assert 'aria-hidden="true"' in trap
    assert 'name="homepage"' in trap
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    assert "leave this empty" in trap  # a browser without style sheets shows it
    assert ".extra { position: absolute; left: -10000px;" in page


async def prepare(database: Database, standing: str) -> None:
    """Bring an address into a standing."""
    if standing == "unknown":
        return
    if standing == "suppressed":
        with database.writing() as session:
            suppress(session, "email", ADA, SuppressionReason.BOUNCED, NOON)
        return
    if standing == "asked":
        ask_and_answer(database)
        return
    view = subscribe(database, ADA)
    with database.writing() as session:
        if standing == "left":
            service.unsubscribe(session, NOON, view.id)
        if standing == "paused":
            service.pause(session, NOON, view.id)


@pytest.mark.parametrize("standing", ["subscribed", "paused", "left", "suppressed", "asked"])
async def test_nobody_learns_whether_an_address_is_known(database: Database, standing: str) -> None:
    seen = []
    async with open_site(database) as client:  # the first request of all makes the salt of the counts
        await client.post("/manage", data={"address": "bob@example.org"})
    for each in ("unknown", standing):
        await prepare(database, each)
        async with open_site(database) as client:
            with statements(database) as said:
                answers = [
                    await client.post("/subscribe", data=FORM),
                    await client.post("/manage", data=FORM),
                    await client.post(API, json=JSON),
                ]
        pages = [(answer.status_code, answer.content, sorted(answer.headers)) for answer in answers]
        seen.append((pages, said))

    assert seen[0] == seen[1]
    tables = " ".join(seen[0][1])
    assert "requests" in tables
    assert not any(name in tables for name in ("channels", "subscribers", "suppressions", "letters"))


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org%0d%0aBcc:x@example.org\n",
        "ada@example.org\x00",
        "ada\u202e@example.org",
        "ada@example.org\u2028x",
        "a@b.org,c@d.org",
        "x@y>\r\nDATA",
        "<ada@example.org>",
        '"Ada" <ada@example.org>',
        "ada@[127.0.0.1]",
        "ada@localhost",
        "a" * 250 + "@example.org",
        "ada@" + "a" * 250 + ".org",
        "ada@xn--",
        "=?utf-8?q?a=0ABcc:_e?=@example.org",
        "",
        "   ",
    ],
    ids=range(17),
)
async def test_addresses_that_could_become_headers_or_several_are_refused(
    client: httpx.AsyncClient, database: Database, address: str
) -> None:
    answers = [
        await client.post("/subscribe", data=FORM | {"address": address}),
        await client.post("/manage", data={"address": address}),
        await client.post(API, json=JSON | {"address": address}),
    ]
    taken = [request.address for request in list_requests(database)]

    assert {answer.status_code for answer in answers} <= {200, 202, 422}
    assert all("\r" not in each and "\n" not in each and each.count("@") == 1 for each in taken)
    assert taken in ([], ["=?utf-8?q?a=0abcc:_e?=@example.org"] * 3)
    assert_harmless(answers[0].text)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ADA@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("jörg@example.org", "jörg@example.org"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
    ],
)
async def test_addresses_of_all_the_world_are_taken(
    client: httpx.AsyncClient, database: Database, typed: str, stored: str
) -> None:
    answers = [
        await client.post("/subscribe", data=FORM | {"address": typed}),
        await client.post(API, json=JSON | {"address": typed}),
    ]

    assert [answer.status_code for answer in answers] == [200, 202]
    assert {request.address for request in list_requests(database)} == {stored}


@pytest.mark.parametrize("name", ["Ada\r\nBcc: x@example.org", "Ada\x00", "Ada\u202egnp", "\x1b[31mAda"])
async def test_a_name_that_could_become_a_header_or_turn_text_around_is_refused_or_one_line(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    await client.post("/subscribe", data=FORM | {"name": name})
    await client.post(API, json=JSON | {"name": name})

    names = {str(request.wishes["name"]) for request in list_requests(database)}
    assert names <= {"Ada Bcc: x@example.org"}


async def test_what_is_typed_and_what_papers_say_never_becomes_more_than_text(
    client: httpx.AsyncClient, database: Database
) -> None:
    announce(database, paper(title=f"Experts {HOSTILE}", abstract=HOSTILE, authors=(HOSTILE,), code_url="javascript:x"))
    clean = HOSTILE.replace("\u202e", "").replace("\x1b", "")
    topic = f'"{clean.replace(chr(34), "")}"'
    hostile = {
        "address": HOSTILE,
        "name": clean,
        "topics": topic,
        "follow": [clean],
        "timezone": HOSTILE,
        "cap": HOSTILE,
    }
    forms = [
        FORM | hostile,
        FORM | hostile | {"action": "preview"},
        FORM | {"action": "preview", "topics": f"experts\n{topic}", "follow": clean},
        FORM | {"action": "find", "person": clean, "language": clean, "cadence": clean, "weekday": clean},
        FORM | {"homepage": "x", "address": HOSTILE},
    ]
    pages = [await client.post("/subscribe", data=form) for form in forms]
    await client.post("/subscribe", data=FORM | {"name": clean, "topics": topic, "follow": clean, "language": "en"})
    answer_requests(database, NOON)
    (request,) = list_requests(database)
    pages += [await client.get(link(request.id)), await client.get(link(request.id, Purpose.CANCEL))]

    for page in pages:
        assert_harmless(page.text)
    assert all("{{ 7*7 }}" in page.text for page in pages[:4])
    assert "&lt;script&gt;" in pages[-2].text
    confirm(database, NOON, request.id, "192.0.2.0/24")
    assert reader_at(database).name == clean


async def test_what_a_link_brings_along_leads_nowhere(client: httpx.AsyncClient) -> None:
    for path in ("/subscribe", "/manage"):
        answer = await client.post(
            f"{path}?next=//evil.example&return_to=https://evil.example", data=FORM | {"next": "/\\evil"}
        )
        assert (answer.status_code, answer.is_redirect) == (200, False)
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"topics=" + b"a" * 60_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"follow=%d" % n for n in range(1_000)), "application/x-www-form-urlencoded", 400),
        (b'{"address": "ada@example.org"}', "application/json", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
    ],
)
async def test_bodies_no_form_of_ours_sends_are_refused(
    client: httpx.AsyncClient, database: Database, body: bytes, kind: str, status: int
) -> None:
    answer = await client.post("/subscribe", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert list_requests(database) == []


async def test_a_query_of_ten_thousand_terms_is_refused_with_a_sentence(
    client: httpx.AsyncClient, database: Database
) -> None:
    terms = " OR ".join(f"t{number}" for number in range(10_000))[:55_000]
    for answer in (
        await client.post("/subscribe", data=FORM | {"topics": terms[:18_000]}),
        await client.post("/subscribe", data=FORM | {"topics": terms[:18_000], "action": "preview"}),
        await client.post(API, json=JSON | {"interests": [terms[:9_000]]}),
        await client.post("/api/v1/previews", json={"interests": [terms]}),
    ):
        assert answer.status_code == 422
        assert "characters" in answer.text
    assert list_requests(database) == []


async def test_fields_that_hold_anything_crash_nothing(client: httpx.AsyncClient) -> None:
    odd: list[Any] = ["", " ", "\x00", "\ud83d", "٣", "-1", "1e9", "'; DROP TABLE requests;--", "%s%n", "𝕏" * 400]
    for value in odd:
        text = value.encode("utf-8", "replace").decode()
        for name in (
            "address",
            "name",
            "topics",
            "follow",
            "person",
            "cadence",
            "weekday",
            "send_at",
            "timezone",
            "cap",
        ):
            answer = await client.post("/subscribe", data=FORM | {name: text, "action": "subscribe"})
            assert answer.status_code in (200, 422, 429)


async def test_who_holds_many_networks_cannot_ask_from_one_after_another(database: Database) -> None:
    async with open_site(database, signup=SignupSettings(per_network=2)) as client:
        codes = [
            (await client.post("/subscribe", data=FORM, headers=come_from(f"2001:db8:{number:x}::1"))).status_code
            for number in range(12)
        ]
        other = await client.post("/subscribe", data=FORM, headers=come_from("2001:db9::1"))

    assert codes == [200] * 10 + [429] * 2
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/subscribe", "/manage", API])
async def test_who_hangs_up_in_the_middle_leaves_nothing_behind(
    database: Database, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    async with run_server(database) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\naddress=".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
    assert list_requests(database) == []


async def test_the_host_a_request_names_is_believed_nowhere(client: httpx.AsyncClient) -> None:
    for path in ("/", "/subscribe", "/subscribe/", "/manage", "/manage/", "//evil.example/", "/robots.txt"):
        answer = await client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert answer.status_code in (200, 404)
        assert "evil.example" not in answer.text + str(answer.headers)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
