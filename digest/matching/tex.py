r"""TeX as plain words, for matching only: `\textbf{Foo}` is Foo, `$\mu$P` is muP, `Schr\"odinger` is Schrodinger.

Small on purpose: it must read a thousand abstracts in a moment. What readers see is rendered by `rendering.tex`.
"""

import re
from unicodedata import name

# Unicode spells it “lamda”; everybody else does not.
GREEK = {chr(code): name(chr(code)).rpartition(" ")[2].lower() for code in range(ord("α"), ord("ω") + 1)}
GREEK["λ"] = "lambda"

# Commands that stand for a letter or a word; accents are dropped because matching folds them anyway.
_WORDS = {
    **{letters: letters for letters in ("ae", "AE", "oe", "OE", "o", "O", "l", "L", "i", "j", "ss", "th", "TH")},
    **{first + second: first for first, second in ("aa", "AA", "dh", "DH", "dj", "DJ")},
    **{letter: letter for letter in GREEK.values()},
    **{letter.title(): letter for letter in GREEK.values()},
    **{f"var{letter}": letter for letter in GREEK.values()},
    "ell": "l",
    "hbar": "h",
    "infty": " infinity ",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
}

_MARKUP = re.compile(r"[\\${}_^]")
_TEX = re.compile(
    r"""
      \\ (?: ["'`^~=.] \s? | [cvHkdburt] (?: \s | (?=\{) ) ) \{? (?: \\(?=[ij]\b) )? (?P<accented>[^\W\d_])
    | \\ (?: cite[a-z]* | ref | eqref | label | url ) \s* \{ [^{}]* \}   # what it holds is no text
    | \\ (?P<command> [A-Za-z]+ ) \*? (?: [ \t]* (?P<argument>\{) | [ \t]* )
    | \\ (?P<literal> [&%#$_] )
    | \\ (?P<joint> [-/()] )
    | \\ .?
    | (?P<gap> \} \s* \{ )
    | [_^] \{? (?=\d)                                                     # H$_2$O and CO_2 are H2O and CO2
    | (?P<underscore> [_^] )
    | [${}]
    """,
    re.VERBOSE | re.DOTALL,
)


def untex(text: str) -> str:
    """Give the text without TeX markup, letters of one word kept together."""
    return _TEX.sub(_plain, text) if _MARKUP.search(text) else text


def _plain(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind in {"command", "argument"}:
        word = _WORDS.get(found["command"])
        return word if word is not None else "" if found["argument"] else " "
    if kind in {"accented", "literal"}:
        return found[kind]
    if kind is None:
        return " " if found[0].startswith("\\") else ""
    return "" if kind == "joint" else " "
