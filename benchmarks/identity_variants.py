"""Chooses forms of given names from the name pairs of S2AND, for digest/researchers/variants.py.

    python -m benchmarks.identity_variants --data ../shared/samples/author_identity --write FILE

The pairs were collected from people's ORCID records and contain slips. Kept is what is a short form (Chris), a near
spelling (Youssef), or a known nickname (Bill); pairs of Chinese syllables (Youping, Yongping)
are different names and are left out.
"""

import argparse
import gzip
import re
from collections import defaultdict
from pathlib import Path
from typing import Final

from rapidfuzz.distance import Levenshtein

from digest.researchers.frequency import load_statistics

_VOWELS: Final = """
    iang iong uang ang eng ing ong ian iao uan uai ai ei ao ou an en in un ia ie iu ua uo ui ue a o e i u v
"""
_SYLLABLE: Final = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:{'|'.join(_VOWELS.split())})"
_CHINESE: Final = re.compile(rf"(?:{_SYLLABLE}){{1,3}}")
SHORTEST: Final = 3
NEAR: Final = 0.75
# Near spellings of two names that many people have are two names (Maria, Mario).
FREQUENT: Final = 25
_NICKNAMES: Final = """
    bill billy will bob bobby rob dick rick rich jim jimmy jack johnny ted ed eddie ned tony harry hank larry chuck
    peggy liz lisa betty beth becky sasha misha kate katie cathy kathy kim mike mick nick steve dave andy drew tom joe
    ben dan matt pat sam tim ken ron don ray greg jeff gerry jerry geoff phil debbie sue susie jenny maggie meg
    sandy terry vicky fred fritz hans kostas yannis giannis pepe paco nacho kiko chema lenny lou gus gil walt wes zach
    josh jon nate
"""
NICKNAMES: Final = frozenset(_NICKNAMES.split())
HEAD: Final = """\
# Forms of given names: a name, then its other forms. Written by benchmarks/identity_variants.py.
# Chosen from s2and_name_tuples_filtered.txt of S2AND (Allen Institute for AI, github.com/allenai/S2AND), CC BY 4.0,
# https://creativecommons.org/licenses/by/4.0/; changed: slips and Chinese syllables left out.
"""


def main() -> None:
    """Read the arguments, choose, write or print."""
    parser = argparse.ArgumentParser(description="Choose forms of given names.")
    parser.add_argument("--data", type=Path, required=True, help="folder with s2and_name_tuples_filtered.txt.gz")
    parser.add_argument("--write", type=Path, help="write the list here")
    options = parser.parse_args()
    text = to_text(choose(options.data / "s2and_name_tuples_filtered.txt.gz"))
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def choose(path: Path) -> dict[str, set[str]]:
    """Give, by name, the other forms; both ways."""
    people: defaultdict[str, float] = defaultdict(float)
    for group in load_statistics().groups:
        for name, count in group.given.items():
            people[name] += count
    forms: defaultdict[str, set[str]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            one, _, other = line.strip().partition(",")
            if is_pair(one, other, min(people[one], people[other])):
                forms[one].add(other)
                forms[other].add(one)
    return dict(forms)


def is_pair(one: str, other: str, people: float) -> bool:
    """Whether two names are forms of one, as far as letters and counts tell."""
    if min(len(one), len(other)) < SHORTEST or not (one.isalpha() and other.isalpha() and (one + other).isascii()):
        return False
    if _CHINESE.fullmatch(one) and _CHINESE.fullmatch(other):
        return False
    is_short_form = one.startswith(other) or other.startswith(one)
    is_near = one[0] == other[0] and Levenshtein.normalized_similarity(one, other) >= NEAR
    return is_short_form or (is_near and people < FREQUENT) or not NICKNAMES.isdisjoint((one, other))


def to_text(forms: dict[str, set[str]]) -> str:
    """Write a line for each name."""
    return HEAD + "".join(f"{name} {' '.join(sorted(forms[name]))}\n" for name in sorted(forms))


if __name__ == "__main__":
    main()
