"""Lists with a person on each line: names, ids, addresses, alerts, in any mixture. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from digest.errors import InvalidReference
from digest.researchers.ids import AuthorReference, parse_author_reference, parse_paper_id, parse_person_id
from digest.researchers.imports.alerts import FOR_WORDS, find_alert, is_alert, is_furniture, is_quoted
from digest.researchers.imports.printed import divide_name, is_doubtful, is_inverted, read_name
from digest.researchers.imports.tokens import Tokens, take_tokens
from digest.researchers.imports.wishes import Fault, PersonWish, Unusable, make_fault

LONGEST_LINE: Final = 500
TOO_LONG: Final = f"This line has more than {LONGEST_LINE:,} characters."
_COMMENT = re.compile(r"\s*(?:#|%|//|<!--)")
_ASIDE = re.compile(r"\s#\s.*")
# `- [ ] Name`, `* Name`, `12. Name`, `(3) Name`, `> Name`
_BULLET = re.compile(r"\A\s*(?:[-*+•‣▪◦·–—>]\s+(?:\[[ xX]?\]\s+)?|\(?\d{1,5}[.):\]]\s+)")
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\((\S{1,500})\)")
_PARTS = re.compile(r"\t+|\s[-–—|]+(?:\s|$)|\s*\|\s*|;")
_MAIL = re.compile(r"<?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+>?")
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|<\s*>")
_JOINTS: Final = frozenset({"and", "or", "see", "also", "und", "et", "y"})
_LEFT_LABEL = re.compile(
    r"\b(?:orcid(?: id)?|homepage|website|profile|id|url|link|e-?mail)\s*[:=]?\s*(?=\t|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Habits:
    """What is true of a list as a whole, and says what a doubtful line means."""

    has_alerts: bool
    is_alerts: bool
    is_family_first: bool


def read_lines(text: str) -> Iterator[PersonWish | Fault]:
    """Read a list, in order; empty lines and comments are passed over."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if _has_content(line)]
    habits = _find_habits([_strip_bullet(line) for _, line in lines])
    for number, line in lines:
        if not (habits.has_alerts and is_furniture(line)):
            yield read_line(line, number, habits)


def read_line(line: str, number: int, habits: _Habits) -> PersonWish | Fault:
    """Read one line."""
    if len(line) > LONGEST_LINE:
        return make_fault(number, line, TOO_LONG)
    try:
        return replace(_read(_strip_bullet(line), habits), place=number)
    except InvalidReference as error:
        return make_fault(number, line, as_sentence(error.why))
    except Unusable as error:
        return make_fault(number, line, str(error))


def as_sentence(why: str) -> str:
    """Begin with a capital, but for an address, and end with a full stop."""
    first = why[:1] if why.startswith("http") else why[:1].upper()
    return f"{first}{why[1:]}{'' if why.endswith(('.', '?', '!')) else '.'}"


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _strip_bullet(line: str) -> str:
    return _LINK.sub(r"\1 \2", _ASIDE.sub("", _BULLET.sub("", line[: LONGEST_LINE + 1], count=1))).strip()


def _find_habits(lines: list[str]) -> _Habits:
    shown = [line for line in lines if not is_furniture(line)]
    alerts = sum(map(is_alert, shown))
    with_comma = [line for line in shown if "," in line]
    inverted = sum(map(is_inverted, with_comma))
    return _Habits(alerts > 0, 0 < len(shown) <= 2 * alerts, 0 < len(with_comma) < 2 * inverted)


def _read(text: str, habits: _Habits) -> PersonWish:
    """Read what a line says. Raises Unusable or InvalidReference."""
    if (alerted := find_alert(text)) is not None:
        tokens = take_tokens(alerted)
        return PersonWish(place=0, name=read_name(tokens.rest), ids=tokens.ids, note="from an alert")
    if habits.has_alerts and is_quoted(text):
        raise Unusable(FOR_WORDS)
    if not any(map(str.isalnum, text)):
        raise Unusable("There is no name on this line.")
    reference, text = _take_reference(text)
    if reference is None and " " not in text and (person := parse_person_id(text)):
        return PersonWish(place=0, ids=(person,))
    tokens = take_tokens(text)
    if not reference and not tokens.ids and habits.is_alerts:
        raise Unusable(FOR_WORDS)
    name, affiliation = _read_rest(tokens.rest, habits)
    doubt = f"{affiliation} was taken for a place; if it is a name, write {affiliation} {name}"
    notes = filter(None, (tokens.note, doubt if is_doubtful(name, affiliation) else ""))
    if not name and not tokens.ids and reference is None:
        _refuse_nameless(text, tokens)
    return PersonWish(
        place=0,
        name=read_name(name) if name else "",
        ids=tokens.ids,
        papers=tokens.papers,
        affiliation=affiliation,
        reference=reference,
        note="; ".join(notes),
    )


def _take_reference(text: str) -> tuple[AuthorReference | None, str]:
    """Take `author 3 of 2310.01234` off a line."""
    if reference := parse_author_reference(text):
        return reference, ""
    parts = _PARTS.split(text)
    for part in parts if len(parts) > 1 else ():
        if reference := parse_author_reference(part):
            return reference, text.replace(part, "\t", 1)
    return None, text


def _read_rest(rest: str, habits: _Habits) -> tuple[str, str]:
    """Give name and affiliation of a line without its ids."""
    rest = _EMPTY.sub("\t", _LEFT_LABEL.sub("\t", _MAIL.sub("\t", rest)))
    parts = [part.strip(' ,:"“”') for part in _PARTS.split(rest)]
    first, *others = [part for part in parts if any(map(str.isalnum, part)) and part.casefold() not in _JOINTS] or [""]
    name, affiliation = divide_name(first, is_family_first=habits.is_family_first)
    return name, ", ".join(filter(None, (affiliation, *others)))[:200]


def _refuse_nameless(text: str, tokens: Tokens) -> None:
    """Say why a line without a name and without an id of a person is of no use."""
    paper = next(iter(tokens.papers), None) or (parse_paper_id(text) if " " not in text else None)
    if paper:
        raise Unusable(f"This is a paper; say which author of it you mean, like “author 1 of {paper.value}”.")
    if _MAIL.search(text):
        raise Unusable("Addresses of people are not kept; give the name or an id.")
    if tokens.note:
        raise Unusable(as_sentence(f"{tokens.note}; give the name, or the person's page at ORCID or OpenAlex"))
    raise Unusable("There is no name on this line.")
