"""Is this author the researcher someone follows? Evidence and certainty, from ids, names and fields. Pure.

A namesake's paper is worse than a missed one, so nothing is sure on a name alone where there is reason to doubt.
`Judge` is the seam: a calibrated model can take the place of `judge` without anything around it changing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from digest.model import Author, Certainty, Follow, Paper
from digest.researchers.names import Likeness, compare, parse_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """How certain it is (None: it is somebody else) and what speaks for and against it, in words."""

    certainty: Certainty | None
    evidence: tuple[str, ...] = ()


Judge = Callable[[Follow, Author, Paper], Verdict]

SOMEBODY_ELSE = Verdict(None)


class _Fields(StrEnum):
    """How the fields a researcher is known to publish in compare with the paper's categories."""

    SHARED = "shared"
    UNSAID = "unsaid"  # the follow names none
    OTHER = "other"  # the paper is in none of them, or names none


# What a likeness of names is worth, by fields. What is not listed is somebody else.
_CERTAINTIES = {
    (Likeness.SAME, _Fields.SHARED): Certainty.SURE,
    (Likeness.SAME, _Fields.UNSAID): Certainty.SURE,
    (Likeness.SAME, _Fields.OTHER): Certainty.POSSIBLE,
    (Likeness.SWAPPED, _Fields.SHARED): Certainty.SURE,
    (Likeness.SWAPPED, _Fields.UNSAID): Certainty.POSSIBLE,
    (Likeness.SHORTER, _Fields.SHARED): Certainty.SURE,
    (Likeness.SHORTER, _Fields.UNSAID): Certainty.POSSIBLE,
    (Likeness.SINGLE, _Fields.SHARED): Certainty.SURE,
    (Likeness.SINGLE, _Fields.UNSAID): Certainty.POSSIBLE,
    (Likeness.SPELLED_OUT, _Fields.SHARED): Certainty.POSSIBLE,
    (Likeness.SPELLED_OUT, _Fields.UNSAID): Certainty.POSSIBLE,
    (Likeness.ROMANISED, _Fields.SHARED): Certainty.POSSIBLE,
    (Likeness.ROMANISED, _Fields.UNSAID): Certainty.POSSIBLE,
    (Likeness.INITIALS, _Fields.SHARED): Certainty.POSSIBLE,
    (Likeness.INITIALS, _Fields.UNSAID): Certainty.POSSIBLE,
}


def judge(follow: Follow, author: Author, paper: Paper) -> Verdict:
    """Decide by ids where both have one of a scheme, else by name and field."""
    return _judge_by_ids(follow, author) or _judge_by_name(follow, author, paper)


def _judge_by_ids(follow: Follow, author: Author) -> Verdict | None:
    """Compare the ids both have: one that is equal settles it, else one that differs does."""
    known = {"Hugging Face user": user_id(follow.hf_user), "ORCID": orcid_id(follow.orcid)}
    found = {"Hugging Face user": user_id(author.hf_user), "ORCID": orcid_id(author.orcid)}
    shared = [scheme for scheme in known if known[scheme] and found[scheme]]
    for scheme in shared:
        if known[scheme] == found[scheme]:
            return Verdict(Certainty.SURE, (f"{scheme} {found[scheme]}",))
    return SOMEBODY_ELSE if shared else None


def _judge_by_name(follow: Follow, author: Author, paper: Paper) -> Verdict:
    wanted, printed = parse_name(follow.name), parse_name(author.name)
    if wanted is None or printed is None:
        return SOMEBODY_ELSE
    likeness = compare(wanted, printed)
    shared = _shared_fields(follow, paper)
    fields = _Fields.UNSAID if not follow.fields else _Fields.SHARED if shared else _Fields.OTHER
    certainty = _CERTAINTIES.get((likeness, fields))
    if certainty is None:
        return SOMEBODY_ELSE
    return Verdict(certainty, (_say_name(likeness, author.name), *_say_fields(fields, shared, paper)))


def _shared_fields(follow: Follow, paper: Paper) -> tuple[str, ...]:
    """Give the paper's categories that lie in the follow's fields: `cs` holds `cs.CL`, and `cs.CL` itself."""
    prefixes = [field.casefold().removesuffix(".*") for field in follow.fields]
    return tuple(
        category
        for category in paper.categories
        if any(f"{category.casefold()}.".startswith(f"{prefix}.") for prefix in prefixes)
    )


def _say_name(likeness: Likeness, printed: str) -> str:
    match likeness:
        case Likeness.SAME:
            return "same name"
        case Likeness.SWAPPED:
            return "same name in another order"
        case _:
            return f"printed as {printed}"


def _say_fields(fields: _Fields, shared: tuple[str, ...], paper: Paper) -> tuple[str, ...]:
    match fields:
        case _Fields.SHARED:
            return (f"publishes in {shared[0]}",)
        case _Fields.OTHER:
            return (f"but publishes in {paper.categories[0]}" if paper.categories else "but the paper names no field",)
        case _Fields.UNSAID:
            return ()


def user_id(user: str | None) -> str:
    """Give a Hugging Face user name as compared: case does not count."""
    return (user or "").strip().removeprefix("@").casefold()


def orcid_id(orcid: str | None) -> str:
    """Give the bare ORCID: it may come as a link."""
    return (orcid or "").strip().rstrip("/").rpartition("/")[2].upper()
