"""The three steps after /start: fields, people or words, the hour; then a sample. Each can be left out.

Nothing is remembered between the steps but what was chosen, which is what the chat reads from then on: whoever stops in
the middle has a digest, and every button does the same a year later.
"""

from dataclasses import dataclass, replace
from datetime import time
from html import escape
from typing import Final

from digest.bot.commands.call import Call, Reply, Shown, Stale
from digest.bot.commands.settings import ASK_ZONE, list_zones, set_zone
from digest.bot.commands.shapes import button, say
from digest.bot.guessing import guess_zone
from digest.languages import mark, tr
from digest.model import Button, ChatMessage, Keyboard, MessageForm
from digest.pipeline.signup import read_interest
from digest.pipeline.upcoming import preview_next
from digest.rendering.schedule_words import say_schedule
from subscribers import service, store
from subscribers.model import ChannelView, InterestWish, StoredInterest

MOST_SAMPLED: Final = 5  # papers
MOST_PARTS: Final = 2  # messages
PER_ROW: Final = 2
MOST_IDEAS: Final = 6
HOURS: Final = (7, 8, 12, 18)

WHICH_FIELDS: Final = mark("<b>1 of 3. Which fields do you read?</b> Tap as many as you like, or none.")
WHOM: Final = mark(
    "<b>2 of 3. Whom or what?</b> Tap what you want to read about, or send me a name or some words, now or at any "
    "time: <code>Furu Wei</code>, <code>mixture of experts</code>. I show what words would have brought, and ask "
    "before I add them."
)
WHEN: Final = mark("<b>3 of 3. When?</b> As things are, it comes {when}. Is that right?")
WHEN_GUESSED: Final = mark(
    "<b>3 of 3. When?</b> As things are, it comes {when}. The time zone is a guess from the language of your apps. "
    "Is that right?"
)
DONE: Final = mark("<b>That is all.</b> It comes {when}. This is what the last days would have brought:")
NO_SAMPLE: Final = mark(
    "<b>That is all.</b> It comes {when}. In the last days nothing here would have matched; send me a topic or a name "
    "to get more."
)
NO_WISHES: Final = mark(
    "<b>That is all.</b> It comes {when}, once I know what to look for: send me a topic or a name, or choose fields."
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field to choose, the query that stands for it among the topics, and phrases that its papers are found by."""

    label: str
    query: str
    ideas: tuple[str, str]


FIELDS: Final = (
    Field(mark("Machine learning"), "cat:cs.LG OR cat:stat.ML", ("mixture of experts", "diffusion models")),
    Field(mark("Language"), "cat:cs.CL", ("retrieval augmented", "machine translation")),
    Field(mark("Vision"), "cat:cs.CV", ("object detection", "gaussian splatting")),
    Field(mark("AI and agents"), "cat:cs.AI OR cat:cs.MA", ("tool use", "multi-agent systems")),
    Field(mark("Robotics"), "cat:cs.RO", ("robot manipulation", "motion planning")),
    Field(mark("Speech and sound"), "cat:cs.SD OR cat:eess.AS", ("speech recognition", "text to speech")),
    Field(mark("Search and recommending"), "cat:cs.IR", ("recommender systems", "dense retrieval")),
    Field(mark("Human–computer interaction"), "cat:cs.HC", ("user study", "screen reader")),
    Field(mark("Security"), "cat:cs.CR", ("prompt injection", "malware detection")),
    Field(mark("Software"), "cat:cs.SE OR cat:cs.PL", ("code generation", "program repair")),
    Field(mark("Statistics"), "cat:stat.ME OR cat:math.ST", ("causal inference", "conformal prediction")),
    Field(mark("Quantum physics"), "cat:quant-ph", ("quantum error correction", "quantum computing")),
)


def offer_fields(call: Call) -> Reply:
    """Show the fields, with a mark at those that are chosen."""
    chosen = _list_chosen(call)
    buttons = [
        button(f"{'✓ ' if number in chosen else ''}{tr(field.label)}", "bf", number, int(number not in chosen))
        for number, field in enumerate(FIELDS)
    ]
    rows = tuple(tuple(buttons[start : start + PER_ROW]) for start in range(0, len(buttons), PER_ROW))
    on: Keyboard = ((button(tr("Next ›") if chosen else tr("Skip ›"), "bn"),),)
    return Reply(text=tr(WHICH_FIELDS), keyboard=(*rows, *on))


def press_field(call: Call) -> Reply:
    """Take a field up, or drop it; again changes nothing."""
    number, wanted = call.numbers(2)
    if number >= len(FIELDS) or wanted > 1:
        raise Stale
    _turn(call, read_interest(FIELDS[number].query), is_wanted=bool(wanted))
    return offer_fields(call)


def _turn(call: Call, wish: InterestWish, *, is_wanted: bool) -> None:
    with call.database.writing() as session:
        if is_wanted:
            service.add_interest(session, call.now, call.view.id, wish)
        else:
            service.remove_interest(session, call.now, call.view.id, wish.canonical)


def ask_whom(call: Call) -> Reply:
    """Ask for names and words, which plain messages bring at any time, with some phrases of the fields to tap."""
    wished = {each.canonical for each in _read_wishes(call)}
    buttons = [_idea_button(field, place, wished) for field, place in _choose_ideas(_list_chosen(call))]
    rows = tuple(tuple(buttons[start : start + PER_ROW]) for start in range(0, len(buttons), PER_ROW))
    on: Keyboard = ((button(tr("‹ Back"), "bb"), button(tr("Next ›"), "bh")),)
    return Reply(text=tr(WHOM), keyboard=(*rows, *on))


def press_idea(call: Call) -> Reply:
    """Take a phrase up as a topic, or drop it; again changes nothing."""
    field, place, wanted = call.numbers(3)
    if field >= len(FIELDS) or place >= len(FIELDS[field].ideas) or wanted > 1:
        raise Stale
    _turn(call, _read_idea(field, place), is_wanted=bool(wanted))
    return ask_whom(call)


def _choose_ideas(chosen: set[int]) -> list[tuple[int, int]]:
    """Give phrases by field and place: those of the chosen fields, the first of each first; of all, if none is."""
    ideas = [(field, place) for place in (0, 1) for field in sorted(chosen) or range(len(FIELDS))]
    return ideas[:MOST_IDEAS]


def _idea_button(field: int, place: int, wished: set[str]) -> Button:
    is_wished = _read_idea(field, place).canonical in wished
    label = f"{'✓ ' if is_wished else ''}{FIELDS[field].ideas[place]}"
    return button(label, "bi", field, place, int(not is_wished))


def _read_idea(field: int, place: int) -> InterestWish:
    return read_interest(f'"{FIELDS[field].ideas[place]}"')


def ask_hour(call: Call) -> Reply:
    """Ask whether the hour and the zone that were guessed are right."""
    now = call.channel.schedule.send_at
    hours = tuple(_hour_button(hour, now) for hour in HOURS)
    zone = button(tr("Another time zone"), "bz")
    is_guessed = call.channel.schedule.timezone == guess_zone(call.language)
    return Reply(
        text=tr(WHEN_GUESSED if is_guessed else WHEN, when=_say_when(call.channel)),
        keyboard=((button(tr("✓ That is right"), "bo", now.hour),), hours, (button(tr("‹ Back"), "bn"), zone)),
    )


def ask_zone(call: Call) -> Reply:
    """Show time zones to choose from, and after a choice the question about the hour again."""
    if call.rest:
        return ask_hour(replace(call, here=set_zone(call, call.rest)))
    back: Keyboard = ((button(tr("‹ Back"), "bh"),),)
    return Reply(text=tr(ASK_ZONE), keyboard=(*list_zones("bz"), *back))


def take_hour(call: Call) -> Reply:
    """Set the hour, and show a sample of the digest."""
    (hour,) = call.numbers(1)
    if hour > time.max.hour:
        raise Stale
    before = call.channel.schedule
    at = before.send_at if before.send_at.hour == hour else time(hour)
    latest = before.wait_until if before.wait_until and before.wait_until > at else None
    with call.database.writing() as session:
        wanted = replace(before, send_at=at, wait_until=latest)
        channel = service.set_schedule(session, call.now, call.channel.id, wanted).channel
    return _show_sample(call, _say_when(channel))


def _show_sample(call: Call, when: str) -> Reply:
    wishes = _read_wishes(call)
    if not wishes and not call.view.follows:
        return Reply(text=tr(NO_WISHES, when=when), keyboard=((button(tr("Choose fields"), "bb"),),))
    delivery, shown = preview_next(call.database, call.view, call.channel.id, call.now, MOST_SAMPLED, is_sample=True)
    if not delivery.edition.entries:
        return Reply(text=tr(NO_SAMPLE, when=when))
    message = call.app.presenter.render(delivery, shown, MessageForm.CHAT)
    assert isinstance(message, ChatMessage)  # as it was asked for
    parts = tuple(Shown(text, message.keyboards.get(place, ())) for place, text in enumerate(message.parts))
    return Reply(text=say(tr(DONE, when=when)), more=parts[:MOST_PARTS])


def _hour_button(hour: int, now: time) -> Button:
    return button(f"{'✓ ' if hour == now.hour else ''}{hour:02}:00", "bo", hour)


def _say_when(channel: ChannelView) -> str:
    return escape(say_schedule(channel.schedule))


def _list_chosen(call: Call) -> set[int]:
    wished = {each.canonical for each in _read_wishes(call)}
    return {number for number, field in enumerate(FIELDS) if read_interest(field.query).canonical in wished}


def _read_wishes(call: Call) -> tuple[StoredInterest, ...]:
    with call.database.reading() as session:
        return tuple(store.list_wishes(session, [call.view.id])[call.view.id].interests)
