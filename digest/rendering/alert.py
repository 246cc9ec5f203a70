"""What an alert shows, before it is a mail or a chat message: one paper with everybody followed on it, or a bundle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from digest.languages import mark, say_number, spoken, tr
from digest.matching.explain import say_place, word_evidence
from digest.model import AnnouncementKind, Match, Paper, Reason, ReasonKind
from digest.rendering.asking import Ask
from digest.rendering.card import LONGEST_REASON, Card, Line, choose_excerpt, make_card
from digest.rendering.digest import Item, count_papers
from digest.rendering.text import clean, shorten
from digest.rendering.view import View

LONGEST_EXCERPT: Final = 900  # characters, here and below
LONGEST_NAME: Final = 60
MOST_LINES: Final = 12  # reasons of one paper on a line each
MOST_EVIDENCE: Final = 2
MANY: Final = 3  # so many are counted, not named
NEW: Final = f"{AnnouncementKind.NEW}-"  # begins the edition of an alert about a paper that is new to the reader


@dataclass(frozen=True, slots=True)
class _Event:
    """Headings for what happened to a paper: by people, from places, or of a paper that is followed itself.

    `subject` stands before its title in mail.
    """

    by_people: str
    from_places: str
    followed: str
    subject: str


# What matters most first.
_EVENTS: Final = {
    AnnouncementKind.WITHDRAWN: _Event(
        mark("Withdrawn: a paper by {whom}"),
        mark("Withdrawn: a paper from {whom}"),
        mark("Withdrawn: a paper you follow"),
        "Withdrawn: ",
    ),
    AnnouncementKind.PUBLISHED: _Event(
        mark("Published: a paper by {whom}"),
        mark("Published: a paper from {whom}"),
        mark("Published: a paper you follow"),
        "Published: ",
    ),
    AnnouncementKind.REPLACEMENT: _Event(
        mark("A new version of a paper by {whom}"),
        mark("A new version of a paper from {whom}"),
        mark("A new version of a paper you follow"),
        "New version of ",
    ),
    AnnouncementKind.CODE_RELEASED: _Event(
        mark("Code released for a paper by {whom}"),
        mark("Code released for a paper from {whom}"),
        mark("Code released for a paper you follow"),
        "Code released: ",
    ),
    AnnouncementKind.FEATURED: _Event(
        mark("Featured: a paper by {whom}"),
        mark("Featured: a paper from {whom}"),
        mark("Featured: a paper you follow"),
        "Featured: ",
    ),
}
_OTHER: Final = _Event(
    mark("News of a paper by {whom}"),
    mark("News of a paper from {whom}"),
    mark("News of a paper you follow"),
    "News of ",
)
_NEW: Final = _Event(mark("A new paper by {whom}"), mark("A new paper from {whom}"), mark("A new paper you follow"), "")
_BUNDLE: Final = _Event(mark("{papers} by {whom}"), mark("{papers} from {whom}"), mark("{papers} you follow"), "")
_WHY_YOU: Final = mark("You get this because you follow {whom} and asked {title} to say so at once.")
_WHY_GROUP: Final = mark("You get this because this group follows {whom} and asked {title} to say so at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView(View):
    """An alert. `thread` is the id (without brackets) of the thread in which mail programs put it.

    `stop_url` ends the alerts of this channel, and nothing else.
    """

    thread: str | None = None
    stop_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert in words: its heading, what stands before the title in its subject, why it came, and its papers."""

    headline: str
    subject: str
    why_you: str
    items: tuple[Item, ...]

    @property
    def stops(self) -> tuple[Ask, ...]:
        """Give the people whom the reader can stop following, each once."""
        asks = {ask.stop_url: ask for item in self.items for ask in item.card.asks if ask.stop_url}
        return tuple(asks.values())[:MOST_LINES]


def read_alert(view: AlertView) -> Alert:
    """Say what an alert is about."""
    whom = _Whom([reason for match, _ in view.entries for reason in match.reasons])
    headline, subject = _word(view, whom)
    return Alert(
        headline=headline,
        subject=subject,
        why_you=_say_why_you(view, whom),
        items=tuple(
            Item(number, make_alert_card(match, paper, view), match.paper_id)
            for number, (match, paper) in enumerate(view.entries, start=1)
        ),
    )


def make_alert_card(match: Match, paper: Paper, view: View) -> Card:
    """View a paper in full, with a line for everybody followed on it."""
    card = make_card(match, paper, view.kinds.get(match.paper_id, ()), view.links)
    text, is_by_ai = choose_excerpt(paper, LONGEST_EXCERPT)
    return replace(card, why="", excerpt=text, is_excerpt_by_ai=is_by_ai, lines=_list_lines(match, card.asks))


def _list_lines(match: Match, asks: Iterable[Ask]) -> tuple[Line, ...]:
    people = {ask.researcher_id: ask for ask in asks if ask.is_sure}
    lines = [_make_line(reason, people.get(reason.target_id or 0)) for reason in match.reasons[:MOST_LINES]]
    more = len(match.reasons) - len(lines)
    return (
        (*lines, Line(name=tr("… and {count} more", count=say_number(more, spoken())), place=""))
        if more
        else tuple(lines)
    )


def _make_line(reason: Reason, ask: Ask | None) -> Line:
    evidence = word_evidence(reason.evidence[:MOST_EVIDENCE])
    if reason.kind is ReasonKind.PAPER:
        return Line(name=tr("You follow this paper"), place="", evidence=shorten(clean(evidence), LONGEST_REASON))
    return Line(
        name=shorten(clean(reason.subject), LONGEST_NAME),
        place=say_place(reason),
        evidence=shorten(clean(evidence), LONGEST_REASON),
        ask=ask if reason.kind is ReasonKind.FOLLOW else None,
    )


class _Whom:
    """Whom and what the reader follows in an alert, in words."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        known = list(reasons)
        self._people = _list_names(known, ReasonKind.FOLLOW)
        self._places = _list_names(known, ReasonKind.INSTITUTION)

    @property
    def named(self) -> str:
        """Name them: `Furu Wei and Li Dong`, `5 people you follow`."""
        if self._people:
            return _enumerate(self._people) or tr("{count} people you follow", count=_count(self._people))
        if self._places:
            return _enumerate(self._places) or tr("{count} places you follow", count=_count(self._places))
        return tr("A paper you follow")

    def head(self, event: _Event, **values: str) -> str:
        """Say what happened, and whose the paper is."""
        if self._people:
            return tr(event.by_people, whom=self.named, **values)
        if self._places:
            return tr(event.from_places, whom=self.named, **values)
        return tr(event.followed, **values)

    @property
    def wish(self) -> str:
        """Say what is followed, without the reader: `Furu Wei`, `5 of the authors`, `this paper`."""
        if self._people:
            return _enumerate(self._people) or tr("{count} of the authors", count=_count(self._people))
        if self._places:
            return _enumerate(self._places) or tr("{count} of these places", count=_count(self._places))
        return tr("this paper")


def _list_names(reasons: Iterable[Reason], kind: ReasonKind) -> list[str]:
    names = (shorten(clean(reason.subject), LONGEST_NAME) for reason in reasons if reason.kind is kind)
    return list(dict.fromkeys(names))


def _enumerate(names: Sequence[str]) -> str:
    """Name one or two; empty if they are too many for that."""
    if len(names) >= MANY:
        return ""
    return tr("{one} and {other}", one=names[0], other=names[1]) if len(names) > 1 else names[0]


def _count(names: Sequence[str]) -> str:
    return say_number(len(names), spoken())


def _word(view: AlertView, whom: _Whom) -> tuple[str, str]:
    """Give the heading, and what stands before the title in the subject."""
    if len(view.entries) != 1:
        count = count_papers(len(view.entries), extra=True)
        return whom.head(_BUNDLE, papers=count), f"{count}: "
    if view.edition.startswith(NEW):
        return whom.head(_NEW), f"{whom.named}: "
    ((match, _),) = view.entries
    event = next((event for kind, event in _EVENTS.items() if kind in match.kinds), _OTHER)
    return whom.head(event), event.subject


def _say_why_you(view: View, whom: _Whom) -> str:
    title = shorten(clean(view.title), LONGEST_NAME)
    return tr(_WHY_GROUP if view.is_group else _WHY_YOU, whom=whom.wish, title=title)
