"""Is this author the person I follow? Evidence is weighed and added up to a calibrated probability. Pure.

The model is a sum: each piece of evidence adds its log-odds, as in logistic regression with pieces that can only rise
(or only fall). The weights were fitted by `benchmarks.identity_train` and stand in `data/weights.json`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log1p

from digest.model import Author, Paper, PersonId, PersonScheme, Standing
from digest.researchers.frequency import NameStatistics, namesakes_at
from digest.researchers.imprint import Imprint, take_imprint
from digest.researchers.names import Likeness
from digest.researchers.observation import Observation, observe
from digest.researchers.profile import Profile
from digest.researchers.weights import Weights, load_weights


class PartKind(StrEnum):
    """What a part of the evidence is about."""

    ID = "id"
    OTHER_ID = "other_id"
    START = "start"
    NAME = "name"
    RARITY = "rarity"
    COAUTHORS = "coauthors"
    NO_COAUTHOR = "no_coauthor"
    CIRCLE = "circle"
    TOPIC = "topic"
    FIELDS = "fields"
    PLACE = "place"
    NO_PLACE = "no_place"
    DOMAIN = "domain"
    INSTITUTION = "institution"
    TIME = "time"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of evidence: its log-odds (above 0 it speaks for the person), a figure and names to say it with."""

    kind: PartKind
    weight: float
    figure: float = 0.0
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighing:
    """How probable it is that the author is the person, how it stands between them, and the evidence."""

    probability: float
    standing: Standing
    parts: tuple[Part, ...] = ()


NOBODY = Weighing(0.0, Standing.UNLIKELY)

# Schemes of which one person has one id; the others split people, or mix them up.
_FIRM = frozenset({PersonScheme.ORCID})

# Where the slope of a figure may change; each stretch between two of these has a weight of its own.
KNOTS: Mapping[PartKind, tuple[float, ...]] = {
    PartKind.RARITY: (0.0, 0.5, 1.2, 2.0, 2.8, 3.6, 4.3, 5.6),
    PartKind.COAUTHORS: (0.0, 0.4, 0.8, 1.6, 4.0),
    PartKind.CIRCLE: (0.0, 0.6, 2.0),
    PartKind.TOPIC: (0.0, 0.03, 0.06, 0.1, 0.16, 0.3),
    PartKind.FIELDS: (0.0, 0.25, 0.5, 1.0),
    PartKind.PLACE: (0.0, 0.4, 0.8, 1.0),
    PartKind.TIME: (0.0, 3.0, 10.0, 30.0),
}
_HALF_ALIKE = 0.5
ALONE = 3.0  # expected namesakes from which a name alone says too little
_PRECISION = 2_000.0  # probabilities closer to 0 or 1 than one in so many are not claimed


def weigh(
    profile: Profile, paper: Paper, position: int, names: NameStatistics, weights: Weights | None = None
) -> Weighing:
    """Weigh whether the author at a position (from 1) of a paper is the person of a profile."""
    return weigh_imprint(profile, paper.authors[position - 1], take_imprint(paper), position, names, weights)


def weigh_imprint(
    profile: Profile,
    author: Author,
    imprint: Imprint,
    position: int,
    names: NameStatistics,
    weights: Weights | None = None,
) -> Weighing:
    """Do the same with a paper's imprint, taken once for all who are compared with it."""
    weights = weights or load_weights()
    settled = _settle_by_ids(profile, author)
    if settled is not None:
        return settled
    observation = observe(profile, author, imprint, position, names)
    if observation is None:
        return NOBODY
    return weigh_observation(observation, weights, has_other_id=_has_other_id(profile, author))


def weigh_observation(observation: Observation, weights: Weights, *, has_other_id: bool = False) -> Weighing:
    """Weigh evidence that was gathered before; `has_other_id`: a service that splits people has two ids for them."""
    parts = list(add_up(observation, weights))
    if has_other_id:
        parts.append(Part(PartKind.OTHER_ID, weights.other_id))
    probability = to_probability(sum(part.weight for part in parts))
    standing = stand(probability, observation, weights)
    return Weighing(probability, standing, tuple(sorted(parts, key=lambda part: -abs(part.weight))))


def to_probability(odds: float) -> float:
    """Give the probability of log-odds; never certain."""
    least = 1.0 / _PRECISION
    return min(1.0 - least, max(least, 1.0 / (1.0 + exp(-max(-50.0, min(50.0, odds))))))


def stand(probability: float, observation: Observation, weights: Weights) -> Standing:
    """Say how it stands. Thin evidence is never enough to be sure."""
    if probability >= weights.sure and not _is_thin(observation):
        return Standing.SURE
    return Standing.POSSIBLE if probability >= weights.possible else Standing.UNLIKELY


def _is_thin(seen: Observation) -> bool:
    """Whether too little is known for certainty, whatever the name.

    A single word is all of the name; or no paper is known, and the name is not rare, or the paper in none of the
    fields that were stated; or papers are known, and this one has nothing to compare with them.
    """
    if seen.shared:
        return False
    if not seen.papers and (seen.fields == 0.0 or namesakes_at(seen.commonness) >= ALONE):
        return True
    has_nothing = seen.papers and seen.topic is None and seen.place is None and seen.fields is None
    return seen.likeness is Likeness.SINGLE or bool(has_nothing)


def _settle_by_ids(profile: Profile, author: Author) -> Weighing | None:
    """Decide by ids: an equal one says that it is them, unless ORCIDs, of which people have one, differ."""
    known, found = set(profile.ids), author.person_ids
    if not known or not found:
        return None
    for firm in _FIRM:
        mine, theirs = _of(known, firm), _of(found, firm)
        if mine and theirs and mine.isdisjoint(theirs):
            part = Part(PartKind.OTHER_ID, -20.0, facts=(str(min(theirs)),))
            return Weighing(0.0, Standing.REJECTED, (part,))
    if equal := known.intersection(found):
        return Weighing(1.0, Standing.STATED, (Part(PartKind.ID, 20.0, facts=tuple(map(str, sorted(equal)))),))
    return None


def _of(ids: "set[PersonId] | tuple[PersonId, ...]", scheme: PersonScheme) -> set[PersonId]:
    return {each for each in ids if each.scheme is scheme}


def _has_other_id(profile: Profile, author: Author) -> bool:
    """Whether a scheme has an id for both, and not the same."""
    if not profile.ids or not author.person_ids:
        return False
    return not {each.scheme for each in profile.ids}.isdisjoint(each.scheme for each in author.person_ids)


def add_up(observation: Observation, weights: Weights) -> Iterator[Part]:
    """Give the parts of the evidence with their weights."""
    table = weights.table
    sums: dict[PartKind, float] = {}
    for name, value in describe_pieces(observation):
        kind = _KINDS[name.partition(".")[0]]
        sums[kind] = sums.get(kind, 0.0) + table.get(name, 0.0) * value
    sums.setdefault(PartKind.NAME, 0.0)
    for kind in _NEUTRAL.keys() & sums.keys():
        neutral = _weigh_neutral(kind, table)
        sums[kind] -= neutral
        sums[PartKind.START] += neutral
    for kind, weight in sums.items():
        figure, facts = _FACTS[kind](observation) if kind in _FACTS else (0.0, ())
        yield Part(kind, weight, figure, facts)


def _weigh_neutral(kind: PartKind, table: Mapping[str, float]) -> float:
    """Give the log-odds of a figure that speaks neither for nor against: a part is told by how far it is from that."""
    if kind in (PartKind.PLACE, PartKind.NO_PLACE):
        return table.get("no_place.base", 0.0)
    stretch = sum(table.get(name, 0.0) * value for name, value in _stretch(kind, _NEUTRAL[kind]))
    return table.get(f"{kind.value}.known", 0.0) + stretch


# A paper of the same large field, one of the same archive, and one that prints no affiliation.
_NEUTRAL = {PartKind.TOPIC: 0.05, PartKind.FIELDS: 0.25, PartKind.PLACE: 0.0, PartKind.NO_PLACE: 0.0}
_KINDS = {kind.value: kind for kind in PartKind}


def describe_pieces(seen: Observation) -> Iterator[tuple[str, float]]:
    """Give the pieces of the sum by name, each with a figure between 0 and 1 (or a logarithm)."""
    yield "start.base", 1.0
    if seen.likeness is not Likeness.SAME:
        yield f"name.{seen.likeness.name.lower()}", 1.0
    yield from _stretch(PartKind.RARITY, seen.commonness)
    if not seen.papers:
        yield "start.unknown", 1.0
    else:
        yield "start.papers", min(log1p(seen.papers - 1), 4.0)
    yield from _describe_people(seen)
    yield from _describe_work(seen)
    yield from _describe_place(seen)


def _describe_people(seen: Observation) -> Iterator[tuple[str, float]]:
    if seen.shared:
        yield from _stretch(PartKind.COAUTHORS, seen.shared)
    elif seen.can_share:
        yield "no_coauthor.base", 1.0
        yield "no_coauthor.papers", min(log1p(seen.papers - 1), 4.0)
    if seen.circle:
        yield from _stretch(PartKind.CIRCLE, seen.circle)
    if seen.rejected_shared:
        yield "rejected.coauthors", min(seen.rejected_shared, 2.0)
    if seen.rejected_place and not (seen.place and seen.place > _HALF_ALIKE):
        yield "rejected.place", 1.0


def _describe_work(seen: Observation) -> Iterator[tuple[str, float]]:
    if seen.topic is not None:
        yield "topic.known", 1.0
        yield from _stretch(PartKind.TOPIC, seen.topic)
    if seen.fields is not None:
        yield "fields.known", 1.0
        yield from _stretch(PartKind.FIELDS, seen.fields)
    if gap := max(seen.years_after or 0, seen.years_before or 0):
        yield from _stretch(PartKind.TIME, gap)


def _describe_place(seen: Observation) -> Iterator[tuple[str, float]]:
    if seen.place is not None:
        yield "place.known", 1.0
        yield from _stretch(PartKind.PLACE, seen.place)
    else:
        yield "no_place.base", 1.0
    if seen.same_domain:
        yield "domain.same", 1.0
    if seen.same_institution:
        yield "institution.same", 1.0


def _stretch(kind: PartKind, figure: float) -> Iterator[tuple[str, float]]:
    """Give how far a figure reaches into each stretch between two knots."""
    knots = KNOTS[kind]
    for number in range(len(knots) - 1):
        low, high = knots[number], knots[number + 1]
        if figure <= low:
            return
        yield f"{kind.value}.{number + 1}", min(1.0, (figure - low) / (high - low))


_FACTS: Mapping[PartKind, Callable[[Observation], tuple[float, tuple[str, ...]]]] = {
    PartKind.NAME: lambda seen: (0.0, (seen.likeness.value, seen.printed)),
    PartKind.RARITY: lambda seen: (namesakes_at(seen.commonness), ()),
    PartKind.COAUTHORS: lambda seen: (seen.shared, seen.shared_names),
    PartKind.CIRCLE: lambda seen: (seen.circle, seen.circle_names),
    PartKind.TOPIC: lambda seen: (seen.topic or 0.0, ()),
    PartKind.FIELDS: lambda seen: (
        seen.fields or 0.0,
        tuple(filter(None, (seen.shared_category or seen.other_category,))),
    ),
    PartKind.PLACE: lambda seen: (seen.place or 0.0, (seen.place_name,)),
    PartKind.DOMAIN: lambda seen: (1.0, (seen.same_domain,)),
    PartKind.TIME: lambda seen: (
        float(seen.years_after or seen.years_before or 0),
        ("after" if seen.years_after else "before",),
    ),
    PartKind.START: lambda seen: (float(seen.papers), ()),
}
