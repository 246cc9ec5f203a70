"""Papers as a BibTeX file that LaTeX reads without an error, whatever the papers hold. Pure.

Text is plain Unicode (UTF-8), as biber and today's BibTeX read it. What means something to TeX is escaped, so a title
cannot run a command; titles stand in double braces, so that no style changes their capitals. Ids and addresses are for
verbatim fields and stay as they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from anyascii import anyascii

from digest.model import Author, IdScheme, Paper
from digest.rendering.links import find_page
from digest.rendering.tex import to_unicode
from digest.rendering.text import shorten
from digest.researchers.names import parse_name

LONGEST_FIELD: Final = 2_000  # characters
MOST_AUTHORS: Final = 500  # the rest are “and others”, which BibTeX understands
_ESCAPES: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts the braces of \{ too
        "}": r"\textbraceright{}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")
_NOT_IN_ID: Final = re.compile(r"[^\w./:()+;<>-]")
_SMALL_WORDS: Final = frozenset({"a", "an", "the", "on", "of", "in", "for", "to", "and", "towards", "toward", "with"})


def write_bibtex(papers: Iterable[Paper]) -> str:
    """Write an entry for each paper, in their order; keys are those of scholars (`wei2026sparse`), each only once."""
    used: Counter[str] = Counter()
    return "\n".join(_write_entry(paper, _choose_key(paper, used)) for paper in papers)


def escape(text: str) -> str:
    """Give text as TeX shows it literally."""
    return shorten(to_unicode(text[: LONGEST_FIELD * 2]), LONGEST_FIELD).translate(_ESCAPES)


def _write_entry(paper: Paper, key: str) -> str:
    kind = "article" if paper.journal_ref else "misc"
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in _list_fields(paper) if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


def _list_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{escape(paper.title) or '(untitled)'}}}"
    yield "author", _join_authors(paper.authors)
    yield "year", _year(paper)
    yield "journal", escape(paper.journal_ref or "")
    yield "doi", _plain(paper.id_of(IdScheme.DOI))
    arxiv = _plain(paper.id_of(IdScheme.ARXIV))
    if arxiv:
        yield "eprint", arxiv
        yield "archiveprefix", "arXiv"
        yield "primaryclass", _plain(paper.primary_category)
    yield "url", _write_url(find_page(paper) or "")
    yield "note", "Withdrawn" if paper.is_withdrawn else ""


def _write_url(url: str) -> str:
    """Give an address, which is plain ASCII already, without braces that would end the field."""
    return url.replace("{", "%7B").replace("}", "%7D")


def _join_authors(authors: tuple[Author, ...]) -> str:
    names = [_write_name(author.name) for author in authors[:MOST_AUTHORS]]
    others = ["others"] if len(authors) > MOST_AUTHORS else []
    return " and ".join([*filter(None, names), *others])


def _write_name(printed: str) -> str:
    """Give a name as printed; in braces where a comma, an “and” or a group would be read as several."""
    name = escape(printed)
    is_plain = parse_name(printed) is not None and "," not in name and " and " not in f" {name.lower()} "
    return name if is_plain else f"{{{name}}}" if name else ""


def _year(paper: Paper) -> str:
    """Give the year it was submitted, or that of its arXiv number (`2611.00001`)."""
    if paper.submitted_at is not None:
        return str(paper.submitted_at.year)
    modern = re.fullmatch(r"(\d\d)(?:0[1-9]|1[0-2])\.\d{4,5}", paper.id_of(IdScheme.ARXIV) or "")
    return f"20{modern.group(1)}" if modern else ""


def _plain(value: str | None) -> str:
    """Give an id without what no id has and TeX would stumble over."""
    return _NOT_IN_ID.sub("", value or "")[:200]


def _choose_key(paper: Paper, used: Counter[str]) -> str:
    family = _family(paper.authors[0].name) if paper.authors else "anonymous"
    words = [_NOT_IN_KEY.sub("", word) for word in anyascii(to_unicode(paper.title[:400])).lower().split()]
    first = next((word for word in words if word and word not in _SMALL_WORDS), "untitled")
    key = f"{family}{_year(paper)}{first}"[:60]
    used[key] += 1
    return key if used[key] == 1 else f"{key}-{used[key]}"


def _family(printed: str) -> str:
    name = parse_name(printed)
    family = name.family if name is not None else printed
    return _NOT_IN_KEY.sub("", anyascii(family).lower()) or "anonymous"
