"""dblp: people of computer science and their publications. https://dblp.org/faq/."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from digest.errors import SourceChanged
from digest.intake import MAX_NAME, clean_text
from digest.model import Affiliation, PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.dblp import BASE_URLS, ask_mirrors
from digest.sources.dblp_records import NAME, PERSON, parse_person, read_name
from digest.sources.formats.markup import read_document
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.json_api import Api, open_answer
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, send
from digest.sources.people.pages import find_homepage, find_people

CANDIDATES: Final = 10
MOST: Final = 30
API: Final = Api(source=NAME, title="dblp")

_SPAN = re.compile(r"(?P<since>\d{4})?\s*(?:[-–]|until|till)\s*(?P<until>\d{4})", re.IGNORECASE | re.ASCII)
_SINCE = re.compile(r"(?:since|from)\s+(?P<since>\d{4})|(?P<only>\d{4})\s*[-–]\s*$", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class DblpPeople:
    """People by their pid, and by name. `base_urls` are asked in turn until one answers."""

    base_urls: tuple[str, ...] = BASE_URLS
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.DBLP,)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a person's page. Of a merged pid, the page it was merged into answers."""
        body = await self._ask(f"pid/{person.value}.xml", {}, http, now, about=str(person))
        return note_move(parse_profile(body), person)

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        """Get people of a name with their places; the search tells neither figures nor works."""
        params = {"q": name, "format": "json", "h": str(CANDIDATES), "c": "0"}
        return parse_authors(await self._ask("search/author/api", params, http, now))

    async def _ask(self, path: str, params: dict[str, str], http: Http, now: datetime, *, about: str = "") -> bytes:
        response = await ask_mirrors(
            self.base_urls,
            lambda base_url: send(Question(url=f"{base_url}/{path}", about=about, params=params), API, http),
        )
        return open_answer(response, API, now)


def parse_profile(body: bytes) -> PersonRecord:
    """Read a person's page. Raises SourceChanged."""
    pid, page, flaw = parse_person(body)
    own = read_person_id(PersonScheme.DBLP, pid)
    root = ET.fromstring(read_document(body, NAME, PERSON).body)  # noqa: S314 -- as in dblp_records
    person = root.find("person")
    if own is None or person is None:
        raise SourceChanged(NAME, "The answer is XML, but no person's page of dblp")
    names = list(dict.fromkeys(filter(None, (read_name(each.text or "") for each in person.findall("author")))))
    names = names or [read_name(root.get("name", ""))]
    links = [(each.text or "").strip() for each in person.findall("url") if each.get("type") != "archive"]
    return PersonRecord(
        researcher=Researcher(
            name=names[0] or pid,
            variants=tuple(names[1:MOST]),
            ids=tuple(dict.fromkeys((own, *find_people(links)))),
            affiliations=tuple(_read_places(person)),
            homepage=find_homepage(links),
        ),
        papers=tuple(work.paper for work in page.works),
        warnings=tuple(filter(None, (flaw,))),
    )


def parse_authors(body: bytes) -> tuple[PersonRecord, ...]:
    """Read an answer of the search for authors. Raises SourceChanged."""
    hits = Record(read_json(body, NAME)).record("result").record("hits")
    entries = hits.entries("hit")
    if entries is None and hits.text("@total") != "0":
        raise SourceChanged(NAME, "The answer is JSON, but no answer of dblp's search")
    return tuple(record for entry in entries or () if (record := _read_hit(entry.record("info"))))


def _read_places(person: ET.Element) -> Iterator[Affiliation]:
    """Give the places a page states. A former one without years is left out: it would pass for a present one."""
    for note in person.findall("note"):
        name = clean_text("".join(note.itertext()), MAX_NAME)
        label = note.get("label", "")[:MAX_NAME]
        since, until = _read_years(label)
        if note.get("type") == "affiliation" and name and (until or "former" not in label.lower()):
            yield Affiliation(name=name, since=since, until=until, source=NAME)


def _read_years(label: str) -> tuple[int | None, int | None]:
    if found := _SPAN.search(label):
        return (int(found["since"]) if found["since"] else None), int(found["until"])
    found = _SINCE.search(label)
    return (int(found["since"] or found["only"]) if found else None), None


def _read_hit(info: Record) -> PersonRecord | None:
    own = read_person_id(PersonScheme.DBLP, info.text("url", 200))
    name = read_name(html.unescape(info.text("author", MAX_NAME)))
    if own is None or not name:
        return None
    aliases = (read_name(html.unescape(alias)) for alias in _texts(info.record("aliases"), "alias"))
    return PersonRecord(
        researcher=Researcher(
            name=name,
            variants=tuple(dict.fromkeys(aliases))[:MOST],
            ids=(own,),
            affiliations=tuple(_read_hit_places(info.record("notes"))),
        )
    )


def _read_hit_places(notes: Record) -> Iterator[Affiliation]:
    """Read the notes: one comes as an object, several as a list; entities are escaped once more."""
    listed = notes.entries("note")
    for note in listed if listed is not None else [notes.record("note")]:
        name = html.unescape(note.text("text", MAX_NAME))
        if note.text("@type", 40) == "affiliation" and name:
            yield Affiliation(name=name, source=NAME)


def _texts(holder: Record, key: str) -> tuple[str, ...]:
    return holder.texts(key, MAX_NAME) or tuple(filter(None, (holder.text(key, MAX_NAME),)))
