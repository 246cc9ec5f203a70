"""Where a paper says its code is: a repository named in the abstract or the comments. Pure."""

import re
from typing import Final

_HOSTS: Final = ("github.com", "gitlab.com", "huggingface.co")  # in order of preference
_BEFORE_HOST: Final = len("https://www.")

# Not repositories though they look like owner/name.
_PAGES: Final[dict[str, frozenset[str]]] = {
    "github.com": frozenset(
        {"about", "apps", "collections", "features", "marketplace", "orgs", "settings", "sponsors", "topics"}
    ),
    "gitlab.com": frozenset({"explore", "help", "users"}),
    "huggingface.co": frozenset(
        {"api", "blog", "collections", "datasets", "docs", "join", "learn", "papers", "posts", "spaces", "tasks"}
    ),
}

# The host begins a URL or a word: `evil.example/github.com/a/b` and `notgithub.com/a/b` are not meant. TeX may have
# escaped an underscore.
_REPOSITORY = re.compile(
    r"(?:https?://|(?<![\w./@:-]))(?:www\.)?(?P<host>github\.com|gitlab\.com|huggingface\.co)"
    r"/(?P<owner>[A-Za-z0-9](?:[\w-]|\\_){0,59})/(?P<name>(?:[\w.-]|\\_){1,100})",
    re.IGNORECASE | re.ASCII,
)


def find_code_url(*texts: str) -> str | None:
    """Give the address of the first repository the texts name, GitHub's before others; None if they name none."""
    text = "\n".join(texts)
    folded = text.casefold()
    # Most papers name none, and this is far faster than to search; for those that do, to begin where they do.
    places = [place for host in _HOSTS if (place := folded.find(host)) >= 0]
    if not places:
        return None
    start = max(0, min(places) - _BEFORE_HOST) if len(folded) == len(text) else 0
    found: dict[str, str] = {}
    for match in _REPOSITORY.finditer(text, start):
        host, owner = match["host"].lower(), match["owner"].replace("\\", "")
        name = match["name"].replace("\\", "").rstrip(".-").removesuffix(".git")
        if name and owner.lower() not in _PAGES[host]:
            found.setdefault(host, f"https://{host}/{owner}/{name}")
    return next((found[host] for host in _HOSTS if host in found), None)
