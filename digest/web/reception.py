"""Taking requests from strangers: the same steps whatever address they name, and never too many of them.

Nothing about an address is looked up here, so nothing about it can be read from an answer, or from how long it takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from starlette.requests import Request

from digest.bootstrap import App
from digest.matching.memory import passing
from digest.pipeline.checks import find_missing
from digest.pipeline.choosing import read_choices
from digest.pipeline.signup_wishes import (
    MOST_FOLLOWS,
    Faults,
    FollowChoice,
    SignupWishes,
    Typed,
    check_typed,
    dump_wishes,
)
from digest.web.visitors import Visitors, surround
from subscribers.addresses import EMAIL, normalise
from subscribers.joining import ONE_HOUR, Limits, Resting, count_visit, make_request
from subscribers.model import InvalidAddress, RequestKind, TooManyRequests
from subscribers.store.requests import Ask

log = structlog.get_logger()

TEXT_VERSION: Final = "2026-11"  # of what the form and the confirmation page say; part of the evidence of consent
LOOKS_PER_NETWORK: Final = 60  # previews and searches in an hour
LOOKS_OVERALL: Final = 1_000
_SIGNUPS, _LOOKS = "signup", "look"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was typed, read: the address, the wishes (none if there are faults), and who was chosen in any case."""

    address: str
    wishes: SignupWishes | None
    follows: tuple[FollowChoice, ...]
    faults: Faults


class Reception:
    """Checks and takes what is asked for, within the limits. All of it waits for the database: for a thread to do."""

    def __init__(self, app: App) -> None:
        settings = app.settings.signup
        self._database = app.database
        self._clock: Callable[[], datetime] = app.clock
        self._visitors = Visitors(app.settings.web_proxies)
        self._signups = Limits(_SIGNUPS, settings.per_network, settings.overall)
        self._looks = Limits(_LOOKS, LOOKS_PER_NETWORK, LOOKS_OVERALL)
        self._rests_until: datetime | None = None
        # Whoever asks is answered with a link in a mail; where there can be none, nobody may ask.
        self.can_answer = not find_missing(app.settings)
        self.is_open = settings.is_open and self.can_answer

    def find_network(self, request: Request) -> str:
        """Give the network of whoever sent a request."""
        return self._visitors.find_network(request)

    def check(self, typed: Typed, follows: Sequence[str], address: str | None = None) -> Checked:
        """Read what was typed; without an address, only the wishes."""
        faults: Faults = {}
        stored = "" if address is None else _check_address(address, faults)
        chosen = read_choices(self._database, follows[: MOST_FOLLOWS + 1], faults)
        with passing():
            wishes = check_typed(typed, chosen, faults)
        return Checked(stored, wishes, tuple(chosen), faults)

    def take_signup(self, address: str, wishes: SignupWishes, how: str, network: str) -> None:
        """Take a sign-up as it was checked. Raises TooManyRequests or its kind Resting."""
        evidence = {"how": how, "text": TEXT_VERSION, "network": network}
        ask = Ask(kind=RequestKind.SIGNUP, address=address, wishes=dump_wishes(wishes), evidence=evidence)
        self.take(ask, network)

    def take(self, ask: Ask, network: str) -> None:
        """Count a request and note it, both or neither. Raises TooManyRequests or its kind Resting."""
        now = self._clock()
        try:
            with self._database.writing() as session:
                count_visit(session, now, network, self._signups, surround(network))
                make_request(session, now, ask)
        except Resting:
            self._say_resting(now)
            raise

    def count_look(self, network: str) -> None:
        """Count something that takes us a moment of work. Raises TooManyRequests or its kind Resting."""
        with self._database.writing() as session:
            count_visit(session, self._clock(), network, self._looks, surround(network))

    def _say_resting(self, now: datetime) -> None:
        """Log it once in the hour, not for each request of a flood."""
        if self._rests_until is None or now >= self._rests_until:
            log.warning("signup_resting", limit=self._signups.overall)
            self._rests_until = end_of_hour(now)


def _check_address(address: str, faults: Faults) -> str:
    if not address.strip():
        faults["address"] = ["Where should the digest go? Type your email address."]
        return ""
    try:
        return normalise(EMAIL, address)
    except InvalidAddress as error:
        faults["address"] = [str(error)]
        return ""


def end_of_hour(now: datetime) -> datetime:
    """Give when the hour that is counted in ends."""
    return now.replace(minute=0, second=0, microsecond=0) + ONE_HOUR


def seconds_left(now: datetime) -> str:
    """Give the seconds until there may be asked again, as Retry-After says them."""
    return str(max(1, int((end_of_hour(now) - now) / timedelta(seconds=1))))


def describe_limit(error: TooManyRequests) -> tuple[str, str]:
    """Say in a heading and a sentence why nothing was taken."""
    if isinstance(error, Resting):
        return "Signing up rests for a while", "Very many requests have come in. Please try again in an hour."
    return "Too many requests", "Too much has been asked from your network. Please try again in an hour."
