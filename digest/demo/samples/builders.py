"""Builders of sample messages: say only what a sample is about. All papers and people are invented."""

from datetime import date
from typing import Any

from digest.model import (
    Author,
    Certainty,
    ExternalId,
    IdScheme,
    Match,
    Paper,
    PaperId,
    Reason,
    ReasonKind,
)
from digest.rendering.asking import AnswerLinks
from digest.rendering.digest import DigestView

Entry = tuple[Match, Paper]


def view(*entries: Entry, **fields: Any) -> DigestView:
    """Give a digest of these papers."""
    defaults: dict[str, Any] = {
        "title": "Daily Paper Digest",
        "edition": "2026-11-20",
        "edition_on": date(2026, 11, 20),
        "reader_name": "Ada",
        "timezone": "Europe/Berlin",
        "announced": 423,
        "manage_url": "https://digest.example.org/manage/0123456789abcdef",
        "unsubscribe_url": "https://digest.example.org/unsubscribe/0123456789abcdef",
        "unsubscribe_mailto": "leave+0123456789abcdef@digest.example.org",
        "public_url": "https://digest.example.org",
    }
    return DigestView(entries=entries, **(defaults | fields))


def entry(number: int, *reasons: Reason, **fields: Any) -> Entry:
    """Give a paper and why it is there."""
    shown = _paper(f"2611.{number:05d}", **fields)
    match = Match(paper_id=PaperId(number), score=1 / number, reasons=reasons or (phrase("mixture of experts"),))
    return match, shown


def follow(name: str, position: int, of: int, *evidence: str, target: int | None = None) -> Reason:
    """Give a researcher who is followed as the reason; with evidence against, it may be a namesake."""
    return Reason(
        kind=ReasonKind.FOLLOW,
        subject=name,
        position=position,
        of=of,
        certainty=Certainty.POSSIBLE if evidence else Certainty.SURE,
        evidence=evidence,
        target_id=target,
    )


def institution(name: str, position: int | None = None, of: int | None = None) -> Reason:
    """Give a place that is followed as the reason."""
    kind, certainty = ReasonKind.INSTITUTION, Certainty.SURE
    return Reason(kind=kind, subject=name, position=position, of=of, certainty=certainty, target_id=31)


def followed_paper(title: str) -> Reason:
    """Give a paper that is followed as the reason."""
    return Reason(kind=ReasonKind.PAPER, subject=title, certainty=Certainty.SURE, target_id=41)


def answer_links(*entries: Entry, **fields: Any) -> AnswerLinks:
    """Give pages for these papers and for everybody followed in them."""
    signed = "WzQsMywxNzY0MDU2ODAwLDEyLDQ3MTFd.0XN5wz9ZyGtVmKc4x2qTjRvB1eLpHsUaDoFi"
    people: list[tuple[int, int]] = [
        (reason.target_id, match.paper_id) for match, _ in entries for reason in match.reasons if reason.target_id
    ]
    pages = {each: f"https://digest.example.org/is-it-them/{each[0]}{each[1]}{signed}" for each in people}
    stops = {who: f"https://digest.example.org/follow/{who}{signed}" for who, _ in people}
    papers: list[int] = [match.paper_id for match, _ in entries]
    feedback = {each: f"https://digest.example.org/feedback/{each}{signed}" for each in papers}
    return AnswerLinks(answers=pages, follows=stops, feedback=feedback, **fields)


def phrase(subject: str, *where: str) -> Reason:
    """Give a phrase of an interest as the reason."""
    return Reason(kind=ReasonKind.PHRASE, subject=subject, where=where or ("title",))


def word(subject: str, *where: str) -> Reason:
    """Give a word of an interest as the reason."""
    return Reason(kind=ReasonKind.WORD, subject=subject, where=where or ("abstract",))


def category(subject: str) -> Reason:
    """Give a category as the reason."""
    return Reason(kind=ReasonKind.CATEGORY, subject=subject, where=("categories",))


def listed(number: int) -> dict[str, Any]:
    """Give the ids of a paper that Hugging Face lists too."""
    value = f"2611.{number:05d}"
    return {"ids": (ExternalId(IdScheme.ARXIV, value), ExternalId(IdScheme.HF, value))}


def _paper(arxiv_id: str, **fields: Any) -> Paper:
    defaults: dict[str, Any] = {
        "ids": (ExternalId(IdScheme.ARXIV, arxiv_id),),
        "title": "Sparse Experts Learn Fast",
        "abstract": "We study mixture of experts models.",
        "authors": ("Ada Lovelace", "Furu Wei"),
        "categories": ("cs.CL", "cs.LG"),
        "version": 1,
        "abstract_url": f"https://arxiv.org/abs/{arxiv_id}",
        "pdf_url": f"https://arxiv.org/pdf/{arxiv_id}",
    }
    given = defaults | fields
    given["authors"] = tuple(each if isinstance(each, Author) else Author(each) for each in given["authors"])
    return Paper(**given)
