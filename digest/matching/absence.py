"""Why a paper was not in a digest: facts in, one kind and one sentence out. Decides and words; looks nothing up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Final

from digest.languages import mark, say_day, say_list, say_number, say_time, spoken, tr
from digest.languages.phrases import EVENTS, FAILURES, ONE_TITLE
from digest.model import IN_PLACE, DeliveryKind, DeliveryState, PaperId


class AbsenceKind(StrEnum):
    """The reasons there are, each of them the whole reason."""

    UNKNOWN_PAPER = "unknown_paper"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    QUEUED = "queued"
    NOT_DELIVERED = "not_delivered"
    ALERTED = "alerted"
    ELSEWHERE = "elsewhere"
    MERGED = "merged"
    CLOSED = "closed"
    UNCONFIRMED = "unconfirmed"
    ONLY_ALERTS = "only_alerts"
    PAUSED = "paused"
    NOT_NEW = "not_new"
    WITHDRAWN = "withdrawn"
    BEFORE_START = "before_start"
    WAITING = "waiting"
    NOT_MATCHED = "not_matched"
    EXCLUDED = "excluded"
    BELOW_CAP = "below_cap"
    CHANGED_SINCE = "changed_since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The answer: a sentence for the reader, and what it says as data. `details` are further lines.

    `rank` counts from 1 among the `of` papers that matched; the digest called `edition` held `cap`.
    """

    kind: AbsenceKind
    sentence: str
    details: tuple[str, ...] = ()
    paper_id: PaperId | None = None
    title: str = ""
    edition: str | None = None
    rank: int | None = None
    of: int | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The delivery that had the paper, on which day it went out; `as_title` if it was another record then."""

    kind: DeliveryKind
    edition: str
    state: DeliveryState
    on: date
    detail: str = ""
    as_title: str = ""

    @property
    def waits(self) -> bool:
        """Whether it is still to be sent."""
        return self.state in (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The channel as it stands: whether anything can come, and when the next digest is due if that can be said."""

    is_confirmed: bool = True
    closed_reason: str | None = None
    has_digests: bool = True
    is_paused: bool = False
    paused_until: date | None = None
    subscribed_on: date
    next_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How the paper came in: on which day, and of which day the source says it is; `news` if it was not new.

    `is_before_start` says that it came before the channel began.
    """

    on: date
    announced_on: date
    source: str
    news: str = ""
    is_withdrawal: bool = False
    is_before_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reader's wishes, as they are now, make of the paper in one digest; `rank` is 0 if they do not match it.

    `of` papers match; the digest held `cap`, and left none over unless it `was_full`. `changed_on` is when the wishes
    were last changed, if that was after the digest; `is_redone` says that not as many papers match as did then.
    """

    rank: int = 0
    of: int = 0
    cap: int = 0
    was_full: bool = True
    excluded_by: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    has_wishes: bool = True
    changed_on: date | None = None
    is_redone: bool = False


def explain_unknown(wanted: str, troubles: Sequence[str]) -> Absence:
    """Say that a paper was never seen, and which sources had trouble lately."""
    sentence = tr("We have never seen a paper known as “{words}”.", words=wanted)
    return Absence(kind=AbsenceKind.UNKNOWN_PAPER, sentence=sentence, details=tuple(troubles))


def explain_several(titles: Sequence[str]) -> Absence:
    """Say that the words stand in several titles."""
    sentence = tr("Several papers have these words in their titles; name one by its arXiv id, DOI or address.")
    return Absence(kind=AbsenceKind.AMBIGUOUS, sentence=sentence, details=tuple(titles))


def explain_sent(sent: Sent) -> Absence:
    """Say in which message it was, and what became of that."""
    is_alert = sent.kind is DeliveryKind.ALERT
    kind, sentence = _say_sent_in_alert(sent) if is_alert else _say_sent_in_digest(sent, name_edition(sent.edition))
    return Absence(kind=kind, sentence=sentence, edition=sent.edition)


def _say_sent_in_alert(sent: Sent) -> tuple[AbsenceKind, str]:
    if sent.waits:
        return AbsenceKind.QUEUED, tr("It is in an alert, which waits to be sent.")
    if sent.state is not DeliveryState.SENT:
        text = mark("It was in an alert, which could not be delivered: {why}.")
        return AbsenceKind.NOT_DELIVERED, tr(text, why=_say_failure(sent))
    if sent.as_title:
        return AbsenceKind.MERGED, tr("It was in an alert as “{title}”: the two are one work.", title=sent.as_title)
    text = mark("You were told of it by an alert on {day}, and a digest does not repeat that.")
    return AbsenceKind.ALERTED, tr(text, day=name_day(sent.on))


def _say_sent_in_digest(sent: Sent, edition: str) -> tuple[AbsenceKind, str]:
    if sent.waits:
        return AbsenceKind.QUEUED, tr("It is in your digest of {edition}, which waits to be sent.", edition=edition)
    if sent.state is not DeliveryState.SENT:
        text = mark("It was in your digest of {edition}, which could not be delivered: {why}.")
        return AbsenceKind.NOT_DELIVERED, tr(text, edition=edition, why=_say_failure(sent))
    if sent.as_title:
        text = mark("It was in your digest of {edition} as “{title}”: the two are one work.")
        return AbsenceKind.MERGED, tr(text, edition=edition, title=sent.as_title)
    return AbsenceKind.SENT, tr("It was in your digest of {edition}.", edition=edition)


def _say_failure(sent: Sent) -> str:
    return FAILURES.retell(sent.detail.rstrip(".")) or tr("it was given up")


def explain_elsewhere(sent: Sent, place: str) -> Absence:
    """Say that another channel of the same person has shown it, or is about to; `place` names that one."""
    is_alert = sent.kind is DeliveryKind.ALERT
    edition = "" if is_alert else name_edition(sent.edition)
    sentence = tr(_ELSEWHERE[is_alert, sent.waits], day=name_day(sent.on), edition=edition, place=place)
    return Absence(kind=AbsenceKind.ELSEWHERE, sentence=sentence, edition=sent.edition)


# By whether it is an alert, and whether it waits.
_ELSEWHERE: Final = {
    (True, True): mark(
        "It is in an alert that waits to be sent to {place}; what one of your channels has shown, another does not "
        "repeat."
    ),
    (True, False): mark(
        "You were shown it on {day} in an alert to {place}; what one of your channels has shown, another does not "
        "repeat."
    ),
    (False, True): mark(
        "It is in the digest of {edition} that waits to be sent to {place}; what one of your channels has shown, "
        "another does not repeat."
    ),
    (False, False): mark(
        "You were shown it on {day} in the digest of {edition} to {place}; what one of your channels has shown, "
        "another does not repeat."
    ),
}


def explain_arrival(arrival: Arrival) -> Absence:
    """Say that a paper never came as a new one."""
    day = name_day(arrival.on)
    if arrival.is_withdrawal:
        sentence = tr("When we first saw it, on {day}, its authors had withdrawn it.", day=day)
        return Absence(kind=AbsenceKind.WITHDRAWN, sentence=sentence)
    news = EVENTS.retell(arrival.news)
    sentence = tr("It never came as a new paper, only as this, on {day}: {news}.", day=day, news=news)
    return Absence(kind=AbsenceKind.NOT_NEW, sentence=sentence)


def explain_outlook(recipient: Recipient, arrival: Arrival, verdict: Verdict) -> Absence:
    """Say what becomes of a paper that no digest has covered yet."""
    if recipient.closed_reason is not None or not recipient.is_confirmed or not recipient.has_digests:
        return explain_silence(recipient)
    if not verdict.rank:
        return _explain_mismatch(verdict)
    if verdict.rank > verdict.cap:
        return _ranked(AbsenceKind.BELOW_CAP, _say_rank_to_come(verdict, recipient.next_on), verdict, None)
    if recipient.is_paused:
        return Absence(kind=AbsenceKind.PAUSED, sentence=_say_pause(recipient.paused_until))
    came = _say_coming(arrival)
    if recipient.next_on is None:
        sentence = tr("{came}, and no digest was made for you since; it is for the next one.", came=came)
    else:
        text = mark("{came}, and no digest was made for you since; it is for the next one, on {day}.")
        sentence = tr(text, came=came, day=name_day(recipient.next_on))
    return Absence(kind=AbsenceKind.WAITING, sentence=sentence)


def _say_rank_to_come(verdict: Verdict, on: date | None) -> str:
    values = {"rank": _say(verdict.rank), "of": _say(verdict.of), "cap": _say(verdict.cap)}
    if on is None:
        text = mark("It is number {rank} of the {of} papers that wait for your next digest, which holds {cap}.")
        return tr(text, **values)
    text = mark("It is number {rank} of the {of} papers that wait for your next digest, on {day}, which holds {cap}.")
    return tr(text, **values, day=name_day(on))


def _say_pause(until: date | None) -> str:
    if until is None:
        return tr("Your digests are paused until you resume them; it is for the first one after that.")
    return tr("Your digests are paused until {day}; it is for the first one after that.", day=name_day(until))


def _say_coming(arrival: Arrival) -> str:
    """Say when it came in, and whether its source was late: the beginning of a sentence."""
    on = name_day(arrival.on)
    if arrival.announced_on >= arrival.on:
        return tr("It came in on {day}", day=on)
    text = mark("It came in on {day} ({source} has it as of {announced} and was late)")
    return tr(text, day=on, source=arrival.source, announced=name_day(arrival.announced_on))


def explain_silence(recipient: Recipient) -> Absence:
    """Say why no digest comes to a channel at all."""
    if not recipient.is_confirmed:
        return Absence(kind=AbsenceKind.UNCONFIRMED, sentence=tr("This address has not been confirmed yet."))
    if recipient.closed_reason is not None:
        why = FAILURES.retell(recipient.closed_reason.rstrip(".")) or tr("it was closed")
        return Absence(kind=AbsenceKind.CLOSED, sentence=tr("Nothing is sent here any more: {why}.", why=why))
    return Absence(kind=AbsenceKind.ONLY_ALERTS, sentence=tr("No digests come here, only alerts of whom you follow."))


def explain_gap(recipient: Recipient, arrival: Arrival, verdict: Verdict, cause: AbsenceKind | None) -> Absence:
    """Say why a paper was passed by without a digest that covered it: a pause, alerts alone, or nothing matched."""
    day = name_day(arrival.on)
    if arrival.is_before_start:
        since = name_day(recipient.subscribed_on)
        sentence = tr("It came in on {day}, before you subscribed on {since}.", day=day, since=since)
        return Absence(kind=AbsenceKind.BEFORE_START, sentence=sentence)
    if not verdict.rank:
        return _explain_mismatch(verdict)
    if cause is AbsenceKind.PAUSED:
        text = mark("It came in on {day}, while your digests were paused, and what came then was left out.")
        return Absence(kind=cause, sentence=tr(text, day=day))
    if cause is AbsenceKind.ONLY_ALERTS:
        text = mark("It came in on {day}, and when a digest was due next, only alerts were wanted here.")
        return Absence(kind=cause, sentence=tr(text, day=day))
    return Absence(kind=AbsenceKind.CHANGED_SINCE, sentence=_say_other_wishes(day, verdict.changed_on))


def _say_other_wishes(day: str, changed_on: date | None) -> str:
    if changed_on is None:
        return tr("It came in on {day}, when your wishes were other ones or we knew less of it.", day=day)
    text = mark("It came in on {day}, when your wishes were other ones; you changed them on {changed}.")
    return tr(text, day=day, changed=name_day(changed_on))


def explain_verdict(verdict: Verdict, edition: str) -> Absence:
    """Say why a paper is not in the digest that covered it."""
    of = name_edition(edition)
    if not verdict.rank:
        return _note_change(_explain_mismatch(verdict), verdict, edition)
    if verdict.rank <= verdict.cap or not verdict.was_full:
        return _ranked(AbsenceKind.CHANGED_SINCE, _say_match_now(of, verdict.changed_on), verdict, edition)
    text = mark("It was number {rank} of the {of} papers that matched, and your digest of {edition} held {cap}.")
    values = {"rank": _say(verdict.rank), "of": _say(verdict.of), "cap": _say(verdict.cap), "edition": of}
    return _note_change(_ranked(AbsenceKind.BELOW_CAP, tr(text, **values), verdict, edition), verdict, edition)


def _say_match_now(edition: str, changed_on: date | None) -> str:
    if changed_on is None:
        text = mark("It matches your wishes now; your digest of {edition} was composed when we knew it otherwise.")
        return tr(text, edition=edition)
    text = mark("It matches your wishes now; your digest of {edition} was composed when your wishes were other ones.")
    return tr(text, edition=edition)


def _explain_mismatch(verdict: Verdict) -> Absence:
    """Say why the wishes do not ask for a paper."""
    if verdict.excluded_by:
        by = say_list([tr(ONE_TITLE, title=text) for text in verdict.excluded_by], spoken())
        return Absence(kind=AbsenceKind.EXCLUDED, sentence=tr("You excluded it by {topics}.", topics=by))
    if not verdict.has_wishes:
        sentence = tr("You have no topics and follow nobody, so nothing can match.")
        return Absence(kind=AbsenceKind.NOT_MATCHED, sentence=sentence)
    sentence = tr("None of your topics matches it, and as far as we know it is by nobody you follow.")
    return Absence(kind=AbsenceKind.NOT_MATCHED, sentence=sentence, details=verdict.misses)


def _note_change(absence: Absence, verdict: Verdict, edition: str) -> Absence:
    """Add that an answer goes by the wishes and papers of now, if these are others than when the digest was made."""
    named = replace(absence, edition=edition)
    if verdict.changed_on is not None:
        text = mark("This is by your wishes as they are now; you changed them on {day}, after that digest.")
        note = tr(text, day=name_day(verdict.changed_on))
    elif verdict.is_redone:
        note = tr("This is by what we know of the papers now, which is not quite what it was then.")
    else:
        return named
    return replace(named, details=(*absence.details, note))


def _ranked(kind: AbsenceKind, sentence: str, verdict: Verdict, edition: str | None) -> Absence:
    return Absence(kind=kind, sentence=sentence, edition=edition, rank=verdict.rank, of=verdict.of, cap=verdict.cap)


def _say(number: int) -> str:
    return say_number(number, spoken())


def name_edition(edition: str) -> str:
    """Name an edition in words: `20 November 2026`, and the hour of a batch behind it."""
    edition = edition.partition(IN_PLACE)[0]
    day, hour = name_day(date.fromisoformat(edition[:10])), edition[11:]
    return tr("{day}, {time}", day=day, time=say_time(time(int(hour)), spoken())) if hour else day


def name_day(day: date) -> str:
    """Write a day out: `20 November 2026`."""
    return say_day(day, spoken())
