"""How far a message of several parts has got, and how that is written in the detail of its delivery."""

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r" ?\[(?:arrived as (?P<numbers>[0-9, ]+))?(?:; )?(?:next in doubt after (?P<newest>[0-9]+))?\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The leading parts that arrived, and what is known of the next one.

    `numbers` are the ids the other side gave the messages. If `is_doubtful`, the next part was begun and its end is not
    known: it may have arrived. `newest` is then the highest id known before it was begun, 0 if none was.
    """

    parts_sent: int = 0
    numbers: tuple[int, ...] = ()
    is_doubtful: bool = False
    newest: int = 0


NOTHING_SENT = Progress()


def write_progress(words: str, progress: Progress) -> str:
    """Add to the detail of a delivery what its next attempt must know."""
    facts = [
        f"arrived as {', '.join(map(str, progress.numbers))}" if progress.numbers else "",
        f"next in doubt after {progress.newest}" if progress.is_doubtful else "",
    ]
    told = "; ".join(filter(None, facts))
    return f"{words} [{told}]".lstrip() if told else words


def read_progress(detail: str, parts_sent: int) -> Progress:
    """Read what `write_progress` added."""
    found = _WRITTEN.search(detail)
    if not found:
        return Progress(parts_sent=parts_sent)
    return Progress(
        parts_sent=parts_sent,
        numbers=tuple(int(each) for each in (found["numbers"] or "").split(",") if each.strip()),
        is_doubtful=found["newest"] is not None,
        newest=int(found["newest"] or 0),
    )
