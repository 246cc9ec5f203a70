"""What wishes would have brought, on real databases: the same as composing would have, and nothing is kept of it."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import func, select

from digest.model import Standing
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted
from digest.pipeline.foretaste import KEPT_FOR, MOST_SHOWN, Foreteller, WishCount
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import FollowChoice, SignupWishes
from subscribers.db import Base, Database
from subscribers.model import Schedule
from tests.factories import NOON, paper
from tests.people import announce, subscribe
from tests.records import add_papers, add_record, attribute

DAY = timedelta(days=1)
WISHES = SignupWishes(
    schedule=Schedule("UTC", time(8)), cap=25, interests=(read_interest("experts"), read_interest("diffusion"))
)


def read_papers(database: Database, *numbers: int, title: str = "Sparse Experts", days_ago: float = 1) -> None:
    papers = [paper(f"2611.{number:05}", title=f"{title} {number}", abstract="") for number in numbers]
    announce(database, *papers, now=NOON - days_ago * DAY)
    attribute_new(database, NOON)


def dump(database: Database) -> dict[str, int]:
    with database.reading() as session:
        tables = Base.metadata.tables.values()
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_each_wish_is_counted_alone_and_all_together_once(database: Database) -> None:
    read_papers(database, 1, 2, 3)
    read_papers(database, 4, title="Diffusion Experts")
    read_papers(database, 5, title="Holography")
    foretaste = Foreteller(database).give(WISHES, NOON)

    assert foretaste.topics == (WishCount(text="experts", papers=4), WishCount(text="diffusion", papers=1))
    assert (foretaste.total, foretaste.announced) == (4, 5)
    assert {paper.title for paper in foretaste.papers.values()} == {
        "Sparse Experts 1",
        "Sparse Experts 2",
        "Sparse Experts 3",
        "Diffusion Experts 4",
    }


def test_it_is_what_the_digest_would_have_held(database: Database) -> None:
    read_papers(database, *range(1, 5), days_ago=0.5)
    read_papers(database, 5, title="Diffusion Experts", days_ago=0.5)
    foretaste = Foreteller(database).give(WISHES, NOON)
    subscribe(database, "ada@example.org", "experts", "diffusion", now=NOON)
    (composed,) = compose_due(database, NOON, is_forced=True).composed

    assert composed.edition is not None
    assert foretaste.edition.entries == composed.edition.entries


def test_only_the_last_week_is_looked_at(database: Database) -> None:
    read_papers(database, 1, days_ago=8)
    read_papers(database, 2, 3, days_ago=6)
    foretaste = Foreteller(database).give(WISHES, NOON)

    assert (foretaste.total, foretaste.since) == (2, NOON - 7 * DAY)


def test_a_service_that_has_begun_this_week_says_since_when(database: Database) -> None:
    read_papers(database, 1, days_ago=2)

    assert Foreteller(database).give(WISHES, NOON).since == NOON - 2 * DAY


def test_a_service_without_papers_gives_nothing(database: Database) -> None:
    foretaste = Foreteller(database).give(WISHES, NOON)

    assert (foretaste.total, foretaste.announced, foretaste.papers) == (0, 0, {})


def test_followed_people_count_where_they_have_a_record(database: Database) -> None:
    fu = add_record(database)
    read_papers(database, 1, 2, 3, title="Holography")
    known = add_papers(database, *(paper(f"2611.0000{n}", title=f"Holography {n}", abstract="") for n in (1, 2)))
    attribute(database, fu, known[:1])
    attribute(database, fu, known[1:], Standing.POSSIBLE)
    follows = (
        FollowChoice(text=f"researcher {fu}", name="Peng Fu", researcher_id=fu),
        FollowChoice(text="Furu Wei", name="Furu Wei", person=PersonWanted(name="Furu Wei")),
    )
    foretaste = Foreteller(database).give(replace(WISHES, interests=(), follows=follows), NOON)

    assert foretaste.people == (WishCount(text="Peng Fu", papers=1), WishCount(text="Furu Wei", papers=None))
    assert foretaste.total == 2  # the possible one comes too, set apart
    assert foretaste.edition.entries[0].reasons[0].subject == "Peng Fu"


def test_exclusions_are_kept_out(database: Database) -> None:
    read_papers(database, 1)
    read_papers(database, 2, title="A Survey of Experts")
    wishes = replace(WISHES, exclusions=(read_interest("survey"),))

    assert Foreteller(database).give(wishes, NOON).total == 1


def test_only_the_first_papers_are_given_and_the_rest_counted(database: Database) -> None:
    read_papers(database, *range(1, 31))
    foretaste = Foreteller(database).give(WISHES, NOON)

    assert (len(foretaste.edition.entries), foretaste.total) == (MOST_SHOWN, 30)


def test_nothing_is_stored(database: Database) -> None:
    read_papers(database, 1)
    before = dump(database)
    Foreteller(database).give(WISHES, NOON)

    assert dump(database) == before


def test_papers_are_read_again_after_a_while_and_queries_are_not_remembered(database: Database) -> None:
    foreteller = Foreteller(database)
    read_papers(database, 1)
    assert foreteller.give(WISHES, NOON).total == 1
    read_papers(database, 2, days_ago=0)

    assert foreteller.give(WISHES, NOON + KEPT_FOR / 2).total == 1
    assert foreteller.give(WISHES, NOON + KEPT_FOR).total == 2
    assert foreteller.give(replace(WISHES, interests=(read_interest("holography"),)), NOON + KEPT_FOR).total == 0
    assert foreteller.give(WISHES, NOON + KEPT_FOR).total == 2


@pytest.mark.parametrize("days", [-1, -400])
def test_a_clock_that_was_set_back_does_not_keep_old_papers(database: Database, days: int) -> None:
    foreteller = Foreteller(database)
    foreteller.give(WISHES, NOON)
    read_papers(database, 1, days_ago=-days + 1)

    assert foreteller.give(WISHES, NOON + days * DAY).total == 1
