"""Semantic Scholar: people with figures and papers. https://api.semanticscholar.org/api-docs/graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from digest.errors import SourceChanged
from digest.intake import MAX_NAME
from digest.model import Affiliation, Metrics, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.json_api import refuse_error
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, add_papers, ask
from digest.sources.semantic_scholar import BASE_URL, FIELDS, PAGE, describe, sign
from digest.sources.semantic_scholar_papers import NAME, TITLE, parse_page, read_work

CANDIDATES: Final = 10
RECENT: Final = 10  # papers of a candidate
PERSON_FIELDS: Final = "name,affiliations,homepage,paperCount,citationCount,hIndex,externalIds"
# One answer holds all papers of all candidates, and at most 10 MB: so without their abstracts.
CANDIDATE_FIELDS: Final = (
    f"{PERSON_FIELDS},papers.title,papers.authors,papers.externalIds,papers.publicationDate,papers.year"
)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SemanticScholarPeople:
    """People by the number in the address of their page, and by name."""

    base_url: str = BASE_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.S2,)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a person and up to a thousand papers. Of a merged id, the person it was merged into answers."""
        key = settings.semantic_scholar_key.get_secret_value().strip()
        api, headers = describe(NAME, key), sign(key)
        url = f"{self.base_url}/author/{person.value}"
        question = Question(url=url, about=str(person), params={"fields": PERSON_FIELDS}, headers=headers)
        record = note_move(parse_author(await ask(question, api, http, now), now.date()), person)

        async def read_papers() -> tuple[Paper, ...]:
            value = record.researcher.id_of(PersonScheme.S2)
            params = {"fields": FIELDS, "limit": str(PAGE)}
            papers = Question(url=f"{self.base_url}/author/{value}/papers", params=params, headers=headers)
            return tuple(work.paper for work in parse_page(await ask(papers, api, http, now)).works)

        return await add_papers(record, read_papers)

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        """Get people of a name with their papers, in one request."""
        key = settings.semantic_scholar_key.get_secret_value().strip()
        params = {"query": name, "limit": str(CANDIDATES), "fields": CANDIDATE_FIELDS}
        question = Question(url=f"{self.base_url}/author/search", params=params, headers=sign(key))
        return parse_authors(await ask(question, describe(NAME, key), http, now), now.date())


def parse_author(body: bytes, as_of: date) -> PersonRecord:
    """Read one person, with the papers if they came along. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, TITLE, NAME)
    if record := _read_author(top, as_of):
        return record
    raise SourceChanged(NAME, "The answer is JSON, but no author of Semantic Scholar")


def parse_authors(body: bytes, as_of: date) -> tuple[PersonRecord, ...]:
    """Read an answer of the search; if it found nobody, the list is missing. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, TITLE, NAME)
    entries = top.entries("data")
    if entries is None and top.count("offset") is None:
        raise SourceChanged(NAME, "The answer is JSON, but holds no list of authors")
    return tuple(record for entry in entries or () if (record := _read_author(entry, as_of)))


def _read_author(entry: Record, as_of: date) -> PersonRecord | None:
    own = read_person_id(PersonScheme.S2, entry.text("authorId", 20))
    name = entry.text("name", MAX_NAME)
    if own is None or not name:
        return None
    known = entry.record("externalIds")
    orcid = read_person_id(PersonScheme.ORCID, known.text("ORCID", 100))
    places = dict.fromkeys(entry.texts("affiliations", MAX_NAME))
    researcher = Researcher(
        name=name,
        variants=known.texts("DBLP", MAX_NAME),  # names as dblp has them, not ids
        ids=(own, *filter(None, (orcid,))),
        affiliations=tuple(Affiliation(name=place, source=NAME) for place in places),
        homepage=entry.link("homepage"),
        metrics=tuple(_read_metrics(entry, as_of)),
    )
    return PersonRecord(researcher=researcher, papers=_read_papers(entry))


def _read_papers(entry: Record) -> tuple[Paper, ...]:
    works = (work for paper in entry.records("papers") if (work := read_work(paper)))
    papers = sorted((work.paper for work in works), key=lambda paper: paper.submitted_at or _NEVER, reverse=True)
    return tuple(papers[:RECENT])


def _read_metrics(entry: Record, as_of: date) -> Iterator[Metrics]:
    works, citations, h_index = (entry.count(key) for key in ("paperCount", "citationCount", "hIndex"))
    if (works, citations, h_index) != (None, None, None):
        yield Metrics(source=NAME, as_of=as_of, works=works, citations=citations, h_index=h_index)
