"""Forms of one given name: Chris and Christopher, Youssef and Yousef. Pure; the list is a file beside."""

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _load() -> dict[str, frozenset[str]]:
    """Read `data/variants.txt`: a line for each name with its other forms; a comment begins with #."""
    text = files("digest.researchers").joinpath("data", "variants.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {name: frozenset(forms) for name, *forms in lines}


def variants_of(given: str) -> frozenset[str]:
    """Give the other forms of a given name, in small Latin letters; none for most."""
    return _load().get(given, frozenset())
