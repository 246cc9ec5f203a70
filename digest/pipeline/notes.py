"""Decides what a digest says about sources that could not be read. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from digest.model import RunState, SourceRun

# A run older than this belongs to a source that is no longer configured, not to today.
RECENT = timedelta(days=2)

_TROUBLES = {
    RunState.UNREACHABLE: "could not be reached",
    RunState.REFUSED: "would not answer us",
    RunState.BROKEN: "answered with something unreadable",
    RunState.PARTIAL: "was read only in part",
}


def note_troubles(latest: Iterable[SourceRun], now: datetime) -> tuple[str, ...]:
    """Give a sentence for each source whose last run brought less than it should."""
    return tuple(
        f"{name_source(run.source)} {_TROUBLES[run.state]} when this digest was put together; its papers will follow."
        for run in latest
        if run.state in _TROUBLES and now - run.ended_at < RECENT
    )


def name_source(source: str) -> str:
    """Say a source's name for readers: `arXiv cs.CL`."""
    kind, _, part = source.partition(":")
    known = {"arxiv": "arXiv", "huggingface": "Hugging Face Daily Papers"}.get(kind, kind)
    return f"{known} {part}".strip()
