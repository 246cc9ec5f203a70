"""The ids and addresses that stand on a line beside a name. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from digest.errors import InvalidReference
from digest.model import ExternalId, PersonId, PersonScheme
from digest.researchers.ids import parse_paper_id, parse_person_id
from digest.researchers.imports.wishes import Unusable

MOST_TOKENS: Final = 20
_TOKEN = re.compile(
    r"""
      https?://[^\s<>"|]+
    | (?<![\w.@-])(?:[a-z0-9-]{1,60}\.){1,4}(?:org|com|net|co|edu|de|ac)/[^\s<>"|]+
    | (?<!\w)(?:orcid(?:\s?id)?|openalex|s2|semantic[ _]?scholar|dblp|openreview|arxiv|hf|huggingface|doi|pmid)
      \s?:\s?(?:https?://)?[^\s,;|<>()"]+
    | (?<!\w)(?:orcid(?:\s?id)?\s+)?\d{3,5}(?:-\d{3,5}){2,3}-?\d{0,4}[\dXx](?!\w)
    | (?<!\w)~[^\W\d_][\w.'’-]{1,100}
    | (?<![\w/])A\d{6,15}(?!\w)
    | (?<![\w.])10\.\d{4,9}/[^\s<>"|]+
    | (?<![\w.])\d{4}\.\d{4,5}(?:v\d+)?(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CLOSING: Final = ".,;:!?'’»”"
_LABEL = re.compile(r"orcid(?:\s?id)?[\s:]*(?=\d)", re.IGNORECASE)
_SCHOLAR = re.compile(r"(?:https?://)?scholar\.google\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was found on a line, the line without it, and a note on what was left out of account."""

    rest: str
    ids: tuple[PersonId, ...] = ()
    papers: tuple[ExternalId, ...] = ()
    unknown: tuple[str, ...] = ()
    note: str = ""


def take_tokens(text: str) -> Tokens:
    """Take ids and addresses out of a line. Raises InvalidReference for one that is mistyped, Unusable for a clash."""
    found = [_trim(match[0]) for match in _TOKEN.finditer(text)][:MOST_TOKENS]
    rest = text
    ids: dict[PersonId, None] = {}
    papers: dict[ExternalId, None] = {}
    unknown, notes = [], []
    for token in found:
        rest = rest.replace(token, "\t", 1)
        if _SCHOLAR.match(token):
            notes.append("Google Scholar's address says nothing to programs, so the name counts")
        elif person := parse_person_id(_LABEL.sub("", token)):
            ids[person] = None
        elif paper := _read_paper(token):
            papers[paper] = None
        else:
            unknown.append(token)
    _check_clash(tuple(ids))
    notes += [f"{token[:60]} is of no service that knows people" for token in unknown]
    return Tokens(rest, tuple(ids), tuple(papers), tuple(unknown), "; ".join(dict.fromkeys(notes)))


def _trim(token: str) -> str:
    """Leave out what belongs to the sentence around it."""
    token = token.rstrip(_CLOSING)
    while token.endswith((")", "]")) and token.count("(") + token.count("[") < token.count(")") + token.count("]"):
        token = token[:-1].rstrip(_CLOSING)
    return token


def _read_paper(token: str) -> ExternalId | None:
    try:
        return parse_paper_id(token)
    except InvalidReference:
        if token.startswith("http"):
            return None
        raise


def _check_clash(ids: tuple[PersonId, ...]) -> None:
    for one in ids:
        if one.scheme is PersonScheme.ORCID and any(other.scheme is one.scheme and other != one for other in ids):
            raise Unusable("Two different ORCID iDs stand on this line; a person has one.")
