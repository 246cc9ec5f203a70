"""People: whom a chat follows, by a choice among those a name may mean."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from digest.bootstrap import App
from digest.bot.commands.call import Call, Reply, Stale, read_number
from digest.bot.commands.shapes import (
    bold,
    button,
    cut_page,
    fits_button,
    label,
    link,
    page_row,
    say_lines,
    say_page,
    show,
)
from digest.bot.keyboards import follow_keyboard
from digest.bot.taps import FollowTap, write_tap
from digest.bot.wording import say_followed
from digest.errors import SourceUnavailable
from digest.languages import mark, say_number, spoken, tr
from digest.model import Button, InstitutionId, Keyboard, PaperId, ResearcherId
from digest.pipeline.following import (
    Followed,
    PersonWanted,
    Seed,
    Terms,
    follow_institution,
    follow_paper,
    follow_person,
    follow_researcher,
    not_a_person,
    unfollow,
)
from digest.pipeline.lookup import Hints, Meant, find_meant, follow_meant
from digest.rendering.digest import count_papers
from digest.rendering.links import safe_url
from digest.rendering.search import Found
from digest.researchers.ids import parse_author_reference
from digest.researchers.names import parse_name
from digest.storage import institutions, papers
from subscribers import store
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, StoredFollow, Timing

MOST_FOLLOWS: Final = 2_000
MOST_SHOWN: Final = 8
PER_PAGE: Final = 20
LONGEST_NAME: Final = 160
LONGEST_QUERY: Final = 200
LOOK_UP_WITHIN: Final = 20.0  # seconds

ASK_WHOM: Final = mark(
    "Whom shall I follow? Send it like this:\n<code>/follow Furu Wei</code>\n"
    "<code>/follow 0000-0002-1825-0097</code> (an ORCID iD)\n<code>/follow last author of 2310.01234</code>"
)
ASK_NAME: Final = mark("Whom do you look for? Send it like this:\n<code>/author Furu Wei</code>")
NOBODY_FOLLOWED: Final = mark("This chat follows nobody yet. Send /follow and a name.")
NOT_FOLLOWED: Final = mark("This chat follows nobody of that name. /following shows all of them.")
NAME_ALONE: Final = mark("Follow the name alone")
_KINDS: Final = {"r": FollowKind.RESEARCHER, "i": FollowKind.INSTITUTION, "p": FollowKind.PAPER}
_LETTERS: Final = {kind: letter for letter, kind in _KINDS.items()}
_KIND_NAMES: Final = {FollowKind.INSTITUTION: mark("institution"), FollowKind.PAPER: mark("paper")}
_POSITION_NAMES: Final = {
    Position.FIRST: mark("first author"),
    Position.LAST: mark("last author"),
    Position.FIRST_OR_LAST: mark("first or last author"),
}
_EVENTS, _POSITIONS, _TIMINGS = tuple(FollowEvent), tuple(Position), tuple(Timing)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Somebody a name may mean, and the button that follows them; without one, they cannot be told from others."""

    found: Found
    button: Button | None


# ── following ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def look_up(app: App, text: str) -> Meant | None:
    """Find out what an id or address means; None for nothing. Raises InvalidReference, InvalidWish, SourceError."""
    if not text:
        return None
    try:
        async with asyncio.timeout(LOOK_UP_WITHIN), app.make_http() as http:
            return await find_meant(app.make_inquiry(http), text, Hints())
    except TimeoutError:
        raise SourceUnavailable("people", "the services did not answer in time") from None


def follow(call: Call) -> Reply:
    """Follow what an id means; of a name, show who there is to choose from."""
    if call.meant is None:
        return Reply(text=tr(ASK_WHOM))
    if _is_bare_name(call.meant):
        return offer(call, call.rest)
    with call.database.writing() as session:
        _make_room(call)
        followed = follow_meant(session, call.now, call.reader, call.meant)
    return _say(followed)


def offer(call: Call, name: str, more: Keyboard = ()) -> Reply:
    """Show the people a name may mean, each with a button. Nobody is followed by that."""
    name = name[:LONGEST_QUERY]
    if parse_name(name) is None or not any(map(str.isalpha, name)):
        raise InvalidWish(not_a_person(name))
    candidates = _list_candidates(call, name)
    alone: Keyboard = ((button(tr(NAME_ALONE), "fn", name),),) if fits_button("fn", name) else ()
    if not candidates:
        text = tr("I know no papers by {person} yet. You can follow the name all the same.", person=bold(name))
        return Reply(text=text, keyboard=(*alone, *more))
    lines = (_describe(number, each.found, call) for number, each in enumerate(candidates, start=1))
    buttons = tuple((each.button,) for each in candidates if each.button is not None)
    return Reply(
        text=say_lines(tr("Who is it? These are called {person}, or nearly so:", person=bold(name)), lines),
        keyboard=(*buttons, *alone, *more),
    )


def author(call: Call) -> Reply:
    """Show the people a name may mean, with their pages."""
    if not call.rest:
        return Reply(text=tr(ASK_NAME))
    found = call.services.searcher.find(call.rest[:LONGEST_QUERY], call.now)[:MOST_SHOWN]
    if not found:
        return Reply(text=tr("I know nobody called {person}.", person=bold(call.rest)))
    lines = (_describe(number, each, call) for number, each in enumerate(found, start=1))
    head = tr("<b>Researchers</b> called {person}:", person=bold(call.rest))
    return Reply(text=say_lines(head, lines, tr("/follow follows one of them.")))


def follow_name(call: Call) -> Reply:
    """Follow whoever bears a name, as a button says."""
    with call.database.writing() as session:
        _make_room(call)
        followed = follow_person(session, call.now, call.reader, PersonWanted(name=call.rest))
    return _say(followed)


def follow_author(call: Call) -> Reply:
    """Follow the author in a place of a stored paper, as a button says."""
    number, position = call.numbers(2)
    with call.database.reading() as session:
        living = papers.find_living(session, PaperId(number))
        paper = papers.load_papers(session, [living])[living] if living is not None else None
    if paper is None or living is None or not 1 <= position <= len(paper.authors):
        raise Stale
    who = paper.authors[position - 1]
    wanted = PersonWanted(name=who.name, ids=who.person_ids, seeds=(Seed(paper_id=living, position=position),))
    with call.database.writing() as session:
        _make_room(call)
        followed = follow_person(session, call.now, call.reader, wanted)
    return _say(followed)


def follow_again(call: Call) -> Reply:
    """Follow again what was dropped a moment ago, and hear of it what was heard before."""
    letter, *rest = call.rest.split(":")
    if letter not in _KINDS or len(rest) != len(("target", "timing", "position", "events")):
        raise Stale
    target, *chosen = map(read_number, rest)
    with call.database.writing() as session:
        _make_room(call)
        return _say(_follow(session, call, _KINDS[letter], target, _read_terms(*chosen)))


def _follow(session: Session, call: Call, kind: FollowKind, target: int, terms: Terms) -> Followed:
    match kind:
        case FollowKind.RESEARCHER:
            return follow_researcher(session, call.now, call.reader, ResearcherId(target), terms)
        case FollowKind.PAPER:
            return follow_paper(session, call.now, call.reader, PaperId(target), terms)
        case FollowKind.INSTITUTION:
            found = institutions.list_institutions(session, [InstitutionId(target)])
            if not found:
                raise Stale
            return follow_institution(session, call.now, call.reader, found[InstitutionId(target)], terms)


def _say(followed: Followed) -> Reply:
    text = say_followed(followed.name, is_followed=True, is_changed=followed.change.is_changed)
    if followed.kind is FollowKind.RESEARCHER:
        keyboard = follow_keyboard(ResearcherId(followed.target_id), is_followed=True)
        return Reply(text=text, keyboard=keyboard, notice=tr("Followed."))
    if followed.kind is FollowKind.PAPER:
        text = tr("You now follow {paper}: what becomes of it comes here.", paper=bold(followed.name))
    elif followed.change.is_changed:
        text = tr("You now follow {place}: what its people publish comes here.", place=bold(followed.name))
    return Reply(text=text, notice=tr("Followed."))


# ── dropping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def drop(call: Call) -> Reply:
    """Follow somebody no longer: whom exactly one name says, else by a button."""
    if not call.rest:
        return list_droppable(call)
    folded, follows = " ".join(call.rest.split()).casefold(), _read(call)
    named = [each for each in follows if each.wish.name.casefold() == folded]
    if len(named) == 1:
        return _drop(call, named[0])
    near = named or [each for each in follows if folded in each.wish.name.casefold()]
    if not near:
        return Reply(text=tr(NOT_FOLLOWED))
    return Reply(text=tr("Whom do you mean?"), keyboard=tuple(map(_drop_row, near[:MOST_SHOWN])))


def list_droppable(call: Call) -> Reply:
    """Show a page of what is followed, each a button that drops it. `rest` is the page."""
    follows, (page,) = _read(call), call.numbers(1) if call.rest else (0,)
    if not follows:
        return Reply(text=tr(NOBODY_FOLLOWED))
    shown, page, pages = cut_page(follows, page, MOST_SHOWN)
    return Reply(text=tr("Tap whom to drop."), keyboard=(*map(_drop_row, shown), *page_row("lu", page, pages)))


def press_drop(call: Call) -> Reply:
    """Drop the follow a button names."""
    (number,) = call.numbers(1)
    found = next((each for each in _read(call) if each.id == number), None)
    if found is None:
        raise Stale
    return _drop(call, found)


def following(call: Call) -> Reply:
    """List whom and what the chat follows."""
    follows, (page,) = _read(call), call.numbers(1) if call.rest.isdecimal() else (0,)
    if not follows:
        return Reply(text=tr(NOBODY_FOLLOWED))
    shown, page, pages = cut_page(follows, page, PER_PAGE)
    head = tr("<b>This chat follows {count}</b>", count=say_number(len(follows), spoken()))
    return Reply(
        text=say_lines(head + say_page(page, pages), map(_say_line, shown), tr("/follow adds one.")),
        keyboard=(*page_row("lf", page, pages), (button(tr("Drop some"), "lu", 0),)),
    )


def _drop(call: Call, known: StoredFollow) -> Reply:
    wish = known.wish
    with call.database.writing() as session:
        unfollow(session, call.now, call.reader, wish.kind, wish.target_id)
    again = button(tr("Follow again"), "ff", *_write(wish))
    return Reply(text=say_followed(wish.name, is_followed=False), keyboard=((again,),), notice=tr("Dropped."))


def _drop_row(each: StoredFollow) -> tuple[Button, ...]:
    return (button(label(f"✖ {each.wish.name}"), "uf", each.id),)


def _say_line(each: StoredFollow) -> str:
    """Say whom, and how soon where that is not usual."""
    wish = each.wish
    is_told_at_once = wish.timing is Timing.NOW and wish.kind is not FollowKind.PAPER
    facts = (
        tr(_KIND_NAMES[wish.kind]) if wish.kind in _KIND_NAMES else "",
        tr("at once") if is_told_at_once else "",
        tr(_POSITION_NAMES[wish.position]) if wish.position in _POSITION_NAMES else "",
    )
    return " · ".join((f"• {show(wish.name, LONGEST_NAME)}", *filter(None, facts)))


def _write(wish: FollowWish) -> tuple[object, ...]:
    """Write a follow as a button that brings it back."""
    events = sum(1 << _EVENTS.index(event) for event in wish.events)
    places = (_TIMINGS.index(wish.timing), _POSITIONS.index(wish.position))
    return (_LETTERS[wish.kind], wish.target_id, *places, events)


def _read_terms(timing: int, position: int, events: int) -> Terms:
    if timing >= len(_TIMINGS) or position >= len(_POSITIONS) or events >> len(_EVENTS):
        raise Stale
    told = tuple(event for place, event in enumerate(_EVENTS) if events >> place & 1)
    return Terms(timing=_TIMINGS[timing], position=_POSITIONS[position], events=told)


# ── who there is ─────────────────────────────────────────────────────────────────────────────────────────────────────


def has_candidates(call: Call, name: str) -> bool:
    """Whether anybody of that name is known here."""
    return bool(call.services.searcher.find(name[:LONGEST_QUERY], call.now))


def _list_candidates(call: Call, name: str) -> list[_Candidate]:
    found = call.services.searcher.find(name, call.now)[:MOST_SHOWN]
    with call.database.reading() as session:
        numbered = enumerate(found, start=1)
        return [_Candidate(each, _make_button(session, number, each)) for number, each in numbered]


def _make_button(session: Session, number: int, found: Found) -> Button | None:
    text = label(f"➕ {number}. {found.name}")
    if found.researcher_id is not None:
        return Button(text, data=write_tap(FollowTap(found.researcher_id, is_wanted=True)))
    reference = parse_author_reference(found.reference) if found.reference else None
    stored = papers.find_paper(session, reference.paper) if reference else None
    return button(text, "fa", stored, reference.position) if stored is not None and reference else None


def _describe(number: int, found: Found, call: Call) -> str:
    """Say who somebody is: papers, places, topics, co-authors; and a title where nothing else tells them apart."""
    page = f"{call.settings.public_url.rstrip('/')}/researchers/{found.researcher_id}"
    url = safe_url(page) if call.settings.public_url and found.researcher_id is not None else None
    name = link(bold(found.name, LONGEST_NAME), url)
    return f"{number}. {name} · {' · '.join(_list_facts(found))}"


def _list_facts(found: Found) -> Iterator[str]:
    yield count_papers(found.papers)
    yield from (show(each, 60) for each in found.affiliations[:1])
    yield from (show(each, 40) for each in found.topics[:2])
    if found.coauthors:
        yield tr("with {people}", people=", ".join(show(each, 40) for each in found.coauthors[:2]))
    if found.recent:
        yield f"“{show(found.recent[0], 90)}”"


def _is_bare_name(meant: Meant) -> bool:
    person = meant.person
    return person is not None and meant.record is None and not person.ids and not person.seeds


def _read(call: Call) -> Sequence[StoredFollow]:
    with call.database.reading() as session:
        return store.list_wishes(session, [call.reader])[call.reader].follows


def _make_room(call: Call) -> None:
    if len(call.view.follows) >= MOST_FOLLOWS:
        raise InvalidWish(
            tr(
                "You follow {count}, which is the most there can be; drop some first.",
                count=say_number(MOST_FOLLOWS, spoken()),
            )
        )
