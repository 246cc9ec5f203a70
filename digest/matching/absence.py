"""Why a paper was not in a digest: facts in, one kind and one sentence out. Decides and words; looks nothing up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

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
    sentence = f"We have never seen a paper known as “{wanted}”."
    return Absence(kind=AbsenceKind.UNKNOWN_PAPER, sentence=sentence, details=tuple(troubles))


def explain_several(titles: Sequence[str]) -> Absence:
    """Say that the words stand in several titles."""
    sentence = "Several papers have these words in their titles; name one by its arXiv id, DOI or address."
    return Absence(kind=AbsenceKind.AMBIGUOUS, sentence=sentence, details=tuple(titles))


def explain_sent(sent: Sent) -> Absence:
    """Say in which message it was, and what became of that."""
    if sent.kind is DeliveryKind.ALERT:
        named, kind = "an alert", AbsenceKind.ALERTED
    else:
        named, kind = f"your digest of {name_edition(sent.edition)}", AbsenceKind.SENT
    if sent.state in (DeliveryState.PENDING, DeliveryState.SENDING):
        kind, sentence = AbsenceKind.QUEUED, f"It is in {named}, which waits to be sent."
    elif sent.state is not DeliveryState.SENT:
        why = sent.detail.rstrip(".") or "it was given up"
        kind, sentence = AbsenceKind.NOT_DELIVERED, f"It was in {named}, which could not be delivered: {why}."
    elif sent.as_title:
        kind = AbsenceKind.MERGED
        sentence = f"It was in {named} as “{sent.as_title}”: the two are one work."
    elif kind is AbsenceKind.ALERTED:
        sentence = f"You were told of it by an alert on {name_day(sent.on)}, and a digest does not repeat that."
    else:
        sentence = f"It was in {named}."
    return Absence(kind=kind, sentence=sentence, edition=sent.edition)


def explain_elsewhere(sent: Sent, place: str) -> Absence:
    """Say that another channel of the same person has shown it, or is about to; `place` names that one."""
    named = "an alert" if sent.kind is DeliveryKind.ALERT else f"the digest of {name_edition(sent.edition)}"
    waits = sent.state in (DeliveryState.PENDING, DeliveryState.SENDING)
    shown = (
        f"It is in {named} that waits to be sent" if waits else f"You were shown it on {name_day(sent.on)} in {named}"
    )
    sentence = f"{shown} to {place}; what one of your channels has shown, another does not repeat."
    return Absence(kind=AbsenceKind.ELSEWHERE, sentence=sentence, edition=sent.edition)


def explain_arrival(arrival: Arrival) -> Absence:
    """Say that a paper never came as a new one."""
    if arrival.is_withdrawal:
        sentence = f"When we first saw it, on {name_day(arrival.on)}, its authors had withdrawn it."
        return Absence(kind=AbsenceKind.WITHDRAWN, sentence=sentence)
    sentence = f"It never came as a new paper, only as this, on {name_day(arrival.on)}: {arrival.news}."
    return Absence(kind=AbsenceKind.NOT_NEW, sentence=sentence)


def explain_outlook(recipient: Recipient, arrival: Arrival, verdict: Verdict) -> Absence:
    """Say what becomes of a paper that no digest has covered yet."""
    if recipient.closed_reason is not None or not recipient.is_confirmed or not recipient.has_digests:
        return explain_silence(recipient)
    if not verdict.rank:
        return _explain_mismatch(verdict)
    coming = f", on {name_day(recipient.next_on)}" if recipient.next_on else ""
    if verdict.rank > verdict.cap:
        sentence = (
            f"It is number {verdict.rank} of the {verdict.of} papers that wait for your next digest{coming}, "
            f"which holds {verdict.cap}."
        )
        return _ranked(AbsenceKind.BELOW_CAP, sentence, verdict, None)
    if recipient.is_paused:
        until = f"until {name_day(recipient.paused_until)}" if recipient.paused_until else "until you resume them"
        sentence = f"Your digests are paused {until}; it is for the first one after that."
        return Absence(kind=AbsenceKind.PAUSED, sentence=sentence)
    came = f"It came in on {name_day(arrival.on)}{_say_lateness(arrival)}, and no digest was made for you since"
    return Absence(kind=AbsenceKind.WAITING, sentence=f"{came}; it is for the next one{coming}.")


def explain_silence(recipient: Recipient) -> Absence:
    """Say why no digest comes to a channel at all."""
    if not recipient.is_confirmed:
        return Absence(kind=AbsenceKind.UNCONFIRMED, sentence="This address has not been confirmed yet.")
    if recipient.closed_reason is not None:
        why = recipient.closed_reason.rstrip(".") or "it was closed"
        return Absence(kind=AbsenceKind.CLOSED, sentence=f"Nothing is sent here any more: {why}.")
    return Absence(kind=AbsenceKind.ONLY_ALERTS, sentence="No digests come here, only alerts of whom you follow.")


def explain_gap(recipient: Recipient, arrival: Arrival, verdict: Verdict, cause: AbsenceKind | None) -> Absence:
    """Say why a paper was passed by without a digest that covered it: a pause, alerts alone, or nothing matched."""
    if arrival.is_before_start:
        on, since = name_day(arrival.on), name_day(recipient.subscribed_on)
        return Absence(kind=AbsenceKind.BEFORE_START, sentence=f"It came in on {on}, before you subscribed on {since}.")
    if not verdict.rank:
        return _explain_mismatch(verdict)
    came = f"It came in on {name_day(arrival.on)}"
    if cause is AbsenceKind.PAUSED:
        sentence = f"{came}, while your digests were paused, and what came then was left out."
        return Absence(kind=AbsenceKind.PAUSED, sentence=sentence)
    if cause is AbsenceKind.ONLY_ALERTS:
        return Absence(kind=cause, sentence=f"{came}, and when a digest was due next, only alerts were wanted here.")
    why = f"you changed them on {name_day(verdict.changed_on)}" if verdict.changed_on else "or we knew less of it"
    sentence = f"{came}, when your wishes were other ones{';' if verdict.changed_on else ''} {why}."
    return Absence(kind=AbsenceKind.CHANGED_SINCE, sentence=sentence)


def explain_verdict(verdict: Verdict, edition: str) -> Absence:
    """Say why a paper is not in the digest that covered it."""
    of = name_edition(edition)
    if not verdict.rank:
        return _note_change(_explain_mismatch(verdict), verdict, edition)
    if verdict.rank <= verdict.cap or not verdict.was_full:
        why = "when your wishes were other ones" if verdict.changed_on else "when we knew it otherwise"
        sentence = f"It matches your wishes now; your digest of {of} was composed {why}."
        return _ranked(AbsenceKind.CHANGED_SINCE, sentence, verdict, edition)
    sentence = (
        f"It was number {verdict.rank} of the {verdict.of} papers that matched, and your digest of {of} held "
        f"{verdict.cap}."
    )
    return _note_change(_ranked(AbsenceKind.BELOW_CAP, sentence, verdict, edition), verdict, edition)


def _explain_mismatch(verdict: Verdict) -> Absence:
    """Say why the wishes do not ask for a paper."""
    if verdict.excluded_by:
        by = " and ".join(f"“{text}”" for text in verdict.excluded_by)
        return Absence(kind=AbsenceKind.EXCLUDED, sentence=f"You excluded it by {by}.")
    if not verdict.has_wishes:
        sentence = "You have no topics and follow nobody, so nothing can match."
        return Absence(kind=AbsenceKind.NOT_MATCHED, sentence=sentence)
    sentence = "None of your topics matches it, and as far as we know it is by nobody you follow."
    return Absence(kind=AbsenceKind.NOT_MATCHED, sentence=sentence, details=verdict.misses)


def _note_change(absence: Absence, verdict: Verdict, edition: str) -> Absence:
    """Add that an answer goes by the wishes and papers of now, if these are others than when the digest was made."""
    named = replace(absence, edition=edition)
    if verdict.changed_on is not None:
        on = name_day(verdict.changed_on)
        note = f"This is by your wishes as they are now; you changed them on {on}, after that digest."
    elif verdict.is_redone:
        note = "This is by what we know of the papers now, which is not quite what it was then."
    else:
        return named
    return replace(named, details=(*absence.details, note))


def _ranked(kind: AbsenceKind, sentence: str, verdict: Verdict, edition: str | None) -> Absence:
    return Absence(kind=kind, sentence=sentence, edition=edition, rank=verdict.rank, of=verdict.of, cap=verdict.cap)


def _say_lateness(arrival: Arrival) -> str:
    if arrival.announced_on >= arrival.on:
        return ""
    return f" ({arrival.source} has it as of {name_day(arrival.announced_on)} and was late)"


def name_edition(edition: str) -> str:
    """Name an edition in words: `20 November 2026`, and the hour of a batch behind it."""
    edition = edition.partition(IN_PLACE)[0]
    hour = f", {edition[11:]}:00" if len(edition) > len("2026-11-20") else ""
    return f"{name_day(date.fromisoformat(edition[:10]))}{hour}"


def name_day(day: date) -> str:
    """Write a day out: `20 November 2026`."""
    return f"{day.day} {day:%B %Y}"
