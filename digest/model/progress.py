"""How far a message of several parts has got, and how that is written in the detail of its delivery."""

import re
from dataclasses import dataclass
from typing import Final

_WRITTEN = re.compile(
    r" ?\[(?:arrived as (?P<numbers>[0-9, ]+))?(?:; )?(?:next in doubt after (?P<newest>[0-9]+))?"
    r"(?:; )?(?:papers (?P<shown>[-0-9 /]+))?(?:; )?(?:moved (?P<moves>[0-9]+)x)?"
    r"(?:; )?(?:topic gone (?P<misses>[0-9]+)x)?\]$"
)
ALBUM: Final = -1  # stands for a part that shows pictures of papers which come in other parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The leading parts that arrived, and what is known of the next one.

    `numbers` are the ids the other side gave the messages. If `is_doubtful`, the next part was begun and its end is not
    known: it may have arrived. `newest` is then the highest id known before it was begun, 0 if none was. `shown` has
    the papers of each part that was begun, where there are several parts. `moves` counts how often the address has
    moved, `misses` how often in a row the topic was not there.
    """

    parts_sent: int = 0
    numbers: tuple[int, ...] = ()
    is_doubtful: bool = False
    newest: int = 0
    shown: tuple[tuple[int, ...], ...] = ()
    moves: int = 0
    misses: int = 0

    @property
    def arrived(self) -> frozenset[int] | None:
        """Give the papers that have arrived; None if that is not known, as of what an older version has sent."""
        if self.parts_sent and not self.shown:
            return None
        return frozenset(paper for part in self.shown[: self.parts_sent] for paper in part if paper != ALBUM)


NOTHING_SENT = Progress()


def write_progress(words: str, progress: Progress) -> str:
    """Add to the detail of a delivery what its next attempt must know."""
    facts = [
        f"arrived as {', '.join(map(str, progress.numbers))}" if progress.numbers else "",
        f"next in doubt after {progress.newest}" if progress.is_doubtful else "",
        f"papers {' / '.join(' '.join(map(str, part)) for part in progress.shown)}" if any(progress.shown) else "",
        f"moved {progress.moves}x" if progress.moves else "",
        f"topic gone {progress.misses}x" if progress.misses else "",
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
        shown=_read_shown(found["shown"] or ""),
        moves=int(found["moves"] or 0),
        misses=int(found["misses"] or 0),
    )


def _read_shown(written: str) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(each) for each in part.split()) for part in written.split("/")) if written else ()
