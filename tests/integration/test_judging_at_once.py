"""Several processes at once: one judges at a time, so that nothing is missed and nobody waits for each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

from digest.model import Paper, PersonId, PersonScheme, ResearcherId
from digest.pipeline.alert import alert_due
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted, follow_person
from subscribers import store
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.integration.test_answering import MORNING, answer, compose, settle_in
from tests.integration.test_attribution import ORCID
from tests.namesakes import records, standings
from tests.people import announce, subscribe

INGRID = PersonWanted(name="Ingrid Bakkerud")


def by_ingrid(number: int) -> Paper:
    return paper(f"2611.5{number:04d}", title=f"Subject number {number}", authors=["Ann Kim", "Ingrid Bakkerud"])


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run these side by side, and raise what any of them raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(timeout=120) for each in [pool.submit(run, act) for act in acts]]


def test_a_paper_announced_while_somebody_begins_to_follow_its_author_is_found(database: Database) -> None:
    ada = subscribe(database)

    def announce_and_attribute() -> None:
        announce(database, by_ingrid(1))
        attribute_new(database, NOON)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            ingrid = follow_person(session, NOON, ada.id, INGRID).target_id
            beside = pool.submit(announce_and_attribute)
            # When we commit, it waits for us; if nothing held it back, it has been through already.
            wait([beside], timeout=1.0)
        beside.result(timeout=60)

    assert standings(database, ingrid) == {"2611.50001": "sure"}


def test_two_readers_who_settle_what_both_were_sent_do_not_lock_each_other_out(database: Database) -> None:
    addresses = ["ada@example.org", "bob@example.org"]
    ingrid, (ada, bob) = settle_in(database, *addresses, wanted=INGRID)
    seen = [by_ingrid(number) for number in range(8)]
    announce(database, *seen)
    compose(database)
    for number, each in enumerate(seen):
        answer(database, (ada, bob)[number % 2], ingrid, each, is_theirs=False)

    def say_no(reader: int) -> None:
        for number, each in enumerate(seen):
            if number % 2 != reader:
                answer(database, (ada, bob)[reader], ingrid, each, is_theirs=False)

    at_once(lambda: say_no(0), lambda: say_no(1))

    assert set(standings(database, ingrid).values()) == {"rejected"}


def test_following_one_orcid_at_once_makes_one_record(database: Database) -> None:
    readers = [subscribe(database, f"{number}@example.org") for number in range(3)]
    wanted = PersonWanted(name="Ingrid Bakkerud", ids=(PersonId(PersonScheme.ORCID, ORCID),))

    def follow(reader: int) -> ResearcherId:
        with database.writing() as session:
            return ResearcherId(follow_person(session, NOON, reader, wanted).target_id)

    found = at_once(*(lambda reader=each.id: follow(reader) for each in readers))

    assert len(set(found)) == len(records(database)) == 1
    with database.reading() as session:
        assert store.count_follows(session) == 3


def test_storing_judging_alerting_composing_and_answering_at_once_ends_well(database: Database) -> None:
    addresses = ["ada@example.org", "bob@example.org", "cy@example.org"]
    ingrid, readers = settle_in(database, *addresses, wanted=INGRID)
    first = [by_ingrid(number) for number in range(6)]
    announce(database, *first)
    attribute_new(database, NOON)

    def store_more() -> None:
        for number in range(6, 30):
            revised = paper("2611.50000", title="Subject number 0", authors=["A", "Ingrid Bakkerud"], version=number)
            announce(database, by_ingrid(number), revised, detail=f"v{number}")

    def say(is_theirs: bool) -> None:
        for each in first[1:]:
            for reader in readers:
                answer(database, reader, ingrid, each, is_theirs=is_theirs)

    at_once(
        store_more,
        lambda: say(True),
        lambda: say(False),
        lambda: [attribute_new(database, NOON) for _ in range(8)],
        lambda: [attribute_new(database, NOON) for _ in range(8)],
        lambda: [alert_due(database, NOON) for _ in range(8)],
        lambda: [compose_due(database, MORNING) for _ in range(4)],
    )
    attribute_new(database, NOON)

    assert len(standings(database, ingrid)) == 30
