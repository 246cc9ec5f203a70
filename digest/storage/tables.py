"""The tables of papers, announcements, source runs and deliveries. Times are aware UTC; ids are never given twice."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint, false, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.db import Base, UtcDateTime

_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
UNFINISHED = text("state IN ('pending', 'sending')")


class PaperRow(Base):
    """One work, whatever the number of its sources, versions and ids."""

    __tablename__ = "papers"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    abstract: Mapped[str] = mapped_column(Text, default="")
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    version: Mapped[int | None]
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    abstract_url: Mapped[str | None] = mapped_column(Text)
    pdf_url: Mapped[str | None] = mapped_column(Text)
    code_url: Mapped[str | None] = mapped_column(Text)
    project_url: Mapped[str | None] = mapped_column(Text)
    thumbnail_url: Mapped[str | None] = mapped_column(Text)
    media_urls: Mapped[list[str]] = mapped_column(JSON, default=list)
    journal_ref: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    is_withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())
    license_url: Mapped[str | None] = mapped_column(Text)
    organization: Mapped[str | None] = mapped_column(Text)
    upvotes: Mapped[int | None]
    comment_count: Mapped[int | None]
    github_stars: Mapped[int | None]
    ai_summary: Mapped[str | None] = mapped_column(Text)
    ai_summary_model: Mapped[str | None] = mapped_column(Text)
    ai_keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    merge_key: Mapped[str | None] = mapped_column(String(500), index=True)
    merged_into: Mapped[int | None] = mapped_column(index=True)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PaperIdRow(Base):
    """An id a paper is known by. The primary key is the promise that one id never means two papers."""

    __tablename__ = "paper_ids"

    scheme: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(500), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), index=True)


class PaperAuthorRow(Base):
    """A name as printed on a paper, in its place (from 1).

    `block_key` is one of the keys of everybody who may be the author; NULL in rows older than it, until filled.
    """

    __tablename__ = "paper_authors"

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    block_key: Mapped[str | None] = mapped_column(String(200), index=True)
    affiliations: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    hf_user: Mapped[str | None] = mapped_column(String(100))
    orcid: Mapped[str | None] = mapped_column(String(19))
    ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    institutions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    email_domain: Mapped[str | None] = mapped_column(String(255))


class AnnouncementRow(Base):
    """A paper appearing. The growing id is the clock of the product; (paper, kind, detail) happens once."""

    __tablename__ = "announcements"
    __table_args__ = (UniqueConstraint("paper_id", "kind", "detail"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[str] = mapped_column(String(100))
    version: Mapped[int | None]
    announced_on: Mapped[date] = mapped_column(Date)
    changes: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SourceRunRow(Base):
    """One attempt to read a source, ending in one state."""

    __tablename__ = "source_runs"
    __table_args__ = (Index("ix_source_runs_latest", "source", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(20))
    papers: Mapped[int]
    announcements: Mapped[int]
    announced_count: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SourceCursorRow(Base):
    """Where the last successful run of a source stopped."""

    __tablename__ = "source_cursors"

    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    batch_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    batch_on: Mapped[date | None] = mapped_column(Date)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_empty: Mapped[bool] = mapped_column(default=False, server_default=false())
    complete_on: Mapped[date | None] = mapped_column(Date)
    position: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    history: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class FeedRow(Base):
    """A feed an operator added by command; those in the settings are not here."""

    __tablename__ = "feeds"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LaneRow(Base):
    """Whose turn it is at a host, over all processes: held by one, free from a time on, or closed by a refusal."""

    __tablename__ = "lanes"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64), default="")
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    free_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaperMergeRow(Base):
    """Two records that were taken for one work, and why: what an operator needs to take them apart again.

    `absorbed_id` is the row that was given up for `paper_id`, if there was one. `kept` and `joined` are the two records
    as they were (JSON), `joined_ids` the ids that came with the second.
    """

    __tablename__ = "paper_merges"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    absorbed_id: Mapped[int | None] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"))
    evidence: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(100), default="")
    joined_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    kept: Mapped[dict[str, Any]] = mapped_column(JSON)
    joined: Mapped[dict[str, Any]] = mapped_column(JSON)
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    split_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DistinctPaperRow(Base):
    """Two ids (`arxiv:2310.01234`, the smaller first) that an operator said are two works: never merge them again."""

    __tablename__ = "distinct_papers"

    first: Mapped[str] = mapped_column(String(520), primary_key=True)
    second: Mapped[str] = mapped_column(String(520), primary_key=True)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CodeCheckRow(Base):
    """A repository link that appeared on a known paper; announced once it is found to exist and hold something."""

    __tablename__ = "code_checks"

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(String(500), primary_key=True)
    source: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")


class SourceAlarmRow(Base):
    """A source (or `notifier:email`) that the operator has been told about and that has not recovered yet."""

    __tablename__ = "source_alarms"

    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(Text, default="")


class NoticeRow(Base):
    """A message to the operator at one address (`email:ops@example.org`); the key makes each come once."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("target", "key"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(String(340))
    key: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_sent: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[str] = mapped_column(Text, default="")


class CompleteDayRow(Base):
    """A day of the operator's on which everything that should have come came, and whether the dead-man URL knows."""

    __tablename__ = "complete_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pinged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryRow(Base):
    """One message to one channel: what to say, never the rendered body. Unique per channel, kind and edition."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel_id", "kind", "edition"),
        Index("ix_deliveries_due", "next_attempt_at", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
        _NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    edition: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    claim: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    parts_sent: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")


# What did not arrive in one place has not been shown there; what is on its way counts.
IS_SHOWN = or_(DeliveryRow.state.not_in(("failed", "cancelled")), DeliveryRow.parts_sent > 0)


class SentPaperRow(Base):
    """A paper a channel has been given, and in which delivery: the same paper never comes twice."""

    __tablename__ = "sent_papers"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
