import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.matching.index import PaperBatch
from digest.matching.ranking import (
    CODE_BONUS,
    FEATURED_BONUS,
    KIND_WORTH,
    PLACE_WORTH,
    RARITY_FLOOR,
    UPVOTES_BONUS,
    Ranking,
    add_fading,
    popularity,
    rarity,
)
from digest.model import AnnouncementId, AnnouncementKind, Candidate, ReasonKind
from tests.factories import candidate


def filler(count: int, **fields: object) -> list[Candidate]:
    return [candidate(100 + n, title=f"Other {n}", abstract="Nothing.", **fields) for n in range(count)]


def worth(query: str, *papers: Candidate) -> list[float]:
    worths = Ranking(PaperBatch(papers)).worths_of(query)
    return [worths.get(number, 0.0) for number in range(len(papers))]


def test_a_title_hit_is_worth_more_than_an_abstract_hit() -> None:
    in_title = candidate(1, title="Diffusion", abstract="x")
    in_abstract = candidate(2, title="x", abstract="Diffusion")
    in_both = candidate(3, title="Diffusion", abstract="Diffusion")
    title, abstract, both, *_ = worth("diffusion", in_title, in_abstract, in_both, *filler(9))

    assert title == both > abstract > 0


def test_a_phrase_is_worth_more_than_a_word_and_a_word_more_than_a_category() -> None:
    paper = candidate(1, title="Flow matching", abstract="x", categories=("cs.CV",))
    papers = [paper, *filler(9, categories=("math.PR",))]

    assert worth('"flow matching"', *papers)[0] > worth("matching", *papers)[0] > worth("cat:cs.CV", *papers)[0] > 0


def test_a_category_is_worth_less_than_the_commonest_word() -> None:
    assert KIND_WORTH[ReasonKind.CATEGORY] < KIND_WORTH[ReasonKind.WORD] * PLACE_WORTH["abstract"] * RARITY_FLOOR


def test_a_rare_term_is_worth_more_than_a_common_one() -> None:
    papers = [candidate(n, title="model" + (" quasar" if n == 1 else ""), abstract="") for n in range(1, 10)]

    assert worth("quasar", *papers)[0] > worth("model", *papers)[0]


def test_only_what_makes_the_interest_true_counts() -> None:
    paper = candidate(1, title="alpha beta", abstract="")

    assert worth("alpha OR (beta gamma)", paper) == worth("alpha", paper)


def test_an_interest_that_fails_is_worth_nothing() -> None:
    assert Ranking(PaperBatch([candidate(1)])).worths_of("absent") == {}


def test_several_interests_add_up_with_diminishing_returns() -> None:
    assert add_fading([1.0]) == 1.0
    assert add_fading([1.0, 1.0]) == 1.5
    assert add_fading([0.5, 1.0]) == add_fading([1.0, 0.5]) == 1.25


@given(st.lists(st.floats(0, 10), max_size=50))
def test_a_sum_is_never_more_than_twice_the_largest(worths: list[float]) -> None:
    assert max(worths, default=0.0) <= add_fading(worths) <= 2 * max(worths, default=0.0)


@pytest.mark.parametrize("of", [1, 2, 10, 3_000])
def test_rarity_runs_from_one_down_to_its_floor(of: int) -> None:
    falling = [rarity(papers, of) for papers in range(1, of + 1)]

    assert falling[0] == pytest.approx(1.0)
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] >= RARITY_FLOOR


def test_popularity_is_bounded_and_grows_with_upvotes() -> None:
    quiet = candidate(1)
    liked = candidate(2, upvotes=40)
    famous = candidate(3, AnnouncementKind.FEATURED, upvotes=10**9, code_url="https://github.com/a/b")

    assert popularity(quiet) == 0 < popularity(liked) < UPVOTES_BONUS
    assert popularity(famous) == pytest.approx(UPVOTES_BONUS + FEATURED_BONUS + CODE_BONUS)


def test_code_counts_once_whether_linked_or_announced() -> None:
    announced = candidate(1, AnnouncementKind.NEW, AnnouncementKind.CODE_RELEASED)
    both = candidate(2, AnnouncementKind.NEW, AnnouncementKind.CODE_RELEASED, code_url="https://github.com/a/b")

    assert popularity(announced) == popularity(both) == CODE_BONUS


def test_a_negative_count_of_upvotes_is_no_malus() -> None:
    assert popularity(candidate(1, upvotes=-5)) == 0


def test_a_score_is_the_interests_and_the_bonus() -> None:
    ranking = Ranking(PaperBatch([candidate(1, code_url="https://github.com/a/b")]))

    assert ranking.score(0, [1.0, 0.5]) == 1.3
    assert ranking.score(0, []) == CODE_BONUS


def test_an_interest_is_ranked_once_for_all_who_share_it() -> None:
    ranking = Ranking(PaperBatch([candidate(1)]))

    assert ranking.worths_of("cat:cs") is ranking.worths_of("cat:cs")


def test_a_day_without_papers_ranks_nothing() -> None:
    assert Ranking(PaperBatch([])).worths_of("diffusion OR cat:cs") == {}


def test_what_was_announced_before_a_watermark_makes_no_term_commoner_and_no_paper_more_popular() -> None:
    old = [candidate(n, title=f"Diffusion {n}", abstract="") for n in range(1, 20)]
    new = [candidate(n, title="Diffusion", abstract="") for n in (20, 21)] + [candidate(22, title="Other", abstract="")]

    apart, together = Ranking(PaperBatch(new)), Ranking(PaperBatch([*old, *new]), AnnouncementId(199))
    assert list(apart.worths_of("diffusion").values()) == list(together.worths_of("diffusion").values())
    assert set(together.announced.values()) == set(apart.announced.values())


def test_being_featured_long_ago_is_no_bonus_now() -> None:
    paper = candidate(1, AnnouncementKind.FEATURED, AnnouncementKind.CROSS_LIST)

    assert popularity(paper) - popularity(paper, AnnouncementId(10)) == pytest.approx(FEATURED_BONUS)
