"""Dates, times and numbers as a language writes them, after the CLDR. Pure."""

from collections.abc import Sequence
from datetime import date, time
from functools import cache

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal


@cache
def locale_of(language: str) -> Locale:
    """Give the conventions of one of our languages. English is written as in Britain: the day before the month."""
    return Locale.parse({"en": "en_GB"}.get(language, language.replace("-", "_")))


def say_number(number: float, language: str) -> str:
    """Write a number: `1,234` in English, `1.234` in German."""
    return format_decimal(number, locale=locale_of(language))


def say_list(parts: Sequence[str], language: str) -> str:
    """Name several things in one breath: `A, B and C` in English, `A、B和C` in Chinese."""
    return format_list(parts, locale=locale_of(language))


def say_date(day: date, language: str) -> str:
    """Write a date in full: `Sunday, 22 November 2026`, `2026年11月22日日曜日`."""
    return format_date(day, "full", locale=locale_of(language))


def say_day(day: date, language: str) -> str:
    """Write a date without its weekday: `22 November 2026`."""
    return format_date(day, "long", locale=locale_of(language))


def say_time(moment: time, language: str) -> str:
    """Write a time of day: `08:00`."""
    return format_time(moment, "short", locale=locale_of(language))
