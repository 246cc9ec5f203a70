"""Names as arXiv's author field holds them: ASCII with TeX accents."""

import unicodedata

# https://info.arxiv.org/help/prep.html#author and the accents of plain TeX.
SYMBOL_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0307": ".",
    "\u0308": '"',
}
LETTER_ACCENTS = {"\u0306": "u", "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k"}
LETTERS = {
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "å": r"{\aa}",
    "Å": r"{\AA}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "ß": r"{\ss}",
    "ð": r"{\dh}",
    "ı": r"{\i}",
}


def encode_tex(name: str) -> str:
    r"""Write `Jörg Müller` as `J\"org M\"uller`. Raises ValueError for a letter that TeX accents cannot make."""
    return "".join(_encode_letter(letter) for letter in unicodedata.normalize("NFC", name))


def _encode_letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in LETTERS:
        return LETTERS[letter]
    encoded, *marks = list(unicodedata.normalize("NFD", letter))
    if not marks:
        raise ValueError(f"“{letter}” cannot be written with TeX accents")
    for mark in marks:
        encoded = _accent(mark, encoded)
    return encoded


def _accent(mark: str, base: str) -> str:
    if mark in LETTER_ACCENTS:
        return f"\\{LETTER_ACCENTS[mark]}{{{base}}}"
    if mark not in SYMBOL_ACCENTS:
        raise ValueError(f"TeX has no accent for {unicodedata.name(mark)}")
    return f"\\{SYMBOL_ACCENTS[mark]}{base if len(base) == 1 else f'{{{base}}}'}"
