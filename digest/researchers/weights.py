"""The weights of the evidence, as a readable file. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Weights:
    """Log-odds by piece of evidence, and the probabilities from which a paper is surely or possibly theirs."""

    table: Mapping[str, float]
    sure: float
    possible: float
    other_id: float = -2.0


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Give the weights that come with the package."""
    text = files("digest.researchers").joinpath("data", "weights.json").read_text(encoding="utf-8")
    return read_weights(json.loads(text))


def read_weights(stored: Mapping[str, Any]) -> Weights:
    """Read weights: `weights` by name, `thresholds` with `sure` and `possible`."""
    thresholds = stored["thresholds"]
    table = {name: float(weight) for name, weight in stored["weights"].items()}
    return Weights(table, thresholds["sure"], thresholds["possible"], table.get("other_id.base", -2.0))
