"""What is said in which language."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from digest.languages import choose_language, say_date, say_number, speaking, spoken, tr, trn


@pytest.mark.parametrize(
    ("wanted", "spoken_to_in"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hant-TW", "zh-Hans"),
        ("ja-JP", "ja"),
        ("en-GB", "en"),
        ("pt-BR", "en"),
        ("", "en"),
        (None, "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_nearest_of_our_languages_is_spoken(wanted: str | None, spoken_to_in: str) -> None:
    assert choose_language(wanted) == spoken_to_in


def test_what_nobody_has_translated_is_said_in_english() -> None:
    with speaking("ja"):
        assert tr("No catalogue has {this}.", this="<b>") == "No catalogue has <b>."
        assert tr("braces {stay} without values") == "braces {stay} without values"
        assert (
            trn("{count} thing of {name}", "{count} things of {name}", 1200, name="{count}")
            == "1,200 things of {count}"
        )
        assert tr("") == ""


def test_a_language_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(ValueError, match="spoken in de"), speaking("de"):
        raise ValueError(f"spoken in {spoken()}")
    assert spoken() == "en"


def test_two_who_speak_at_once_do_not_hear_each_other() -> None:
    both_speak = Barrier(2)

    def speak(language: str) -> str:
        with speaking(language):
            both_speak.wait(timeout=30)
            return spoken()

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(speak, ["de", "fr"])) == ["de", "fr"]


def test_dates_and_numbers_are_written_as_the_language_writes_them() -> None:
    day = date(2026, 11, 22)

    assert say_date(day, "en") == "Sunday, 22 November 2026"
    assert say_date(day, "de") == "Sonntag, 22. November 2026"
    assert say_date(day, "ja") == "2026年11月22日日曜日"
    assert say_number(12345.5, "de") == "12.345,5"
