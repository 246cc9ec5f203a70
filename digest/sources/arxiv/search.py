"""Answers of arXiv's search API: papers, but no announcements, since a search announces nothing. Pure.

https://info.arxiv.org/help/api/user-manual.html, and what it sends in 2026 (docs/sources.md).
"""

from typing import Final
from xml.etree import ElementTree as ET

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import abstract_url, find_arxiv_id, pdf_url
from digest.intake import admit
from digest.model import Author, Paper, Parsed
from digest.sources.arxiv.categories import CATEGORY
from digest.sources.arxiv.feed import NAME, make_ids
from digest.sources.arxiv.withdrawals import is_withdrawn
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.creators import parse_creators
from digest.sources.formats.dates import parse_instant
from digest.sources.formats.feed import Entry, Feed

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_API: Final = "arxiv.org/api/"
_AUTHOR_PAGE: Final = "arxiv.org/a/"  # https://info.arxiv.org/help/author_identifiers.html
_ERROR_ID: Final = "arxiv.org/api/errors"

_MOST_DIGITS: Final = 9

Authors = dict[str, tuple[Author, ...]]


def is_search_answer(feed: Feed) -> bool:
    """Whether the feed answers a search, or is the page of an author, which is written alike."""
    marks = (feed.id, *feed.links)
    return "opensearch_totalresults" in feed.extra or any(_API in link or _AUTHOR_PAGE in link for link in marks)


def parse_search(feed: Feed, source: str = NAME) -> Parsed:
    """Read the papers of one page. Raises SourceChanged for an error answer, or what is no answer at all."""
    if not is_search_answer(feed):
        raise SourceChanged(source, "The answer is a feed, but not one of arXiv's searches")
    if error := next((entry for entry in feed.entries if _ERROR_ID in entry.id), None):
        said = " ".join(error.summary.split())[:200]
        raise SourceChanged(source, f"arXiv did not understand the search: {said}")
    authors = _read_authors(feed.body)
    papers = [_read_paper(entry, authors) for entry in feed.entries]
    if papers and not any(papers):
        raise SourceChanged(source, f"None of the {len(papers)} entries can be read")
    missing = _expected(feed) - len(feed.entries)
    warnings = (
        (feed.flaw, feed.flaw),
        (
            None in papers,
            f"{papers.count(None)} of {len(papers)} entries have no arXiv id or no title and were skipped",
        ),
        (missing > 0 and not feed.flaw, f"The page has {len(feed.entries)} entries where {_expected(feed)} are due"),
    )
    return Parsed(
        papers=tuple({paper.ids[0]: paper for paper in papers if paper}.values()),
        warnings=tuple(said for is_so, said in warnings if is_so),
        source=source,
        skipped=papers.count(None),
        is_truncated=bool(feed.flaw) or missing > 0,
    )


def count_found(feed: Feed) -> int:
    """Give how many papers a search found, on all its pages together."""
    return _read_number(feed, "totalresults")


def _expected(feed: Feed) -> int:
    """Count the entries this page should have: at times arXiv answers with an empty page in the middle."""
    total, start, size = (_read_number(feed, key) for key in ("totalresults", "startindex", "itemsperpage"))
    return min(size, max(0, total - start))


def _read_number(feed: Feed, key: str) -> int:
    value = feed.extra.get(f"opensearch_{key}", "").strip()
    return int(value) if value.isdecimal() and len(value) <= _MOST_DIGITS else 0


def _read_paper(entry: Entry, authors: Authors) -> Paper | None:
    arxiv = find_arxiv_id(entry.id) or find_arxiv_id(entry.link)
    if arxiv is None or not entry.title.strip():
        return None
    comment = entry.extra.get("arxiv_comment", "")
    return admit(
        Paper(
            ids=make_ids(arxiv, entry.extra.get("arxiv_doi", "")),
            title=entry.title,
            abstract=entry.summary,
            authors=authors.get(entry.id, ()),
            categories=_read_categories(entry),
            version=arxiv.version,
            submitted_at=parse_instant(entry.published),
            updated_at=parse_instant(entry.updated),
            abstract_url=abstract_url(arxiv.value),
            pdf_url=pdf_url(arxiv.value),
            code_url=find_code_url(entry.summary, comment),
            journal_ref=entry.extra.get("arxiv_journal_ref") or None,
            comment=comment or None,
            is_withdrawn=is_withdrawn(entry.title, entry.summary, comment),
        )
    )


def _read_categories(entry: Entry) -> tuple[str, ...]:
    """Give the primary category first; subject classes of other schemes (`68T05`, `F.2.2; I.2.7`) are left out."""
    primary = entry.extra.get("arxiv_primary_category", "")
    return tuple(dict.fromkeys(tag for tag in (primary, *entry.tags) if CATEGORY.fullmatch(tag)))


def _read_authors(body: bytes) -> Authors:
    """Give the authors per entry id; feedparser keeps one affiliation per entry, of whomever it belongs to."""
    root = ET.fromstring(body)  # noqa: S314 -- markup.py has let it through: no document type, no entities
    return {
        (entry.findtext(f"{_ATOM}id") or "").strip(): _split_combined(
            tuple(map(_read_author, entry.iter(f"{_ATOM}author")))
        )
        for entry in root.iter(f"{_ATOM}entry")
    }


def _split_combined(authors: tuple[Author, ...]) -> tuple[Author, ...]:
    """Take apart what author pages that end in `.atom2` have: all names in one element."""
    is_combined = len(authors) == 1 and "," in authors[0].name and not authors[0].affiliations
    return parse_creators(authors[0].name) if is_combined else authors


def _read_author(author: ET.Element) -> Author:
    named = (affiliation.text or "" for affiliation in author.iter(f"{_ARXIV}affiliation"))
    return Author(
        name=author.findtext(f"{_ATOM}name") or "",
        affiliations=tuple(filter(None, (" ".join(text.split()) for text in named))),
    )
