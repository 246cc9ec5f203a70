"""How well what was asked more of foretells what is wanted next, on two sets of papers that people sorted.

    python -m benchmarks.taste --data ../shared/samples/relevance [--json]

`library`: one astronomer's library with the days on which papers were saved; the days' papers of the same archive. The
newest items saved before a day are what was asked more of. `topics`: weekly pools of popular papers, and the picks for
several named topics (made by a language model); earlier picks are what was asked more of, other papers of the weeks
before, drawn by chance, what was asked less of. Given is, over all days or pools, the chance that a wanted paper is
shifted higher than one that is not (area under the curve; by chance it would be a half), and the median shifts.
"""

import argparse
import gzip
import json
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

from digest.matching.index import PaperBatch
from digest.matching.taste import Lexicon, Taste
from digest.model import Author, Candidate, ExternalId, IdScheme, Paper, PaperId

SEED: Final = 3
EVERY_WEEK: Final = 4  # of the pools, one in so many
MEMORY: Final = 300  # papers of the weeks before, from which those asked less of are drawn
CASES: Final = ((1, 0), (5, 0), (20, 0), (20, 10))  # asked more of, and less of


@dataclass(frozen=True, slots=True)
class Case:
    """A day's papers by id, which of them were wanted, and what was asked more and less of before."""

    day: Mapping[str, Paper]
    wanted: frozenset[str]
    more: Sequence[Paper]
    less: Sequence[Paper]


@dataclass(slots=True)
class Tally:
    """What came out of the cases so far."""

    curves: list[float] = field(default_factory=list)
    wanted: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Count one case."""
        shifts = _shift(case)
        wanted = [shift for key, shift in shifts.items() if key in case.wanted]
        others = sorted(shift for key, shift in shifts.items() if key not in case.wanted)
        self.wanted += wanted
        self.others += others
        below = sum(bisect_left(others, shift) + bisect_right(others, shift) for shift in wanted) / 2
        self.curves.append(below / (len(wanted) * len(others)))


def main() -> None:
    """Read the arguments, rank every day, print the figures."""
    parser = argparse.ArgumentParser(description="How well taste foretells what is wanted next.")
    parser.add_argument("--data", type=Path, required=True, help="folder with astro_library and hf_weekly")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [row for more, less in CASES for row in _measure(options.data, more, less)]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join("  ".join(f"{name} {value}" for name, value in row.items()) for row in rows))


def _measure(data: Path, more: int, less: int) -> Iterator[dict[str, Any]]:
    sets = {"topics": _list_pools(data / "hf_weekly", more, less)}
    if not less:  # a library says what was wanted, and of nothing that it was not
        sets["library"] = _list_days(data / "astro_library", more)
    for name, cases in sets.items():
        tally = Tally()
        for case in cases:
            tally.add(case)
        yield {
            "set": name,
            "more": more,
            "less": less,
            "cases": len(tally.curves),
            "auc": round(mean(tally.curves), 3),
            "wanted": round(median(tally.wanted), 3),
            "others": round(median(tally.others), 3),
        }


def _shift(case: Case) -> dict[str, float]:
    candidates = [Candidate(paper_id=PaperId(number), paper=paper) for number, paper in enumerate(case.day.values())]
    batch = PaperBatch(candidates)
    lexicon = Lexicon(batch, batch.everything)
    rated = [PaperId(-1 - number) for number in range(len(case.more) + len(case.less))]
    for paper_id, paper in zip(rated, (*case.more, *case.less), strict=True):
        lexicon.learn(paper_id, paper)
    taste = Taste(lexicon, rated[: len(case.more)], rated[len(case.more) :])
    return {key: taste.shift(number) for number, key in enumerate(case.day)}


def _list_days(folder: Path, more: int) -> Iterator[Case]:
    """Give the days on which something was announced that the astronomer saved later."""
    stored = {row["id"]: _to_paper(row) for row in _read(folder / "daily_papers.jsonl.gz")}
    library = [row for row in _read(folder / "library.jsonl.gz") if row["accessed"]]
    saved = {row["arxiv_id"] for row in library if row["in_daily"]}
    days: Mapping[str, list[str]] = json.loads((folder / "days.json").read_text(encoding="utf-8"))
    for day, ids in sorted(days.items()):
        before = sorted((row for row in library if row["accessed"][:10] < day), key=lambda row: str(row["accessed"]))
        papers = {key: stored[key] for key in ids if key in stored}
        wanted = saved & papers.keys()
        if wanted and len(before) >= more and len(wanted) < len(papers):
            yield Case(papers, frozenset(wanted), [_to_paper(row) for row in before[-more:]], ())


def _list_pools(folder: Path, more: int, less: int) -> Iterator[Case]:
    """Give pools with the picks for one topic of each."""
    chance = random.Random(SEED)  # noqa: S311 -- the same numbers each time are the point
    pools: defaultdict[str, dict[str, Paper]] = defaultdict(dict)
    for row in _read(folder / "weekly_hf_papers.jsonl.gz"):
        pools[row["week"]][row["id"]] = _to_paper(row)
    known = {key: paper for pool in pools.values() for key, paper in pool.items()}
    topics: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in _read(folder / "topic_labels.jsonl.gz"):
        topics[row["topic"]][row["week"]].add(row["id"])
    weeks = sorted(pools)
    for week in weeks[::EVERY_WEEK]:
        earlier = [key for other in weeks if other < week for key in pools[other]][-MEMORY:]
        for picks in topics.values():
            liked = [key for other in sorted(picks) if other < week for key in sorted(picks[other]) if key in known]
            wanted = picks[week] & pools[week].keys()
            passed = [key for key in earlier if key not in liked]
            if wanted and len(liked) >= more and len(passed) >= less:
                disliked = [known[key] for key in chance.sample(passed, less)]
                yield Case(pools[week], frozenset(wanted), [known[key] for key in liked[-more:]], disliked)


def _to_paper(row: Mapping[str, Any]) -> Paper:
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, str(row.get("id") or row.get("key"))),),
        title=row["title"] or "",
        abstract=row["abstract"] or "",
        authors=tuple(Author(str(name)) for name in row.get("authors") or ()),
        categories=tuple(row.get("categories") or ()),
    )


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
