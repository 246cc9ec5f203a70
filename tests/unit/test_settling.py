"""What evidence, ids and readers' voices come to."""

from dataclasses import replace

import pytest

from digest.languages.phrases import KNOWN_OTHER
from digest.model import Authorship, PaperId, ResearcherId, Standing
from digest.researchers.settling import settle_claims, settle_voices

CLAIM = Authorship(
    researcher_id=ResearcherId(1),
    paper_id=PaperId(1),
    position=2,
    standing=Standing.SURE,
    probability=0.995,
    evidence=("2 shared co-authors",),
)


def settle(standing: Standing, held: dict[int, Standing]) -> list[tuple[Standing, bool]]:
    found = settle_claims([replace(CLAIM, standing=standing)], held)
    return [(each.standing, KNOWN_OTHER in each.evidence) for each in found]


@pytest.mark.parametrize("standing", [Standing.STATED, Standing.SURE, Standing.POSSIBLE])
def test_a_claim_to_a_place_that_nobody_has_stands(standing: Standing) -> None:
    assert settle(standing, {1: Standing.CONFIRMED}) == [(standing, False)]


def test_what_is_unlikely_or_contradicted_is_not_kept() -> None:
    assert settle(Standing.UNLIKELY, {}) == settle(Standing.REJECTED, {}) == []


@pytest.mark.parametrize("held", [Standing.SURE, Standing.STATED, Standing.CONFIRMED])
def test_an_author_is_one_person_so_a_second_record_is_at_most_possible(held: Standing) -> None:
    assert settle(Standing.SURE, {2: held}) == [(Standing.POSSIBLE, True)]


def test_what_is_only_possible_gives_way_to_what_is_beyond_doubt() -> None:
    assert settle(Standing.POSSIBLE, {2: Standing.CONFIRMED}) == []
    assert settle(Standing.POSSIBLE, {2: Standing.SURE}) == [(Standing.POSSIBLE, False)]


def test_an_id_says_so_whoever_else_claims_the_place() -> None:
    assert settle(Standing.STATED, {2: Standing.CONFIRMED}) == [(Standing.STATED, False)]


@pytest.mark.parametrize(
    ("yes", "no", "before", "settled"),
    [
        (0, 0, None, None),
        (1, 0, Standing.POSSIBLE, None),
        (0, 1, Standing.SURE, None),
        (2, 0, Standing.POSSIBLE, Standing.CONFIRMED),
        (3, 2, Standing.POSSIBLE, None),
        (0, 2, Standing.SURE, Standing.REJECTED),
        (5, 3, None, Standing.CONFIRMED),
        (3, 5, None, Standing.REJECTED),
        (0, 2, Standing.STATED, None),
        (0, 3, Standing.STATED, Standing.REJECTED),
    ],
)
def test_readers_settle_a_paper_by_agreement_and_never_alone(
    yes: int, no: int, before: Standing | None, settled: Standing | None
) -> None:
    assert settle_voices(yes, no, before) is settled
