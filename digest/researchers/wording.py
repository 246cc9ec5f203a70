"""The evidence in words for readers, the strongest first. Pure; plain text without markup."""

from collections.abc import Callable
from typing import Final

from digest.languages import phrases
from digest.researchers.names import fold
from digest.researchers.weighing import Part, PartKind, Weighing

_LONGEST_NAME = 40
_MOST_NAMES = 3
_TOLD: Final = 0.15  # log-odds below which a part is not worth a word
_RARE, _COMMON = 0.6, 8.0  # expected namesakes in the crowd
_CLOSE_TOPIC, _FAR_TOPIC = 0.12, 0.03
_SAME_PLACE = 0.8
_MOST_SUMMARISED = 4

_NAMES: Final = {
    "same": phrases.SAME_NAME,
    "swapped": phrases.SWAPPED_NAME,
    "single": phrases.SINGLE_NAME,
    "romanised": phrases.ROMANISED_NAME,
}


def explain(weighing: Weighing) -> tuple[str, ...]:
    """Give each piece of evidence worth telling, the strongest first."""
    told = (_SAYINGS[part.kind](part) for part in weighing.parts if part.kind in _SAYINGS)
    return tuple(dict.fromkeys(filter(None, told)))


def summarise(weighing: Weighing) -> str:
    """Give one line: what speaks for it; what speaks against it or is not known.

    Such as “2 shared co-authors (Wei Li, Ann Kim), same field; affiliation unknown”.
    """
    told = [(_speaks_for(part), saying) for part in weighing.parts if (saying := _say(part))]
    told = told[:_MOST_SUMMARISED]
    groups = ([saying for is_for, saying in told if is_for], [saying for is_for, saying in told if not is_for])
    return "; ".join(", ".join(dict.fromkeys(group)) for group in groups if group)


def _speaks_for(part: Part) -> bool:
    """Whether a part is told among what speaks for the person; what is not known is told after it."""
    return part.weight >= 0 and part.kind not in (PartKind.NO_PLACE, PartKind.NO_COAUTHOR, PartKind.START)


def _say(part: Part) -> str:
    return _SAYINGS[part.kind](part) if part.kind in _SAYINGS else ""


def _clip(text: str) -> str:
    plain = " ".join("".join(char for char in text if char.isprintable()).split())
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1].rstrip()}…"


def _list_names(names: tuple[str, ...]) -> str:
    return ", ".join(_clip(fold(name).title() if "\\" in name else name) for name in names[:_MOST_NAMES])


def _say_id(part: Part) -> str:
    scheme, _, value = part.facts[0].partition(":")
    return _SCHEMES.get(scheme, f"{scheme} {{name}}").format(name=_clip(value))


_SCHEMES = {
    "orcid": "ORCID {name}",
    "openalex": "OpenAlex {name}",
    "s2": "Semantic Scholar {name}",
    "dblp": "dblp {name}",
    "openreview": "OpenReview {name}",
    "arxiv": phrases.ARXIV_AUTHOR,
    "hf": phrases.HF_USER,
}


def _say_other_id(part: Part) -> str:
    return phrases.OTHER_ID.format(id_said=_say_id(part)) if part.facts else phrases.SOME_OTHER_ID


def _say_name(part: Part) -> str:
    likeness, printed = part.facts
    return _NAMES.get(likeness, phrases.PRINTED_NAME).format(name=_clip(printed))


def _say_rarity(part: Part) -> str:
    if part.figure < _RARE:
        return phrases.RARE_NAME
    return phrases.COMMON_NAME if part.figure >= _COMMON else ""


def _say_coauthors(part: Part) -> str:
    count = len(part.facts)
    said = phrases.SHARED_COAUTHORS[count > 1].format(count=count, names=_list_names(part.facts))
    return said if count else ""


def _say_circle(part: Part) -> str:
    return phrases.SAME_CIRCLE.format(names=_list_names(part.facts)) if part.weight > _TOLD else ""


def _say_topic(part: Part) -> str:
    if part.figure >= _CLOSE_TOPIC:
        return phrases.SIMILAR_TOPIC
    return phrases.OTHER_TOPIC if part.figure <= _FAR_TOPIC else ""


def _say_fields(part: Part) -> str:
    if not part.facts:
        return phrases.NEAR_FIELD
    return (phrases.SAME_FIELD if part.figure > 0 else phrases.OTHER_FIELD).format(field=_clip(part.facts[0]))


def _say_place(part: Part) -> str:
    return phrases.SAME_PLACE if part.figure >= _SAME_PLACE else phrases.OTHER_PLACE


def _say_time(part: Part) -> str:
    years = round(part.figure)
    text = phrases.YEARS_AFTER if part.facts[0] == "after" else phrases.YEARS_BEFORE
    return text.format(years=years) if years > 1 else ""


def _say_domain(part: Part) -> str:
    return phrases.SAME_DOMAIN.format(domain=_clip(part.facts[0]))


def _say_start(part: Part) -> str:
    return phrases.NO_PAPER if not part.figure else ""


_SAYINGS: Final[dict[PartKind, Callable[[Part], str]]] = {
    PartKind.ID: _say_id,
    PartKind.OTHER_ID: _say_other_id,
    PartKind.START: _say_start,
    PartKind.NAME: _say_name,
    PartKind.RARITY: _say_rarity,
    PartKind.COAUTHORS: _say_coauthors,
    PartKind.NO_COAUTHOR: lambda _: phrases.NO_COAUTHOR,
    PartKind.CIRCLE: _say_circle,
    PartKind.TOPIC: _say_topic,
    PartKind.FIELDS: _say_fields,
    PartKind.PLACE: _say_place,
    PartKind.NO_PLACE: lambda _: phrases.NO_PLACE,
    PartKind.DOMAIN: _say_domain,
    PartKind.INSTITUTION: lambda _: phrases.SAME_INSTITUTION,
    PartKind.TIME: _say_time,
    PartKind.REJECTED: lambda _: phrases.REJECTED,
}
