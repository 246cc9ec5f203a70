"""Counts how common names are, and writes the tables that digest/researchers/frequency.py reads.

    python -m benchmarks.identity_names --samples ../shared/samples [--write digest/researchers/data/names.json]

Sources: the authors of arXiv days, of Daily Papers and of listing pages, each full name once. Family and given names
that go together fall into naming groups by expectation maximisation; only sums are written, no name as a whole.
"""

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from digest.researchers.names import PersonName, name_key, parse_name

# Where the search for groups begins: families that surely go together. The last group begins with everybody else.
SEEDS: Final = (
    "wang zhang li liu chen yang huang zhao wu zhou xu sun zhu guo lin luo zheng tang deng feng cao peng zeng xiao",
    "kim park choi jung kang cho yoon jang lim shin kwon hwang seo",
    "kumar singh sharma gupta patel jain agarwal reddy rao mishra das roy iyer banerjee",
    "tanaka sato suzuki takahashi watanabe yamamoto nakamura kobayashi ito kato yoshida yamada sasaki",
    "nguyen tran pham hoang vu bui dang ngo phan vo",
    "ahmed khan rahman islam hossain ali hassan hosseini ahmadi mohammadi karimi rahimi yilmaz",
    "garcia lopez martinez rossi ferrari silva santos costa pereira rodriguez gonzalez perez ribeiro",
    "",
)
GROUPS: Final = len(SEEDS)
ROUNDS: Final = 15
SMOOTHING: Final = 0.05
# A part of a name that fewer people have is left out of the tables.
LEAST: Final = 1.5
SOURCE: Final = (
    "full names on arXiv days (2025-06, 2025-07, 2026-03; CC0), Daily Papers 2023-05 to 2025-02, listing pages"
)


@dataclass
class Groups:
    """The parameters: the share of each group, and the shares of names within it."""

    weights: list[float]
    families: list[dict[str, float]]
    given: list[dict[str, float]]


def main() -> None:
    """Read the arguments, count, write or print the tables."""
    parser = argparse.ArgumentParser(description="Count how common names are.")
    parser.add_argument("--samples", type=Path, required=True, help="folder with arxiv_daily, hf and author_pages")
    parser.add_argument("--write", type=Path, help="write the tables here")
    options = parser.parse_args()
    names = collect(options.samples)
    text = to_json(count(names), len(names))
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    print(f"{len(names)} names, {len(text) // 1000} kB")


def collect(samples: Path) -> list[tuple[str, str]]:
    """Give family and first given name of everybody printed in full, each full name once."""
    found: dict[str, PersonName] = {}
    for printed in read_names(samples):
        name = parse_name(printed)
        if name is not None and name.is_full:
            found.setdefault(name_key(printed), name)
    return [(name.family, name.given[0]) for _, name in sorted(found.items())]


def read_names(samples: Path) -> Iterator[str]:
    """Give the printed names of all tables."""
    for path in sorted((samples / "arxiv_daily").glob("*.jsonl.gz")):
        for record in read_lines(path):
            yield from record["authors"]
    table = samples / "hf" / "author.csv.gz"
    if table.exists():
        with gzip.open(table, "rt", encoding="utf-8") as file:
            yield from (row["name"] for row in csv.DictReader(file))
    lines = samples / "author_pages" / "fused_title_authors.jsonl.gz"
    if lines.exists():
        for record in read_lines(lines):
            yield from record["authors"]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Give the records of a compressed file with one JSON object a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def count(names: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Find the groups, and count people by group, family and given name."""
    pairs = sorted(Counter(names).items())
    seeds = {family: group for group, families in enumerate(SEEDS) for family in families.split()}
    shares = [begin(seeds.get(family, GROUPS - 1)) for (family, _), _ in pairs]
    for _ in range(ROUNDS):
        groups = maximise(pairs, shares)
        shares = [expect(groups, family, given) for (family, given), _ in pairs]
    return [tabulate(pairs, shares, group) for group in range(GROUPS)]


def begin(group: int) -> list[float]:
    """Put a name into one group, and a little into each other."""
    return [1.0 if each == group else 0.02 for each in range(GROUPS)]


def maximise(pairs: Iterable[tuple[tuple[str, str], int]], shares: list[list[float]]) -> Groups:
    """Fit the groups to the people in them."""
    weights = [0.0] * GROUPS
    families: list[dict[str, float]] = [defaultdict(float) for _ in range(GROUPS)]
    givens: list[dict[str, float]] = [defaultdict(float) for _ in range(GROUPS)]
    for ((family, given), number), share in zip(pairs, shares, strict=True):
        whole = sum(share)
        for group in range(GROUPS):
            part = number * share[group] / whole
            weights[group] += part
            families[group][family] += part
            givens[group][given] += part
    return Groups(weights, families, givens)


def expect(groups: Groups, family: str, given: str) -> list[float]:
    """Say to which group a name belongs, as weights."""
    return [
        (groups.families[each].get(family, 0.0) + SMOOTHING)
        * (groups.given[each].get(given, 0.0) + SMOOTHING)
        / groups.weights[each]
        for each in range(GROUPS)
    ]


def tabulate(pairs: Iterable[tuple[tuple[str, str], int]], shares: list[list[float]], group: int) -> dict[str, Any]:
    """Sum one group up."""
    people = 0.0
    families: defaultdict[str, float] = defaultdict(float)
    given: defaultdict[str, float] = defaultdict(float)
    for ((family, first), number), share in zip(pairs, shares, strict=True):
        part = number * share[group] / sum(share)
        people += part
        families[family] += part
        given[first] += part
    return {"people": round(people), "families": trim(families), "given": trim(given)}


def trim(counts: dict[str, float]) -> dict[str, int]:
    """Round, drop what is too rare, put the most common first."""
    kept = {name: round(count) for name, count in counts.items() if count >= LEAST}
    return dict(sorted(kept.items(), key=lambda item: (-item[1], item[0])))


def to_json(groups: list[dict[str, Any]], people: int) -> str:
    """Write the tables, one group a line."""
    head = {"counted_from": SOURCE, "people": people, "command": "python -m benchmarks.identity_names --samples DIR"}
    lines = ",\n".join(json.dumps(group, separators=(",", ":")) for group in groups)
    return json.dumps(head, indent=1)[:-2] + ',\n "groups": [\n' + lines + "\n]}\n"


if __name__ == "__main__":
    main()
