"""Where somebody may live, by the language of their apps: a guess, to be confirmed by one tap. Pure."""

from typing import Final

from babel.core import get_global

# Where most people live who speak a language; English is spoken everywhere, so it says nothing.
_ZONES: Final = {
    "ar": "Africa/Cairo",
    "bg": "Europe/Sofia",
    "ca": "Europe/Madrid",
    "cs": "Europe/Prague",
    "da": "Europe/Copenhagen",
    "de": "Europe/Berlin",
    "el": "Europe/Athens",
    "es": "Europe/Madrid",
    "fa": "Asia/Tehran",
    "fi": "Europe/Helsinki",
    "fr": "Europe/Paris",
    "he": "Asia/Jerusalem",
    "hi": "Asia/Kolkata",
    "hu": "Europe/Budapest",
    "id": "Asia/Jakarta",
    "it": "Europe/Rome",
    "ja": "Asia/Tokyo",
    "ko": "Asia/Seoul",
    "nb": "Europe/Oslo",
    "nl": "Europe/Amsterdam",
    "pl": "Europe/Warsaw",
    "pt": "Europe/Lisbon",
    "ro": "Europe/Bucharest",
    "ru": "Europe/Moscow",
    "sv": "Europe/Stockholm",
    "th": "Asia/Bangkok",
    "tr": "Europe/Istanbul",
    "uk": "Europe/Kyiv",
    "vi": "Asia/Ho_Chi_Minh",
    "zh": "Asia/Shanghai",
}
# Of countries with several zones, the one where most people live.
_REGIONS: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "GB": "Europe/London",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
}
_SCRIPTS: Final = {"HANT": "Asia/Taipei"}


def guess_zone(language: str) -> str | None:
    """Guess a time zone from a tag of BCP 47, such as `de` or `pt-br`; None where that says nothing."""
    first, *others = language.replace("_", "-").split("-")
    for part in reversed([each.upper() for each in others]):
        if part in _REGIONS:
            return _REGIONS[part]
        if part in _SCRIPTS:
            return _SCRIPTS[part]
        zones = get_global("territory_zones").get(part, [])
        if len(zones) == 1:
            return str(zones[0])
    return _ZONES.get(first.lower())
