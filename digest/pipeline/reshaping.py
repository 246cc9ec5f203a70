"""Acts: joins records that are one person, and takes records apart that are several. Followers and readers are told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from digest.errors import DigestError
from digest.languages.phrases import BY_OPERATOR
from digest.model import Authorship, PaperId, PersonScheme, Researcher, ResearcherId, Standing
from digest.pipeline.attribute import attribute_researcher, begin_judging
from digest.pipeline.corrections import note_corrections
from digest.sources.people import PersonRecord
from digest.sources.people.joining import join
from digest.storage import authorships, people_merges, researchers

T = TypeVar("T")


class CannotMerge(DigestError):
    """These two records cannot be merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What became of a record that was taken apart: the papers that went, where they went, who is told."""

    researcher_id: ResearcherId
    parted_id: ResearcherId
    papers: tuple[PaperId, ...]
    corrections: int


def merge_researchers(
    session: Session, one: ResearcherId, other: ResearcherId, evidence: str, now: datetime
) -> int | None:
    """Make the older of two records stand for both; give the number of the merge, None if they are one already.

    Raises CannotMerge where somebody said that they are two people, or two ORCID iDs do.
    """
    begin_judging(session)
    first, second = researchers.find_living(session, one), researchers.find_living(session, other)
    if first is None or second is None:
        raise CannotMerge(f"There is no researcher {one if first is None else other}.")
    if first == second:
        return None
    kept, absorbed = min(first, second), max(first, second)
    people = researchers.load_researchers(session, [kept, absorbed])
    if reason := find_contradiction(session, kept, absorbed, people[kept], people[absorbed]):
        raise CannotMerge(reason)
    number = people_merges.absorb(session, kept, absorbed, evidence, now)
    joined = join([PersonRecord(researcher=people[kept]), PersonRecord(researcher=people[absorbed])]).researcher
    researchers.rewrite_researcher(session, kept, joined, now)
    attribute_researcher(session, kept, now)
    return number


def find_contradiction(
    session: Session, one: ResearcherId, other: ResearcherId, first: Researcher, second: Researcher
) -> str:
    """Say what speaks against two records being one person; empty if nothing does."""
    if people_merges.are_distinct(session, one, other):
        return f"Somebody said that {first.name} ({one}) and {second.name} ({other}) are two people."
    mine, theirs = first.id_of(PersonScheme.ORCID), second.id_of(PersonScheme.ORCID)
    if mine and theirs and mine != theirs:
        return f"{first.name} has the ORCID iD {mine}, {second.name} has {theirs}."
    return ""


def split_merge(session: Session, number: int, now: datetime) -> Parted | None:
    """Take a merge back; None if it was before, or never was. Papers go with the record that brought them."""
    begin_judging(session)
    merge = people_merges.find_merge(session, number)
    if merge is None or merge.split_at is not None:
        return None
    kept = researchers.find_living(session, merge.researcher_id) or merge.researcher_id
    people = researchers.load_researchers(session, [kept, merge.absorbed_id])
    people_merges.revive(session, merge, now)
    rest = unjoin(people[kept], merge.kept, people[merge.absorbed_id])
    theirs = tuple(each for each in rest.ids if each not in merge.ids)
    researchers.rewrite_researcher(session, kept, replace(rest, ids=theirs), now)
    went = [
        each
        for each in authorships.list_of_researchers(session, [merge.absorbed_id])[merge.absorbed_id]
        if each.standing.is_theirs
    ]
    count = _take_away(session, kept, went, now)
    attribute_researcher(session, merge.absorbed_id, now)
    attribute_researcher(session, kept, now)
    return Parted(
        researcher_id=kept,
        parted_id=merge.absorbed_id,
        papers=tuple(each.paper_id for each in went),
        corrections=count,
    )


def unjoin(joined: Researcher, before: Researcher, absorbed: Researcher) -> Researcher:
    """Give what a record says without what only the one it absorbed brought; `before` is what it said then."""
    came = set(absorbed.names) - set(before.names)
    return replace(
        joined,
        name=before.name if joined.name in came else joined.name,
        variants=tuple(each for each in joined.variants if each not in came),
        affiliations=_leave_out(joined.affiliations, before.affiliations, absorbed.affiliations),
        homepage=before.homepage if joined.homepage == absorbed.homepage else joined.homepage,
        fields=_leave_out(joined.fields, before.fields, absorbed.fields),
        topics=before.topics if joined.topics == absorbed.topics else joined.topics,
        metrics=_leave_out(joined.metrics, before.metrics, absorbed.metrics),
    )


def _leave_out(joined: Sequence[T], before: Collection[T], absorbed: Collection[T]) -> tuple[T, ...]:
    return tuple(each for each in joined if each in before or each not in absorbed)


def part_researcher(
    session: Session, researcher_id: ResearcherId, papers: Collection[PaperId], name: str | None, now: datetime
) -> Parted:
    """Make a record of its own of some papers of a record that mixes several people.

    Followers stay with the record they followed. Readers who were sent one of the papers as theirs are told.
    """
    begin_judging(session)
    researcher = researchers.load_researchers(session, [researcher_id])[researcher_id]
    known = authorships.list_of_researchers(session, [researcher_id])[researcher_id]
    going = [each for each in known if each.paper_id in papers]
    if missing := set(papers) - {each.paper_id for each in going}:
        raise DigestError(f"{researcher.name} ({researcher_id}) has no paper {min(missing)}.")
    other = Researcher(name=name or researcher.name, variants=researcher.variants)
    parted_id = researchers.add_researcher(session, other, now)
    people_merges.say_distinct(session, researcher_id, parted_id, now)
    settled = [
        replace(each, researcher_id=parted_id, standing=Standing.CONFIRMED, probability=1.0, evidence=(BY_OPERATOR,))
        for each in going
    ]
    authorships.save_authorships(session, settled, now)
    count = _take_away(session, researcher_id, going, now)
    attribute_researcher(session, parted_id, now)
    attribute_researcher(session, researcher_id, now)
    return Parted(
        researcher_id=researcher_id,
        parted_id=parted_id,
        papers=tuple(each.paper_id for each in going),
        corrections=count,
    )


def _take_away(session: Session, researcher_id: ResearcherId, going: Collection[Authorship], now: datetime) -> int:
    """Say of papers that they are not a researcher's, and note who is to be told; give how many corrections."""
    rejected = [
        replace(each, researcher_id=researcher_id, standing=Standing.REJECTED, probability=0.0, evidence=(BY_OPERATOR,))
        for each in going
    ]
    authorships.save_authorships(session, rejected, now)
    return note_corrections(session, researcher_id, [each.paper_id for each in going], now)
