"""What speaks for and against an author being the person of a profile, as plain figures. Pure; weighs nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from digest.model import Author
from digest.researchers.frequency import NameStatistics
from digest.researchers.imprint import Imprint, alike_places, initial_keys, is_domain_alike, read_domains, read_places
from digest.researchers.names import Likeness, PersonName, compare, parse_name
from digest.researchers.profile import Profile
from digest.researchers.vocabulary import closeness

# The strongest first: a person's names are compared one by one, and the best likeness counts.
_ORDER = {likeness: place for place, likeness in enumerate(Likeness)}
# A shared co-author counts 1 if nobody else has the name, 0 if about ten thousand others could print it.
_ALL_RARITY = 4.0
_MOST_SHARED = 8
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The evidence. None is not known. Shares are between 0 and 1.

    `commonness` is the logarithm of how many others could print what both names have in common. `shared` and `circle`
    sum up shared co-authors and co-authors' co-authors by rarity; `can_share` says that there are co-authors to share.
    """

    likeness: Likeness
    printed: str
    commonness: float
    papers: int
    shared: float = 0.0
    shared_names: tuple[str, ...] = ()
    can_share: bool = False
    circle: float = 0.0
    circle_names: tuple[str, ...] = ()
    topic: float | None = None
    fields: float | None = None
    shared_category: str = ""
    other_category: str = ""
    place: float | None = None
    place_name: str = ""
    same_institution: bool = False
    same_domain: str = ""
    years_after: int | None = None
    years_before: int | None = None
    rejected_shared: float = 0.0
    rejected_place: bool = False


def observe(
    profile: Profile, author: Author, imprint: Imprint, position: int, names: NameStatistics
) -> Observation | None:
    """Compare an author of a paper with a profile; None if the names are of different people, or of nobody."""
    printed = parse_name(author.name)
    match = find_likeness(profile.parsed, printed) if printed else None
    if match is None or printed is None:
        return None
    likeness, known = match
    shared = _find_shared(profile, imprint, position)
    found = _sum_up(shared, names, imprint.share)
    others = imprint.others(position)
    circle = [key for key in others if key in profile.circle] if profile.circle else []
    places = read_places(author)
    return Observation(
        likeness=likeness,
        printed=author.name,
        commonness=_commonness(likeness, known, printed, names),
        papers=profile.papers,
        shared=found,
        shared_names=_name(shared, imprint, names),
        can_share=bool(profile.coauthors and others),
        circle=_sum_up(circle, names, imprint.share),
        circle_names=_name(circle, imprint, names),
        topic=closeness(imprint.words, profile.direction) if profile.direction and imprint.words else None,
        place=alike_places(places, profile.places) if places and profile.places else None,
        place_name=places[0] if places else "",
        same_institution=not set(author.institutions).isdisjoint(profile.institutions),
        same_domain=_find_domain(profile, author),
        rejected_shared=_sum_rejected(profile, others, names, imprint.share),
        rejected_place=bool(profile.rejected.places) and alike_places(places, profile.rejected.places) > _SAME_PLACE,
        **_observe_fields(profile, imprint.categories),
        **_observe_years(profile, imprint.year),
    )


_SAME_PLACE = 0.8


def find_likeness(known: tuple[PersonName, ...], printed: PersonName) -> tuple[Likeness, PersonName] | None:
    """Give the best likeness, and with which name; initials count only for whom no full name is known."""
    best: tuple[Likeness, PersonName] | None = None
    has_full = printed.is_full and any(name.is_full for name in known)
    for name in known:
        if has_full and not name.is_full:
            continue
        likeness = compare(name, printed)
        if likeness is not Likeness.NO and (best is None or _ORDER[likeness] < _ORDER[best[0]]):
            best = likeness, name
        if likeness is Likeness.SAME:
            break
    return best


def _commonness(likeness: Likeness, known: PersonName, printed: PersonName, names: NameStatistics) -> float:
    """Give how common it is what both names say: that of the less telling one."""
    if likeness is Likeness.SAME:
        return names.commonness(printed)
    return max(names.commonness(known), names.commonness(printed))


def _find_shared(profile: Profile, imprint: Imprint, position: int) -> list[str]:
    """Give the keys of shared co-authors, also where one side prints initials."""
    others = imprint.others(position)
    if not others or not profile.coauthors:
        return []
    known = profile.coauthors
    shared = [key for key in others if key in known]
    for key in others:
        if key.endswith(".") and key in profile.abbreviated:
            shared.append(key)
        elif key not in known:
            shared += [short for short in initial_keys(key) if short in known]
    return shared


def _name(keys: list[str], imprint: Imprint, names: NameStatistics) -> tuple[str, ...]:
    """Give the rarest of some co-authors as they are printed on the paper."""
    rarest = sorted(keys, key=lambda key: (names.commonness_of_key(key), key))[:_MOST_NAMED]
    return tuple(imprint.printed.get(key, key.title()) for key in rarest)


def _sum_up(keys: Iterable[str], names: NameStatistics, share: float) -> float:
    rarities = sorted(
        (1.0 - min(max(names.commonness_of_key(key) - 2.0, 0.0), _ALL_RARITY) / _ALL_RARITY for key in keys),
        reverse=True,
    )
    return share * sum(rarities[:_MOST_SHARED])


def _sum_rejected(profile: Profile, others: frozenset[str], names: NameStatistics, share: float) -> float:
    """Sum up co-authors who wrote papers that are somebody else's, and none that is theirs."""
    if not profile.rejected.coauthors:
        return 0.0
    strangers = [key for key in others if key in profile.rejected.coauthors and key not in profile.coauthors]
    return _sum_up(strangers, names, share)


def _observe_fields(profile: Profile, categories: tuple[str, ...]) -> dict[str, Any]:
    """Compare categories: those of known papers with their shares, else the fields that a record states."""
    if not categories:
        return {}
    if profile.categories:
        most = max(profile.categories.values())
        found = {each: min(1.0, profile.categories.get(each, 0.0) / most) for each in categories}
        best = max(found, key=found.__getitem__)
        value = max(found[best] ** 0.5, *(_same_archive(each, profile.categories) for each in categories))
    elif profile.fields:
        inside = [each for each in categories if _is_inside(each, profile.fields)]
        best, value = (inside[0], 1.0) if inside else (categories[0], 0.0)
    else:
        return {}
    return {
        "fields": value,
        "shared_category": best if value > _SAME_ARCHIVE else "",
        "other_category": "" if value else categories[0],
    }


_SAME_ARCHIVE = 0.25


def _same_archive(category: str, known: Iterable[str]) -> float:
    archive = category.partition(".")[0]
    return _SAME_ARCHIVE if any(each.partition(".")[0] == archive for each in known) else 0.0


def _is_inside(category: str, fields: Iterable[str]) -> bool:
    """Whether a category lies in a field: `cs` holds `cs.CL`, and `cs.CL` itself."""
    prefixes = (field.casefold().removesuffix(".*") for field in fields)
    return any(f"{category.casefold()}.".startswith(f"{prefix}.") for prefix in prefixes)


def _observe_years(profile: Profile, year: int | None) -> dict[str, Any]:
    if year is None or profile.first_year is None or profile.last_year is None:
        return {}
    return {"years_after": max(0, year - profile.last_year), "years_before": max(0, profile.first_year - year)}


def _find_domain(profile: Profile, author: Author) -> str:
    if not profile.domains:
        return ""
    found = read_domains(author)
    return min(found) if found and is_domain_alike(found, profile.domains) else ""
