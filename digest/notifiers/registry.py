"""Finds the notifiers that are installed and configured: the entry-point group `digest.notifiers`."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from digest.errors import ConfigurationError
from digest.notifiers import Notifier
from digest.settings import Settings

GROUP = "digest.notifiers"


def load_notifiers(settings: Settings, entries: Iterable[EntryPoint] | None = None) -> dict[str, Notifier]:
    """Give the configured notifiers by kind. Raises one ConfigurationError with every fault found.

    Each entry names a function `make_notifier(settings)`, which returns a notifier, or None when it is not configured.
    """
    notifiers: dict[str, Notifier] = {}
    faults: list[str] = []
    for entry in sorted(entry_points(group=GROUP) if entries is None else entries, key=lambda entry: entry.name):
        try:
            notifier = _make(entry, settings)
        except ConfigurationError as error:
            faults += error.faults
            continue
        if notifier is not None and notifiers.setdefault(notifier.kind, notifier) is not notifier:
            faults.append(f"Two notifiers serve “{notifier.kind}”; the second is {_title(entry)}: remove one of them")
    if faults:
        raise ConfigurationError(faults)
    return notifiers


def _make(entry: EntryPoint, settings: Settings) -> Notifier | None:
    try:
        notifier: Notifier | None = entry.load()(settings)
        if notifier is not None:
            _check(notifier)
    except ConfigurationError:
        raise
    except Exception as error:
        message = f"The notifier {_title(entry)} cannot be used: {type(error).__name__}: {error}"
        raise ConfigurationError([message]) from error
    return notifier


def _check(notifier: Notifier) -> None:
    """Fail with AttributeError now rather than in the middle of a run."""
    for name in ("kind", "form", "send", "__aenter__", "__aexit__"):
        getattr(notifier, name)


def _title(entry: EntryPoint) -> str:
    return f"{entry.name} ({entry.value})"
