"""The tables of coming, bouncing and going: sign-up requests, limits, suppressed addresses, link codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.db import Base, UtcDateTime

_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class RequestRow(Base):
    """Somebody who asked for something at an address that has to confirm itself first.

    Nothing is known of the address before it does: `wishes` waits here, not among the subscribers. `about_id` is the
    channel that is to move, or the subscriber who adds an address; 0 for a sign-up.
    """

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_address", "address"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(320))
    about_id: Mapped[int] = mapped_column(default=0)
    wishes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CountRow(Base):
    """How often something was done in a window of time: what limits are checked against. Keys are hashes."""

    __tablename__ = "counts"

    scope: Mapped[str] = mapped_column(String(24), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SaltRow(Base):
    """Random text, made once by this installation, so that hashes of addresses cannot be looked up elsewhere."""

    __tablename__ = "salts"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class SuppressionRow(Base):
    """An address that must not be written to again unless it asks itself: only its hash, and why."""

    __tablename__ = "suppressions"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BounceRow(Base):
    """How a channel has been bouncing: a score that fades, and the day it was last added to."""

    __tablename__ = "bounces"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[float] = mapped_column(Float)
    scored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    probed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReportRow(Base):
    """A bounce or complaint that has been counted, by the hash of its id: the same one comes twice."""

    __tablename__ = "reports"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LinkCodeRow(Base):
    """A code that joins a chat to a subscriber, once and for minutes: only its hash."""

    __tablename__ = "link_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
