import pytest

from digest.model import Author, ExternalId, IdScheme, Paper
from digest.researchers.coherence import group

NLP = ("Yuanxin Liu", "Zheng Lin", "Weiping Wang")
BONES = "Semicircular canal segmentation for human temporal bone CT"


def work(title: str, *authors: str, place: str = "") -> tuple[Paper, int]:
    affiliations = (place,) if place else ()
    made = Paper(
        ids=(ExternalId(IdScheme.URL, title),),
        title=title,
        authors=(Author("Peng Fu", affiliations=affiliations), *map(Author, authors)),
    )
    return made, 1


def test_papers_with_common_coauthors_hang_together() -> None:
    grouping = group([work("Pruning", *NLP), work("Question answering", NLP[0]), work("Distillation", *NLP[1:])])

    assert (grouping.groups, grouping.confidence) == (((0, 1, 2),), 1.0)
    assert "all 3 papers hang together" in grouping.words


def test_a_namesakes_paper_stands_apart() -> None:
    works = [work("Pruning", *NLP), work(BONES, "Xiaoguang Li", "Hongxia Yin"), work("Distillation", *NLP)]

    grouping = group(works)

    assert grouping.groups == ((0, 2), (1,))
    assert grouping.confidence == pytest.approx(1 / 3)
    assert grouping.words == f"2 of 3 papers hang together; 1 stands apart: {BONES}"


def test_a_close_topic_links_papers_without_common_coauthors() -> None:
    works = [work(BONES, "Al Other"), work(f"{BONES} with landmarks", "Cy Else")]

    assert group(works).groups == ((0, 1),)


def test_a_place_alone_links_nothing() -> None:
    works = [work("Haplotype phasing", place="Example University"), work("Temporal logic", place="Example University")]

    assert len(group(works).groups) == 2


@pytest.mark.parametrize(("works", "words"), [([], "no paper"), ([work("Pruning")], "one paper only")])
def test_too_little_to_tell_is_said(works: list[tuple[Paper, int]], words: str) -> None:
    assert group(works).words == words


def test_three_thousand_papers_of_one_group_hang_together() -> None:
    works = [work(f"Pruning number{number}", NLP[number % 3], NLP[(number + 1) % 3]) for number in range(3_000)]

    assert len(group(works).groups[0]) == 3_000


def test_a_long_author_list_links_nothing() -> None:
    crowd = [f"Bo {chr(97 + number // 26)}{chr(97 + number % 26)}ex" for number in range(600)]

    assert len(group([work("Haplotypes", *crowd), work("Temporal logic", *crowd)]).groups) == 2
