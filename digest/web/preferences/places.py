"""More places to read: another address, a new address for an old one, a chat; and a fresh link to this page."""

from datetime import timedelta
from typing import Final

from digest.model import LetterKind
from digest.storage.letters import add_letter
from digest.web.preferences.acts import Act, Call, Mistake, Saved
from digest.web.preferences.channels import PLACES, section_of
from subscribers import joining, linking
from subscribers.addresses import EMAIL
from subscribers.model import ChannelStatus, ChannelView, InvalidAddress, RequestKind, SubscriberView, TooManyRequests
from subscribers.store.counts import count_up
from subscribers.store.requests import Ask
from subscribers.tokens import TokenSubject

MORE: Final = "more"
MOST_FRESH: Final = 3  # links by mail that one subscriber may ask for in a day
ONE_DAY: Final = timedelta(days=1)


def add_address(call: Call) -> Saved:
    """Ask a new address whether it wants the digest too. The answer tells nothing about that address."""
    address = _ask(call, RequestKind.ADD_ADDRESS, call.reader, "address")
    return Saved(word="Asked", sentence=_say_asked(address, "Then the digest comes there too."), section=PLACES)


def move_address(call: Call) -> Saved:
    """Ask a new address whether it wants the digest in place of an old one; nothing moves before it says yes."""
    channel = call.channel()
    if channel.kind != EMAIL or channel.status is not ChannelStatus.OPEN:
        raise Mistake("address", "Only an email address that is in use can be changed.")
    address = _ask(call, RequestKind.MOVE_ADDRESS, channel.id, "address")
    then = f"Until then everything goes to {channel.address}, which is told of this too."
    return Saved(word="Asked", sentence=_say_asked(address, then), section=section_of(channel.id))


def link_chat(call: Call) -> Saved:
    """Make a code that joins a chat to the reader, for either kind of chat; they are shown this once."""
    try:
        codes = linking.issue_codes(call.session, call.now, call.reader)
    except TooManyRequests as error:
        raise Mistake("code", str(error)) from error
    return Saved(word="Your code", sentence="it links one chat, within ten minutes.", section=PLACES, codes=codes)


def send_link(call: Call) -> Saved:
    """Send a fresh link to this page by mail."""
    channel = find_mailbox(call.view, call.subject)
    if channel is None:
        raise Mistake("fresh", "There is no email address to send it to. A fresh link is in your next digest.")
    if count_up(call.session, "fresh_links", str(call.reader), ONE_DAY, call.now) > MOST_FRESH:
        raise Mistake("fresh", f"{MOST_FRESH} links were sent today already; look into your mail, or wait a day.")
    about = {"channel": channel.id}
    add_letter(call.session, LetterKind.MANAGE, channel.address, call.now, subscriber_id=call.reader, about=about)
    return Saved(word="Sent", sentence=f"a fresh link is on its way to {channel.address}.", section=MORE)


def find_mailbox(view: SubscriberView, subject: TokenSubject) -> ChannelView | None:
    """Give the address that a fresh link is sent to: the one whose mail was opened, else the first."""
    mails = [
        each
        for each in view.channels
        if each.kind == EMAIL and each.status is ChannelStatus.OPEN and each.verified_at is not None
    ]
    return next((each for each in mails if each.id == subject.channel_id), mails[0] if mails else None)


def _ask(call: Call, kind: RequestKind, about_id: int, name: str) -> str:
    typed = call.text(name)
    evidence = {"how": "preferences page"}
    try:
        joining.make_request(
            call.session, call.now, Ask(kind=kind, address=typed, about_id=about_id, evidence=evidence)
        )
    except (InvalidAddress, TooManyRequests) as error:
        raise Mistake(name, str(error)) from error
    return typed


def _say_asked(address: str, then: str) -> str:
    return f"we are writing to {address}. Open the link in that mail within 48 hours to say yes. {then}"


ACTS: Final[dict[str, Act]] = {
    "add-address": add_address,
    "move-address": move_address,
    "link-chat": link_chat,
    "fresh-link": send_link,
}
