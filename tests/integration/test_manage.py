"""The preferences page: opening it, the link that leads there, and who the reader is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from digest.web.preferences.page import ACTS
from subscribers import preferences, service, store
from subscribers.db import Database
from subscribers.model import SubscriberStatus
from subscribers.tokens import LIFETIMES, Purpose
from tests.factories import NOON
from tests.managing import Reader
from tests.people import subscribe
from tests.records import HOSTILE, assert_harmless, open_client, token_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def ada(client: httpx.AsyncClient, database: Database) -> Reader:
    view = subscribe(database, "ada@example.org", "diffusion", "cat:cs.CL", timezone="Europe/Berlin")
    return Reader(client, database, view)


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_page_or_the_address_of_a_form_shows_it_and_changes_nothing(ada: Reader, method: str) -> None:
    before, events = ada.now(), ada.events()
    for path in ("", *(f"/{act}?until=2026-12-01&topic=1&channel=1" for act in ACTS)):
        answer = await ada.client.request(method, ada.link + path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "default-src 'none'" in answer.headers["content-security-policy"]

    assert (ada.now(), ada.events()) == (before, events)


async def test_the_page_tells_everything_and_leads_everywhere(ada: Reader) -> None:
    page = await ada.open()

    assert "Every day at 08:00 (Europe/Berlin), at most 25 papers." in page.text
    assert "The next digest is due on Saturday, 21 November 2026, 08:00." in page.text
    assert "works for 30 more days" in page.text
    links = [str(each["href"]) for each in page.outline.all("a")]
    for path in ("editions", "why", "saved", "export.json", "erase"):
        assert f"../manage/{ada.link.rpartition('/')[2]}/{path}" in links
        assert (await ada.client.get(f"{ada.link}/{path}")).status_code == 200
    assert any(link.startswith("../unsubscribe/") for link in links)
    assert_harmless(page.text)


async def test_links_lead_to_the_same_places_from_the_address_of_a_form(ada: Reader) -> None:
    page = await ada.send("name", name="Ada")
    base = httpx.URL(page.url)

    for link in (str(each["href"]) for each in page.outline.all("a")):
        path = base.join(link).path
        assert path.startswith((ada.link, "/unsubscribe/", "/manage/")), link
    assert {base.join(form.action).path for form in page.forms} <= {f"{ada.link}/{act}" for act in ACTS}


async def test_every_field_has_a_label_and_the_page_one_heading(ada: Reader) -> None:
    page = await ada.open()
    labelled = {each["for"] for each in page.outline.all("label") if "for" in each}
    shown = [each for each in page.outline.all("input", "select") if each.get("type") not in ("hidden", "checkbox")]

    assert len(page.outline.all("h1")) == 1
    assert {each["id"] for each in shown} <= labelled


# ── the link ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_tokens_that_are_cut_foreign_or_too_old_give_the_same_page_as_unknown_ones(ada: Reader) -> None:
    old = NOON - (LIFETIMES[Purpose.MANAGE] or timedelta()) - timedelta(seconds=1)
    tokens = [
        ada.link.rpartition("/")[2][:-2],
        token_for(ada.view, Purpose.UNSUBSCRIBE),
        token_for(ada.view, Purpose.FOLLOW, 1),
        token_for(ada.view, Purpose.MANAGE, at=old),
        token_for(ada.view, Purpose.MANAGE, keys=["another key of more than thirty-two characters"]),
        "x" * 600,
    ]
    unknown = (await ada.client.get("/manage/unknown")).text

    for token in tokens:
        for answer in (
            await ada.client.get(f"/manage/{token}"),
            await ada.client.post(f"/manage/{token}/name", data={"name": "Eve"}),
        ):
            assert (answer.status_code, answer.text) == (404, unknown)
    assert ada.now().name == "ada@example.org"


async def test_the_link_dies_when_its_address_moves_and_a_new_one_works(ada: Reader, database: Database) -> None:
    async with open_client(database, now=NOON + timedelta(hours=1)) as later:
        with database.writing() as session:
            store.move_channel(session, ada.channel().id, "ada@new.example.org", NOON + timedelta(minutes=30))

        assert (await later.get(ada.link)).status_code == 404
        assert (await later.post(f"{ada.link}/name", data={"name": "Eve"})).status_code == 404
        fresh = token_for(ada.view, Purpose.MANAGE, at=NOON + timedelta(minutes=30))
        assert "ada@new.example.org" in (await later.get(f"/manage/{fresh}")).text


async def test_the_page_of_a_researcher_gives_no_fresh_rights_to_a_link_that_died(
    ada: Reader, database: Database
) -> None:
    with database.writing() as session:
        store.move_channel(session, ada.channel().id, "ada@new.example.org", NOON + timedelta(minutes=30))

    async with open_client(database, now=NOON + timedelta(hours=1)) as later:
        found = await later.get(f"/researchers/1?reader={ada.link.rpartition('/')[2]}")
    assert "/follow/" not in found.text


@pytest.mark.parametrize("end", ["closed", "left", "erased"])
async def test_the_link_dies_with_its_channel_and_with_the_subscription(
    ada: Reader, database: Database, end: str
) -> None:
    with database.writing() as session:
        if end == "closed":
            store.close_channel(session, ada.channel().id, "bounced", NOON)
        elif end == "left":
            service.unsubscribe(session, NOON, ada.view.id)
        else:
            service.erase(session, ada.view.id)

    assert (await ada.client.get(ada.link)).status_code == 404
    assert (await ada.client.post(f"{ada.link}/resume")).status_code == 404


# ── who the reader is ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_name_is_kept_said_and_taken_back(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("name"), name="Ada  Lovelace")

    assert (page.status, page.message) == (200, "Saved: your name is Ada Lovelace. Show")
    assert any(each.get("role") == "status" for each in page.outline.all("div"))
    assert ada.now().name == "Ada Lovelace"
    await ada.undo(page)
    assert ada.now().name == "ada@example.org"
    assert ada.events()[-2:] == ["renamed", "renamed"]


async def test_the_same_again_changes_nothing_and_is_said_so(ada: Reader) -> None:
    events = ada.events()
    for act in ("name", "language", "channel", "categories"):
        page = await ada.submit((await ada.open()).form(act))
        assert page.message.startswith("Unchanged:"), act
        assert "Undo" not in page.head

    assert ada.events() == events


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "Ada\u202eevil"], ids=["empty", "blank", "long", "bidi"])
async def test_a_name_that_cannot_be_kept_is_refused_beside_the_field(ada: Reader, name: str) -> None:
    page = await ada.send("name", name=name)
    (field,) = [each for each in page.outline.all("input") if each.get("id") == "your-name"]

    assert page.status == 400
    assert page.message.startswith("Nothing was changed.")
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", "your-name-wrong")
    assert ada.now().name == "ada@example.org"


async def test_what_was_typed_stays_and_nothing_of_it_is_run(ada: Reader) -> None:
    hostile = HOSTILE.replace("\u202e", "").replace("\x1b", "")
    for act, field in (("name", "name"), ("add-topic", "query"), ("exclude", "query"), ("add-address", "address")):
        page = await ada.send(act, **{field: hostile * 5})
        assert "<script" not in page.text
        assert "&lt;script" in page.text
        assert_harmless(page.text)


@pytest.mark.parametrize(
    ("act", "field"),
    [("name", "name"), ("pause", "until"), ("add-topic", "query"), ("add-address", "address"), ("follow", "what")],
)
async def test_what_would_reorder_the_page_is_not_shown_back(ada: Reader, act: str, field: str) -> None:
    page = await ada.send(act, **{field: "\u202eevil\x1b[31m\0"})

    assert page.status == 400
    assert "evil" in page.text
    assert_harmless(page.text)
    assert_harmless((await ada.open("?words=%E2%80%AEevil%1B")).text)


async def test_a_hostile_name_is_shown_as_text(ada: Reader) -> None:
    hostile = HOSTILE.replace("\u202e", "").replace("\x1b", "")
    page = await ada.send("name", name=hostile)

    assert page.status == 200
    assert ada.now().name == hostile
    assert_harmless(page.text)


async def test_a_language_of_the_list_is_noted(ada: Reader) -> None:
    page = await ada.send("language", language="pt-BR")
    assert page.message == "Saved: Português (Brasil) is noted. Show"
    assert ada.now().language == "pt-BR"
    await ada.undo(page)
    assert ada.now().language == "en"

    for wrong in ("tlh", "", "en\r\nBcc: x", "<b>"):
        assert (await ada.send("language", language=wrong)).status == 400
    assert ada.now().language == "en"


async def test_a_language_from_elsewhere_is_kept_and_offered(ada: Reader, database: Database) -> None:
    with database.writing() as session:
        preferences.set_language(session, NOON, ada.view.id, "eo")

    form = (await ada.open()).form("language")
    assert form.filled() == {"language": ["eo"]}
    assert (await ada.submit(form)).message.startswith("Unchanged")


# ── pausing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_pausing_holds_until_the_reader_goes_on_and_both_can_be_taken_back(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("pause"))
    assert ada.now().status is SubscriberStatus.PAUSED
    assert "Your digest is paused until you go on." in page.text

    back = await ada.undo(page)
    assert ada.now().status is SubscriberStatus.CONFIRMED
    await ada.undo(back)
    assert (ada.now().status, ada.now().paused_until) == (SubscriberStatus.PAUSED, None)
    assert ada.events()[-3:] == ["paused", "resumed", "paused"]


async def test_a_pause_ends_where_its_day_begins_for_the_reader(ada: Reader) -> None:
    page = await ada.send("pause", until="2026-12-24")

    assert "until Thursday, 24 December 2026; that day’s digest holds what came meanwhile" in page.message
    assert ada.now().paused_until == datetime(2026, 12, 23, 23, tzinfo=UTC)  # midnight in Berlin
    assert page.form("pause").filled() == {"until": ["2026-12-24"]}


async def test_a_pause_is_changed_and_its_change_taken_back(ada: Reader) -> None:
    await ada.send("pause", until="2026-12-24")
    page = await ada.send("pause", until="2027-01-10")
    assert ada.now().paused_until == datetime(2027, 1, 9, 23, tzinfo=UTC)
    await ada.undo(page)
    assert ada.now().paused_until == datetime(2026, 12, 23, 23, tzinfo=UTC)
    await ada.send("resume")
    assert (ada.now().status, ada.now().paused_until) == (SubscriberStatus.CONFIRMED, None)


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("2026-11-20", "begun already"),
        ("2019-01-01", "begun already"),
        ("2031-01-01", "more than two years"),
        ("soon", "not a day"),
        ("9999-12-31", "more than two years"),
        ("0001-01-01", "begun already"),
    ],
)
async def test_a_day_that_cannot_be_is_refused_beside_the_field(ada: Reader, until: str, why: str) -> None:
    page = await ada.send("pause", until=until)

    assert page.status == 400
    assert why in page.message
    assert page.form("pause").filled() == {"until": [until]}
    assert ada.now().status is SubscriberStatus.CONFIRMED


# ── forms that no page sends ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x" * 41_000, "application/x-www-form-urlencoded", 413),
        (b'{"name": "Eve"}', "application/json", 415),
        (b"&".join([b"name=x"] * 700), "application/x-www-form-urlencoded", 400),
    ],
)
async def test_what_is_no_form_of_ours_changes_nothing(ada: Reader, content: bytes, kind: str, status: int) -> None:
    answer = await ada.client.post(f"{ada.link}/name", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert ada.now().name == "ada@example.org"


async def test_there_is_no_act_of_another_name(ada: Reader) -> None:
    assert (await ada.client.post(f"{ada.link}/become-operator", data={})).status_code in (404, 405)


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("channel", {"channel": "{channel}", "cap": "3"}),
        ("remove-channel", {"channel": "{channel}"}),
        ("move-address", {"channel": "{channel}", "address": "eve@example.org"}),
        ("remove-topic", {"topic": "{topic}"}),
        ("include", {"exclusion": "{topic}"}),
        ("unfollow", {"follow": "{follow}"}),
        ("follow-how", {"follow": "{follow}", "timing": "now"}),
    ],
)
@pytest.mark.parametrize("number", ["theirs", "none", "nonsense"])
async def test_a_number_of_somebody_else_is_as_unknown_as_none(
    ada: Reader, database: Database, act: str, fields: dict[str, str], number: str
) -> None:
    bob = Reader(ada.client, database, subscribe(database, "bob@example.org", "quantum"))
    await bob.send("follow", what="Furu Wei", **{"as": "person"})
    before, wishes = bob.now(), bob.wishes()
    theirs: dict[str, Any] = {
        "channel": before.channels[0].id,
        "topic": wishes.interests[0].id,
        "follow": wishes.follows[0].id,
    }
    numbers = theirs if number == "theirs" else dict.fromkeys(theirs, "99999" if number == "none" else "1 OR 1=1")
    answer = await ada.send(act, **{name: value.format(**numbers) for name, value in fields.items()})

    assert answer.status == 404
    assert (bob.now(), bob.wishes()) == (before, wishes)


async def test_long_numbers_are_unknown_too(ada: Reader) -> None:
    for number in ("2147483648", "9" * 10, "9" * 400, "-1", "٣"):
        assert (await ada.send("remove-topic", topic=number)).status == 404
