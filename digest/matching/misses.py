"""What a paper lacks for a topic to match it, in words, where that can be said in a line. Pure."""

from functools import reduce
from typing import Final

from digest.errors import InvalidQuery
from digest.languages import mark, tr
from digest.languages.phrases import ONE_TITLE
from digest.matching.canonical import normal_form
from digest.matching.index import PaperBatch
from digest.matching.papertext import ABSTRACT, AUTHORS, TITLE
from digest.matching.query import parse
from digest.matching.syntax import And, Field, Not, Or, Query, Term
from subscribers.model import InterestWish

MOST_NAMED: Final = 4  # alternatives, or things missing, in one line

LEFT_OUT: Final = mark("it has what the topic leaves out")
_ABSENT: Final = {
    Field.TEXT: mark("{name} is not in title or abstract"),
    Field.TITLE: mark("{name} is not in the title"),
    Field.ABSTRACT: mark("{name} is not in the abstract"),
    Field.AUTHOR: mark("{name} is not among the authors"),
    Field.CATEGORY: mark("it is not in {name}"),
}
_UNWANTED: Final = {
    frozenset({TITLE}): mark("{name} is in title, which the topic leaves out"),
    frozenset({ABSTRACT}): mark("{name} is in abstract, which the topic leaves out"),
    frozenset({TITLE, ABSTRACT}): mark("{name} is in title and abstract, which the topic leaves out"),
    frozenset({AUTHORS}): mark("{name} is in authors, which the topic leaves out"),
}
_UNWANTED_ELSEWHERE: Final = mark("it is in {name}, which the topic leaves out")
_NEITHER: Final = {
    Field.TEXT: mark("neither {names} is in title or abstract"),
    Field.TITLE: mark("neither {names} is in the title"),
    Field.ABSTRACT: mark("neither {names} is in the abstract"),
}
_NEITHER_THERE: Final = mark("neither {names} is there")


def say_miss(batch: PaperBatch, number: int, wish: InterestWish) -> str:
    """Say why a topic does not match a paper of a batch: `state space: “state space” is not in title or abstract`."""
    return f"{wish.text}: {_say(batch, number, _as_written(wish))}"


def _as_written(wish: InterestWish) -> Query:
    """Give the normal form, with the reader's spellings if they can still be read."""
    try:
        return normal_form(parse(wish.text))
    except InvalidQuery:
        return normal_form(parse(wish.canonical))


def _say(batch: PaperBatch, number: int, query: Query) -> str:
    match query:
        case Term():
            return _say_term(query)
        case Not(part):
            return _say_unwanted(batch, number, part)
        case And(parts):
            missing = [part for part in parts if not batch.matches(part) >> number & 1]
            said = [_say(batch, number, part) for part in missing[:MOST_NAMED]]
            return "; ".join(said)
        case Or(parts):
            return _say_alternatives(parts)


def _say_term(term: Term) -> str:
    return tr(_ABSENT[term.field], name=_name(term))


def _say_unwanted(batch: PaperBatch, number: int, part: Query) -> str:
    """Say what it has that the topic leaves out."""
    if not isinstance(part, Term):
        return tr(LEFT_OUT)
    where = frozenset(place for place, papers in batch.places_of(part) if papers >> number & 1)
    return tr(_UNWANTED.get(where, _UNWANTED_ELSEWHERE), name=_name(part))


def _say_alternatives(parts: tuple[Query, ...]) -> str:
    if all(isinstance(part, Not) for part in parts):
        return tr(LEFT_OUT)
    terms = [part for part in parts if isinstance(part, Term)]
    if len(terms) < len(parts) or len(terms) > MOST_NAMED:
        return tr("none of its {number} alternatives holds", number=len(parts))
    names = reduce(lambda first, last: tr("{first} nor {last}", first=first, last=last), map(_name, terms))
    fields = {term.field for term in terms}
    return tr(_NEITHER.get(fields.pop(), _NEITHER_THERE) if len(fields) == 1 else _NEITHER_THERE, names=names)


def _name(term: Term) -> str:
    written = term.written or term.text
    return written if term.field is Field.CATEGORY else tr(ONE_TITLE, title=written)
