"""Many papers go in at once, whatever each of them says: every row keeps what is its own, in both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete

from digest.model import Author, Batch, ExternalId, IdScheme, Paper, RunState
from digest.storage import papers, runs
from digest.storage.tables import PaperRow
from subscribers.db import Database
from tests.factories import NOON, announcement, paper

AUTHORS = (
    Author("Ada Lovelace"),
    Author("Jörg B. Müller", ("ETH Zürich", "CERN")),
    Author("Furu Wei", hf_user="furu"),
    Author("Ji-Hoon Kim", orcid="0000-0002-7970-7855"),
    Author("LIGO Collaboration"),
)


def make(number: int) -> Paper:
    return replace(
        paper(f"2611.{number:05d}", title=f"A telling title about subject {number}"),
        authors=AUTHORS[number % 5 :] + AUTHORS[: number % 3],
        comment=f"{number} pages" if number % 7 == 0 else None,
        upvotes=number if number % 11 == 0 else None,
        submitted_at=NOON - timedelta(minutes=number) if number % 2 else None,
        media_urls=(f"https://example.org/{number}.mp4",) if number % 13 == 0 else (),
        ids=(ExternalId(IdScheme.ARXIV, f"2611.{number:05d}"),),
    )


def store(database: Database, seen: list[Paper]) -> None:
    made = tuple(announcement(each) for each in seen)
    batch = Batch(source="arxiv:cs.CL", state=RunState.FRESH, papers=tuple(seen), announcements=made)
    with database.writing() as session:
        runs.save_batch(session, batch, NOON)


def load(database: Database, seen: list[Paper]) -> list[Paper]:
    with database.reading() as session:
        places = [papers.find_paper(session, each.ids[0]) for each in seen]
        found = papers.load_papers(session, [place for place in places if place])
    return [found[place] for place in places if place]


def test_every_paper_of_a_large_batch_keeps_its_own(database: Database) -> None:
    seen = [make(number) for number in range(1, 301)]

    store(database, seen)

    assert load(database, seen) == seen


def test_a_second_batch_goes_behind_the_first(database: Database) -> None:
    first, second = [make(number) for number in range(1, 40)], [make(number) for number in range(30, 90)]

    store(database, first)
    store(database, second)

    assert load(database, [*first, *second]) == [*first, *second]
    with database.reading() as session:
        assert papers.count_papers(session) == 89


def test_the_ids_of_rows_that_are_gone_are_not_given_again(database: Database) -> None:
    store(database, [make(number) for number in range(1, 9)])
    with database.writing() as session:
        last = papers.find_paper(session, make(8).ids[0])
        session.execute(delete(PaperRow))

    store(database, [make(20), make(21)])

    with database.reading() as session:
        places = [papers.find_paper(session, make(number).ids[0]) for number in (20, 21)]
    assert last is not None
    assert places == [last + 1, last + 2]
    assert load(database, [make(20), make(21)]) == [make(20), make(21)]
