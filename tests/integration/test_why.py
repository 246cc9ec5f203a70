"""Why a paper was not in a digest, for each reason there is, and for every paper of a random day."""

import random
from datetime import datetime, time, timedelta

import pytest

from digest.matching.absence import Absence, AbsenceKind
from digest.model import AnnouncementKind, ChannelId, DeliveryState, Edition, Paper, PaperId, RunState, SourceRun
from digest.pipeline.alert import alert_due
from digest.pipeline.compose import compose_due
from digest.pipeline.signup import read_interest
from digest.pipeline.why import explain_absence
from digest.storage import papers, runs
from digest.storage.tables import DeliveryRow, PaperRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.exclusions import add_exclusion
from subscribers.model import Cadence, Schedule, SubscriberView, UnknownChannel
from subscribers.preferences import pause_until
from tests.alerting import LATER, add_follow, add_paper, add_person, attribute
from tests.factories import NOON, paper
from tests.people import announce, subscribe

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MORNING = NOON.replace(day=21, hour=8)
EXPERTS = paper("2611.00001")
BRIDGES = paper("2611.00002", title="Bridges Over Wide Rivers", abstract="Steel.", authors=["Bo Li"])


def ask(database: Database, wanted: str, now: datetime = MORNING + HOUR, channel: int = 1) -> Absence:
    return explain_absence(database, now, channel, wanted)


def compose(database: Database, now: datetime = MORNING) -> list[Edition]:
    attribute(database)
    return [each.edition for each in compose_due(database, now).composed if each.edition]


def send(database: Database, state: DeliveryState = DeliveryState.SENT) -> None:
    with database.writing() as session:
        for row in session.query(DeliveryRow):
            row.state, row.settled_at, row.detail = state.value, MORNING, "550 unknown"


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    announce(database, EXPERTS, BRIDGES)
    return subscribe(database, "ada@example.org", "experts")


# ── which paper ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wanted",
    [
        *("2611.00002", "arXiv:2611.00002v3", "https://arxiv.org/abs/2611.00002", "10.48550/arXiv.2611.00002"),
        *("Bridges Over Wide Rivers", "bridges rivers", "wide  RIVERS"),
    ],
)
@pytest.mark.usefixtures("ada")
def test_a_paper_is_found_by_id_address_or_words_of_its_title(database: Database, wanted: str) -> None:
    compose(database)

    absence = ask(database, wanted)
    assert (absence.kind, absence.title) == (AbsenceKind.NOT_MATCHED, BRIDGES.title)


@pytest.mark.parametrize("wanted", ["2611.99999", "no such title at all", "", "“”", "%", "x" * 100_000, "𝔘"])
@pytest.mark.usefixtures("ada")
def test_a_paper_nobody_saw_is_unknown_and_troubled_sources_are_named(database: Database, wanted: str) -> None:
    with database.writing() as session:
        for hours, state in ((3, RunState.FRESH), (1, RunState.UNREACHABLE)):
            at = NOON - hours * HOUR
            runs.record_run(session, SourceRun(source="arxiv:cs.CL", started_at=at, ended_at=at, state=state))

    absence = ask(database, wanted)
    assert absence.kind is AbsenceKind.UNKNOWN_PAPER
    assert absence.details == ("arXiv cs.CL could not be reached on 20 November 2026.",)


@pytest.mark.usefixtures("ada")
def test_words_of_several_titles_ask_for_more(database: Database) -> None:
    announce(database, paper("2611.00003", title="Bridges Over Small Rivers", abstract=""))

    absence = ask(database, "bridges over")
    assert (absence.kind, len(absence.details)) == (AbsenceKind.AMBIGUOUS, 2)


@pytest.mark.usefixtures("ada")
def test_an_unknown_channel_is_an_error(database: Database) -> None:
    with pytest.raises(UnknownChannel):
        ask(database, "2611.00001", channel=99)


# ── it came ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (DeliveryState.SENT, AbsenceKind.SENT),
        (DeliveryState.PENDING, AbsenceKind.QUEUED),
        (DeliveryState.FAILED, AbsenceKind.NOT_DELIVERED),
    ],
)
@pytest.mark.usefixtures("ada")
def test_a_paper_that_was_in_a_digest(database: Database, state: DeliveryState, kind: AbsenceKind) -> None:
    compose(database)
    send(database, state)

    absence = ask(database, "2611.00001")
    assert (absence.kind, absence.edition) == (kind, "2026-11-21")


def test_a_paper_that_an_alert_told(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    wei = add_person(database)
    add_follow(database, ada, wei)
    add_paper(database, EXPERTS, wei)
    alert_due(database, LATER + HOUR)
    send(database)
    compose(database)

    assert ask(database, "2611.00001").kind is AbsenceKind.ALERTED


@pytest.mark.usefixtures("ada")
def test_a_paper_that_came_as_another_record(database: Database) -> None:
    compose(database)
    send(database)
    with database.writing() as session:
        kept = papers.add_paper(session, paper("2611.00009", title="Experts, Published"), MORNING)
        session.get_one(PaperRow, 1).merged_into = kept
        papers.move_ids(session, {EXPERTS.ids[0]: kept})

    absence = ask(database, "2611.00001")
    assert absence.kind is AbsenceKind.MERGED
    assert EXPERTS.title in absence.sentence


# ── it did not ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ada")
def test_a_paper_that_no_topic_matches_says_what_is_missing(database: Database) -> None:
    compose(database)

    absence = ask(database, "2611.00002")
    assert (absence.kind, absence.edition) == (AbsenceKind.NOT_MATCHED, "2026-11-21")
    assert absence.details == ("experts: “experts” is not in title or abstract",)


def test_a_paper_that_is_excluded_says_by_what(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        add_exclusion(session, NOON, ada.id, read_interest("mixture"))
        add_exclusion(session, NOON, ada.id, read_interest("cat:math"))
    compose(database)

    absence = ask(database, "2611.00001")
    assert (absence.kind, absence.sentence) == (AbsenceKind.EXCLUDED, "You excluded it by “mixture”.")


def test_a_paper_below_the_cap_has_its_true_rank(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts", cap=2)
    subscribe(database, "bob@example.org", "experts", cap=100)
    for number in range(6):
        title = "Experts Everywhere" if number % 2 else f"On Subject {number}"
        announce(database, paper(f"2611.{number:05d}", title=f"{title} {number}", abstract="About experts."))
    mine, whole = compose(database)

    order = [entry.paper_id for entry in whole.entries]
    assert [entry.paper_id for entry in mine.entries] == order[:2]
    for number, paper_id in enumerate(order[2:], 3):
        absence = ask(database, f"2611.{paper_id - 1:05d}")
        assert (absence.kind, absence.rank, absence.of, absence.cap) == (AbsenceKind.BELOW_CAP, number, 6, 2)
        assert absence.details == ()


def test_a_rank_by_other_wishes_than_then_says_so(database: Database, ada: SubscriberView) -> None:
    compose(database)
    with database.writing() as session:
        service.add_interest(session, MORNING + HOUR, ada.id, read_interest("bridges"))

    absence = ask(database, "2611.00002", MORNING + 2 * HOUR)
    assert absence.kind is AbsenceKind.CHANGED_SINCE
    assert "your wishes were other ones" in absence.sentence


def test_the_cap_is_that_of_the_digest_and_not_that_of_now(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "experts", cap=1)
    announce(database, *(paper(f"2611.{n:05d}", title=f"Experts of Kind {n}") for n in range(3)))
    compose(database)
    with database.writing() as session:
        service.set_cap(session, MORNING + HOUR, ada.channels[0].id, 50)

    assert ask(database, "2611.00000", MORNING + 2 * HOUR).cap == 1


def test_a_paper_from_before_the_start(database: Database) -> None:
    announce(database, EXPERTS, now=NOON - 3 * DAY)
    subscribe(database, "ada@example.org", "experts")
    compose(database)

    absence = ask(database, "2611.00001")
    assert absence.kind is AbsenceKind.BEFORE_START
    assert "17 November 2026, before you subscribed on 20 November 2026" in absence.sentence


@pytest.mark.usefixtures("ada")
def test_a_paper_that_came_in_after_the_last_digest_waits(database: Database) -> None:
    compose(database)
    announce(database, paper("2611.00003", title="More Experts Than Ever"), now=MORNING + HOUR)

    absence = ask(database, "2611.00003", MORNING + 2 * HOUR)
    assert absence.kind is AbsenceKind.WAITING
    assert "has it as of 20 November 2026 and was late" in absence.sentence
    assert "the next one, on 22 November 2026" in absence.sentence


@pytest.mark.usefixtures("ada")
def test_what_waits_and_does_not_match_will_not_come(database: Database) -> None:
    assert ask(database, "2611.00002", NOON + HOUR).kind is AbsenceKind.NOT_MATCHED


def test_a_closed_channel_and_one_that_never_was_confirmed_get_nothing(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
    assert ask(database, "2611.00001").kind is AbsenceKind.CLOSED

    with database.writing() as session:
        row = store.get_channel(session, 1)
        row.status, row.closed_reason, row.verified_at = "open", "", None
        store.get_subscriber(session, ada.id).status = "pending"
    assert ask(database, "2611.00001").kind is AbsenceKind.UNCONFIRMED


def test_a_pause_keeps_papers_for_later(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        pause_until(session, NOON, ada.id, NOON.replace(day=24, hour=0))

    absence = ask(database, "2611.00001")
    assert (absence.kind, "24 November 2026" in absence.sentence) == (AbsenceKind.PAUSED, True)


def test_a_pause_whose_papers_were_left_out_is_the_reason(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.pause(session, NOON, ada.id)
        service.resume(session, MORNING, ada.id, start_after=2)
    compose(database, MORNING + DAY)

    assert ask(database, "2611.00001", MORNING + DAY + HOUR).kind is AbsenceKind.PAUSED


@pytest.mark.usefixtures("ada")
def test_alerts_alone_bring_no_digest_then_and_afterwards(database: Database) -> None:
    def turn(cadence: Cadence, now: datetime) -> None:
        with database.writing() as session:
            service.set_schedule(session, now, 1, Schedule("UTC", time(8), cadence=cadence))

    turn(Cadence.ALERTS, NOON)
    assert ask(database, "2611.00001", NOON + HOUR).kind is AbsenceKind.ONLY_ALERTS

    compose(database)
    turn(Cadence.DAILY, MORNING + HOUR)
    compose(database, MORNING + DAY)
    assert ask(database, "2611.00001", MORNING + DAY + HOUR).kind is AbsenceKind.ONLY_ALERTS


def test_a_batch_without_anything_for_the_reader_is_explained_too(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.set_schedule(session, NOON, 1, Schedule("UTC", time(8), cadence=Cadence.BATCH))
        service.remove_interest(session, NOON, ada.id, "experts")
    compose(database, NOON + HOUR)
    assert ask(database, "2611.00001", NOON + 2 * HOUR).kind is AbsenceKind.NOT_MATCHED

    with database.writing() as session:
        service.add_interest(session, NOON + 3 * HOUR, ada.id, read_interest("experts"))
    absence = ask(database, "2611.00001", NOON + 4 * HOUR)
    assert (absence.kind, "you changed them on 20" in absence.sentence) == (AbsenceKind.CHANGED_SINCE, True)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (AnnouncementKind.REPLACEMENT, AbsenceKind.NOT_NEW),
        (AnnouncementKind.WITHDRAWN, AbsenceKind.WITHDRAWN),
    ],
)
def test_a_paper_that_never_came_as_new(database: Database, kind: AnnouncementKind, answer: AbsenceKind) -> None:
    subscribe(database, "ada@example.org", "experts")
    announce(database, paper(version=2), kind=kind, version=2, detail="v2")
    compose(database)

    assert ask(database, "2611.00001").kind is answer


# ── every paper of a random day ──────────────────────────────────────────────────────────────────────────────────────

WORDS = ["experts", "routing", "diffusion", "survey", "agents", "proofs", "vision", "speech"]


def make_day(chance: random.Random) -> list[Paper]:
    return [
        paper(
            f"2611.{number:05d}",
            title=f"{' '.join(chance.sample(WORDS, 2))} number {number}",
            abstract=" ".join(chance.choices(WORDS, k=chance.randint(0, 3))),
            authors=[chance.choice(["Bo Li", "Ada Lovelace"])],
            categories=tuple(chance.sample(["cs.CL", "cs.LG", "math.AG"], 2)),
        )
        for number in range(30)
    ]


def has(each: Paper, word: str) -> bool:
    return word in f"{each.title} {each.abstract}".split()


@pytest.mark.parametrize("seed", range(4))
def test_for_every_paper_of_a_random_day_there_is_one_answer_and_it_is_true(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    *topics, unwanted = chance.sample(WORDS, 3)
    day = make_day(chance)
    for address, cap in (("ada@example.org", chance.randint(1, 6)), ("all@example.org", 200)):
        reader = subscribe(database, address, *topics, cap=cap)
        with database.writing() as session:
            add_exclusion(session, NOON, reader.id, read_interest(unwanted))
    announce(database, *day)
    mine, whole = compose(database)
    send(database)

    order = [entry.paper_id for entry in whole.entries]
    shown = order[: len(mine.entries)]
    assert [entry.paper_id for entry in mine.entries] == shown
    for number, each in enumerate(day):
        absence = ask(database, f"2611.{number:05d}")
        is_wanted, is_out = any(has(each, topic) for topic in topics), has(each, unwanted)
        assert absence.kind is expect(number + 1, shown, is_wanted=is_wanted, is_out=is_out)
        if absence.kind is AbsenceKind.BELOW_CAP:
            rank = order.index(PaperId(number + 1)) + 1
            assert (absence.rank, absence.of, absence.cap) == (rank, len(order), len(shown))
        if absence.kind is AbsenceKind.EXCLUDED:
            assert f"“{unwanted}”" in absence.sentence


def expect(number: int, shown: list[PaperId], *, is_wanted: bool, is_out: bool) -> AbsenceKind:
    """Say by plain means what the answer must be."""
    if not is_wanted:
        return AbsenceKind.NOT_MATCHED
    if is_out:
        return AbsenceKind.EXCLUDED
    return AbsenceKind.SENT if number in shown else AbsenceKind.BELOW_CAP


def test_a_rank_does_not_depend_on_who_else_was_served(database: Database) -> None:
    """Readers whose last digests are of different days get the ranking of their own days."""
    chance = random.Random(7)
    for day in range(3):
        many = [
            paper(f"2611.{day}{number:04d}", title=f"{' '.join(chance.sample(WORDS, 3))} {day} {number}", abstract="")
            for number in range(12)
        ]
        announce(database, *many, now=NOON + day * DAY)
        subscribe(database, f"reader{day}@example.org", "experts", "routing", "survey", cap=2, now=NOON + day * DAY)
    with database.writing() as session:
        for number in (1, 2, 3):
            store.get_channel(session, number).next_due_at = MORNING + 2 * DAY

    for edition in compose(database, MORNING + 2 * DAY):
        again = [
            ask(database, f"2611.{day}{number:04d}", MORNING + 3 * DAY, edition.channel_id)
            for day in range(3)
            for number in range(12)
        ]
        ranks = sorted(each.rank for each in again if each.kind is AbsenceKind.BELOW_CAP and each.rank)
        assert ranks == list(range(3, 3 + edition.more))
        assert ChannelId(edition.channel_id)
