"""How a term is spelled so that the index can look it up: words, names and categories each in their own way."""

import re

from digest.matching.syntax import Field
from digest.matching.text import normalise, split_compounds

# What each kind of term must hold, and what to do if it does not.
COMPLAINTS = {
    Field.TEXT: "“{}” has no letter or digit to look for; write a word or a “phrase in quotes”.",
    Field.AUTHOR: "“{}” is not a name to look for; write at least the family name, for example `au:Wei` or `au:Wei_F`.",
    Field.CATEGORY: "“{}” is not a category; write `cat:cs.CL`, or `cat:cs` for all of cs.",
}

# Habits of other search engines that would be read as something else here and match next to nothing, silently.
_MISTAKES = (
    (
        re.compile(r"\w\w\*|\w\?\w"),
        "“{}” has a wildcard, and there are none; write the words out, as in `diffusion OR diffusive`.",
    ),
    (re.compile(r"\|"), "the “|” in “{}” is no operator; write OR between the two, or put words in quotes."),
)
# The archives that are divided: https://arxiv.org/category_taxonomy
_BARE_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\.(?:[a-z-]{2,}|\*)", re.IGNORECASE
)
# What is written around a word and no part of it; `C++` and `C#` keep their ends.
_BEFORE, _BEHIND = ".,;!?'‘’“”…#@+/*", ".,;!?'‘’“”…@/*"

_CATEGORY = re.compile(r"[^\W_][\w.&/+-]*(?: [\w.&/+-]+)*")


def spell(field: Field, written: str) -> str:
    """Give the text of a term, the same for equivalent spellings; empty if there is nothing to look for."""
    match field:
        case Field.AUTHOR:
            words = sorted(name_words(written))
            return " ".join(words) if any(not is_initial(word) for word in words) else ""
        case Field.CATEGORY:
            category = " ".join(written.casefold().split()).removesuffix(".*")
            return category if _CATEGORY.fullmatch(category) else ""
        case _:
            return normalise(written)


def find_mistake(field: Field, word: str) -> str | None:
    """Say what is wrong with a word that stands without quotes, or give None."""
    if field is Field.CATEGORY:
        return None
    if field is Field.TEXT and _BARE_CATEGORY.fullmatch(word):
        return f"“{word}” is a category; write `cat:{word}`, or put it in quotes to look for the words."
    return next((why.format(word) for pattern, why in _MISTAKES if pattern.search(word)), None)


def trim(field: Field, written: str) -> str:
    """Give a term as people are told of it: without the punctuation around it."""
    trimmed = "" if field is Field.CATEGORY else written.lstrip(_BEFORE).rstrip(_BEHIND)
    return trimmed or written


def name_words(name: str) -> list[str]:
    """Give the words of a name, hyphenated ones closed: `Wei, Fu-Ru` and `wei_furu` have the same."""
    return ["".join(parts) for parts in split_compounds(name)]


def is_initial(word: str) -> bool:
    """Whether a word of a name is an initial: one Latin letter."""
    return len(word) == 1 and word.isascii()


def archive_of(category: str) -> str:
    """Give the archive of a category: `cs` of `cs.cl`."""
    return category.partition(".")[0]
