"""The ids of people: what services call a person."""

from dataclasses import dataclass
from enum import StrEnum


class PersonScheme(StrEnum):
    """Who gave a person an id. `hf` is a Hugging Face user name, `arxiv` the id of an arXiv author page."""

    ORCID = "orcid"
    OPENALEX = "openalex"
    S2 = "s2"
    DBLP = "dblp"
    OPENREVIEW = "openreview"
    ARXIV = "arxiv"
    HF = "hf"


@dataclass(frozen=True, slots=True, order=True)
class PersonId:
    """An id a person is known by, normalised: `orcid:0000-0001-2345-6789`, `openalex:A5034688833`, `s2:1741101`.

    dblp's is the pid (`64/4311`), OpenReview's has its tilde (`~Furu_Wei1`), a Hugging Face user is in small letters.
    """

    scheme: PersonScheme
    value: str

    def __str__(self) -> str:
        """Give `orcid:0000-0001-2345-6789`."""
        return f"{self.scheme}:{self.value}"
