"""What a list of people comes to: those who can be followed, and the lines that cannot be used. Pure."""

from dataclasses import dataclass
from typing import Final

from digest.intake import clean_text
from digest.model import ExternalId, PersonId
from digest.researchers.ids import AuthorReference

LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWish:
    """A person whom somebody wants to follow, as a list names them: by a name, by ids, or by the place on a paper.

    `papers` and `titles` are works that the list says are theirs; like `affiliation`, they tell namesakes apart.
    `place` is the line, or in a Zotero library the number of the item, where the person first stands; `note` says in
    words what else the reader should know.
    """

    place: int
    name: str = ""
    ids: tuple[PersonId, ...] = ()
    papers: tuple[ExternalId, ...] = ()
    titles: tuple[str, ...] = ()
    affiliation: str = ""
    reference: AuthorReference | None = None
    note: str = ""

    @property
    def shown(self) -> str:
        """Give what to call the person in a message."""
        known = (*map(str, self.ids), *((str(self.reference),) if self.reference else ()))
        return self.name or next(iter(known), "")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be used, its text cut to 80 characters, and why in one sentence."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """A list that was read. `form` says what it was taken for: `a BibTeX library`."""

    form: str
    wishes: tuple[PersonWish, ...] = ()
    faults: tuple[Fault, ...] = ()


def make_fault(line: int, text: str, why: str) -> Fault:
    """Note a line that cannot be used."""
    return Fault(line, clean_text(text, LONGEST_SHOWN), why)


class Unusable(Exception):
    """A line does not say whom to follow; the reason is its message. Never leaves this package."""
