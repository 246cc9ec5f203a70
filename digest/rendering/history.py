"""What was sent, looked back at: each delivery on a line, and one of them with its papers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from digest.model import DeliveryKind, DeliveryState, Paper, PaperId
from digest.model.past import PastDelivery
from digest.rendering.alert import AlertView, read_alert
from digest.rendering.digest import DigestView, Section, count_papers, list_sections, long_date
from digest.rendering.footer import LONGEST_NOTE, make_footer
from digest.rendering.leaving import GIVEN_UP, say_when
from digest.rendering.text import clean, shorten
from subscribers.addresses import is_given_up
from subscribers.schedule import zone_of

LONGEST_ADDRESS: Final = 120  # characters
_KINDS: Final = {"email": "", "telegram": "Telegram chat ", "file": "folder "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One delivery in a list: what it was, where it went, how many papers it held, and how it ended."""

    number: int
    heading: str
    place: str
    papers: str
    ended: str
    is_trouble: bool
    has_papers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One delivery with its papers, in the sections in which it was sent."""

    line: Line
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()


def list_line(past: PastDelivery, papers: Mapping[PaperId, Paper]) -> Line:
    """Say what a delivery was and how it ended. The papers of an alert name it; those of a digest are not needed."""
    return Line(
        number=past.id,
        heading=_head(past, papers),
        place=name_address(past.address.kind, past.address.value),
        papers=_count(past),
        ended=say_end(past),
        is_trouble=past.state in (DeliveryState.FAILED, DeliveryState.CANCELLED),
        has_papers=past.edition.says_something,
    )


def open_past(past: PastDelivery, papers: Mapping[PaperId, Paper], title: str) -> Opened:
    """Arrange the papers of a delivery as they were when it was sent. What has gone meanwhile is left out."""
    line = list_line(past, papers)
    if past.kind is DeliveryKind.ALERT:
        return Opened(line=line, sections=(Section("", "", read_alert(_view_alert(past, papers, title)).items),))
    view = _view_digest(past, papers, title)
    footer = make_footer(view)
    return Opened(line=line, sections=list_sections(view), notes=footer.notes, corrections=footer.corrections)


def say_end(past: PastDelivery) -> str:
    """Say how a delivery stands: `Sent on Friday, 20 November 2026, 08:01 (Europe/Berlin)`."""
    why = shorten(clean(past.detail), LONGEST_NOTE)
    match past.state:
        case DeliveryState.SENT:
            return f"Sent on {_when(past, past.settled_at)}"
        case DeliveryState.EMPTY:
            return "Nothing matched, so nothing was sent"
        case DeliveryState.CANCELLED:
            return f"Not sent: {why.replace('the subscriber', 'you') or 'it was not wanted any more'}"
        case DeliveryState.FAILED:
            return f"Could not be delivered: {why or 'no reason was given'}"
        case DeliveryState.SENDING:
            return "On its way"
        case _:
            again = f"; the last attempt failed ({why}), the next is on {_when(past, past.next_attempt_at)}"
            return f"Waits to be sent{again if past.attempts and why else ''}"


def _when(past: PastDelivery, at: datetime | None) -> str:
    return say_when(at or past.created_at, past.timezone)


def _head(past: PastDelivery, papers: Mapping[PaperId, Paper]) -> str:
    if past.kind is DeliveryKind.DIGEST:
        hour = f"{past.created_at.astimezone(zone_of(past.timezone)):, %H:%M}" if _has_hour(past) else ""
        return f"Digest of {long_date(_day(past))}{hour}"
    return f"Alert: {read_alert(_view_alert(past, papers, '')).headline}"


def _has_hour(past: PastDelivery) -> bool:
    """Whether a day has several of these: `2026-11-22T14` is one for every batch."""
    return len(past.edition.name) > len("2026-11-22")


def _day(past: PastDelivery) -> date:
    """Give the day a digest is named after."""
    return date.fromisoformat(past.edition.name[:10])


def _count(past: PastDelivery) -> str:
    count = count_papers(len(past.edition.entries))
    more = f", {past.edition.more:,} more matched" if past.edition.more else ""
    return f"{count}{more}"


def name_address(kind: str, address: str) -> str:
    """Say where a channel leads, to whom it belongs: in full."""
    if is_given_up(address):
        return GIVEN_UP
    return shorten(clean(f"{_KINDS.get(kind, f'{kind} ')}{address}"), LONGEST_ADDRESS)


def _view_digest(past: PastDelivery, papers: Mapping[PaperId, Paper], title: str) -> DigestView:
    edition = past.edition
    return DigestView(
        title=title,
        edition=edition.name,
        entries=tuple((match, papers[match.paper_id]) for match in edition.entries if match.paper_id in papers),
        kinds={match.paper_id: match.kinds for match in edition.entries},
        edition_on=_day(past),
        more=edition.more,
        announced=edition.announced,
        notes=edition.notes,
        corrections=edition.corrections,
    )


def _view_alert(past: PastDelivery, papers: Mapping[PaperId, Paper], title: str) -> AlertView:
    edition = past.edition
    return AlertView(
        title=title,
        edition=edition.name,
        entries=tuple((match, papers[match.paper_id]) for match in edition.entries if match.paper_id in papers),
        kinds={match.paper_id: match.kinds for match in edition.entries},
    )
