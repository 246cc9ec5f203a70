"""Acts: finds out whom somebody means who signs up, by what is known here alone: strangers make us ask no service."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from digest.errors import InvalidReference
from digest.model import ExternalId, IdScheme, Paper, PaperId, PersonId, ResearcherId
from digest.pipeline.following import PersonWanted, Seed, find_by_id
from digest.pipeline.signup import read_follow
from digest.pipeline.signup_wishes import Faults, FollowChoice
from digest.researchers.ids import AuthorReference, parse_author_reference, parse_person_id
from digest.storage import papers, researchers
from subscribers.db import Database
from subscribers.model import InvalidWish
from subscribers.service import MAX_ID
from subscribers.validation import MAX_NAME, check_text

LONGEST_CHOICE: Final = 300  # characters
_RECORD: Final = re.compile(r"researcher ([0-9]{1,10})", re.IGNORECASE)


def read_choices(database: Database, texts: Sequence[str], faults: Faults) -> list[FollowChoice]:
    """Give whom these texts mean, each once; what is wrong with one is added to `faults`."""
    found: dict[str, FollowChoice] = {}
    with database.reading() as session:
        for text in texts:
            try:
                choice = read_choice(session, text)
            except (InvalidWish, InvalidReference) as error:
                faults.setdefault("follows", []).append(str(error))
                continue
            found.setdefault(choice.text.casefold(), choice)
    return list(found.values())


def read_choice(session: Session, text: str) -> FollowChoice:
    """Give whom a text means: `researcher 12`, `author 3 of 2310.01234`, an id, a name, or a name and an id.

    Raises InvalidWish and InvalidReference.
    """
    text = check_text("name or id", text, LONGEST_CHOICE)
    if record := _RECORD.fullmatch(text):
        return _choose_record(session, ResearcherId(min(int(record[1]), MAX_ID)))
    if reference := parse_author_reference(text):
        return _choose_author(session, text, reference)
    if person := parse_person_id(text):
        return _choose_known(session, person)
    name, _, last = text.rpartition(" ")
    person = parse_person_id(last) if name else None
    if person is None:
        return FollowChoice(text=text, name=text, person=_read_name(text))
    known = find_by_id(session, person)
    wanted = PersonWanted(name=_read_name(name).name, ids=(person,))
    return _choose_record(session, known) if known else FollowChoice(text=text, name=name, person=wanted)


def _read_name(name: str) -> PersonWanted:
    if "://" in name:
        raise InvalidReference(name, "this address is of no person known here; write the name.")
    return read_follow(check_text("name", name, MAX_NAME))


def _choose_record(session: Session, number: ResearcherId) -> FollowChoice:
    living = researchers.find_living(session, number)
    if living is None:
        raise InvalidWish(f"There is no researcher {number} here; look for the name instead.")
    name = researchers.load_researchers(session, [living])[living].name
    return FollowChoice(text=f"researcher {living}", name=name, researcher_id=living)


def _choose_known(session: Session, person: PersonId) -> FollowChoice:
    known = find_by_id(session, person)
    if known is None:
        message = (
            f"Nobody is known here yet by {person.value}; write the name before it, as in Ada Lovelace {person.value}"
        )
        raise InvalidWish(message)
    return _choose_record(session, known)


def _choose_author(session: Session, text: str, reference: AuthorReference) -> FollowChoice:
    found = _find_paper(session, reference.paper)
    if found is None:
        raise InvalidReference(text, "this paper is not stored here; write the name of the person.")
    paper_id, paper = found
    position, author = reference.find_in(paper)
    seed = Seed(paper_id=paper_id, position=position)
    return FollowChoice(
        text=text, name=author.name, person=PersonWanted(name=author.name, ids=author.person_ids, seeds=(seed,))
    )


def _find_paper(session: Session, known: ExternalId) -> tuple[PaperId, Paper] | None:
    schemes = (IdScheme.ARXIV, IdScheme.HF) if known.scheme in (IdScheme.ARXIV, IdScheme.HF) else (known.scheme,)
    for scheme in schemes:
        row = papers.find_paper(session, ExternalId(scheme, known.value))
        living = papers.find_living(session, row) if row is not None else None
        if living is not None:
            return living, papers.load_papers(session, [living])[living]
    return None
