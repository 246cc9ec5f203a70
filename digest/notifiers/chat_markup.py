"""Telegram's HTML subset: the words without the markup, and their length as Telegram counts. Pure."""

import html
import re

# Telegram sendMessage: 1–4096 characters after entities are parsed, counted in UTF-16 code units.
TEXT_LIMIT = 4096

_LINK = re.compile(
    r"""<a\s[^<>]*?href\s*=\s*["'](?P<url>[^"'<>]*)["'][^<>]*>(?P<label>.*?)</a\s*>""", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(
    r"</?(?:a|b|strong|i|em|u|ins|s|strike|del|code|pre|span|blockquote|tg-spoiler|tg-emoji)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)


def render_plain(part: str) -> str:
    """Take the markup off a part, keeping words and link targets, within Telegram's limit."""
    full = strip_tags(_LINK.sub(r"\g<label> (\g<url>)", part))
    return full if count_units(full) <= TEXT_LIMIT else cut_units(strip_tags(part), TEXT_LIMIT)


def strip_tags(part: str) -> str:
    """Take Telegram's own tags off, and nothing else that stands in angle brackets."""
    return html.unescape(_TAG.sub("", part))


def count_units(text: str) -> int:
    """Give the length as Telegram counts it: UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut_units(text: str, limit: int) -> str:
    """Keep as many leading characters as fit, marking a cut with `…`."""
    if count_units(text) <= limit:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    return f"{kept}…"
