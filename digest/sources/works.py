"""Lists of works that come in pages: read entry by entry, joined into one, and never asked for without end.

What is announced of a list is decided by `novelty`, which needs to know what was there before.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from digest.errors import SourceChanged, SourceError
from digest.model import Announcement, AnnouncementKind, ExternalId, Paper, Parsed
from digest.sources.formats.dates import Span
from digest.sources.formats.record import Record


@dataclass(frozen=True, slots=True)
class Work:
    """A paper, and when it came out as far as the source tells."""

    paper: Paper
    out: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as read.

    `entries` counts all that stood on it: what was `skipped` could not be read, what was `left_out` is no paper. `next`
    asks for the page after it and is empty on the last; `total` is what the source counts on all pages.
    """

    works: tuple[Work, ...] = ()
    entries: int = 0
    skipped: int = 0
    left_out: int = 0
    next: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages that were read, and how the reading ended."""

    pages: tuple[Page, ...]
    is_cut: bool = False  # there are more than we read
    is_looping: bool = False  # the source sent the same page again
    trouble: str = ""  # why no more came


def read_works(
    entries: Sequence[Record], read: Callable[[Record], Work | None], is_paper: Callable[[Record], bool], source: str
) -> Page:
    """Read what stands on a page. Raises SourceChanged if nothing of it can be read."""
    wanted = [entry for entry in entries if is_paper(entry)]
    works = [work for work in map(read, wanted) if work]
    if wanted and not works:
        raise SourceChanged(source, f"None of the {len(wanted)} entries has both an id and a title")
    return Page(
        works=tuple(works),
        entries=len(entries),
        skipped=len(wanted) - len(works),
        left_out=len(entries) - len(wanted),
    )


async def fetch_pages(get: Callable[[str], Awaitable[Page]], first: str, limit: int) -> Pages:
    """Ask for page after page, `limit` of them at most. `get` takes what the page before gave as `next`.

    What came before something went wrong is kept; only the first page must come. Raises SourceError.
    """
    pages: list[Page] = []
    seen: set[ExternalId] = set()
    at = first
    while at and len(pages) < limit:
        try:
            page = await get(at)
        except SourceError as error:
            if not pages:
                raise
            return Pages(tuple(pages), trouble=str(error))
        ids = {work.paper.ids[0] for work in page.works}
        # Cursors cannot tell it: Crossref's stays the same from page to page.
        if ids and ids <= seen:
            return Pages(tuple(pages), is_looping=True)
        seen |= ids
        pages.append(page)
        at = page.next
    return Pages(tuple(pages), is_cut=bool(at))


def join_capture(page: Page, source: str) -> Parsed:
    """Take one captured page for itself, wherever it stood among others."""
    return join_pages(Pages((replace(page, total=None),)), source)


def join_pages(read: Pages, source: str, *, is_first: bool = True) -> Parsed:
    """Put the pages together, and announce each work under the day it came out.

    A date without a day stands for its last day, so that what is new to us is news as long as it may be recent. On the
    first reading everything is new to us; there it stands for its first day, and is news only if it must be recent.
    """
    works = {work.paper.ids[0]: work for page in read.pages for work in page.works}
    return Parsed(
        papers=tuple(work.paper for work in works.values()),
        announcements=tuple(
            _announce(work.paper, work.out, source, is_first=is_first)
            for work in works.values()
            if work.out and not work.paper.is_withdrawn
        ),
        warnings=tuple(_warn(read)),
        source=source,
        skipped=sum(page.skipped for page in read.pages),
        is_truncated=_count_missing(read) > 0 or read.is_looping or bool(read.trouble),
    )


def _announce(paper: Paper, out: Span, source: str, *, is_first: bool) -> Announcement:
    return Announcement(
        paper=paper.ids[0],
        kind=AnnouncementKind.NEW,
        source=source,
        announced_on=out.first if is_first else out.last,
    )


def _warn(read: Pages) -> list[str]:
    entries, skipped, left_out = (
        sum(getattr(page, name) for page in read.pages) for name in ("entries", "skipped", "left_out")
    )
    total = read.pages[-1].total if read.pages else None
    checks = (
        (skipped, f"{skipped} of {entries} entries have no id or no title and were skipped"),
        (left_out, f"{left_out} of {entries} entries are no papers (reviews, data, notices) and were left out"),
        (read.is_looping, "The same page came twice, so the reading was ended"),
        (read.trouble, f"Only the first {entries} works came: {read.trouble}"),
        (read.is_cut, f"Only the first {entries} works were read{f' of {total}' if total else ''}"),
        (_count_missing(read), f"{entries} works came where {total} are due"),
    )
    return [said for is_so, said in checks if is_so]


def _count_missing(read: Pages) -> int:
    """Count the works that should have come: some are counted and not sent when a service is in trouble."""
    if read.is_cut or read.trouble or not read.pages:
        return 0
    return max(0, (read.pages[-1].total or 0) - sum(page.entries for page in read.pages))
