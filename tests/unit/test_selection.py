import pytest

from digest.matching.announced import DIGEST_KINDS, window
from digest.matching.explain import describe
from digest.matching.index import PaperBatch, numbers
from digest.matching.query import canonical, parse
from digest.matching.ranking import Ranking
from digest.matching.selection import MAX_REASONS, Selection, Wishes, order_papers, select
from digest.model import AnnouncementId, AnnouncementKind, Candidate, Certainty, PaperId, Reason, ReasonKind
from subscribers.model import InterestWish
from tests.factories import candidate

ALL = -1


def interests(*texts: str) -> tuple[InterestWish, ...]:
    return tuple(InterestWish(text=text, canonical=canonical(parse(text))) for text in texts)


def follow(certainty: Certainty = Certainty.SURE) -> tuple[Reason, ...]:
    return (Reason(kind=ReasonKind.FOLLOW, subject="Furu Wei", position=1, of=2, certainty=certainty),)


def choose(papers: list[Candidate], wishes: Wishes, cap: int = 10, among: int = ALL) -> Selection:
    return select(Ranking(PaperBatch(papers)), wishes, among, cap)


def order(selection: Selection) -> list[int]:
    return [entry.paper_id for entry in selection.entries]


PAPERS = [
    candidate(1, title="Nothing", abstract="diffusion"),
    candidate(2, title="Diffusion", abstract=""),
    candidate(3, title="Nothing", abstract=""),
    candidate(4, title="Nothing else", abstract=""),
]


def test_the_better_match_comes_first_and_what_does_not_match_is_left_out() -> None:
    assert order(choose(PAPERS, Wishes(interests=interests("diffusion")))) == [2, 1]


def test_a_followed_researcher_comes_before_any_score() -> None:
    wishes = Wishes(interests=interests("diffusion"), followed={PaperId(3): follow()})
    selection = choose(PAPERS, wishes)

    assert order(selection) == [3, 2, 1]
    assert [entry.is_followed for entry in selection.entries] == [True, False, False]


def test_followed_papers_are_ordered_by_score() -> None:
    wishes = Wishes(interests=interests("diffusion"), followed={PaperId(n): follow() for n in (1, 2, 3)})

    assert order(choose(PAPERS, wishes)) == [2, 1, 3]


def test_a_possible_follow_competes_with_interests_and_does_not_lead() -> None:
    wishes = Wishes(interests=interests("diffusion"), followed={PaperId(3): follow(Certainty.POSSIBLE)})
    selection = choose(PAPERS, wishes)

    assert order(selection) == [2, 3, 1]
    assert selection.entries[1].is_possibly_followed
    assert not selection.entries[1].is_followed


def test_a_sure_follow_makes_a_possible_one_on_the_same_paper_sure() -> None:
    wishes = Wishes(followed={PaperId(3): follow(Certainty.POSSIBLE) + follow()})

    assert choose(PAPERS, wishes).entries[0].is_followed


def test_what_is_excluded_is_left_out_and_not_counted() -> None:
    wishes = Wishes(interests=interests("diffusion"), exclusions=interests("ti:nothing", "absent"))

    selection = choose(PAPERS, wishes, cap=1)
    assert (order(selection), selection.more) == ([2], 0)


def test_an_exclusion_stops_a_possible_follow_and_no_sure_one() -> None:
    followed = {PaperId(3): follow(Certainty.POSSIBLE), PaperId(4): follow(), PaperId(2): follow()}
    wishes = Wishes(followed=followed, exclusions=interests("nothing"))

    assert order(choose(PAPERS, wishes)) == [4, 2]


def test_a_followed_paper_that_is_excluded_keeps_all_its_reasons() -> None:
    wishes = Wishes(
        interests=interests("diffusion"), followed={PaperId(1): follow()}, exclusions=interests("diffusion")
    )
    (entry,) = choose(PAPERS, wishes).entries

    assert [reason.kind for reason in entry.reasons] == [ReasonKind.FOLLOW, ReasonKind.WORD]


def test_the_whole_order_is_that_of_a_digest_without_a_cap() -> None:
    wishes = Wishes(interests=interests("diffusion", "cat:cs.CL"), followed={PaperId(4): follow()})
    ranking = Ranking(PaperBatch(PAPERS))

    assert order_papers(ranking, wishes, ALL) == order(choose(PAPERS, wishes, cap=99))


def test_the_cap_cuts_the_end_and_counts_it() -> None:
    wishes = Wishes(interests=interests("diffusion"), followed={PaperId(3): follow()})
    selection = choose(PAPERS, wishes, cap=1)

    assert (order(selection), selection.more) == ([3], 2)


@pytest.mark.parametrize(("cap", "shown", "more"), [(0, 0, 2), (-1, 0, 2), (2, 2, 0), (99, 2, 0)])
def test_shown_and_more_are_all_that_matched(cap: int, shown: int, more: int) -> None:
    selection = choose(PAPERS, Wishes(interests=interests("diffusion")), cap=cap)

    assert (len(selection.entries), selection.more) == (shown, more)


def test_no_wishes_select_nothing() -> None:
    assert choose(PAPERS, Wishes()) == Selection(entries=(), more=0)


def test_only_papers_of_the_window_are_selected() -> None:
    wishes = Wishes(interests=interests("diffusion"), followed={PaperId(3): follow(), PaperId(99): follow()})

    assert order(choose(PAPERS, wishes, among=0b0001)) == [1]


def test_equal_scores_go_by_the_later_announcement() -> None:
    papers = [candidate(n, title="Diffusion") for n in (5, 9, 7)]

    assert order(choose(papers, Wishes(interests=interests("diffusion")))) == [9, 7, 5]


def test_each_paper_comes_once_with_the_reasons_of_every_interest() -> None:
    wishes = Wishes(interests=interests("diffusion", "cat:cs.CL", "absent"), followed={PaperId(2): follow()})
    entries = choose(PAPERS, wishes).entries

    assert sorted(entry.paper_id for entry in entries) == [1, 2, 3, 4]
    assert [describe(reason) for reason in entries[0].reasons] == [
        "you follow Furu Wei, first of 2 authors",
        "word “diffusion” in title",
        "category cs.CL",
    ]


def test_the_same_interest_twice_counts_once() -> None:
    once = choose(PAPERS, Wishes(interests=interests("diffusion")))
    twice = choose(PAPERS, Wishes(interests=interests("diffusion", "DIFFUSION")))

    assert [entry.score for entry in once.entries] == [entry.score for entry in twice.entries]


def test_more_interests_raise_the_score() -> None:
    one = choose(PAPERS, Wishes(interests=interests("diffusion"))).entries[0]
    two = choose(PAPERS, Wishes(interests=interests("diffusion", "cat:cs"))).entries[0]

    assert two.score > one.score


def test_reasons_are_limited_to_the_most_telling() -> None:
    words = [f"w{n}" for n in range(20)]
    papers = [candidate(1, title=" ".join(words))]
    entry = choose(papers, Wishes(interests=interests(" OR ".join(words)))).entries[0]

    assert len(entry.reasons) == MAX_REASONS


@pytest.mark.parametrize("kind", list(AnnouncementKind))
def test_a_digest_is_about_what_is_new_to_the_reader(kind: AnnouncementKind) -> None:
    batch = PaperBatch([candidate(1, kind)])

    assert window(batch, AnnouncementId(0), AnnouncementId(99)) == (1 if kind in DIGEST_KINDS else 0)


def test_a_window_holds_what_was_announced_after_its_start_up_to_its_end() -> None:
    batch = PaperBatch([candidate(n) for n in (1, 2, 3)])  # announcements 10, 20, 30

    assert list(numbers(window(batch, AnnouncementId(10), AnnouncementId(20)))) == [1]


def test_a_replacement_in_the_window_does_not_bring_an_old_paper_back() -> None:
    batch = PaperBatch([candidate(1, AnnouncementKind.NEW, AnnouncementKind.REPLACEMENT)])  # 10, 11

    assert window(batch, AnnouncementId(10), AnnouncementId(11)) == 0
