"""Ids of people in every spelling of the services that give them. Pure.

An ORCID in the address of an arXiv author page is that ORCID. Bare numbers are nobody's: `s2:1741101` says whose.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from digest.errors import InvalidReference
from digest.identifiers.orcid_ids import check_digit, read_orcid
from digest.model import PersonId, PersonScheme
from digest.researchers.ids.pasted import LONGEST, Address, read_address, split_prefix, tidy

_ORCID_LIKE = re.compile(r"(?:\d{4}[- ]?){3}\d{3}[\dX]", re.IGNORECASE | re.ASCII)
# All iDs given so far begin with 000: https://support.orcid.org/hc/en-us/articles/360006897674
_ORCID_BEGINS: Final = "000"
_ORCID_LENGTH: Final = 16

_OPENALEX = re.compile(r"A\d{1,15}", re.IGNORECASE | re.ASCII)
_OPENALEX_LIKE = re.compile(r"A\d{6,15}", re.IGNORECASE | re.ASCII)
_OPENALEX_PAGES: Final = frozenset({"authors", "people"})

_NUMBER = re.compile(r"\d{1,15}", re.ASCII)

_PID = re.compile(r"[0-9a-z]{1,4}(?:/[A-Za-z0-9=_+-]{1,60}){1,3}", re.ASCII)
# `64/4311`, `56/953-1`, `b/YoshuaBengio`; anything else of this form may be an arXiv id (`cs/0112017`).
_PID_LIKE = re.compile(r"\d{2,3}/\d{1,6}(?:-\d{1,4})?|[a-z]/[A-Z][A-Za-z=]{2,60}(?:-\d{1,4})?", re.ASCII)
_PID_FORMAT = re.compile(r"\.(?:html|xml|rss|bib|nt|ttl|rdf)$")
_OLD_DBLP: Final = frozenset({"pers", "~ley"})

# https://info.arxiv.org/help/author_identifiers.html
_ARXIV = re.compile(r"[a-z]+(?:_[a-z]+)*_[a-z]_\d{1,4}", re.ASCII)
_ARXIV_FORMAT = re.compile(r"\.(?:html|atom2?|json|js)$")

_PROFILE = re.compile(r"~[^\W\d_][\w.'’-]{1,100}\d{1,5}")

_HF_USER = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,94}[a-z0-9])?", re.IGNORECASE | re.ASCII)
# First parts of paths on huggingface.co that are no users.
_HF_PAGES: Final = frozenset(
    {"api", "blog", "chat", "collections", "datasets", "docs", "enterprise", "join", "learn", "login", "models"}
    | {"new", "organizations", "papers", "posts", "pricing", "settings", "spaces", "support", "tasks", "welcome"}
    | {"privacy", "terms-of-service", "huggingface-projects", "storage", "inference", "changelog", "search", "brand"}
)

_PAGES_OF: Final[Mapping[PersonScheme, str]] = {
    PersonScheme.ORCID: "https://orcid.org/",
    PersonScheme.OPENALEX: "https://openalex.org/",
    PersonScheme.S2: "https://www.semanticscholar.org/author/",
    PersonScheme.DBLP: "https://dblp.org/pid/",
    PersonScheme.OPENREVIEW: "https://openreview.net/profile?id=",
    PersonScheme.ARXIV: "https://arxiv.org/a/",
    PersonScheme.HF: "https://huggingface.co/",
}


def parse_person_id(text: str) -> PersonId | None:
    """Read an id, bare or with its service in front (`s2:1741101`), or the address of a person's page.

    None if it is no person's id, such as a name, or the address of something else. Raises InvalidReference.
    """
    text = tidy(text)
    if address := read_address(text):
        return _read_page(address) or _read_other_page(text, address)
    prefix, rest = split_prefix(text)
    read = _SPELLINGS.get(prefix)
    return read(rest) if read else _read_bare(text)


@lru_cache(maxsize=10_000)  # the same people write again and again
def read_person_id(scheme: PersonScheme, value: str) -> PersonId | None:
    """Read an id as a service states it, bare or as an address; None if it is none of that scheme."""
    if not value or len(value) > LONGEST:
        return None
    try:
        address = read_address(value)
        person = _read_page(address) if address else _SPELLINGS[scheme](value)
    except InvalidReference:
        return None
    return person if person and person.scheme is scheme else None


def url_of(person: PersonId) -> str:
    """Give the page a service has about a person."""
    return f"{_PAGES_OF[person.scheme]}{quote(person.value, safe='/~=+')}"


def _read_page(page: Address) -> PersonId | None:
    read = _PAGES.get(page.host)
    return read(page) if read else None


def _read_bare(text: str) -> PersonId | None:
    if text.startswith("~"):
        return _read_openreview(text)
    if text.startswith("@"):
        return _read_hf(text)
    if _is_orcid_like(text):
        return _read_orcid(text)
    if _OPENALEX_LIKE.fullmatch(text):
        return _read_openalex(text)
    if _PID_LIKE.fullmatch(text):
        return _read_dblp(text)
    return _read_arxiv(text) if _ARXIV.fullmatch(text) else None


def _is_orcid_like(text: str) -> bool:
    """Whether it has the form, and, without its hyphens, the beginning: any number may have sixteen digits."""
    return bool(_ORCID_LIKE.fullmatch(text)) and ("-" in text or text.startswith(_ORCID_BEGINS))


def _read_orcid(value: str) -> PersonId:
    digits = re.sub(r"[\s-]", "", value).upper()
    if orcid := read_orcid(digits):
        return PersonId(PersonScheme.ORCID, orcid)
    if len(digits) != _ORCID_LENGTH or not re.fullmatch(r"\d{15}[\dX]", digits, re.ASCII):
        raise InvalidReference(
            value, "an ORCID iD has four groups of four digits, like 0000-0002-1825-0097; the last may be an X."
        )
    right = check_digit(digits[:-1])
    raise InvalidReference(value, f"the last character of this ORCID iD should be {right}: is it mistyped?")


def _read_orcid_page(page: Address) -> PersonId | None:
    parts = [part for part in page.parts if part not in {"v3.0", "v2.1"}]
    return _read_orcid(parts[0]) if parts and parts[0][:1].isdigit() else None


def _read_openalex(value: str) -> PersonId:
    if not _OPENALEX.fullmatch(value):
        raise InvalidReference(value, "an author's id at OpenAlex is an A and digits, like A5034688833.")
    return PersonId(PersonScheme.OPENALEX, value.upper())


def _read_openalex_spelling(value: str) -> PersonId | None:
    """Read what stands behind `openalex:`; institutions and works stand there as well."""
    if value[:1].isalpha() and value[0].upper() != "A":
        return None
    return _read_openalex(value)


def _read_openalex_page(page: Address) -> PersonId | None:
    parts = page.parts[1:] if page.parts[:1] and page.parts[0].lower() in _OPENALEX_PAGES else page.parts
    if not parts:
        return None
    if split_prefix(parts[0])[0] == "orcid":
        return _read_orcid(split_prefix(parts[0])[1])
    is_author = parts is not page.parts or bool(re.match(r"a\d", parts[0], re.IGNORECASE | re.ASCII))
    return _read_openalex(parts[0]) if is_author else None


def _read_s2(value: str) -> PersonId:
    if not _NUMBER.fullmatch(value):
        raise InvalidReference(
            value, "an author's id at Semantic Scholar is the number at the end of the page's address, like 1741101."
        )
    return PersonId(PersonScheme.S2, value.lstrip("0") or "0")


def _read_s2_spelling(value: str) -> PersonId | None:
    """Read what stands behind `s2:`; the forty characters of a paper stand there as well."""
    return None if re.fullmatch(r"[0-9a-f]{40}", value, re.IGNORECASE) else _read_s2(value)


def _read_s2_page(page: Address) -> PersonId | None:
    """Read `/author/Oren-Etzioni/1741101`; the API's address has its version in front."""
    if "author" not in page.parts:
        return None
    behind = page.parts[page.parts.index("author") + 1 :]
    number = next(filter(_NUMBER.fullmatch, behind), "")
    return _read_s2(number or "/".join(behind))


def _read_dblp(value: str) -> PersonId:
    pid = _PID_FORMAT.sub("", value)
    if not _PID.fullmatch(pid):
        raise InvalidReference(
            value, "a person's id at dblp is what stands behind /pid/ in the address of the page, like 64/4311."
        )
    return PersonId(PersonScheme.DBLP, pid)


def _read_dblp_page(page: Address) -> PersonId | None:
    first = page.parts[0] if page.parts else ""
    if first in _OLD_DBLP:
        raise InvalidReference(
            page.path,
            "this is an old address of dblp, which goes by the name and not by the person; open it, and copy the "
            "“persistent URL” behind the share sign, like dblp.org/pid/64/4311.",
        )
    return _read_dblp("/".join(page.parts[1:])) if first == "pid" else None


def _read_arxiv(value: str) -> PersonId:
    name = _ARXIV_FORMAT.sub("", value.lower())
    if re.match(r"\d{4}-", name):
        return _read_orcid(name)
    if not _ARXIV.fullmatch(name):
        raise InvalidReference(value, "an author's id at arXiv is family name, initial and number, like warner_s_1.")
    return PersonId(PersonScheme.ARXIV, name)


def _read_arxiv_spelling(value: str) -> PersonId | None:
    """Read what stands behind `arxiv:`; mostly that is a paper."""
    value = value.removeprefix("a/")
    return _read_arxiv(value) if _ARXIV.fullmatch(value.lower()) else None


def _read_arxiv_page(page: Address) -> PersonId | None:
    return _read_arxiv("/".join(page.parts[1:])) if page.parts[:1] == ("a",) else None


def _read_openreview(value: str) -> PersonId:
    profile = value if value.startswith("~") else f"~{value}"
    if "@" in value:
        raise InvalidReference(value, "addresses of people are not kept; give the profile's id, like ~First_Last1.")
    if not _PROFILE.fullmatch(profile):
        raise InvalidReference(
            value, "a profile at OpenReview is ~, the names with _ between them, and a number, like ~First_Last1."
        )
    return PersonId(PersonScheme.OPENREVIEW, profile)


def _read_openreview_spelling(value: str) -> PersonId | None:
    """Read what stands behind `openreview:`; the id of a paper stands there as well."""
    return _read_openreview(value) if value.startswith("~") or "@" in value else None


def _read_openreview_page(page: Address) -> PersonId | None:
    if page.parts[:1] != ("profile",):
        return None
    return _read_openreview(page.query.get("id") or page.query.get("email") or "")


def _read_hf(value: str) -> PersonId:
    user = value.removeprefix("@")
    if not _HF_USER.fullmatch(user):
        raise InvalidReference(
            value, "a user name at Hugging Face is of letters, digits and hyphens, like huggingface.co/julien-c."
        )
    return PersonId(PersonScheme.HF, user.casefold())


def _read_hf_spelling(value: str) -> PersonId | None:
    """Read what stands behind `hf:`; the id of a paper stands there as well."""
    return None if re.fullmatch(r"\d{4}\.\d{4,5}(?:v\d+)?", value, re.ASCII) else _read_hf(value)


def _read_hf_page(page: Address) -> PersonId | None:
    """Read `/julien-c`. `/julien-c/model` shows a model, and `/papers` the papers."""
    is_user = len(page.parts) == 1 and page.parts[0].lower() not in _HF_PAGES
    return _read_hf(page.parts[0]) if is_user else None


def _read_other_page(text: str, page: Address) -> PersonId | None:
    if page.host.startswith("scholar.google."):
        raise InvalidReference(
            text,
            "Google Scholar tells programs nothing; give the person's page at ORCID, OpenAlex, Semantic Scholar or "
            "dblp, or simply the name.",
        )
    return None


_Read = Callable[[str], PersonId | None]
_SPELLINGS: Final[Mapping[str, _Read]] = {
    "orcid": _read_orcid,
    "openalex": _read_openalex_spelling,
    "s2": _read_s2_spelling,
    "semanticscholar": _read_s2_spelling,
    "semantic_scholar": _read_s2_spelling,
    "semantic scholar": _read_s2_spelling,
    "dblp": _read_dblp,
    "arxiv": _read_arxiv_spelling,
    "openreview": _read_openreview_spelling,
    "hf": _read_hf_spelling,
    "huggingface": _read_hf_spelling,
}
_PAGES: Final[Mapping[str, Callable[[Address], PersonId | None]]] = {
    "orcid.org": _read_orcid_page,
    "pub.orcid.org": _read_orcid_page,
    "openalex.org": _read_openalex_page,
    "api.openalex.org": _read_openalex_page,
    "explore.openalex.org": _read_openalex_page,
    "semanticscholar.org": _read_s2_page,
    "api.semanticscholar.org": _read_s2_page,
    "dblp.org": _read_dblp_page,
    "dblp.uni-trier.de": _read_dblp_page,
    "dblp.dagstuhl.de": _read_dblp_page,
    "arxiv.org": _read_arxiv_page,
    "export.arxiv.org": _read_arxiv_page,
    "openreview.net": _read_openreview_page,
    "api.openreview.net": _read_openreview_page,
    "api2.openreview.net": _read_openreview_page,
    "huggingface.co": _read_hf_page,
    "hf.co": _read_hf_page,
}
