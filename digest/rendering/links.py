"""Which links of a paper are shown. Addresses are a source's and hostile: only plain web links survive."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from digest.languages import tr
from digest.model import IdScheme, Paper

LONGEST_URL: Final = 500  # characters; a page of a paper has no longer address, and Telegram bounds all links together

_ARXIV: Final = "https://arxiv.org/abs/"
_HUGGING_FACE: Final = "https://huggingface.co/papers/"
_DOI: Final = "https://doi.org/"
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u206f\ud800-\udfff\\]")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?")
# What RFC 3986 allows in a path or query as it stands, with % for what is encoded already; no quotation mark is in it.
_PLAIN: Final = "/:?#[]@!$&()*+,;=%-._~"


@dataclass(frozen=True, slots=True)
class Link:
    """A link with a label of ours; `note` says how many stars, upvotes or comments are behind it."""

    label: str
    url: str
    note: str = ""


def find_page(paper: Paper) -> str | None:
    """Give the page of a paper that its title leads to."""
    return (
        safe_url(paper.abstract_url)
        or _page_of_id(paper, IdScheme.ARXIV, _ARXIV)
        or _page_of_id(paper, IdScheme.DOI, _DOI)
        or _page_of_id(paper, IdScheme.HF, _HUGGING_FACE)
        or safe_url(paper.id_of(IdScheme.URL))
        or safe_url(paper.pdf_url)
    )


def list_links(paper: Paper) -> tuple[Link, ...]:
    """Give the line of links below a paper, each address once."""
    page = find_page(paper)
    found = (
        (_label_page(page), page, ""),
        ("PDF", safe_url(paper.pdf_url), ""),
        (tr("Code"), safe_url(paper.code_url), _counted(paper.github_stars, "★ {count}")),
        (tr("Project"), safe_url(paper.project_url), ""),
        ("Hugging Face", _find_discussion(paper), _popularity(paper)),
    )
    shown: dict[str, Link] = {}
    for label, url, note in found:
        if url is not None:
            shown.setdefault(url, Link(label, url, note))
    return tuple(shown.values())


def _find_discussion(paper: Paper) -> str | None:
    """Give the page where readers vote and comment; Hugging Face numbers its papers as arXiv does."""
    is_listed = paper.upvotes is not None
    return _page_of_id(paper, IdScheme.HF, _HUGGING_FACE) or (
        _page_of_id(paper, IdScheme.ARXIV, _HUGGING_FACE) if is_listed else None
    )


def safe_url(url: str | None) -> str | None:
    """Give a web address in plain ASCII, or None for anything a link must not lead to.

    Refused: schemes other than http and https, user names before the host (`https://arxiv.org@example.com`), white
    space, backslashes and invisible characters, hosts that are no names, over-long addresses.
    """
    if not url or len(url) > LONGEST_URL or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    host = _ascii_host(host or "")
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or host is None:
        return None
    place = host if port is None else f"{host}:{port}"
    encoded = (quote(part, safe=_PLAIN) for part in (parts.path, parts.query, parts.fragment))
    result = urlunsplit((parts.scheme, place, *encoded))
    return result if len(result) <= LONGEST_URL else None


def _ascii_host(host: str) -> str | None:
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return name if _HOST.fullmatch(name) else None


def _page_of_id(paper: Paper, scheme: IdScheme, prefix: str) -> str | None:
    value = paper.id_of(scheme)
    return safe_url(prefix + quote(value, safe="/.", errors="replace")) if value else None


def _label_page(url: str | None) -> str:
    host = urlsplit(url or "").hostname or ""
    names = {"arxiv.org": "arXiv", "huggingface.co": "Hugging Face", "doi.org": "DOI", "openreview.net": "OpenReview"}
    return names.get(host.removeprefix("www."), tr("Paper"))


def _popularity(paper: Paper) -> str:
    comments = tr("1 comment") if paper.comment_count == 1 else tr("{count} comments")
    notes = (_counted(paper.upvotes, "▲ {count}"), _counted(paper.comment_count, comments))
    return ", ".join(note for note in notes if note)


def _counted(count: int | None, text: str) -> str:
    """Say a number people gave; nothing is said of none."""
    return "" if count is None or count < 1 else text.format(count=_rounded(count))


def _rounded(count: int) -> str:
    for step, unit in ((10**6, "M"), (10**3, "k")):
        if count >= step:
            return f"{min(count, 10**12) / step:.1f}".removesuffix(".0") + unit
    return str(count)
