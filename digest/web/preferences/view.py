"""The preferences page in words: clean, bounded, sorted. Pure; the templates arrange it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar

from digest.rendering.digest import long_date
from digest.rendering.text import clean
from digest.web.pages import Form
from digest.web.preferences import channels, people
from digest.web.preferences.acts import Mistake, read_text
from digest.web.preferences.categories import COMMON, Category, find_category, key_of
from digest.web.preferences.person import LANGUAGES, name_language
from digest.web.preferences.topics import write_keys
from subscribers.addresses import EMAIL, FILE, TELEGRAM, is_given_up
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelView,
    FollowEvent,
    FollowKind,
    FollowWish,
    Position,
    StoredFollow,
    StoredInterest,
    SubscriberStatus,
    SubscriberView,
    Timing,
    Wishes,
)
from subscribers.places import has_others
from subscribers.schedule import zone_of
from subscribers.schedule_words import NOTHING, describe_schedule

PER_PAGE: Final = 50  # topics, exclusions and follows that are shown at a time
KINDS: Final = {EMAIL: "Email", TELEGRAM: "Telegram", FILE: "Folder"}
GROUPS: Final = {
    FollowKind.RESEARCHER: "People",
    FollowKind.INSTITUTION: "Institutions",
    FollowKind.PAPER: "Papers",
}
_REASONS: Final = {"unsubscribed": "it was unsubscribed", "removed": "it was removed", "": "it was closed"}
_EVENTS: Final = {
    FollowEvent.REPLACEMENT: "new versions",
    FollowEvent.FEATURED: "being featured",
    FollowEvent.CODE_RELEASED: "code",
    FollowEvent.PUBLISHED: "publication",
    FollowEvent.WITHDRAWN: "withdrawal",
}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything the page is made of, as it was read. `here` is the channel whose mail was opened."""

    view: SubscriberView
    wishes: Wishes
    here: ChannelView
    now: datetime

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent for now."""
        return self.view.status is SubscriberStatus.PAUSED


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see: which page of each list, and follows with some words in their names."""

    topics: int = 1
    exclusions: int = 1
    follows: int = 1
    words: str = ""


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """One page of a list: `page` of `pages`, of `total` items."""

    items: tuple[Item, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCard:
    """A channel: what it is, how it stands, and its form."""

    id: int
    section: str
    kind: str
    address: str
    state: str
    due: str
    is_open: bool
    is_usable: bool
    is_email: bool
    is_chat: bool
    has_others: bool
    is_here: bool
    fields: Mapping[str, str]
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRow:
    """Something followed, how, and the token of the page on which that is changed, if it has one."""

    id: int
    name: str
    how: str
    wish: FollowWish
    token: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A category that can be ticked."""

    code: str
    name: str
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageView:
    """The whole page."""

    summary: str
    name: str
    language: str
    languages: Mapping[str, str]
    is_paused: bool
    paused: str
    paused_until: str
    earliest: str
    channels: tuple[ChannelCard, ...]
    closed: tuple[ChannelCard, ...]
    topics: Slice[StoredInterest]
    exclusions: Slice[StoredInterest]
    categories: tuple[Tick, ...]
    categories_shown: str
    ticked: int
    follows: Slice[FollowRow]
    groups: tuple[tuple[str, tuple[FollowRow, ...]], ...]
    follow_count: int
    followed: frozenset[int]


class Typed:
    """What stands in the fields: what is stored, or, in a form that was not taken, what was typed."""

    def __init__(self, key: str = "", form: Form | None = None, mistake: Mistake | None = None) -> None:
        self.key = key
        self._form: Form = form or {}
        self._mistake = mistake

    def value(self, key: str, field: str, stored: str = "") -> str:
        """Give the text of a field of the form with this key."""
        return clean(read_text(self._form, field)) if self._is_this(key) else stored

    def has(self, key: str, field: str, value: str, *, stored: bool) -> bool:
        """Whether a box is ticked or a choice made."""
        return value in self._form.get(field, ()) if self._is_this(key) else stored

    def error(self, key: str, field: str) -> str:
        """Give what is wrong with a field; empty if nothing is."""
        wrong = self._mistake
        return wrong.sentence if wrong is not None and self._is_this(key) and wrong.field == field else ""

    def is_wrong(self, key: str) -> bool:
        """Whether this form was not taken."""
        return self._mistake is not None and self._is_this(key)

    def _is_this(self, key: str) -> bool:
        return bool(self.key) and key == self.key


def make_view(standing: Standing, asked: Asked, sign: Callable[[FollowWish], str | None]) -> ManageView:
    """View everything. `sign` gives the token of the page of a follow."""
    view, wishes = standing.view, standing.wishes
    shown = (each for each in view.channels if not is_given_up(each.address))
    cards = tuple(_view_channel(each, standing, has_others=has_others(view, each)) for each in shown)
    mine = {each.key: each for each in map(find_category, wishes.interests) if each is not None}
    follows = cut(_sort_follows(wishes.follows, asked.words), asked.follows)
    rows = tuple(_view_follow(each, sign) for each in follows.items)
    return ManageView(
        summary=_summarise(standing),
        name=view.name,
        language=view.language,
        languages=LANGUAGES | {view.language: name_language(view.language)},
        is_paused=standing.is_paused,
        paused=_say_paused(standing),
        paused_until=_local(standing, view.paused_until).isoformat() if view.paused_until else "",
        earliest=(_local(standing, standing.now) + timedelta(days=1)).isoformat(),
        channels=tuple(each for each in cards if each.is_open),
        closed=tuple(each for each in cards if not each.is_open),
        topics=cut([each for each in wishes.interests if find_category(each) is None], asked.topics),
        exclusions=cut(wishes.exclusions, asked.exclusions),
        categories=_list_ticks(mine),
        categories_shown=write_keys(mine),
        ticked=len(mine),
        follows=Slice(rows, follows.page, follows.pages, follows.total),
        groups=_group(rows),
        follow_count=len(wishes.follows),
        followed=frozenset(each.wish.target_id for each in wishes.follows if each.wish.kind is FollowKind.RESEARCHER),
    )


def cut(items: Sequence[Item], page: int) -> Slice[Item]:
    """Give one page of a list; the last one for a page beyond."""
    pages = max(1, -(-len(items) // PER_PAGE))
    page = min(max(page, 1), pages)
    start = (page - 1) * PER_PAGE
    return Slice(tuple(items[start : start + PER_PAGE]), page, pages, len(items))


def say_terms(wish: FollowWish) -> str:
    """Say how something is followed: `new papers in the digest, as first author; also code`."""
    when = "at once" if wish.timing is Timing.NOW else "in the digest"
    events = ", ".join(_EVENTS[each] for each in wish.events)
    if wish.kind is FollowKind.PAPER:
        return f"{events or 'nothing'}, {when}"
    place = "" if wish.position is Position.ANY else f" as {wish.position.value} author"
    return f"new papers{place}, {when}{f'; also {events}' if events else ''}"


def _view_channel(channel: ChannelView, standing: Standing, *, has_others: bool) -> ChannelCard:
    fields = channels.dump_fields(channel)
    is_open = channel.status is ChannelStatus.OPEN
    return ChannelCard(
        id=channel.id,
        section=channels.section_of(channel.id),
        kind=KINDS.get(channel.kind, channel.kind),
        address=channel.address,
        state=_say_state(channel),
        due=_say_due(channel, is_paused=standing.is_paused) if is_open and channel.verified_at else "",
        is_open=is_open,
        is_usable=is_open and channel.verified_at is not None,
        is_email=channel.kind == EMAIL,
        is_chat=channel.kind == TELEGRAM,
        has_others=has_others,
        is_here=channel.id == standing.here.id,
        fields=fields,
        shown=channels.write_shown(fields),
    )


def _say_state(channel: ChannelView) -> str:
    if channel.status is not ChannelStatus.OPEN:
        return f"Closed: {_REASONS.get(channel.closed_reason, people.name_of(channel.closed_reason))}."
    if channel.verified_at is None:
        return "Waits for a yes: open the link in the mail that was sent there."
    when = describe_schedule(channel.schedule)
    alerts = "" if channel.takes_alerts else " Alerts are off."
    if channel.schedule.cadence is Cadence.ALERTS:
        return f"{_capital(when)}." if channel.takes_alerts else NOTHING
    return f"{_capital(when)}, at most {channel.cap} papers{' in plain text' if channel.is_plain else ''}.{alerts}"


def _say_due(channel: ChannelView, *, is_paused: bool) -> str:
    if is_paused:
        return "Paused."
    if channel.schedule.cadence is Cadence.ALERTS:
        return ""
    if channel.schedule.cadence is Cadence.BATCH:
        return "The next digest comes within the hour after papers for you are in."
    at = channel.next_due_at.astimezone(zone_of(channel.schedule.timezone))
    return f"The next digest is due on {long_date(at.date())}, {at:%H:%M}."


def _summarise(standing: Standing) -> str:
    wishes = standing.wishes
    topics, follows = len(wishes.interests), len(wishes.follows)
    if not topics and not follows:
        return "You have no topics and follow nobody, so nothing can come. Add a topic or a person below."
    return f"{_count(topics, 'topic')}, {_count(follows, 'follow')}, {_count(len(wishes.exclusions), 'exclusion')}."


def _say_paused(standing: Standing) -> str:
    if not standing.is_paused:
        return ""
    until = standing.view.paused_until
    if until is None:
        return "Your digest is paused until you go on."
    return f"Your digest is paused until {long_date(_local(standing, until))}."


def _local(standing: Standing, at: datetime) -> date:
    return at.astimezone(zone_of(standing.here.schedule.timezone)).date()


def _list_ticks(mine: Mapping[str, Category]) -> tuple[Tick, ...]:
    """List the common categories and whatever others the reader has, in the order of the alphabet."""
    common = {key_of(code): Tick(code, name, key_of(code) in mine) for code, name in COMMON.items()}
    own = {key: Tick(each.code, "", is_ticked=True) for key, each in mine.items() if key not in common}
    return tuple(each for _, each in sorted((common | own).items()))


def _sort_follows(follows: Iterable[StoredFollow], words: str) -> list[StoredFollow]:
    wanted = words.casefold().split()
    order = list(GROUPS)
    found = [each for each in follows if all(word in each.wish.name.casefold() for word in wanted)]
    return sorted(found, key=lambda each: (order.index(each.wish.kind), each.wish.name.casefold(), each.id))


def _view_follow(follow: StoredFollow, sign: Callable[[FollowWish], str | None]) -> FollowRow:
    wish = follow.wish
    token = sign(wish) if wish.kind is FollowKind.RESEARCHER else None
    return FollowRow(id=follow.id, name=people.name_of(wish.name), how=say_terms(wish), wish=wish, token=token)


def _group(rows: Sequence[FollowRow]) -> tuple[tuple[str, tuple[FollowRow, ...]], ...]:
    groups = {kind: tuple(row for row in rows if row.wish.kind is kind) for kind in GROUPS}
    return tuple((GROUPS[kind], found) for kind, found in groups.items() if found)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
