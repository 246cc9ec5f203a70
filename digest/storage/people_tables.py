"""The tables of researchers, institutions, and what readers said about them. Times are aware UTC."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from digest.model import ClaimLevel
from subscribers.db import Base, UtcDateTime

_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class ResearcherRow(Base):
    """A person one can follow. `profile` is the evidence about them, as `researchers.profile` writes it.

    A row without `profile` has not been looked at yet: its keys and authorships are still to be made. `merged_into`
    points to the row that stands for this one too. `refresh_at` is when a service is asked next; None is never.
    """

    __tablename__ = "researchers"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    variants: Mapped[list[str]] = mapped_column(JSON, default=list)
    affiliations: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    homepage: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    metrics: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    claim: Mapped[str] = mapped_column(String(10), default=ClaimLevel.UNCLAIMED.value)
    claimed_by: Mapped[str] = mapped_column(Text, default="")
    profile: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    merged_into: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refresh_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    refresh_failures: Mapped[int] = mapped_column(default=0)
    refresh_detail: Mapped[str] = mapped_column(Text, default="")


class ResearcherIdRow(Base):
    """An id a researcher is known by. The primary key is the promise that one id never means two records."""

    __tablename__ = "researcher_ids"

    scheme: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), index=True)


class ResearcherKeyRow(Base):
    """What an author can be looked up by: a researcher shares a key with every author who may be them."""

    __tablename__ = "researcher_keys"
    __table_args__ = (Index("ix_researcher_keys_researcher_id", "researcher_id"),)

    key: Mapped[str] = mapped_column(String(220), primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), primary_key=True)


class AuthorshipRow(Base):
    """A paper that is, or may be, a researcher's."""

    __tablename__ = "authorships"

    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]
    standing: Mapped[str] = mapped_column(String(10))
    probability: Mapped[float] = mapped_column(Float)
    evidence: Mapped[list[str]] = mapped_column(JSON, default=list)
    judged_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResearcherMergeRow(Base):
    """Two records that were taken for one person, and why; what moved, so that it can be taken back.

    `moved` lists the ids and paper ids of the absorbed record, and the follows that were turned to the kept one.
    """

    __tablename__ = "researcher_merges"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), index=True)
    absorbed_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), index=True)
    evidence: Mapped[str] = mapped_column(Text)
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    split_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DistinctResearcherRow(Base):
    """Two records (the smaller id first) that are two people: never merge them."""

    __tablename__ = "distinct_researchers"

    first: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), primary_key=True)
    second: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), primary_key=True)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnswerRow(Base):
    """What a reader said to “is this them?”: counts for that reader at once, and as one voice for the record."""

    __tablename__ = "identity_answers"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]
    is_theirs: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CorrectionRow(Base):
    """Papers a reader was sent as somebody's that turned out to be somebody else's: told once, in the next digest."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("subscriber_id", "researcher_id", "paper_id"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    researcher_id: Mapped[int] = mapped_column(ForeignKey("researchers.id", ondelete="CASCADE"))
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"))
    moved_to: Mapped[int | None] = mapped_column(ForeignKey("researchers.id", ondelete="SET NULL"))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CorrectionToldRow(Base):
    """A correction that stands in a delivery to one channel."""

    __tablename__ = "corrections_told"

    correction_id: Mapped[int] = mapped_column(ForeignKey("corrections.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)


class InstitutionRow(Base):
    """A place one can follow: its names as affiliations print them, and its ids (empty if not known)."""

    __tablename__ = "institutions"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    names: Mapped[list[str]] = mapped_column(JSON, default=list)
    ror: Mapped[str] = mapped_column(String(20), default="", index=True)
    openalex: Mapped[str] = mapped_column(String(20), default="", index=True)
    homepage: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refresh_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class UnjudgedPaperRow(Base):
    """A paper that is to be judged (again) though nothing announces it: other authors, or more known of them."""

    __tablename__ = "unjudged_papers"

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)


class StreamMarkRow(Base):
    """How far in the announcement stream a stage has come: everything up to there is done."""

    __tablename__ = "stream_marks"

    stage: Mapped[str] = mapped_column(String(40), primary_key=True)
    announcement_id: Mapped[int]
