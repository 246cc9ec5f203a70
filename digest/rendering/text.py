"""Makes hostile text harmless and short. Knows nothing about TeX or markup."""

import re
import unicodedata

ELLIPSIS = "…"

# Invisible characters that reorder, hide or smuggle text: bidi embeddings, overrides and isolates (UAX #9), zero-width
# space, joiner of words and byte order mark, soft hyphen, annotations, tags. Joiners (ZWJ, ZWNJ) and the marks LRM, RLM
# and ALM stay: Persian, emoji and mixed right-to-left text are spelt with them; they change nothing beyond themselves.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
# C0, DEL and C1 controls, and the separators that header and mail parsers take for a new line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNENCODABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
# Stacked marks ("Zalgo") paint over the neighbouring lines; no living script stacks more than four on a letter.
_STACKED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

# Full stops that end no sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|vs|cf|resp|approx|ca|fig|figs|eq|eqs|sec|ref|refs|no|vol|dr|mr|mrs|ms|prof|st|jr"
    r"|w\.r\.t|a\.k\.a|u\.s|incl)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?:[.!?][\"'”’)\]]*(?=\s)|[。！？])\s*")


def clean(text: str) -> str:
    """Fold white space and drop what cannot be seen or would reorder its surroundings."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    text = _UNENCODABLE.sub("\ufffd", text)
    text = _STACKED_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def shorten(text: str, limit: int) -> str:
    """Cut cleaned text to at most `limit` characters, at a word border where there is one, and end it with `…`."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    border = cut.rfind(" ")
    if not text[limit - 1].isspace() and border >= limit // 2:
        cut = cut[:border]
    return _drop_broken_end(cut, text).rstrip(" ,;:.–—-") + ELLIPSIS


def excerpt(text: str, limit: int) -> str:
    """Give the first sentences that fit; the last one is cut where whole ones would leave half of the room empty."""
    if len(text) <= limit:
        return text
    end = 0
    for border in _SENTENCE_END.finditer(text, 0, limit + 1):
        if not _ABBREVIATION.search(text, max(0, border.start() - 12), border.start() + 1):
            end = border.end()
    return text[:end].rstrip() if end >= limit // 2 else shorten(text, limit)


def isolate(text: str) -> str:
    """Keep right-to-left text from reordering its neighbours, where no markup can (UAX #9: FSI … PDI)."""
    is_rtl = not text.isascii() and any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    return f"\u2068{text}\u2069" if is_rtl else text


def _drop_broken_end(cut: str, text: str) -> str:
    """Drop the last character when its marks or joiners would be cut off."""
    while len(cut) > 1 and (unicodedata.combining(text[len(cut)]) or "\u200d" in (cut[-1], text[len(cut)])):
        cut = cut[:-1]
    return cut
