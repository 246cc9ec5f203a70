"""The interest language: text to query, with one clear sentence for whatever cannot be understood.

The face of the language for the rest of the program: `canonical` and the shape of a query can be imported from here.
"""

import re
from functools import lru_cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from digest.errors import InvalidQuery
from digest.matching.canonical import OPERATORS, canonical, normal_form, render
from digest.matching.memory import remember
from digest.matching.syntax import And, Field, Not, Or, Query, Term, terms_of
from digest.matching.terms import COMPLAINTS, find_mistake, spell, trim

__all__ = ["And", "Field", "Not", "Or", "Query", "Term", "canonical", "normal_form", "parse"]

MAX_LENGTH = 2_000  # characters, as written and in canonical form
MAX_TERMS = 100
MAX_DEPTH = 20  # parentheses within parentheses

# Phones and word processors write these for the plain characters; each is one for one, so positions stay true.
_PLAIN = str.maketrans("“”„‟«»＂（）：−–‑\u3000", '"""""""():--- ')
# Controls that are no white space, lone surrogates, bidirectional overrides.
_POISON = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_EXAMPLE = "for example `diffusion AND “image generation”` or `cat:cs.CL`"
_FIELDS = "ti: (title), abs: (abstract), au: (author) and cat: (category)"


@remember
def parse(text: str) -> Query:
    """Read a query. Raises InvalidQuery, whose `why` says what is wrong, where, and what to do."""
    if len(text) > MAX_LENGTH:
        raise InvalidQuery(text, f"it has {len(text):,} characters and may have {MAX_LENGTH:,}; split it in several.")
    text = _printable(text)
    plain = text.translate(_PLAIN)
    if not plain.strip():
        raise InvalidQuery(text, f"it is empty; write what you are interested in, {_EXAMPLE}.")
    _check_pairs(text, plain)
    query = _Builder(text).build(_parse_tree(text, plain), Field.TEXT)
    _check(text, query)
    return query


def _printable(text: str) -> str:
    """Replace what can be neither stored nor shown, one for one: it comes back to people in messages."""
    return _POISON.sub("\ufffd", text)


def _check_pairs(text: str, plain: str) -> None:
    """Refuse quotes and parentheses without a partner, and nesting no reader writes."""
    quote, opened = None, list[int]()
    for place, character in enumerate(plain, start=1):
        if character == '"':
            quote = place if quote is None else None
        elif quote is None and character == "(":
            opened.append(place)
            if len(opened) > MAX_DEPTH:
                raise InvalidQuery(text, f"parentheses may be nested {MAX_DEPTH} deep and no deeper; make it simpler.")
        elif quote is None and character == ")" and (not opened or not opened.pop()):
            raise InvalidQuery(text, f"the “)” at character {place} closes nothing; remove it or add a “(” before it.")
    if quote is not None:
        raise InvalidQuery(text, f"the quote at character {quote} is never closed; add a closing one.")
    if opened:
        raise InvalidQuery(text, f"the “(” at character {opened[-1]} is never closed; add a “)”.")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark.open_from_package(__package__, "grammar.lark", parser="lalr", lexer="basic")


def _parse_tree(text: str, plain: str) -> Tree[Token]:
    try:
        return _parser().parse(plain)
    except UnexpectedInput as error:
        raise InvalidQuery(text, _explain(plain, error)) from None


def _explain(plain: str, error: UnexpectedInput) -> str:
    """Say what the parser stumbled over."""
    if isinstance(error, UnexpectedCharacters):
        place: int = error.pos_in_stream  # type: ignore[assignment]  # lark declares it None in the base class
        if plain[place] == "-":
            return f"the “-” at character {place + 1} must touch the word it excludes, as in `-survey`."
        return f"“{plain[place]}” at character {place + 1} means nothing here; put words with it in quotes."
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        place = (error.token.start_pos or 0) + 1
        return f"something is missing before “{error.token}” at character {place}; write a word or phrase there."
    return f"something is missing after its last word; write a word or phrase there, {_EXAMPLE}."


class _Builder:
    """Makes a query of a parse tree; `text` is for the errors."""

    def __init__(self, text: str) -> None:
        self._text = text

    def build(self, tree: Tree[Token] | Token, field: Field) -> Query:
        assert isinstance(tree, Tree)  # the grammar keeps only operator and field tokens, which are read below
        children = tree.children
        match tree.data:
            case "word" | "phrase":
                return self._term(str(children[0]), field)
            case "alternatives" | "conjunction":
                join = Or if tree.data == "alternatives" else And
                return join(tuple(self.build(child, field) for child in children))
            case "negated" | "exclusion":
                part = self.build(children[-1], field)
                return Not(part) if len(children) % 2 == 0 else part  # an even number of NOTs is none
            case "in_field" | "in_unknown_field":
                return self.build(children[1], self._field(str(children[0]), field))
            case _:
                return self.build(children[0], field)

    def _field(self, prefix: str, outer: Field) -> Field:
        name = prefix.rstrip(":").strip().lower()
        if name not in set(Field):
            why = f"there is no field “{name}:”; there are {_FIELDS}. Put words with a colon in quotes."
            raise InvalidQuery(self._text, why)
        if outer is not Field.TEXT:
            why = f"“{name}:” stands inside “{outer}:”, and nothing can be both; move it out of the parentheses."
            raise InvalidQuery(self._text, why)
        return Field(name)

    def _term(self, token: str, field: Field) -> Term:
        # Taking it for a word would match next to nothing, and silently: nobody looks for “or”.
        if token.lower() in OPERATORS:
            why = f"“{token}” is an operator only in capitals; write {token.upper()}, or put words in quotes."
            raise InvalidQuery(self._text, why)
        if not token.startswith('"') and (mistake := find_mistake(field, token)):
            raise InvalidQuery(self._text, mistake)
        written = " ".join(token.strip('"').split())
        spelled = spell(field, written)
        if not spelled:
            raise InvalidQuery(self._text, COMPLAINTS.get(field, COMPLAINTS[Field.TEXT]).format(written))
        return Term(field, spelled, trim(field, written))


def _check(text: str, query: Query) -> None:
    """Refuse what is too large or can only match everything or nothing."""
    if (count := sum(1 for _ in terms_of(query))) > MAX_TERMS:
        raise InvalidQuery(text, f"it has {count} terms and may have {MAX_TERMS}; split it in several.")
    normal = normal_form(query)
    if len(render(normal)) > MAX_LENGTH:
        raise InvalidQuery(text, f"spelled out it has more than {MAX_LENGTH:,} characters; split it in several.")
    if not _is_anchored(normal):
        why = (
            "it, or one side of an OR, only says what you do not want; add what you do want: a word, name or category."
        )
        raise InvalidQuery(text, why)
    if not _is_possible(normal):
        raise InvalidQuery(text, "nothing can match it: the same term is wanted and excluded; remove one of the two.")


def _is_anchored(normal: Query) -> bool:
    """Whether every paper it matches holds something that it names."""
    match normal:
        case Term():
            return True
        case Not():
            return False
        case And(parts):
            return any(map(_is_anchored, parts))
        case Or(parts):
            return all(map(_is_anchored, parts))


def _is_possible(normal: Query) -> bool:
    match normal:
        case And(parts):
            return all(map(_is_possible, parts)) and not any(Not(part) in parts for part in parts)
        case Or(parts):
            return any(map(_is_possible, parts))
        case _:
            return True
