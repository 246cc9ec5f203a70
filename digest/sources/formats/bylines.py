"""Authors as publishers write them, one element each or all in one string, family name first or last. Pure.

Layouts seen (docs/sources.md): `Inoda, Toshio`, `Urquhart, A.S.`, `Brandt A`, `A. Brandt`, joined by commas,
semicolons, line feeds, “and” or `&`, in capitals, behind an e-mail address. Names with a comma are turned round, so
that a list of them can be read; any other stays as it is printed: of many (`Wei Li`) only the owner knows how.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from digest.model import Author
from digest.sources.formats.creators import SUFFIX, read_author, split_collaboration, split_names
from digest.sources.formats.html_text import strip_html

LONGEST: Final = 200_000
MOST: Final = 20_000

_AND = re.compile(r",?\s+(?:and|und|et|&)\s+|\s*;\s*(?:and|&)\s+", re.IGNORECASE)
_LEADING_AND = re.compile(r"(?:and|und|et|by|&)\s+", re.IGNORECASE)
_ET_AL = re.compile(r"[,;]?\s*\bet\s+al\b\.?\s*$|[,;]?\s*…\s*$", re.IGNORECASE)
_LABEL = re.compile(r"(?:by|authors?(?:\(s\))?)\s*:\s*|by\s+", re.IGNORECASE)
_EMAIL = re.compile(r"[(<\[]?\s*[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\s*[)>\]]?")
_NO_NAME = re.compile(
    r"[\W\d_]*|.*://.*|.*@.*|no-?reply|admin(?:istrator)?|webmaster|editor|n/?a|none|null", re.IGNORECASE
)
# What stands behind a name on a paper and points to its affiliation: `Ada Lovelace1,2*`.
_FOOTNOTES = re.compile(r"(?<=[^\W\d_])[\d*†‡§¶,]*[\d*†‡§¶]+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}|[^\W\d_]{1,2}\.(?:[\s-]?[^\W\d_]{1,2}\.){0,4}")
_GROUPS = re.compile(r"\b(?:collaborations|consortia|on behalf of|for the|group|team|committee)\b", re.IGNORECASE)
# Chinese and Japanese lists; the middle dot stands inside of a name.
_WIDE_COMMAS = str.maketrans({"，": ",", "、": ",", "；": ";"})

_PARTICLE_WORDS: Final = """
    al av af bin da das de del della den der di do dos du e el ibn la le los st ten ter van ver vom von y zu zum zur
"""
_PARTICLES: Final = frozenset(_PARTICLE_WORDS.split())
_LEAST_CAPITALS: Final = 5  # letters; `LI LU` and `JFK` may be anything
_INNER_CAPITAL = re.compile(r"^(?P<before>Mc|O['’]|D['’])(?P<letter>\w)")


def read_bylines(elements: Sequence[str]) -> tuple[Author, ...]:
    """Read all authors from the author elements of one entry, in order and each once."""
    texts = [text for element in elements[:MOST] if (text := _clean(element))]
    is_one_each = len(texts) > 1
    names = [name for text in texts for name in (_read_element(text) if is_one_each else _read_list(text))]
    return tuple(dict.fromkeys(author for name in names[:MOST] if (author := _make_author(name)).name))


def _clean(element: str) -> str:
    """Drop markup, labels, addresses and “et al.”; keep line feeds, which may divide names."""
    text = element[:LONGEST].translate(_WIDE_COMMAS)
    lines = [strip_html(line) if "<" in line or "&" in line else " ".join(line.split()) for line in text.split("\n")]
    joined = "\n".join(filter(None, lines))
    if "@" in joined:
        joined = _drop_emails(joined)
    return _ET_AL.sub("", _LABEL.sub("", joined, count=1) if _LABEL.match(joined) else joined).strip(" ,;\n")


def _drop_emails(text: str) -> str:
    """Keep the name: `nobody@example.org (Ada Lovelace)`, `Ada Lovelace <nobody@example.org>`."""
    rest = _EMAIL.sub("", text).strip()
    is_in_brackets = rest.startswith("(") and rest.endswith(")") and rest.count("(") == 1
    return rest[1:-1] if is_in_brackets else rest


def _read_element(text: str) -> Iterable[str]:
    """Read one of several elements: a person each, unless it has the commas of a list."""
    if ";" in text or text.count(",") > 1 or _AND.search(text) or "\n" in text:
        return _read_list(text)
    return (_turn_round(text),)


def _read_list(text: str) -> Iterable[str]:
    lines = [line.strip(" ,;") for line in text.split("\n")]
    if len(lines) > 1 and not any("," in line or ";" in line for line in lines):
        return _flatten(map(_split_and, lines))
    text = " ".join(text.split())
    if ";" in text:
        return _flatten(map(_read_part, re.split(r"\s*;\s*", text)) if "(" not in text else [_read_commas(text)])
    return _read_commas(text)


def _flatten(parts: Iterable[Iterable[str]]) -> list[str]:
    return [name for part in parts for name in part]


def _read_part(part: str) -> Iterable[str]:
    """Read what stands between two semicolons: a person, family name first if there is a comma."""
    return map(_turn_round, _split_and(part))


def _split_and(text: str) -> list[str]:
    text = _LEADING_AND.sub("", text, count=1) if _LEADING_AND.match(text) else text
    return [text] if _GROUPS.search(text) else [piece for piece in _AND.split(text) if piece]


def _read_commas(text: str) -> Iterable[str]:
    """Read names between commas, or pairs of family and given name between them."""
    people = _split_and(text)
    if _are_turned(people):
        return map(_turn_round, people)
    pieces = _join_suffixes(piece for person in people for piece in split_names(person))
    if _are_pairs(pieces):
        return [_turn_round(", ".join(pair)) for pair in zip(pieces[::2], pieces[1::2], strict=True)]
    return _flatten(split_collaboration(piece) for piece in pieces)


def _are_turned(people: Sequence[str]) -> bool:
    """Whether between the “and”s stand single names: `Kukla, D. and Wood, D.`, `Kukla, D. and David Wood`."""
    turned = [_is_turned(*_join_suffixes(split_names(person))) for person in people]
    return all(turned) or (turned[0] and not any("," in person for person in people[1:]))


def _join_suffixes(pieces: Iterable[str]) -> list[str]:
    """Put `Jr.` back to its name."""
    joined: list[str] = []
    for piece in filter(None, pieces):
        if joined and SUFFIX.fullmatch(piece):
            joined[-1] = f"{joined[-1]}, {piece}"
        else:
            joined.append(piece)
    return joined


def _are_pairs(pieces: Sequence[str]) -> bool:
    """Whether family and given names stand in turn: `Kukla, D., Crampton, A.` or `Inoda, Toshio, Wei, Furu`."""
    families, given = pieces[::2], pieces[1::2]
    if len(families) != len(given) or any(_is_initials(each) or "(" in each for each in families):
        return False
    return all(map(_is_initials, given)) or all(len(_family_words(family)) <= 1 for family in families)


def _is_turned(family: str = "", given: str = "", *more: str) -> bool:
    """Whether two pieces are one name, the family name first, rather than two names."""
    if more or not given or "(" in family or _is_initials(family):
        return False
    return len(_family_words(family)) <= 1 or len(given.split()) == 1 or _is_initials(given)


def _family_words(family: str) -> list[str]:
    return [word for word in family.partition(",")[0].split() if word.lower() not in _PARTICLES]


def _is_initials(text: str) -> bool:
    return bool(_INITIALS.fullmatch(text.strip())) and (text.isupper() or "." in text)


def _turn_round(text: str) -> str:
    """Give `Toshio Inoda` for `Inoda, Toshio`, and `Ann Kim, Jr.` for `Kim, Jr., Ann` and `Kim, Ann, Jr.`."""
    family, *rest = (part.strip() for part in split_names(text))
    suffixes = [part for part in rest if SUFFIX.fullmatch(part)]
    given = " ".join(part for part in rest if part and not SUFFIX.fullmatch(part))
    name = f"{given} {family}".strip()
    return f"{name}, {suffixes[0]}" if suffixes else name


def _make_author(name: str) -> Author:
    author = read_author(_FOOTNOTES.sub("", name.strip(" ,;:")))
    printed = author.name.strip(" ,;:*")
    is_name = not _NO_NAME.fullmatch(printed)
    return Author(name=_soften(printed) if is_name else "", affiliations=author.affiliations)


def _soften(name: str) -> str:
    """Write a name in capitals as names are written: `LI-WEI VAN DER BERG` as `Li-Wei van der Berg`."""
    letters = sum(char.isalpha() for char in name)
    if not name.isupper() or letters < _LEAST_CAPITALS or _GROUPS.search(name) or "COLLABORATION" in name:
        return name
    words = name.split()
    return " ".join(_soften_words(words))


def _soften_words(words: list[str]) -> Iterator[str]:
    for place, word in enumerate(words):
        is_particle = 0 < place < len(words) - 1 and word.lower() in _PARTICLES and len(word) > 1
        if is_particle:
            yield word.lower()
        elif "." in word or len(word) == 1:
            yield word if len(word) <= 2 or word.count(".") > 1 else _capitalise(word)  # noqa: PLR2004 -- `J.`
        else:
            yield _capitalise(word)


def _capitalise(word: str) -> str:
    """Capitalise each part between hyphens, and the letter after Mc and O'; `III` stays."""
    if SUFFIX.fullmatch(word) and word.startswith("I"):
        return word
    parts = (part[:1] + part[1:].lower() for part in word.split("-"))
    return "-".join(_INNER_CAPITAL.sub(lambda found: found["before"] + found["letter"].upper(), part) for part in parts)
