"""The invented papers as people write them down, in `papers/*.toml`. Knows no wire format."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from digest.demo import DAY

PAPERS = Path(__file__).parent / "papers"
ARXIV_LICENSE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"

Announced = Literal["new", "replace", "cross", "earlier"]
AnnounceType = Literal["new", "cross", "replace", "replace-cross"]


def _fold(text: str) -> str:
    return " ".join(text.split())


FoldedText = Annotated[str, AfterValidator(_fold)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Listing(_Entry):
    """What Daily Papers says beyond arXiv. `users` maps author names to logins; `title` is set where it differs."""

    upvotes: int
    comments: int
    submitter: str
    title: str | None = None
    users: Mapping[str, str] = Field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    code: str | None = None
    stars: int | None = None
    project: str | None = None
    media: tuple[str, ...] = ()
    organization: str | None = None
    ai_summary: str | None = None
    ai_keywords: tuple[str, ...] = ()


class InventedPaper(_Entry):
    """A paper nobody wrote.

    `announced` says what the day does to it: `new`, a `replace`ment, a `cross`-listing of an older paper (`into` which
    categories), or nothing, because it was announced `earlier` and is only listed on Daily Papers today. `creator` is
    the author line exactly as arXiv prints it, where it is more than the names.
    """

    id: str
    title: str
    abstract: FoldedText
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    announced: Announced = "new"
    into: tuple[str, ...] = ()
    version: int = 1
    submitted_on: date = DAY - timedelta(days=1)
    creator: FoldedText | None = None
    doi: str | None = None
    journal_reference: str | None = None
    rights: str = ARXIV_LICENSE
    hf: Listing | None = None

    def announce_type_in(self, category: str) -> AnnounceType | None:
        """Say how the feed of a category announces the paper, or None if it does not."""
        if category not in self.categories or self.announced == "earlier":
            return None
        if self.announced == "cross":
            return "cross" if category in self.into else None
        is_primary = category == self.categories[0]
        if self.announced == "new":
            return "new" if is_primary else "cross"
        return "replace" if is_primary else "replace-cross"


class _PaperFile(_Entry):
    paper: tuple[InventedPaper, ...]


def parse_papers(texts: Iterable[str]) -> tuple[InventedPaper, ...]:
    """Read the papers of several TOML files, in the order of their ids."""
    files = [_PaperFile.model_validate(tomllib.loads(text)) for text in texts]
    return tuple(sorted((paper for file in files for paper in file.paper), key=lambda paper: paper.id))


def read_papers(folder: Path = PAPERS) -> tuple[InventedPaper, ...]:
    """Read every paper of the bundled day."""
    return parse_papers(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))
