"""Whatever the order of sightings, as many papers; merging again changes nothing; what was parted stays apart."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import ExternalId, IdScheme, Paper, PaperId
from digest.storage.ledger import Ledger, pair_up
from tests.factories import paper

# One work each, as several sources show it: the ids of a sighting are any of its work's, in any order.
WORKS = [
    [
        ExternalId(IdScheme.ARXIV, f"2611.0000{number}"),
        ExternalId(IdScheme.DOI, f"10.1000/{number}"),
        ExternalId(IdScheme.OPENALEX, f"W{number}"),
        ExternalId(IdScheme.S2, f"{number}" * 40),
    ]
    for number in range(3)
]
TITLES = ["Sparse Experts Learn Fast", "Dense Models Forget Slowly", "Graphs of Bounded Width"]


def enter(papers: list[Paper], times: int = 1) -> Ledger:
    ledger = Ledger({}, {}, {}, source="test")
    for paper_ in papers * times:
        ledger.enter(paper_)
    return ledger


def groups(ledger: Ledger) -> set[frozenset[ExternalId]]:
    return {frozenset(each.ids) for each in ledger.new_papers}


@st.composite
def sightings(draw: st.DrawFn) -> list[Paper]:
    made = []
    for number in draw(st.lists(st.integers(0, 2), min_size=1, max_size=9)):
        ids = draw(st.lists(st.sampled_from(WORKS[number]), min_size=1, max_size=3, unique=True))
        made.append(paper(ids=tuple(ids), title=TITLES[number], version=None, categories=()))
    return made


def linked(papers: list[Paper]) -> set[frozenset[ExternalId]]:
    """Give the ids of each work, joined by title anyway: every sighting of a work has its title and author."""
    by_title: dict[str, set[ExternalId]] = {}
    for each in papers:
        by_title.setdefault(each.title, set()).update(each.ids)
    return {frozenset(ids) for ids in by_title.values()}


@given(sightings(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_sightings_does_not_change_which_papers_there_are(papers: list[Paper], chance: object) -> None:
    shuffled = papers[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert groups(enter(papers)) == groups(enter(shuffled)) == linked(papers)


@given(sightings())
@settings(max_examples=40, deadline=None)
def test_entering_everything_again_changes_nothing(papers: list[Paper]) -> None:
    once, twice = enter(papers), enter(papers, times=2)

    assert groups(once) == groups(twice)
    assert len(once.joinings) == len(twice.joinings)


def test_records_that_only_ids_link_become_one_in_every_order() -> None:
    """Without titles that would join them anyway: a title too short to be a key."""
    arxiv, doi, openalex, s2 = WORKS[0]
    shown = [paper(ids=ids, title="On Gauges") for ids in ((arxiv,), (doi, openalex), (openalex, arxiv), (s2, doi))]

    for order in permutations(shown):
        assert groups(enter(list(order))) == {frozenset(WORKS[0])}


@given(sightings(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_two_papers_that_an_operator_parted_are_never_merged(papers: list[Paper], cut: int) -> None:
    one, other = WORKS[0][: cut + 1], WORKS[0][cut + 1 :]
    stored = {
        PaperId(number): paper(ids=tuple(ids), title=TITLES[0]) for number, ids in enumerate((one, other), 1) if ids
    }
    rows = {known: number for number, each in stored.items() for known in each.ids}
    distinct = frozenset(pair_up(one, other))
    ledger = Ledger(rows, {}, stored, distinct, "test")
    for each in papers:
        ledger.enter(each)

    assert {known: ledger.rows[known] for known in rows} == rows
