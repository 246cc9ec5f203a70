"""A follow as one line of text, as lists of subscribers hold it. Pure.

`Furu Wei orcid:0000-0002-1825-0097 [now, first, featured]`: whom, as `digest follow-list` understands it, and in
brackets what is to be told, by the words of the settings of a follow; a category there is a field of the person.
`institution: MPI-IS ror:04fq9j139` is a place and `paper: arxiv:2611.00001 [published]` a paper. A name that would be
misread as it stands is put into quotation marks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from digest.errors import InvalidReference
from digest.model import ExternalId, PersonId
from digest.pipeline.following import Terms
from digest.pipeline.signup import check_fields
from digest.rendering.text import clean
from digest.researchers.ids import InstitutionScheme, parse_institution_id, parse_paper_id, parse_person_id
from digest.researchers.imports import Fault, PersonWish
from digest.researchers.imports.lines import read_lines
from digest.researchers.places import Institution
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, Timing

LONGEST: Final = 1_000
NOTHING: Final = "none"  # of a paper: no event, where usually all of them are told
_BRACKET = re.compile(r"\s*\[(?P<words>[^\[\]]*)\]\s*\Z")
_KIND = re.compile(r"(?P<kind>institution|paper)\s*:\s*(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"(?P<name>[^"]+)"(?P<ids>.*)', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowText:
    """What a line means: one of a person, a place and a paper, and what is to be told."""

    person: PersonWish | None = None
    fields: tuple[str, ...] = ()
    institution: Institution | None = None
    paper: ExternalId | None = None
    terms: Terms = field(default_factory=Terms)


def read_follow_text(text: str) -> FollowText:
    """Understand a line. Raises InvalidWish or InvalidReference."""
    if len(text) > LONGEST:
        raise InvalidWish(f"A follow has more than {LONGEST:,} characters.")
    text = clean(text)
    bracket = _BRACKET.search(text)
    terms, fields = _read_words(bracket["words"] if bracket else "")
    whom = text[: bracket.start()] if bracket else text
    kind = _KIND.fullmatch(whom.strip())
    if kind is None:
        return FollowText(person=_read_person(whom.strip()), fields=fields, terms=terms)
    if kind["kind"].casefold() == FollowKind.PAPER:
        return FollowText(paper=_read_paper(kind["rest"]), terms=terms)
    return FollowText(institution=_read_institution(kind["rest"]), terms=terms)


def write_person(name: str, ids: Sequence[PersonId], fields: Sequence[str], wish: FollowWish) -> str:
    """Write the follow of a person."""
    plain = " ".join([name, *map(str, ids)])
    is_safe = ";" not in plain and "[" not in plain and _reads_as(plain, name, ids)
    quoted = name.replace('"', "”").replace("[", "(").replace("]", ")")
    whom = plain if is_safe else " ".join([f'"{quoted}"', *map(str, ids)])
    return f"{whom}{_write_words(wish, fields)}"


def write_institution(place: Institution, wish: FollowWish) -> str:
    """Write the follow of a place."""
    ids = [f"{scheme}:{value}" for scheme, value in (("ror", place.ror), ("openalex", place.openalex)) if value]
    name = re.sub(r'[\[\]";]', " ", place.name)
    return f"institution: {' '.join([*name.split(), *ids])}{_write_words(wish)}"


def write_paper(known: ExternalId, wish: FollowWish) -> str:
    """Write the follow of a paper."""
    return f"paper: {known}{_write_words(wish)}"


def _reads_as(text: str, name: str, ids: Sequence[PersonId]) -> bool:
    try:
        found = _read_person(text)
    except (InvalidWish, InvalidReference):
        return False
    return (found.name, set(found.ids), found.affiliation) == (name, set(ids), "")


def _write_words(wish: FollowWish, fields: Iterable[str] = ()) -> str:
    usual = Timing.NOW if wish.kind is FollowKind.PAPER else Timing.DIGEST
    words = [
        *([wish.timing.value] if wish.timing is not usual else []),
        *([wish.position.value] if wish.position is not Position.ANY else []),
        *(event.value for event in wish.events),
        *([NOTHING] if wish.kind is FollowKind.PAPER and not wish.events else []),
        *fields,
    ]
    return f" [{', '.join(words)}]" if words else ""


def _read_words(text: str) -> tuple[Terms, tuple[str, ...]]:
    """Tell what is told from fields. A word of two kinds does not exist."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    folded = {word.casefold() for word in words}
    timing = next((each for each in Timing if each.value in folded), None)
    position = next((each for each in Position if each.value in folded), None)
    events = tuple(each for each in FollowEvent if each.value in folded)
    known = {*Timing, *Position, *FollowEvent, NOTHING}
    fields = check_fields([word for word in words if word.casefold() not in known])
    is_said = bool(events) or NOTHING in folded
    return Terms(timing=timing, position=position, events=events if is_said else None), fields


def _read_person(text: str) -> PersonWish:
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return PersonWish(place=1, name=" ".join(quoted["name"].split()), ids=_read_ids(quoted["ids"]))
    found = list(read_lines(" ".join(text.split())))
    if not found:
        raise InvalidWish("A follow names nobody.")
    if isinstance(found[0], Fault):
        raise InvalidWish(f"“{text[:60]}” cannot be followed. {found[0].why}")
    if found[0].reference is not None:
        raise InvalidWish(f"“{text[:60]}” has to be looked up; use `digest follow` for it.")
    return found[0]


def _read_ids(text: str) -> tuple[PersonId, ...]:
    ids = [parse_person_id(word) for word in text.split()]
    if None in ids:
        raise InvalidWish(f"“{text.strip()[:60]}” holds something that is no id of a person.")
    return tuple(person for person in ids if person is not None)


def _read_institution(text: str) -> Institution:
    words, ids = [], {}
    for word in text.split():
        place = parse_institution_id(word)
        if place is None:
            words.append(word)
        else:
            ids[place.scheme] = place.value
    if not words:
        raise InvalidWish(f"“{text.strip()[:60]}” names no institution; write its name before the id.")
    return Institution(
        name=" ".join(words)[:300],
        ror=ids.get(InstitutionScheme.ROR, ""),
        openalex=ids.get(InstitutionScheme.OPENALEX, ""),
    )


def _read_paper(text: str) -> ExternalId:
    known = parse_paper_id(text.strip())
    if known is None:
        raise InvalidWish(f"“{text.strip()[:60]}” is no id of a paper.")
    return known
