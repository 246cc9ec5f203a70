"""Leaving, taking that back, taking everything along, and being forgotten."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from digest.bot.commands.call import Call, File, Reply, Stale, read_number
from digest.bot.commands.shapes import button, link, say
from digest.languages import mark, tr
from digest.model import Keyboard
from digest.pipeline import leaving
from digest.pipeline.erasing import forget as forget_subscriber
from digest.pipeline.erasing import give_up_chat
from digest.pipeline.exporting import write_everything, write_votes
from digest.pipeline.voting import dump_votes, forget_member
from subscribers import store
from subscribers.addresses import EMAIL, TELEGRAM
from subscribers.model import ChannelStatus, InvalidWish, SubscriberView
from subscribers.store.counts import count_up
from subscribers.tokens import TokenSubject

ERASE_WITHIN: Final = timedelta(minutes=10)  # after it was asked: an old message must not erase anybody
EXPORTS: Final = 10  # an hour, together with those of the web page
EXPORT_WINDOW: Final = timedelta(hours=1)
LARGEST_FILE: Final = 20_000_000  # bytes; a bot may send 50 MB
SIGNED: Final = 16  # hexadecimal digits
FILE_NAME: Final = "paper-digest-data.json"

STAYED: Final = mark("Nothing was changed: the digest goes on.")
LEFT_ALREADY: Final = mark("This chat gets no digest any more.")
RETURNED: Final = mark("Everything is as it was: the digest comes again.")
NOT_UNDONE: Final = mark("That cannot be taken back any more, after an hour. Send /start to begin again.")
ASK_FORGET: Final = mark(
    "Shall everything about you be deleted, for good? Your topics, whom you follow, your schedule, what you were sent "
    "and said, here and everywhere else this subscription goes. /export gives you all of it as a file first."
)
KEPT: Final = mark("Of your email address a hash is kept, so that nobody else can sign it up.")
FORGOTTEN: Final = mark(
    "Everything about you has been deleted. This is the last you hear from me, unless a message was just on its way. "
    "/start begins anew."
)
NUMBER_FORGOTTEN: Final = mark(
    "This chat had been taken out of a subscription that is read elsewhere. Its number has been deleted there, as have "
    "your votes in groups; nothing else is held about you here. The rest of that subscription is deleted on its own "
    "preferences page."
)
VOTES_FORGOTTEN: Final = mark("Your votes in groups have been deleted; nothing else is held about you.")
TOO_LATE: Final = mark("That was asked more than ten minutes ago. Send /forget again if you still want it.")
EXPORTED: Final = mark("This is everything that is held about you.")
TOO_MANY_EXPORTS: Final = mark("Your data can be fetched ten times an hour. Try again in an hour.")
NOTHING_HELD: Final = mark("This chat has no subscription of its own, so I hold nothing for it.")
VOTES_EXPORTED: Final = mark("This is all that is held about you: your votes in groups.")
TOO_LARGE: Final = mark("Your data is too large for a chat.")


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def stop(call: Call) -> Reply:
    """Ask what is to end."""
    others = _list_others(call)
    if not others or call.is_guest:
        ends = tr("Shall the digest end? Nothing would be sent.")
        return Reply(
            text=tr("Shall the digest end here?") if call.is_guest else ends,
            keyboard=((button(tr("Yes, stop it"), "sh"), button(tr("No, go on"), "sn")),),
        )
    places = ", ".join(sorted({tr("your email") if kind == EMAIL else tr("another chat") for kind in others}))
    return Reply(
        text=tr("Shall the digest end only here, or everywhere? It also goes to {places}.", places=places),
        keyboard=(
            (button(tr("Only here"), "sh"), button(tr("Everywhere"), "sa")),
            (button(tr("No, go on"), "sn"),),
        ),
    )


def stop_here(call: Call) -> Reply:
    """Send nothing to this chat any more."""
    return _leave(call, everything=False)


def stop_everywhere(call: Call) -> Reply:
    """Send nothing anywhere any more. A group that one person linked speaks only for itself."""
    return _leave(call, everything=not call.is_guest)


def stay(call: Call) -> Reply:  # noqa: ARG001 -- as every answer to a tap
    """Change nothing."""
    return Reply(text=tr(STAYED), notice=tr(STAYED))


def come_back(call: Call) -> Reply:
    """Take back that this chat was left, within the hour. Again is no error."""
    seconds, _, signature = call.rest.partition(":")
    owner = _find_owner(call)
    if owner is None or not hmac.compare_digest(signature.encode(), _sign(call, read_number(seconds)).encode()):
        raise Stale
    returned = leaving.take_back(call.database, call.now, owner, datetime.fromtimestamp(int(seconds), UTC))
    text = tr(NOT_UNDONE if returned is None else RETURNED)
    return Reply(text=text, notice=text)


def _leave(call: Call, *, everything: bool) -> Reply:
    subject = TokenSubject(call.channel.id, call.view.id)
    left = leaving.leave(call.database, call.now, subject, everything=everything)
    if left.at is None:
        return Reply(text=tr(LEFT_ALREADY))
    at = int(left.at.timestamp())
    undo: Keyboard = ((button(tr("Undo"), "su", at, _sign(call, at)),),)
    is_over = everything or left.has_left
    done = tr("Done: nothing is sent anywhere any more.") if is_over else tr("Done: nothing is sent here any more.")
    by_mail = tr("The digest comes by mail again, as often as before.") if left.woken and not call.is_guest else ""
    kept = tr("What you asked for is kept, in case you come back; /forget deletes it.") if call.chat.is_private else ""
    return Reply(text=say(f"{done} {by_mail}".rstrip(), kept), keyboard=undo, notice=tr("Stopped."))


def _list_others(call: Call) -> list[str]:
    """Give the kinds of the other places the digest goes to."""
    is_open = (each for each in call.view.channels if each.status is ChannelStatus.OPEN and each.verified_at)
    return [each.kind for each in is_open if each.id != call.channel.id]


def _find_owner(call: Call) -> int | None:
    """Give whose chat this is, or was until it was left."""
    if call.here is not None:
        return call.here.view.id
    with call.database.reading() as session:
        rows = store.list_channels_at(session, [(TELEGRAM, address) for address in call.chat.addresses])
        owners = {row.address: row.subscriber_id for row in rows if row.verified_at}
    return next((owners[address] for address in call.chat.addresses if address in owners), None)


def _find_sole_owner(call: Call) -> SubscriberView:
    """Give whose data a chat may fetch or delete. Raises InvalidWish.

    A chat that somebody has taken out of their subscription speaks for them no longer; who has left by their only chat
    has no other way.
    """
    owner = _find_owner(call)
    if owner is not None:
        with call.database.reading() as session:
            view = store.view_subscriber(session, owner)
        if call.here is not None or len(view.channels) == 1:
            return view
    raise InvalidWish(tr(NOTHING_HELD))


def _sign(call: Call, seconds: int) -> str:
    """Sign when a chat was left, so that only a button of ours brings it back."""
    key = call.settings.telegram.token.get_secret_value().encode()
    return hmac.new(key, f"come back:{call.chat.address}:{seconds}".encode(), "sha256").hexdigest()[:SIGNED]


# ── taking along, being forgotten ────────────────────────────────────────────────────────────────────────────────────


def export(call: Call) -> Reply:
    """Give everything that is held as a file, so many times an hour. Who only voted in groups is given that."""
    try:
        view = _find_sole_owner(call)
    except InvalidWish:
        return _export_votes(call)
    with call.database.writing() as session:
        count = count_up(session, "export", str(view.id), EXPORT_WINDOW, call.now)
    if count > EXPORTS:
        return Reply(text=tr(TOO_MANY_EXPORTS))
    content = bytearray()
    for piece in write_everything(call.database, view, _key(call)):
        content += piece.encode(errors="replace")
        if len(content) > LARGEST_FILE:
            url = call.manage_url()
            return Reply(text=say(tr(TOO_LARGE), link(tr("Save it from your preferences"), url) if url else ""))
    return Reply(text=tr(EXPORTED), file=File(FILE_NAME, bytes(content)))


def _export_votes(call: Call) -> Reply:
    with call.database.reading() as session:
        said = [] if call.user_id is None else dump_votes(session, _key(call), call.user_id)
    if not said:
        raise InvalidWish(tr(NOTHING_HELD))
    return Reply(text=tr(VOTES_EXPORTED), file=File(FILE_NAME, write_votes(said).encode()))


def forget(call: Call) -> Reply:
    """Ask before anything is deleted. What is held beside a subscription of one's own goes at once.

    That is votes in groups, and the number of a chat that was taken out of somebody's subscription.
    """
    try:
        owner = _find_sole_owner(call)
    except InvalidWish:
        has_voted = _forget_votes(call)
        if _forget_number(call):
            return Reply(text=tr(NUMBER_FORGOTTEN))
        if not has_voted:
            raise
        return Reply(text=tr(VOTES_FORGOTTEN))
    has_mail = any(each.kind == EMAIL for each in owner.channels)
    at = int(call.now.timestamp())
    return Reply(
        text=f"{tr(ASK_FORGET)} {tr(KEPT)}" if has_mail else tr(ASK_FORGET),
        keyboard=((button(tr("Delete everything"), "er", at),), (button(tr("No, keep it"), "sn"),)),
    )


def erase(call: Call) -> Reply:
    """Delete everything, if that was asked a moment ago."""
    (seconds,) = call.numbers(1)
    if not timedelta() <= call.now - datetime.fromtimestamp(seconds, UTC) <= ERASE_WITHIN:
        return Reply(text=tr(TOO_LATE), notice=tr(TOO_LATE))
    forget_subscriber(call.database, call.now, _find_sole_owner(call).id, key=_key(call))
    _forget_votes(call)
    return Reply(text=tr(FORGOTTEN), notice=tr("Deleted."))


def _forget_votes(call: Call) -> int:
    """Delete what whoever writes has voted in groups; give how many votes there were."""
    if call.user_id is None:
        return 0
    return forget_member(call.database, _key(call), call.user_id)


def _forget_number(call: Call) -> bool:
    """Delete the chat's number where it was taken out of a subscription; whether it is nowhere any more."""
    if _find_owner(call) is None:
        return False
    for address in call.chat.addresses:
        give_up_chat(call.database, call.now, address)
    return _find_owner(call) is None


def _key(call: Call) -> str:
    """Give that under which votes are kept."""
    return call.settings.secret_key.get_secret_value()
