"""Every source there is: ours and third parties', found through the entry-point group `digest.sources`.

An entry point names a function that takes the source settings and returns a list of sources.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from digest.errors import ConfigurationError
from digest.settings import SourceSettings
from digest.sources import Source

GROUP: Final = "digest.sources"

Factory = Callable[[SourceSettings], list[Source]]

# What loading and calling a stranger's module is known to end in.
_FAULTS: Final = (
    ImportError,
    SyntaxError,
    NameError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    OSError,
    RuntimeError,
)


def make_sources(settings: SourceSettings, entries: Iterable[EntryPoint] | None = None) -> list[Source]:
    """Make every source the settings ask for, by entry-point name. Raises ConfigurationError."""
    found = entry_points(group=GROUP) if entries is None else entries
    sources = [source for entry in sorted(found, key=lambda entry: entry.name) for source in _make(entry, settings)]
    twice = [name for name, times in Counter(source.name for source in sources).items() if times > 1]
    if twice:
        raise ConfigurationError([f"two sources are called “{name}”; remove one of them" for name in twice])
    return sources


def _make(entry: EntryPoint, settings: SourceSettings) -> list[Source]:
    try:
        factory: Factory = entry.load()
        return list(factory(settings))
    except _FAULTS as error:
        fault = f"the source “{entry.name}” ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"
        raise ConfigurationError([fault]) from error
