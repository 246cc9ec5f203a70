"""Where a work was published, in one line: `Nature 44(2), 294–311 (2018)`. Pure."""

from typing import Final

# Where a work lies before it is published, under the names the services give these places (in lower case).
PREPRINT_SERVERS: Final = frozenset(
    {
        "arxiv",
        "arxiv.org",
        "arxiv (cornell university)",
        "biorxiv",
        "biorxiv (cold spring harbor laboratory)",
        "chemrxiv",
        "medrxiv",
        "medrxiv (cold spring harbor laboratory)",
        "preprints.org",
        "research square",
        "ssrn electronic journal",
        "zenodo",
    }
)


# What databases write where they know nothing.
_NOTHING: Final = frozenset({"", "-", "n/a", "na", "nan", "none", "null", "undefined", "unknown"})


def compose_journal_ref(
    name: str, *, volume: str = "", issue: str = "", pages: str = "", year: int | None = None
) -> str | None:
    """Put the parts that are known together; None without a name, or if it is that of a preprint server."""
    name, volume, issue, pages = map(_drop_nothing, (name, volume, issue, pages))
    if not name or name.lower() in PREPRINT_SERVERS:
        return None
    number = f"{volume}({issue})" if volume and issue else volume or issue
    parts = (f" {number}" if number else "", f", {_fold_pages(pages)}" if pages else "", f" ({year})" if year else "")
    return name + "".join(parts)


def _drop_nothing(text: str) -> str:
    return "" if text.strip().lower() in _NOTHING else text.strip()


def _fold_pages(pages: str) -> str:
    """Write `294-311` with the dash of a range, and `12-12` as one page."""
    first, dash, last = (part.strip() for part in pages.replace("–", "-").partition("-"))
    return f"{first}–{last}" if dash and last != first else first
