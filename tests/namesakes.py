"""Two people called Peng Fu, and their papers: one works on language, the other on images of the ear."""

from collections.abc import Sequence

from digest.model import Author, Paper, PaperId, ResearcherId
from digest.pipeline.following import PersonWanted
from digest.storage import authorships, papers, researchers
from subscribers.db import Database
from tests.factories import paper

NAME = "Peng Fu"
LINGUISTS: Sequence[str] = ("Yuanxin Liu", "Zheng Lin", "Weiping Wang")
RADIOLOGISTS: Sequence[str] = ("Xiaoguang Li", "Hongxia Yin", "Zhenchang Wang")

_LANGUAGE = (
    ("Pruning pre-trained language models", "We prune attention heads of language models while they are fine-tuned."),
    ("Masks for efficient language models", "Learned masks make pre-trained language models sparse and robust."),
    ("Sparse transfer of language models", "Sparse subnetworks of language models transfer to new tasks."),
    ("Debiasing language understanding", "We study biases that language models pick up in understanding tasks."),
)
_EARS = (
    ("Segmenting the inner ear in tomography", "We segment structures of the temporal bone in tomography images."),
    ("Calibration of temporal bone images", "Geometric calibration aligns images of the temporal bone."),
    ("Ossicles in ultra-high resolution", "Ultra-high resolution tomography shows the ossicles of the ear."),
)


def language(number: int, name: str | Author = NAME, others: Sequence[str] = LINGUISTS) -> Paper:
    title, abstract = _LANGUAGE[number % len(_LANGUAGE)]
    return paper(
        f"2611.1{number:04d}",
        title=f"{title} ({number})",
        abstract=abstract,
        authors=[others[0], name, *others[1:]],
        categories=("cs.CL", "cs.LG"),
    )


def ears(number: int, name: str | Author = NAME, others: Sequence[str] = RADIOLOGISTS) -> Paper:
    title, abstract = _EARS[number % len(_EARS)]
    return paper(
        f"2611.2{number:04d}",
        title=f"{title} ({number})",
        abstract=abstract,
        authors=[others[0], name, *others[1:]],
        categories=("eess.IV", "physics.med-ph"),
    )


def row_of(database: Database, seen: Paper) -> PaperId:
    with database.reading() as session:
        found = papers.find_paper(session, seen.ids[0])
    assert found is not None
    return found


def standings(database: Database, researcher_id: int) -> dict[str, str]:
    """Give how each paper of a record stands, by its arXiv id."""
    with database.reading() as session:
        found = authorships.list_of_researchers(session, [ResearcherId(researcher_id)])[ResearcherId(researcher_id)]
        stored = papers.load_papers(session, [each.paper_id for each in found])
    return {stored[each.paper_id].ids[0].value: each.standing.value for each in found}


def records(database: Database) -> list[ResearcherId]:
    with database.reading() as session:
        return researchers.list_researchers(session, 1_000)


NLP = PersonWanted(name=NAME, fields=("cs.CL",))
