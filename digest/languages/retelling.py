"""Saying again, in the language that is being spoken, what is kept or raised as a sentence in English.

Evidence, notes and errors are put into words where nobody knows yet who will read them, and rest in the database. A
`Phrasebook` has the texts from which they were made; a sentence is taken apart by the text it came from, and put
together again by the translation of that text. What comes from no text of the book stays as it is, in English.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from digest.languages.choice import ENGLISH
from digest.languages.formats import say_list
from digest.languages.speech import spoken, tr, trn

# One text, or a text for one and a text for many; `{count}` in those is the number.
Phrase = str | tuple[str, str]

LONGEST: Final = 2_000  # characters; what is longer is nothing of ours
_DEEPEST: Final = 3  # phrases within phrases
_BETWEEN = re.compile(r", | and ")
_VALUE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Phrasebook:
    """Texts with `{name}` for values. A sentence is of the first text that fits it, so the narrower stand before.

    Names and titles are put in as they are. A value whose name ends in `_said` is itself one of the book's, and said
    again too; so are those of one that ends in `_list`, `a, b and c`, which are joined as the language joins them.
    """

    phrases: tuple[Phrase, ...]

    def __or__(self, other: "Phrasebook") -> "Phrasebook":
        """Give a book with the texts of both."""
        return Phrasebook((*self.phrases, *other.phrases))

    def retell(self, kept: str) -> str:
        """Say a sentence in the language that is being spoken; as it is kept, where it is none of the book's."""
        return kept if spoken() == ENGLISH or len(kept) > LONGEST else self._retell(kept, _DEEPEST)

    def _retell(self, kept: str, depth: int) -> str:
        if kept in self._whole:
            return tr(kept)
        if depth:
            for pattern, phrase in self._patterns:
                if found := pattern.fullmatch(kept):
                    return self._say(phrase, found.groupdict(), depth - 1)
        return kept

    def _say(self, phrase: Phrase, values: Mapping[str, str], depth: int) -> str:
        said = {name: self._say_value(name, value, depth) for name, value in values.items()}
        if isinstance(phrase, str):
            return tr(phrase, **said)
        count = said.pop("count")
        return trn(*phrase, int(count.replace(",", "")), **said)

    def _say_value(self, name: str, value: str, depth: int) -> str:
        if name.endswith("_list"):
            return say_list([self._retell(each, depth) for each in _BETWEEN.split(value)], spoken())
        return self._retell(value, depth) if name.endswith("_said") else value

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(text for text, _ in self._texts() if not _VALUE.search(text))

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], Phrase], ...]:
        """Give what recognises the texts with values, in their order."""
        return tuple((_compile(text), phrase) for text, phrase in self._texts() if _VALUE.search(text))

    def _texts(self) -> Iterable[tuple[str, Phrase]]:
        for phrase in self.phrases:
            for text in (phrase,) if isinstance(phrase, str) else phrase:
                yield text, phrase


def _compile(text: str) -> re.Pattern[str]:
    parts = _VALUE.split(text)  # what is prescribed and the names of values, by turns
    said = (re.escape(part) if place % 2 == 0 else _match_value(part) for place, part in enumerate(parts))
    return re.compile("".join(said), re.DOTALL)


def _match_value(name: str) -> str:
    return rf"(?P<{name}>{'[0-9][0-9,]*' if name == 'count' else '.*?'})"
