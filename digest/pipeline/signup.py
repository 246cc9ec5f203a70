"""Acts: takes somebody in with all their wishes, in one transaction, and sets where in the stream they start."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from digest.matching.query import canonical, parse
from digest.model import AnnouncementId, ChannelId, PersonScheme
from digest.pipeline.attribute import begin_judging
from digest.pipeline.following import PersonWanted, follow_person, not_a_person
from digest.pipeline.voting import dump_votes, list_members
from digest.researchers.ids.people import parse_person_id
from digest.researchers.names import parse_name
from digest.storage import announcements, answers, corrections, deliveries, feedback
from digest.storage.holdings import dump_letters_of
from subscribers import service
from subscribers.addresses import EMAIL
from subscribers.db import Database
from subscribers.model import Consent, InterestWish, InvalidWish, Registration, SubscriberView
from subscribers.outcomes import Subscribed
from subscribers.store.traces import dump_traces

# The first digest covers what was announced in this time before somebody subscribed, so that it does not come empty.
FIRST_REACH = timedelta(days=1)
MOST_FIELDS = 50
_FIELD = re.compile(r"[A-Za-z][A-Za-z -]{0,40}(?:\.[A-Za-z*-]{1,20})?")


def read_interest(text: str) -> InterestWish:
    """Understand an interest as written. Raises InvalidQuery."""
    return InterestWish(text=text.strip(), canonical=canonical(parse(text)))


def read_follow(
    name: str, fields: Sequence[str] = (), hf_user: str | None = None, orcid: str | None = None
) -> PersonWanted:
    """Understand whom somebody wants to follow. Raises InvalidWish for no person, InvalidReference for no id."""
    if parse_name(name) is None:
        raise InvalidWish(not_a_person(name))
    named = [
        f"{scheme}:{value}" for scheme, value in ((PersonScheme.HF, hf_user), (PersonScheme.ORCID, orcid)) if value
    ]
    ids = tuple(filter(None, map(parse_person_id, named)))
    return PersonWanted(name=name, fields=check_fields(fields), ids=ids)


def check_fields(fields: Sequence[str]) -> tuple[str, ...]:
    """Give category prefixes (`cs`, `cs.CL`, `cs.*`), each once. Raises InvalidWish for what is none."""
    for field in fields:
        if not _FIELD.fullmatch(field.strip()):
            raise InvalidWish(f"“{field[:40]}” is no field; use categories such as cs, cs.CL or q-bio.NC.")
    if len(fields) > MOST_FIELDS:
        raise InvalidWish(f"A researcher works in at most {MOST_FIELDS} fields, not {len(fields)}.")
    return tuple(dict.fromkeys(field.strip().removesuffix(".*") for field in fields))


def sign_up(
    database: Database,
    registration: Registration,
    interests: Sequence[InterestWish],
    follows: Sequence[PersonWanted],
    consent: Consent,
    now: datetime,
) -> Subscribed:
    """Subscribe somebody with their wishes, all or nothing."""
    with database.writing() as session:
        if follows:
            begin_judging(session)
        start = announcements.find_watermark(session, now, FIRST_REACH)
        subscribed = service.subscribe(session, now, registration, start_after=start, consent=consent)
        for interest in interests:
            service.add_interest(session, now, subscribed.subscriber.id, interest)
        for follow in follows:
            follow_person(session, now, subscribed.subscriber.id, follow)
        return replace(subscribed, subscriber=service.get_subscriber(session, str(subscribed.subscriber.id)))


def export_everything(database: Database, view: SubscriberView, key: str) -> dict[str, Any]:
    """Give all that is held about a subscriber: who they are, what they asked for, what they were sent and said."""
    with database.reading() as session:
        sent = deliveries.dump_deliveries(session, [ChannelId(channel.id) for channel in view.channels])
    return {**export_record(database, view, key), "deliveries": sent}


def export_record(database: Database, view: SubscriberView, key: str) -> dict[str, Any]:
    """Give that without the deliveries, which may be thousands.

    The consent records are the events of the kind `confirmed`. Of a suppression there is a hash, so it says whether one
    is kept. `key` is that under which votes in groups are kept.
    """
    channels = [ChannelId(channel.id) for channel in view.channels]
    addresses = [(channel.kind, channel.address) for channel in view.channels]
    mails = [address for kind, address in addresses if kind == EMAIL]
    with database.reading() as session:
        return {
            **service.export(session, view.id),
            **dump_traces(session, view.id, channels, addresses),
            "letters": dump_letters_of(session, view.id, mails),
            "answers": answers.dump_answers(session, view.id),
            "feedback": feedback.dump_feedback(session, view.id),
            "corrections": corrections.dump_corrections(session, view.id),
            "votes": [each for user in list_members([view]) for each in dump_votes(session, key, user)],
        }


def find_start(database: Database, now: datetime) -> AnnouncementId:
    """Give where a channel that is added now starts in the stream."""
    with database.reading() as session:
        return announcements.find_watermark(session, now, FIRST_REACH)


def get_subscriber(database: Database, who: str) -> SubscriberView:
    """Find somebody by id or address. Raises UnknownSubscriber."""
    with database.reading() as session:
        return service.get_subscriber(session, who)
