"""What the log says of a fault of ours while an update was handled."""

import traceback
from pathlib import Path

import structlog

from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()


def report_absence(update_id: int, error: DatabaseUnavailable) -> None:
    """Log that the database is away."""
    log.error("bot_database_unavailable", update=update_id, error=str(error))


def report_crash(update_id: int, error: Exception) -> None:
    """Log a fault and its place. Its words are left out: they may be somebody's."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.error("bot_crashed", update=update_id, error=type(error).__name__, place=place)
