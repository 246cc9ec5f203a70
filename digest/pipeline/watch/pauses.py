"""Acts: tells the operator that mail is paused, because too much of it was refused by policy."""

from collections.abc import Sequence
from datetime import datetime

from digest.intake import clean_text
from digest.model import Address
from digest.model.watch import Note
from digest.pipeline.pacer import Hold
from digest.pipeline.watch.alarm_notes import MAX_FAULT
from digest.storage import notices
from subscribers.db import Database


def tell_pause(database: Database, targets: Sequence[Address], pause: Hold, now: datetime) -> None:
    """Queue a note to every target: at most one an hour, however often mail is paused."""
    note = make_pause_note(pause, now)
    with database.writing() as session:
        for target in targets:
            notices.add_notice(session, note, target, now)


def make_pause_note(pause: Hold, now: datetime) -> Note:
    """Say what happened, what goes on, and what to look at."""
    return Note(
        key=f"mail-paused:{now:%Y-%m-%dT%H}",
        subject="Mail is paused: too much of it is refused",
        text=(
            "Mail servers refused one mail after the other by policy or as spam, so no digest and no alert goes out by "
            f"mail until {pause.until:%H:%M} UTC. Nothing is lost: what waits is tried again then.\n\n"
            f"What was said last: {clean_text(pause.why, MAX_FAULT)}\n\n"
            "To find the cause: digest deliverability"
        ),
    )
