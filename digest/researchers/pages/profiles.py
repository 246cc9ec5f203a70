"""A researcher's profile: what the site says of the person, then each work with its year. Pure.

The chips of the page stand glued together, as `ResearcherAffiliation not importedOpen to collaborate` and
`preprint2026arXiv`.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from digest.model import Affiliation, ClaimLevel, Metrics, Researcher
from digest.researchers.pages.records import AuthorPage, PageLayout, PageRecord, check_counts

TITLE: Final = "Researcher profile"
_AFFILIATION = re.compile(r"Researcher(?P<name>.+?)(?:Open to collaborate)?")
_NO_AFFILIATION: Final = "Affiliation not imported"
_TRUST = re.compile(r"Trust \d+ - [A-Za-z ]+?(?P<level>Verification L\d+)(?P<claim>.*)")
_FIGURE = re.compile(r"(?P<count>[\d,]{0,12}\d)(?P<unit>works|followers|topics|close collaborators)")
_PUBLISHED = re.compile(r"(?P<count>[\d,]{0,12}\d) published item(?:s|\(s\))?")
_HEADING = re.compile(r"(?P<kind>[a-z]+(?:-[a-z]+)*)(?P<year>(?:19|20)\d\d)(?P<venue>\S.{0,119})", re.ASCII)


def read_profile(lines: list[str], as_of: date) -> AuthorPage | None:
    """Read a profile; None if it names nobody."""
    texts = [" ".join(line.split()) for line in lines]
    name = next((text for text in texts if text and text != TITLE), "")
    starts = [at for at, text in enumerate(texts) if _PUBLISHED.fullmatch(text)]
    if not name or not starts:
        return None
    top = texts[: starts[0]]
    figures = {found["unit"]: _to_int(found["count"]) for text in top if (found := _FIGURE.fullmatch(text))}
    trust = next(filter(None, map(_TRUST.fullmatch, top)), None)
    claim = trust["claim"].strip() if trust else ""
    records = tuple(_read_records(texts, starts[0] + 1))
    declared = {_to_int(text.split()[0]) for text in texts if _PUBLISHED.fullmatch(text)}
    declared.update({figures["works"]} if "works" in figures else ())
    person = Researcher(
        name=name,
        affiliations=tuple(_read_affiliation(top)),
        metrics=(Metrics(source="page", as_of=as_of, works=figures.get("works")),),
        claim=_read_claim(claim),
    )
    return AuthorPage(
        layout=PageLayout.PROFILE,
        person=person,
        records=records,
        claim=f"{trust['level']}, {claim}" if trust and claim else claim,
        warnings=(*check_counts(declared, len(records)), *_find_faults(records)),
    )


def _read_records(texts: list[str], start: int) -> Iterator[PageRecord]:
    """Read the records: a heading, the title, and the abstract, which may have several paragraphs."""
    headings = {at: found for at in range(start, len(texts)) if (found := _HEADING.fullmatch(texts[at]))}
    for at, end in pairwise((*headings, len(texts))):
        title, *abstract = [text for text in texts[at + 1 : end] if text] or [""]
        yield PageRecord(
            line=at + 1,
            title=title,
            abstract=" ".join(abstract),
            year=int(headings[at]["year"]),
            kind=headings[at]["kind"],
            venue=headings[at]["venue"],
            raw="\n".join(texts[at:end]).strip(),
        )


def _read_affiliation(top: list[str]) -> Iterator[Affiliation]:
    found = next((match for text in top if text != TITLE and (match := _AFFILIATION.fullmatch(text))), None)
    if found and found["name"] != _NO_AFFILIATION:
        yield Affiliation(name=found["name"].strip(), source="page")


def _read_claim(words: str) -> ClaimLevel:
    words = words.casefold()
    if "verified" in words and "unverified" not in words:
        return ClaimLevel.VERIFIED
    return ClaimLevel.CLAIMED if "claimed" in words and "unclaimed" not in words else ClaimLevel.UNCLAIMED


def _find_faults(records: tuple[PageRecord, ...]) -> Iterator[str]:
    for record in records:
        if not record.title:
            yield f"line {record.line}: the paper has no title"
        elif not record.abstract:
            yield f"line {record.line}: the paper has no abstract"


def _to_int(digits: str) -> int:
    return int(digits.replace(",", ""))
