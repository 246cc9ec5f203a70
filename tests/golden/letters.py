"""The letters whose renderings are kept as golden files: one of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final

from digest.model import LetterKind
from digest.rendering.letter_words import LetterView
from subscribers.model import Cadence, Schedule

TOKEN: Final = "0123456789abcdef"
PAGES: Final = "https://digest.example.org"
HAS_LEAVE: Final = {LetterKind.WELCOME: "unsubscribe", LetterKind.PROBE: "unsubscribe"}
DAILY: Final = Schedule("Europe/Berlin", time(8), time(11))


def letter(kind: LetterKind) -> LetterView:
    is_request = kind in {LetterKind.CONFIRM, LetterKind.CONFIRM_ADDRESS}
    leave = "cancel" if is_request else HAS_LEAVE.get(kind)
    return LetterView(
        kind=kind,
        title="Daily Paper Digest",
        public_url=PAGES,
        button_url=f"{PAGES}/{'confirm' if is_request else 'manage'}/{TOKEN}",
        leave_url=f"{PAGES}/{leave}/{TOKEN}" if leave else None,
        leave_mailto=f"mailto:leave@digest.example.org?subject={leave}%20{TOKEN}" if leave else None,
        runs_out_at=datetime(2026, 11, 22, 7, tzinfo=UTC) if is_request else None,
        schedule=None if is_request else DAILY,
        next_due_at=None if is_request else datetime(2026, 11, 21, 7, tzinfo=UTC),
    )


def _welcome_alerts() -> LetterView:
    schedule = Schedule("Europe/Berlin", time(8), cadence=Cadence.ALERTS)
    return replace(letter(LetterKind.WELCOME), schedule=schedule)


def _welcome_unlinked() -> LetterView:
    """A service without a public address: it can be left by mail."""
    return replace(letter(LetterKind.WELCOME), public_url="", button_url=None, leave_url=None)


def _manage_group() -> LetterView:
    """The answer to a group that asks for the link to its preferences."""
    return replace(letter(LetterKind.MANAGE), button_url=None, is_group=True)


def _of(kind: LetterKind) -> Callable[[], LetterView]:
    return lambda: letter(kind)


LETTERS: Final[Mapping[str, Callable[[], LetterView]]] = {
    **{f"letter_{kind}": _of(kind) for kind in LetterKind},
    "letter_manage_group": _manage_group,
    "letter_welcome_alerts": _welcome_alerts,
    "letter_welcome_unlinked": _welcome_unlinked,
}
