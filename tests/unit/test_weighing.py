from datetime import UTC, datetime

import pytest

from digest.model import Author, ExternalId, IdScheme, Paper, PersonId, PersonScheme, Researcher, Standing
from digest.researchers.frequency import load_statistics
from digest.researchers.profile import Profile, begin
from digest.researchers.weighing import PartKind, Weighing, weigh
from digest.researchers.weights import load_weights

NAMES = load_statistics()
MINE = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
OTHER = "0000-0001-5109-3700"
NLP = "Pruning language models for efficient question answering and compression of transformers"
BONES = "A lateral semicircular canal segmentation based geometric calibration for human temporal bone CT Image"


def paper(
    *authors: Author | str, title: str = NLP, categories: tuple[str, ...] = ("cs.CL",), year: int = 2024
) -> Paper:
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, "2401.00001"),),
        title=title,
        authors=tuple(each if isinstance(each, Author) else Author(each) for each in authors),
        categories=categories,
        submitted_at=datetime(year, 1, 1, tzinfo=UTC),
    )


def peng_fu() -> Profile:
    known = [
        paper("Yuanxin Liu", "Zheng Lin", "Peng Fu"),
        paper("Peng Fu", "Zheng Lin", "Weiping Wang", categories=("cs.LG", "cs.CL")),
    ]
    return begin(Researcher(name="Peng Fu")).learn_all([(known[0], 3), (known[1], 1)])


def held(profile: Profile, work: Paper, position: int = 1) -> Weighing:
    return weigh(profile, work, position, NAMES)


def kinds(weighing: Weighing) -> set[PartKind]:
    return {part.kind for part in weighing.parts}


def test_shared_coauthors_make_it_sure() -> None:
    weighing = held(peng_fu(), paper("Peng Fu", "Yuanxin Liu", "Weiping Wang"))

    assert weighing.standing is Standing.SURE
    (shared,) = (part for part in weighing.parts if part.kind is PartKind.COAUTHORS)
    assert set(shared.facts) == {"Yuanxin Liu", "Weiping Wang"}


def test_a_namesake_in_another_field_is_never_sure() -> None:
    work = paper("Xiaoguang Li", "Peng Fu", "Hongxia Yin", title=BONES, categories=("eess.IV",))

    assert held(peng_fu(), work, 2).standing in (Standing.POSSIBLE, Standing.UNLIKELY)
    assert held(peng_fu(), work, 2).probability < 0.5


def test_an_equal_orcid_settles_it() -> None:
    profile = begin(Researcher(name="Ann Kim", ids=(MINE,)))

    assert held(profile, paper(Author("Anne Kimura", orcid=MINE.value))).standing is Standing.STATED


def test_another_orcid_is_somebody_else_whatever_the_rest_says() -> None:
    profile = begin(Researcher(name="Ann Kim", ids=(MINE,), variants=())).learn(paper("Ann Kim", "Furu Wei"), 1)

    weighing = held(profile, paper(Author("Ann Kim", orcid=OTHER), "Furu Wei"))

    assert (weighing.standing, weighing.probability) == (Standing.REJECTED, 0.0)


def test_an_orcid_that_differs_outweighs_another_id_that_is_equal() -> None:
    same = PersonId(PersonScheme.S2, "1741101")
    profile = begin(Researcher(name="Ann Kim", ids=(MINE, same)))

    assert held(profile, paper(Author("Ann Kim", orcid=OTHER, ids=(same,)))).standing is Standing.REJECTED


def test_another_id_of_a_service_that_splits_people_only_lowers_the_odds() -> None:
    profile = begin(Researcher(name="Furu Wei", ids=(PersonId(PersonScheme.S2, "1"),), fields=("cs",)))
    author = Author("Furu Wei", ids=(PersonId(PersonScheme.S2, "2"),))

    weighing = held(profile, paper(author))

    assert weighing.standing is not Standing.REJECTED
    assert 0 < weighing.probability < held(profile, paper("Furu Wei")).probability


def test_a_rare_name_in_the_same_field_is_sure_without_any_known_paper() -> None:
    assert (
        held(begin(Researcher(name="Tomasz Korbakowski", fields=("cs.CL",))), paper("Tomasz Korbakowski")).standing
        is Standing.SURE
    )


def test_a_common_name_alone_is_possible_at_best() -> None:
    weighing = held(begin(Researcher(name="Wei Zhang", fields=("cs.CL",))), paper("Wei Zhang"))

    assert weighing.standing in (Standing.POSSIBLE, Standing.UNLIKELY)


def test_a_single_word_is_never_sure_without_a_coauthor() -> None:
    profile = begin(Researcher(name="Yuanruyi", fields=("cs",))).learn(paper("Yuanruyi", "Furu Wei"), 1)

    assert held(profile, paper("Yuanruyi")).standing is not Standing.SURE


@pytest.mark.parametrize(
    "printed", ["ChatGPT", "GPT-4", "Claude 3.5 Sonnet", "Gemini", "IceCube Collaboration", "Qwen Team", ""]
)
def test_what_is_no_person_is_nobody(printed: str) -> None:
    weighing = held(begin(Researcher(name=printed)), paper(printed))

    assert (weighing.standing, weighing.probability, weighing.parts) == (Standing.UNLIKELY, 0.0, ())


def test_people_whose_names_look_like_programs_stay_people() -> None:
    profile = begin(Researcher(name="Claude Shannon", fields=("cs",)))

    assert held(profile, paper("Claude Shannon")).probability > 0


def test_another_name_is_nobody() -> None:
    assert held(peng_fu(), paper("Fei Fu", "Yuanxin Liu", "Zheng Lin")).standing is Standing.UNLIKELY


def test_a_full_name_that_differs_is_not_let_in_by_initials_on_record() -> None:
    profile = begin(Researcher(name="Peng Fu", variants=("P. Fu",)))

    assert held(profile, paper("Ping Fu")).probability == 0.0


def test_a_coauthor_in_a_list_of_three_thousand_counts_for_little() -> None:
    crowd = ["Peng Fu", "Yuanxin Liu", *(f"Bo Ex{number}" for number in range(3_000))]

    weighing = held(peng_fu(), paper(*crowd, title=BONES, categories=("hep-ex",)))

    assert PartKind.COAUTHORS not in kinds(weighing)
    assert weighing.standing is not Standing.SURE


def test_what_resembles_a_rejected_paper_is_less_likely() -> None:
    work = paper("Peng Fu", "Hongxia Yin", title=BONES, categories=("eess.IV",))
    rejecting = peng_fu().reject(work, 1)

    assert held(rejecting, work).probability < held(peng_fu(), work).probability


def test_more_shared_coauthors_never_lower_the_odds() -> None:
    everyone = ["Yuanxin Liu", "Zheng Lin", "Weiping Wang"]
    odds = [
        held(peng_fu(), paper("Peng Fu", *everyone[:count], *["Bo Example"] * (3 - count))).probability
        for count in range(4)
    ]

    assert odds == sorted(odds)


def test_the_shipped_weights_only_rise_where_evidence_speaks_for_the_person() -> None:
    table = load_weights().table
    rising = ("coauthors", "circle", "place.2", "place.3", "topic.1", "topic.2", "domain", "institution")

    assert all(weight >= 0 for name, weight in table.items() if name.startswith(rising))
    assert all(
        weight <= 0 for name, weight in table.items() if name.startswith(("rarity", "time", "no_coauthor", "rejected"))
    )
    assert 0 < load_weights().possible < load_weights().sure < 1
