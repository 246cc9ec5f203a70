"""What dblp says about publications: a person's page as XML, and answers of its search as JSON. Pure.

https://dblp.org/faq/How+to+use+the+dblp+search+API.html and https://dblp.org/xml/docu/dblpxml.pdf.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from xml.etree import ElementTree as ET

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.orcid_ids import read_orcid
from digest.identifiers.web_links import LONGEST_ID, read_link
from digest.identifiers.works import read_doi, read_identifier
from digest.intake import MAX_AUTHORS, MAX_NAME, admit, clean_text, clean_url
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.sources.formats.dates import Span, make_span
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.markup import Layout, read_document
from digest.sources.formats.record import Record, read_json
from digest.sources.formats.work_links import page_of, pdf_of
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "dblp"

PERSON: Final = Layout("a page of dblp", frozenset({"dblpperson", "dblp"}), frozenset({"r"}))
# Home pages, whole volumes and data sets are records too, but no papers.
PAPERS: Final = frozenset({"article", "inproceedings", "incollection", "book", "phdthesis", "mastersthesis"})
NO_PAPERS: Final = frozenset({"Editorship", "Data and Artifacts"})

_ARXIV_KEY = re.compile(r"journals/corr/abs-(?P<month>\d{4})-(?P<number>\d{4,5})", re.ASCII)
_OLD_ARXIV_KEY = re.compile(r"journals/corr/abs-(?P<archive>[a-z-]+)-(?P<serial>\d{7})", re.ASCII)
_ARXIV_VOLUME = re.compile(r"abs/(?P<id>\S{4,40})", re.ASCII)
_KEY = re.compile(r"[\w./+:-]{3,200}", re.ASCII)
_PID = re.compile(r"[\w./=+:-]{1,80}", re.ASCII)
# “Jim Gray 0001” is the first of several people of that name.
_HOMONYM = re.compile(r"\s+\d{4}$")
_NAMESAKES: Final = "disambiguation"
_WITHDRAWN: Final = "withdrawn"
_WORKS: Final = frozenset({IdScheme.DOI, IdScheme.ARXIV, IdScheme.OPENREVIEW})
_MOST_LINKS: Final = 20
FIRST_ARXIV_MONTH: Final = "9107"  # July 1991


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """A publication, as either format has it."""

    key: str
    title: str
    authors: tuple[Author, ...]
    year: str
    links: tuple[str, ...]
    venue: str
    volume: str
    number: str
    pages: str
    is_withdrawn: bool = False


def parse_records(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer: a person's page, or one of a search, which names nobody. Raises SourceChanged."""
    if not body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return join_capture(parse_search(body, source), source)
    pid, page, flaw = parse_person(body, source)
    parsed = join_capture(page, f"{NAME}:{pid}" if pid else source)
    return replace(parsed, is_truncated=bool(flaw), warnings=(*parsed.warnings, *filter(None, (flaw,))))


def parse_person(body: bytes, source: str = NAME) -> tuple[str, Page, str]:
    """Read the page of a person: its id, the publications, and what is missing of them. Raises SourceChanged."""
    document = read_document(body, source, PERSON)
    root = ET.fromstring(document.body)  # noqa: S314 -- markup.py has let it through: no document type, no entities
    pid = root.get("pid", "")
    if any(_NAMESAKES in person.get("publtype", "") for person in root.findall("person")):
        raise SourceChanged(source, "dblp has put several people of one name under this id; follow one of them instead")
    records = [record for holder in root.findall("r") for record in holder] or list(root)
    wanted = [record for record in records if record.tag in PAPERS and record.find("author") is not None]
    works = [work for record in wanted if (work := _make_work(_read_element(record)))]
    if wanted and not works:
        raise SourceChanged(source, f"None of the {len(wanted)} publications can be read")
    # Every person has records that are no papers; a word about them each day would be noise.
    page = Page(works=tuple(works), entries=len(wanted), skipped=len(wanted) - len(works))
    return (pid if _PID.fullmatch(pid) else ""), page, document.flaw


def parse_search(body: bytes, source: str = NAME) -> Page:
    """Read an answer of the publication search. Raises SourceChanged."""
    hits = Record(read_json(body, source)).record("result").record("hits")
    entries = hits.entries("hit")
    if entries is None:
        if hits.text("@total") != "0":
            raise SourceChanged(source, "The answer is JSON, but no answer of dblp's search")
        entries = []
    return read_works([entry.record("info") for entry in entries], _read_hit, _is_paper, source)


def _is_paper(info: Record) -> bool:
    return info.text("type", 100) not in NO_PAPERS


def _read_hit(info: Record) -> Work | None:
    """Read a hit. One author comes as an object or a string, several as a list; entities are escaped once more."""
    return _make_work(
        _Record(
            key=info.text("key", 300),
            title=html.unescape(info.text("title")),
            authors=_read_hit_authors(info.record("authors").raw("author")),
            year=info.text("year", 10),
            links=tuple(filter(None, (_as_doi(info.text("doi", 300)), *_texts(info, "ee")))),
            venue=html.unescape(next(iter(_texts(info, "venue")), "")),
            volume=info.text("volume", 50),
            number=info.text("number", 50),
            pages=info.text("pages", 50),
            is_withdrawn=_WITHDRAWN in info.text("type", 100).lower(),
        )
    )


def _read_element(record: ET.Element) -> _Record:
    text = {name: _text_of(record.find(name)) for name in ("title", "year", "volume", "number", "pages")}
    authors = (
        make_author(_text_of(author), author.get("pid", ""), author.get("orcid", ""))
        for author in record.findall("author")[:MAX_AUTHORS]
    )
    return _Record(
        key=record.get("key", ""),
        title=text["title"],
        authors=tuple(author for author in authors if author.name),
        year=text["year"],
        links=tuple(_text_of(link) for link in record.findall("ee")[:_MOST_LINKS]),
        venue=_text_of(record.find("journal")) or _text_of(record.find("booktitle")),
        volume=text["volume"],
        number=text["number"],
        pages=text["pages"],
        is_withdrawn=_WITHDRAWN in record.get("publtype", ""),
    )


def _make_work(record: _Record) -> Work | None:
    title = _strip_stop(strip_html(record.title))
    if not _KEY.fullmatch(record.key) or not title:
        return None
    arxiv = _read_arxiv(record)
    ids = tuple(
        dict.fromkeys((ExternalId(IdScheme.DBLP, record.key), *filter(None, (arxiv,)), *_read_links(record.links)))
    )
    year = make_span(record.year)
    paper = Paper(
        ids=ids,
        title=title,
        authors=record.authors,
        abstract_url=page_of(ids) or next(filter(None, map(clean_url, record.links)), None) or record_url(record.key),
        pdf_url=pdf_of(ids),
        journal_ref=_compose_journal_ref(record, year, arxiv),
        is_withdrawn=record.is_withdrawn,
    )
    return Work(admit(paper), _month_of(arxiv) or year)


def read_name(text: str) -> str:
    """Give a name without the number that tells homonyms apart."""
    return _HOMONYM.sub("", clean_text(text, MAX_NAME))


def record_url(key: str) -> str:
    """Give dblp's own page of a record."""
    return f"https://dblp.org/rec/{key}"


def _read_arxiv(record: _Record) -> ExternalId | None:
    """Tell the arXiv id of a record of CoRR by its key or its volume: `journals/corr/abs-2601-10338`."""
    if found := _ARXIV_KEY.fullmatch(record.key):
        spelling = f"{found['month']}.{found['number']}"
    elif found := _OLD_ARXIV_KEY.fullmatch(record.key):
        spelling = f"{found['archive']}/{found['serial']}"
    elif record.key.startswith("journals/corr/") and (found := _ARXIV_VOLUME.fullmatch(record.volume)):
        spelling = found["id"]
    else:
        return None
    arxiv = find_arxiv_id(spelling)
    return arxiv.external if arxiv else None


def _read_links(links: Iterable[str]) -> list[ExternalId]:
    """Tell which works the links of a record lead to: they are its own electronic editions."""
    read = (read_doi(link) or read_identifier(link) or read_link(link) for link in links if len(link) <= LONGEST_ID)
    return [known for known in read if known and known.scheme in _WORKS]


def _compose_journal_ref(record: _Record, year: Span | None, arxiv: ExternalId | None) -> str | None:
    if arxiv or record.venue == "CoRR":
        return None
    return compose_journal_ref(
        record.venue,
        volume=record.volume,
        issue=record.number,
        pages=record.pages,
        year=year.first.year if year else None,
    )


def _month_of(arxiv: ExternalId | None) -> Span | None:
    """Tell the month by the arXiv id. The record says only the year, and its `mdate` when it was last edited."""
    digits = arxiv.value.rpartition("/")[2][:4] if arxiv else ""
    if not digits:
        return None
    return make_span(f"{'19' if digits >= FIRST_ARXIV_MONTH else '20'}{digits[:2]}", int(digits[2:]))


def _read_hit_authors(value: object) -> tuple[Author, ...]:
    listed = value if isinstance(value, list) else [value]
    authors = map(_read_hit_author, listed[:MAX_AUTHORS])
    return tuple(author for author in authors if author.name)


def _read_hit_author(entry: object) -> Author:
    author = Record({"text": entry} if isinstance(entry, str) else entry)
    return make_author(html.unescape(author.text("text", MAX_NAME)), author.text("@pid", MAX_NAME))


def make_author(name: str, pid: str = "", orcid: str = "") -> Author:
    """Give an author without the number that tells homonyms apart; the pid does that."""
    person = read_person_id(PersonScheme.DBLP, pid)
    return Author(read_name(name), orcid=read_orcid(orcid), ids=(person,) if person else ())


def _texts(info: Record, key: str) -> tuple[str, ...]:
    """Give a field that is a string or a list of them."""
    return info.texts(key) or tuple(filter(None, (info.text(key),)))


def _as_doi(text: str) -> str:
    return f"https://doi.org/{text}" if text.startswith("10.") else ""


def _text_of(element: ET.Element | None) -> str:
    """Give the text of an element with that of the <i> and <sub> in it."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _strip_stop(title: str) -> str:
    return title if title.endswith("..") else title.removesuffix(".").rstrip()
