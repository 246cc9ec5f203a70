"""Decides what becomes of a line of a list of subscribers. Pure: what is known of its addresses is an argument.

Three rules stand above what a list says. Whoever left, bounced or complained is not written to again because somebody
has a list with the address on it. Whoever is subscribed stays as they are. And nobody is subscribed without evidence
that they agreed: without it they are asked.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscribers.addresses import EMAIL, FILE
from subscribers.lists import Evidence, LineFault, Listed
from subscribers.model import ChannelStatus, SubscriberStatus, SuppressionReason

_GONE: Final = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})
_RUNNING: Final = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})
CLOCKS_DIFFER: Final = timedelta(days=1)  # a time without a zone may be from east of us
_WHY: Final = {
    SuppressionReason.BOUNCED: "its mail bounced",
    SuppressionReason.COMPLAINED: "its reader called our mail spam",
    SuppressionReason.ERASED: "its reader had everything erased",
}


class Outcome(StrEnum):
    """What became of a line."""

    SUBSCRIBED = "subscribed"
    ASKED = "asked to confirm"
    KEPT_AWAY = "kept away"
    ALREADY = "known before"
    REFUSED = "refused"
    BROKEN = "not used"

    @property
    def is_fault(self) -> bool:
        """Whether somebody should look at it."""
        return self in {Outcome.REFUSED, Outcome.BROKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddress:
    """What is known here of an address on a list: whose channel it is, if anybody's, and whether it is suppressed.

    `is_asked` says that it has been asked to confirm and may still answer.
    """

    owner: int | None = None
    owner_status: SubscriberStatus | None = None
    channel_status: ChannelStatus | None = None
    closed_reason: str = ""
    suppression: SuppressionReason | None = None
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What shall become of a line, and what to say of it."""

    outcome: Outcome
    why: str = ""


def judge_line(listed: Listed, known: Sequence[KnownAddress]) -> Verdict:
    """Decide from what the list says and what is known of each of its addresses."""
    if any(channel.wish.kind == FILE for channel in listed.channels):
        why = "A list may not name a folder on this machine to write to; use `digest subscribe --file`."
        return Verdict(Outcome.REFUSED, why)
    if listed.status in _GONE:
        return _keep_away(listed, known)
    for each in known:
        refusal = _find_refusal(each)
        if refusal:
            return Verdict(Outcome.REFUSED, refusal)
    for each in known:
        if each.owner is not None and each.owner_status in _RUNNING:
            return Verdict(Outcome.ALREADY, f"It is a channel of subscriber {each.owner}, who stays unchanged.")
    if listed.status is SubscriberStatus.PENDING or not listed.consent.is_enough:
        return _ask(listed, known)
    return Verdict(Outcome.SUBSCRIBED)


def add_evidence(listed: Listed | LineFault, statement: str, now: datetime) -> Listed | LineFault:
    """Let the operator's statement stand in where a line has no evidence of its own; nobody agreed in the future."""
    if isinstance(listed, LineFault):
        return listed
    if listed.consent.at is not None and listed.consent.at > now + CLOCKS_DIFFER:
        listed = replace(listed, consent=replace(listed.consent, at=None))
    if not statement or listed.consent.is_enough:
        return listed
    return replace(listed, consent=Evidence(by="operator", at=now, text=statement))


def list_gone(entries: Iterable[Listed | LineFault]) -> set[tuple[str, str]]:
    """Give the places of which any line says that their reader left, or must not be written to."""
    gone = (entry for entry in entries if isinstance(entry, Listed) and entry.status in _GONE)
    return {channel.place for entry in gone for channel in entry.channels}


def drop_double(
    entry: Listed | LineFault, taken: AbstractSet[tuple[str, str]], gone: AbstractSet[tuple[str, str]]
) -> Listed | LineFault:
    """Let an address count where it stands first; but where any line says that they left, that one counts."""
    if isinstance(entry, LineFault):
        return entry
    places = {channel.place for channel in entry.channels}
    if places & taken:
        return LineFault(entry.line, entry.shown, "The address stands on an earlier line too, and counts there.")
    if entry.status not in _GONE and places & gone:
        return LineFault(entry.line, entry.shown, "Another line says that this address is not to be written to.")
    return entry


def _find_refusal(known: KnownAddress) -> str:
    if known.suppression is not None:
        return f"The address is suppressed because {_WHY[known.suppression]}; it can only subscribe itself."
    if known.owner_status is SubscriberStatus.SUPPRESSED:
        return "The address is suppressed; it can only subscribe itself."
    if known.owner_status is SubscriberStatus.UNSUBSCRIBED:
        return f"Its reader left (subscriber {known.owner}); they can only subscribe themselves."
    if known.channel_status is ChannelStatus.CLOSED and known.owner_status in _RUNNING:
        return f"This channel of subscriber {known.owner} is closed: {known.closed_reason or 'no reason is known'}"
    return ""


def _keep_away(listed: Listed, known: Sequence[KnownAddress]) -> Verdict:
    """Remember that somebody is not to be written to; but who is subscribed here has said so here."""
    for each in known:
        if each.owner is not None and each.owner_status in _RUNNING and each.channel_status is ChannelStatus.OPEN:
            why = f"The list says {listed.status.value}, and it is a channel of subscriber {each.owner}: unchanged."
            return Verdict(Outcome.REFUSED, why)
    word = listed.reason.value if listed.reason else "left"
    return Verdict(Outcome.KEPT_AWAY, f"The list says: {word}. The address is remembered, and not written to.")


def _ask(listed: Listed, known: Sequence[KnownAddress]) -> Verdict:
    others = [channel for channel in listed.channels if channel.wish.kind != EMAIL]
    if others or len(listed.channels) > 1:
        return Verdict(
            Outcome.REFUSED, "There is no evidence that they agreed, and only a single email address can be asked."
        )
    if any(each.is_asked for each in known):
        return Verdict(Outcome.ALREADY, "It has been asked to confirm, and may still answer.")
    why = "the list says pending" if listed.status is SubscriberStatus.PENDING else "no evidence that they agreed"
    return Verdict(Outcome.ASKED, f"A mail asks them to confirm: {why}.")
