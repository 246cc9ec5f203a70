"""What happened to a paper, read from its record before and after a batch: the announcements no source makes. Pure.

A paper that is new to us has no past, so nothing but its upvotes is an event: a back-fill must not be a flood.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from digest.evidence import is_published_doi
from digest.model import Announcement, AnnouncementKind, Paper

MAX_DETAIL: Final = 300  # characters the database keeps of what tells announcements apart

# Says how much of a text may be about its own withdrawal: an abstract further down speaks of other things.
_WITHIN: Final = 400
_WITHDRAWN = re.compile(
    r"\b(?:this|the|our) (?:paper|article|manuscript|submission|preprint|work|version|note|report)"
    r" (?:has been|have been|had been|is|was|is being|is now) (?:\w+ ){0,2}(?:withdrawn|retracted)\b(?! from (?!arxiv))"
    r"|^\W*(?:paper |article |submission |preprint )?(?:withdrawn|retracted)"
    r"(?: by| due| because| from arxiv|[.;:)]|\s*$)",
    re.IGNORECASE,
)
# White space and TeX's own kinds of it: `\,` and `~`, and `\quad` where no letter follows.
_SPACING = re.compile(r"\\(?:[,;:!> ]|q?quad(?![a-zA-Z]))|~|\s+|\{\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRules:
    """Which events are announced: at which numbers of upvotes, and whether a repository is looked at first."""

    upvotes: tuple[int, ...] = (50, 100, 200)
    checks_code: bool = True


USUAL_RULES = EventRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where and when a paper was seen, and how it has been announced so far, kinds with their details."""

    source: str
    on: date
    announced: frozenset[tuple[AnnouncementKind, str]] = frozenset()

    def has(self, kind: AnnouncementKind, *details: str) -> bool:
        """Whether the paper has been announced so, with one of these details or with any."""
        return any(known is kind and (not details or detail in details) for known, detail in self.announced)


def find_events(before: Paper | None, after: Paper, seen: Seen, upvotes: tuple[int, ...]) -> tuple[Announcement, ...]:
    """Give what happened between two records of a paper; `before` is None where it is new to us.

    Each event happens once: what has been announced is not found again. A `code_released` is a claim until somebody has
    looked at the repository.
    """
    found = [(AnnouncementKind.UPVOTED, _find_crossing(before, after, seen, upvotes))]
    if before is not None:
        found += [
            (AnnouncementKind.PUBLISHED, _find_publication(before, after, seen)),
            (AnnouncementKind.WITHDRAWN, _find_withdrawal(before, after, seen)),
            (AnnouncementKind.CODE_RELEASED, _find_code(before, after, seen)),
        ]
    return tuple(_announce(after, kind, detail, seen) for kind, detail in found if detail is not None)


def find_changes(before: Paper, after: Paper) -> tuple[str, ...]:
    """Say which of title, authors and abstract differ by more than white space, TeX's own included."""
    texts = (
        ("title", before.title, after.title),
        ("authors", _print_names(before), _print_names(after)),
        ("abstract", before.abstract, after.abstract),
    )
    return tuple(name for name, old, new in texts if old and new and old != new and _squeeze(old) != _squeeze(new))


def note_changes(announcement: Announcement, before: Paper, after: Paper) -> Announcement:
    """Say what a replacement changed, if it is the version the record now shows and an earlier one was known."""
    is_replacement = announcement.kind is AnnouncementKind.REPLACEMENT and not announcement.changes
    version = announcement.version or after.version
    if not is_replacement or not before.version or not version or not before.version < version == after.version:
        return announcement
    return replace(announcement, changes=find_changes(before, after))


def note_withdrawal(paper: Paper) -> Paper:
    """Mark a paper as withdrawn whose comment or abstract begins by saying so, as arXiv's authors do."""
    if paper.is_withdrawn or not any(_says_withdrawn(text) for text in (paper.comment, paper.abstract) if text):
        return paper
    return replace(paper, is_withdrawn=True)


def _find_crossing(before: Paper | None, after: Paper, seen: Seen, upvotes: Iterable[int]) -> str | None:
    """Give the highest number crossed, unless it or a higher one was announced before."""
    had, has = (before.upvotes if before else 0) or 0, after.upvotes or 0
    crossed = max((number for number in upvotes if had < number <= has), default=0)
    past = (int(detail) for kind, detail in seen.announced if kind is AnnouncementKind.UPVOTED and detail.isdecimal())
    return str(crossed) if crossed > max(past, default=0) else None


def _find_publication(before: Paper, after: Paper, seen: Seen) -> str | None:
    if _name_publication(before) or seen.has(AnnouncementKind.PUBLISHED):
        return None
    return _name_publication(after)


def _name_publication(paper: Paper) -> str | None:
    return next((known.value for known in paper.ids if is_published_doi(known)), None) or paper.journal_ref or None


def _find_withdrawal(before: Paper, after: Paper, seen: Seen) -> str | None:
    """Give the version that is withdrawn; a paper may come back and be withdrawn again."""
    version = f"v{after.version}" if after.version else ""
    is_known = seen.has(AnnouncementKind.WITHDRAWN, version, "")
    return version if after.is_withdrawn and not before.is_withdrawn and not is_known else None


def _find_code(before: Paper, after: Paper, seen: Seen) -> str | None:
    is_known = before.code_url or seen.has(AnnouncementKind.CODE_RELEASED)
    return None if is_known else after.code_url


def _announce(paper: Paper, kind: AnnouncementKind, detail: str, seen: Seen) -> Announcement:
    return Announcement(
        paper=paper.ids[0],
        kind=kind,
        detail=detail[:MAX_DETAIL],
        source=seen.source,
        announced_on=seen.on,
        version=paper.version,
    )


def _print_names(paper: Paper) -> str:
    return ";".join(author.name for author in paper.authors)


def _squeeze(text: str) -> str:
    return _SPACING.sub("", unicodedata.normalize("NFC", text))


def _says_withdrawn(text: str) -> bool:
    start = text[:_WITHIN]
    return ("ithdrawn" in start or "etracted" in start or "ITHDRAWN" in start) and _WITHDRAWN.search(start) is not None
