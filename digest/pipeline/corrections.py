"""Acts: notes whom to tell that papers they were sent as somebody's are somebody else's, and says so in words."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from digest.matching.corrections import word_corrections
from digest.model import Certainty, ChannelId, PaperId, Researcher, ResearcherId
from digest.storage import authorships, corrections, deliveries, papers, researchers
from digest.storage.corrections import Correction


def note_corrections(session: Session, researcher_id: ResearcherId, lost: Collection[PaperId], now: datetime) -> int:
    """Note the readers who were sent these papers as surely this researcher's; give how many corrections that makes."""
    told = [
        (subscriber_id, paper_id)
        for subscriber_id, paper_id, reasons in deliveries.list_reasons(session, lost)
        if any(reason.target_id == researcher_id and reason.certainty is Certainty.SURE for reason in reasons)
    ]
    owners = _find_owners(session, researcher_id, lost)
    return corrections.add_corrections(session, researcher_id, told, owners, now)


def list_corrections(
    session: Session, channel_ids: Collection[ChannelId]
) -> dict[ChannelId, tuple[tuple[str, ...], Sequence[Correction]]]:
    """Give, by channel, what its reader is to be told, in sentences, with the corrections these sentences tell."""
    untold = corrections.list_untold(session, channel_ids)
    everything = [each for group in untold.values() for each in group]
    people = researchers.load_researchers(
        session, {who for each in everything for who in (each.researcher_id, each.moved_to) if who is not None}
    )
    titles = {
        paper_id: paper.title
        for paper_id, paper in papers.load_papers(session, {each.paper_id for each in everything}).items()
    }
    return {channel: (tuple(_word(group, people, titles)), group) for channel, group in untold.items()}


def _find_owners(session: Session, researcher_id: ResearcherId, lost: Iterable[PaperId]) -> dict[PaperId, ResearcherId]:
    """Give whose the papers are now, where that is known."""
    return {
        paper_id: each.researcher_id
        for paper_id, group in authorships.list_of_papers(session, lost).items()
        for each in group
        if each.researcher_id != researcher_id and each.standing.is_theirs
    }


def _word(
    group: Sequence[Correction], people: Mapping[ResearcherId, Researcher], titles: Mapping[PaperId, str]
) -> Iterable[str]:
    moved: dict[tuple[ResearcherId, ResearcherId | None], list[str]] = defaultdict(list)
    for each in group:
        if each.paper_id in titles:
            moved[each.researcher_id, each.moved_to].append(titles[each.paper_id])
    for (researcher_id, owner), papers_of in moved.items():
        if researcher_id in people:
            yield word_corrections(people[researcher_id].name, papers_of, people.get(owner) if owner else None)
