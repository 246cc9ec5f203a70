"""One form for every spelling of a query, so that an interest is stored and matched once however many share it.

Negations stand only before terms (De Morgan, no double ones), nested ANDs and ORs are flat, parts are unique
and sorted. The text of that form is itself a query and parses to the same form again.
"""

import re
from collections.abc import Iterator

from digest.matching.syntax import And, Field, Not, Or, Query, Term

# Never bare words, in lower case either, lest one be taken for the other.
OPERATORS = frozenset({"and", "or", "not"})
# What can stand in the text of a query without quotes: see WORD in grammar.lark.
_BARE = re.compile(r"[^\W_][\w.+#-]*")


def canonical(query: Query) -> str:
    """Give the text under which a query is stored: equal for equivalent spellings."""
    return render(normal_form(query))


def normal_form(query: Query) -> Query:
    """Give the same query with negations at the terms, flat, without duplicates, sorted."""
    return _normal(query, negated=False)


def render(query: Query) -> str:
    """Write a query out with explicit operators; AND binds tighter than OR."""
    match query:
        case Term():
            return _render_term(query)
        case Not(part):
            return f"NOT {_bracket(part)}"
        case And(parts):
            return " AND ".join(_bracket(part) if isinstance(part, Or) else render(part) for part in parts)
        case Or(parts):
            return " OR ".join(map(render, parts))


def _normal(query: Query, *, negated: bool) -> Query:
    match query:
        case Term():
            return Not(query) if negated else query
        case Not(part):
            return _normal(part, negated=not negated)
        case And(parts) | Or(parts):
            # De Morgan: a negated OR is the AND of the negated parts, and the other way round.
            join = And if isinstance(query, And) is not negated else Or
            return _join(join, [_normal(part, negated=negated) for part in parts])


def _join(join: type[And] | type[Or], parts: list[Query]) -> Query:
    unique = dict.fromkeys(leaf for part in parts for leaf in _flatten(join, part))
    if len(unique) == 1:
        return next(iter(unique))
    return join(tuple(sorted(unique, key=_order)))


def _order(part: Query) -> tuple[int, str]:
    """Order for reading: terms, then groups, then what is excluded."""
    return (2 if isinstance(part, Not) else 1 if isinstance(part, And | Or) else 0, render(part))


def _flatten(join: type[And] | type[Or], part: Query) -> Iterator[Query]:
    if isinstance(part, join):
        yield from part.parts
    else:
        yield part


def _bracket(query: Query) -> str:
    return f"({render(query)})" if isinstance(query, And | Or) else render(query)


def _render_term(term: Term) -> str:
    is_bare = _BARE.fullmatch(term.text) and term.text not in OPERATORS
    text = term.text if is_bare else f'"{term.text}"'
    return f"{term.field}:{text}" if term.field is not Field.TEXT else text
