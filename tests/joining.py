"""Requests, letters and forms of people who come in, for tests."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import httpx
from sqlalchemy import select

from digest.model import LetterKind
from digest.pipeline.joining import answer_requests
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import SignupWishes, dump_wishes
from digest.settings import SmtpSettings
from digest.storage.letter_tables import LetterRow
from subscribers import service
from subscribers.db import Database
from subscribers.joining import make_request
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import RequestKind, RequestState, Schedule, SubscriberView
from subscribers.store.requests import Ask, Request, find_request
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.factories import NOON
from tests.records import KEY, open_client

SITE = "https://digest.example.org"
ADA = "ada@example.org"
SMTP = SmtpSettings(host="mail.example.org", sender="Digest <digest@example.org>")
FORM: dict[str, Any] = {"action": "subscribe", "address": ADA, "topics": "experts"}
WISHES = SignupWishes(
    schedule=Schedule("Europe/Berlin", time(7, 30)), cap=10, language="de", interests=(read_interest("experts"),)
)


def open_site(database: Database, now: datetime = NOON, **settings: Any) -> httpx.AsyncClient:
    """Open the pages of a service that can be signed up for, behind a proxy that says whom a request is from."""
    usual = {"public_url": SITE, "web_proxies": ("127.0.0.1",), "smtp": SMTP}
    return open_client(database, now, **(usual | settings))


def come_from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def ask(
    database: Database,
    address: str = ADA,
    kind: RequestKind = RequestKind.SIGNUP,
    wishes: SignupWishes | None = WISHES,
    about_id: int = 0,
    now: datetime = NOON,
) -> int:
    evidence = {"how": "web form", "text": "2026-11", "network": "192.0.2.0/24"}
    kept = dump_wishes(wishes) if wishes and kind is RequestKind.SIGNUP else {}
    with database.writing() as session:
        wanted = Ask(kind=kind, address=address, about_id=about_id, wishes=kept, evidence=evidence)
        return make_request(session, now, wanted)


def ask_and_answer(database: Database, address: str = ADA, now: datetime = NOON, **fields: Any) -> int:
    number = ask(database, address, now=now, **fields)
    answer_requests(database, now, per_address=100)
    return number


def request_of(database: Database, number: int) -> Request:
    with database.reading() as session:
        found = find_request(session, number)
    assert found is not None
    return found


def state_of(database: Database, number: int) -> RequestState:
    return request_of(database, number).state


def list_requests(database: Database) -> Sequence[Request]:
    with database.reading() as session:
        numbers = session.scalars(select(RequestRow.id).order_by(RequestRow.id)).all()
    return [request_of(database, number) for number in numbers]


def letters_of(database: Database) -> list[tuple[LetterKind, str]]:
    return [(LetterKind(row.kind), row.address) for row in letter_rows(database)]


def letter_rows(database: Database) -> Sequence[LetterRow]:
    with database.reading() as session:
        return session.scalars(select(LetterRow).order_by(LetterRow.id)).all()


def reader_at(database: Database, address: str = ADA) -> SubscriberView:
    with database.reading() as session:
        return service.get_subscriber(session, address)


def link(number: int, purpose: Purpose = Purpose.CONFIRM, at: datetime = NOON, key: str = KEY) -> str:
    token = Tokens([key]).issue(purpose, TokenSubject(0, 0, (number,)), at)
    return f"/{purpose.value}/{token}"
