"""What several services say of one person, put together. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.merging import merge
from digest.model import Affiliation, ExternalId, Paper, Researcher
from digest.researchers.names import Likeness, compare, fold, parse_name
from digest.sources.people import PersonRecord


def join(records: Sequence[PersonRecord]) -> PersonRecord:
    """Give one record; where only one value has room, that of the first who has one. At least one is needed."""
    people = [record.researcher for record in records]
    first = people[0]
    names = dict.fromkeys(name for person in people for name in person.names)
    return PersonRecord(
        researcher=replace(
            first,
            variants=tuple(name for name in names if name != first.name),
            ids=tuple(dict.fromkeys(known for person in people for known in person.ids)),
            affiliations=_join_places(place for person in people for place in person.affiliations),
            homepage=next((person.homepage for person in people if person.homepage), None),
            fields=tuple(dict.fromkeys(field for person in people for field in person.fields)),
            topics=next((person.topics for person in people if person.topics), ()),
            metrics=tuple(dict.fromkeys(each for person in people for each in person.metrics)),
        ),
        papers=join_papers(paper for record in records for paper in record.papers),
        moved_to=next((record.moved_to for record in records if record.moved_to), None),
        warnings=tuple(dict.fromkeys(warning for record in records for warning in record.warnings)),
    )


def join_papers(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Merge the papers that share an id, in the order they came."""
    places: dict[ExternalId, int] = {}
    joined: list[Paper] = []
    for paper in papers:
        at = next((places[known] for known in paper.ids if known in places), len(joined))
        if at == len(joined):
            joined.append(paper)
        else:
            joined[at] = merge(joined[at], paper)
        places |= dict.fromkeys(joined[at].ids, at)
    return tuple(joined)


def join_candidates(records: Iterable[PersonRecord]) -> tuple[PersonRecord, ...]:
    """Join the records that share an id of a person, in the order they came."""
    groups: list[list[PersonRecord]] = []
    for record in records:
        ids = set(record.researcher.ids)
        known = next((group for group in groups if any(ids & set(each.researcher.ids) for each in group)), None)
        if known is None:
            groups.append([record])
        else:
            known.append(record)
    return tuple(map(join, groups))


def may_be_one(one: Researcher, other: Researcher) -> bool:
    """Whether any of their names may name one person; a service that links strangers is not believed."""
    return any(is_alike(name, another) for name in one.names for another in other.names)


def is_alike(name: str, another: str) -> bool:
    """Whether two names may name one person. Of an id that stands for a name nobody can tell."""
    if any(char.isdecimal() for char in name + another):
        return True
    first, second = parse_name(name), parse_name(another)
    return first is not None and second is not None and compare(first, second) is not Likeness.NO


def _join_places(places: Iterable[Affiliation]) -> tuple[Affiliation, ...]:
    """Give each place once, by its ROR id or name; whoever states years of it is preferred."""
    known: dict[str, Affiliation] = {}
    for place in places:
        keys = [key for key in (place.ror, fold(place.name)) if key]
        key = next((key for key in keys if key in known), keys[0] if keys else place.name)
        stored = known.get(key)
        if stored is None or (stored.since is None and place.since is not None):
            known[key] = place if stored is None else replace(place, ror=place.ror or stored.ror)
    return tuple(known.values())
