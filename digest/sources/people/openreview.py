"""OpenReview: profiles, and the submissions that name them. https://docs.openreview.net/reference/api-v2/entities/profile.

Addresses stand in a profile as well, half of them masked; they are not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged, SourceRefused
from digest.intake import MAX_NAME
from digest.model import Affiliation, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.http.retry_after import parse_wait
from digest.sources.json_api import Api, find_reason, open_answer
from digest.sources.openreview import BASE_URL, PAGE, REFUSALS, explain_refusal
from digest.sources.openreview_notes import NAME, read_notes
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, add_papers, send, unknown
from digest.sources.people.pages import find_homepage, find_people

API: Final = Api(source=NAME, title="OpenReview")
MOST: Final = 30
_LINKS: Final = ("orcid", "dblp", "semanticScholar", "homepage")


@dataclass(frozen=True, slots=True)
class OpenReviewPeople:
    """People by the id of their profile, of which one person may have several."""

    base_url: str = BASE_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.OPENREVIEW,)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a profile and its submissions. Without a token, OpenReview mostly answers nobody."""
        token = settings.openreview_token.get_secret_value().strip()
        body = await self._ask("profiles", {"id": person.value}, token, http, now)
        profile = parse_profile(body)
        if profile is None:
            raise unknown(str(person), API)

        async def read_papers() -> tuple[Paper, ...]:
            params = {"content.authorids": person.value, "sort": "tcdate:desc", "limit": str(PAGE)}
            notes = await self._ask("notes", params, token, http, now)
            return tuple(work.paper for work in read_notes(notes).works)

        return await add_papers(note_move(profile, person), read_papers)

    async def _ask(self, path: str, params: dict[str, str], token: str, http: Http, now: datetime) -> bytes:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        about = f"{NAME}:{params['id']}" if "id" in params else ""
        question = Question(
            url=f"{self.base_url}/{path}", about=about, params=params, headers=headers, also_accept=REFUSALS
        )
        response = await send(question, API, http)
        if response.status in REFUSALS:
            said = explain_refusal(response, has_token=bool(token))
            raise SourceRefused(NAME, said, retry_after=parse_wait(response.headers, now))
        return open_answer(response, API, now)


def parse_profile(body: bytes) -> PersonRecord | None:
    """Read a profile; None if the answer holds none. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    profiles = top.entries("profiles")
    if profiles is None:
        reason = find_reason(top)
        raise SourceChanged(NAME, f"OpenReview answered with an error: {reason}" if reason else "There is no profile")
    return _read_profile(profiles[0]) if profiles else None


def _read_profile(profile: Record) -> PersonRecord | None:
    content = profile.record("content")
    own = read_person_id(PersonScheme.OPENREVIEW, profile.text("id", MAX_NAME))
    listed = sorted(content.records("names"), key=lambda each: not each.flag("preferred"))
    names = tuple(dict.fromkeys(filter(None, map(_read_name, listed))))
    if own is None or not names:
        return None
    spellings = (read_person_id(PersonScheme.OPENREVIEW, each.text("username", MAX_NAME)) for each in listed)
    links = [content.text(key, 500) for key in _LINKS]
    return PersonRecord(
        researcher=Researcher(
            name=names[0],
            variants=names[1:MOST],
            ids=tuple(dict.fromkeys((own, *filter(None, spellings), *find_people(links)))),
            affiliations=tuple(_read_history(content)),
            homepage=find_homepage(links[-1:]),
            topics=tuple(_read_topics(content))[:MOST],
        )
    )


def _read_name(name: Record) -> str:
    parts = (name.text(key, MAX_NAME) for key in ("first", "middle", "last"))
    return name.text("fullname", MAX_NAME) or " ".join(filter(None, parts))


def _read_history(content: Record) -> Iterator[Affiliation]:
    for entry in content.records("history"):
        place = entry.record("institution")
        if name := place.text("name", MAX_NAME) or place.text("domain", MAX_NAME):
            yield Affiliation(name=name, since=entry.count("start"), until=entry.count("end"), source=NAME)


def _read_topics(content: Record) -> Iterator[str]:
    for field in content.records("expertise"):
        yield from field.texts("keywords", MAX_NAME)
