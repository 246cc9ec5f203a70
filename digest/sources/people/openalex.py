"""OpenAlex: people with places, figures, topics and works. https://developers.openalex.org/api-reference/authors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from digest.errors import SourceChanged, SourceRefused
from digest.intake import MAX_NAME
from digest.model import Affiliation, Metrics, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id, read_ror
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.json_api import Api, refuse_error
from digest.sources.openalex import FILTERS, KEY_OPTION, NO_KEY, PAGE
from digest.sources.openalex import SELECT as WORK_FIELDS
from digest.sources.openalex_works import NAME, parse_page
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, add_papers, ask

BASE_URL: Final = "https://api.openalex.org"
CANDIDATES: Final = 10
MOST_TOPICS: Final = 10
MOST_VARIANTS: Final = 30
API: Final = Api(source=NAME, title="OpenAlex", key_option=KEY_OPTION, key_refusals=frozenset({401}))
SELECT: Final = (
    "id,orcid,display_name,display_name_alternatives,works_count,cited_by_count,summary_stats,affiliations,"
    "last_known_institutions,topics"
)


@dataclass(frozen=True, slots=True)
class OpenAlexPeople:
    """People by OpenAlex id or ORCID, and by name."""

    base_url: str = BASE_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.OPENALEX, PersonScheme.ORCID)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a person and the newest works. Of a merged id, the person it was merged into answers."""
        key = read_key(settings)
        value = str(person) if person.scheme is PersonScheme.ORCID else person.value
        params = {"select": SELECT, "api_key": key}
        question = Question(url=f"{self.base_url}/authors/{value}", about=str(person), params=params)
        record = note_move(parse_author(await ask(question, API, http, now), now.date()), person)
        author = record.researcher.id_of(PersonScheme.OPENALEX) or ""
        return await add_papers(record, lambda: self._fetch_works([author], key, http, now))

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        """Get people of a name, and in a second request their newest works."""
        key = read_key(settings)
        params = {"search": name, "per_page": str(CANDIDATES), "select": SELECT, "api_key": key}
        question = Question(url=f"{self.base_url}/authors", params=params)
        records = parse_authors(await ask(question, API, http, now), now.date())
        authors = [record.researcher.ids[0].value for record in records]
        if not authors:
            return ()
        whole = await add_papers(records[0], lambda: self._fetch_works(authors, key, http, now))
        return tuple(
            replace(record, papers=_papers_of(record.researcher.ids[0], whole.papers), warnings=whole.warnings)
            for record in records
        )

    async def _fetch_works(self, authors: list[str], key: str, http: Http, now: datetime) -> tuple[Paper, ...]:
        params = {
            "filter": f"{FILTERS['author']}:{'|'.join(authors)}",
            "sort": "publication_date:desc",
            "per_page": str(PAGE),
            "select": WORK_FIELDS,
            "api_key": key,
        }
        body = await ask(Question(url=f"{self.base_url}/works", params=params), API, http, now)
        return tuple(work.paper for work in parse_page(body).works)


def read_key(settings: SourceSettings) -> str:
    """Give the key. Raises SourceRefused if there is none: OpenAlex need not be asked then."""
    if key := settings.openalex_key.get_secret_value().strip():
        return key
    raise SourceRefused(NAME, NO_KEY)


def parse_author(body: bytes, as_of: date) -> PersonRecord:
    """Read one person. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, "OpenAlex", NAME)
    if record := _read_author(top, as_of):
        return record
    raise SourceChanged(NAME, "The answer is JSON, but no author of OpenAlex")


def parse_authors(body: bytes, as_of: date) -> tuple[PersonRecord, ...]:
    """Read an answer of the search. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, "OpenAlex", NAME)
    entries = top.entries("results")
    if entries is None:
        raise SourceChanged(NAME, "The answer is JSON, but holds no list of authors")
    return tuple(record for entry in entries if (record := _read_author(entry, as_of)))


def _read_author(entry: Record, as_of: date) -> PersonRecord | None:
    own = read_person_id(PersonScheme.OPENALEX, entry.text("id", 100))
    name = entry.text("display_name", MAX_NAME)
    if own is None or not name:
        return None
    orcid = read_person_id(PersonScheme.ORCID, entry.text("orcid", 100))
    topics = (topic.text("display_name", MAX_NAME) for topic in entry.records("topics"))
    return PersonRecord(
        researcher=Researcher(
            name=name,
            variants=entry.texts("display_name_alternatives", MAX_NAME)[:MOST_VARIANTS],
            ids=(own, *filter(None, (orcid,))),
            affiliations=tuple(_read_affiliations(entry)),
            topics=tuple(filter(None, topics))[:MOST_TOPICS],
            metrics=_read_metrics(entry, as_of),
        )
    )


def _read_affiliations(entry: Record) -> Iterator[Affiliation]:
    """Give the places, the latest first. Those that OpenAlex takes for the present ones have no end."""
    present = {place.text("id", 100) for place in entry.records("last_known_institutions")}
    stated = [(place.record("institution"), _read_years(place)) for place in entry.records("affiliations")]
    for place, years in sorted(stated, key=lambda each: max(each[1], default=0), reverse=True):
        if name := place.text("display_name", MAX_NAME):
            yield Affiliation(
                name=name,
                ror=read_ror(place.text("ror", 100)),
                since=min(years, default=None),
                until=None if place.text("id", 100) in present else max(years, default=None),
                source=NAME,
            )


def _read_years(place: Record) -> list[int]:
    years = place.raw("years")
    return [year for year in years if isinstance(year, int) and 1500 < year < 2200] if isinstance(years, list) else []  # noqa: PLR2004


def _read_metrics(entry: Record, as_of: date) -> tuple[Metrics, ...]:
    figures: Mapping[str, int | None] = {
        "works": entry.count("works_count"),
        "citations": entry.count("cited_by_count"),
        "h_index": entry.record("summary_stats").count("h_index"),
    }
    return (Metrics(source=NAME, as_of=as_of, **figures),) if any(v is not None for v in figures.values()) else ()


def _papers_of(person: PersonId, papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
    return tuple(paper for paper in papers if any(person in author.ids for author in paper.authors))
