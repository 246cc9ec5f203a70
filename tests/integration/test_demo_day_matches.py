"""What the bundled day holds for each demo subscriber: the figures of docs/demo.md."""

from functools import reduce
from operator import or_

import pytest

from digest.demo import CAPTURED
from digest.demo.story import (
    BROAD_READER,
    FOLLOWER,
    NARROW_READER,
    NOBODY_MATCHES,
    SUBSCRIBERS,
    VISION_LAB,
    DemoSubscriber,
)
from digest.matching.announced import DIGEST_KINDS
from digest.matching.index import PaperBatch
from digest.matching.query import parse
from digest.merging import merge
from digest.model import (
    AnnouncementId,
    AnnouncementKind,
    Candidate,
    Certainty,
    ExternalId,
    IdScheme,
    Paper,
    PaperId,
)
from digest.pipeline.attribute import attribute_new
from digest.pipeline.followed import load_sightings
from digest.pipeline.replay import replay_folder
from digest.researchers.following import list_told
from digest.sources.replay import read_folder
from digest.storage import announcements
from subscribers import store
from subscribers.db import Base, Database
from tests.factories import NOON
from tests.people import subscribe


def read_day(*kinds: AnnouncementKind) -> list[Paper]:
    """Give the papers of the bundled day that were announced in one of these ways, merged over the files."""
    papers: dict[ExternalId, Paper] = {}
    announced: set[ExternalId] = set()
    for capture in read_folder(CAPTURED).captures:
        announced |= {made.paper for made in capture.parsed.announcements if made.kind in kinds}
        for paper in capture.parsed.papers:
            known = papers.get(paper.ids[0])
            papers[paper.ids[0]] = merge(known, paper) if known else paper
    return [paper for first_id, paper in papers.items() if first_id in announced]


@pytest.fixture(scope="module")
def day() -> list[Paper]:
    return read_day(*DIGEST_KINDS)


def topical(subscriber: DemoSubscriber, day: list[Paper]) -> set[str]:
    batch = PaperBatch(Candidate(paper_id=PaperId(number), paper=paper) for number, paper in enumerate(day))
    papers = reduce(or_, (batch.matches(parse(interest)) for interest in subscriber.interests))
    return {candidate.paper.id_of(IdScheme.ARXIV) or "" for candidate in batch.pick(papers)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Certainty]]:
    """Let somebody follow all whom the demo's subscribers follow; give the papers found, by name and arXiv id."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('day') / 'digest.db'}")
    Base.metadata.create_all(database.engine)
    wanted = [wish for subscriber in SUBSCRIBERS for wish in subscriber.follows]
    reader = subscribe(database, follows=tuple(wanted))
    replay_folder(database, CAPTURED, NOON)
    attribute_new(database, NOON)
    with database.reading() as session:
        candidates = announcements.list_candidates(session, AnnouncementId(0), AnnouncementId(999))
        follows = store.list_follows(session, [reader.id])[reader.id]
        told = list_told(follows, load_sightings(session, candidates))
    ids = {candidate.paper_id: candidate.paper.id_of(IdScheme.ARXIV) or "" for candidate in candidates}
    found: dict[str, dict[str, Certainty]] = {wish.name: {} for wish in wanted}
    for each in told:
        found[each.reason.subject][ids[each.paper_id]] = each.reason.certainty or Certainty.SURE
    database.close()
    return found


def test_a_digest_has_66_papers_to_choose_from(day: list[Paper]) -> None:
    assert len(day) == 66
    assert len(read_day(*AnnouncementKind)) == 76


def test_the_broad_reader_gets_more_than_the_cap(day: list[Paper]) -> None:
    assert len(topical(BROAD_READER, day)) == 44
    assert BROAD_READER.channels[0].cap == 25


def test_the_narrow_reader_gets_three_papers_and_not_the_survey(day: list[Paper]) -> None:
    assert topical(NARROW_READER, day) == {"2611.90031", "2611.90205", "2611.90315"}


def test_the_lab_gets_papers_on_its_topics(day: list[Paper]) -> None:
    assert topical(VISION_LAB, day) == {
        "2611.84003",
        "2611.90402",
        "2611.90417",
        "2611.90423",
        "2611.90438",
        "2611.90462",
        "2611.90489",
        "2611.90493",
    }


@pytest.mark.parametrize(
    ("name", "sure", "possible"),
    [
        ("Wei Zhang", {"2611.90012"}, {"2611.90044", "2611.90441"}),
        ("Maria García", set(), {"2611.90702", "2611.90903", "2611.90914"}),
        ("Jörg Müller", {"2611.90226", "2611.90402", "2611.90489"}, {"2611.90811", "2611.90857"}),
        ("Ingrid Bakkerud", {"2611.90012", "2611.90085", "2611.90205", "2611.90926"}, set()),
        ("Le Hong Van", {"2611.90152"}, set()),
        ("Bronislawa Cichon", {"2611.90438"}, set()),
        ("Nuria Bellpuig-Sants", {"2611.90079"}, set()),
    ],
)
def test_the_follower_gets_the_people_and_doubts_the_namesakes(
    written: dict[str, dict[str, Certainty]], name: str, sure: set[str], possible: set[str]
) -> None:
    assert written[name] == dict.fromkeys(sure, Certainty.SURE) | dict.fromkeys(possible, Certainty.POSSIBLE)


def test_the_follower_gets_as_many_papers_as_the_docs_say(written: dict[str, dict[str, Certainty]]) -> None:
    found = [written[wish.name] for wish in FOLLOWER.follows]

    assert len({arxiv_id for papers in found for arxiv_id in papers}) == 17
    sure = {arxiv_id for papers in found for arxiv_id, certainty in papers.items() if certainty is Certainty.SURE}
    assert len(sure) == 10


def test_one_subscriber_gets_nothing(day: list[Paper], written: dict[str, dict[str, Certainty]]) -> None:
    assert topical(NOBODY_MATCHES, day) == set()
    assert [written[wish.name] for wish in NOBODY_MATCHES.follows] == [{}]


def test_everybody_else_gets_something(day: list[Paper], written: dict[str, dict[str, Certainty]]) -> None:
    reading = [subscriber for subscriber in SUBSCRIBERS if subscriber is not NOBODY_MATCHES]

    assert all(
        (subscriber.interests and topical(subscriber, day)) or any(written[wish.name] for wish in subscriber.follows)
        for subscriber in reading
    )
