import pytest

from digest.matching.index import PaperBatch, bitmap, numbers
from digest.matching.query import Term, normal_form, parse
from digest.model import AnnouncementKind, PaperId
from tests.factories import candidate

BATCH = PaperBatch(
    [
        candidate(
            1,
            title="Scaling Mixture-of-Experts Models",
            abstract="We study routing.",
            authors=("Furu Wei", "Jean-Pierre Serre"),
            categories=("cs.CL", "cs.LG"),
        ),
        candidate(
            2,
            title="Routing in a mixture",
            abstract="of experts, and their diffusion.",
            authors=("Fei Zhang", "Ludwig Wei", r"Erwin Schr\"odinger"),
            categories=("stat.ML", "math.PR"),
        ),
        candidate(
            3,
            title="A survey of diffusion",
            abstract="All about mixture\nof experts and pretraining.",
            authors=("F. Wei", "Xiao-Ming Li", "魏福如"),
            categories=("math-ph", "hep-th"),
        ),
    ]
)
EVALUATIONS = [
    ("diffusion", {2, 3}),
    ("DIFFUSIONS", {2, 3}),
    ("ti:diffusion", {3}),
    ("abs:diffusion", {2}),
    ("absent", set()),
    ('"mixture of experts"', {1, 3}),
    ("mixture-of-experts", {1, 3}),
    ("mixtureofexperts", {1}),
    ('ti:"mixture of experts"', {1}),
    ("mixture experts", {1, 2, 3}),
    ("pre-training", {3}),
    ('"pre training"', set()),
    ("diffusion -survey", {2}),
    ("routing OR survey", {1, 2, 3}),
    ("routing NOT (diffusion OR survey)", {1}),
    ("NOT (NOT diffusion)", {2, 3}),
    ("cat:cs.CL", {1}),
    ("cat:CS.cl", {1}),
    ("cat:cs", {1}),
    ("cat:cs.*", {1}),
    ("cat:math", {2}),
    ("cat:math-ph", {3}),
    ("cat:hep-th", {3}),
    ("cat:c", set()),
    ("cat:(cs OR stat) -ti:mixture-of-experts", {2}),
    ("au:wei", {1, 2, 3}),
    ('au:"Furu Wei"', {1}),
    ("au:Wei_Furu", {1}),
    ("au:Wei_F", {1, 3}),
    ("au:Wei_Z", set()),
    ("au:Wei_W", set()),
    ("au:Zhang_F au:Wei_L", {2}),
    ('au:"Fei Wei"', set()),
    ("au:Schrödinger", {2}),
    ('au:"Jean-Pierre Serre"', {1}),
    ("au:Serre_J", {1}),
    ("au:(Xiaoming OR Serre)", {1, 3}),
    ("au:魏福如", {3}),
    ("au:(wei -furu)", {2, 3}),
]


@pytest.mark.parametrize(("query", "papers"), EVALUATIONS)
def test_a_query_matches(query: str, papers: set[int]) -> None:
    assert {found.paper_id for found in BATCH.pick(BATCH.matches(parse(query)))} == papers


def test_a_phrase_does_not_reach_from_the_title_into_the_abstract() -> None:
    assert BATCH.matches(parse('"a mixture of experts"')) == 0


def test_names_are_not_singularised() -> None:
    batch = PaperBatch([candidate(1, authors=("Anna Jones",))])

    assert batch.matches(parse("au:jones"))
    assert not batch.matches(parse("au:jone"))


def test_an_empty_batch_matches_nothing() -> None:
    batch = PaperBatch([])

    assert (len(batch), batch.matches(parse("a OR (b -c)"))) == (0, 0)


def test_a_paper_without_authors_abstract_and_categories_is_no_trouble() -> None:
    batch = PaperBatch([candidate(1, title="", abstract="", authors=(), categories=())])

    assert batch.matches(parse("a OR au:bee OR cat:c")) == 0


def test_a_paper_counts_once_however_often_it_is_given() -> None:
    batch = PaperBatch([candidate(1), candidate(1), candidate(2)])

    assert len(batch) == 2
    assert (batch.number_of(PaperId(2)), batch.number_of(PaperId(9))) == (1, None)


def test_a_batch_can_be_selected_by_a_condition() -> None:
    batch = PaperBatch([candidate(1), candidate(2, AnnouncementKind.REPLACEMENT), candidate(3)])
    new = batch.select(lambda paper: paper.announcements[0].kind is AnnouncementKind.NEW)

    assert [paper.paper_id for paper in batch.pick(new)] == [1, 3]


def test_support_names_the_terms_that_make_it_true_and_where() -> None:
    query = normal_form(parse("(routing -survey) OR (diffusion absent)"))
    helped = {term.text: set(numbers(papers)) for term, papers in BATCH.support(query, BATCH.everything)}

    assert helped == {"routing": {0, 1}, "diffusion": set(), "absent": set()}


def test_places_are_those_the_term_asks_for() -> None:
    term = parse("diffusion")
    assert isinstance(term, Term)

    assert BATCH.places_of(term) == (("title", 0b100), ("abstract", 0b010))


def test_bitmaps_and_numbers_are_inverse() -> None:
    assert list(numbers(bitmap([5, 0, 1_999]))) == [0, 5, 1_999]
