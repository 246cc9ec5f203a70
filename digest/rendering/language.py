"""Which language a message is in. Readers may want another, but a message says of itself what its words are.

`lang` and Content-Language tell screen readers how to speak and mail programs whether to offer a translation; named
wrongly, English is read out as if it were German.
"""

from typing import Final

# The languages our templates are written in.
WRITTEN: Final = ("en",)


def choose_language(wanted: str) -> str:
    """Give the language tag of the words for a reader who wants this one; English where we have no other."""
    primary = wanted.partition("-")[0].lower()
    return wanted if primary in WRITTEN else WRITTEN[0]
