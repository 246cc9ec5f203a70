"""Who the reader is, and whether anything is sent: name, language, pausing until a day, and going on."""

from datetime import date, datetime, time, timedelta
from typing import Final

from digest.rendering.digest import long_date
from digest.web.preferences.acts import Act, Call, Mistake, NotTheirs, Saved, Undo
from subscribers import preferences, service
from subscribers.model import InvalidSchedule, InvalidWish, SubscriberStatus, SubscriberView
from subscribers.schedule import zone_of
from subscribers.tokens import TokenSubject

YOU: Final = "you"
PAUSE: Final = "pause"
LONGEST_PAUSE: Final = timedelta(days=2 * 365)

# Names of languages in themselves; readers may have another tag from elsewhere, which is kept.
LANGUAGES: Final = {
    "ar": "العربية",
    "bn": "বাংলা",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "pt-BR": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
}


def rename(call: Call) -> Saved:
    """Address the reader by another name."""
    before = call.view.name
    try:
        is_changed = preferences.rename(call.session, call.now, call.reader, call.text("name"))
    except InvalidWish as error:
        raise Mistake("name", str(error)) from error
    undo = Undo(act="name", fields=(("name", before),))
    return Saved(sentence=f"your name is {call.text('name')}.", section=YOU, is_changed=is_changed, undo=undo)


def set_language(call: Call) -> Saved:
    """Note the language the reader prefers."""
    before, wanted = call.view.language, call.text("language")
    if wanted not in LANGUAGES and wanted != before:
        raise Mistake("language", "Choose one of the languages in the list.")
    is_changed = preferences.set_language(call.session, call.now, call.reader, wanted)
    undo = Undo(act="language", fields=(("language", before),))
    return Saved(sentence=f"{name_language(wanted)} is noted.", section=YOU, is_changed=is_changed, undo=undo)


def pause(call: Call) -> Saved:
    """Send nothing from now on, until a day if one is named."""
    before, typed = call.view, call.text("until")
    until = read_day(call, typed) if typed else None
    try:
        done = preferences.pause_until(call.session, call.now, call.reader, until)
    except InvalidSchedule as error:
        raise Mistake("until", str(error)) from error
    if done.after is not SubscriberStatus.PAUSED:  # has left at this very moment
        raise NotTheirs
    is_changed = done.before is not done.after or before.paused_until != until
    return Saved(sentence=_say_paused(call, until), section=PAUSE, is_changed=is_changed, undo=_undo_pause(call))


def resume(call: Call) -> Saved:
    """Send again, with everything that came meanwhile."""
    since = call.view.paused_until
    done = service.resume(call.session, call.now, call.reader)
    until = (("until", local_day(call, since).isoformat()),) if since else ()
    return Saved(
        sentence="your digest comes again; the first one holds everything since the last.",
        section=PAUSE,
        is_changed=done.before is not done.after,
        undo=Undo(act="pause", fields=until),
    )


def name_language(tag: str) -> str:
    """Name a language, or give the tag where we know no name."""
    return LANGUAGES.get(tag, tag)


def read_day(call: Call, typed: str) -> datetime:
    """Read a day as the moment at which it begins where the reader is. Raises Mistake."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Mistake("until", "This is not a day; write it as 2026-12-31.") from None
    if day > local_day(call, call.now + LONGEST_PAUSE):
        raise Mistake("until", "This is more than two years away; pause without a day instead.")
    if day <= local_day(call, call.now):
        raise Mistake("until", "That day has begun already; name a later one.")
    return datetime.combine(day, time(), zone_of(timezone_of(call.view, call.subject)))


def local_day(call: Call, at: datetime) -> date:
    """Give the date where the reader is."""
    return at.astimezone(zone_of(timezone_of(call.view, call.subject))).date()


def timezone_of(view: SubscriberView, subject: TokenSubject) -> str:
    """Name the zone the reader lives in: that of the channel whose mail they opened."""
    here = next((each for each in view.channels if each.id == subject.channel_id), view.channels[0])
    return here.schedule.timezone


def _say_paused(call: Call, until: datetime | None) -> str:
    if until is None:
        return "nothing is sent until you come back to this page."
    return f"nothing is sent until {long_date(local_day(call, until))}; that day’s digest holds what came meanwhile."


def _undo_pause(call: Call) -> Undo:
    """Take a pause back: to the one before, or to none."""
    before = call.view
    if before.status is not SubscriberStatus.PAUSED:
        return Undo(act="resume")
    until = before.paused_until
    return Undo(act="pause", fields=(("until", local_day(call, until).isoformat()),) if until else ())


ACTS: Final[dict[str, Act]] = {"name": rename, "language": set_language, "pause": pause, "resume": resume}
