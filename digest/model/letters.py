"""Letters: mails about a subscription itself, which may go to an address that has no channel yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.model.ids import LetterId


class LetterKind(StrEnum):
    """What a letter is for."""

    CONFIRM = "confirm"  # about a request: please confirm your subscription
    ALREADY = "already"  # somebody asked for what you have: here is how to change it
    MANAGE = "manage"  # a fresh link to the preferences, asked for
    WELCOME = "welcome"  # you are in: what comes when, and how to change it
    CONFIRM_ADDRESS = "confirm_address"  # about a request: may we write to you here
    MOVING = "moving"  # to the old address: another one was named in its place
    PROBE = "probe"  # mail to you has been bouncing: does this one come through


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A claimed letter. `about` holds ids (`request`, `channel`), never text that somebody else typed.

    `claim`, `attempts` and `held_until` are those of a delivery.
    """

    id: LetterId
    kind: LetterKind
    address: str
    subscriber_id: int | None = None
    about: Mapping[str, int] = field(default_factory=dict)
    claim: int = 0
    attempts: int = 0
    held_until: datetime
    created_at: datetime

    @property
    def parts_sent(self) -> int:
        """Count the parts that arrived: a letter is one mail, so none before it has."""
        return 0
