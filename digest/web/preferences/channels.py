"""Where the digest goes and when: the form of each channel, and taking one away."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from digest.web.preferences.acts import MOST_DIGITS, Act, Call, Mistake, NotTheirs, Saved, Undo
from subscribers import leaving, preferences, service, store
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelView,
    InvalidSchedule,
    Schedule,
    UnknownChannel,
)
from subscribers.schedule import WEEKDAYS, check_schedule, check_timezone, parse_schedule
from subscribers.schedule_words import describe_schedule
from subscribers.validation import MAX_CAP

PLACES: Final = "places"
TICKED: Final = "yes"
LOOKS: Final = ("is_plain", "takes_alerts", "repeats", "has_pictures", "has_previews")
FIELDS: Final = ("cadence", "weekday", "send_at", "timezone", "wait_until", "cap", *LOOKS)
CADENCES: Final = {
    Cadence.BATCH: "Whenever new papers are in",
    Cadence.DAILY: "Every day",
    Cadence.WEEKDAYS: "Monday to Friday",
    Cadence.WEEKLY: "Once a week",
    Cadence.ALERTS: "No digest, only alerts",
}


def section_of(channel_id: int) -> str:
    """Name the place of a channel on the page."""
    return f"channel-{channel_id}"


def dump_fields(channel: ChannelView) -> dict[str, str]:
    """Give the form of a channel as a browser sends it."""
    schedule = channel.schedule
    return {
        "cadence": schedule.cadence.value,
        "weekday": str(schedule.weekday),
        "send_at": f"{schedule.send_at:%H:%M}",
        "timezone": schedule.timezone,
        "wait_until": f"{schedule.wait_until:%H:%M}" if schedule.wait_until else "",
        "cap": str(channel.cap),
    } | {name: TICKED if getattr(channel, name) else "" for name in LOOKS}


def write_shown(fields: Mapping[str, str]) -> str:
    """Write down what a form showed, to travel with it: what differs from it is what the reader changed."""
    return urlencode(fields)


def change(call: Call) -> Saved:
    """Change what the reader changed, and leave alone what another tab changed meanwhile."""
    before = _lock(call)
    shown = call.shown(len(FIELDS))
    sent = {name: call.text(name) for name in FIELDS}
    changes = {name: value for name, value in sent.items() if value != shown.get(name)}
    after = _save(call, before, dump_fields(before) | changes)
    back = (*dump_fields(before).items(), ("shown", write_shown(dump_fields(after))), ("channel", str(before.id)))
    return Saved(
        sentence=_say(after),
        section=section_of(before.id),
        is_changed=before != after,
        undo=Undo(act="channel", fields=tuple((name, value) for name, value in back if value)),
    )


def remove(call: Call) -> Saved:
    """Send nothing to a channel any more. The last one is left by its own page, which says what that means."""
    channel = call.channel()
    others = [each for each in call.view.channels if each.id != channel.id and each.verified_at]
    if not any(each.status is ChannelStatus.OPEN for each in others):
        why = (
            "This is the only place your digest goes to. To stop everything, use “Unsubscribe” at the end of the page."
        )
        raise Mistake("remove", why)
    done = leaving.leave(call.session, call.now, call.reader, channel.id)
    sentence = f"nothing is sent to {channel.address} any more."
    left = channel.id if done.channels else None
    return Saved(sentence=sentence, section=PLACES, is_changed=bool(done.channels), left=left, left_at=done.at)


def _lock(call: Call) -> ChannelView:
    """Give the channel as it is now, and keep others from changing it until this form is through."""
    try:
        channel = store.view_channel(store.get_channel(call.session, call.channel().id))
    except UnknownChannel:
        raise NotTheirs from None
    if channel.status is not ChannelStatus.OPEN:
        raise Mistake("cadence", "Nothing is sent here any more, so there is nothing to change.")
    return channel


def _save(call: Call, before: ChannelView, wanted: Mapping[str, str]) -> ChannelView:
    schedule, cap = _read_schedule(wanted), _read_cap(wanted["cap"])
    session, now, number = call.session, call.now, before.id
    try:
        service.set_schedule(session, now, number, schedule)
    except InvalidSchedule as error:
        raise Mistake("wait_until", str(error)) from error
    service.set_cap(session, now, number, cap)
    ticked = {name: wanted[name] == TICKED for name in LOOKS}
    preferences.set_plain(session, now, number, is_plain=ticked["is_plain"])
    preferences.set_takes_alerts(session, now, number, takes_alerts=ticked["takes_alerts"])
    preferences.set_repeats(session, now, number, repeats=ticked["repeats"])
    preferences.set_pictures(session, now, number, has_pictures=ticked["has_pictures"])
    return preferences.set_previews(session, now, number, has_previews=ticked["has_previews"]).channel


def _read_schedule(wanted: Mapping[str, str]) -> Schedule:
    """Read when the digest comes; a Mistake names the field that cannot be right."""
    if wanted["cadence"] not in set(Cadence) or wanted["weekday"] not in {str(day) for day in range(len(WEEKDAYS))}:
        raise Mistake("cadence", "Choose how often the digest comes from the list.")
    try:
        zone = check_timezone(wanted["timezone"])
    except InvalidSchedule as error:
        raise Mistake("timezone", str(error)) from error
    try:
        parsed = parse_schedule(zone, wanted["send_at"])
    except InvalidSchedule as error:
        raise Mistake("send_at", str(error)) from error
    try:
        parsed = parse_schedule(zone, wanted["send_at"], wanted["wait_until"])
        return check_schedule(replace(parsed, cadence=Cadence(wanted["cadence"]), weekday=int(wanted["weekday"])))
    except InvalidSchedule as error:
        raise Mistake("wait_until", str(error)) from error


def _read_cap(typed: str) -> int:
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS
    if not (is_number and 1 <= int(typed) <= MAX_CAP):
        raise Mistake("cap", f"A digest holds 1 to {MAX_CAP} papers; write a number.")
    return int(typed)


def _say(channel: ChannelView) -> str:
    """Say what now comes where."""
    schedule = channel.schedule
    when = describe_schedule(schedule)
    if schedule.cadence is Cadence.ALERTS:
        return f"{channel.address} gets {when if channel.takes_alerts else 'nothing: no digest, and alerts are off'}."
    return f"{channel.address} gets its digest {when}, with at most {channel.cap} papers."


ACTS: Final[dict[str, Act]] = {"channel": change, "remove-channel": remove}
