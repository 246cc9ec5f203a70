"""When two records are one work: what their ids, titles and first authors say, and in which words. Pure.

A wrong merge is worse than a missed one. An id that both share links them, but authors and services state wrong ids, so
titles or first authors must bear it out; and some pairs of ids mean two works whatever else agrees.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from rapidfuzz import fuzz

from digest.model import Author, ExternalId, IdScheme, Paper

# Whether two printed names may be of one person. How names are read is not this module's to know.
NameCheck = Callable[[str, str], bool]

# Shorter titles (“Introduction”, “Reply to comments”) are shared by different works of one author.
MIN_KEY: Final = 16
MIN_WORDS: Final = 3
LONG_KEY: Final = 30  # counts as several words where a script writes none apart
MAX_KEY: Final = 500
# A preprint is published within this time; the same title after more is more likely a second work.
MAX_AGE_GAP: Final = timedelta(days=4 * 365)

ALIKE: Final = 92  # per cent of the letters, for titles whose spelling differs
WITHIN: Final = 95  # per cent, for a title that lost or gained a subtitle
WITHIN_WORDS: Final = 4
MOST_WORDS: Final = 0.6
COMPARED_AUTHORS: Final = 10

# One prefix each for servers that give every preprint one DOI, whatever its version: arXiv, bioRxiv and medRxiv (the
# second since December 2025), OSF, Research Square, SSRN, ChemRxiv, Preprints.org, TechRxiv, Authorea.
_PREPRINT_PREFIXES: Final = (
    *("10.48550/", "10.1101/", "10.64898/", "10.31234/", "10.31219/", "10.21203/", "10.2139/"),
    *("10.26434/", "10.20944/", "10.36227/", "10.22541/"),
)
_SCHEME_NAMES: Final = {
    IdScheme.ARXIV: "arXiv id",
    IdScheme.DOI: "DOI",
    IdScheme.HF: "Hugging Face id",
    IdScheme.OPENALEX: "OpenAlex id",
    IdScheme.S2: "Semantic Scholar id",
    IdScheme.OPENREVIEW: "OpenReview id",
    IdScheme.DBLP: "DBLP id",
    IdScheme.PMID: "PubMed id",
    IdScheme.URL: "address",
}
# These services now and then keep two records of one work, as a rule the preprint and what was published of it.
_RECORD_KEEPERS: Final = frozenset({IdScheme.OPENALEX, IdScheme.S2, IdScheme.DBLP, IdScheme.PMID})

_TAG = re.compile(r"</?[A-Za-z][A-Za-z:]{0,20}>")
_ACCENT = re.compile(r"\\(?:[\"'`^~=.]|[cvHkdburt](?=[\s{]))\s*")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_LAYOUT = re.compile(
    r"(?:text|math|emph|bf|it|rm|sc|tt|sf|em|mbox|hbox|left|right|quad|qquad|,|operatorname)[a-z]*|big+"
)
_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d+")
_GREEK_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi
    chi psi omega
"""
_GREEK = dict(enumerate(_GREEK_NAMES.split(), ord("α")))
_SYMBOLS: Final[dict[int, str | None]] = {
    **{code - 32: name for code, name in _GREEK.items()},  # the capitals
    **_GREEK,
    **dict.fromkeys(map(ord, "{}$^_'’"), None),
    ord("µ"): "mu",
    ord("+"): " plus ",
    ord("#"): " sharp ",
    ord("&"): " and ",
}
_ROMAN_NUMBERS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv"
_ROMAN = {name: str(value) for value, name in enumerate(_ROMAN_NUMBERS.split(), 1)}
_LONE_LETTERS = frozenset("ivx")  # numbers only where a number is due: `what I learned`, `X-rays`
_PART_WORDS = "part parts volume vol chapter paper lecture episode phase book section no number issue act"
_PARTS = frozenset(_PART_WORDS.split())
# Works about another work, which carry its title. `retracted` is not here: that is the work itself.
_ABOUT_WORDS = """
    reply response rejoinder rebuttal comment comments discussion erratum errata corrigendum corrigenda correction
    corrections addendum retraction supplement supplementary supplemental appendix editorial preface review
"""
_ABOUT = frozenset(_ABOUT_WORDS.split())
_GENERIC = re.compile(
    r"(?:introduction to (?:the|this) (?:special|focus|theme)|special issue|guest editor|editorial|book review|"
    r"table of contents|front matter|back matter|list of (?:reviewers|contributors|participants)|in memoriam|obituary|"
    r"acknowledge?ments? (?:of|to) |preface|foreword|call for papers|conference announcement|proceedings of|"
    r"(?:author|publisher) correction|supplementary (?:material|information)|this (?:week|month)|weekly |monthly )"
)


@dataclass(frozen=True, slots=True)
class Title:
    """A title as it is compared: words in small Latin letters, the numbers in it, and what it says it is about.

    `is_telling` is false for one that many works have.
    """

    words: tuple[str, ...]
    key: str
    numbers: tuple[str, ...]
    about: frozenset[str]
    is_telling: bool


@lru_cache(maxsize=20_000)
def read_title(text: str) -> Title:
    """Read a title, whatever its TeX, accents, case and punctuation."""
    words = tuple(_WORD.findall(_fold(text)))
    key = "".join(words)
    is_long = len(key) >= MIN_KEY and (len(words) >= MIN_WORDS or len(key) >= LONG_KEY)
    is_telling = is_long and _GENERIC.match(" ".join(words[:6])) is None
    return Title(words, key, tuple(sorted(_list_numbers(words))), _ABOUT.intersection(words), is_telling)


def merge_key(paper: Paper) -> str | None:
    """Give the key under which a paper is found again that shares no id, or None if its title says too little."""
    title = read_title(paper.title)
    return title.key[:MAX_KEY] if title.is_telling and paper.authors else None


def name_id(known: ExternalId) -> str:
    """Name an id in words: `DOI 10.1000/x`."""
    return f"{_SCHEME_NAMES[known.scheme]} {known.value}"


def is_preprint_doi(known: ExternalId) -> bool:
    """Whether the id is a DOI that a preprint server gave."""
    return known.scheme is IdScheme.DOI and known.value.startswith(_PREPRINT_PREFIXES)


def is_published_doi(known: ExternalId) -> bool:
    """Whether the id is a DOI of something published: a journal, proceedings, a book."""
    return known.scheme is IdScheme.DOI and not known.value.startswith(_PREPRINT_PREFIXES)


def find_contradiction(stored: Iterable[ExternalId], seen: Iterable[ExternalId]) -> str:
    """Say which ids make two records two works although others link them; empty if none do.

    An archive gives a work one id. Of services two ids may be one work, and of DOIs a preprint's and the published one.
    """
    known, other = _group(stored), _group(seen)
    for group in ("arxiv", "hf", "preprint doi"):
        if known[group] and other[group] and known[group].isdisjoint(other[group]):
            return f"{name_id(min(known[group]))} is not {name_id(min(other[group]))}"
    return ""


def find_agreement(one: Paper, other: Paper, is_same_person: NameCheck) -> str:
    """Say in which words title and first author of two linked records agree; empty if they do not.

    Numbers in a title, and a `Reply to` or `Erratum`, must be the same in both.
    """
    mine, theirs = read_title(one.title), read_title(other.title)
    if not mine.key or mine.numbers != theirs.numbers or mine.about != theirs.about:
        return ""
    if mine.key == theirs.key:
        return "same title"
    if not _is_same_first_author(one, other, is_same_person):
        return ""
    return _find_likeness(mine, theirs)


def find_twin_evidence(stored: Paper, seen: Paper, is_same_person: NameCheck) -> str:
    """Say what makes two records that share no id one work; empty if that is not enough.

    Title and first author must be the same, the ids must not speak against it, and the dates must be near. A first
    author who is printed differently counts if a second author bears it out.
    """
    if merge_key(stored) is None or merge_key(stored) != merge_key(seen) or _are_apart(stored, seen):
        return ""
    first, printed = stored.authors[0].name, seen.authors[0].name
    if name_key(first) == name_key(printed):
        return "same title and first author; no id in common"
    if is_same_person(first, printed) and _shares_coauthor(stored.authors, seen.authors, is_same_person):
        return f"same title, first author printed as {first} and {printed}; no id in common"
    return ""


def name_key(name: str) -> str:
    """Give the letters of a name, whatever the order of its parts."""
    return " ".join(sorted(_WORD.findall((name if name.isascii() else anyascii(name)).lower())))


def _find_likeness(mine: Title, theirs: Title) -> str:
    if fuzz.ratio(mine.key, theirs.key) >= ALIKE:
        return "same first author, titles that differ in spelling only"
    shorter = min(len(mine.words), len(theirs.words))
    if shorter >= WITHIN_WORDS and fuzz.token_set_ratio(" ".join(mine.words), " ".join(theirs.words)) >= WITHIN:
        return "same first author, one title within the other"
    common = len(set(mine.words) & set(theirs.words))
    if 2 * common >= MOST_WORDS * (len(set(mine.words)) + len(set(theirs.words))):
        return "same first author, titles that share most words"
    return ""


def _is_same_first_author(one: Paper, other: Paper, is_same_person: NameCheck) -> bool:
    if not one.authors or not other.authors:
        return False
    first, second = one.authors[0].name, other.authors[0].name
    return name_key(first) == name_key(second) or is_same_person(first, second)


def _shares_coauthor(one: tuple[Author, ...], other: tuple[Author, ...], is_same_person: NameCheck) -> bool:
    """Whether a later author is on both, as far as there are any."""
    mine, theirs = one[1:COMPARED_AUTHORS], other[1:COMPARED_AUTHORS]
    if not mine or not theirs:
        return not mine and not theirs
    return any(is_same_person(first.name, second.name) for first in mine for second in theirs)


def _are_apart(one: Paper, other: Paper) -> bool:
    """Whether numbers (`1 2` and `12`), dates or ids say that equal titles are of two works."""
    if read_title(one.title).numbers != read_title(other.title).numbers:
        return True
    if one.submitted_at and other.submitted_at and abs(one.submitted_at - other.submitted_at) > MAX_AGE_GAP:
        return True
    return _are_ids_apart(one.ids, other.ids)


def _are_ids_apart(stored: Iterable[ExternalId], seen: Iterable[ExternalId]) -> bool:
    """Whether a scheme knows the two by different ids, so that a title alone cannot make them one."""
    known, other = _group(stored), _group(seen)
    clashes = {group for group in known.keys() & other.keys() if known[group].isdisjoint(other[group])}
    is_preprint_and_published = _is_preprint(known) is not _is_preprint(other) and (
        bool(known["published doi"]) is not bool(other["published doi"])
    )
    return bool(clashes - _RECORD_KEEPERS if is_preprint_and_published else clashes)


def _is_preprint(ids: Mapping[str, set[ExternalId]]) -> bool:
    return bool(ids["arxiv"] or ids["preprint doi"])


def _group(ids: Iterable[ExternalId]) -> dict[str, set[ExternalId]]:
    """Sort ids by scheme, and DOIs by who gave them."""
    groups: dict[str, set[ExternalId]] = defaultdict(set)
    for known in ids:
        doi = "preprint doi" if is_preprint_doi(known) else "published doi"
        groups[doi if known.scheme is IdScheme.DOI else known.scheme.value].add(known)
    return groups


def _fold(text: str) -> str:
    r"""Give small Latin letters; `\emph` is layout, `\alpha` and α are the word alpha."""
    if "\\" in text:
        text = _COMMAND.sub(_name_command, _ACCENT.sub("", text))
    if "<" in text:
        text = _TAG.sub("", text)
    text = text.translate(_SYMBOLS)
    return (text if text.isascii() else anyascii(text)).lower()


def _name_command(found: re.Match[str]) -> str:
    return "" if _LAYOUT.fullmatch(found[1]) else found[1].removeprefix("var")


def _list_numbers(words: tuple[str, ...]) -> Iterable[str]:
    """Give the numbers, Roman ones too: `Part II` and `part 2` are the same, `Part I` is another."""
    for place, word in enumerate(words):
        if len(word) > 1 and word not in _ROMAN and word.isalpha():
            continue
        yield from _NUMBER.findall(word)
        is_due = place > 0 and (words[place - 1] in _PARTS or place == len(words) - 1)
        if word in _ROMAN and (word not in _LONE_LETTERS or is_due):
            yield _ROMAN[word]
        elif is_due and len(word) == 1 and words[place - 1] in _PARTS and word.isalpha():
            yield word
