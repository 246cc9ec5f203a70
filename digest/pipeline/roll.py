"""Gives everybody who is or was subscribed as a list that another installation can take in. Reads; changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from digest.model import ExternalId, InstitutionId, PaperId, Researcher, ResearcherId
from digest.pipeline.follow_text import write_institution, write_paper, write_person
from digest.storage import institutions, papers, researchers
from subscribers import store
from subscribers.addresses import is_given_up
from subscribers.db import Database
from subscribers.lists import Evidence, Listed, ListedChannel
from subscribers.model import (
    ChannelStatus,
    ChannelView,
    ChannelWish,
    FollowKind,
    FollowWish,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
)
from subscribers.service import REMOVED
from subscribers.store import suppressions
from subscribers.store.leavings import LEFT

AT_ONCE: Final = 500
_GONE: Final = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


def list_everybody(database: Database) -> Iterator[Listed]:
    """Give all subscribers by number. Closed channels of somebody who is still subscribed are left out.

    Of somebody without an open channel, the status says why: they left, or their address bounced.
    """
    last = 0
    while True:
        with database.reading() as session:
            views = store.list_subscribers(session, AT_ONCE, last)
            page = _list_page(session, views)
        if not views:
            return
        yield from page
        last = views[-1].id


def _list_page(session: Session, views: Sequence[SubscriberView]) -> list[Listed]:
    evidence = store.list_consents(session, [view.id for view in views])
    texts = _write_follows(session, [wish for view in views for wish in view.follows])
    return [_list_one(session, view, evidence.get(view.id), texts) for view in views if view.channels]


def _list_one(
    session: Session,
    view: SubscriberView,
    consent: tuple[datetime, Mapping[str, Any]] | None,
    texts: Mapping[FollowWish, str],
) -> Listed:
    known = [each for each in view.channels if not is_given_up(each.address)]
    channels = [each for each in known if each.status is ChannelStatus.OPEN]
    is_running = bool(channels) and view.status not in _GONE
    status, reason = (view.status, None) if is_running else _explain_gone(session, view)
    return Listed(
        line=view.id,
        name=view.name,
        kind=view.kind,
        language=view.language,
        status=status,
        reason=reason,
        paused_until=view.paused_until,
        channels=tuple(map(_list_channel, channels if is_running else known)),
        interests=view.interests,
        exclusions=view.exclusions,
        follows=tuple(texts[wish] for wish in view.follows if wish in texts),
        consent=_read_evidence(consent),
    )


def _explain_gone(session: Session, view: SubscriberView) -> tuple[SubscriberStatus, SuppressionReason | None]:
    """Say why somebody is not written to: suppressed, bounced until the last channel was closed, or left."""
    known = [each for each in view.channels if not is_given_up(each.address)]
    for each in known:
        reason = suppressions.find_suppression(session, each.kind, each.address) if _any_suppressed(session) else None
        if reason is not None:
            return SubscriberStatus.SUPPRESSED, reason
    has_bounced = any(each.closed_reason not in {"", LEFT, REMOVED} for each in known)
    if view.status is SubscriberStatus.SUPPRESSED or (view.status is not SubscriberStatus.UNSUBSCRIBED and has_bounced):
        return SubscriberStatus.SUPPRESSED, SuppressionReason.BOUNCED
    return SubscriberStatus.UNSUBSCRIBED, None


def _any_suppressed(session: Session) -> bool:
    """Say whether there is any suppression: looking for one before would have to make the salt first."""
    return bool(suppressions.count_suppressions(session))


def _list_channel(channel: ChannelView) -> ListedChannel:
    wish = ChannelWish(kind=channel.kind, address=channel.address, schedule=channel.schedule, cap=channel.cap)
    return ListedChannel(
        wish=wish,
        is_plain=channel.is_plain,
        takes_alerts=channel.takes_alerts,
        repeats=channel.repeats,
        has_pictures=channel.has_pictures,
        has_previews=channel.has_previews,
    )


def _read_evidence(consent: tuple[datetime, Mapping[str, Any]] | None) -> Evidence:
    """Give the evidence first given: what an import brought along stands before the import itself."""
    if consent is None:
        return Evidence()
    at, detail = consent
    told = {name: str(detail.get(name, "")) for name in ("by", "network", "text", "version")}
    told["network"] = told["network"] or str(detail.get("confirmed_from", ""))
    first = detail.get("at")
    return Evidence(
        by=told["by"] or ("" if first else str(detail.get("given_by", ""))),
        at=datetime.fromisoformat(first) if first else at,
        network=told["network"],
        text=told["text"],
        version=told["version"],
    )


def _write_follows(session: Session, wishes: Sequence[FollowWish]) -> dict[FollowWish, str]:
    """Write every follow as text; of those whose target is gone there is nothing to write."""
    people = _find_people(session, wishes)
    works = _find_papers(session, wishes)
    wanted = {InstitutionId(wish.target_id) for wish in wishes if wish.kind is FollowKind.INSTITUTION}
    places = institutions.list_institutions(session, wanted)
    texts: dict[FollowWish, str] = {}
    for wish in wishes:
        if wish.kind is FollowKind.RESEARCHER and wish.target_id in people:
            person = people[wish.target_id]
            texts[wish] = write_person(wish.name, person.ids, person.fields, wish)
        elif wish.kind is FollowKind.INSTITUTION and wish.target_id in places:
            texts[wish] = write_institution(places[InstitutionId(wish.target_id)], wish)
        elif wish.kind is FollowKind.PAPER and wish.target_id in works:
            texts[wish] = write_paper(works[wish.target_id], wish)
    return texts


def _find_people(session: Session, wishes: Sequence[FollowWish]) -> dict[int, Researcher]:
    """Give the records followed, as they are after all merges, by the number that the follow has."""
    wanted = {wish.target_id for wish in wishes if wish.kind is FollowKind.RESEARCHER}
    living = {each: researchers.find_living(session, ResearcherId(each)) for each in wanted}
    records = researchers.load_researchers(session, [each for each in living.values() if each is not None])
    return {each: records[kept] for each, kept in living.items() if kept is not None and kept in records}


def _find_papers(session: Session, wishes: Sequence[FollowWish]) -> dict[int, ExternalId]:
    """Give an id of each paper followed, after all merges, by the number that the follow has."""
    wanted = {wish.target_id for wish in wishes if wish.kind is FollowKind.PAPER}
    living = {each: papers.find_living(session, PaperId(each)) for each in wanted}
    known = papers.load_papers(session, [each for each in living.values() if each is not None])
    return {each: known[kept].ids[0] for each, kept in living.items() if kept in known and known[kept].ids}
