"""Decides what a digest says about sources that were late or could not be read. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from digest.languages import phrases
from digest.model import RunState, SourceRun

# A run older than this belongs to a source that is no longer configured, not to today.
RECENT = timedelta(days=2)

# For one source, and for several.
_TROUBLES: Final = {
    RunState.STALE: (phrases.LATE_ONE, phrases.LATE_MANY),
    RunState.UNREACHABLE: (phrases.UNREACHABLE_ONE, phrases.UNREACHABLE_MANY),
    RunState.REFUSED: (phrases.REFUSED_ONE, phrases.REFUSED_MANY),
    RunState.BROKEN: (phrases.BROKEN_ONE, phrases.BROKEN_MANY),
    RunState.PARTIAL: (phrases.PARTIAL_ONE, phrases.PARTIAL_MANY),
}
_KINDS: Final = {
    "arxiv": "arXiv",
    "arxiv-oai": phrases.ARXIV_SET,
    "arxiv-search": phrases.ARXIV_SEARCH,
    "biorxiv": "bioRxiv",
    "crossref": "Crossref",
    "dblp": "dblp",
    "feed": phrases.FEED,
    "huggingface": "Hugging Face Daily Papers",
    "medrxiv": "medRxiv",
    "openalex": "OpenAlex",
    "openreview": "OpenReview",
    "orcid": "ORCID",
    "semantic_scholar": "Semantic Scholar",
}


def note_troubles(latest: Iterable[SourceRun], late: Collection[str], now: datetime) -> tuple[str, ...]:
    """Give a sentence for each kind of trouble that kept papers out of a digest, naming the sources."""
    troubled: dict[RunState, list[str]] = defaultdict(list)
    for run in latest:
        if now - run.ended_at < RECENT and (trouble := _find_trouble(run, is_late=run.source in late)):
            troubled[trouble].append(run.source)
    return tuple(_say(trouble, troubled[trouble]) for trouble in _TROUBLES if trouble in troubled)


def name_source(source: str) -> str:
    """Say a source's name for readers: `arXiv cs.CL`."""
    kind, _, part = source.partition(":")
    name = _KINDS.get(kind, kind)
    return (name.format(name=part) if "{name}" in name else f"{name} {part}").strip()


def name_sources(sources: Sequence[str]) -> str:
    """Say several names in one breath: `arXiv cs.AI, cs.CL and Hugging Face Daily Papers`."""
    names = [name_source(source) for source in sources]
    kinds = [source.partition(":")[0] for source in sources]
    # A kind named a word ago is understood.
    short = [
        source.partition(":")[2] or name if number and kinds[number - 1] == kinds[number] else name
        for number, (source, name) in enumerate(zip(sources, names, strict=True))
    ]
    return short[0] if len(short) == 1 else f"{', '.join(short[:-1])} and {short[-1]}"


def _find_trouble(run: SourceRun, *, is_late: bool) -> RunState | None:
    if run.state in _TROUBLES:
        return run.state
    return RunState.STALE if is_late else None


def _say(trouble: RunState, sources: Sequence[str]) -> str:
    one, many = _TROUBLES[trouble]
    if len(sources) == 1:
        return one.format(source_said=name_source(sources[0]))
    return many.format(source_list=name_sources(sources))
