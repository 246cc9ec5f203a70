"""What a query is: terms, AND, OR, NOT. Only the shape: `query` reads it from text, `canonical` normalises it."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from digest.model import ReasonKind


class Field(StrEnum):
    """Where a term is looked for; the value is its prefix in the language. `TEXT` is title or abstract."""

    TEXT = ""
    TITLE = "ti"
    ABSTRACT = "abs"
    AUTHOR = "au"
    CATEGORY = "cat"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase, name or category. `text` is normalised and decides what matches; `written` is for people."""

    field: Field
    text: str
    written: str = dataclasses.field(default="", compare=False)

    @property
    def kind(self) -> ReasonKind:
        """Give the kind of reason a hit of it is."""
        if self.field is Field.AUTHOR:
            return ReasonKind.AUTHOR
        if self.field is Field.CATEGORY:
            return ReasonKind.CATEGORY
        return ReasonKind.PHRASE if " " in self.text else ReasonKind.WORD


@dataclass(frozen=True, slots=True)
class Not:
    """Everything its part does not match."""

    part: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """What all parts match."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What at least one part matches."""

    parts: tuple["Query", ...]


Query = Term | Not | And | Or


def terms_of(query: Query) -> Iterator[Term]:
    """Give every term, excluded ones too, in the order written."""
    match query:
        case Term():
            yield query
        case Not(part):
            yield from terms_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from terms_of(part)
