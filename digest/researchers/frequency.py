"""How common a name is: how many other people could print it. Pure; `benchmarks.identity_names` counts.

Family and given names go together (Wei with Zhang, not with Müller), so both are counted within *naming groups* that
were found in the data: the chance of a name is the sum over groups of group × family in it × given name in it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from math import log10
from typing import Any, Self

from digest.researchers.names import PersonName, parse_name

# How many people publish, roughly: the crowd in which namesakes are counted. Only its logarithm matters.
CROWD = 2_000_000
_ONCE = 0.5  # a part of a name that the tables lack counts as half a person's
_LOCAL_WEIGHT = 1.0
_SCALE = 100.0  # one namesake in a hundred crowds is where the scale begins
_MOST_REMEMBERED = 200_000


@dataclass(frozen=True)
class NameGroup:
    """People whose names are made of the same stock: how many, and how many by family and by first given name."""

    people: float
    families: Mapping[str, float]
    given: Mapping[str, float]

    @cached_property
    def initials(self) -> Mapping[str, float]:
        """Count the given names by first letter."""
        counts: dict[str, float] = {}
        for name, count in self.given.items():
            counts[name[0]] = counts.get(name[0], 0.0) + count
        return counts


@dataclass(frozen=True)
class NameStatistics:
    """How common names are, as counted in the tables."""

    groups: tuple[NameGroup, ...]

    @cached_property
    def people(self) -> float:
        """How many people the tables are drawn from."""
        return sum(group.people for group in self.groups)

    def namesakes(self, name: PersonName) -> float:
        """Estimate how many other people of a crowd of two million could print this name, given what is written out.

        For `F. Wei` everybody counts whose given name begins with F; a second given name or initial makes it rarer.
        """
        chance = sum(self._chance_in(group, name) for group in self.groups) / self.people
        return CROWD * chance * _narrow(name)

    def commonness(self, name: PersonName) -> float:
        """Give the same on a scale from 0 (nobody else) over 2 (one other) and 4 (Wei Zhang) to about 5.6 (`X. Li`)."""
        return log10(1.0 + _SCALE * self.namesakes(name))

    def commonness_of(self, printed: str) -> float:
        """Give the commonness of a printed name; 0 for nobody."""
        name = parse_name(printed)
        return self.commonness(name) if name else 0.0

    def commonness_of_key(self, key: str) -> float:
        """Give the commonness of a co-author's key (`imprint.key_of`), whichever part of it is the family name."""
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) > _MOST_REMEMBERED:
                self._memory.clear()
            one, _, other = key.partition(" ")
            other = other.rstrip(".")
            names = (PersonName((other,), one), PersonName((one,), other)) if other else (PersonName((), one),)
            found = self._memory[key] = max(map(self.commonness, names))
        return found

    @cached_property
    def _memory(self) -> dict[str, float]:
        return {}

    def with_local(self, names: Iterable[str]) -> Self:
        """Give the statistics with the people of an installation added, one printed name each."""
        parsed = [name for name in map(parse_name, names) if name is not None and name.is_full]
        groups = [_Tally(group) for group in self.groups]
        for name in parsed:
            shares = [self._chance_in(group, name) for group in self.groups]
            best = max(range(len(shares)), key=shares.__getitem__)
            groups[best].add(name)
        return replace(self, groups=tuple(tally.finish() for tally in groups))

    @staticmethod
    def _chance_in(group: NameGroup, name: PersonName) -> float:
        family = group.families.get(name.family, _ONCE)
        if not name.given:
            return family
        first = name.given[0]
        counts = group.given if len(first) > 1 else group.initials
        return family * max(counts.get(first, 0.0), _ONCE) / group.people


class _Tally:
    """A group while local people are counted into it."""

    def __init__(self, group: NameGroup) -> None:
        self._people = group.people
        self._families = dict(group.families)
        self._given = dict(group.given)

    def add(self, name: PersonName) -> None:
        self._people += _LOCAL_WEIGHT
        self._families[name.family] = self._families.get(name.family, 0.0) + _LOCAL_WEIGHT
        self._given[name.given[0]] = self._given.get(name.given[0], 0.0) + _LOCAL_WEIGHT

    def finish(self) -> NameGroup:
        return NameGroup(self._people, self._families, self._given)


def _narrow(name: PersonName) -> float:
    """Say which share of those with the first and family name have the rest of it too."""
    share = 1.0
    for word in name.given[1:]:
        share *= 0.2 if len(word) == 1 else 0.1
    return share


@lru_cache(maxsize=1)
def load_statistics() -> NameStatistics:
    """Give the statistics that come with the package."""
    text = files("digest.researchers").joinpath("data", "names.json").read_text(encoding="utf-8")
    return read_statistics(json.loads(text))


def read_statistics(tables: Mapping[str, Any]) -> NameStatistics:
    """Read the tables: `groups`, each with `people`, `families` and `given`."""
    groups = (NameGroup(group["people"], group["families"], group["given"]) for group in tables["groups"])
    return NameStatistics(tuple(groups))


def namesakes_at(commonness: float) -> float:
    """Give the expected number of namesakes back from a commonness."""
    return float(10.0**commonness - 1.0) / _SCALE
