"""The tables of letters (mails about a subscription) and of what readers say about papers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.db import Base, UtcDateTime

_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class LetterRow(Base):
    """A mail about a subscription itself, such as a confirmation: it may go to an address without a channel.

    `about` holds ids (a request, a channel), never text somebody else typed. States are those of deliveries.
    """

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_due", "state", "next_attempt_at"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(320), index=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10))
    claim: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")


class FeedbackRow(Base):
    """What a subscriber said of a paper: more like it, less like it, or keep it."""

    __tablename__ = "feedback"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
