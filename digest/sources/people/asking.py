"""One question to a service about a person or an institution. Acts; reads nothing into the answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from digest.errors import SourceError, UnknownReference
from digest.model import Paper
from digest.sources.http.client import Http, Response
from digest.sources.json_api import Api, open_answer
from digest.sources.people import PersonRecord

_UNKNOWN: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for. `about` is the id, as it is told to whoever gave it; a search is about none."""

    url: str
    about: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    also_accept: frozenset[int] = frozenset()


async def ask(question: Question, api: Api, http: Http, now: datetime) -> bytes:
    """Give the body of a success. Raises UnknownReference if there is nothing under the id, or another SourceError."""
    return open_answer(await send(question, api, http), api, now)


async def send(question: Question, api: Api, http: Http) -> Response:
    """Give the answer, which may be one that the API explains. Raises like `ask`."""
    response = await http.named(api.source).get(
        question.url,
        params=question.params or None,
        headers=question.headers,
        accept=api.accepted | _UNKNOWN | question.also_accept,
    )
    if question.about and response.status in _UNKNOWN:
        raise unknown(question.about, api)
    return response


def unknown(reference: str, api: Api) -> UnknownReference:
    """Give the error that says so."""
    said = f"{api.title} has nothing under {reference}; look the id up again on its page, or follow by name"
    return UnknownReference(api.source, reference, said)


async def add_papers(record: PersonRecord, read: Callable[[], Awaitable[tuple[Paper, ...]]]) -> PersonRecord:
    """Ask for the papers too; that they do not come is no reason to forget the person."""
    try:
        return replace(record, papers=await read())
    except SourceError as error:
        return replace(record, warnings=(*record.warnings, f"The papers did not come: {error}"))
