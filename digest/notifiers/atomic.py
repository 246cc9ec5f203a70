"""Writes files that are there whole or not at all, also after a power cut."""

import os
import threading
from pathlib import Path

from digest.errors import NotifierError


def write_whole(path: Path, content: bytes, via: Path | None = None) -> None:
    """Write in the folder `via` (by default the target's), force it to disk, then rename. Makes missing folders."""
    folder = via or path.parent
    for needed in {path.parent, folder}:
        needed.mkdir(parents=True, exist_ok=True)
    # Two workers may write the same message at once; each has its own draft, and the later rename wins.
    draft = folder / f".{path.name}.{os.getpid()}-{threading.get_ident()}"
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def explain_unwritable(folder: str, error: OSError) -> NotifierError:
    """Say what an operator can repair; so the message is kept and tried again."""
    return NotifierError(f"The folder {folder} cannot be written: {error.strerror or error}; check it and its rights")


def _sync_folder(folder: Path) -> None:
    # A rename is on disk only when its folder is (fsync(2)).
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
