"""Links as feeds send them: through redirects, with the sender's marks on them; and which work one leads to. Pure."""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.works import find_dois, read_identifier
from digest.intake import MAX_URL, clean_url
from digest.model import ExternalId, IdScheme

# What `paper_ids.value` holds is 500 characters; a longer address is shortened nowhere, since it would be another one.
LONGEST_ID: Final = 500

# Said about how a reader came, never about what is shown: campaign marks, feed marks, sessions.
_MARKS: Final = frozenset(
    {"af", "cmpid", "dgcid", "fbclid", "gclid", "igshid", "mc_cid", "mc_eid", "ncid", "phpsessid", "rft_dat", "rss"}
    | {"jsessionid", "sessionid", "session_id", "yclid"}
)
# Elsewhere `from` is a page and `track` a part of a conference.
_FEED_MARKS: Final = frozenset({"from", "origin", "ref", "source", "track"})
_FEED_VALUES: Final = frozenset({"rss", "feed", "atom"})
_MARK_PREFIXES: Final = ("utm_", "pk_", "mtm_", "hsa_")
# PubMed's whole query says which search found the paper.
_NO_QUERY: Final = frozenset({"pubmed.ncbi.nlm.nih.gov", "doi.org", "dx.doi.org"})
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)

_MOST_HOPS: Final = 3
_GOOGLE = re.compile(r"(?:www\.|scholar\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})")
_SAFELINKS: Final = ".safelinks.protection.outlook.com"

# What publishers put behind a DOI in the path of a page about it.
_PAGE = re.compile(
    r"(?:/(?:abstract|abs|summary|full|fulltext|full-text|pdf|epdf|pdfdirect|html|meta|references|epub))+$"
    r"|\.(?:abstract|full|short|pdf|full\.pdf|full-text)$",
    re.IGNORECASE,
)
# bioRxiv's and medRxiv's pages name the version behind the DOI; Oxford's name their own number.
_RXIV_DOI = re.compile(r"(10\.(?:1101|64898)/[\d.]+?)(?:v\d{1,3})?(?:\.[a-z.-]+)?")
_OUP_NUMBER = re.compile(r"/\d{5,9}$")
_OPENREVIEW_ID = re.compile(r"[\w-]{6,40}", re.ASCII)


def tidy_link(link: str) -> str | None:
    """Give the web address a link leads to, without redirect and marks; None if it is no web link."""
    link = link.strip()
    for _ in range(_MOST_HOPS):
        target = _find_target(link)
        if target is None:
            break
        link = target
    try:
        parts = urlsplit(link)
        kept = [] if parts.hostname in _NO_QUERY else parts.query.split("&")
        query = "&".join(each for each in kept if each and not _is_mark(each))
        path = _SESSION_IN_PATH.sub("", parts.path)
        return clean_url(urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment)).strip())
    except ValueError:
        return None


def read_link(link: str) -> ExternalId | None:
    """Say which work a tidy link leads to, if its address tells: arXiv, DOI, PubMed, OpenAlex, OpenReview."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    host, path = (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    bare = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    if host == "huggingface.co" and path.startswith("/papers/"):
        arxiv = find_arxiv_id(path.removeprefix("/papers/"))
        return arxiv.external if arxiv else None
    if host == "openreview.net":
        return _read_openreview(parts.query)
    return read_identifier(bare) or _read_doi_in(host, path, parts.query)


def make_url_id(link: str) -> ExternalId | None:
    """Make an id of a tidy link: over https, host in lower case, without fragment and last slash.

    The last resort: a page may show several works, and one work may have several pages.
    """
    try:
        parts = urlsplit(link)
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return None
    value = urlunsplit(("https", f"{parts.hostname or ''}{port}", parts.path.rstrip("/"), parts.query, ""))
    return ExternalId(IdScheme.URL, value) if parts.hostname and len(value) <= LONGEST_ID else None


def host_of(link: str) -> str:
    """Give the host in lower case, or nothing."""
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _find_target(link: str) -> str | None:
    """Give where a known redirect leads: Google's alerts, Outlook's safe links."""
    host = host_of(link)
    is_google = _GOOGLE.fullmatch(host) and urlsplit(link).path in {"/url", "/scholar_url"}
    if not is_google and not host.endswith(_SAFELINKS):
        return None
    values = dict(parse_qsl(urlsplit(link).query[:MAX_URL]))
    target = values.get("url") or values.get("q") or ""
    return target if target.lower().startswith(("http://", "https://")) else None


def _is_mark(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    is_of_feed = name in _FEED_MARKS and value.lower() in _FEED_VALUES
    return is_of_feed or name in _MARKS or name.startswith(_MARK_PREFIXES)


def _read_openreview(query: str) -> ExternalId | None:
    found = re.search(r"(?:^|&)id=([^&]+)", query)
    is_id = found and _OPENREVIEW_ID.fullmatch(found[1])
    return ExternalId(IdScheme.OPENREVIEW, found[1]) if found and is_id else None


def _read_doi_in(host: str, path: str, query: str) -> ExternalId | None:
    """Find the DOI in a publisher's address; two in one address are none."""
    path = unquote(path)
    if host.endswith("academic.oup.com"):
        path = _OUP_NUMBER.sub("", path)
    while (shorter := _PAGE.sub("", path)) != path:
        path = shorter
    values = (unquote(each.partition("=")[2]) for each in query.split("&"))
    found = [doi for text in (path, *values) for doi in find_dois(text)]
    if len(set(found)) != 1 or found[0].scheme is not IdScheme.DOI:
        return None
    preprint = _RXIV_DOI.fullmatch(found[0].value) if host.endswith("rxiv.org") else None
    return ExternalId(IdScheme.DOI, preprint[1]) if preprint else found[0]
