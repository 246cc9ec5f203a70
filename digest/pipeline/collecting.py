"""Looks into the mailboxes that bounces come to, mail by mail: each is taken, then put away."""

import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from digest.errors import PostboxUnavailable
from digest.pipeline.postbox import Postbox, take_mail
from digest.postbox.findings import Verdict
from digest.postbox.imap import ImapFolder
from digest.postbox.maildir import Maildir
from digest.settings import BounceSettings
from subscribers import reports
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()

Place = TypeVar("Place")  # what a tray calls a mail: a path, a UID


class Tray(Protocol[Place]):
    """A mailbox whose new mails are read and put away. Each method raises PostboxUnavailable."""

    def list_new(self) -> Iterator[Place]:
        """Give where new mails are."""
        ...

    def read(self, place: Place) -> bytes | None:
        """Give a mail; None if it is gone."""
        ...

    def put_away(self, place: Place, *, is_flagged: bool = False) -> None:
        """Mark a mail as taken."""
        ...


class Collector:
    """Reads the mailboxes of the settings; blocking. Says once that one cannot be read, and again when it changes."""

    def __init__(self, postbox: Postbox, settings: BounceSettings, tls: ssl.SSLContext | None = None) -> None:
        self._postbox = postbox
        self._settings = settings
        self._tls = tls
        self._faults: dict[str, str] = {}

    def collect(self, is_stopping: Callable[[], bool] = lambda: False) -> Counter[Verdict]:
        """Take what has come in; give how many of each there were. Raises DatabaseUnavailable."""
        found: Counter[Verdict] = Counter()
        if self._settings.maildir:
            maildir = Maildir(Path(self._settings.maildir))
            found += self._look("maildir", nullcontext(maildir), is_stopping)
        if self._settings.imap_host:
            found += self._look("imap", ImapFolder(self._settings, self._tls), is_stopping)
        with self._postbox.database.writing() as session:
            reports.forget_old_reports(session, self._postbox.clock())
        return found

    def _look(
        self, name: str, opening: AbstractContextManager[Tray[Place]], is_stopping: Callable[[], bool]
    ) -> Counter[Verdict]:
        try:
            with opening as tray:
                found = empty(self._postbox, tray, is_stopping)
        except PostboxUnavailable as error:
            self._complain(name, str(error))
            return Counter()
        self._faults.pop(name, None)
        return found

    def _complain(self, name: str, fault: str) -> None:
        if self._faults.get(name) != fault:
            log.error("postbox_unavailable", way=name, fault=fault)
        self._faults[name] = fault


def empty(postbox: Postbox, tray: Tray[Place], is_stopping: Callable[[], bool] = lambda: False) -> Counter[Verdict]:
    """Take every new mail of a mailbox. What a person wrote is flagged: no program answers it, so somebody should."""
    found: Counter[Verdict] = Counter()
    for place in tray.list_new():
        if is_stopping():
            break
        raw = tray.read(place)
        if raw is None:
            continue
        verdict = _take(postbox, raw)
        tray.put_away(place, is_flagged=verdict in {None, Verdict.PERSON})
        found[verdict or Verdict.JUNK] += 1
    return found


def _take(postbox: Postbox, raw: bytes) -> Verdict | None:
    """Take one mail; None if it breaks us, which must not keep the mails behind it waiting."""
    try:
        return take_mail(postbox, raw).finding.verdict
    except DatabaseUnavailable:
        raise
    except Exception:
        log.exception("mail_not_taken")
        return None
