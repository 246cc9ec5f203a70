"""Which of our languages somebody is spoken to in. Pure."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final = "en"

# By the tag under which it is stored; each calls itself.
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "zh-Hans": "简体中文",
}


def choose_language(wanted: str | None) -> str:
    """Give the language of ours for a tag of BCP 47, such as `de-AT`, `zh-CN` or `zh-TW`; English where we have none.

    All of Chinese is spoken to in the one script we have. Tags are compared without regard to case, and `_` is `-`.
    """
    primary = (wanted or "").replace("_", "-").partition("-")[0].lower()
    known = {tag.partition("-")[0]: tag for tag in LANGUAGES}
    return known.get(primary, ENGLISH)
