"""Acts: finds out why a paper was not in a channel's digest; `matching.absence` decides and words the answer.

What was composed is composed again, over the same stretch of announcements and without what had been sent before, so
that a rank is the true one. Wishes and papers are those of now; if that makes a difference, the answer says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from digest.identifiers.references import read_ids
from digest.languages import mark, tr
from digest.languages.phrases import NOTES, ONE_TITLE, PRIVATE_CHAT
from digest.matching import absence
from digest.matching.absence import Absence, AbsenceKind, Arrival, Recipient, Verdict
from digest.matching.announced import DIGEST_KINDS
from digest.matching.events import word_event
from digest.matching.misses import say_miss
from digest.matching.query import parse
from digest.matching.selection import find_excluded, order_papers
from digest.matching.text import contains, words_of
from digest.model import (
    AnnouncementId,
    AnnouncementKind,
    Candidate,
    ChannelId,
    Paper,
    PaperId,
    RunState,
    SourceRun,
    StoredAnnouncement,
)
from digest.pipeline.compose import lay_desk
from digest.pipeline.desk import Desk
from digest.pipeline.followed import load_sightings
from digest.pipeline.known import Known, load_known
from digest.pipeline.notes import name_source
from digest.pipeline.prospect import look_ahead
from digest.researchers.benches import lay_benches
from digest.storage import announcements, papers
from digest.storage.run_history import list_bad_days
from digest.storage.sent import (
    PastDigest,
    SentPaper,
    find_covering,
    find_sent,
    find_shown,
    list_sent_before,
    list_titled,
)
from digest.storage.shown import list_other_places
from subscribers import store
from subscribers.addresses import EMAIL
from subscribers.db import Database
from subscribers.model import Cadence, DueChannel, EventKind, SubscriberStatus
from subscribers.schedule import next_due_at, zone_of
from subscribers.store.channels import ChannelStanding

LONGEST_WANTED: Final = 500  # characters
MOST_TITLES: Final = 5
# Papers whose titles hold the plain words; those that hold all as words are among them.
MOST_CANDIDATES: Final = 200
RECENT: Final = timedelta(days=7)  # trouble with sources that may be why a paper is unknown

_WISHES: Final = (
    *(EventKind.INTEREST_ADDED, EventKind.INTEREST_REMOVED, EventKind.EXCLUSION_ADDED, EventKind.EXCLUSION_REMOVED),
    *(EventKind.FOLLOWED, EventKind.UNFOLLOWED, EventKind.FOLLOW_CHANGED, EventKind.ANSWERED, EventKind.FEEDBACK),
)
_RUNNING: Final = frozenset({SubscriberStatus.PENDING, SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})
_TROUBLES: Final = {
    RunState.STALE: mark("{source} was late on {day}."),
    RunState.UNREACHABLE: mark("{source} could not be reached on {day}."),
    RunState.REFUSED: mark("{source} would not answer us on {day}."),
    RunState.BROKEN: mark("{source} answered with something unreadable on {day}."),
    RunState.PARTIAL: mark("{source} was read only in part on {day}."),
}
_TROUBLE: Final = mark("{source} had trouble on {day}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One paper for one channel, how it was announced, and the announcement the answer is about."""

    database: Database
    now: datetime
    standing: ChannelStanding
    paper_id: PaperId
    paper: Paper
    announced: Sequence[StoredAnnouncement]

    @property
    def channel(self) -> DueChannel:
        """Give the channel."""
        return self.standing.channel

    @property
    def is_new(self) -> bool:
        """Whether the paper ever came as one that digests tell of."""
        return any(each.kind in DIGEST_KINDS for each in self.announced)

    @property
    def last(self) -> StoredAnnouncement:
        """Give the last announcement a digest tells of, or the last of all."""
        telling = [each for each in self.announced if each.kind in DIGEST_KINDS]
        return (telling or self.announced)[-1]

    def day_of(self, at: datetime) -> date:
        """Give the date where the reader is."""
        return at.astimezone(zone_of(self.channel.schedule.timezone)).date()


def explain_absence(database: Database, now: datetime, channel_id: int, wanted: str) -> Absence:
    """Say why a paper (id, DOI, address, or words of its title) was not in a digest. Raises UnknownChannel."""
    wanted = " ".join(wanted.split())[:LONGEST_WANTED]
    with database.reading() as session:
        standing = store.find_standing(session, channel_id)
        found = _find_papers(session, wanted)
        if len(found) != 1:
            titles = [tr(ONE_TITLE, title=title) for title in list(found.values())[:MOST_TITLES]]
            return absence.explain_several(titles) if found else _explain_unknown(session, wanted, now)
        (paper_id,) = found
        question = _Question(
            database=database,
            now=now,
            standing=standing,
            paper_id=paper_id,
            paper=papers.load_papers(session, [paper_id])[paper_id],
            announced=announcements.list_announcements(session, paper_id),
        )
        answer = _find_message(session, question)
        covering = find_covering(session, ChannelId(channel_id), question.last.id) if question.announced else None
    answer = answer or _explain(question, covering)
    return replace(answer, paper_id=paper_id, title=question.paper.title)


# ── which paper ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _find_papers(session: Session, wanted: str) -> Mapping[PaperId, str]:
    """Give the papers that are meant, with their titles: by id, else by title, else by words of it."""
    for known in read_ids(wanted):
        number = papers.find_paper(session, known)
        living = None if number is None else papers.find_living(session, number)
        if living is not None:
            return {living: ""}
    if exact := papers.find_by_titles(session, [wanted]):
        return {exact[0]: ""}
    return _find_by_words(session, wanted)


def _find_by_words(session: Session, wanted: str) -> dict[PaperId, str]:
    words = words_of(wanted.replace('"', " "))
    plain = {word for part in wanted.split() if len(word := part.strip(".,;:!?()“”\"'")) > 1 and word.isascii()}
    if not words.parts or not any(word.isalnum() for word in plain):
        return {}
    listed = list_titled(session, [word for word in plain if word.isalnum()], MOST_CANDIDATES)
    return {paper_id: title for paper_id, title in listed if contains(words_of(title), words)} or dict(listed)


def _explain_unknown(session: Session, wanted: str, now: datetime) -> Absence:
    bad_days = list_bad_days(session, now - RECENT)
    return absence.explain_unknown(wanted, [_say_trouble(run) for run in bad_days])


def _say_trouble(run: SourceRun) -> str:
    day = absence.name_day(run.ended_at.date())
    return tr(_TROUBLES.get(run.state, _TROUBLE), source=NOTES.retell(name_source(run.source)), day=day)


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────────────


def _find_message(session: Session, question: _Question) -> Absence | None:
    """Say in which message the paper is, if it is in one."""
    number = ChannelId(question.channel.id)
    if sent := find_sent(session, number, question.paper_id):
        return absence.explain_sent(_describe_sent(question, sent))
    siblings = list_other_places(session, [number]).get(number, ())
    elsewhere = find_shown(session, siblings, question.paper_id) if siblings else None
    if elsewhere is None:
        return None
    place = store.view_channel(store.get_channel(session, elsewhere.channel_id))
    named = place.address if place.kind == EMAIL else tr(PRIVATE_CHAT)
    return absence.explain_elsewhere(_describe_sent(question, elsewhere), named)


def _describe_sent(question: _Question, sent: SentPaper) -> absence.Sent:
    return absence.Sent(
        kind=sent.kind,
        edition=sent.edition,
        state=sent.state,
        on=question.day_of(sent.settled_at or sent.created_at),
        detail=sent.detail,
        as_title="" if sent.paper_id == question.paper_id else sent.title,
    )


def _explain(question: _Question, covering: PastDigest | None) -> Absence:
    if not question.announced:
        return absence.explain_unknown(question.paper.title, ())
    arrival = _describe_arrival(question)
    if covering is not None:
        verdict = _judge_past(question, covering)
        if not verdict.rank and not question.is_new:
            return absence.explain_arrival(arrival)
        return absence.explain_verdict(verdict, covering.edition.name)
    if question.last.id > question.channel.watermark:
        verdict = _judge_coming(question)
        if not verdict.rank and not question.is_new:
            return absence.explain_arrival(arrival)
        return absence.explain_outlook(_describe_recipient(question), arrival, verdict)
    return absence.explain_gap(_describe_recipient(question), arrival, *_judge_gap(question))


def _describe_arrival(question: _Question) -> Arrival:
    last, began = question.last, question.standing.verified_at
    return Arrival(
        on=question.day_of(last.seen_at),
        announced_on=last.announced_on,
        source=NOTES.retell(name_source(last.source)),
        news="" if question.is_new else word_event(last),
        is_withdrawal=last.kind is AnnouncementKind.WITHDRAWN,
        is_before_start=began is not None and last.seen_at < began,
    )


def _describe_recipient(question: _Question) -> Recipient:
    standing, channel = question.standing, question.channel
    is_running = standing.is_open and standing.status in _RUNNING
    is_paused = standing.status is SubscriberStatus.PAUSED
    return Recipient(
        is_confirmed=standing.verified_at is not None and standing.status is not SubscriberStatus.PENDING,
        closed_reason=None if is_running else standing.closed_reason or standing.status.value,
        has_digests=channel.schedule.cadence is not Cadence.ALERTS,
        is_paused=is_paused,
        paused_until=question.day_of(standing.paused_until) if standing.paused_until else None,
        subscribed_on=question.day_of(standing.verified_at or question.now),
        next_on=_find_next_day(question),
    )


def _find_next_day(question: _Question) -> date | None:
    """Give the day of the next digest; None if nobody can know."""
    channel, until = question.channel, question.standing.paused_until
    if question.standing.status is not SubscriberStatus.PAUSED:
        return question.day_of(max(channel.next_due_at, question.now))
    if until is None:
        return None
    return question.day_of(max(channel.next_due_at, next_due_at(channel.schedule, until - timedelta.resolution)))


# ── judging it again ─────────────────────────────────────────────────────────────────────────────────────────────────


def _judge_past(question: _Question, digest: PastDigest) -> Verdict:
    """Compose a digest again, by the wishes of now, and see where the paper stands."""
    edition, channel = digest.edition, question.channel
    with question.database.reading() as session:
        number = ChannelId(channel.id)
        siblings = list_other_places(session, [number]).get(number, ())
        before = list_sent_before(session, number, digest.id, siblings)
        changed_on = _find_change(session, question, digest.created_at)
        cap = _find_cap(session, question, digest.created_at)
    verdict = _judge(question, edition.covers_after, edition.covers_to, before)
    matched = len(edition.entries) + edition.more
    return replace(
        verdict,
        cap=cap,
        was_full=edition.more > 0,
        changed_on=changed_on,
        is_redone=bool(verdict.rank) and verdict.of != matched,
    )


def _judge_coming(question: _Question) -> Verdict:
    """See where the paper stands among what waits for the next digest."""
    with question.database.reading() as session:
        end = announcements.latest_announcement(session)
    verdict = _judge(question, AnnouncementId(question.channel.watermark), end, None)
    return replace(verdict, cap=question.channel.cap)


def _judge_gap(question: _Question) -> tuple[Verdict, AbsenceKind | None]:
    """See whether the wishes ask for the paper, and what kept digests away when it came in."""
    last = question.last
    desk = _lay_small_desk(question, AnnouncementId(last.id - 1), last.id)
    verdict = _judge_alone(question, desk)
    with question.database.reading() as session:
        return replace(verdict, changed_on=_find_change(session, question, last.seen_at)), _find_cause(
            session, question
        )


def _judge(question: _Question, after: AnnouncementId, end: AnnouncementId, sent: set[PaperId] | None) -> Verdict:
    """Find the rank of the paper among what was announced in (after, end]; the whole is read only if it has one."""
    alone = _judge_alone(question, _lay_small_desk(question, after, end))
    if not alone.rank:
        return alone
    channel = replace(question.channel, watermark=after)
    desk = lay_desk(question.database, after, question.now, until=end)
    order = _order(desk, channel, _load_known(question, desk, channel, sent))
    if question.paper_id not in order:  # it was taken from the reader's sight at this very moment
        return replace(alone, rank=0)
    return replace(alone, rank=order.index(question.paper_id) + 1, of=len(order))


def _judge_alone(question: _Question, desk: Desk) -> Verdict:
    """See whether the wishes ask for the paper, and if not, why; a rank of 1 says that they do."""
    channel = replace(question.channel, watermark=desk.start)
    known = _load_known(question, desk, channel, set())
    prospect = look_ahead(desk, channel, known)
    wishes, ranking, all_papers = prospect.wishes, desk.ranking_after(desk.start), prospect.papers(desk)
    stored = known.wishes[channel.subscriber_id]
    has_wishes = bool(stored.interests or stored.follows)
    if order_papers(ranking, wishes, all_papers):
        return Verdict(rank=1, of=1, has_wishes=has_wishes)
    if order_papers(ranking, replace(wishes, exclusions=()), all_papers):
        excluded_by = tuple(wish.text for wish in wishes.exclusions if find_excluded(desk.batch, [wish]))
        return Verdict(excluded_by=excluded_by, has_wishes=has_wishes)
    missing = [wish for wish in wishes.interests if not desk.batch.matches(parse(wish.canonical))]
    return Verdict(misses=tuple(say_miss(desk.batch, 0, wish) for wish in missing), has_wishes=has_wishes)


def _lay_small_desk(question: _Question, after: AnnouncementId, end: AnnouncementId) -> Desk:
    """Put the paper alone on a desk."""
    told = tuple(each for each in question.announced if after < each.id <= end)
    candidates = [Candidate(paper_id=question.paper_id, paper=question.paper, announcements=told)]
    with question.database.reading() as session:
        return Desk(candidates, after, end, (), load_sightings(session, candidates), lay_benches(candidates))


def _load_known(question: _Question, desk: Desk, channel: DueChannel, sent: set[PaperId] | None) -> Known:
    """Read what is known of the channel; what had been sent is as given, or as it is now."""
    known = load_known(question.database, desk, [channel])
    return known if sent is None else replace(known, sent={ChannelId(channel.id): sent})


def _order(desk: Desk, channel: DueChannel, known: Known) -> list[PaperId]:
    prospect = look_ahead(desk, channel, known)
    return order_papers(desk.ranking_after(prospect.after), prospect.wishes, prospect.papers(desk))


# ── what the event log says ──────────────────────────────────────────────────────────────────────────────────────────


def _find_change(session: Session, question: _Question, since: datetime) -> date | None:
    """Give when the reader last changed their wishes after a time."""
    changes = store.list_events(session, question.channel.subscriber_id, _WISHES, since)
    return question.day_of(changes[-1][1]) if changes else None


def _find_cap(session: Session, question: _Question, at: datetime) -> int:
    """Give how many papers a digest of the channel held at a time."""
    changes = store.list_events(session, question.channel.subscriber_id, [EventKind.CAP_CHANGED], at)
    mine = (detail["before"] for _, _, detail in changes if detail.get("channel") == question.channel.id)
    return next(mine, question.channel.cap)


def _find_cause(session: Session, question: _Question) -> AbsenceKind | None:
    """Give what kept digests away after the paper came in: alerts alone, or a pause whose papers were left out."""
    seen_at, channel = question.last.seen_at, question.channel
    kinds = [EventKind.SCHEDULE_CHANGED, EventKind.RESUMED]
    events = store.list_events(session, channel.subscriber_id, kinds, seen_at)
    if any(
        kind is EventKind.RESUMED and detail.get("start_after", 0) >= question.last.id for kind, _, detail in events
    ):
        return AbsenceKind.PAUSED
    turns = [
        detail.get("cadence", {})
        for kind, _, detail in events
        if kind is EventKind.SCHEDULE_CHANGED and detail.get("channel") == channel.id
    ]
    known = {cadence for turn in turns for cadence in turn.values()} | {channel.schedule.cadence.value}
    return AbsenceKind.ONLY_ALERTS if Cadence.ALERTS.value in known else None
