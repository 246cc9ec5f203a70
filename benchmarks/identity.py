"""Is this new paper by the person I follow? Precision, recall and calibration on data with known persons.

    python -m benchmarks.identity --data ../shared/samples/author_identity [--json] [--failures 5] [--quick]

Every person is followed through time (benchmarks/identity_stream.py); ids are hidden. A row says what is shown of the
papers, where a follow begins and what it learns from, and whether the weights were fitted without the block of names
that is judged (cross-fitted, where they were learned on this very data) or are those of the product (shipped).
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from benchmarks.identity_data import DataSet, read_all
from benchmarks.identity_figures import describe, find_failures
from benchmarks.identity_stream import Growth, Variant, fold_of, judge_all
from digest.researchers.weights import Weights, load_weights

VARIANTS: Final[dict[str, Variant]] = {
    "with affiliations": Variant(),
    "without affiliations": Variant(affiliations=False),
    "with affiliations, all followed": Variant(together=True),
    "without affiliations, all followed": Variant(affiliations=False, together=True),
    "with affiliations, with answers": Variant(growth=Growth.ANSWERS),
    "without affiliations, with answers": Variant(affiliations=False, growth=Growth.ANSWERS),
    "with affiliations, from the name only": Variant(name_only=True),
    "without affiliations, from the name only": Variant(affiliations=False, name_only=True),
    "with affiliations, initials printed": Variant(abbreviated=True),
    "without affiliations, initials printed": Variant(affiliations=False, abbreviated=True),
}
QUICK: Final = ("with affiliations", "without affiliations")
_HEADS: Final = (
    "| data | shown | weights | theirs | others | sure P | sure R | F1 | sure+possible R | possible "
    "| R at P .99 | Brier |"
)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description="Is this new paper by the person I follow?")
    parser.add_argument("--data", type=Path, required=True, help="folder laid out like samples/author_identity")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--failures", type=int, default=0, metavar="N", help="list the N worst of each row")
    parser.add_argument("--quick", action="store_true", help="only from the first paper, without answers")
    parser.add_argument("--no-affiliations", action="store_true", help="only rows that hide affiliations")
    options = parser.parse_args()
    sets, missing = read_all(options.data)
    for sentence in missing:
        print(f"Missing: {sentence}.", file=sys.stderr)
    shown = {
        name: variant
        for name, variant in VARIANTS.items()
        if (not options.quick or name in QUICK) and not (options.no_affiliations and variant.affiliations)
    }
    rows = list(measure(sets, shown, options.failures))
    if options.json:
        print(json.dumps({"missing": missing, "thresholds": thresholds(), "rows": rows}, indent=1))
    else:
        print(to_text(rows))


def measure(sets: list[DataSet], variants: dict[str, Variant], failures: int = 0) -> Iterator[dict[str, Any]]:
    """Give a row for each data set, way of showing it and kind of weights."""
    for data in sets:
        kinds = weights_for(data)
        for shown, variant in variants.items():
            if data.pairs and (variant.abbreviated or variant.together or variant.growth is not Growth.SURE):
                continue  # a pair is judged once, by itself, with the name as printed
            for kind, weights_of in kinds.items():
                judgements = judge_all(data, variant, weights_of)
                row = {"data": data.name, "shown": shown, "weights": kind, "notes": data.notes, **describe(judgements)}
                yield row | ({"failures": find_failures(judgements, failures)} if failures else {})


def weights_for(data: DataSet) -> dict[str, Callable[[str], Weights]]:
    """Give the weights to judge with: cross-fitted too, if the product's were learned on this data."""
    shipped = load_weights()
    kinds: dict[str, Callable[[str], Weights]] = {"shipped": lambda _: shipped}
    trained, folds = load_folds()
    if data.fingerprint in trained:
        kinds = {"cross-fitted": lambda block: folds[fold_of(block)]} | kinds
    return kinds


def load_folds() -> tuple[frozenset[str], list[Weights]]:
    """Give the fingerprints of the data learned from, and the weights learned without each part of it."""
    stored = json.loads(files("benchmarks").joinpath("identity_folds.json").read_text(encoding="utf-8"))
    shipped = load_weights()
    folds = [Weights(table, shipped.sure, shipped.possible, table["other_id.base"]) for table in stored["folds"]]
    return frozenset(stored["fingerprints"]), folds


def thresholds() -> dict[str, float]:
    """Give the probabilities from which a paper is surely or possibly theirs."""
    return {"sure": load_weights().sure, "possible": load_weights().possible}


def to_text(rows: list[dict[str, Any]]) -> str:
    """Write the rows as tables."""
    lines = [_HEADS, f"|{'---|' * 3}{'--:|' * 9}"]
    lines += [_to_line(row) for row in rows]
    lines += ["", "| data | shown | rule | P | R | inside ambiguous names P | R |", f"|{'---|' * 3}{'--:|' * 4}"]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if (row["data"], row["shown"]) not in seen:
            seen.add((row["data"], row["shown"]))
            lines += [
                _to_baseline(row, rule) for rule in ("exact_name", "last_name_and_initial", "exact_name_and_coauthor")
            ]
    lines += [line for row in rows for line in _to_reliability(row)]
    lines += [line for row in rows for line in _to_failures(row)]
    return "\n".join(lines)


def _to_line(row: dict[str, Any]) -> str:
    sure = row["sure"]
    figures = (sure["precision"], sure["recall"], sure["f1"], row["sure_or_possible"]["recall"])
    cells = [
        row["data"],
        row["shown"],
        row["weights"],
        row["theirs"],
        row["others"],
        *(f"{each:.3f}" for each in figures),
    ]
    cells += [row["possible"], f"{row['recall_at_99']:.3f}", f"{row['brier']:.4f}"]
    return f"| {' | '.join(map(str, cells))} |"


def _to_baseline(row: dict[str, Any], rule: str) -> str:
    whole, inside = row[rule], row[f"ambiguous_{rule}"]
    figures = (whole["precision"], whole["recall"], inside["precision"], inside["recall"])
    cells = [row["data"], row["shown"], rule.replace("_", " "), *(f"{each:.3f}" for each in figures)]
    return f"| {' | '.join(cells)} |"


def _to_reliability(row: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"Reliability, {row['data']}, {row['shown']}, {row['weights']} (from: count, promised, came true):"
    yield "  ".join(
        f"{each['low']:.1f}: {each['count']} {each['promised']:.3f} {each['came_true']:.3f}"
        for each in row["reliability"]
    )


def _to_failures(row: dict[str, Any]) -> Iterator[str]:
    for kind, failures in row.get("failures", {}).items():
        yield ""
        yield f"{kind.replace('_', ' ')}, {row['data']}, {row['shown']}, {row['weights']}:"
        for each in failures:
            place = f"{each['person']} as {each['printed']} on {each['paper']}"
            yield f"- {each['probability']:.3f} {place}: {'; '.join(each['parts'])}"


if __name__ == "__main__":
    main()
