"""Acts: what becomes of one line of a list of subscribers. Each runs in the caller's savepoint and gives remarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from digest.model import LetterKind
from digest.pipeline.follow_text import FollowText, read_follow_text
from digest.pipeline.following import PersonWanted, follow_institution, follow_paper, follow_person
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import FollowChoice, SignupWishes, dump_wishes
from digest.storage import papers
from digest.storage.letters import add_letter
from subscribers import exclusions, joining, preferences, service, store
from subscribers.lists import Evidence, Listed, ListedChannel
from subscribers.model import (
    Consent,
    EventKind,
    InterestWish,
    Registration,
    RequestKind,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
)
from subscribers.store import requests, suppressions

# An import must not become a bomb: those who are asked to confirm are written to one after another, 600 an hour.
PACE: Final = timedelta(seconds=6)


@dataclass(slots=True, kw_only=True)
class Desk:
    """One transaction of an intake: where new channels start, and how many people have been asked before."""

    session: Session
    source: str
    now: datetime
    start_after: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line, understood."""

    listed: Listed
    interests: tuple[InterestWish, ...]
    exclusions: tuple[InterestWish, ...]
    follows: tuple[FollowText, ...]


def understand(listed: Listed) -> Wanted:
    """Read what somebody wishes. Raises InvalidQuery, InvalidWish or InvalidReference."""
    return Wanted(
        listed=listed,
        interests=tuple(map(read_interest, listed.interests)),
        exclusions=tuple(map(read_interest, listed.exclusions)),
        follows=tuple(map(read_follow_text, listed.follows)),
    )


def subscribe(desk: Desk, wanted: Wanted) -> Sequence[str]:
    """Subscribe somebody with everything the list says of them, on the evidence it gives."""
    listed, consent = wanted.listed, Consent("import", write_evidence(wanted.listed.consent) | {"list": desk.source})
    view = _register(desk, listed, consent)
    for each in listed.channels:
        _prefer(desk, view, each)
    notes = _add_wishes(desk, view.id, wanted)
    is_over = listed.paused_until is not None and listed.paused_until <= desk.now
    if listed.status is SubscriberStatus.PAUSED and not is_over:
        preferences.pause_until(desk.session, desk.now, view.id, listed.paused_until)
    if not (wanted.interests or wanted.follows):
        notes.append("There is no topic and nobody to follow, so nothing is sent yet.")
    return notes


def ask(desk: Desk, wanted: Wanted) -> Sequence[str]:
    """Write to the one address of a line: it is subscribed once it confirms. Letters of one import keep a distance."""
    listed = wanted.listed
    (channel,) = listed.channels
    people = [each for each in wanted.follows if each.person is not None]
    wishes = SignupWishes(
        schedule=channel.wish.schedule,
        cap=channel.wish.cap,
        name=listed.name,
        language=listed.language,
        interests=wanted.interests,
        exclusions=wanted.exclusions,
        follows=tuple(map(_to_choice, people)),
        is_plain=channel.is_plain,
    )
    at = desk.now + desk.asked * PACE
    evidence = {"how": "import", "list": desk.source}
    wish = requests.Ask(
        kind=RequestKind.SIGNUP, address=channel.wish.address, wishes=dump_wishes(wishes), evidence=evidence
    )
    number = joining.make_request(desk.session, at, wish)
    requests.mark_asked(desk.session, number, at + joining.RUNS_OUT_AFTER)
    add_letter(desk.session, LetterKind.CONFIRM, channel.wish.address, at, about={"request": number})
    if len(people) < len(wanted.follows):
        return ["Places and papers on this line are not kept until then."]
    return []


def keep_away(desk: Desk, wanted: Wanted) -> Sequence[str]:
    """Remember that somebody left, or that their address is suppressed, so that no later list brings them back."""
    listed, session = wanted.listed, desk.session
    if listed.status is SubscriberStatus.SUPPRESSED:
        for channel in listed.channels:
            suppressions.suppress(session, *channel.place, listed.reason or SuppressionReason.BOUNCED, desk.now)
        return []
    known = store.list_channels_at(session, [channel.place for channel in listed.channels])
    if not known:
        service.unsubscribe(session, desk.now, _register(desk, listed, None).id)
    return []


def write_evidence(consent: Evidence) -> dict[str, str]:
    """Give the evidence as the event log keeps it."""
    at = consent.at.isoformat() if consent.at else ""
    parts = {"by": consent.by, "at": at, "network": consent.network, "text": consent.text, "version": consent.version}
    return {name: value for name, value in parts.items() if value}


def _register(desk: Desk, listed: Listed, consent: Consent | None) -> SubscriberView:
    registration = Registration(
        name=listed.name,
        kind=listed.kind,
        language=listed.language,
        channels=tuple(channel.wish for channel in listed.channels),
    )
    done = service.subscribe(desk.session, desk.now, registration, start_after=desk.start_after, consent=consent)
    detail = {"list": desk.source, "line": listed.line, "status": listed.status.value}
    store.record_event(desk.session, done.subscriber.id, EventKind.IMPORTED, desk.now, detail)
    return done.subscriber


def _prefer(desk: Desk, view: SubscriberView, listed: ListedChannel) -> None:
    number = next(each.id for each in view.channels if (each.kind, each.address) == listed.place)
    if listed.is_plain:
        preferences.set_plain(desk.session, desk.now, number, is_plain=True)
    if not listed.takes_alerts:
        preferences.set_takes_alerts(desk.session, desk.now, number, takes_alerts=False)
    if listed.repeats:
        preferences.set_repeats(desk.session, desk.now, number, repeats=True)
    if listed.has_pictures:
        preferences.set_pictures(desk.session, desk.now, number, has_pictures=True)
    if listed.has_previews:
        preferences.set_previews(desk.session, desk.now, number, has_previews=True)


def _add_wishes(desk: Desk, subscriber_id: int, wanted: Wanted) -> list[str]:
    for interest in wanted.interests:
        service.add_interest(desk.session, desk.now, subscriber_id, interest)
    for exclusion in wanted.exclusions:
        exclusions.add_exclusion(desk.session, desk.now, subscriber_id, exclusion)
    return [note for each in wanted.follows if (note := _follow(desk, subscriber_id, each))]


def _follow(desk: Desk, subscriber_id: int, wanted: FollowText) -> str:
    """Follow what is meant; gives a remark where that cannot be, because a paper is not stored here."""
    session, now = desk.session, desk.now
    if wanted.institution is not None:
        follow_institution(session, now, subscriber_id, wanted.institution, wanted.terms)
    elif wanted.paper is not None:
        paper_id = papers.find_paper(session, wanted.paper)
        if paper_id is None:
            return f"The paper {wanted.paper} is not stored here, so it is not followed."
        follow_paper(session, now, subscriber_id, paper_id, wanted.terms)
    else:
        follow_person(session, now, subscriber_id, _to_person(wanted), wanted.terms)
    return ""


def _to_person(wanted: FollowText) -> PersonWanted:
    assert wanted.person is not None
    person = wanted.person
    name = person.name or (person.ids[0].value if person.ids else "")
    return PersonWanted(name=name, affiliation=person.affiliation, fields=wanted.fields, ids=person.ids)


def _to_choice(wanted: FollowText) -> FollowChoice:
    person = _to_person(wanted)
    return FollowChoice(text=person.name, name=person.name, person=person)
