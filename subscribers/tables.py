"""The tables of the subscriber side."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Time

from subscribers.db import Base, UtcDateTime
from subscribers.model import Cadence, ChannelStatus, SubscriberKind, SubscriberStatus

_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}  # old links and Message-IDs must not come to mean somebody else


class SubscriberRow(Base):
    """A person or group."""

    __tablename__ = "subscribers"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10), default=SubscriberKind.PERSON)
    status: Mapped[str] = mapped_column(String(20), default=SubscriberStatus.PENDING)
    language: Mapped[str] = mapped_column(String(35), default="en")
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    channels: Mapped[list["ChannelRow"]] = relationship(
        back_populates="subscriber", order_by="ChannelRow.id", passive_deletes=True
    )


class ChannelRow(Base):
    """One address of a subscriber, with its schedule and its place in the announcement stream (`watermark`)."""

    __tablename__ = "channels"
    __table_args__ = (
        UniqueConstraint("kind", "address"),
        Index("ix_channels_due", "status", "next_due_at"),
        _NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(320))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    timezone: Mapped[str] = mapped_column(String(64))
    send_at: Mapped[time] = mapped_column(Time)
    wait_until: Mapped[time | None] = mapped_column(Time)
    cadence: Mapped[str] = mapped_column(String(10), default=Cadence.DAILY, server_default=text("'daily'"))
    weekday: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    cap: Mapped[int]
    is_plain: Mapped[bool] = mapped_column(default=False, server_default=false())
    takes_alerts: Mapped[bool] = mapped_column(default=True, server_default=true())
    repeats: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_pictures: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_previews: Mapped[bool] = mapped_column(default=False, server_default=false())
    status: Mapped[str] = mapped_column(String(10), default=ChannelStatus.OPEN)
    closed_reason: Mapped[str] = mapped_column(Text, default="")
    watermark: Mapped[int] = mapped_column(default=0)
    next_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    subscriber: Mapped[SubscriberRow] = relationship(back_populates="channels")


class InterestRow(Base):
    """A query in canonical form, stored once however many subscribers share it."""

    __tablename__ = "interests"
    __table_args__ = (_NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    canonical: Mapped[str] = mapped_column(Text)
    canonical_hash: Mapped[str] = mapped_column(String(64), unique=True)


class SubscriberInterestRow(Base):
    """Who wants what, or wants it kept out (`is_excluded`), in their own words."""

    __tablename__ = "subscriber_interests"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    interest_id: Mapped[int] = mapped_column(ForeignKey("interests.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text)
    is_excluded: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FollowRow(Base):
    """Who follows whom or what. `target_id` is the row of a researcher, an institution or a paper, kept elsewhere."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "kind", "target_id"),
        Index("ix_follows_target", "kind", "target_id"),
        _NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    target_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(300))
    timing: Mapped[str] = mapped_column(String(8))
    position: Mapped[str] = mapped_column(String(14))
    events: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SubscriberEventRow(Base):
    """What a subscriber did and what happened to them; only ever appended to, and erased with the subscriber."""

    __tablename__ = "subscriber_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
