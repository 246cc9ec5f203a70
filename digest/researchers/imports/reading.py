"""What kind of list it is, and whom it names. Pure."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from digest.errors import InvalidList
from digest.researchers.decoding import decode
from digest.researchers.imports.bibtex import is_bibtex, read_bibtex
from digest.researchers.imports.gathering import gather
from digest.researchers.imports.lines import TOO_LONG, read_lines
from digest.researchers.imports.opml import is_opml, read_opml
from digest.researchers.imports.printed import SENTENCE
from digest.researchers.imports.tables import is_table, read_table
from digest.researchers.imports.webpages import is_web_page, read_web_page
from digest.researchers.imports.wishes import Fault, PeopleList, PersonWish, make_fault
from digest.researchers.imports.works import Work, limit_works, list_people
from digest.researchers.imports.zotero import is_library, read_library
from digest.researchers.pages import is_page

MAX_BYTES: Final = 5_000_000
MAX_LINES: Final = 20_000  # of a list by lines; a library has many lines for each work
MAX_PEOPLE: Final = 5_000
MAX_WORKS: Final = 20_000
LEAST: Final = 2
_FEW_SENTENCES: Final = 5
_WORDS_OF_A_LINE: Final = 9

_Found = Iterable[PersonWish | Fault]


def read_list(data: bytes, name: str = "", *, least: int = LEAST) -> PeopleList:
    """Read a list of people to follow, whatever its format; `name`, of the file, helps where the content leaves doubt.

    A line that cannot be used is a fault; the others are used. Of a library of references, those count as people to
    follow who wrote at least `least` of them. Raises InvalidList for what is no list of people at all.
    """
    text = _decode(data)
    if is_opml(text):
        return _finish("the feeds of a reader (OPML)", read_opml(text))
    if is_web_page(text):
        return _finish("a web page of alerts", _read_page(text))
    if text.lstrip()[:1] in {"[", "{"} and _is_json(text):
        if not is_library(text):
            raise InvalidList("it is JSON, but neither a library of Zotero nor a list of references in CSL.")
        return _finish_library("a library of Zotero or CSL", read_library, text, least)
    if text.lstrip().startswith("<"):
        raise InvalidList("it is a document of some markup, but no list of feeds (OPML) and no page of alerts.")
    if is_bibtex(text) or (name.lower().endswith(".bib") and "@" in text):
        return _finish_library("a BibTeX library", read_bibtex, text, least)
    return _read_by_lines(text)


def _read_by_lines(text: str) -> PeopleList:
    if is_page(text):
        raise InvalidList("it is the captured page of a researcher; read it as such a page.")
    lines, more = _limit_lines(text)
    if is_table(lines):
        return _finish("a table", (*read_table(lines), *more))
    return _finish("a list by lines", (*_refuse_prose(list(read_lines(lines))), *more))


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise InvalidList(f"it has more than {MAX_BYTES:,} bytes; split it.")
    text = decode(data)
    if text is None:
        raise InvalidList("it is not a text; save it as plain text, CSV, BibTeX, OPML or JSON.")
    if not text.strip():
        raise InvalidList("it is empty; put one person on each line.")
    return text


def _is_json(text: str) -> bool:
    """Whether a text that begins with a bracket is JSON, and not a list of links in Markdown."""
    start = text.lstrip()[1:400].lstrip()
    return start[:1] in {"{", '"', "[", "]", "}"} or start[:1].isdigit()


def _read_page(text: str) -> _Found:
    found = read_web_page(text)
    if found is None:
        raise InvalidList("it is a web page, but not one of alerts at Google Scholar or Semantic Scholar.")
    return found


def _refuse_prose(found: list[PersonWish | Fault]) -> list[PersonWish | Fault]:
    """Refuse what is mostly sentences: the short lines of a text (“Quick read”) would pass for names."""
    faults = [each for each in found if isinstance(each, Fault)]
    sentences = sum(each.why in {SENTENCE, TOO_LONG} or len(each.text.split()) > _WORDS_OF_A_LINE for each in faults)
    is_mostly = sentences * 2 > len(found) or len(found) - len(faults) < len(faults) / 5
    if sentences >= _FEW_SENTENCES and is_mostly:
        raise InvalidList("it reads like a text, and not like a list with a person on each line.")
    return found


def _limit_lines(text: str) -> tuple[str, tuple[Fault, ...]]:
    """Give the lines that are read, and a fault for the rest."""
    lines = text.split("\n", MAX_LINES)
    if len(lines) <= MAX_LINES or not lines[-1].strip():
        return text, ()
    fault = make_fault(
        MAX_LINES + 1, lines[-1], f"The list has more than {MAX_LINES:,} lines; those from here on were left out."
    )
    return "\n".join(lines[:-1]), (fault,)


def _finish_library(form: str, read: Callable[[str], Iterable[Work | Fault]], text: str, least: int) -> PeopleList:
    found = list(islice(read(text), MAX_WORKS + 1))
    listed = [each for each in found[:MAX_WORKS] if isinstance(each, Work)]
    faults = [each for each in found[:MAX_WORKS] if isinstance(each, Fault)]
    works = tuple(limit_works(listed))
    if len(works) < len(listed) or len(found) > MAX_WORKS:
        last = works[-1].place if works else max((fault.line for fault in faults), default=0)
        faults.append(make_fault(last, "", "The library is larger than is read; what stands behind this was left out."))
    people = tuple(list_people(works, least))
    faults += _explain_works(works, least, has_people=bool(people))
    return _finish(form, (*people, *faults))


def _explain_works(works: tuple[Work, ...], least: int, *, has_people: bool) -> Iterator[Fault]:
    """Say which works brought nobody, the first for all of them, and when all together did not."""
    nameless = [work for work in works if not work.creators]
    if nameless:
        count = "This work names" if len(nameless) == 1 else f"{len(nameless):,} works, this one first, name"
        yield make_fault(nameless[0].place, nameless[0].title, f"{count} no author.")
    if works and not has_people and len(nameless) < len(works):
        yield make_fault(
            works[0].place, works[0].title, f"No person wrote {least} or more of these {len(works):,} works."
        )


def _finish(form: str, found: _Found) -> PeopleList:
    """Join what is the same person, bound the list, and refuse one that names nobody and has no faults to show."""
    listed = list(found)
    wishes = gather(each for each in listed if isinstance(each, PersonWish))
    faults = [each for each in listed if isinstance(each, Fault)]
    if not wishes and not faults:
        raise InvalidList("it names nobody.")
    if len(wishes) > MAX_PEOPLE:
        first = wishes[MAX_PEOPLE]
        why = f"The list names more than {MAX_PEOPLE:,} people; those from here on were left out."
        faults.append(make_fault(first.place, first.shown, why))
    return PeopleList(form=form, wishes=wishes[:MAX_PEOPLE], faults=tuple(sorted(faults, key=lambda fault: fault.line)))
