"""Whom and what the reader follows: adding, changing how, and dropping."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from digest.model import InstitutionId, PaperId, ResearcherId
from digest.pipeline.following import (
    Followed,
    PersonWanted,
    Terms,
    follow_institution,
    follow_paper,
    follow_person,
    follow_researcher,
    unfollow,
)
from digest.pipeline.lookup import Meant, follow_meant
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten
from digest.researchers.places import Institution
from digest.storage import institutions
from digest.web.preferences.acts import Act, Call, Mistake, NotTheirs, Saved, Undo
from subscribers import store
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, Timing

FOLLOWS: Final = "follows"
WHAT: Final = "what"  # the field in which somebody is named
MOST_FOLLOWS: Final = 2_000
LOOKUP_WINDOW: Final = timedelta(hours=1)
LONGEST_NAME: Final = 160


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants to follow, found out before the transaction: what an id or address means, or a bare name."""

    meant: Meant | None = None
    name: str = ""
    is_institution: bool = False


def add(call: Call, wanted: Wanted) -> Saved:
    """Follow what was found, or whoever bears a name, or the institution of that name."""
    try:
        _make_room(call)
        followed = _follow_wanted(call, wanted)
    except InvalidWish as error:
        raise Mistake(WHAT, str(error)) from error
    return _say_followed(call, followed)


def follow_target(call: Call) -> Saved:
    """Follow a record that has a number here, as the form says: one of the search, or one that was dropped."""
    kind, target, terms = _read_kind(call), call.number("target"), read_terms(call)
    try:
        _make_room(call)
        followed = _follow(call, kind, target, terms)
    except InvalidWish as error:
        raise Mistake(WHAT, str(error)) from error
    return _say_followed(call, followed)


def set_terms(call: Call) -> Saved:
    """Change what the reader hears of something they follow, and how soon."""
    known, terms = call.follow(), read_terms(call)
    try:
        followed = _follow(call, known.wish.kind, known.wish.target_id, terms)
    except InvalidWish as error:
        raise Mistake(WHAT, str(error)) from error
    undo = Undo(act="follow-target", fields=write_wish(known.wish))
    sentence = f"how you follow {name_of(followed.name)}."
    return Saved(sentence=sentence, section=FOLLOWS, is_changed=followed.change.is_changed, undo=undo)


def drop(call: Call) -> Saved:
    """Follow something no longer, nor what was merged into it."""
    known = call.follow()
    change = unfollow(call.session, call.now, call.reader, known.wish.kind, known.wish.target_id)
    return Saved(
        sentence=f"you no longer follow {name_of(known.wish.name)}.",
        section=FOLLOWS,
        is_changed=change.is_changed,
        undo=Undo(act="follow-target", fields=write_wish(known.wish)),
    )


def name_of(name: str) -> str:
    """Give the name of a person or place, or the title of a paper, as it is shown."""
    return shorten(clean(to_unicode(name)), LONGEST_NAME) or "(no name)"


def read_terms(call: Call) -> Terms:
    """Read what the reader wants to hear. A bare button says nothing of it; the whole form names the timing."""
    if not call.text("timing"):
        return Terms()
    try:
        return Terms(
            timing=Timing(call.text("timing")),
            position=Position(call.text("position") or Position.ANY),
            events=tuple(map(FollowEvent, call.form.get("event", ()))),
        )
    except ValueError:
        raise Mistake(WHAT, "The form names something that cannot be chosen; open the page again.") from None


def write_wish(wish: FollowWish) -> tuple[tuple[str, str], ...]:
    """Write a follow as a form that brings it back."""
    return (
        ("kind", wish.kind.value),
        ("target", str(wish.target_id)),
        ("timing", wish.timing.value),
        ("position", wish.position.value),
        *(("event", event.value) for event in wish.events),
    )


def _follow_wanted(call: Call, wanted: Wanted) -> Followed:
    session, now, reader = call.session, call.now, call.reader
    if wanted.meant is not None:
        return follow_meant(session, now, reader, wanted.meant)
    if wanted.is_institution:
        return follow_institution(session, now, reader, Institution(name=wanted.name))
    return follow_person(session, now, reader, PersonWanted(name=wanted.name))


def _follow(call: Call, kind: FollowKind, target: int, terms: Terms) -> Followed:
    session, now, reader = call.session, call.now, call.reader
    match kind:
        case FollowKind.RESEARCHER:
            return follow_researcher(session, now, reader, ResearcherId(target), terms)
        case FollowKind.PAPER:
            return follow_paper(session, now, reader, PaperId(target), terms)
        case FollowKind.INSTITUTION:
            found = institutions.list_institutions(session, [InstitutionId(target)])
            if not found:
                raise InvalidWish(f"There is no institution {target}.")
            return follow_institution(session, now, reader, found[InstitutionId(target)], terms)


def _read_kind(call: Call) -> FollowKind:
    try:
        return FollowKind(call.text("kind"))
    except ValueError:
        raise NotTheirs from None


def _make_room(call: Call) -> None:
    if len(call.view.follows) >= MOST_FOLLOWS:
        raise Mistake(WHAT, f"You follow {MOST_FOLLOWS:,}, which is the most there can be; remove some first.")


def _say_followed(call: Call, followed: Followed) -> Saved:
    known = store.find_follow(call.session, call.reader, followed.kind, followed.target_id)
    assert known is not None  # followed in this transaction
    return Saved(
        sentence=f"you follow {name_of(followed.name)}.",
        section=FOLLOWS,
        is_changed=followed.change.is_changed,
        undo=Undo(act="unfollow", fields=(("follow", str(known.id)),)),
    )


ACTS: Final[dict[str, Act]] = {"follow-target": follow_target, "follow-how": set_terms, "unfollow": drop}
