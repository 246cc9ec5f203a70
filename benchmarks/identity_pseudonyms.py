"""Makes labelled judgements out of arXiv days that have no labels, to learn what one person's papers have in common.

Somebody with a rare full name is one person. Each such person is held against later papers of their own, and against
as many papers of others that are passed off as theirs. Names tell nothing here, so that only the rest is learned: above
all categories, which no labelled data set has.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.identity_names import read_lines
from benchmarks.identity_stream import Judgement, block_of
from digest.model import Author, ExternalId, IdScheme, Paper, Researcher
from digest.researchers.frequency import load_statistics
from digest.researchers.imprint import take_imprint
from digest.researchers.names import name_key, parse_name
from digest.researchers.observation import observe
from digest.researchers.profile import begin
from digest.researchers.weighing import NOBODY, describe_pieces

RARE: Final = 1.3
MOST_PAPERS: Final = 4
SEED: Final = 7
# Pieces that would learn how the pairs were made are renamed, so that the product never uses them.
_MADE: Final = ("start", "name", "rarity", "no_place")


def make_judgements(samples: Path) -> list[Judgement]:
    """Give one judgement of an own paper and one of somebody else's for each pair of papers of a person."""
    chance = random.Random(SEED)  # noqa: S311 -- not a secret: the pairs must come out the same each time
    papers = sorted(read_papers(samples), key=lambda paper: str(paper.ids[0]))
    owned: defaultdict[str, list[tuple[Paper, int]]] = defaultdict(list)
    for paper in papers:
        for position, author in enumerate(paper.authors, start=1):
            if is_rare(author.name):
                owned[name_key(author.name)].append((paper, position))
    everything = [each for works in owned.values() for each in works]
    made: list[Judgement] = []
    for _, works in sorted(owned.items()):
        for later in works[1:MOST_PAPERS]:
            made.append(judge(works[0], later, is_theirs=True))
            made.append(judge(works[0], chance.choice(everything), is_theirs=False))
    return made


def is_rare(printed: str) -> bool:
    """Whether hardly anybody else has the name."""
    name = parse_name(printed)
    return name is not None and name.is_full and load_statistics().commonness(name) < RARE


def judge(first: tuple[Paper, int], second: tuple[Paper, int], *, is_theirs: bool) -> Judgement:
    """Hold the author of one paper against an author of another, who is given the same name."""
    paper, position = first
    printed = paper.authors[position - 1].name
    profile = begin(Researcher(name=printed)).learn(paper, position)
    imprint = take_imprint(second[0])
    seen = observe(profile, Author(printed), imprint, second[1], load_statistics())
    name = parse_name(printed)
    assert name is not None
    pieces = describe_pieces(seen) if seen else ()
    return Judgement(
        person=printed,
        block=block_of(name),
        paper=str(second[0].ids[0]),
        printed=printed,
        is_theirs=is_theirs,
        weighing=NOBODY,
        pieces=tuple((f"made.{key}" if key.partition(".")[0] in _MADE else key, value) for key, value in pieces),
        is_exact=True,
        shares_coauthor=bool(seen and seen.shared),
        is_ambiguous=False,
    )


def read_papers(samples: Path) -> Iterator[Paper]:
    """Give every paper of the arXiv days once."""
    seen: set[str] = set()
    for path in sorted((samples / "arxiv_daily").glob("*.jsonl.gz")):
        for record in read_lines(path):
            if record["id"] not in seen:
                seen.add(record["id"])
                yield make_paper(record)


def make_paper(record: dict[str, Any]) -> Paper:
    """Make a paper of a record; the year is that of its id."""
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, record["id"]),),
        title=record["title"],
        abstract=record.get("summary") or "",
        authors=tuple(map(Author, record["authors"])),
        categories=tuple(record["categories"]),
        submitted_at=datetime(2000 + int(record["id"][:2]), 1, 1, tzinfo=UTC),
    )
