"""What every message to a reader needs, be it a digest or an alert: the papers, the service and the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from digest.model import AnnouncementKind, Match, Paper, PaperId
from digest.rendering.asking import AnswerLinks


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Papers for a reader. `kinds` tells how papers appeared, where that is worth a label.

    `title` is the name of the service; `links` lead to where readers answer, `manage_url` to their preferences.
    `unsubscribe_mailto` is an address or a `mailto:` URL, for what leaving this kind of message means.
    """

    title: str
    edition: str
    entries: tuple[tuple[Match, Paper], ...]
    reader_name: str = ""
    timezone: str = "UTC"
    language: str = "en"
    kinds: Mapping[PaperId, tuple[AnnouncementKind, ...]] = field(default_factory=lambda: MappingProxyType({}))
    links: AnswerLinks = field(default_factory=AnswerLinks)
    manage_url: str | None = None
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
    public_url: str = ""
    is_group: bool = False
