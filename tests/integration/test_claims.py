"""A claim of an outbox takes no more than its limit, however the database plans the query."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from digest.model import Address, DeliveryKind, LetterKind
from digest.model.watch import Note
from digest.storage import deliveries, letters, notices
from subscribers.db import Database
from tests.factories import NOON, edition, paper
from tests.people import announce, channel_of, subscribe

MANY: Final = 30
LIMIT: Final = 2
LEASE: Final = timedelta(minutes=1)
# Without these PostgreSQL joins by nested loops, in which a subquery may run anew for each row.
PLANS: Final = ("hashagg", "hashjoin", "material", "memoize", "mergejoin", "sort")


def queue_deliveries(database: Database) -> None:
    announce(database, paper())
    channel = channel_of(subscribe(database, "ada@example.org", "experts"))
    with database.writing() as session:
        for day in range(MANY):
            each = edition(1, channel_id=channel, name=f"day {day}")
            deliveries.add_delivery(session, each, DeliveryKind.DIGEST, NOON)


def queue_letters(database: Database) -> None:
    with database.writing() as session:
        for number in range(MANY):
            letters.add_letter(session, LetterKind.CONFIRM, f"reader{number}@example.org", NOON, about={"request": 1})


def queue_notices(database: Database) -> None:
    note = Note(key="late", subject="Late", text="Since 06:00.")
    with database.writing() as session:
        for number in range(MANY):
            notices.add_notice(session, note, Address("email", f"ops{number}@example.org"), NOON)


def claim_deliveries(session: Session) -> Sequence[object]:
    return deliveries.claim_deliveries(session, ["email"], NOON, LEASE, LIMIT)


def claim_letters(session: Session) -> Sequence[object]:
    return letters.claim_letters(session, NOON, LEASE, LIMIT)


def claim_notices(session: Session) -> Sequence[object]:
    return notices.claim_notices(session, "email", NOON, LEASE, LIMIT)


@pytest.mark.parametrize(
    ("queue", "claim"),
    [(queue_deliveries, claim_deliveries), (queue_letters, claim_letters), (queue_notices, claim_notices)],
    ids=["deliveries", "letters", "notices"],
)
def test_a_claim_takes_no_more_than_its_limit(
    database: Database, queue: Callable[[Database], None], claim: Callable[[Session], Sequence[object]]
) -> None:
    queue(database)
    with database.writing() as session:
        for plan in () if database.is_sqlite else PLANS:
            session.execute(text(f"SET LOCAL enable_{plan} = off"))
        assert len(claim(session)) == LIMIT
