"""The categories that are offered by name. Readers may have any other: each is the interest `cat:…`."""

from typing import Final, NamedTuple

from digest.errors import InvalidQuery
from digest.matching.query import Field, Term, parse
from subscribers.model import StoredInterest

# Names as https://arxiv.org/category_taxonomy gives them; those in which most is announced.
COMMON: Final = {
    "cs.AI": "Artificial Intelligence",
    "cs.CL": "Computation and Language",
    "cs.CR": "Cryptography and Security",
    "cs.CV": "Computer Vision and Pattern Recognition",
    "cs.DC": "Distributed, Parallel, and Cluster Computing",
    "cs.DS": "Data Structures and Algorithms",
    "cs.HC": "Human-Computer Interaction",
    "cs.IR": "Information Retrieval",
    "cs.LG": "Machine Learning",
    "cs.MA": "Multiagent Systems",
    "cs.NE": "Neural and Evolutionary Computing",
    "cs.RO": "Robotics",
    "cs.SD": "Sound",
    "cs.SE": "Software Engineering",
    "eess.AS": "Audio and Speech Processing",
    "eess.IV": "Image and Video Processing",
    "math.OC": "Optimization and Control",
    "q-bio.QM": "Quantitative Methods in Biology",
    "quant-ph": "Quantum Physics",
    "stat.ML": "Statistical Machine Learning",
}
PREFIX: Final = f"{Field.CATEGORY.value}:"


_BY_KEY: Final = {code.casefold(): code for code in COMMON}


class Category(NamedTuple):
    """A category that a reader has: as it is written, and the canonical form of the interest."""

    code: str
    canonical: str

    @property
    def key(self) -> str:
        """Give what is the same for all spellings of it."""
        return key_of(self.code)


def find_category(interest: StoredInterest) -> Category | None:
    """Give the category of an interest that is nothing else: `cs.CL` of `cat:cs.CL`; None for other interests."""
    if not interest.canonical.startswith(PREFIX):
        return None
    for query in (interest.text, interest.canonical):
        code = read_code(query)
        if code is not None:
            return Category(_BY_KEY.get(key_of(code), code), interest.canonical)
    return None


def read_code(query: str) -> str | None:
    """Give the category that a query asks for and nothing else, as it was written."""
    try:
        term = parse(query)
    except InvalidQuery:  # kept from a time when the language was another
        return None
    return term.written or term.text if isinstance(term, Term) and term.field is Field.CATEGORY else None


def key_of(code: str) -> str:
    """Give what is the same for all spellings of a category."""
    return code.casefold().removesuffix(".*")
