"""arXiv's archives and categories, alone or joined with `+`: what they cover, and as which set OAI-PMH has them. Pure.

https://arxiv.org/category_taxonomy
"""

import re
from typing import Final

CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?", re.ASCII)

# Groups of one archive that has the same name; all other archives belong to physics.
_OWN_GROUPS: Final = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
_PHYSICS: Final = (
    "astro-ph",
    "cond-mat",
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math-ph",
    "nlin",
    "nucl-ex",
    "nucl-th",
    "physics",
    "quant-ph",
)
_SMALL_LETTERED: Final = frozenset({"cond-mat", "physics"})  # physics.flu-dyn, cond-mat.mes-hall; all others are cs.CL


def split_query(query: str) -> tuple[str, ...]:
    """Give the parts of `cs.AI+q-bio.NC`."""
    return tuple(dict.fromkeys(filter(None, query.split("+"))))


def covers(part: str, category: str) -> bool:
    """Whether a feed's category or archive (`cs.CL`, `cs`) has the papers of a category."""
    return category.lower() == part.lower() or category.lower().startswith(f"{part.lower()}.")


def is_primary(query: str, categories: tuple[str, ...]) -> bool:
    """Whether a paper was filed under what is asked for, not merely listed there too."""
    return not categories or any(covers(part, categories[0]) for part in split_query(query))


def cross_lists(query: str, categories: tuple[str, ...]) -> tuple[str, ...]:
    """Name the parts of a query a paper is cross-listed to: what the feeds of these parts alone would each announce."""
    parts = split_query(query)
    away = [part for part in parts if not (categories and covers(part, categories[0]))]
    named = tuple(part for part in away if any(covers(part, known) for known in categories[1:]))
    # From one category of an archive to another the archive is left only in name: `cs` has both.
    return named or tuple(part for part in parts if any(covers(part, known) for known in categories))[:1] or (query,)


def set_of(part: str) -> str:
    """Give the OAI-PMH set of an archive or category: `cs:cs:CL`, `physics:astro-ph:EP`, `physics:hep-th`."""
    archive, _, subject = part.partition(".")
    archive = archive.lower()
    group = archive if archive in _OWN_GROUPS else "physics"
    if not subject:
        return f"{group}:{archive}"
    return f"{group}:{archive}:{subject.lower() if archive in _SMALL_LETTERED else subject.upper()}"


def query_of(oai_set: str) -> str:
    """Give the archives or category of an OAI-PMH set: `cs:cs:CL` is `cs.CL`; the group `physics` is many archives."""
    if oai_set == "physics":
        return "+".join(_PHYSICS)
    _, archive, subject = (*oai_set.split(":"), "", "")[:3]
    return f"{archive}.{subject}" if subject else archive or oai_set
