"""The front page, against a real database: what is typed stays, what is wrong is said, what is asked for is noted."""

import re
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from digest.model import LetterKind
from digest.pipeline.attribute import attribute_new
from digest.pipeline.joining import answer_requests
from digest.pipeline.signup_wishes import load_wishes
from digest.settings import SignupSettings, SmtpSettings, SourceSettings
from subscribers.db import Database
from subscribers.model import Cadence, RequestKind
from tests.factories import NOON, paper
from tests.joining import ADA, FORM, letters_of, list_requests, open_site
from tests.people import announce, subscribe
from tests.records import Outline, add_record

pytestmark = pytest.mark.anyio
EVERYTHING: dict[str, Any] = FORM | {
    "name": "Ada Lovelace",
    "topics": 'experts\r\n\r\n  "state space" \r\n',
    "category": ["cs.CL", "stat.ML"],
    "follow": ["Furu Wei", "researcher 1"],
    "cadence": "weekly",
    "weekday": "Friday",
    "send_at": "06:30",
    "timezone": "asia/tokyo",
    "language": "ja",
    "cap": "7",
    "is_plain": "yes",
}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_site(database) as opened:
        yield opened


def fields_of(page: str) -> dict[str, list[str]]:
    """Give what the form would send: text, ticked boxes, chosen options."""
    outline, sent = Outline(page), dict[str, list[str]]()
    for field in outline.all("input"):
        if field.get("type") != "checkbox" or "checked" in field:
            sent.setdefault(str(field["name"]), []).append(str(field.get("value") or ""))
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL):
        sent[name] = [text]
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.findall(r"<option(?: value=\"([^\"]*)\")?[^>]* selected>([^<]*)", options)
        sent[name] = [value or label for value, label in chosen]
    return sent


async def test_the_form_begins_with_what_the_browser_lets_guess(client: httpx.AsyncClient) -> None:
    for path in ("/", "/subscribe"):
        page = await client.get(path, headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
        fields = fields_of(page.text)

        assert page.status_code == 200
        assert (fields["timezone"], fields["language"], fields["send_at"]) == (["Europe/Vienna"], ["de-AT"], ["08:00"])
        assert (fields["cadence"], fields["cap"], fields["address"]) == (["daily"], ["25"], [""])


async def test_the_categories_of_the_configured_sources_can_be_ticked(database: Database) -> None:
    async with open_site(database, sources=SourceSettings(arxiv=("cs.RO", "hep-th"))) as client:
        page = Outline((await client.get("/")).text)

    offered = [field["value"] for field in page.all("input") if field.get("name") == "category"]
    assert offered == ["cs.RO", "hep-th"]


async def test_what_is_asked_for_is_noted_and_answered_by_mail(client: httpx.AsyncClient, database: Database) -> None:
    add_record(database, "Peng Fu")
    answer = await client.post("/subscribe", data=EVERYTHING | {"address": " Ada@Example.ORG "})
    (request,) = list_requests(database)
    wishes = load_wishes(request.wishes)

    assert answer.status_code == 200
    assert "Look into your mail" in answer.text
    assert (request.kind, request.address) == (RequestKind.SIGNUP, ADA)
    assert request.evidence == {"how": "web form", "text": "2026-11", "network": "127.0.0.0/24"}
    assert (wishes.name, wishes.language, wishes.cap, wishes.is_plain) == ("Ada Lovelace", "ja", 7, True)
    assert (wishes.schedule.timezone, wishes.schedule.cadence, wishes.schedule.weekday) == (
        "Asia/Tokyo",
        Cadence.WEEKLY,
        4,
    )
    assert [wish.text for wish in wishes.interests] == ["experts", '"state space"', "cat:cs.CL", "cat:stat.ML"]
    assert [follow.name for follow in wishes.follows] == ["Furu Wei", "Peng Fu"]
    answer_requests(database, NOON)
    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]


async def test_faults_are_told_at_the_top_and_beside_their_fields_and_all_that_was_typed_stays(
    client: httpx.AsyncClient, database: Database
) -> None:
    wrong = EVERYTHING | {
        "address": "ada@",
        "topics": "experts AND\n(",
        "timezone": "Tokio",
        "cap": "900",
        "follow": ["12"],
    }
    answer = await client.post("/subscribe", data=wrong)
    page = Outline(answer.text)

    assert answer.status_code == 422
    assert answer.text.index('role="alert"') < answer.text.index("<form")
    links = [str(each["href"]) for each in page.all("a") if str(each["href"]).startswith("#")]
    assert links == ["#address", "#people", "#topics", "#topics", "#timezone", "#cap"]
    ids = {each["id"] for _, each in page.tags if "id" in each}
    described = {
        part for _, each in page.tags if "aria-describedby" in each for part in str(each["aria-describedby"]).split()
    }
    assert {link[1:] for link in links} | described <= ids
    assert len([each for _, each in page.tags if each.get("aria-invalid") == "true"]) == 4
    kept = fields_of(answer.text)
    for name in ("address", "name", "timezone", "cap", "send_at", "cadence", "weekday", "language", "is_plain"):
        assert kept[name] == [wrong[name]]
    assert kept["category"] == ["cs.CL", "stat.ML"]
    assert kept["topics"] == ["experts AND\n("]
    assert " open>" in answer.text.partition("<details")[2][:60]
    assert list_requests(database) == []


async def test_nothing_chosen_is_a_fault_that_says_what_to_do(client: httpx.AsyncClient) -> None:
    answer = await client.post("/subscribe", data={"action": "subscribe", "address": ADA})

    assert answer.status_code == 422
    assert "Name a topic or somebody to follow" in answer.text


async def test_people_are_found_and_chosen_without_a_script(client: httpx.AsyncClient, database: Database) -> None:
    fu = add_record(database, "Peng Fu")
    announce(database, *(paper(f"2611.0000{n}", authors=("Peng Fu", "Ada Lovelace")) for n in (1, 2)))
    attribute_new(database, NOON)
    found = await client.post(
        "/subscribe", data=EVERYTHING | {"action": "find", "person": "Peng Fu", "follow": "Furu Wei"}
    )
    offered = [each["value"] for each in Outline(found.text).all("input") if each.get("name") == "follow"]

    assert found.status_code == 200
    assert offered[:2] == ["Furu Wei", f"researcher {fu}"]
    assert offered[-1] == "Peng Fu"
    kept = fields_of(found.text)
    assert (kept["follow"], kept["address"], kept["cap"]) == (["Furu Wei"], [ADA], ["7"])
    chosen = await client.post("/subscribe", data=kept | {"follow": ["Furu Wei", f"researcher {fu}"], "action": "find"})
    assert fields_of(chosen.text)["follow"] == ["Furu Wei", f"researcher {fu}"]
    assert list_requests(database) == []


async def test_an_id_or_a_place_on_a_paper_is_chosen_at_once(client: httpx.AsyncClient, database: Database) -> None:
    announce(database, paper("2611.00001", authors=("Ada Lovelace", "Peng Fu")))
    for typed, name in (("last author of 2611.00001", "Peng Fu"), ("Ada Lovelace 0000-0002-1825-0097", "Ada Lovelace")):
        page = (await client.post("/subscribe", data={"action": "find", "person": typed})).text
        assert fields_of(page)["follow"] == [typed]
        assert f"<bdi>{name}</bdi>" in page
        assert fields_of(page)["person"] == [""]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0000-0002-1825-0097", "write the name before it"),
        ("0000-0002-1825-0098", "mistyped"),
        ("author 9 of 2611.00001", "has 2 authors"),
        ("author 1 of 2611.99999", "not stored here"),
        ("researcher 99", "There is no researcher 99 here"),
        ("https://evil.example.org/x", "no person known here"),
        ("12", "not a person"),
        ("IceCube Collaboration", "can be an interest"),
    ],
)
async def test_who_cannot_be_followed_is_told_why(
    client: httpx.AsyncClient, database: Database, typed: str, said: str
) -> None:
    announce(database, paper("2611.00001"))
    answer = await client.post("/subscribe", data=FORM | {"action": "find", "person": typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert fields_of(answer.text)["person"] == [typed]


async def test_a_name_in_the_search_box_is_never_lost_by_pressing_another_button(
    client: httpx.AsyncClient, database: Database
) -> None:
    for action in ("subscribe", "preview"):
        answer = await client.post("/subscribe", data=FORM | {"action": action, "person": "Peng Fu"})
        assert answer.status_code == 422
        assert "Whom do you mean by “Peng Fu”?" in answer.text
        chosen = await client.post(
            "/subscribe", data=fields_of(answer.text) | {"action": "preview", "follow": "Peng Fu"}
        )
        assert chosen.status_code == 200
    assert list_requests(database) == []


async def test_a_foretaste_shows_numbers_warnings_and_papers_and_keeps_the_form(
    client: httpx.AsyncClient, database: Database
) -> None:
    announce(database, *(paper(f"2611.{n:05}") for n in range(1, 15)))
    attribute_new(database, NOON)
    answer = await client.post(
        "/subscribe",
        data=EVERYTHING | {"action": "preview", "topics": "experts\nholography", "follow": [], "cadence": "daily"},
    )
    page = answer.text

    assert answer.status_code == 200
    assert "the digest you would have had" in page
    assert "14 papers" in page
    assert page.count('class="warning"') == 2  # holography, and nothing is in stat.ML either
    assert page.count('<div class="paper">') == 8
    assert 'href="https://arxiv.org/abs/2611.00014"' in page
    assert page.index('id="foretaste"') < page.index("<form")
    assert fields_of(page)["topics"] == ["experts\nholography"]
    assert list_requests(database) == []


async def test_a_foretaste_needs_no_address(client: httpx.AsyncClient) -> None:
    answer = await client.post("/subscribe", data={"action": "preview", "topics": "experts", "address": "not yet"})

    assert answer.status_code == 200


async def test_the_return_key_shows_and_does_not_subscribe(client: httpx.AsyncClient) -> None:
    buttons = Outline((await client.get("/")).text).all("button")

    assert (buttons[0]["value"], buttons[0]["aria-hidden"], buttons[0]["tabindex"]) == ("preview", "true", "-1")
    assert [each["value"] for each in buttons[1:]] == ["find", "preview", "subscribe"]


async def test_a_form_without_a_button_only_shows(client: httpx.AsyncClient, database: Database) -> None:
    for action in ("", "erase"):
        await client.post("/subscribe", data=FORM | {"action": action})

    assert list_requests(database) == []


@pytest.mark.parametrize(
    "settings",
    [{"signup": SignupSettings(is_open=False)}, {"public_url": ""}, {"secret_key": ""}, {"smtp": SmtpSettings()}],
)
async def test_where_nobody_may_sign_up_there_is_no_form_and_nothing_is_taken(
    database: Database, settings: dict[str, Any]
) -> None:
    async with open_site(database, **settings) as client:
        answers = [await client.get("/"), await client.get("/subscribe"), await client.post("/subscribe", data=FORM)]

    assert {answer.status_code for answer in answers} == {403}
    assert not any("<form" in answer.text for answer in answers)
    assert list_requests(database) == []


async def test_readers_get_a_fresh_link_also_where_nobody_new_may_sign_up(database: Database) -> None:
    subscribe(database, ADA)
    async with open_site(database, signup=SignupSettings(is_open=False)) as client:
        assert '<form method="post" action="manage"' in (await client.get("/manage")).text
        answer = await client.post("/manage", data={"address": "ADA@example.org"})
        wrong = await client.post("/manage", data={"address": "ada"})

    assert "Look into your mail" in answer.text
    assert (wrong.status_code, "not an email address" in wrong.text) == (422, True)
    answer_requests(database, NOON)
    assert letters_of(database) == [(LetterKind.MANAGE, ADA)]


async def test_looking_changes_nothing_and_nothing_is_loaded_or_run(
    client: httpx.AsyncClient, database: Database
) -> None:
    for path in ("/", "/subscribe", "/manage", f"/subscribe?address={ADA}&action=subscribe&topics=experts&next=//evil"):
        for method in ("GET", "HEAD"):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.is_redirect) == (200, False)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "set-cookie" not in answer.headers
        assert "evil" not in answer.text
    assert list_requests(database) == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        EVERYTHING | {"topics": "("},
        {"action": "find", "person": "Wei"},
        EVERYTHING | {"action": "preview", "follow": []},
    ],
)
async def test_the_form_can_be_read_by_ear_and_filled_in_by_keyboard(
    client: httpx.AsyncClient, sent: dict[str, Any]
) -> None:
    page = await (client.post("/subscribe", data=sent) if sent else client.get("/"))
    outline = Outline(page.text)
    labelled = {each["for"] for each in outline.all("label") if "for" in each}
    fields = [
        each for each in outline.all("input", "select", "textarea") if each.get("type") not in ("checkbox", "hidden")
    ]

    assert len(outline.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {each["id"] for each in fields if each["name"] != "homepage"} <= labelled
    assert len(outline.all("fieldset")) == len(outline.all("legend"))
    ids = [each["id"] for _, each in outline.tags if "id" in each]
    assert len(ids) == len(set(ids))
