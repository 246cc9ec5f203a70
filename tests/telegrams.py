"""A Telegram notifier that waits for nobody, for tests that are about something else."""

from digest.notifiers.telegram_pace import Limits
from digest.notifiers.telegram_turns import Turns


def make_swift_turns() -> Turns:
    """Give turns that come at once; a chat that asks for a pause still gets it."""
    return Turns(Limits(per_second=10_000, chat_gap=0, group_minute=1_000_000))
