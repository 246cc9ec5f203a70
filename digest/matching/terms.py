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


def name_words(name: str) -> list[str]:
    """Give the words of a name, hyphenated ones closed: `Wei, Fu-Ru` and `wei_furu` have the same."""
    return ["".join(parts) for parts in split_compounds(name)]


def is_initial(word: str) -> bool:
    """Whether a word of a name is an initial: one Latin letter."""
    return len(word) == 1 and word.isascii()


def archive_of(category: str) -> str:
    """Give the archive of a category: `cs` of `cs.cl`."""
    return category.partition(".")[0]
