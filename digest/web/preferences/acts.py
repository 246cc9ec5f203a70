"""What a form of the preferences page is given, and what it says: saved, a mistake beside a field, or not theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from digest.rendering.text import clean
from digest.web.pages import Form
from subscribers.linking import Codes
from subscribers.model import ChannelView, InterestWish, StoredFollow, StoredInterest, SubscriberView
from subscribers.service import MAX_ID
from subscribers.store import list_wishes
from subscribers.tokens import TokenSubject

MOST_DIGITS: Final = 10  # of a number of ours

Stored = TypeVar("Stored", StoredInterest, StoredFollow)


class NotTheirs(Exception):
    """A form names a channel, topic or follow that is not the reader's."""


class Mistake(Exception):
    """A field holds something that cannot be saved. `field` is where the sentence is shown.

    The sentence may quote what was typed, and so is cleaned of what would reorder the page.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = clean(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The form that takes a change back: where it is sent, and its fields."""

    act: str
    fields: tuple[tuple[str, str], ...] = ()
    label: str = "Undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a form has done, in a sentence, and in which section; nothing if everything was like that before.

    `topic` is one that is new, and `hint` what it would have brought. `code` is a fresh code to link a chat with, which
    is shown this once. `left` is the channel that was taken away, which a link of its own takes back.
    """

    sentence: str
    section: str
    is_changed: bool = True
    undo: Undo | None = None
    codes: Codes | None = None
    topic: InterestWish | None = None
    hint: str = ""
    word: str = "Saved"
    left: int | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A form as it is acted on: within one transaction, by this reader, with these fields."""

    session: Session
    now: datetime
    subject: TokenSubject
    view: SubscriberView
    form: Form = field(default_factory=dict)

    @property
    def reader(self) -> int:
        """Give the number of the subscriber."""
        return self.view.id

    def text(self, name: str) -> str:
        """Give the last value of a field; empty if it was not sent."""
        return read_text(self.form, name)

    def number(self, name: str) -> int:
        """Give a number of ours, such as a channel's. Raises NotTheirs for what is none."""
        typed = self.text(name)
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS and int(typed) <= MAX_ID):
            raise NotTheirs
        return int(typed)

    def shown(self, most: int) -> dict[str, str]:
        """Give what the form showed when it was opened. Raises Mistake for what no form of ours says."""
        try:
            return dict(parse_qsl(self.text("shown"), max_num_fields=most, keep_blank_values=True))
        except ValueError:
            raise Mistake("shown", "This form cannot be read; open the page again.") from None

    def channel(self) -> ChannelView:
        """Give the reader's channel that the form names. Raises NotTheirs."""
        wanted = self.number("channel")
        found = next((each for each in self.view.channels if each.id == wanted), None)
        if found is None:
            raise NotTheirs
        return found

    def interest(self) -> StoredInterest:
        """Give the reader's topic that the form names. Raises NotTheirs."""
        wanted = self.number("topic")
        return _pick(
            {each.id: each for each in list_wishes(self.session, [self.reader])[self.reader].interests}, wanted
        )

    def exclusion(self) -> StoredInterest:
        """Give what the reader keeps out and the form names. Raises NotTheirs."""
        wanted = self.number("exclusion")
        wishes = list_wishes(self.session, [self.reader])[self.reader]
        return _pick({each.id: each for each in wishes.exclusions}, wanted)

    def follow(self) -> StoredFollow:
        """Give the reader's follow that the form names. Raises NotTheirs."""
        wanted = self.number("follow")
        return _pick({each.id: each for each in list_wishes(self.session, [self.reader])[self.reader].follows}, wanted)


Act = Callable[[Call], Saved]


def read_text(form: Form, name: str) -> str:
    """Give the last value of a field as typed, without the white space around it; empty if it was not sent."""
    return form.get(name, [""])[-1].strip()


def _pick(mine: Mapping[int, Stored], wanted: int) -> Stored:
    try:
        return mine[wanted]
    except KeyError:
        raise NotTheirs from None
