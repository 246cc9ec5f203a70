"""Builders with sensible defaults: say only what the test is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from digest.model import (
    Address,
    Announcement,
    AnnouncementId,
    AnnouncementKind,
    Author,
    Candidate,
    ChannelId,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Edition,
    ExternalId,
    IdScheme,
    Match,
    Paper,
    PaperId,
    Reason,
    ReasonKind,
    StoredAnnouncement,
    SubscriberId,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def paper(arxiv_id: str = "2611.00001", **fields: Any) -> Paper:
    defaults: dict[str, Any] = {
        "ids": (ExternalId(IdScheme.ARXIV, arxiv_id),),
        "title": "Sparse Experts Learn Fast",
        "abstract": "We study mixture of experts models.",
        "authors": (Author("Ada Lovelace"), Author("Furu Wei")),
        "categories": ("cs.CL", "cs.LG"),
        "version": 1,
        "abstract_url": f"https://arxiv.org/abs/{arxiv_id}",
        "pdf_url": f"https://arxiv.org/pdf/{arxiv_id}",
    }
    if "authors" in fields:
        fields["authors"] = tuple(a if isinstance(a, Author) else Author(a) for a in fields["authors"])
    return Paper(**(defaults | fields))


def announcement(seen: Paper, kind: AnnouncementKind = AnnouncementKind.NEW, **fields: Any) -> Announcement:
    defaults: dict[str, Any] = {"source": "arxiv:cs.CL", "announced_on": date(2026, 11, 20), "version": seen.version}
    return Announcement(paper=seen.ids[0], kind=kind, **(defaults | fields))


def stored_announcement(
    number: int, paper_id: int, kind: AnnouncementKind = AnnouncementKind.NEW, **fields: Any
) -> StoredAnnouncement:
    defaults: dict[str, Any] = {
        "detail": "",
        "source": "arxiv:cs.CL",
        "announced_on": date(2026, 11, 20),
        "seen_at": NOON,
    }
    return StoredAnnouncement(id=AnnouncementId(number), paper_id=PaperId(paper_id), kind=kind, **(defaults | fields))


def candidate(paper_id: int, *kinds: AnnouncementKind, **fields: Any) -> Candidate:
    announcements = tuple(
        stored_announcement(paper_id * 10 + n, paper_id, kind)
        for n, kind in enumerate(kinds or (AnnouncementKind.NEW,))
    )
    return Candidate(
        paper_id=PaperId(paper_id), paper=paper(f"2611.{paper_id:05d}", **fields), announcements=announcements
    )


def edition(*paper_ids: int, **fields: Any) -> Edition:
    defaults: dict[str, Any] = {
        "name": "2026-11-20",
        "channel_id": ChannelId(1),
        "entries": tuple(match(paper_id) for paper_id in paper_ids),
        "more": 0,
        "covers_after": AnnouncementId(0),
        "covers_to": AnnouncementId(99),
    }
    return Edition(**(defaults | fields))


def match(paper_id: int, *reasons: Reason, score: float = 1.0) -> Match:
    why = reasons or (Reason(kind=ReasonKind.WORD, subject="experts", where=("title",)),)
    return Match(paper_id=PaperId(paper_id), score=score, reasons=why)


def delivery(**fields: Any) -> Delivery:
    defaults: dict[str, Any] = {
        "id": DeliveryId(7),
        "kind": DeliveryKind.DIGEST,
        "edition": edition(1),
        "subscriber_id": SubscriberId(1),
        "subscriber_name": "Ada",
        "address": Address("email", "ada@example.org"),
        "language": "en",
        "timezone": "Europe/Berlin",
        "claim": 1,
        "attempts": 0,
        "held_until": NOON + timedelta(minutes=10),
        "parts_sent": 0,
        "created_at": NOON,
    }
    return Delivery(**(defaults | fields))
