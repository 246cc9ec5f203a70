"""What evidence and people's words come to: one standing for each paper and person. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from digest.languages.phrases import KNOWN_OTHER
from digest.model import Authorship, Standing

# One reader may err, or wish to; readers who agree seldom do. So many more voices must be on one side.
ENOUGH_VOICES: Final = 2
# Against what an id or a service says, it takes more of them.
ENOUGH_AGAINST_IDS: Final = 3


def settle_claims(claims: Iterable[Authorship], held: Mapping[int, Standing]) -> Iterator[Authorship]:
    """Give what is worth keeping of what evidence says about one paper.

    An author is one person: at a place that is another record's already (`held`, by position), nothing is more than
    possible, unless an id says so.
    """
    for claim in claims:
        holder = held.get(claim.position)
        if claim.standing is Standing.STATED or (claim.standing is Standing.SURE and holder is None):
            yield claim
        elif claim.standing is Standing.SURE:
            yield replace(claim, standing=Standing.POSSIBLE, evidence=(*claim.evidence, KNOWN_OTHER))
        elif claim.standing is Standing.POSSIBLE and holder not in _BEYOND_DOUBT:
            yield claim


def settle_voices(agreeing: int, disagreeing: int, before: Standing | None) -> Standing | None:
    """Give what readers' answers make of a paper for everybody: confirmed, rejected, or None (they settle nothing).

    The majority must lead by two voices, and by three against what an id or a service states: one person, whatever
    they say, changes nothing for others.
    """
    lead = agreeing - disagreeing
    if lead >= ENOUGH_VOICES:
        return Standing.CONFIRMED
    needed = ENOUGH_AGAINST_IDS if before is Standing.STATED else ENOUGH_VOICES
    return Standing.REJECTED if -lead >= needed else None


_BEYOND_DOUBT: Final = (Standing.STATED, Standing.CONFIRMED)
