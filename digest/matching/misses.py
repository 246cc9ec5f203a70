"""What a paper lacks for a topic to match it, in words, where that can be said in a line. Pure."""

from typing import Final

from digest.errors import InvalidQuery
from digest.matching.canonical import normal_form
from digest.matching.index import PaperBatch
from digest.matching.query import parse
from digest.matching.syntax import And, Field, Not, Or, Query, Term
from subscribers.model import InterestWish

MOST_NAMED: Final = 4  # alternatives, or things missing, in one line

_PLACES: Final = {Field.TEXT: "title or abstract", Field.TITLE: "the title", Field.ABSTRACT: "the abstract"}


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
    if term.field is Field.CATEGORY:
        return f"it is not in {_name(term)}"
    if term.field is Field.AUTHOR:
        return f"{_name(term)} is not among the authors"
    return f"{_name(term)} is not in {_PLACES[term.field]}"


def _say_unwanted(batch: PaperBatch, number: int, part: Query) -> str:
    """Say what it has that the topic leaves out."""
    if not isinstance(part, Term):
        return "it has what the topic leaves out"
    if part.field is Field.CATEGORY:
        return f"it is in {_name(part)}, which the topic leaves out"
    where = [place for place, papers in batch.places_of(part) if papers >> number & 1]
    return f"{_name(part)} is in {' and '.join(where)}, which the topic leaves out"


def _say_alternatives(parts: tuple[Query, ...]) -> str:
    if all(isinstance(part, Not) for part in parts):
        return "it has what the topic leaves out"
    terms = [part for part in parts if isinstance(part, Term)]
    if len(terms) < len(parts) or len(terms) > MOST_NAMED:
        return f"none of its {len(parts)} alternatives holds"
    named = [_name(term) for term in terms]
    fields = {term.field for term in terms}
    places = [_PLACES[field] for field in fields if field in _PLACES]
    where = f" in {places[0]}" if len(fields) == len(places) == 1 else ""
    return f"neither {' nor '.join(named)} is{where or ' there'}"


def _name(term: Term) -> str:
    written = term.written or term.text
    return written if term.field is Field.CATEGORY else f"“{written}”"
