"""Acts: notes whom to tell that papers they were sent as somebody's are somebody else's, and says so in words."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from digest.matching.corrections import word_corrections
from digest.model import Certainty, ChannelId, PaperId, Researcher, ResearcherId
from digest.storage import answers, authorships, corrections, deliveries, papers, researchers
from digest.storage.corrections import Correction
from subscribers import store
from subscribers.model import FollowKind


def note_corrections(session: Session, researcher_id: ResearcherId, lost: Collection[PaperId], now: datetime) -> int:
    """Note the readers who were sent these papers as surely this researcher's; give how many corrections that makes.

    Not who said themselves that a paper is theirs, nor who follows the one whose it is now.
    """
    known_as = {researcher_id, *researchers.list_absorbed(session, researcher_id)}
    owners = _find_owners(session, researcher_id, lost)
    told = {
        (subscriber_id, paper_id)
        for subscriber_id, paper_id, reasons in deliveries.list_reasons(session, lost)
        if any(reason.target_id in known_as and reason.certainty is Certainty.SURE for reason in reasons)
    }
    told -= _list_insisting(session, researcher_id, lost)
    told -= _list_following(session, owners)
    return corrections.add_corrections(session, researcher_id, sorted(told), owners, now)


def _list_insisting(
    session: Session, researcher_id: ResearcherId, lost: Collection[PaperId]
) -> set[tuple[int, PaperId]]:
    """Give the readers who say that one of these papers is the researcher's: their word counts for them."""
    said = answers.list_answers_on(session, lost)
    everything = (answer for group in said.values() for answer in group)
    return {
        (answer.subscriber_id, answer.paper_id)
        for answer in everything
        if answer.is_theirs and answer.researcher_id == researcher_id
    }


def _list_following(session: Session, owners: Mapping[PaperId, ResearcherId]) -> set[tuple[int, PaperId]]:
    """Give the readers who follow the one whose a paper is now: to them it is still by whom they follow."""
    followers = store.list_followers(session, FollowKind.RESEARCHER, set(owners.values()))
    return {(each.subscriber_id, paper) for paper, owner in owners.items() for each in followers.get(owner, ())}


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
