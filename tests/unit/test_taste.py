"""What readers asked more and less of: a bounded, one-way shift that adds no paper and takes none away."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.matching.explain import describe
from digest.matching.index import PaperBatch
from digest.matching.query import canonical, parse
from digest.matching.ranking import Ranking
from digest.matching.selection import Selection, Wishes, select
from digest.matching.taste import LIMIT, Lexicon, Taste
from digest.model import Candidate, Paper, PaperId, ReasonKind
from subscribers.model import InterestWish
from tests.factories import candidate, paper

WORDS = ["speech", "sign", "language", "robot", "grip", "proton", "dose", "galaxy", "dust", "loom", "the", "of"]
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
PAPERS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8)
RATINGS = st.lists(st.tuples(TEXT, TEXT, st.sampled_from(["more", "less"])), max_size=6)
EVERYTHING = InterestWish(text="cat:cs.CL", canonical=canonical(parse("cat:cs.CL")))

DAY = [
    candidate(1, title="Sign Language Recognition", abstract="Gloss annotations of signers.", authors=("Ida Rhodes",)),
    candidate(2, title="Proton Therapy Planning", abstract="Dose to the tumour.", authors=("Grace Hopper",)),
    candidate(3, title="Looms Without Cards", abstract="Weaving by program.", authors=("Ada Lovelace",)),
    *(candidate(n, title=f"Filler Number{n}", abstract=f"word{n}", authors=(f"Author N{n}",)) for n in range(4, 30)),
]
SIGNS = paper("2610.00001", title="A Corpus of Sign Language", abstract="Signers and gloss.", authors=("Bo Quist",))
DOSES = paper("2610.00002", title="Proton Dose", abstract="Therapy planning.", authors=("Cy Young",))


def lexicon_of(day: Sequence[Candidate], rated: Sequence[Paper] = ()) -> Lexicon:
    """Number the rated papers from 101."""
    batch = PaperBatch(day)
    lexicon = Lexicon(batch, batch.everything)
    for number, each in enumerate(rated, start=101):
        lexicon.learn(PaperId(number), each)
    return lexicon


def taste(more: Sequence[Paper] = (), less: Sequence[Paper] = (), day: Sequence[Candidate] = DAY) -> Taste:
    lexicon = lexicon_of(day, (*more, *less))
    numbers = [PaperId(number) for number in range(101, 101 + len(more) + len(less))]
    return Taste(lexicon, numbers[: len(more)], numbers[len(more) :])


def choose(wanted: Taste | None, cap: int = 50, day: Sequence[Candidate] = DAY) -> Selection:
    ranking = Ranking(PaperBatch(day))
    return select(ranking, Wishes(interests=(EVERYTHING,), taste=wanted), ranking.batch.everything, cap)


def order(selection: Selection) -> list[int]:
    return [entry.paper_id for entry in selection.entries]


def test_a_paper_like_one_asked_more_of_goes_up_and_says_why() -> None:
    first = choose(taste(more=[SIGNS])).entries[0]

    assert first.paper_id == 1
    (said,) = [reason for reason in first.reasons if reason.kind is ReasonKind.TASTE]
    assert describe(said) == "like papers you asked more of: sign language, gloss"


def test_a_leaning_is_the_same_in_every_process() -> None:
    """Words are kept in sets, whose order changes with the hash seed: no sum and no choice may depend on it."""
    leanings = {run_with_hash_seed(seed) for seed in range(1, 7)}

    assert len(leanings) == 1


def run_with_hash_seed(seed: int) -> str:
    imported = "from tests.unit.test_taste import DOSES, SIGNS, taste"
    code = f"{imported}\nt = taste(more=[SIGNS], less=[DOSES])\nprint([(t.shift(n), t.explain(n)) for n in range(29)])"
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    command, root = [sys.executable, "-c", code], Path(__file__).parents[2]
    return subprocess.check_output(command, env=environment, cwd=root, text=True)


def test_a_paper_like_one_asked_less_of_goes_down_and_says_nothing() -> None:
    entries = choose(taste(less=[DOSES])).entries

    assert entries[-1].paper_id == 2
    assert not [reason for entry in entries for reason in entry.reasons if reason.kind is ReasonKind.TASTE]


def test_what_is_said_of_a_paper_stands_in_it_and_in_one_asked_more_of() -> None:
    wanted = taste(more=[SIGNS], less=[DOSES])

    for number, each in enumerate(DAY):
        for reason in wanted.explain(number):
            for term in reason.subject.split(", "):
                for shown in (each.paper, SIGNS):
                    assert term in f"{shown.title} {shown.abstract}".lower()


def test_no_paper_comes_or_goes() -> None:
    plain, shifted = choose(None), choose(taste(more=[SIGNS], less=[DOSES]))

    assert set(order(plain)) == set(order(shifted))
    assert plain.more == shifted.more == 0
    assert choose(taste(more=[SIGNS]), cap=1).more == choose(None, cap=1).more


def test_without_ratings_or_with_nothing_in_common_nothing_changes_at_all() -> None:
    lonely = [candidate(n, title=f"Alpha{n}", abstract="", authors=(f"A. N{n}",), categories=("x.y",)) for n in (1, 2)]
    interest = InterestWish(text="cat:x.y", canonical=canonical(parse("cat:x.y")))
    ranking = Ranking(PaperBatch(lonely))
    plain = select(ranking, Wishes(interests=(interest,)), -1, 9)

    for wanted in (taste(day=lonely), taste(more=[SIGNS], less=[DOSES], day=lonely)):
        assert [wanted.shift(number) for number in (0, 1)] == [0.0, 0.0]
        assert select(ranking, Wishes(interests=(interest,), taste=wanted), -1, 9) == plain


def test_small_words_tell_nothing_even_on_a_day_of_one_paper() -> None:
    only = [candidate(1, title="On the Use of It", abstract="We show that this is so.", categories=(), authors=())]
    liked = paper(
        "2610.00004", title="On the Use of It", abstract="We show that this is so.", categories=(), authors=()
    )

    assert taste(more=[liked], day=only).shift(0) == 0.0


def test_what_most_papers_of_the_day_say_tells_nothing() -> None:
    day = [candidate(n, title=f"Model Number{n}", abstract="", categories=(), authors=()) for n in range(1, 41)]

    wanted = taste(more=[paper("2610.00005", title="Model", abstract="", categories=(), authors=())], day=day)
    assert {wanted.shift(number) for number in range(40)} == {0.0}


def papers_of(texts: Sequence[tuple[str, ...]]) -> list[Candidate]:
    return [
        candidate(number, title=title, abstract=abstract, authors=(f"Author {number}",))
        for number, (title, abstract, *_) in enumerate(texts, start=1)
    ]


def rate(day: Sequence[Candidate], ratings: Sequence[tuple[str, str, str]]) -> Taste:
    rated = [paper(f"2610.{n:05d}", title=title, abstract=text) for n, (title, text, _) in enumerate(ratings)]
    lexicon = lexicon_of(day, rated)
    of = {kind: [PaperId(101 + n) for n, each in enumerate(ratings) if each[2] == kind] for kind in ("more", "less")}
    return Taste(lexicon, of["more"], of["less"])


@given(day=PAPERS, ratings=RATINGS)
@settings(max_examples=150, deadline=None)
def test_the_shift_is_bounded(day: list[tuple[str, str]], ratings: list[tuple[str, str, str]]) -> None:
    wanted = rate(papers_of(day), ratings)

    assert all(-LIMIT <= wanted.shift(number) <= LIMIT for number in range(len(day)))


@given(day=PAPERS, ratings=RATINGS)
@settings(max_examples=150, deadline=None)
def test_asking_more_of_a_paper_never_lowers_it_and_less_never_raises_it(
    day: list[tuple[str, str]], ratings: list[tuple[str, str, str]]
) -> None:
    papers = papers_of(day)
    title, abstract = day[0]
    shifts = [
        rate(papers, [*ratings, *extra]).shift(0)
        for extra in ([(title, abstract, "less")], [], [(title, abstract, "more")])
    ]

    assert shifts[0] <= shifts[1] + 1e-9
    assert shifts[1] <= shifts[2] + 1e-9


@given(day=PAPERS, ratings=RATINGS, cap=st.integers(min_value=0, max_value=9))
@settings(max_examples=100, deadline=None)
def test_only_the_order_and_so_what_the_cap_keeps_depends_on_it(
    day: list[tuple[str, str]], ratings: list[tuple[str, str, str]], cap: int
) -> None:
    papers = papers_of(day)
    plain, shifted = choose(None, 99, papers), choose(rate(papers, ratings), 99, papers)

    assert set(order(plain)) == set(order(shifted))
    before = {entry.paper_id: entry.score for entry in plain.entries}
    assert all(abs(entry.score - before[entry.paper_id]) <= LIMIT + 1e-4 for entry in shifted.entries)
    assert order(choose(rate(papers, ratings), cap, papers)) == order(shifted)[:cap]
