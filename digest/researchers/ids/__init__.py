"""Ids of people, institutions and papers, read from whatever a reader pastes. Pure; asks nobody whether they exist.

A text that is no id gives None, so that it may be a name; one that is meant as an id and is none raises
InvalidReference, whose `why` says what is wrong with it.
"""

from digest.researchers.ids.institutions import InstitutionRef, InstitutionScheme, parse_institution_id, read_ror
from digest.researchers.ids.papers import LAST, AuthorReference, parse_author_reference, parse_paper_id
from digest.researchers.ids.people import parse_person_id, read_person_id, url_of

__all__ = [
    "LAST",
    "AuthorReference",
    "InstitutionRef",
    "InstitutionScheme",
    "parse_author_reference",
    "parse_institution_id",
    "parse_paper_id",
    "parse_person_id",
    "read_person_id",
    "read_ror",
    "url_of",
]
