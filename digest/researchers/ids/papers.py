"""Papers and their authors as readers name them: `2310.01234`, an address, `author 3 of 2310.01234`. Pure."""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from digest.errors import InvalidReference
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.web_links import read_link, tidy_link
from digest.identifiers.works import read_doi, read_identifier
from digest.model import Author, ExternalId, IdScheme, Paper
from digest.researchers.ids.pasted import Address, read_address, split_prefix, tidy

LAST: Final = -1

_WORDS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINALS: Final = {word: at for at, word in enumerate(_WORDS, start=1)} | {"last": LAST, "senior": LAST, "final": LAST}
_NUMBERED = re.compile(
    r"(?:the )?author (?:no\.? ?|number |#)?(?P<at>\d{1,6}|last|first)(?: of|,| in| on|:) ?(?P<of>.+)", re.IGNORECASE
)
_ORDINAL = re.compile(
    rf"(?:the )?(?P<at>{'|'.join(_ORDINALS)}|\d{{1,6}}(?:st|nd|rd|th)) author(?: of|,| in| on|:) ?(?P<of>.+)",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"(?P<of>\S.*?) ?(?:#|,? author (?:no\.? ?|number |#)?)(?P<at>\d{1,6}|last|first)", re.IGNORECASE)

_ARXIV_LIKE = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?", re.ASCII)
_S2 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE | re.ASCII)
_OPENREVIEW = re.compile(r"[\w-]{6,40}", re.ASCII)
_DBLP_KEY = re.compile(r"(?:conf|journals|books|phd|series|reference|data)/[\w./+:-]{3,190}", re.ASCII)
_DBLP_FORMAT = re.compile(r"\.(?:html|xml|bib|nt|ttl|rdf|ris)$")
_DBLP_HOSTS: Final = frozenset({"dblp.org", "dblp.uni-trier.de", "dblp.dagstuhl.de"})
_HF_HOSTS: Final = frozenset({"huggingface.co", "hf.co"})
_ARXIV_PAGES: Final = frozenset({"abs", "pdf", "html", "format", "ps"})
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class AuthorReference:
    """An author by the place on a paper: `position` counts from 1; LAST is the last one, however many there are."""

    paper: ExternalId
    position: int

    def __str__(self) -> str:
        """Give `author 3 of arxiv:2310.01234`."""
        return f"{'last author' if self.position == LAST else f'author {self.position}'} of {self.paper}"

    def find_in(self, paper: Paper) -> tuple[int, Author]:
        """Give the author and the place, counted from 1. Raises InvalidReference if the paper has no such author."""
        count = len(paper.authors)
        position = count if self.position == LAST else self.position
        if not 1 <= position <= count:
            has = f"{count} author{'' if count == 1 else 's'}" if count else "no authors that we know of"
            raise InvalidReference(str(self), f"“{paper.title[:80]}” has {has}.")
        return position, paper.authors[position - 1]


def parse_author_reference(text: str) -> AuthorReference | None:
    """Read `author 3 of 2310.01234`, `2310.01234#3`, `first author of https://doi.org/10.1000/x`.

    None if it does not name an author of a paper in any such way. Raises InvalidReference.
    """
    text = tidy(text)
    if found := _NUMBERED.fullmatch(text) or _ORDINAL.fullmatch(text):
        paper = parse_paper_id(found["of"])
        if paper is None:
            raise InvalidReference(
                found["of"], "this is no id of a paper; give it like 2310.01234, 10.1000/xyz or the page's address."
            )
        return AuthorReference(paper, _read_position(text, found["at"]))
    found = _BEHIND.fullmatch(text)
    paper = parse_paper_id(found["of"]) if found else None
    return AuthorReference(paper, _read_position(text, found["at"])) if found and paper else None


def parse_paper_id(text: str) -> ExternalId | None:
    """Read an id of a paper, bare (arXiv, DOI, Semantic Scholar), with its service in front, or a paper's address.

    None if it is no paper's id. Raises InvalidReference.
    """
    text = tidy(text)
    prefix, rest = split_prefix(text)
    if known := read_identifier(text) or _read_spelling(prefix, rest):
        return known
    if address := read_address(text):
        return _read_page(text, address)
    if _ARXIV_LIKE.fullmatch(text) or (prefix == "arxiv" and rest[:1].isdigit()):
        _refuse_arxiv(rest)
    if prefix == "doi":
        raise InvalidReference(text, "a DOI is 10., digits, a slash and more, like 10.1000/xyz.")
    return ExternalId(IdScheme.S2, text.lower()) if _S2.fullmatch(text) else None


def _read_spelling(prefix: str, value: str) -> ExternalId | None:
    if prefix in {"hf", "huggingface"} and (arxiv := find_arxiv_id(value)):
        return arxiv.external
    if prefix in {"s2", "semanticscholar", "semantic_scholar"} and _S2.fullmatch(value):
        return ExternalId(IdScheme.S2, value.lower())
    if prefix == "openreview" and _OPENREVIEW.fullmatch(value):
        return ExternalId(IdScheme.OPENREVIEW, value)
    if prefix == "dblp" and _DBLP_KEY.fullmatch(value):
        return ExternalId(IdScheme.DBLP, value)
    return read_identifier(value) if prefix == "openalex" else None


def _read_page(text: str, page: Address) -> ExternalId | None:
    if page.host in _HF_HOSTS and page.parts[:1] == ("papers",):
        arxiv = find_arxiv_id("/".join(page.parts[1:]))
        return arxiv.external if arxiv else None
    if page.host == "semanticscholar.org":
        number = next(filter(_S2.fullmatch, page.parts[1:]), "") if page.parts[:1] == ("paper",) else ""
        return ExternalId(IdScheme.S2, number.lower()) if number else None
    if page.host in _DBLP_HOSTS:
        key = _DBLP_FORMAT.sub("", "/".join(page.parts[1:])) if page.parts[:1] == ("rec",) else ""
        return ExternalId(IdScheme.DBLP, key) if _DBLP_KEY.fullmatch(key) else None
    link = tidy_link(text if text.lower().startswith("http") else f"https://{text}")
    if link and (known := read_link(link)):
        return known
    if page.host.endswith("arxiv.org") and page.parts[:1] and page.parts[0] in _ARXIV_PAGES:
        _refuse_arxiv("/".join(page.parts[1:]))
    if page.host in {"doi.org", "dx.doi.org"}:
        if doi := read_doi(page.path):
            return doi
        raise InvalidReference(text, "a DOI is 10., digits, a slash and more, like 10.1000/xyz.")
    return None


def _refuse_arxiv(value: str) -> NoReturn:
    if _ARXIV_LIKE.fullmatch(value):
        if not 1 <= int(value[2:4]) <= _MONTHS:
            raise InvalidReference(
                value, f"an arXiv id begins with year and month, and there is no month {value[2:4]}: is it mistyped?"
            )
        raise InvalidReference(
            value, "arXiv ids have four digits behind the point until 2014, five since: is it mistyped?"
        )
    raise InvalidReference(value, "an arXiv id is like 2310.01234 or hep-th/9901001.")


def _read_position(text: str, at: str) -> int:
    word = at.lower()
    position = _ORDINALS.get(word) or int(re.sub(r"\D", "", word))
    if position == 0:
        raise InvalidReference(text, "authors are counted from 1.")
    return position
