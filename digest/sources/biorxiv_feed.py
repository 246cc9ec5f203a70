"""The feeds of bioRxiv and medRxiv: RSS 1.0 with the newest thirty postings. Read when the API is out. Pure."""

import re
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.works import read_doi
from digest.intake import MAX_AUTHORS, MAX_URL, admit
from digest.model import Author, IdScheme, Paper, Parsed
from digest.sources.biorxiv_records import WITHDRAWN, Posting, make_announcement, page_url, turn_name
from digest.sources.biorxiv_subjects import ALL, spell_subject
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import parse_day
from digest.sources.formats.feed import Entry, Feed, read_feed
from digest.sources.formats.html_text import strip_html

FEED_LIMIT: Final = 30  # https://www.biorxiv.org/alertsrss: the most recent 30 papers

_CHANNEL = re.compile(r"(?P<server>biorxiv|medrxiv)_xml\.php(?:\?subject=(?P<subject>[\w+%-]{1,100}))?", re.IGNORECASE)
_PLACE = re.compile(r"(?:www\.|connect\.)?(?P<server>biorxiv|medrxiv)\.org", re.IGNORECASE)
_VERSIONED = re.compile(r"/10\.\d{4,9}/[\w./-]{1,100}?v(?P<version>[1-9]\d{0,2})(?:\.\w+)*(?:\?.*)?$", re.ASCII)
_MOST_INITIALS: Final = 5
_BETWEEN_INITIALS: Final = frozenset(". -‐’'")


def parse_feed(body: bytes, source: str = "") -> Parsed:
    """Read a feed, under the name the bytes give the source if none is given. Raises SourceChanged."""
    feed = read_feed(body, source or "biorxiv")
    source = source or name_feed(feed)
    read = [_read_entry(entry, source) for entry in feed.entries]
    postings = {posting.paper.ids[0]: posting for posting in read if posting}
    if read and not postings:
        raise SourceChanged(source, f"None of the {len(read)} entries can be read")
    skipped = read.count(None)
    checks = (
        (feed.flaw, feed.flaw),
        (skipped, f"{skipped} of {len(read)} entries have no DOI or no title and were skipped"),
    )
    return Parsed(
        papers=tuple(posting.paper for posting in postings.values()),
        announcements=tuple(made for posting in postings.values() for made in posting.announcements),
        warnings=tuple(said for is_so, said in checks if is_so),
        source=source,
        skipped=skipped,
        is_truncated=bool(feed.flaw),
    )


def name_feed(feed: Feed) -> str:
    """Say which source a feed is of. Raises SourceChanged if it is neither bioRxiv's nor medRxiv's."""
    # Where the channel says what it is about (`rdf:about`), feedparser does not look.
    places = (feed.body[:4_000].decode("utf-8", errors="replace"), *feed.links, *(each.link for each in feed.entries))
    found = next((match for text in places if (match := _CHANNEL.search(text) or _PLACE.search(text))), None)
    if found is None:
        raise SourceChanged("biorxiv", "The feed is neither bioRxiv's nor medRxiv's")
    subject = spell_subject(found.groupdict().get("subject") or "")
    return f"{found['server'].lower()}:{subject or ALL}"


def _read_entry(entry: Entry, source: str) -> Posting | None:
    spellings = (entry.extra.get("dc_identifier", ""), entry.id, entry.link)
    found = (read_doi(_find_doi(text)) for text in spellings)
    doi = next((each for each in found if each and each.scheme is IdScheme.DOI), None)
    title = strip_html(entry.title)
    if doi is None or not title:
        return None
    server, _, subject = source.partition(":")
    versioned = _VERSIONED.search(entry.link.strip()[:MAX_URL])
    version = int(versioned["version"]) if versioned else None
    abstract = strip_html(entry.summary)
    url = page_url(server, doi.value, version)
    paper = Paper(
        ids=(doi,),
        title=title,
        abstract=abstract,
        authors=parse_pairs(entry.author),
        categories=() if subject in ("", ALL) else (subject.replace("_", " "),),
        version=version,
        abstract_url=url,
        pdf_url=f"{url}.full.pdf",
        code_url=find_code_url(abstract),
        is_withdrawn=bool(WITHDRAWN.match(title)),
    )
    day = parse_day(entry.updated) or parse_day(entry.published)
    return Posting(admit(paper), make_announcement(paper, day, source))


def parse_pairs(text: str) -> tuple[Author, ...]:
    """Read `Kukla, D., Crampton, A., The Consortium`: initials belong to what stands before them."""
    names: list[str] = []
    is_open = False
    for part in (piece.strip() for piece in text.split(",")[: 2 * MAX_AUTHORS]):
        if is_open and _are_initials(part):
            names[-1] = turn_name(f"{names[-1]}, {part}")
            is_open = False
        elif part:
            names.append(part)
            is_open = True
    return tuple(map(Author, names))


def _are_initials(part: str) -> bool:
    """Whether a part is `D. J.-P.` or `DJ`: a comma divides names, and a name."""
    letters = [char for char in part if char not in _BETWEEN_INITIALS]
    return 0 < len(letters) <= _MOST_INITIALS and all(char.isalpha() and char.isupper() for char in letters)


def _find_doi(text: str) -> str:
    """Cut a DOI out of a link to a version: `…/content/10.1101/2020.01.02.123456v2?rss=1`."""
    start = text.find("10.")
    return (
        re.sub(r"v\d{1,3}(?:\.[a-z.-]+)?$", "", text[start : start + 200].partition("?")[0].strip())
        if start >= 0
        else ""
    )
