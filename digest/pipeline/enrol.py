"""Acts: takes in the subscribers of a list, each wholly or not at all, and says line by line what became of them."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from digest.errors import DigestError
from digest.pipeline.attribute import begin_judging
from digest.pipeline.enrol_acts import Desk, Wanted, ask, keep_away, subscribe, understand
from digest.pipeline.enrolment import (
    KnownAddress,
    Outcome,
    Verdict,
    add_evidence,
    drop_double,
    judge_line,
    list_gone,
)
from digest.pipeline.signup import FIRST_REACH
from digest.rendering.text import clean
from digest.storage import announcements
from subscribers import store
from subscribers.addresses import EMAIL
from subscribers.db import Database
from subscribers.lists import LineFault, Listed
from subscribers.model import AlreadySubscribed, ChannelStatus, RequestKind, SubscriberError, SubscriberStatus
from subscribers.store import requests, suppressions

AT_ONCE: Final = 100  # lines in one transaction
MOST_ASKED: Final = 5_000

Place = tuple[str, str]
Entry = Listed | LineFault


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of a line: the address, the outcome, and what is to be said of it."""

    line: int
    shown: str
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How a list is taken in. `statement` is the operator's word that everybody on it agreed; `source` names the list.

    A rehearsal decides the same and changes nothing.
    """

    source: str
    statement: str = ""
    is_rehearsal: bool = False


def enrol_list(
    database: Database,
    entries: Sequence[Entry],
    intake: Intake,
    now: datetime,
    on_done: Callable[[int], None] = lambda _count: None,
) -> list[Enrolled]:
    """Take in everybody who can be. `on_done` is told of so many lines more each time."""
    done: list[Enrolled] = []
    taken, gone = set[Place](), list_gone(entries)
    remaining = iter(entries)
    while chunk := list(islice(remaining, AT_ONCE)):
        fresh = [add_evidence(_drop_double(each, taken, gone), intake.statement, now) for each in chunk]
        asked = sum(each.outcome is Outcome.ASKED for each in done)
        done += (_rehearse if intake.is_rehearsal else _enrol)(database, fresh, intake, now, asked)
        on_done(len(chunk))
    return done


def _drop_double(entry: Entry, taken: set[Place], gone: AbstractSet[Place]) -> Entry:
    kept = drop_double(entry, taken, gone)
    if isinstance(kept, Listed):
        taken |= {channel.place for channel in kept.channels}
    return kept


def _rehearse(database: Database, entries: Sequence[Entry], _: Intake, now: datetime, asked: int) -> list[Enrolled]:
    done: list[Enrolled] = []
    with database.reading() as session:
        known = _list_known(session, entries, now)
    for entry in entries:
        judged, _wanted = _judge(entry, known, asked)
        asked += judged.outcome is Outcome.ASKED
        done.append(judged)
    return done


def _enrol(database: Database, entries: Sequence[Entry], intake: Intake, now: datetime, asked: int) -> list[Enrolled]:
    with database.writing() as session:
        if any(isinstance(entry, Listed) and entry.follows for entry in entries):
            begin_judging(session)
        start_after = announcements.find_watermark(session, now, FIRST_REACH)
        known = _list_known(session, entries, now)
        desk = Desk(session=session, source=intake.source, now=now, start_after=start_after, asked=asked)
        return [_take_line(desk, entry, known) for entry in entries]


def _take_line(desk: Desk, entry: Entry, known: Mapping[Place, KnownAddress]) -> Enrolled:
    """Do what is decided about a line, in a savepoint: whatever goes wrong with it leaves nothing behind."""
    judged, wanted = _judge(entry, known, desk.asked)
    if wanted is None:
        return judged
    act = {Outcome.SUBSCRIBED: subscribe, Outcome.ASKED: ask, Outcome.KEPT_AWAY: keep_away}[judged.outcome]
    try:
        with desk.session.begin_nested():
            notes = act(desk, wanted)
    except AlreadySubscribed as error:
        return replace(judged, outcome=Outcome.ALREADY, why=str(error))
    except (SubscriberError, DigestError) as error:
        return replace(judged, outcome=Outcome.BROKEN, why=clean(str(error)))
    desk.asked += judged.outcome is Outcome.ASKED
    return replace(judged, why=" ".join(filter(None, (judged.why, *notes))))


def _judge(entry: Entry, known: Mapping[Place, KnownAddress], asked: int) -> tuple[Enrolled, Wanted | None]:
    """Decide about a line; give also what it wants, if there is something to do."""
    if isinstance(entry, LineFault):
        return Enrolled(entry.line, entry.shown, Outcome.BROKEN, clean(entry.why)), None
    verdict = judge_line(entry, [known.get(channel.place, KnownAddress()) for channel in entry.channels])
    if verdict.outcome is Outcome.ASKED and asked >= MOST_ASKED:
        why = f"An import asks at most {MOST_ASKED:,} people to confirm; import the rest on another day."
        verdict = Verdict(Outcome.REFUSED, why)
    wanted: Wanted | None = None
    if not (verdict.outcome.is_fault or verdict.outcome is Outcome.ALREADY):
        try:
            wanted = understand(entry)
        except (SubscriberError, DigestError) as error:
            verdict = Verdict(Outcome.BROKEN, clean(str(error)))
    return Enrolled(entry.line, entry.shown, verdict.outcome, verdict.why), wanted


def _list_known(session: Session, entries: Sequence[Entry], now: datetime) -> dict[Place, KnownAddress]:
    """Give what is known of the addresses in a part of a list."""
    places = [channel.place for entry in entries if isinstance(entry, Listed) for channel in entry.channels]
    known: dict[Place, KnownAddress] = {}
    for channel in store.list_channels_at(session, places) if places else ():
        known[channel.kind, channel.address] = KnownAddress(
            owner=channel.subscriber_id,
            owner_status=SubscriberStatus(channel.subscriber.status),
            channel_status=ChannelStatus(channel.status),
            closed_reason=channel.closed_reason,
        )
    mails = [address for kind, address in places if kind == EMAIL]
    for address in requests.list_waiting(session, RequestKind.SIGNUP, mails, now):
        known[EMAIL, address] = replace(known.get((EMAIL, address), KnownAddress()), is_asked=True)
    if suppressions.count_suppressions(session):
        for place in places:
            reason = suppressions.find_suppression(session, *place)
            if reason is not None:
                known[place] = replace(known.get(place, KnownAddress()), suppression=reason)
    return known
