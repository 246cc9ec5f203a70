"""Beginning: what this is, subscribing a chat, and what can be asked for."""

from dataclasses import replace
from html import escape
from typing import Final

from digest.bot.commands.call import Call, Reply, Shown, find_here
from digest.bot.commands.shapes import bold, button, link, say
from digest.bot.commands.steps import offer_fields
from digest.bot.guessing import guess_zone
from digest.bot.keyboards import follow_keyboard
from digest.bot.taps import parse_follow
from digest.bot.wording import describe_stranger, say_followed
from digest.languages import choose_language, mark, say_number, spoken, tr, trn
from digest.model import Keyboard, ResearcherId, SubscriberId
from digest.pipeline.erasing import give_up_chat
from digest.pipeline.following import follow_researcher
from digest.pipeline.signup import sign_up
from digest.pipeline.voting import name_speaker
from digest.rendering.links import safe_url
from digest.rendering.schedule_words import say_schedule
from digest.rendering.text import clean, shorten
from digest.storage import researchers
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.model import (
    AddressSuppressed,
    AlreadySubscribed,
    ChannelStatus,
    ChannelWish,
    Consent,
    InvalidWish,
    Registration,
    Schedule,
    SubscriberKind,
    SubscriberStatus,
    SubscriberView,
)
from subscribers.service import REMOVED
from subscribers.store.leavings import LEFT
from subscribers.tables import ChannelRow
from subscribers.validation import MAX_NAME

CONSENT_TEXT: Final = "telegram-1"  # the version of what was agreed to: `_say_begun`
NAMELESS: Final = "Telegram chat"

HELP: Final = mark("/help says what I can do.")
BEGIN: Final = mark("Send /start to get it here.")
INVITATION: Final = mark(
    "<b>Now send me a topic or a name</b>: <code>diffusion models</code>, or <code>Furu Wei</code>. "
    "I show what it would have brought last week, and ask before I add it. /help says what else I can do."
)
# In a group, plain words are not read.
GROUP_INVITATION: Final = mark(
    "<b>Now say what it shall bring</b>: <code>/add diffusion models</code>, <code>/follow Furu Wei</code>. Only "
    "administrators change that. /help says what else I can do."
)
TAKEN_OUT: Final = mark(
    "This chat was taken out of a subscription. Link it again with a code from its preferences page; whoever has lost "
    "that page gets a link to it by mail. Or begin anew here, with a subscription that knows nothing of that one."
)
ANEW: Final = mark("Begin anew")
TAKEN: Final = mark("This chat belongs to another subscription already. Take it out there first, then begin here.")
REFUSED: Final = mark("This chat was stopped by whoever runs this service; ask them to open it again.")
FOLLOW_HERE: Final = mark("Get the digest here and follow")
STEPS_AGAIN: Final = mark("Choose fields and the hour")


def start(call: Call) -> Reply:
    """Subscribe the chat; one that is subscribed is told what it gets."""
    wanted = parse_follow(call.rest)
    if call.here is not None:
        more = tr("Send me a topic or a name.") if call.chat.is_private else ""
        again: Keyboard = ((button(tr(STEPS_AGAIN), "bb"),),) if call.chat.is_private else ()
        return Reply(text=say(describe_here(call), more, tr(HELP)), keyboard=again)
    if not call.settings.signup.is_open:
        return _refuse_stranger(call)
    if wanted is not None:
        return _offer_follow(call, wanted)
    if _is_taken_out(call):
        return _offer_anew()
    view = subscribe(call)
    if not call.chat.is_private:
        return Reply(text=say(_say_begun(call, view), tr(GROUP_INVITATION)))
    first = offer_fields(replace(call, here=find_here(call.database, call.chat)))
    return Reply(text=_say_begun(call, view), more=(Shown(first.text, first.keyboard),))


def start_and_follow(call: Call) -> Reply:
    """Subscribe the chat if need be, and follow who the button names."""
    (number,) = call.numbers(1)
    if call.here is None and not call.settings.signup.is_open:
        return _refuse_stranger(call)
    if call.here is None and _is_taken_out(call):
        return _offer_anew(number)
    reader = call.reader if call.here is not None else SubscriberId(subscribe(call).id)
    with call.database.writing() as session:
        followed = follow_researcher(session, call.now, reader, ResearcherId(number))
    return Reply(
        text=say(say_followed(followed.name, is_followed=True), _say_when(call), "" if call.here else _invite(call)),
        keyboard=follow_keyboard(ResearcherId(followed.target_id), is_followed=True),
    )


def begin_anew(call: Call) -> Reply:
    """Subscribe a chat that was taken out of a subscription, apart from that one, and follow who the button names."""
    (number,) = call.numbers(1) if call.rest else (None,)
    if call.here is None and call.settings.signup.is_open:
        give_up_chat(call.database, call.now, call.chat.address)
    return start(call) if number is None else start_and_follow(call)


def welcome(call: Call) -> Reply:
    """Say what this is to a chat that is not subscribed."""
    if not call.settings.signup.is_open:
        return _refuse_stranger(call)
    return Reply(text=say(_say_what(call), tr(BEGIN)))


def subscribe(call: Call) -> SubscriberView:
    """Subscribe the chat, by the word of whoever is in it. Raises InvalidWish where that cannot be."""
    settings = call.settings
    schedule = Schedule(_choose_zone(call), settings.default_send_at)
    wish = ChannelWish(kind=TELEGRAM, address=call.chat.address, schedule=schedule, cap=settings.default_cap)
    kind = SubscriberKind.PERSON if call.chat.is_private else SubscriberKind.GROUP
    name = shorten(clean(call.called), MAX_NAME) or NAMELESS
    language = choose_language(call.language)
    registration = Registration(name=name, channels=(wish,), kind=kind, language=language)
    try:
        return sign_up(call.database, registration, (), (), _consent(call), call.now).subscriber
    except AlreadySubscribed:
        raise InvalidWish(tr(TAKEN)) from None
    except AddressSuppressed:
        raise InvalidWish(tr(REFUSED)) from None


def _choose_zone(call: Call) -> str:
    """Guess where somebody lives by their language; a group's members may live anywhere."""
    guessed = guess_zone(call.language) if call.chat.is_private else None
    return guessed or call.settings.default_timezone


def _is_taken_out(call: Call) -> bool:
    """Whether to subscribe a chat would bring it back into a subscription that it was taken out of.

    Where Telegram closed the channel, for the bot was blocked, nobody had taken it out. A chat that was removed on the
    preferences page stays out when all the rest has been left as well: to begin there would open its owner's data. What
    one person had linked to a group never becomes the group's.
    """
    with call.database.reading() as session:
        rows = store.list_channels_at(session, [(TELEGRAM, call.chat.address)])
        views = store.list_matching_subscribers(session, [row.subscriber_id for row in rows])
    return any(_stays_out(row, view, call) for row, view in zip(rows, views, strict=True))


def _stays_out(row: ChannelRow, view: SubscriberView, call: Call) -> bool:
    is_taken_out = row.status == ChannelStatus.CLOSED and row.closed_reason in (LEFT, REMOVED)
    is_running = view.status in (SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED)
    stays_out = is_taken_out and (is_running or row.closed_reason == REMOVED)
    is_of_a_person = view.kind is SubscriberKind.PERSON and not call.chat.is_private
    return is_of_a_person or (stays_out and len(view.channels) > 1)


def _offer_anew(*follows: int) -> Reply:
    """Say how a chat that was taken out comes back, and offer to begin apart from that; nothing is done yet."""
    return Reply(text=tr(TAKEN_OUT), keyboard=((button(tr(ANEW), "an", *follows),),))


def _consent(call: Call) -> Consent:
    """Keep who agreed, where, when and to what.

    An anonymous administrator speaks as the chat. Of another one a keyed hash is kept: it proves that somebody was the
    one, and tells nobody who.
    """
    who = call.chat.id if call.user_id is None else call.user_id
    key = call.settings.secret_key.get_secret_value()
    user = str(who) if who == call.chat.id else name_speaker(key, call.chat.id, who)
    detail = {"chat": call.chat.address, "user": user, "at": call.now.isoformat(), "text": CONSENT_TEXT}
    detail["language"] = spoken()
    return Consent(given_by="telegram", detail=detail)


def _offer_follow(call: Call, wanted: ResearcherId) -> Reply:
    """Ask before a link subscribes anybody."""
    with call.database.reading() as session:
        living = researchers.find_living(session, wanted)
        if living is None:
            raise InvalidWish(tr("There is no researcher {number}.", number=wanted))
        name = researchers.load_researchers(session, [living])[living].name
    return Reply(
        text=say(
            _say_what(call),
            tr("Shall I follow {person} here? One tap does both, and /stop ends it.", person=bold(name)),
        ),
        keyboard=((button(tr(FOLLOW_HERE), "go", living),),),
    )


def _refuse_stranger(call: Call) -> Reply:
    text = describe_stranger(call.settings.title, call.chat.address, is_group=not call.chat.is_private)
    return Reply(text=text)


def _invite(call: Call) -> str:
    return tr(INVITATION) if call.chat.is_private else tr(GROUP_INVITATION)


def _say_what(call: Call) -> str:
    return tr(
        "{title} watches arXiv, Hugging Face and more, and brings you the new papers about your topics and by people "
        "you follow.",
        title=bold(call.settings.title),
    )


def _say_begun(call: Call, view: SubscriberView) -> str:
    when = escape(say_schedule(view.channels[0].schedule))
    lines = [
        _say_what(call),
        tr("This chat gets it from now on: {when}, or nothing on days without a paper for it.", when=when),
        tr("You agreed to that with /start; /settings changes it, /stop ends it at once."),
    ]
    return "\n".join(lines)


def _say_when(call: Call) -> str:
    if call.here is not None:
        return ""
    schedule = Schedule(_choose_zone(call), call.settings.default_send_at)
    when = escape(say_schedule(schedule))
    return tr("The digest comes {when}. /settings changes that, /stop ends it.", when=when)


def _describe(call: Call) -> str:
    """Say what a subscribed chat is."""
    when = escape(say_schedule(call.channel.schedule))
    lines = [tr("This chat gets {title}: {when}.", title=bold(call.settings.title), when=when)]
    if not call.is_guest:
        people = say_number(len(call.view.follows), spoken())
        lines.append(
            trn(
                "It has {count} topic (/interests) and follows {people} (/following).",
                "It has {count} topics (/interests) and follows {people} (/following).",
                len(call.view.interests),
                people=people,
            )
        )
    return "\n".join(lines)


def describe_here(call: Call) -> str:
    """Say what a chat gets, and where there is more."""
    url = safe_url(f"{call.settings.public_url.rstrip('/')}/researchers") if call.has_pages else None
    known = _describe(call) if call.here else f"{_say_what(call)} {tr(BEGIN) if call.settings.signup.is_open else ''}"
    return say(known, link(tr("Find researchers"), url) if url else "")
