"""Taste in a whole digest, in a real database: seen in the order, explained, taken back, and gone with the reader."""

from datetime import timedelta

import pytest

from digest.matching.explain import describe
from digest.model import Match, PaperId, ReasonKind, SubscriberId
from digest.pipeline.compose import lay_desk
from digest.pipeline.feedback import forget_ratings
from digest.pipeline.known import load_known
from digest.pipeline.preview import list_open_channels, preview_digests
from subscribers import service
from subscribers.db import Database
from subscribers.model import SubscriberView
from tests.factories import NOON, paper
from tests.feedback import LESS, MORE, SAVED, add_sent, say, unsay
from tests.people import START, announce, subscribe

REACH = timedelta(days=1)
LIKED = paper("2610.00001", title="A Corpus of Sign Language", abstract="Signers and gloss.", authors=("Bo Quist",))
OTHER = paper("2610.00002", title="Proton Dose", abstract="Therapy planning.", authors=("Cy Young",))
NEW = (
    paper("2611.00011", title="Proton Therapy Planning", abstract="Dose to the tumour.", authors=("Grace Hopper",)),
    paper("2611.00012", title="Sign Language Recognition", abstract="Gloss of signers.", authors=("Ida Rhodes",)),
    *(
        paper(f"2611.{n:05d}", title=f"Filler Number{n}", abstract=f"Text{n}.", authors=(f"Author N{n}",))
        for n in range(20, 40)
    ),
)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "cat:cs.CL", cap=5)


@pytest.fixture
def rated(database: Database, ada: SubscriberView) -> list[PaperId]:
    """Send two papers, and announce a day of others."""
    sent = add_sent(database, ada, LIKED, OTHER)
    announce(database, *NEW)
    return sent


def compose(database: Database, view: SubscriberView) -> tuple[Match, ...]:
    (delivery,) = preview_digests(database, view, NOON, REACH)
    return delivery.edition.entries


def tastes_of(database: Database, view: SubscriberView) -> int:
    desk = lay_desk(database, START, NOON)
    return len(load_known(database, desk, list_open_channels(view)).tastes)


def liking(entry: Match) -> list[str]:
    return [describe(reason) for reason in entry.reasons if reason.kind is ReasonKind.TASTE]


def test_what_is_like_a_paper_asked_more_of_comes_first_and_says_so(
    database: Database, ada: SubscriberView, rated: list[PaperId]
) -> None:
    signs, protons = rated[1] + 2, rated[1] + 1
    say(database, ada, MORE, rated[0])
    say(database, ada, LESS, rated[1])

    entries = compose(database, ada)

    assert entries[0].paper_id == signs
    assert liking(entries[0]) == ["like papers you asked more of: sign language, gloss"]
    assert [liking(entry) for entry in entries[1:]] == [[]] * 4
    assert protons not in {entry.paper_id for entry in entries}


def test_taken_back_everything_is_exactly_as_before(
    database: Database, ada: SubscriberView, rated: list[PaperId]
) -> None:
    before = compose(database, ada)
    say(database, ada, MORE, rated[0])
    say(database, ada, LESS, rated[1])
    assert compose(database, ada) != before

    unsay(database, ada, MORE, rated[0])
    unsay(database, ada, LESS, rated[1])
    assert compose(database, ada) == before

    say(database, ada, MORE, rated[0])
    forget_ratings(database, NOON, SubscriberId(ada.id))
    assert compose(database, ada) == before


def test_saving_moves_nothing_and_others_are_not_touched(
    database: Database, ada: SubscriberView, rated: list[PaperId]
) -> None:
    bob = subscribe(database, "bob@example.org", "cat:cs.CL", cap=5)
    before = compose(database, ada)
    others = compose(database, bob)
    say(database, ada, SAVED, rated[0])
    assert compose(database, ada) == before
    assert tastes_of(database, ada) == 0

    say(database, ada, MORE, rated[0])
    assert compose(database, bob) == others
    assert (tastes_of(database, ada), tastes_of(database, bob)) == (1, 0)


def test_taste_is_erased_with_the_reader(database: Database, ada: SubscriberView, rated: list[PaperId]) -> None:
    say(database, ada, MORE, rated[0])
    with database.writing() as session:
        service.erase(session, ada.id)

    again = subscribe(database, "ada@example.org", "cat:cs.CL", cap=5)
    assert tastes_of(database, again) == 0
