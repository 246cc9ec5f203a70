"""Times the search for followed researchers among the authors of new papers, on one core.

    python -m benchmarks.identity_speed [--papers 3000] [--followed 200000] [--json]

Names are drawn from the name statistics, so that common ones collide as in life. Everybody has a profile of ten to
forty papers' worth of co-authors and words; a tenth of the papers are by somebody who is followed, with a co-author.
Seconds are of the processor, but for the wall's.
"""

import argparse
import json
import platform
import random
import resource
import time
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from digest.model import Author, ExternalId, IdScheme, Paper, ResearcherId
from digest.researchers.frequency import load_statistics
from digest.researchers.imprint import bond_key
from digest.researchers.profile import Profile
from digest.researchers.roster import Roster
from digest.researchers.vocabulary import known_words

SEED: Final = 5
OWN_SHARE: Final = 0.1
RARE_SHARE: Final = 0.35  # people with a part of a name that the tables lack
CATEGORIES: Final = ("cs.CL", "cs.LG", "cs.CV", "cs.RO", "stat.ML", "math.OC", "q-bio.NC", "astro-ph.GA", "hep-th")
SYLLABLES: Final = ("ka", "lo", "mi", "ra", "ten", "dor", "vi", "sha", "bel", "gri", "no", "za", "tu", "per", "hal")


class Crowd:
    """A source of invented people with names as frequent as the statistics say."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._groups = load_statistics().groups
        self._stock = {id(group): (_spread(group.families), _spread(group.given)) for group in self._groups}

    def invent_name(self) -> str:
        """Make up a full name."""
        (group,) = self._chance.choices(self._groups, [group.people for group in self._groups])
        (families, family_counts), (given, given_counts) = self._stock[id(group)]
        (family,) = self._chance.choices(families, cum_weights=family_counts)
        (first,) = self._chance.choices(given, cum_weights=given_counts)
        if self._chance.random() < RARE_SHARE:
            family = "".join(self._chance.choices(SYLLABLES, k=3))
        return f"{first.title()} {family.title()}"


def _spread(counts: Mapping[str, float]) -> tuple[list[str], list[float]]:
    """Give the names, and the running sums of their counts."""
    return list(counts), list(accumulate(counts.values()))


def main() -> None:
    """Read the arguments, time it, print the figures."""
    parser = argparse.ArgumentParser(description="Time the search for followed researchers.")
    parser.add_argument("--papers", type=int, default=3_000)
    parser.add_argument("--followed", type=int, default=200_000)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(options.papers, options.followed)
    print(json.dumps(figures, indent=1) if options.json else "\n".join(f"{k:24} {v}" for k, v in figures.items()))


def measure(papers: int, followed: int) -> dict[str, object]:
    """Invent, build the roster, look through the papers."""
    chance = random.Random(SEED)  # noqa: S311 -- not a secret: each run must do the same work
    crowd = Crowd(chance)
    words = known_words()
    profiles = list(invent_profiles(chance, crowd, words, followed))
    made = [invent_paper(chance, crowd, words, profiles, number) for number in range(papers)]
    started = time.process_time()
    roster = Roster(profiles)
    built, at = time.process_time(), time.perf_counter()
    found = [each for paper in made for each in roster.find(paper)]
    ended, wall = time.process_time(), time.perf_counter() - at
    return {
        "papers": papers,
        "followed": followed,
        "authors": sum(len(paper.authors) for paper in made),
        "index_seconds": round(built - started, 2),
        "scoring_seconds": round(ended - built, 2),
        "scoring_wall_seconds": round(wall, 2),
        "weighed": roster.weighed,
        "microseconds_each": round((ended - built) / max(1, roster.weighed) * 1e6),
        "found": len(found),
        "sure": sum(each.weighing.standing.is_theirs for each in found),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "python": platform.python_version(),
    }


def invent_profiles(
    chance: random.Random, crowd: Crowd, words: list[str], count: int
) -> Iterator[tuple[ResearcherId, Profile]]:
    """Make up people with ten to forty known papers each."""
    stock = [bond_key(crowd.invent_name()) for _ in range(20_000)]
    for number in range(count):
        papers = chance.randint(10, 40)
        yield (
            ResearcherId(number + 1),
            Profile(
                names=(crowd.invent_name(),),
                papers=papers,
                coauthors=dict.fromkeys(chance.choices(stock, k=papers), 1.0),
                terms=dict.fromkeys(chance.choices(words, k=60), 2.0),
                categories=dict.fromkeys(chance.choices(CATEGORIES, k=2), 5.0),
                first_year=2015,
                last_year=2026,
            ),
        )


def invent_paper(
    chance: random.Random, crowd: Crowd, words: list[str], profiles: list[tuple[ResearcherId, Profile]], number: int
) -> Paper:
    """Make up a paper of one to twelve authors, now and then by somebody who is followed."""
    authors = [crowd.invent_name() for _ in range(min(12, 1 + int(chance.gammavariate(2.2, 2.0))))]
    if chance.random() < OWN_SHARE:
        profile = chance.choice(profiles)[1]
        authors[0] = profile.names[0]
        authors.append(" ".join(next(iter(profile.coauthors)).split()).title())
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, f"2611.{number:05d}"),),
        title=" ".join(chance.choices(words, k=8)),
        abstract=" ".join(chance.choices(words, k=180)),
        authors=tuple(map(Author, authors)),
        categories=tuple(dict.fromkeys(chance.choices(CATEGORIES, k=2))),
    )


if __name__ == "__main__":
    main()
