"""Turns the TeX in titles, names and abstracts into readable Unicode; whatever is no TeX stays as it is."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from digest.rendering import tex_symbols as symbols
from digest.rendering.tex_nodes import DEEPEST, Kind, Node, parse_tex
from digest.rendering.text import clean

LONGEST_TEXT: Final = 20_000  # characters; no abstract is longer, and longer text is shown as it is
CODE_POINTS: Final = 0x110000
DEEPEST_NESTING: Final = 2 * DEEPEST  # commands without braces nest too: \hat\hat\hat x

_SPECIAL = re.compile(r"[\\$~]|--|``|''")
_TIE_BEFORE = re.compile(r"[\w.,;:)\]%'’”]")
_DASHES = re.compile(r"https?://\S+|(?<=[\w.,;:)\]%'’”])---?(?=[\w(\[“‘'$])|(?<=\s)---?(?=\s)")
_DASH_SIGNS: Final = {"--": "–", "---": "—"}
_SINGLE_QUOTES = re.compile(r"(?<!\w)`([^`']{1,80})'(?!\w)")
_BRACKETED = re.compile(r"\s*\[([^\]]*)\]")
_CODE_POINT = re.compile(r"x[0-9a-fA-F]{1,5}|[0-9]{1,6}")


@lru_cache(maxsize=4_096)  # a day's papers are rendered for every subscriber who gets them
def to_unicode(text: str) -> str:
    """Give text as people read it: clean, and with TeX replaced. Never raises; takes time linear in the length."""
    text = clean(text)
    if len(text) > LONGEST_TEXT or not _SPECIAL.search(text):
        return text
    written = _Writer(parse_tex(text, is_math=False), is_math=False).write()
    return clean(_replace_ligatures(written))


def _replace_ligatures(text: str) -> str:
    if "``" in text:
        text = text.replace("``", "“").replace("''", "”")
    text = _SINGLE_QUOTES.sub(r"‘\1’", text)
    return _DASHES.sub(lambda found: _DASH_SIGNS.get(found.group(), found.group()), text)


class _Writer:
    """Writes nodes from left to right; a command takes the nodes it needs from those that follow."""

    def __init__(self, nodes: Iterable[Node], *, is_math: bool, depth: int = 0) -> None:
        self._nodes = list(nodes)
        self._at = 0
        self._out: list[str] = []
        self._is_math = is_math
        self._depth = depth

    def write(self) -> str:
        while self._at < len(self._nodes):
            self._write_node(self._take())
        return "".join(self._out)

    def _write_node(self, node: Node) -> None:
        match node.kind:
            case Kind.COMMAND:
                self._write_command(node.value)
            case Kind.FORMULA:
                self._put(self._inner(parse_tex(node.value, is_math=True), is_math=True))
            case Kind.GROUP:
                self._write_group(node)
            case Kind.SCRIPT if self._is_math:
                self._put((symbols.superscript if node.value == "^" else symbols.subscript)(self.argument()))
            case Kind.TIE:
                self._put(" " if self._is_math or self._is_tie() else node.value)
            case _:
                self._put(node.value)

    def _write_group(self, node: Node) -> None:
        """Drop braces that are TeX's; in prose `{a, b}` may be a set, `{,}` is a comma that TeX shall not space."""
        is_tex = (
            self._is_math
            or node.value in ",.-"
            or any(part.kind in (Kind.COMMAND, Kind.FORMULA) for part in node.inside)
        )
        text = self._inner(node.inside, is_math=self._is_math)
        self._put(text if is_tex else "{" + text + "}")

    def _write_command(self, name: str) -> None:
        if name in _FORMS:
            self._put(_FORMS[name](self))
        elif name in symbols.ACCENTS:
            self._put(symbols.accented(name, self.argument()))
        elif name in symbols.DROPPED:
            self._drop_arguments(symbols.DROPPED[name])
        elif name in symbols.STYLES:
            self._skip("*")
            self._put(self.argument())
        elif name in symbols.SWITCHES:
            self._skip(". " if name in ("left", "right") else " ")
        else:
            self._write_symbol(name)

    def _write_symbol(self, name: str) -> None:
        symbol = symbols.find_symbol(name)
        if symbol is None:
            self._write_unknown(name)
        elif self._is_math and symbol.isalpha() and len(symbol) > 1:
            self._write_operator(symbol)
        else:
            # TeX eats the space after a command; we keep it where there is one before it as well: `4 \times 4`.
            is_tight = self._is_math and not symbol.isalnum() and not self._last().isspace()
            self._put(symbol)
            self._skip_empty_group()
            if is_tight or name in symbols.LETTERS:
                self._skip(" ")

    def _write_operator(self, word: str) -> None:
        """Write `log` and its like apart from the letters around it."""
        self._put(f" {word}" if self._last().isalnum() or self._last() == ")" else word)
        following = self._peek()
        if following and _first_character(following).isalnum():
            self._put(" ")

    def _write_unknown(self, name: str) -> None:
        r"""Show what an author's own command says: its argument (`\red{text}`) or its name (`\ours`)."""
        following = self._peek()
        if following and following.kind is Kind.GROUP and following.inside:
            self._put(self.argument())
        else:
            self._put(name if name.isalpha() else "\\" + name)
            self._skip_empty_group()

    def _drop_arguments(self, count: int) -> None:
        self.bracketed()
        for _ in range(count):
            self.argument()
        if self._out:
            self._out[-1] = self._out[-1].rstrip()

    # ── what a command takes from the nodes that follow ──────────────────────────────────────────────────────────────

    def argument(self, *, is_math: bool | None = None) -> str:
        """Give the argument, written: a group, a command with its own arguments, or one character."""
        self._skip(" ")
        node = self._take() if self._peek() else None
        if node is None or self._depth >= DEEPEST_NESTING:
            return ""
        if node.kind is Kind.CHARS:
            self._give_back(node.value[1:])
            return node.value[0]
        if node.kind is Kind.GROUP:
            return self._inner(node.inside, is_math=self._is_math if is_math is None else is_math)
        return self._write_aside(node)

    def raw_argument(self) -> str:
        """Give the source of the group that follows, if one does."""
        following = self._peek()
        return self._take().value if following and following.kind is Kind.GROUP else ""

    def bracketed(self) -> str:
        """Give the optional argument `[…]`, if there is one."""
        following = self._peek()
        found = _BRACKETED.match(following.value) if following and following.kind is Kind.CHARS else None
        if found is None:
            return ""
        self._give_back(self._take().value[found.end() :])
        return found.group(1)

    def _inner(self, nodes: Iterable[Node], *, is_math: bool) -> str:
        return _Writer(nodes, is_math=is_math, depth=self._depth + 1).write()

    def _write_aside(self, node: Node) -> str:
        kept, self._out = self._out, []
        self._depth += 1
        self._write_node(node)
        self._depth -= 1
        aside, self._out = "".join(self._out), kept
        return aside

    # ── moving along ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _peek(self) -> Node | None:
        return self._nodes[self._at] if self._at < len(self._nodes) else None

    def _take(self) -> Node:
        self._at += 1
        return self._nodes[self._at - 1]

    def _give_back(self, rest: str) -> None:
        if rest:
            self._at -= 1
            self._nodes[self._at] = Node(Kind.CHARS, rest)

    def _skip(self, characters: str) -> None:
        following = self._peek()
        if following and following.kind is Kind.CHARS:
            self._give_back(self._take().value.lstrip(characters))

    def _skip_empty_group(self) -> None:
        following = self._peek()
        if following and following.kind is Kind.GROUP and not following.inside:
            self._take()

    def _put(self, text: str) -> None:
        if text:
            self._out.append(text)

    def _last(self) -> str:
        return self._out[-1][-1:] if self._out else ""

    def _is_tie(self) -> bool:
        """Tell `Fig.~3` from `~5 %`, `3~5` and `~/path`."""
        following = self._peek()
        after = _first_character(following) if following else ""
        before = self._last()
        if not _TIE_BEFORE.fullmatch(before) or (before.isdigit() and after.isdigit()):
            return False
        return after.isalnum() or after == "(" or (following is not None and following.kind is not Kind.CHARS)


def _first_character(node: Node) -> str:
    if node.kind is Kind.COMMAND:
        return (symbols.find_symbol(node.value) or "")[:1]
    return node.value[:1]


def _write_code_point(writer: _Writer) -> str:
    code = writer.raw_argument().strip()
    if not _CODE_POINT.fullmatch(code):
        return code
    number = int(code[1:], 16) if code.startswith("x") else int(code)
    return clean(chr(number)) if number < CODE_POINTS else ""


def _write_last_of_two(writer: _Writer) -> str:
    writer.raw_argument()
    return writer.argument()


def _write_root(writer: _Writer) -> str:
    return symbols.root(writer.bracketed(), writer.argument())


def _write_fraction(writer: _Writer) -> str:
    return symbols.fraction(writer.argument(), writer.argument())


_FORMS: Final[Mapping[str, Callable[[_Writer], str]]] = {
    **dict.fromkeys(symbols.LAST_OF_TWO, _write_last_of_two),
    **dict.fromkeys(("frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac"), _write_fraction),
    **dict.fromkeys(("mathbb", "Bbb", "mathds"), lambda writer: symbols.blackboard(writer.argument())),
    **dict.fromkeys(("text", "mbox", "textrm", "hbox"), lambda writer: writer.argument(is_math=False)),
    **dict.fromkeys(("binom", "tbinom"), lambda writer: f"({writer.argument()} choose {writer.argument()})"),
    "sqrt": _write_root,
    "textsuperscript": lambda writer: symbols.superscript(writer.argument()),
    "textsubscript": lambda writer: symbols.subscript(writer.argument()),
    "unicode": _write_code_point,
    "url": _Writer.raw_argument,
}
