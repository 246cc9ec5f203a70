"""HTML as plain text: tags gone, scripts gone with their contents, entities resolved. Pure.

The result is text, not markup: whoever shows it escapes it again. Only tags of known elements are taken for tags, so
that `$a<b$` and `<mask>` stay. Every step is linear in the text, which a real HTML parser is not on hostile input.
"""

import html
import re
from collections.abc import Callable
from typing import Final

LONGEST: Final = 200_000
# What was escaped twice on its way is unescaped again; nobody means a tag that is still one after three times.
_ROUNDS: Final = 3

# HTML's own, then those of MathML and of JATS (journal articles), which publishers send without a prefix too.
_ELEMENT_WORDS: Final = """
    a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite
    code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font
    footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend
    li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option output p
    param picture pre progress q rp rt ruby s samp script search section select slot small source span strike strong
    style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video
    wbr math mi mn mo ms mrow mfrac msqrt mroot msub msup msubsup mover munder munderover mtext mspace mstyle mtable
    mtr mtd annotation semantics bold italic inf sc scp sec roman underline monospace list list-item inline-formula
    disp-formula tex-math ext-link xref named-content alternatives
"""
_ELEMENTS: Final = frozenset(_ELEMENT_WORDS.split())
# Elements that end a line; the others (<i>, <sub>, <jats:italic>) stand inside of words.
_BREAK_WORDS: Final = """
    address article aside blockquote body br caption center dd details dir div dl dt figcaption figure footer form h1 h2
    h3 h4 h5 h6 head header hr html legend li list list-item main menu nav ol option p pre sec section summary table
    tbody td tfoot th thead title tr ul disp-formula
"""
_BREAKS: Final = frozenset(_BREAK_WORDS.split())

# Applied to what follows a `<`, up to the next one. In mathematics `<i` and `<p` are common: one letter is a tag only
# if it is closed at once or has an attribute with a value.
_TAG = re.compile(
    r"(?P<slash>/?)\s*+(?P<prefix>[A-Za-z][\w.-]{0,20}:)?(?P<name>[A-Za-z][A-Za-z0-9-]{0,20})"
    r"(?:\s*+/?>|(?P<attributes>[\s/](?:[^>\"']|\"[^\"]*\"|'[^']*')*+|[\s/][^>]*+)>)"
)
_VALUE = re.compile(r"[\s/]+[\w:.-]+\s*=")
_DECLARATION = re.compile(r"[!?][A-Za-z\[][^>]*+>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*+>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
# Only with its semicolon: `?a=1&copy=2` is an address.
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")


def strip_html(text: str) -> str:
    """Give the text a reader would see, with white space folded; what is longer than 200,000 characters is cut."""
    return " ".join(_to_plain(text).split())


def split_html(text: str) -> tuple[str, ...]:
    """Give the text a reader would see, line by line: paragraphs, cells and `<br>` end a line, line feeds do not."""
    # Folded first: in HTML a line feed is a space.
    lines = _to_plain(" ".join(text[:LONGEST].split())).split("\n")
    return tuple(folded for line in lines if (folded := " ".join(line.split())))


def _to_plain(text: str) -> str:
    text = text[:LONGEST]
    for _ in range(_ROUNDS):
        before = text
        if "<" in text:
            text = _walk(_drop_hidden(text), _leave_out)
        if "&" in text:
            text = _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
        if text == before or "<" not in text:
            return text
    return _walk(text, _blunt)


def _drop_hidden(text: str) -> str:
    """Drop what no reader sees: comments, scripts, styles."""
    if "<!" in text:
        text = _CDATA.sub("", _COMMENT.sub("", text))
    return _SCRIPT.sub(" ", text)


def _walk(text: str, put: Callable[[str, re.Match[str]], str]) -> str:
    """Go through the text from one `<` to the next, and let `put` decide about each tag."""
    first, *pieces = text.split("<")
    return "".join((first, *(_read_piece(piece, put) for piece in pieces)))


def _read_piece(piece: str, put: Callable[[str, re.Match[str]], str]) -> str:
    found = _find_tag(piece)
    return put(piece, found) if found else f"<{piece}"


def _find_tag(piece: str) -> re.Match[str] | None:
    found = _TAG.match(piece)
    if found is None:
        return _DECLARATION.match(piece)
    if not found["prefix"] and found["name"].lower() not in _ELEMENTS:
        return None
    is_doubtful = len(found["name"]) == 1 or found["prefix"]
    return None if is_doubtful and found["attributes"] and not _VALUE.match(found["attributes"]) else found


def _leave_out(piece: str, tag: re.Match[str]) -> str:
    name = tag.groupdict().get("name") or ""
    return ("\n" if name.lower() in _BREAKS else "") + piece[tag.end() :]


def _blunt(piece: str, _tag: re.Match[str]) -> str:
    """Keep what insists on being a tag, as something that is none."""
    return f"< {piece}"
