"""Acts: loads what composing needs to know of followed people, places and papers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from digest.model import (
    Authorship,
    Candidate,
    InstitutionId,
    Paper,
    PaperId,
    ResearcherId,
    Standing,
)
from digest.researchers.benches import Benches
from digest.researchers.following import Sightings, Views
from digest.researchers.places import PlaceIndex
from digest.researchers.profile import Profile, load
from digest.researchers.roster import Roster
from digest.researchers.study import to_authorship
from digest.storage import answers, authorships, institutions, papers, researchers
from digest.storage.answers import Answer
from subscribers import store
from subscribers.model import FollowKind


def load_sightings(session: Session, candidates: Iterable[Candidate]) -> Sightings:
    """Give whose the papers on the desk are, as far as anybody follows them."""
    found = {candidate.paper_id: candidate.paper for candidate in candidates}
    by_researcher: defaultdict[ResearcherId, dict[PaperId, Authorship]] = defaultdict(dict)
    for paper_id, group in authorships.list_of_papers(session, found).items():
        for each in group:
            by_researcher[each.researcher_id][paper_id] = each
    targets = map(InstitutionId, store.list_targets(session, FollowKind.INSTITUTION))
    index = PlaceIndex(institutions.list_institutions(session, targets))
    places: defaultdict[InstitutionId, dict[PaperId, tuple[int, ...]]] = defaultdict(dict)
    for paper_id, paper in found.items():
        for institution_id, positions in index.find(paper).items():
            places[institution_id][paper_id] = positions
    return Sightings(papers=found, authorships=dict(by_researcher), places=dict(places))


def load_views(session: Session, subscriber_ids: Collection[int], benches: Benches) -> dict[int, Views]:
    """Give what each of these readers sees otherwise than everybody, because of what they answered."""
    given = answers.list_answers_of(session, subscriber_ids)
    everything = [answer for group in given.values() for answer in group]
    people = {answer.researcher_id for answer in everything}
    profiles = {who: load(profile) for who, profile in researchers.load_profiles(session, people).items()}
    answered = papers.load_papers(session, {answer.paper_id for answer in everything})
    shared = _list_settled(session, people)
    views: dict[int, Views] = {}
    for subscriber_id, group in given.items():
        own: dict[ResearcherId, Mapping[PaperId, Authorship]] = {}
        for who in {answer.researcher_id for answer in group} & profiles.keys():
            news = [each for each in group if each.researcher_id == who and (who, each.paper_id) not in shared]
            if news:
                own[who] = _look_again(who, _shape(profiles[who], news, answered), benches)
        said = {(answer.researcher_id, answer.paper_id): answer.is_theirs for answer in group}
        views[subscriber_id] = Views(answers=said, own=own)
    return views


def _list_settled(session: Session, people: Collection[ResearcherId]) -> set[tuple[ResearcherId, PaperId]]:
    """Give what the records have learnt already from readers who agreed."""
    standings = (Standing.CONFIRMED, Standing.REJECTED)
    found = authorships.list_of_researchers(session, people, standings)
    return {(each.researcher_id, each.paper_id) for group in found.values() for each in group}


def _shape(profile: Profile, group: Iterable[Answer], answered: Mapping[PaperId, Paper]) -> Profile:
    """Give the profile as one reader's answers make it."""
    told = [(answered[each.paper_id], each) for each in group if each.paper_id in answered]
    told = [(paper, each) for paper, each in told if each.position <= len(paper.authors)]
    profile = profile.learn_all((paper, each.position) for paper, each in told if each.is_theirs)
    for paper, each in told:
        if not each.is_theirs:
            profile = profile.reject(paper, each.position)
    return profile


def _look_again(who: ResearcherId, profile: Profile, benches: Benches) -> dict[PaperId, Authorship]:
    """Judge the papers on the desk by one reader's view of a researcher."""
    roster = Roster([(who, profile)])
    return {
        paper_id: to_authorship(paper_id, found)
        for paper_id in benches.list_compatible(profile.names)
        for found in roster.find(benches.papers[paper_id])
    }
