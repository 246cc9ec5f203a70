"""Topics: adding and removing them, leaving papers out, listing both."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from sqlalchemy.orm import Session

from digest.bot.commands.call import Call, Reply, Stale
from digest.bot.commands.shapes import button, cut_page, fits_button, label, page_row, quote, say, say_lines, say_page
from digest.languages import mark, tr, trn
from digest.model import Button, Keyboard
from digest.pipeline.foretaste import REACH, Foretaste
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import SignupWishes
from digest.rendering.digest import count_papers
from subscribers import exclusions, service, store
from subscribers.model import InterestWish, InvalidWish, StoredInterest, Wishes

MOST_TOPICS: Final = 500  # of one reader: topics and what is left out
PER_PAGE: Final = 15
BUTTONS_PER_PAGE: Final = 8
FLOOD: Final = 200  # papers of one topic in a week: more than anybody reads
LONGEST_SHOWN: Final = 120

ASK_TOPIC: Final = mark(
    "What do you want to read about? Send it like this:\n<code>/add mixture of experts</code>\n"
    '<code>/add "sign language" AND cat:cs.CL</code>'
)
ASK_EXCLUSION: Final = mark(
    "What shall be left out? Send it like this:\n<code>/exclude survey</code>\n"
    "Papers by people you follow come all the same."
)
NO_TOPICS: Final = mark("There are no topics yet. Add one: <code>/add mixture of experts</code>")
NOTHING_LEFT_OUT: Final = mark("There is nothing to remove: no topic, and nothing that is left out.")
NOT_HERE: Final = mark("That is no topic of this chat. /interests shows them all.")
NO_LONGER_OUT: Final = mark("They are left out no longer.")
NO_LONGER_TOPIC: Final = mark("It is no topic any more.")
_NOTHING_FOUND: Final = mark("All its words must stand in one paper: leave some out, or look at the spelling.")
_TOO_MUCH: Final = mark("That is more than anybody reads: add words, or put words that belong together in quotes.")


# ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(call: Call) -> Reply:
    """Add a query in the language of interests, and say what it would have brought."""
    if not call.rest:
        return Reply(text=tr(ASK_TOPIC))
    wish = read_interest(call.rest)
    with call.database.writing() as session:
        _make_room(session, call)
        change = service.add_interest(session, call.now, call.reader, wish)
    (number,) = change.ids
    topic = _quote(wish.text)
    if change.is_changed:
        text = tr("Papers about “{topic}” come from now on.", topic=topic)
    else:
        text = tr("You get papers already about “{topic}”.", topic=topic)
    if change.has_switched:
        text = f"{text} {tr(NO_LONGER_OUT)}"
    return Reply(
        text=say(text, say_taste(foretell(call, wish))),
        keyboard=((button(tr("Undo") if change.is_changed else tr("Remove it"), "rt", number),),),
        notice=tr("Added."),
    )


def exclude(call: Call) -> Reply:
    """Keep papers out that a query matches."""
    if not call.rest:
        return Reply(text=tr(ASK_EXCLUSION))
    wish = read_interest(call.rest)
    with call.database.writing() as session:
        _make_room(session, call)
        change = exclusions.add_exclusion(session, call.now, call.reader, wish)
    (number,) = change.ids
    topic = _quote(wish.text)
    if change.is_changed:
        text = tr("Papers about “{topic}” are left out.", topic=topic)
    else:
        text = tr("Papers about “{topic}” are left out already.", topic=topic)
    if change.has_switched:
        text = f"{text} {tr(NO_LONGER_TOPIC)}"
    label_back = tr("Undo") if change.is_changed else tr("Let them in")
    return Reply(text=text, keyboard=((button(label_back, "rx", number),),))


def foretell(call: Call, wish: InterestWish) -> Foretaste:
    """See what a topic alone would have brought over the last days. Takes seconds when it is asked first."""
    wishes = SignupWishes(schedule=call.channel.schedule, cap=call.channel.cap, interests=(wish,))
    return call.services.foreteller.give(wishes, call.now)


def say_taste(taste: Foretaste) -> str:
    """Say what a topic would have brought; nothing where no papers are known."""
    if not taste.announced:
        return ""
    days = max(1, min(REACH.days, ceil((taste.until - taste.since) / (REACH / REACH.days))))
    if not taste.total:
        nothing = trn(
            "Over the last day it would have found nothing.",
            "Over the last {count} days it would have found nothing.",
            days,
        )
        return f"{nothing} {tr(_NOTHING_FOUND)}"
    found = trn(
        "Over the last day it would have found {papers}.",
        "Over the last {count} days it would have found {papers}.",
        days,
        papers=count_papers(taste.total),
    )
    return f"{found} {tr(_TOO_MUCH)}" if taste.total >= FLOOD else found


# ── removing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def remove(call: Call) -> Reply:
    """Remove what is named, or show what there is as buttons."""
    if not call.rest:
        return list_removable(call)
    wishes = _read(call)
    found = _find(wishes.interests, call.rest), _find(wishes.exclusions, call.rest)
    if found[0] is not None:
        return _drop_topic(call, found[0])
    if found[1] is not None:
        return _drop_exclusion(call, found[1])
    return Reply(text=say(tr(NOT_HERE), tr("You wrote: “{words}”", words=_quote(call.rest))))


def list_removable(call: Call) -> Reply:
    """Show a page of topics and of what is left out, each a button that removes it. `rest` is the page."""
    wishes, (page,) = _read(call), call.numbers(1) if call.rest else (0,)
    rows = [
        *((each, "rt", f"✖ {each.text}") for each in wishes.interests),
        *((each, "rx", tr("✖ left out: {topic}", topic=each.text)) for each in wishes.exclusions),
    ]
    shown, page, pages = cut_page(rows, page, BUTTONS_PER_PAGE)
    if not rows:
        return Reply(text=tr(NOTHING_LEFT_OUT))
    buttons: Keyboard = tuple((button(label(text), verb, each.id),) for each, verb, text in shown)
    return Reply(text=tr("Tap what is to go."), keyboard=(*buttons, *page_row("lr", page, pages)))


def press_topic(call: Call) -> Reply:
    """Remove the topic that a button names; again is no error."""
    return _drop_topic(call, _pick(_read(call).interests, call))


def press_exclusion(call: Call) -> Reply:
    """Let papers in again that a button names."""
    return _drop_exclusion(call, _pick(_read(call).exclusions, call))


def _drop_topic(call: Call, topic: StoredInterest) -> Reply:
    with call.database.writing() as session:
        service.remove_interest(session, call.now, call.reader, topic.canonical)
    text = tr("Papers about “{topic}” come no more, unless something else finds them.", topic=_quote(topic.text))
    return _removed(text, "ad", "/add", topic)


def _drop_exclusion(call: Call, exclusion: StoredInterest) -> Reply:
    with call.database.writing() as session:
        exclusions.remove_exclusion(session, call.now, call.reader, exclusion.canonical)
    text = tr("Papers about “{topic}” are left out no longer.", topic=_quote(exclusion.text))
    return _removed(text, "ex", "/exclude", exclusion)


def _removed(text: str, verb: str, command: str, wish: StoredInterest) -> Reply:
    """Offer a way back: by a button where the query is short enough for one, else by what to send."""
    if fits_button(verb, wish.text):
        return Reply(text=text, keyboard=((button(tr("Undo"), verb, wish.text),),), notice=tr("Removed."))
    back = tr("Back again: {command}", command=f"<code>{command} {quote(wish.text, 2_000)}</code>")
    return Reply(text=say(text, back), notice=tr("Removed."))


# ── listing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def interests(call: Call) -> Reply:
    """List topics and what is left out."""
    wishes, (page,) = _read(call), call.numbers(1) if call.rest.isdecimal() else (0,)
    lines = [*(f"• {_quote(each.text)}" for each in wishes.interests), *_list_left_out(wishes.exclusions)]
    if not lines:
        return Reply(text=tr(NO_TOPICS))
    shown, page, pages = cut_page(lines, page, PER_PAGE)
    row: tuple[Button, ...] = (button(tr("Remove some"), "lr", 0),)
    return Reply(
        text=say_lines(
            tr("<b>Topics of this chat</b>") + say_page(page, pages),
            shown,
            tr("/add adds one, /exclude leaves papers out."),
        ),
        keyboard=(*page_row("li", page, pages), row),
    )


def _list_left_out(left_out: Sequence[StoredInterest]) -> list[str]:
    return [tr("✖ left out: {topic}", topic=_quote(each.text)) for each in left_out]


def _read(call: Call) -> Wishes:
    with call.database.reading() as session:
        return store.list_wishes(session, [call.reader])[call.reader]


def _find(wishes: Sequence[StoredInterest], wanted: str) -> StoredInterest | None:
    """Give the wish that is named: in the reader's words, or by a query that means the same."""
    folded = " ".join(wanted.split()).casefold()
    by_words = next((each for each in wishes if each.text.casefold() == folded), None)
    if by_words is not None:
        return by_words
    canonical = read_interest(wanted).canonical
    return next((each for each in wishes if each.canonical == canonical), None)


def _pick(wishes: Sequence[StoredInterest], call: Call) -> StoredInterest:
    (wanted,) = call.numbers(1)
    found = next((each for each in wishes if each.id == wanted), None)
    if found is None:
        raise Stale
    return found


def _make_room(session: Session, call: Call) -> None:
    wishes = store.list_wishes(session, [call.reader])[call.reader]
    if len(wishes.interests) + len(wishes.exclusions) >= MOST_TOPICS:
        raise InvalidWish(
            tr("You have {count} topics, which is the most there can be; remove some first.", count=MOST_TOPICS)
        )


def _quote(text: str) -> str:
    return quote(text, LONGEST_SHOWN)
