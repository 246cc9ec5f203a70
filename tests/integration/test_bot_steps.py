"""Three steps after /start, none of which must be taken, and a sample at the end."""

from typing import Any

import pytest

from digest.bot.commands.steps import FIELDS
from digest.bot.guessing import guess_zone
from digest.pipeline.signup import read_interest
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.schedule import is_timezone
from tests.alerting import attribute
from tests.bots import listening, make_app, until
from tests.factories import paper
from tests.people import announce
from tests.servers.telegram_chats import ChatServer, group_chat
from tests.talks import Talk, sent_to

pytestmark = pytest.mark.anyio


def find(database: Database) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, 1)


async def begin(talk: Talk, **fields: Any) -> None:
    """Press Start, and go to the message with the fields."""
    await talk.say("/start", 2, **fields)
    talk.last += 1


def speaking(language: str) -> dict[str, Any]:
    return {"from": {"id": 4242, "is_bot": False, "first_name": "Ada", "language_code": language}}


async def test_three_taps_and_a_sample_comes_at_once_in_the_language_of_the_apps(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    announce(database, paper("2611.00001", title="Grippers That Feel", categories=["cs.RO"]))
    attribute(database)
    async with listening(make_app(database, server)):
        await begin(talk, **speaking("de"))
        assert talk.text.startswith("1 von 3.")
        await talk.tap("Robotik")
        assert "✓ Robotik" in talk.buttons
        await talk.tap("Weiter")
        assert talk.text.startswith("2 von 3.")
        await talk.tap("Weiter")
        assert "jeden Tag um 08:00 (Europe/Berlin)" in talk.text
        await talk.tap("18:00")
        assert "jeden Tag um 18:00 (Europe/Berlin)" in talk.text
        await until(lambda: len(sent_to(server, 4242)) == 3)

    sample = sent_to(server, 4242)[-1]
    assert "Grippers That Feel" in sample.text
    assert "1 Paper für Ada" in sample.text
    assert sample.keyboard == (), "a sample is not rated"
    assert find(database).interests == ("cat:cs.RO",)
    assert find(database).language == "de"


async def test_whoever_skips_everything_has_a_digest_and_is_told_what_is_missing(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server, default_timezone="Europe/London")):
        await begin(talk, **speaking("en"))
        await talk.tap("Skip")
        await talk.tap("Next")
        assert "(Europe/London)" in talk.text
        await talk.tap("✓ That is right")
        assert "once I know what to look for" in talk.text
        await talk.tap("Choose fields")
        assert talk.text.startswith("1 of 3.")

    assert find(database).channels[0].schedule.timezone == "Europe/London"


async def test_fields_are_taken_up_and_dropped_and_again_changes_nothing(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        for _ in range(2):
            await talk.press("c:bf:0:1")
        await until(lambda: "✓ Machine learning" in talk.buttons)
        await talk.tap("Vision")
        await talk.tap("✓ Machine learning")
        for made_up in ("c:bf:99:1", "c:bf:0:2", "c:bf:x", "c:bo:24", "c:bo"):
            assert "too old" in await talk.press(made_up)

    assert find(database).interests == ("cat:cs.CV",)


async def test_phrases_of_the_chosen_fields_are_there_to_tap_and_again_changes_nothing(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        await talk.tap("Robotics")
        await talk.tap("Next")
        assert talk.buttons[:2] == ["robot manipulation", "motion planning"]
        await talk.tap("motion planning")
        assert talk.buttons[:2] == ["robot manipulation", "✓ motion planning"]
        await talk.press("c:bi:4:1:1")
        assert find(database).interests == ("cat:cs.RO", '"motion planning"')
        await talk.tap("✓ motion planning")
        for made_up in ("c:bi:99:0:1", "c:bi:4:2:1", "c:bi:4:1:2", "c:bi:4"):
            assert "too old" in await talk.press(made_up)
        await talk.tap("‹ Back")
        assert "✓ Robotics" in talk.buttons

    assert find(database).interests == ("cat:cs.RO",)


async def test_another_time_zone_leads_back_to_the_hour(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        await talk.tap("Skip")
        await talk.tap("Next")
        await talk.tap("Another time zone")
        await talk.tap("‹ Back")
        await talk.tap("Another time zone")
        await talk.tap("Tokyo")
        assert talk.text.startswith("3 of 3.")
        assert "(Asia/Tokyo)" in talk.text
        assert "too old" in await talk.press("c:bz:Mars/Base")
        await talk.tap("✓ That is right")
        assert "(Asia/Tokyo)" in talk.text

    assert find(database).channels[0].schedule.timezone == "Asia/Tokyo"


async def test_whoever_chose_no_field_is_offered_phrases_of_several(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        await talk.tap("Skip")

    assert talk.buttons[:6] == [field.ideas[0] for field in FIELDS[:6]]


async def test_where_nothing_matched_it_says_so(database: Database, server: ChatServer, talk: Talk) -> None:
    announce(database, paper("2611.00001"))
    attribute(database)
    async with listening(make_app(database, server)):
        await begin(talk)
        await talk.tap("Quantum physics")
        await talk.press("c:bo:8")
        await until(lambda: "nothing here would have matched" in talk.text)


async def test_a_second_start_offers_the_steps_again(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        await talk.say("/start")
        await talk.tap("Choose fields and the hour")
        assert talk.text.startswith("1 of 3.")


async def test_a_group_has_no_steps_and_a_guess_is_not_made_for_it(database: Database, server: ChatServer) -> None:
    server.administrators[str(group_chat()["id"])] = [4242]
    async with listening(make_app(database, server)):
        await Talk(server, group_chat()).say("/start", **speaking("ja"))

    assert find(database).channels[0].schedule.timezone == "UTC"
    assert len(server.sent) == 1


async def test_the_last_digest_is_shown_again(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await begin(talk)
        assert "No digest with papers has come here yet." in await talk.say("/digest")


@pytest.mark.parametrize(
    ("language", "zone"),
    [
        ("de", "Europe/Berlin"),
        ("de-at", "Europe/Vienna"),
        ("DE_CH", "Europe/Zurich"),
        ("pt-br", "America/Sao_Paulo"),
        ("zh-hans", "Asia/Shanghai"),
        ("zh-Hant-TW", "Asia/Taipei"),
        ("en-GB", "Europe/London"),
        ("en", None),
        ("", None),
        ("xx-yy", None),
        ("-" * 99, None),
    ],
)
def test_a_zone_is_guessed_from_a_language(language: str, zone: str | None) -> None:
    assert guess_zone(language) == zone
    assert zone is None or is_timezone(zone)


def test_every_field_is_a_query() -> None:
    assert len({read_interest(field.query).canonical for field in FIELDS}) == len(FIELDS)
