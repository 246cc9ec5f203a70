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
from digest.model import AnnouncementKind, Candidate, Certainty, ExternalId, Follow, FollowId, IdScheme, Paper, PaperId
from digest.researchers.identity import judge
from digest.sources.replay import read_folder
from subscribers.model import FollowWish


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


def written_by(wish: FollowWish, day: list[Paper]) -> dict[str, Certainty]:
    follow = Follow(id=FollowId(1), name=wish.name, fields=wish.fields, hf_user=wish.hf_user, orcid=wish.orcid)
    found: dict[str, Certainty] = {}
    for paper in day:
        verdicts = {judge(follow, author, paper).certainty for author in paper.authors} - {None}
        if verdicts:
            is_sure = Certainty.SURE in verdicts
            found[paper.id_of(IdScheme.ARXIV) or ""] = Certainty.SURE if is_sure else Certainty.POSSIBLE
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
        ("Wei Zhang", {"2611.90012", "2611.90044"}, {"2611.90441", "2611.90802"}),
        ("Maria García", {"2611.90903", "2611.90914"}, {"2611.90702"}),
        ("Jörg Müller", {"2611.90402", "2611.90489"}, {"2611.90226"}),
        ("Ingrid Bakkerud", {"2611.90012", "2611.90085", "2611.90205", "2611.90926"}, set()),
        ("Le Hong Van", {"2611.90152"}, set()),
        ("Bronislawa Cichon", {"2611.90438"}, set()),
        ("Nuria Bellpuig-Sants", {"2611.90079"}, set()),
    ],
)
def test_the_follower_gets_the_people_and_doubts_the_namesakes(
    day: list[Paper], name: str, sure: set[str], possible: set[str]
) -> None:
    wish = next(wish for wish in FOLLOWER.follows if wish.name == name)

    assert written_by(wish, day) == dict.fromkeys(sure, Certainty.SURE) | dict.fromkeys(possible, Certainty.POSSIBLE)


def test_the_follower_gets_sixteen_papers(day: list[Paper]) -> None:
    found = [written_by(wish, day) for wish in FOLLOWER.follows]

    assert len({arxiv_id for papers in found for arxiv_id in papers}) == 16
    sure = {arxiv_id for papers in found for arxiv_id, certainty in papers.items() if certainty is Certainty.SURE}
    assert len(sure) == 12


def test_one_subscriber_gets_nothing(day: list[Paper]) -> None:
    assert topical(NOBODY_MATCHES, day) == set()
    assert [written_by(wish, day) for wish in NOBODY_MATCHES.follows] == [{}]


def test_everybody_else_gets_something(day: list[Paper]) -> None:
    reading = [subscriber for subscriber in SUBSCRIBERS if subscriber is not NOBODY_MATCHES]

    assert all(
        (subscriber.interests and topical(subscriber, day)) or any(written_by(wish, day) for wish in subscriber.follows)
        for subscriber in reading
    )
