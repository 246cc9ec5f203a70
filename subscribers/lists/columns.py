"""Which column of a table means what, in our own exports and in those of other programs. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from subscribers.model import SubscriberStatus, SuppressionReason

# In the order in which we write them.
OURS: Final = (
    *("subscriber", "email", "kind", "address", "name", "group", "language", "status", "paused_until"),
    *("timezone", "send_at", "wait_until", "cadence", "weekday", "cap", "plain", "alerts"),
    *("repeats", "pictures", "previews"),
    *("interests", "exclusions", "follows"),
    *("consent_by", "consent_at", "consent_network", "consent_text", "consent_version"),
)
# What is said of the person, the same on each of their lines; `subscriber` is the number that joins these.
OF_PERSON: Final = (
    *("name", "group", "language", "status", "paused_until", "interests", "exclusions", "follows"),
    *("consent_by", "consent_at", "consent_network", "consent_text", "consent_version"),
)
# Columns of others, folded. Those of Mailchimp say when and from where an address confirmed itself.
_WORDS: Final[Mapping[str, str]] = {
    "email": "e_mail|mail|email_address|e_mail_address|subscriber_email|delivery_email",
    "name": "full_name|display_name|subscriber_name",
    "given": "given_name|first_name|firstname|first",
    "family": "family_name|last_name|lastname|last|surname",
    "language": "lang|locale|preferred_language",
    "timezone": "time_zone|tz",
    "status": "subscription_status|subscriber_type|member_rating_status|state",
    "is_subscribed": "subscribed_to_emails|subscribed",
    "is_disabled": "email_disabled|unsubscribed",
    "left_at": (
        "unsub_time|unsubscribed_at|unsubscribe_date|unsubscribed_date|unsubscription_date|date_unsubscribed|"
        "opt_out_date|optout_time|deleted_at"
    ),
    "bounced_at": "clean_time|cleaned_at|bounce_date",
    "interests": "interest|queries",
    "exclusions": "exclusion",
    "follows": "follow|researchers",
    "consent_at": "confirm_time|confirmed_at|optin_confirmed_at",
    "consent_network": "confirm_ip",
    "attributes": "attribs|metadata",
}
_COLUMNS: Final = {word: column for column, words in _WORDS.items() for word in (column, *words.split("|"))} | {
    column: column for column in OURS
}
_STATUSES: Final[Mapping[str, SubscriberStatus]] = {
    word: status
    for status, words in {
        SubscriberStatus.CONFIRMED: "confirmed|active|enabled|subscribed|regular|free|premium|paid|comped|gifted|true",
        SubscriberStatus.PENDING: "pending|unconfirmed|unactivated|new",
        SubscriberStatus.PAUSED: "paused|vacation|nomail",
        SubscriberStatus.UNSUBSCRIBED: "unsubscribed|left|removed|inactive|disabled|false",
        SubscriberStatus.SUPPRESSED: (
            "suppressed|erased|blocklisted|blacklisted|blocked|bounced|cleaned|undeliverable|complained|spam|spammy"
        ),
    }.items()
    for word in words.split("|")
}
_COMPLAINTS: Final = frozenset({"complained", "spam", "spammy"})
# The columns by which an export of another program is recognised, if all of them are there.
_FORMS: Final = (
    ("a listmonk export", frozenset({"email", "name", "attributes"})),
    ("a Ghost export", frozenset({"email", "subscribed_to_emails"})),
    ("a Substack export", frozenset({"email", "active_subscription"})),
    ("a Buttondown export", frozenset({"email_address", "tags"})),
    ("a Mailchimp export", frozenset({"email_address", "optin_time"})),
)


def fold(heading: str) -> str:
    """Give a heading as the names above are written: `E-Mail Address` is `e_mail_address`."""
    return re.sub(r"[^a-z0-9]+", "_", heading.strip().casefold()).strip("_")


def find_columns(headings: Iterable[str]) -> tuple[str, ...]:
    """Give what each column means; empty for those that mean nothing here, and for a second one that means the same."""
    found: list[str] = []
    for heading in headings:
        column = _COLUMNS.get(fold(heading), "")
        found.append("" if column in found else column)
    return tuple(found)


def are_headings(columns: Iterable[str]) -> bool:
    """Whether these columns say whom a line is about."""
    return bool({"email", "address"} & set(columns))


def name_form(headings: Iterable[str]) -> str:
    """Say whose export it is, by the headings."""
    folded = {fold(heading) for heading in headings}
    if "consent_by" in folded:
        return "a list of subscribers"
    return next((form for form, needed in _FORMS if needed <= folded), "a table of addresses")


def read_status(word: str) -> tuple[SubscriberStatus, SuppressionReason | None] | None:
    """Give the status that a word of ours or another program means, and why it is suppressed; None for no such word."""
    folded = fold(word)
    status = _STATUSES.get(folded)
    if status is None:
        return None
    reason = SuppressionReason.COMPLAINED if folded in _COMPLAINTS else SuppressionReason.BOUNCED
    return status, reason if status is SubscriberStatus.SUPPRESSED else None
