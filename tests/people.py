"""Puts subscribers and papers into a test's database."""

from datetime import datetime, time
from typing import Any

from digest.model import AnnouncementId, Batch, ChannelId, Paper, RunState
from digest.pipeline.following import PersonWanted
from digest.pipeline.signup import read_interest, sign_up
from digest.storage import runs
from subscribers.db import Database
from subscribers.model import ChannelWish, Consent, Registration, Schedule, SubscriberView
from tests.factories import NOON, announcement

OPERATOR = Consent(given_by="operator")


def subscribe(
    database: Database,
    address: str = "ada@example.org",
    *interests: str,
    kind: str = "email",
    follows: tuple[PersonWanted, ...] = (),
    cap: int = 25,
    timezone: str = "UTC",
    send_at: time = time(8, 0),
    now: datetime = NOON,
) -> SubscriberView:
    wish = ChannelWish(kind=kind, address=address, schedule=Schedule(timezone, send_at), cap=cap)
    registration = Registration(name=address, channels=(wish,))
    wishes = [read_interest(text) for text in interests]
    return sign_up(database, registration, wishes, follows, OPERATOR, now).subscriber


def announce(database: Database, *papers: Paper, now: datetime = NOON, **fields: Any) -> None:
    announced = tuple(announcement(each, **fields) for each in papers)
    batch = Batch(source="arxiv:cs.CL", state=RunState.FRESH, papers=papers, announcements=announced)
    with database.writing() as session:
        runs.save_batch(session, batch, now)


def channel_of(view: SubscriberView, number: int = 0) -> ChannelId:
    return ChannelId(view.channels[number].id)


START = AnnouncementId(0)
