"""What a browser lets guess: the language it asks for, and the zone where its region has an obvious one."""

import pytest

from digest.web.guessing import Guess, ZoneRow, choose_zones, guess, list_zones
from subscribers.schedule import is_timezone


@pytest.mark.parametrize(
    ("header", "language", "zone"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de-AT", "Europe/Vienna"),
        ("de,de-DE;q=0.8", "de-DE", "Europe/Berlin"),
        ("de,en-US;q=0.7", "de", None),
        ("en-US,en;q=0.9", "en-US", None),
        ("en;q=0.3, fr-FR;q=0.8", "fr-FR", "Europe/Paris"),
        ("zh-Hans-CN", "zh-CN", "Asia/Shanghai"),
        ("pt-BR", "pt-BR", None),
        ("es-ES;q=1.000", "es-ES", "Europe/Madrid"),
        ("en-GB;q=0, ja", "ja", None),
        ("xx-QQ", "xx-QQ", None),
    ],
)
def test_the_first_language_and_its_own_region_count(header: str, language: str, zone: str | None) -> None:
    assert guess(header) == Guess(language, zone)


@pytest.mark.parametrize("header", ["", "*", "q=1", ";;;,,,", "\x00", "de;q=2", "de;q=x", "<script>", "e" * 100_000])
def test_what_says_nothing_is_english_somewhere(header: str) -> None:
    assert guess(header) == Guess("en", None)


def test_a_region_has_an_obvious_zone_if_it_is_the_only_one_or_most_of_the_country() -> None:
    rows = [
        ZoneRow("JP", "Asia/Tokyo"),
        ZoneRow("DE", "Europe/Berlin", "most of Germany"),
        ZoneRow("DE", "Europe/Busingen", "Busingen"),
        ZoneRow("PT", "Europe/Lisbon", "Portugal (mainland)"),
        ZoneRow("PT", "Atlantic/Azores", "Azores"),
        ZoneRow("US", "America/New_York", "Eastern (most areas)"),
        ZoneRow("US", "America/Chicago", "Central (most areas)"),
    ]

    assert choose_zones(rows) == {"JP": "Asia/Tokyo", "DE": "Europe/Berlin", "PT": "Europe/Lisbon"}


def test_the_zones_to_choose_from_exist() -> None:
    zones = list_zones()

    assert {"UTC", "Europe/Berlin", "America/New_York"} <= set(zones)
    assert [zone for zone in zones if not is_timezone(zone)] == []
