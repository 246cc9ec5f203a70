"""What TeX commands stand for in Unicode. Tables and look-ups; the reading is in `tex`."""

import unicodedata
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import get_default_latex_context_db

_COMMANDS: Final = get_default_latex_context_db()

# Where pylatexenc knows no word or knows one that few phones have a glyph for.
_OWN_SYMBOLS: Final = {
    " ": " ", ",": " ", ":": " ", ";": " ", ">": " ", "\\": " ", "\n": " ", "quad": " ", "qquad": " ", "xspace": "",
    "!": "", "-": "", "/": "", "@": "", "(": "", ")": "", "[": "", "]": "",
    "%": "%", "$": "$", "&": "&", "#": "#", "_": "_", "{": "{", "}": "}", "|": "‖",
    "TeX": "TeX", "LaTeX": "LaTeX", "S": "§", "P": "¶", "copyright": "©", "euro": "€", "pounds": "£",
    "deg": "°", "degree": "°", "implies": "⇒", "iff": "⇔", "Re": "Re", "Im": "Im", "lg": "lg", "arg": "arg",
    "bmod": "mod", "mod": "mod", "colon": ":", "sim": "~", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥",
    "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "prime": "′", "top": "⊤", "choose": " choose ", "lbrace": "{",
    "rbrace": "}", "lbrack": "[", "rbrack": "]", "coloneqq": "≔", "argmax": "arg max", "argmin": "arg min",
    "R": "ℝ", "N": "ℕ", "Z": "ℤ", "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "etc": "etc.",
    "varepsilon": "ε", "epsilon": "ε", "phi": "φ", "varphi": "φ", "vartheta": "θ", "varrho": "ρ", "varsigma": "ς",
}  # fmt: skip

# Commands that only change how what follows looks; they take no argument and the space after them is TeX's own.
SWITCHES: Final = frozenset({
    "rm", "bf", "it", "em", "sl", "sc", "sf", "tt", "cal", "left", "right", "middle", "big", "Big", "bigg", "Bigg",
    "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "displaystyle", "textstyle", "scriptstyle",
    "scriptscriptstyle", "limits", "nolimits", "noindent", "centering", "par", "newline", "linebreak", "small",
    "footnotesize", "scriptsize", "tiny", "large", "Large", "normalsize", "bfseries", "itshape", "sffamily",
    "ttfamily", "rmfamily", "scshape", "upshape", "mdseries", "relax", "protect", "boldmath", "unboldmath", "hfill",
    "smallskip", "medskip", "bigskip",
})  # fmt: skip

# Commands whose argument is read as it is; in `\mathcal O` it has no braces.
STYLES: Final = frozenset({
    "mathcal", "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathscr", "mathfrak", "mathnormal", "boldsymbol",
    "bm", "pmb", "operatorname", "mbox", "textbf", "textit", "texttt", "textsc", "textsf", "textrm", "textsl",
    "textup", "textnormal", "emph", "underline", "ensuremath", "hbox", "fbox", "uppercase", "num",
})  # fmt: skip

# Letters that TeX spells as commands: the space after them is TeX's own (`Stra\ss e`).
LETTERS: Final = frozenset({
    "ss", "o", "O", "l", "L", "ae", "AE", "oe", "OE", "aa", "AA", "i", "j", "dh", "DH", "th", "TH", "ng", "NG",
    "dj", "DJ",
})  # fmt: skip

# Commands whose arguments are of no use to a reader, with how many they take.
DROPPED: Final = {
    "cite": 1, "citep": 1, "citet": 1, "citealp": 1, "parencite": 1, "textcite": 1, "autocite": 1, "label": 1,
    "ref": 1, "eqref": 1, "cref": 1, "autoref": 1, "pageref": 1, "footnote": 1, "thanks": 1, "begin": 1, "end": 1,
    "vspace": 1, "hspace": 1, "color": 1, "addtocounter": 2, "setcounter": 2, "renewcommand": 2, "newcommand": 2,
    "thefootnote": 0, "footnotemark": 0, "footnotetext": 1, "phantom": 1, "vphantom": 1, "hphantom": 1, "index": 1,
}  # fmt: skip

# Commands with arguments of which the last is what is read: \textcolor{red}{text}, \href{address}{text}.
LAST_OF_TWO: Final = frozenset({"textcolor", "href", "colorbox", "raisebox", "scalebox", "texorpdfstring", "stackrel"})

_MARKS: Final = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
    "grave": "\u0300", "acute": "\u0301", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0304", "breve": "\u0306", "dot": "\u0307",
    "ddot": "\u0308", "mathring": "\u030a", "check": "\u030c", "vec": "\u20d7", "not": "\u0338",
}  # fmt: skip
ACCENTS: Final = frozenset(_MARKS)

_BLACKBOARD: Final = str.maketrans("CHNPQRZ", "ℂℍℕℙℚℝℤ")
_SUPERSCRIPTS: Final = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδφχ∘°′⊤* ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵠᵡ°°′ᵀ* ",
        strict=True,
    )
)
_SUBSCRIPTS: Final = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)


@lru_cache(maxsize=1024)
def find_symbol(name: str) -> str | None:
    """Give what a command without arguments stands for (`alpha`: α), or None."""
    if name in _OWN_SYMBOLS:
        return _OWN_SYMBOLS[name]
    command = _COMMANDS.get_macro_spec(name)
    symbol = getattr(command, "simplify_repl", None)
    return symbol if isinstance(symbol, str) and symbol and "%" not in symbol else None


def accented(command: str, text: str) -> str:
    """Put an accent on one letter; longer text stays bare, but for Greek letters that lost their first one."""
    if len(text) > 1:
        # A β in a form field that reads backslashes arrives as a backspace and `eta`, and leaves it as \b{eta}.
        letter = find_symbol(command + text) if command.isalpha() and text.isalpha() else None
        return letter or text
    if not text or text == " ":
        return command if not command.isalpha() else ""
    base = {"ı": "i", "ȷ": "j"}.get(text, text)
    composed = unicodedata.normalize("NFC", base + _MARKS[command])
    if len(composed) > 1 and not command.isalpha():
        return command + text  # \"T is a quotation mark that somebody escaped, no letter
    return composed


def superscript(text: str) -> str:
    """Raise text, in raised letters where Unicode has them all."""
    return _script(text, _SUPERSCRIPTS, "^")


def subscript(text: str) -> str:
    """Lower text, in lowered letters where Unicode has them all."""
    return _script(text, _SUBSCRIPTS, "_")


def blackboard(text: str) -> str:
    """Give the double-struck letters that common fonts have; the others stay plain."""
    return text.translate(_BLACKBOARD)


def fraction(above: str, below: str) -> str:
    """Write a fraction on one line."""
    return f"{_grouped(above)}/{_as_one(below)}"


def root(degree: str, text: str) -> str:
    """Write a root on one line."""
    return f"{superscript(degree) if degree else ''}√{_as_one(text)}"


def _script(text: str, letters: dict[str, str], sign: str) -> str:
    text = text.strip()
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return sign + _grouped(text)


def _grouped(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() else f"({text})"


def _as_one(text: str) -> str:
    return text if len(text) == 1 or text.isdigit() else f"({text})"
