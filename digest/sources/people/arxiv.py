"""arXiv: the author pages of who has one, as a feed. https://info.arxiv.org/help/author_identifiers.html."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged
from digest.model import Author, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.names import Likeness, compare, parse_name
from digest.settings import SourceSettings
from digest.sources.arxiv.queries import AUTHORS_URL
from digest.sources.arxiv.queries import NAME as SOURCE
from digest.sources.arxiv.search import parse_search
from digest.sources.formats.feed import read_feed
from digest.sources.http.client import Http
from digest.sources.json_api import Api
from digest.sources.people import PersonRecord
from digest.sources.people.asking import Question, ask

NAME: Final = "arxiv"
API: Final = Api(source=NAME, title="arXiv")
MOST_FIELDS: Final = 5

_TITLE = re.compile(r"(?P<name>.{2,200}?)['’]s? (?:articles|papers) on arXiv", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ArxivPeople:
    """People by the id of their author page, or the ORCID they linked to it."""

    base_url: str = AUTHORS_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.ARXIV, PersonScheme.ORCID)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get the papers of an author page, and what they tell of the author."""
        question = Question(url=f"{self.base_url}{person.value}.atom2", about=str(person))
        return parse_author_page(await ask(question, API, http, now), person)


def parse_author_page(body: bytes, person: PersonId) -> PersonRecord:
    """Read an author page. Raises SourceChanged."""
    feed = read_feed(body, NAME)
    parsed = parse_search(feed, SOURCE)
    titled = _TITLE.fullmatch(" ".join(feed.title.split()))
    name = titled["name"] if titled else _guess_name(person, parsed.papers)
    if not name:
        raise SourceChanged(NAME, "The author page names neither the author nor any papers")
    fields = Counter(paper.primary_category for paper in parsed.papers if paper.primary_category)
    return PersonRecord(
        researcher=Researcher(
            name=name, ids=(person,), fields=tuple(field for field, _ in fields.most_common(MOST_FIELDS))
        ),
        papers=tuple(_attach(paper, name, person) for paper in parsed.papers),
        warnings=parsed.warnings,
    )


def _guess_name(person: PersonId, papers: Sequence[Paper]) -> str:
    """Give the name that stands on most papers, with the family name of the id if it is one of arXiv."""
    family = "".join(person.value.split("_")[:-2]) if person.scheme is PersonScheme.ARXIV else ""
    times: Counter[str] = Counter()
    for paper in papers:
        times.update({author.name for author in paper.authors if not family or _family_of(author.name) == family})
    return times.most_common(1)[0][0] if times else ""


def _family_of(name: str) -> str:
    parsed = parse_name(name)
    return parsed.family if parsed else ""


def _attach(paper: Paper, name: str, person: PersonId) -> Paper:
    """Put the id on the one author of that name; if there are several, nobody can tell."""
    likely = [at for at, author in enumerate(paper.authors) if _is_like(author.name, name)]
    if len(likely) != 1:
        return paper
    authors = list(paper.authors)
    authors[likely[0]] = _identify(authors[likely[0]], person)
    return replace(paper, authors=tuple(authors))


def _identify(author: Author, person: PersonId) -> Author:
    if person.scheme is PersonScheme.ORCID:
        return replace(author, orcid=person.value)
    return replace(author, ids=tuple(dict.fromkeys((*author.ids, person))))


def _is_like(printed: str, name: str) -> bool:
    one, other = parse_name(printed), parse_name(name)
    return one is not None and other is not None and compare(one, other) is not Likeness.NO
