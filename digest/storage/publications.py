"""What a researcher's page lists: their papers with the dates these bear, those they write with, and what was said.

Reads only numbers and dates of all papers; the papers themselves are loaded for the part that is shown.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.model import AnnouncementKind, IdScheme, PaperId, ResearcherId, Standing
from digest.storage.people_tables import AnswerRow, AuthorshipRow, ResearcherRow
from digest.storage.tables import AnnouncementRow, PaperAuthorRow, PaperIdRow, PaperRow
from subscribers.store.rows import chunks

# Who is on a longer list of authors than this is no collaborator for that alone.
LONGEST_LIST: Final = 100
MOST_WORDS: Final = 8  # of a search
_THIS_CENTURY: Final = 91  # arXiv began in August 1991: `9108` is that year, `0703` the year 2007

_THEIRS: Final = tuple(standing.value for standing in Standing if standing.is_theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A paper that is, or may be, a researcher's, and when it came out as far as that is known (`on` to sort by)."""

    paper_id: PaperId
    standing: Standing
    on: date | None

    @property
    def year(self) -> int | None:
        """Give the year it came out."""
        return self.on.year if self.on else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborator:
    """A name that stands beside a researcher's on so many papers; the one record they are known under."""

    name: str
    papers: int
    researcher_id: ResearcherId | None


@dataclass(frozen=True, slots=True)
class Version:
    """Tells whether anything was judged anew since: the number of authorships and the time of the last."""

    authorships: int
    judged_at: datetime | None


def list_publications(
    session: Session, researcher_id: ResearcherId, standings: Collection[Standing]
) -> list[Publication]:
    """Give the papers that stand so, the newest first; those without a date come last."""
    query = select(AuthorshipRow.paper_id, AuthorshipRow.standing, PaperRow.submitted_at)
    query = query.join(PaperRow, PaperRow.id == AuthorshipRow.paper_id)
    wanted = AuthorshipRow.standing.in_([standing.value for standing in standings])
    rows = session.execute(query.where(AuthorshipRow.researcher_id == researcher_id, wanted)).all()
    dates = _find_dates(session, [number for number, _, submitted_at in rows if submitted_at is None])
    found = [
        Publication(
            paper_id=PaperId(number),
            standing=Standing(standing),
            on=submitted_at.date() if submitted_at else dates.get(number),
        )
        for number, standing, submitted_at in rows
    ]
    return sorted(found, key=lambda each: (each.on or date.min, each.paper_id), reverse=True)


def list_collaborators(session: Session, researcher_id: ResearcherId, limit: int) -> list[Collaborator]:
    """Give the names that stand most often beside a researcher's, by the number of papers."""
    mine, theirs, author = AuthorshipRow, aliased(AuthorshipRow), PaperAuthorRow
    papers = func.count(author.paper_id.distinct())
    query = (
        select(func.max(author.name), papers, func.min(theirs.researcher_id), func.max(theirs.researcher_id))
        .select_from(mine)
        .join(author, and_(author.paper_id == mine.paper_id, author.position != mine.position))
        .outerjoin(
            theirs,
            and_(
                theirs.paper_id == author.paper_id,
                theirs.position == author.position,
                theirs.standing.in_(_THEIRS),
                theirs.researcher_id != researcher_id,
            ),
        )
        .where(mine.researcher_id == researcher_id, mine.standing.in_(_THEIRS), author.name_key != "", ~_is_long(mine))
        .group_by(author.name_key)
        .order_by(papers.desc(), author.name_key)
        .limit(limit)
    )
    return [
        Collaborator(
            name=name,
            papers=count,
            researcher_id=ResearcherId(lowest) if lowest and lowest == highest else None,
        )
        for name, count, lowest, highest in session.execute(query)
    ]


def count_words(session: Session, researcher_id: ResearcherId) -> Counter[tuple[Standing, str]]:
    """Count the papers that people have settled, by what they said and who said it (`readers agree`)."""
    settled = AuthorshipRow.standing.in_([Standing.CONFIRMED.value, Standing.REJECTED.value])
    query = select(AuthorshipRow.standing, AuthorshipRow.evidence)
    rows = session.execute(query.where(AuthorshipRow.researcher_id == researcher_id, settled))
    return Counter((Standing(standing), evidence[0] if evidence else "") for standing, evidence in rows)


def count_answers(session: Session, researcher_id: ResearcherId) -> tuple[int, int]:
    """Count how often readers said that a paper is theirs, and that it is not."""
    query = select(AnswerRow.is_theirs, func.count()).where(AnswerRow.researcher_id == researcher_id)
    counts = {bool(said): count for said, count in session.execute(query.group_by(AnswerRow.is_theirs))}
    return counts.get(True, 0), counts.get(False, 0)


def find_version(session: Session, researcher_id: ResearcherId) -> Version:
    """Give what changes whenever a researcher's papers are judged anew."""
    query = select(func.count(), func.max(AuthorshipRow.judged_at))
    count, judged_at = session.execute(query.where(AuthorshipRow.researcher_id == researcher_id)).one()
    return Version(count, judged_at)


def find_by_words(session: Session, words: Iterable[str], limit: int) -> list[ResearcherId]:
    """Give the living records whose name, or one of its spellings, has all of these words in it; none for no word."""
    conditions = [_has_word(word.lower()) for word in words if any(letter.isalnum() for letter in word)]
    if not conditions:
        return []
    query = select(ResearcherRow.id).where(ResearcherRow.merged_into.is_(None), *conditions[:MOST_WORDS])
    return [ResearcherId(number) for number in session.scalars(query.order_by(ResearcherRow.id).limit(limit))]


def _has_word(word: str) -> ColumnElement[bool]:
    """Look in the name, and in the spellings: they are JSON, where signs beyond ASCII stand as numbers."""
    name, spellings = func.lower(ResearcherRow.name), func.lower(cast(ResearcherRow.variants, String))
    written = json.dumps(word)[1:-1].lower()
    is_named = name.like(f"%{_escape(word)}%", escape="\\")
    return or_(is_named, spellings.like(f"%{_escape(written)}%", escape="\\"))


def _is_long(mine: type[AuthorshipRow]) -> Any:
    other = aliased(PaperAuthorRow)
    return exists().where(other.paper_id == mine.paper_id, other.position == LONGEST_LIST + 1)


def _find_dates(session: Session, paper_ids: Collection[int]) -> dict[int, date]:
    """Give when papers came out that state no date: as their number at arXiv says, else when they were announced."""
    dates: dict[int, date] = {}
    announced, known = AnnouncementRow, PaperIdRow
    for chunk in chunks(paper_ids):
        query = select(announced.paper_id, func.min(announced.announced_on)).where(announced.paper_id.in_(chunk))
        new = query.where(announced.kind == AnnouncementKind.NEW.value).group_by(announced.paper_id)
        dates.update((number, first_on) for number, first_on in session.execute(new))
        # All ids: given the scheme, SQLite would walk through every paper's.
        for number, scheme, value in session.execute(
            select(known.paper_id, known.scheme, known.value).where(known.paper_id.in_(chunk))
        ):
            first_on = _read_number(value) if scheme == IdScheme.ARXIV else None
            if first_on is not None:
                dates[number] = first_on
    return dates


def _read_number(arxiv_id: str) -> date | None:
    found = find_arxiv_id(arxiv_id)
    if found is None:
        return None
    digits = found.value.rpartition("/")[2]
    year, month = int(digits[:2]), int(digits[2:4])
    return date(1900 + year if year >= _THIS_CENTURY else 2000 + year, month, 1)


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
