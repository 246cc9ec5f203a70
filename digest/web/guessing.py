"""What a browser lets guess about a visitor who has not said: the language, and from its region the time zone. Pure.

Only a guess for a form to begin with. A region tells the zone where tzdata has one zone for it, or one that it calls
that of most of the country or of the mainland; else nothing is guessed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

LONGEST_HEADER: Final = 1_000  # characters
MOST_TAGS: Final = 20
_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?(?:-[A-Za-z0-9-]*)?")
_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)  # RFC 9110 §12.4.2
# How the comments of zone.tab call the zone that a visitor from there most likely lives in.
_OBVIOUS: Final = re.compile(r"^most of |\bmainland\b|\bmost areas\b|^Beijing Time$")


class ZoneRow(NamedTuple):
    """A row of tzdata's zone.tab: a region, one of its zones and, where there are several, a comment."""

    region: str
    zone: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a browser says; without a region that tells it, there is no zone."""

    language: str
    timezone: str | None


def guess(accept_language: str, usual_language: str = "en") -> Guess:
    """Guess from an Accept-Language header."""
    tags = list(_read_tags(accept_language[:LONGEST_HEADER]))
    if not tags:
        return Guess(usual_language, None)
    language, _ = tags[0]
    # A second language is often there because programs speak it: `de, en-US` says nothing about America.
    region = next((region for spoken, region in tags if spoken == language and region), None)
    return Guess(f"{language}-{region}" if region else language, zones_by_region().get(region or ""))


@lru_cache(maxsize=1)
def zones_by_region() -> Mapping[str, str]:
    """Give the obvious zone of each region (ISO 3166) that has one."""
    return choose_zones(_read_table())


@lru_cache(maxsize=1)
def list_zones() -> tuple[str, ...]:
    """Give the zones that people live in, for a list to choose from."""
    return ("UTC", *sorted(row.zone for row in _read_table()))


def choose_zones(rows: Iterable[ZoneRow]) -> Mapping[str, str]:
    """Give the obvious zone of each region that has one."""
    listed: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        listed[row.region].append((row.zone, row.comment))
    chosen = {}
    for region, zones in listed.items():
        obvious = [zone for zone, comment in zones if len(zones) == 1 or _OBVIOUS.search(comment)]
        if len(obvious) == 1:
            chosen[region] = obvious[0]
    return chosen


def _read_table() -> list[ZoneRow]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return [ZoneRow(region, *rest) for region, _place, *rest in lines]


def _read_tags(header: str) -> Iterable[tuple[str, str | None]]:
    """Give languages with their regions, the most wanted first."""
    weighted = []
    for number, part in enumerate(header.split(",")[:MOST_TAGS]):
        tag, _, rest = part.strip().partition(";")
        weight = _WEIGHT.fullmatch(rest.strip())
        found = _TAG.fullmatch(tag.strip())
        if found and (weight or not rest.strip()):
            weighted.append((-float(weight[1]) if weight else -1.0, number, found))
    for negative, _, found in sorted(weighted, key=lambda each: each[:2]):
        if negative:
            yield found[1].lower(), found[2].upper() if found[2] else None
