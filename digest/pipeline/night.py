"""Whether it is night where somebody reads: then a message makes no sound. Pure."""

from datetime import datetime, time
from typing import Final

from subscribers.schedule import zone_of

FROM: Final = time(22)
UNTIL: Final = time(7)


def is_night(now: datetime, timezone: str) -> bool:
    """Whether clocks in a time zone stand between ten in the evening and seven in the morning."""
    at = now.astimezone(zone_of(timezone)).time()
    return at >= FROM or at < UNTIL
