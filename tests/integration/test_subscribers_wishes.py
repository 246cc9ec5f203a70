"""Interests and follows: stored once however many share them, changed safely beside each other, gone when unwanted."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text

from subscribers import service, store
from subscribers.db import Base, Database
from subscribers.faults import DatabaseBusy
from subscribers.model import (
    FollowEvent,
    FollowKind,
    FollowWish,
    InvalidWish,
    Position,
    Timing,
    UnknownSubscriber,
)
from subscribers.store.wishes import prune_interests
from subscribers.tables import InterestRow
from tests.subscriptions import NOON, WEI, channel_wish, interest, subscribed

CL = interest("cat:cs.CL", "cat:cs.CL")


def canonicals(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(InterestRow.canonical)))


def event_kinds(database: Database, subscriber_id: int) -> list[str]:
    with database.reading() as session:
        return [each["kind"] for each in service.export(session, subscriber_id)["events"]]


def side_by_side(*acts: object) -> None:
    """Run each in a thread of its own, started together."""
    start = Barrier(len(acts))

    def run(act: object) -> None:
        start.wait()
        assert callable(act)
        act()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ── interests ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_interest_is_stored_once_however_many_share_it(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session), subscribed(session, channel_wish("bob@example.org"))
        first = service.add_interest(session, NOON, ada.id, interest("Cat:cs.CL", "cat:cs.CL"))
        second = service.add_interest(session, NOON, bob.id, interest("cat:CS.CL", "cat:cs.CL"))

    assert canonicals(database) == ["cat:cs.CL"]
    assert (first.ids, first.is_changed) == (second.ids, second.is_changed)


def test_the_same_interest_again_is_no_change(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.add_interest(session, NOON, ada.id, CL)
        again = service.add_interest(session, NOON + timedelta(1), ada.id, CL)

    assert not again.is_changed
    assert event_kinds(database, ada.id).count("interest_added") == 1


def test_an_interest_of_any_length_is_told_from_another(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        for last in "ab":
            assert service.add_interest(session, NOON, ada.id, interest("x" * 9_000 + last)).is_changed

    assert len(canonicals(database)) == 2


@pytest.mark.parametrize("named", ["cat:cs.CL", "Papers on  language"])
def test_an_interest_is_dropped_by_canonical_form_or_own_words(database: Database, named: str) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.add_interest(session, NOON, ada.id, interest("Papers on language", "cat:cs.CL"))
        dropped = service.remove_interest(session, NOON, ada.id, named)
        again = service.remove_interest(session, NOON, ada.id, named)

    assert (dropped.is_changed, len(dropped.ids)) == (True, 1)
    assert (again.is_changed, again.ids) == (False, ())
    assert event_kinds(database, ada.id)[-2:] == ["interest_added", "interest_removed"]


def test_an_interest_goes_when_the_last_one_drops_it(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session), subscribed(session, channel_wish("bob@example.org"))
        for each in (ada.id, bob.id):
            service.add_interest(session, NOON, each, CL)

        service.remove_interest(session, NOON, ada.id, CL.canonical)
        assert store.count_interests(session) == 1
        service.remove_interest(session, NOON, bob.id, CL.canonical)
        assert store.count_interests(session) == 0


def test_an_id_of_an_interest_is_never_given_to_another(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        first = service.add_interest(session, NOON, ada.id, CL).ids
        service.remove_interest(session, NOON, ada.id, CL.canonical)
        second = service.add_interest(session, NOON, ada.id, interest("diffusion")).ids

    assert first != second


def test_many_may_take_up_the_same_interest_at_once(database: Database) -> None:
    with database.writing() as session:
        ids = [subscribed(session, channel_wish(f"r{n}@example.org")).id for n in range(4)]

    def add(subscriber_id: int) -> None:
        with database.writing() as session:
            service.add_interest(session, NOON, subscriber_id, CL)

    side_by_side(*(lambda each=each: add(each) for each in ids))

    assert canonicals(database) == ["cat:cs.CL"]
    with database.reading() as session:
        assert all(len(wishes.interests) == 1 for wishes in store.list_wishes(session, ids).values())


def test_one_dropping_what_another_takes_up_at_once_fails_for_neither(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session).id, subscribed(session, channel_wish("bob@example.org")).id
    failures: list[Exception] = []

    def come_and_go(subscriber_id: int) -> None:
        try:
            for _ in range(15):
                with database.writing() as session:
                    service.add_interest(session, NOON, subscriber_id, CL)
                with database.writing() as session:
                    service.remove_interest(session, NOON, subscriber_id, CL.canonical)
        except Exception as failure:  # noqa: BLE001 -- a thread's failure is the test's
            failures.append(failure)

    side_by_side(lambda: come_and_go(ada), lambda: come_and_go(bob))

    assert failures == []
    assert canonicals(database) == []


def test_an_interest_that_others_drop_again_and_again_is_given_up_with_an_error(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        ada = subscribed(session)
        dropped_by_others = "CREATE TRIGGER t AFTER INSERT ON interests BEGIN DELETE FROM interests; END"
        session.execute(text(dropped_by_others))
        with pytest.raises(DatabaseBusy, match="try again"):
            service.add_interest(session, NOON, ada.id, CL)
    database.close()


def test_pruning_leaves_what_is_wanted(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        wanted = service.add_interest(session, NOON, ada.id, CL).ids
        session.add(InterestRow(canonical="unwanted", canonical_hash="h"))
        session.flush()
        unwanted = session.scalars(select(InterestRow.id).where(InterestRow.canonical == "unwanted")).all()

        assert prune_interests(session, [*wanted, *unwanted]) == 1
    assert canonicals(database) == ["cat:cs.CL"]


@pytest.mark.parametrize("words", ["", "  ", "a\x00b", "x" * 10_001])
def test_an_impossible_interest_is_refused_in_one_sentence(database: Database, words: str) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        with pytest.raises(InvalidWish, match=r"^The interest"):
            service.add_interest(session, NOON, ada.id, interest(words))
        with pytest.raises(InvalidWish, match=r"^The interest"):
            service.remove_interest(session, NOON, ada.id, words)


# ── follows ──────────────────────────────────────────────────────────────────────────────────────────────────────────


CARBERRY = FollowWish(
    kind=FollowKind.RESEARCHER,
    target_id=9,
    name="Josiah Carberry",
    timing=Timing.NOW,
    position=Position.LAST,
    events=(FollowEvent.REPLACEMENT, FollowEvent.WITHDRAWN),
)


def test_a_follow_is_kept_as_wished(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        result = service.follow(session, NOON, ada.id, CARBERRY)

    assert result.is_changed
    with database.reading() as session:
        assert store.view_subscriber(session, ada.id).follows == (CARBERRY,)


def test_following_again_is_no_change_and_other_terms_replace_the_first(database: Database) -> None:
    later = replace(WEI, timing=Timing.NOW)
    with database.writing() as session:
        ada = subscribed(session)
        first = service.follow(session, NOON, ada.id, WEI)
        again = service.follow(session, NOON, ada.id, WEI)
        other = service.follow(session, NOON, ada.id, later)
        follows = store.view_subscriber(session, ada.id).follows
        kinds = [event["kind"] for event in store.dump_subscriber(session, ada.id)["events"]]

    assert (first.is_changed, again.is_changed, other.is_changed) == (True, False, True)
    assert first.ids == again.ids == other.ids
    assert follows == (later,)
    assert kinds[-2:] == ["followed", "follow_changed"]


def test_a_researcher_and_a_paper_of_one_number_are_two_follows(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.follow(session, NOON, ada.id, WEI)
        service.follow(session, NOON, ada.id, replace(WEI, kind=FollowKind.PAPER))

        assert len(store.view_subscriber(session, ada.id).follows) == 2


def test_a_follow_is_dropped_once(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.follow(session, NOON, ada.id, CARBERRY)
        service.follow(session, NOON, ada.id, WEI)
        dropped = service.unfollow(session, NOON, ada.id, FollowKind.RESEARCHER, 9)
        again = service.unfollow(session, NOON, ada.id, FollowKind.RESEARCHER, 9)
        follows = store.view_subscriber(session, ada.id).follows

    assert (dropped.is_changed, again.is_changed) == (True, False)
    assert follows == (WEI,)


def test_followers_are_found_and_counted_by_target(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session), subscribed(session, channel_wish("bob@example.org"))
        for who, wish in ((ada, WEI), (bob, WEI), (bob, CARBERRY)):
            service.follow(session, NOON, who.id, wish)
        found = store.list_followers(session, FollowKind.RESEARCHER, [7, 9, 11])

        assert [(target, [each.subscriber_id for each in group]) for target, group in found.items()] == [
            (7, [ada.id, bob.id]),
            (9, [bob.id]),
        ]
        assert store.count_followers(session, FollowKind.RESEARCHER, [7, 9, 11]) == {7: 2, 9: 1}
        assert store.list_targets(session, FollowKind.RESEARCHER) == [7, 9]
        assert found[7][0].follow.since == NOON


def test_followers_are_turned_to_another_target_and_back_again(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session), subscribed(session, channel_wish("bob@example.org"))
        for who, wish in ((ada, WEI), (bob, WEI), (bob, CARBERRY)):
            service.follow(session, NOON, who.id, wish)
        turned = store.turn_follows(session, FollowKind.RESEARCHER, 7, 9)

        assert [follow.wish.target_id for follow in store.list_follows(session, [ada.id])[ada.id]] == [9]
        assert [follow.wish.target_id for follow in store.list_follows(session, [bob.id])[bob.id]] == [7, 9]

        store.turn_follows(session, FollowKind.RESEARCHER, 9, 7, turned)
        assert [follow.wish.target_id for follow in store.list_follows(session, [ada.id])[ada.id]] == [7]
        assert [follow.wish.target_id for follow in store.list_follows(session, [bob.id])[bob.id]] == [7, 9]


def test_wishes_of_nobody_are_refused(database: Database) -> None:
    with database.writing() as session:
        with pytest.raises(UnknownSubscriber, match="no subscriber 99"):
            service.add_interest(session, NOON, 99, CL)
        with pytest.raises(UnknownSubscriber, match="no subscriber 99"):
            service.remove_interest(session, NOON, 99, "x")
        with pytest.raises(UnknownSubscriber, match="no subscriber 99"):
            service.follow(session, NOON, 99, WEI)
        with pytest.raises(UnknownSubscriber, match="no subscriber 99"):
            service.unfollow(session, NOON, 99, FollowKind.RESEARCHER, 7)
