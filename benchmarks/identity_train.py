"""Fits the weights of the evidence, and writes the file that digest/researchers/weights.py reads.

    python -m benchmarks.identity_train --data ../shared/samples/author_identity --samples ../shared/samples --write

A logistic regression whose pieces can only rise (or only fall), with a ridge. The rows are what `identity_stream` sees
while it follows everybody of every data set, with and without affiliations, with names in full and with initials, from
a first paper and from the name alone; and pairs made of arXiv days. Needs numpy and scipy (dependency group `train`).
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from benchmarks.identity_data import DataSet, read_all
from benchmarks.identity_pseudonyms import make_judgements
from benchmarks.identity_stream import FOLDS, Growth, Judgement, Variant, fold_of, judge_all
from digest.researchers.weights import Weights

HOME: Final = Path(__file__).parents[1] / "digest" / "researchers" / "data" / "weights.json"
RISING: Final = frozenset({"coauthors", "circle", "topic", "fields", "place", "domain", "institution"})
FALLING: Final = frozenset({"name", "rarity", "time", "no_coauthor", "rejected"})
FREE: Final = frozenset({"topic.known", "fields.known", "place.known"})
RIDGE: Final = 1.0
# The likenesses of names are rare in the data, so they are held closer to nothing.
NAME_RIDGE: Final = 8.0
FOLDS_FILE: Final = Path(__file__).with_name("identity_folds.json")
SURE: Final = 0.88
POSSIBLE: Final = 0.02
# No data set has these, so they are set by hand: a printed address or ROR id like a known one, a paper that resembles
# what was declared to be somebody else's, an id that differs in a scheme that splits people.
BY_HAND: Final[Mapping[str, float]] = {
    "domain.same": 1.5,
    "institution.same": 2.0,
    "rejected.coauthors": -2.0,
    "rejected.place": -1.0,
    "other_id.base": -1.5,
}
START: Final = Weights({"coauthors.1": 3.0, "start.base": 1.0, "rarity.3": -2.0}, sure=0.9, possible=POSSIBLE)


@dataclass(frozen=True, slots=True)
class Material:
    """One way of showing one data set, and how much a judgement of it counts."""

    data: str
    variant: Variant
    weight: float
    every: int = 1


def _show(data: str, weight: float, every: int = 1, **how: bool) -> list[Material]:
    return [
        Material(data, Variant(affiliations=shown, growth=Growth.TRUTH, **how), weight, every)
        for shown in (True, False)
    ]


MATERIALS: Final = (
    *_show("openreview, duplicates merged", 1.0),
    *_show("openreview, duplicates merged", 0.3, name_only=True),
    *_show("openreview, duplicates merged", 0.3, every=3, abbreviated=True),
    *_show("medline", 1.0),
    *_show("s2and:qian", 0.15, every=8),
)
PSEUDONYMS: Final = 0.2


def main() -> None:
    """Read the arguments, fit, write or print the weights."""
    parser = argparse.ArgumentParser(description="Fit the weights of the evidence.")
    parser.add_argument("--data", type=Path, required=True, help="folder laid out like samples/author_identity")
    parser.add_argument("--samples", type=Path, help="folder with arxiv_daily, for what categories tell")
    parser.add_argument("--write", action="store_true", help=f"write {HOME.name} for the product")
    options = parser.parse_args()
    sets, _ = read_all(options.data)
    rows = collect(sets, options.samples)
    text = to_json(fit(rows), len(rows))
    folds = {"fingerprints": sorted(data.fingerprint for data in sets if is_used(data)), "folds": fit_folds(rows)}
    if options.write:
        HOME.write_text(text, encoding="utf-8")
        FOLDS_FILE.write_text(json.dumps(folds, indent=1) + "\n", encoding="utf-8")
    else:
        print(text)


def is_used(data: DataSet) -> bool:
    """Whether weights are learned from a data set, or from another reading of it."""
    return any(material.data.startswith(data.name) or data.name.startswith(material.data) for material in MATERIALS)


def collect(sets: Iterable[DataSet], samples: Path | None) -> list[tuple[Judgement, float]]:
    """Give the judgements to learn from, with their weights."""
    rows: list[tuple[Judgement, float]] = []
    for data in sets:
        for material in MATERIALS:
            if data.name.startswith(material.data):
                made = [each for each in judge_all(data, material.variant, lambda _: START) if each.is_compatible]
                rows += [(each, material.weight * material.every) for each in made[:: material.every]]
    if samples:
        rows += [(each, PSEUDONYMS) for each in make_judgements(samples)]
    return rows


def fit_folds(rows: list[tuple[Judgement, float]]) -> list[dict[str, float]]:
    """Give, by part of the data, the weights learned from the other parts."""
    return [fit([row for row in rows if fold_of(row[0].block) != number]) for number in range(FOLDS)]


def fit(rows: list[tuple[Judgement, float]]) -> dict[str, float]:
    """Fit the weights of all pieces; add those that are set by hand."""
    names = sorted({name for judgement, _ in rows for name, _ in judgement.pieces})
    places = {name: place for place, name in enumerate(names)}
    cells = [(row, places[name], value) for row, (each, _) in enumerate(rows) for name, value in each.pieces]
    lines, columns, values = zip(*cells, strict=True)
    table = csr_array((values, (lines, columns)), shape=(len(rows), len(names)))
    turned = table.T.tocsr()
    ridge = np.array([NAME_RIDGE if name.startswith("name.") else RIDGE for name in names])
    truth = np.array([judgement.is_theirs for judgement, _ in rows], dtype=float)
    counts = np.array([weight for _, weight in rows])

    def cost(guess: Any) -> tuple[float, Any]:
        odds = table @ guess
        loss = (counts * (np.logaddexp(0, odds) - truth * odds)).sum() + (ridge * guess**2).sum() / 2
        return loss, turned @ (counts * (1 / (1 + np.exp(-odds)) - truth)) + ridge * guess

    bounds = [bound(name) for name in names]
    found = minimize(cost, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 250})
    learned = {name: round(float(weight), 3) for name, weight in zip(names, found.x, strict=True)}
    kept = {name: weight for name, weight in learned.items() if not name.startswith("made.")}
    return {**kept, **BY_HAND}


def bound(name: str) -> tuple[float | None, float | None]:
    """Say whether a piece may only speak for the person, or only against."""
    kind = name.partition(".")[0]
    if name in FREE:
        return None, None
    if kind in RISING:
        return 0.0, None
    return (None, 0.0) if kind in FALLING else (None, None)


def to_json(weights: dict[str, float], rows: int) -> str:
    """Write the weights, and how they were made."""
    made = {
        "command": "python -m benchmarks.identity_train --data DIR --samples SAMPLES --write",
        "fitted_on": datetime.now(UTC).date().isoformat(),
        "data": [*sorted({material.data for material in MATERIALS}), "arXiv days (pairs made of rare names)"],
        "rows": rows,
        "by_hand": sorted(BY_HAND),
        "thresholds": {"sure": SURE, "possible": POSSIBLE},
        "weights": weights,
    }
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    main()
