"""A Maildir folder (https://cr.yp.to/proto/maildir.html): new mails lie in `new`, those that were taken in `cur`.

Nothing is deleted. A mail is moved after what it led to was committed: after a crash in between it is read once more.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from digest.errors import PostboxUnavailable
from digest.postbox.mail import MAX_BYTES

log = structlog.get_logger()

SEEN: Final = "S"
FLAGGED_AND_SEEN: Final = "FS"  # in ASCII order, as the format wants


class Maildir:
    """The new mails of a folder. Raises PostboxUnavailable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_new(self) -> Iterator[Path]:
        """Give the new mails, by name, which begins with the second they came in."""
        try:
            paths = sorted(path for path in (self._folder / "new").iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise self._explain(error) from error
        yield from paths

    def read(self, path: Path) -> bytes | None:
        """Read as much of a mail as is looked at; None if somebody else took it meanwhile, or it cannot be read.

        What is no file is left alone: a link may point at anything, and opening a pipe waits for ever. One mail that
        cannot be read must not keep those behind it waiting.
        """
        try:
            with open(path, "rb", opener=_open) as file:
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return file.read(MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("mail_not_readable", place=path.name, why=error.strerror)
            return None
        log.warning("mail_not_readable", place=path.name, why="It is no file.")
        return None

    def put_away(self, path: Path, *, is_flagged: bool = False) -> None:
        """Mark a mail as seen, and flag it if a person should look at it."""
        flags = FLAGGED_AND_SEEN if is_flagged else SEEN
        seen = self._folder / "cur" / f"{path.name.partition(':')[0]}:2,{flags}"
        try:
            seen.parent.mkdir(exist_ok=True)
            path.rename(seen)
        except FileNotFoundError:  # another process put it away
            return
        except OSError as error:
            raise self._explain(error) from error

    def _explain(self, error: OSError) -> PostboxUnavailable:
        why = error.strerror or type(error).__name__
        return PostboxUnavailable(
            f"The Maildir {self._folder} cannot be read: {why}. DIGEST_BOUNCES__MAILDIR names a folder with `new` and "
            "`cur` in it, which this user may write to"
        )


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
