"""What an alert shows, before it is a mail or a chat message: one paper with everybody followed on it, or a bundle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

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

# What happened to a paper, what matters most first: what stands before “a paper by …”, and before its title.
_EVENTS: Final = {
    AnnouncementKind.WITHDRAWN: ("Withdrawn: a paper", "Withdrawn: "),
    AnnouncementKind.PUBLISHED: ("Published: a paper", "Published: "),
    AnnouncementKind.REPLACEMENT: ("A new version of a paper", "New version of "),
    AnnouncementKind.CODE_RELEASED: ("Code released for a paper", "Code released: "),
    AnnouncementKind.FEATURED: ("Featured: a paper", "Featured: "),
}


_OTHER: Final = ("News of a paper", "News of ")


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
            Item(number, make_alert_card(match, paper, view))
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
    return (*lines, Line(name=f"… and {more} more", place="")) if more else tuple(lines)


def _make_line(reason: Reason, ask: Ask | None) -> Line:
    evidence = word_evidence(reason.evidence[:MOST_EVIDENCE])
    if reason.kind is ReasonKind.PAPER:
        return Line(name="You follow this paper", place="", evidence=shorten(clean(evidence), LONGEST_REASON))
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
        if self._people or not self._places:
            return _enumerate(self._people, "people you follow") or "A paper you follow"
        return _enumerate(self._places, "places you follow")

    @property
    def whose(self) -> str:
        """Say whose a paper is: `by Furu Wei`, `from MPI-IS`, `you follow`."""
        if self._people or self._places:
            return f"{'by' if self._people else 'from'} {self.named}"
        return "you follow"

    @property
    def wish(self) -> str:
        """Say what is followed, without the reader: `Furu Wei`, `5 of the authors`, `this paper`."""
        if self._people:
            return _enumerate(self._people, "of the authors")
        return _enumerate(self._places, "of these places") or "this paper"


def _list_names(reasons: Iterable[Reason], kind: ReasonKind) -> list[str]:
    names = (shorten(clean(reason.subject), LONGEST_NAME) for reason in reasons if reason.kind is kind)
    return list(dict.fromkeys(names))


def _enumerate(names: Sequence[str], many: str) -> str:
    return " and ".join(names) if len(names) < MANY else f"{len(names)} {many}"


def _word(view: AlertView, whom: _Whom) -> tuple[str, str]:
    """Give the heading, and what stands before the title in the subject."""
    if len(view.entries) != 1:
        count = count_papers(len(view.entries), extra=True)
        return f"{count} {whom.whose}", f"{count}: "
    if view.edition.startswith(NEW):
        return f"A new paper {whom.whose}", f"{whom.named}: "
    ((match, _),) = view.entries
    heading, subject = next((words for kind, words in _EVENTS.items() if kind in match.kinds), _OTHER)
    return f"{heading} {whom.whose}", subject


def _say_why_you(view: View, whom: _Whom) -> str:
    title = shorten(clean(view.title), LONGEST_NAME)
    who = "this group follows" if view.is_group else "you follow"
    return f"You get this because {who} {whom.wish} and asked {title} to say so at once."
