"""The tables of what the bot is told: votes in groups, and which updates of Telegram's have been handled."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.db import Base, UtcDateTime


class VoteRow(Base):
    """What one member of a group said of a paper: more like it, or less. `voter` is a keyed hash of who that is."""

    __tablename__ = "votes"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    voter: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HeardUpdateRow(Base):
    """An update of Telegram's that was handled: when it comes again, after a crash or a lost answer, nothing happens.

    Numbers of updates are a bot's own, so the bot is part of the key. Old rows are dropped.
    """

    __tablename__ = "heard_updates"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
