"""What huggingface.co says about papers: its API's lists, one paper's object, and the props inside its pages. Pure.

https://huggingface.co/docs/hub/api and the captures described in docs/sources.md.
"""

import html
import re
from datetime import date
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import abstract_url, find_arxiv_id, pdf_url
from digest.intake import MAX_NAME, admit
from digest.model import Announcement, AnnouncementKind, Author, ExternalId, IdScheme, Paper, Parsed
from digest.sources.formats.record import Record, read_json

NAME: Final = "huggingface"

# An account is an identity only if the person or the site confirmed it; `extracted_pending` is a guess by name.
CONFIRMED: Final = frozenset({"", "claimed_verified", "admin_assigned", "extracted_confirmed"})

_ID = re.compile(r"[A-Za-z0-9][\w./-]{0,99}", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_TARGET = re.compile(r"""data-target=["'](?:PaperContent|DailyPapers)["']""")
_PROPS: Final = "data-props="


def parse_papers(body: bytes, listed_on: date | None = None) -> Parsed:
    """Read any of the formats. `listed_on` is the day whose list was asked for. Raises SourceChanged."""
    is_page = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    entries = _find_entries(read_json(_find_props(body) if is_page else body, NAME))
    read = [_read_entry(entry) for entry in entries]
    if entries and not any(read):
        raise SourceChanged(NAME, f"None of the {len(entries)} entries can be read")
    papers = {
        paper.ids[0]: (paper, _listing_day(entry, listed_on))
        for entry, paper in zip(entries, read, strict=True)
        if paper
    }
    return Parsed(
        papers=tuple(paper for paper, _ in papers.values()),
        announcements=tuple(_announce(paper, day) for paper, day in papers.values() if day),
        warnings=tuple(_warn(read, [day for _, day in papers.values()])),
        source=NAME,
        skipped=read.count(None),
    )


def _warn(read: list[Paper | None], days: list[date | None]) -> list[str]:
    skipped, undated = read.count(None), days.count(None)
    checks = (
        (skipped, f"{skipped} of {len(read)} entries have no id or no title and were skipped"),
        # A paper that comes alone is on no list, and need not state a day.
        (undated and len(read) > 1, f"{undated} of {len(read)} entries state no day of listing and are not announced"),
    )
    return [said for is_so, said in checks if is_so]


def _find_props(body: bytes) -> str:
    """Give the JSON a page carries for its own scripts: `data-props` in the tag of the right `data-target`."""
    text = body.decode("utf-8", errors="replace")
    if target := _TARGET.search(text):
        for at in (text.rfind(_PROPS, 0, target.start()), text.find(_PROPS, target.end())):
            start = at + len(_PROPS) + 1
            end = text.find(text[start - 1], start)
            # The attribute may stand on either side of the target; a `>` between them means another tag.
            if at >= 0 and end >= 0 and ">" not in (text[end : target.start()] or text[target.end() : at]):
                return html.unescape(text[start:end])
    raise SourceChanged(NAME, "The page holds no papers where Hugging Face used to put them")


def _find_entries(value: object) -> list[Record]:
    """Give the entries of a list, of a page's props, or the one paper that stands alone."""
    if isinstance(value, list):
        return [Record(entry) for entry in value]
    top = Record(value)
    if "error" in top:
        raise SourceChanged(NAME, f"Hugging Face answered with an error: {top.text('error', 200)}")
    if "dailyPapers" in top:
        return list(top.records("dailyPapers"))
    if "paper" in top or {"id", "title"} <= {key for key in ("id", "title") if key in top}:
        return [top]
    raise SourceChanged(NAME, "The answer is JSON, but holds no papers")


def _paper_of(entry: Record) -> Record:
    """Give the paper's own object: wrapped in a list's entry, bare in an answer about one paper."""
    return entry.record("paper") if "paper" in entry else entry


def _read_entry(entry: Record) -> Paper | None:
    own = _paper_of(entry)
    title = own.text("title") or entry.text("title")
    ids = _read_ids(own.text("id"))
    if not ids or not title:
        return None
    arxiv_id = next((known.value for known in ids if known.scheme is IdScheme.ARXIV), None)
    return admit(
        Paper(
            ids=ids,
            title=title,
            abstract=own.text("summary") or entry.text("summary"),
            authors=_read_authors(own),
            submitted_at=own.instant("publishedAt"),
            abstract_url=abstract_url(arxiv_id) if arxiv_id else page_url(ids[0].value),
            pdf_url=pdf_url(arxiv_id) if arxiv_id else None,
            code_url=own.link("githubRepo"),
            project_url=own.link("projectPage"),
            thumbnail_url=entry.link("thumbnail"),
            media_urls=tuple(dict.fromkeys((*own.links("mediaUrls"), *entry.links("mediaUrls")))),
            organization=_read_organization(own) or _read_organization(entry),
            upvotes=own.count("upvotes"),
            comment_count=entry.count("numComments"),
            github_stars=own.count("githubStars"),
            ai_summary=own.text("ai_summary") or None,
            ai_summary_model=own.text("ai_summary_model") or None,
            ai_keywords=own.texts("ai_keywords", MAX_NAME),
        )
    )


def page_url(hf_id: str) -> str:
    """Give the page of a paper on Hugging Face."""
    return f"https://huggingface.co/papers/{hf_id}"


def _read_ids(text: str) -> tuple[ExternalId, ...]:
    """Give arXiv's id first: papers are announced under it. A Hugging Face id that is an arXiv id stays reachable."""
    arxiv = find_arxiv_id(text)
    if arxiv:
        return (arxiv.external, ExternalId(IdScheme.HF, arxiv.value))
    return (ExternalId(IdScheme.HF, text),) if _ID.fullmatch(text) else ()


def _read_authors(paper: Record) -> tuple[Author, ...]:
    visible = (author for author in paper.records("authors") if not author.flag("hidden"))
    return tuple(
        Author(name, hf_user=_read_login(author)) for author in visible if (name := author.text("name", MAX_NAME))
    )


def _read_login(author: Record) -> str | None:
    account = author.record("user")
    login = account.text("user") or account.text("name")
    return login if author.text("status") in CONFIRMED and _LOGIN.fullmatch(login) else None


def _read_organization(holder: Record) -> str | None:
    organization = holder.record("organization")
    return organization.text("fullname", MAX_NAME) or organization.text("name", MAX_NAME) or None


def _listing_day(entry: Record, listed_on: date | None) -> date | None:
    """Give the day the paper was listed. The entry's own `publishedAt` lies four hours before the paper's: no use."""
    listed_at = _paper_of(entry).instant("submittedOnDailyAt")
    return listed_at.date() if listed_at else listed_on


def _announce(paper: Paper, day: date) -> Announcement:
    return Announcement(
        paper=paper.ids[0],
        kind=AnnouncementKind.FEATURED,
        detail=day.isoformat(),
        source=NAME,
        announced_on=day,
    )
