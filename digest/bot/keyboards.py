"""How the buttons beneath a message look once some questions are answered and some papers rated. Pure.

A message asks about up to twenty people, a row for each, and has rows for its papers after them. What a
row shows comes from what is stored, not from what it showed before: two taps in a row carry the same old keyboard, and
the second must not bring back what the first changed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.bot import wording
from digest.bot.paper_taps import AuthorTap, MuteTap, PlacedTap, ShowTap
from digest.bot.taps import AnswerTap, FollowTap, parse_tap, write_tap
from digest.languages import tr
from digest.model import Button, Keyboard, PaperId, ResearcherId
from digest.rendering.rating import ALONE, Kinds, Opened, Place, Sight, rating_keyboard

_NUMBER = re.compile(r"\W*(?P<number>[0-9]{1,4})\. ")

Asked = tuple[ResearcherId, PaperId]
Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """How a question stands for a reader: about whom it is, and what they have said so far."""

    name: str
    answer: bool | None


def list_asked(keyboard: Keyboard) -> tuple[Asked, ...]:
    """Give what the rows ask."""
    taps = (_find_tap(row) for row in keyboard)
    return tuple(dict.fromkeys((tap.researcher_id, tap.paper_id) for tap in taps if tap))


def redraw(keyboard: Keyboard, stands: Mapping[Asked, Stand]) -> Keyboard:
    """Show each question as it stands: answered, with a button to undo that, or open. Other rows stay as they are."""
    return tuple(_redraw_row(row, stands) for row in keyboard)


def list_rated(keyboard: Keyboard) -> tuple[Place, ...]:
    """Give the papers that can be rated beneath a message."""
    return tuple(dict.fromkeys(tap.place for row in keyboard for tap in _find_paper_taps(row)))


def read_opened(keyboard: Keyboard) -> ShowTap | None:
    """Give what is open beneath a message: of one paper among several the row, of the only one a list, or its row."""
    taps = [tap for row in keyboard for tap in _find_paper_taps(row)]
    for tap in taps:
        is_open = tap.place.number == ALONE or (isinstance(tap, ShowTap) and tap.sight is Sight.CLOSED)
        if is_open:
            return ShowTap(tap.place, _read_sight(taps))
    return None


def redraw_rating(keyboard: Keyboard, said: Mapping[PaperId, Kinds], opened: Opened | None) -> Keyboard:
    """Show what was said of each paper, and the rows of the one that is open. Other rows stay as they are."""
    places = list_rated(keyboard)
    others = tuple(row for row in keyboard if not _find_paper_taps(row))
    return (*others, *rating_keyboard(places, said, opened)) if places else keyboard


def follow_keyboard(researcher_id: ResearcherId, *, is_followed: bool) -> Keyboard:
    """Give the button beneath the word that somebody is followed, or no longer."""
    tap = FollowTap(researcher_id, is_wanted=not is_followed)
    return ((Button(tr(wording.UNFOLLOW if is_followed else wording.FOLLOW_AGAIN), data=write_tap(tap)),),)


def _redraw_row(row: Row, stands: Mapping[Asked, Stand]) -> Row:
    tap = _find_tap(row)
    stand = stands.get((tap.researcher_id, tap.paper_id)) if tap else None
    if tap is None or stand is None:
        return row
    number, is_refusal = _find_number(row), _is_refusal(row)
    if stand.answer is not None:
        back = replace(tap, answer=None, is_refusal=is_refusal)
        said = wording.label_answered(stand.name, number, is_theirs=stand.answer)
        return (Button(said, data=write_tap(back)),)
    return row if tap.answer is not None else tuple(_offer(tap, stand.name, number))


def _offer(tap: AnswerTap, name: str, number: int | None) -> Iterator[Button]:
    """Give the buttons of an open question."""
    yes = replace(tap, answer=True, is_refusal=False)
    no = replace(tap, answer=False, is_refusal=False)
    if tap.is_refusal:
        yield Button(wording.label_refusal(name, number), data=write_tap(no))
        return
    yield Button(wording.label_yes(name, number), data=write_tap(yes))
    yield Button(wording.label_no(number), data=write_tap(no))


def _find_tap(row: Row) -> AnswerTap | None:
    taps = (parse_tap(button.data) for button in row)
    return next((tap for tap in taps if isinstance(tap, AnswerTap)), None)


def _find_paper_taps(row: Row) -> list[PlacedTap]:
    taps = (parse_tap(button.data) for button in row)
    return [tap for tap in taps if isinstance(tap, PlacedTap)]


def _read_sight(taps: Sequence[PlacedTap]) -> Sight:
    """Give what is shown of the paper that is open: a list, where one of its buttons is there, or its row."""
    if any(isinstance(tap, AuthorTap) for tap in taps):
        return Sight.AUTHORS
    return Sight.MUTING if any(isinstance(tap, MuteTap) for tap in taps) else Sight.RATING


def _is_refusal(row: Row) -> bool:
    """Whether the row offers, or offered before it was answered, a no alone."""
    taps = [tap for button in row if isinstance(tap := parse_tap(button.data), AnswerTap)]
    return len(taps) == 1 and (taps[0].is_refusal or taps[0].answer is False)


def _find_number(row: Row) -> int | None:
    """Give the number of the paper that a row is about, if it has one."""
    found = _NUMBER.match(row[0].text)
    return int(found["number"]) if found else None
