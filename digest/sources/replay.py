"""Reads a folder of captured responses instead of the network, through the same parsing. Never raises for a file.

A file is known by what is in it, not by its name. Gzip is unpacked under the same limits as on the wire.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from digest.errors import SourceChanged
from digest.model import Parsed
from digest.sources import Source
from digest.sources.catalogue import Format, find_format, recognise
from digest.sources.http.inflation import Damaged, TooLarge, inflate, inflate_start

MAX_BYTES: Final = 32_000_000
START: Final = 64_000  # enough to see what a file is; reading every file whole would take minutes

_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured response, as its source reads it. `is_daily` says that it is the batch or list of some day."""

    path: Path
    source_name: str
    parsed: Parsed
    is_daily: bool = True

    @property
    def announced_on(self) -> date | None:
        """Give the first day the response announces something for, if it announces anything."""
        return min((made.announced_on for made in self.parsed.announcements), default=None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file no source reads, and why in a few words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a folder held, both in the order of the paths."""

    captures: tuple[Capture, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class _Unreadable(Exception):
    """A file cannot be replayed; the message says why in a few words."""


def read_folder(folder: Path, sources: Sequence[Source] = (), form: Format | None = None) -> Replay:
    """Read every file below the folder, or the one file, as `form` or as whatever of ours or of `sources` it is."""
    read = [_read_file(path, sources, form) for path in _list_files(folder)]
    return Replay(
        captures=tuple(each for each in read if isinstance(each, Capture)),
        skipped=tuple(each for each in read if isinstance(each, Skipped)),
    )


def _list_files(folder: Path) -> Iterator[Path]:
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    return (path for path in paths if path.is_file())


def _read_file(path: Path, sources: Sequence[Source], form: Format | None) -> Capture | Skipped:
    try:
        return _parse_file(path, sources, form)
    except OSError as error:
        return Skipped(path, error.strerror or "cannot be read")
    except (_Unreadable, SourceChanged) as error:
        return Skipped(path, str(error))


def _parse_file(path: Path, sources: Sequence[Source], form: Format | None) -> Capture:
    start = _read_start(path)
    if not start.strip():
        raise _Unreadable("empty")
    found = form or recognise(start)
    if found is None:
        return _try_others(path, sources)
    parsed = found.parse(_read_body(path))
    return Capture(path, parsed.source or found.name, parsed, found.is_daily)


def _try_others(path: Path, sources: Sequence[Source]) -> Capture:
    """Let sources from elsewhere have a look; ours know their formats by the beginning."""
    for source in sources:
        if find_format(source.name) is not None:
            continue
        try:
            parsed = source.parse(_read_body(path))
            return Capture(path, parsed.source or source.name, parsed)
        except SourceChanged:
            continue
    raise _Unreadable("not a format that any source reads")


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(START)
    return inflate_start(start, START) if start.startswith(_GZIP) else start


def _read_body(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise _Unreadable(f"larger than {MAX_BYTES:,} bytes")
    body = path.read_bytes()
    try:
        return inflate(body, MAX_BYTES) if body.startswith(_GZIP) else body
    except (TooLarge, Damaged) as error:
        raise _Unreadable(f"gzip: {error}") from error
