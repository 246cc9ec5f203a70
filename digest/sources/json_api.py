"""What the JSON APIs have in common: their refusals, told in their own words. Never asks; never parses papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged, SourceRefused
from digest.intake import clean_text
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Response
from digest.sources.http.retry_after import parse_wait

# Bad request, not found, conflict (a locked ORCID record), gone: the body says why.
EXPLAINED: Final = frozenset({400, 404, 409, 410})

_LEAST_ERROR: Final = 400
_LONGEST_REASON: Final = 200
# The telling ones first: OpenAlex says “Invalid query parameters error.” in `error` and which in `message`.
_REASONS: Final = ("error_description", "user-message", "developer-message", "message", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A service. `key_option` is where its key is configured, `key_refusals` the statuses that mean a wrong one."""

    source: str
    title: str
    key_option: str = ""
    key_refusals: frozenset[int] = frozenset()

    @property
    def accepted(self) -> frozenset[int]:
        """Give the statuses whose answers `open_answer` explains."""
        return EXPLAINED | self.key_refusals


def open_answer(response: Response, api: Api, now: datetime) -> bytes:
    """Give the body of a success. Raises SourceRefused for a wrong key, SourceChanged for any other error."""
    if response.status < _LEAST_ERROR:
        return response.body
    if response.status in api.key_refusals:
        said = f"{api.title} does not accept the key or token (status {response.status}); check {api.key_option}"
        raise SourceRefused(api.source, said, retry_after=parse_wait(response.headers, now))
    reason = _read_reason(response.body, api.source)
    raise SourceChanged(api.source, f"{api.title} answered {response.status}: {reason or 'it gave no reason'}")


def refuse_error(top: Record, title: str, source: str) -> None:
    """Raise SourceChanged if an answer is no answer but an error."""
    if reason := find_reason(top):
        raise SourceChanged(source, f"{title} answered with an error: {reason}")


def find_reason(top: Record) -> str:
    """Give the reason an error states, in at most 200 characters; empty if it states none."""
    listed = (entry.text("message") for entry in top.records("message"))
    stated = next(filter(None, (*map(top.text, _REASONS), *listed)), "")
    return clean_text(stated, _LONGEST_REASON)


def _read_reason(body: bytes, source: str) -> str:
    try:
        return find_reason(Record(read_json(body, source)))
    except SourceChanged:
        return ""
