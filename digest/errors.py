"""The error tree. A docstring is the message; every error carries the ids it concerns.

DigestError
├── ConfigurationError(faults)
├── InvalidList(why)
├── InvalidPage(why)
├── InvalidQuery(text, why)
├── InvalidReference(text, why)
├── PostboxUnavailable             a mailbox that bounces are read from cannot be opened
├── ReplayEmpty(folder)
├── ReportRefused                  a provider's report that is unsigned, forged, old or unreadable
├── SourceError(source)
│   ├── SourceUnavailable          not reached: DNS, connection, timeout, 5xx
│   ├── SourceRefused(retry_after) reached and turned away: 401, 403, 429
│   ├── SourceChanged              answered with something that cannot be parsed
│   └── UnknownReference(reference) answered that it has nothing under this id
└── NotifierError(permanent, retry_after, parts_sent)
    ├── AddressChanged(new_address)
    ├── NotYet(retry_after)        it is not our turn: no failed attempt, however often
    └── NotifierUnusable           nobody can be reached this way until an operator acts

The `subscribers` package lies below this one and has trees of its own, in `subscribers/model.py` and, for what is wrong
with the database, `subscribers/faults.py`.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum


class DigestError(Exception):
    """Something went wrong in Daily Paper Digest."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or "")


class ConfigurationError(DigestError):
    """The configuration has faults."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class InvalidQuery(DigestError):
    """The interest cannot be understood."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"The interest “{text[:80]}” cannot be understood: {why}")
        self.text = text
        self.why = why


class InvalidList(DigestError):
    """The list of people cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The list cannot be imported: {why}")
        self.why = why


class InvalidPage(DigestError):
    """The captured page is none that is read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The page cannot be used: {why}")
        self.why = why


class InvalidReference(DigestError):
    """The text looks like an id of a person, an institution or a paper, and is none."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"“{text[:80]}” cannot be followed: {why}" if text else f"That cannot be followed: {why}")
        self.text = text
        self.why = why


class PostboxUnavailable(DigestError):
    """The mailbox for bounces cannot be read; what is in it waits."""


class ReplayEmpty(DigestError):
    """The folder holds no captured response that a source can read."""


class ReportRefused(DigestError):
    """The report is not signed as it should be, is too old, or cannot be read."""


class SourceError(DigestError):
    """A source failed."""

    def __init__(self, source: str, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.source = source
        self.retry_after = retry_after


class SourceUnavailable(SourceError):
    """The source could not be reached; what is stored is kept and the next run tries again."""


class SourceRefused(SourceError):
    """The source answered that it will not serve us now (401, 403, 429)."""


class SourceChanged(SourceError):
    """The source answered with something that cannot be parsed; an operator must look."""


class UnknownReference(SourceError):
    """The service has nothing under this id: it never was one, or is gone."""

    def __init__(self, source: str, reference: str, message: str) -> None:
        super().__init__(source, message)
        self.reference = reference


class Refusal(StrEnum):
    """What a refusal says beside no: too much from us for now, nothing like this from us, or that a topic is gone."""

    THROTTLED = "throttled"
    POLICY = "policy"
    TOPIC_GONE = "topic_gone"


class NotifierError(DigestError):
    """A message was not accepted.

    `permanent` closes the channel; `retry_after` is obeyed; `parts_sent` counts the leading parts of a chat message
    that did arrive and must not be sent again. `refusal` is set where the other side says more than no. `memo` is what
    the next attempt must know besides; None adds nothing to what it knows already.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: timedelta | None = None,
        parts_sent: int = 0,
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(message)
        self.memo: str | None = None
        self.permanent = permanent
        self.retry_after = retry_after
        self.parts_sent = parts_sent
        self.refusal = refusal


class AddressChanged(NotifierError):
    """The address has moved: store the new one and send again."""

    def __init__(self, new_address: str, *, parts_sent: int = 0) -> None:
        super().__init__(f"The address has moved to {new_address}", parts_sent=parts_sent)
        self.new_address = new_address


class NotYet(NotifierError):
    """The message has to wait for its turn."""

    def __init__(self, message: str, *, retry_after: timedelta, parts_sent: int = 0) -> None:
        super().__init__(message, retry_after=retry_after, parts_sent=parts_sent)


class NotifierUnusable(NotifierError):
    """The notifier itself does not work (wrong password, unreachable server): stop sending this way and say so."""
