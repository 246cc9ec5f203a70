"""ORCID: what people say of themselves. https://info.orcid.org/documentation/integration-guide/orcid-record/.

Mail addresses stand in the record as well, for who made them public; they are not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged
from digest.intake import MAX_NAME
from digest.model import Affiliation, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id, read_ror
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.json_api import Api, refuse_error
from digest.sources.orcid import TOKEN_OPTION
from digest.sources.orcid_works import API as BASE_URL
from digest.sources.orcid_works import NAME, read_groups
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, ask
from digest.sources.people.pages import find_homepage, find_people

CANDIDATES: Final = 10
MOST: Final = 30
# What Solr reads as its own: https://info.orcid.org/documentation/api-tutorials/api-tutorial-searching-the-orcid-registry/
_SPECIAL = str.maketrans(dict.fromkeys('\\+-&|!(){}[]^"~*?:/', " "))


@dataclass(frozen=True, slots=True)
class OrcidPeople:
    """People by their iD, and by name."""

    base_url: str = BASE_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.ORCID,)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a record. Of a deprecated one, the record it was merged into answers."""
        url = f"{self.base_url}/{person.value}/record"
        question = Question(url=url, about=str(person), headers=_make_headers(settings))
        return note_move(parse_record(await ask(question, _describe(settings), http, now)), person)

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        """Get people of a name with their places; the search tells neither figures nor works."""
        words = " ".join(name.translate(_SPECIAL).split())
        query = f'given-and-family-names:"{words}" OR credit-name:"{words}" OR other-names:"{words}"'
        params = {"q": query, "rows": str(CANDIDATES)}
        question = Question(url=f"{self.base_url}/expanded-search/", params=params, headers=_make_headers(settings))
        return parse_search(await ask(question, _describe(settings), http, now))


def parse_record(body: bytes) -> PersonRecord:
    """Read a whole record, or its part about the person. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    person = top.record("person") if "person" in top else top
    path = top.record("orcid-identifier").text("path") or person.record("name").text("path") or top.text("path")
    orcid = read_person_id(PersonScheme.ORCID, path.strip("/").partition("/")[0])
    if orcid is None:
        refuse_error(top, "ORCID", NAME)
        raise SourceChanged(NAME, "The answer is JSON, but no record of ORCID")
    activities = top.record("activities-summary")
    names = tuple(dict.fromkeys(_read_names(person))) or (orcid.value,)
    links = [url.record("url").text("value", 500) for url in _in_order(person, "researcher-urls", "researcher-url")]
    keywords = (each.text("content", 1_000) for each in _in_order(person, "keywords", "keyword"))
    return PersonRecord(
        researcher=Researcher(
            name=names[0],
            variants=names[1:MOST],
            ids=tuple(dict.fromkeys((orcid, *find_people((*links, *_list_identifiers(person)))))),
            affiliations=tuple(_read_places(activities)),
            homepage=find_homepage(links),
            topics=tuple(word for each in keywords for part in each.split(",") if (word := part.strip()))[:MOST],
        ),
        papers=_read_papers(activities),
    )


def parse_search(body: bytes) -> tuple[PersonRecord, ...]:
    """Read an answer of the expanded search; if it found nobody, the list is null. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, "ORCID", NAME)
    if top.count("num-found") is None and "expanded-result" not in top:
        raise SourceChanged(NAME, "The answer is JSON, but no search of ORCID")
    return tuple(record for entry in top.records("expanded-result") if (record := _read_hit(entry)))


def _read_hit(entry: Record) -> PersonRecord | None:
    orcid = read_person_id(PersonScheme.ORCID, entry.text("orcid-id", 100))
    printed = " ".join(filter(None, (entry.text(key, MAX_NAME) for key in ("given-names", "family-names"))))
    names = [
        each for each in (entry.text("credit-name", MAX_NAME), printed, *entry.texts("other-name", MAX_NAME)) if each
    ]
    if orcid is None or not names:
        return None
    places = dict.fromkeys(entry.texts("institution-name", MAX_NAME))
    return PersonRecord(
        researcher=Researcher(
            name=names[0],
            variants=tuple(dict.fromkeys(names[1:MOST])),
            ids=(orcid,),
            affiliations=tuple(Affiliation(name=place, source=NAME) for place in places),
        )
    )


def _read_names(person: Record) -> Iterator[str]:
    name = person.record("name")
    parts = (name.record(key).text("value", MAX_NAME) for key in ("given-names", "family-name"))
    yield from filter(None, (name.record("credit-name").text("value", MAX_NAME), " ".join(filter(None, parts))))
    others = (each.text("content", MAX_NAME) for each in _in_order(person, "other-names", "other-name"))
    yield from filter(None, others)


def _list_identifiers(person: Record) -> list[str]:
    """Give the addresses of the person's pages elsewhere."""
    listed = _in_order(person, "external-identifiers", "external-identifier")
    return [each.record("external-id-url").text("value", 500) for each in listed]


def _in_order(person: Record, holder: str, key: str) -> list[Record]:
    """Give a list as the person has put it: the highest index first."""
    return sorted(person.record(holder).records(key), key=lambda each: each.count("display-index") or 0, reverse=True)


def _read_places(activities: Record) -> Iterator[Affiliation]:
    for group in activities.record("employments").records("affiliation-group"):
        for summary in group.records("summaries"):
            place = summary.record("employment-summary")
            organization = place.record("organization")
            known = organization.record("disambiguated-organization")
            if name := organization.text("name", MAX_NAME):
                yield Affiliation(
                    name=name,
                    ror=read_ror(known.text("disambiguated-organization-identifier", 100)),
                    since=_read_year(place, "start-date"),
                    until=_read_year(place, "end-date"),
                    source=NAME,
                )


def _read_year(place: Record, key: str) -> int | None:
    year = place.record(key).record("year").text("value", 10)
    return int(year) if len(year) == 4 and year.isdecimal() and year.isascii() else None  # noqa: PLR2004 -- YYYY


def _read_papers(activities: Record) -> tuple[Paper, ...]:
    works = activities.record("works")
    return tuple(work.paper for work in read_groups(works).works) if "group" in works else ()


def _describe(settings: SourceSettings) -> Api:
    has_token = bool(settings.orcid_token.get_secret_value().strip())
    refusals = frozenset({401, 403}) if has_token else frozenset[int]()
    return Api(source=NAME, title="ORCID", key_option=TOKEN_OPTION, key_refusals=refusals)


def _make_headers(settings: SourceSettings) -> dict[str, str]:
    token = settings.orcid_token.get_secret_value().strip()
    return {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
