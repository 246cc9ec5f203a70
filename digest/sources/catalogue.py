"""Every format our sources read, for captured responses: told by the beginning of a file, or by name. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from digest.model import Parsed
from digest.sources import (
    Source,
    biorxiv,
    crossref,
    crossref_works,
    dblp,
    dblp_records,
    huggingface,
    huggingface_papers,
    openalex,
    openalex_works,
    openreview,
    openreview_notes,
    orcid,
    orcid_works,
    semantic_scholar,
    semantic_scholar_papers,
)
from digest.sources.arxiv import source as arxiv
from digest.sources.feeds import source as feeds


@dataclass(frozen=True, slots=True)
class Format:
    """What one service sends. `parse` raises SourceChanged when the bytes are not that.

    `is_daily` tells batches and lists of a day from rolling lists, whose entries are of any date.
    """

    name: str
    recognise: Callable[[bytes], bool]
    parse: Callable[[bytes], Parsed]
    is_daily: bool = False


# In the order in which they are tried: whoever is sure of its own comes before whoever takes any feed.
FORMATS: Final = (
    Format("arxiv", lambda start: arxiv.is_arxiv(start) or arxiv.is_oai(start), arxiv.parse_capture, is_daily=True),
    Format("huggingface", huggingface.is_huggingface, huggingface_papers.parse_papers, is_daily=True),
    Format("biorxiv", biorxiv.is_biorxiv, biorxiv.parse_capture, is_daily=True),
    Format("openalex", openalex.is_openalex, openalex_works.parse_works),
    Format("semantic_scholar", semantic_scholar.is_semantic_scholar, semantic_scholar_papers.parse_papers),
    Format("crossref", crossref.is_crossref, crossref_works.parse_works),
    Format("orcid", orcid.is_orcid, orcid_works.parse_record),
    Format("dblp", dblp.is_dblp, dblp_records.parse_records),
    Format("openreview", openreview.is_openreview, openreview_notes.parse_notes),
    Format("feed", feeds.is_feed, feeds.parse_capture),
)


def find_format(name: str, sources: Iterable[Source] = ()) -> Format | None:
    """Find what reads the responses of a source: `arxiv`, `arxiv:cs.CL`, or a configured source's own name."""
    kind = {"medrxiv": "biorxiv"}.get(short := name.partition(":")[0].partition("-")[0], short)
    ours = next((each for each in FORMATS if kind == each.name), None)
    if ours is not None:
        return ours
    theirs = next((source for source in sources if source.name == name), None)
    return None if theirs is None else Format(theirs.name, lambda _: True, theirs.parse)


def recognise(start: bytes) -> Format | None:
    """Find whose response begins like this."""
    return next((each for each in FORMATS if each.recognise(start)), None)
