"""Whether arXiv says of a paper that it has been withdrawn. Pure.

https://info.arxiv.org/help/withdraw.html: a withdrawal is a new version whose reason stands in the comments; older ones
have it in place of the abstract. Papers *about* withdrawals are common enough that the word alone says nothing.
"""

import re
from typing import Final

_WORK = r"(?:paper|article|submission|manuscript|preprint|e-?print|work|version|note|letter|report|contribution|entry)"
_GONE = r"(?:has|have|is|was|had)\s+(?:now\s+|hereby\s+)?(?:been\s+|being\s+)?(?:temporarily\s+)?withdrawn"
# A paper taken back from a conference or journal is still on arXiv.
_HERE = r"\b(?!\s+from\s+(?!(?:the\s+)?arxiv))"
_SENTENCE = r"(?:^|[.;:!?\]\)]\s+|\n\s*)[\[\(*\s]*"

_STATEMENT = re.compile(rf"{_SENTENCE}this\s+{_WORK}\s+{_GONE}{_HERE}", re.IGNORECASE)
# What only the beginning of a text may say: "The paper has been withdrawn …", "Withdrawn by the author", "Paper
# withdrawn".
_OPENING = re.compile(
    rf"[\s\[\(*]*(?:(?:the|our)\s+{_WORK}\s+{_GONE}"
    rf"|(?:(?:this|the)\s+)?(?:{_WORK}\s+)?(?:temporarily\s+)?withdrawn"
    rf"(?=\s*(?:$|[.,;:!\])]|by\b|due\b|because\b|since\b|until\b|pending\b|for\b|as\b)))"
    rf"{_HERE}",
    re.IGNORECASE,
)
_TITLE_MARK = re.compile(r"\s*[\[\(]?\s*withdrawn\s*[\]\):]|.*[\[\(]\s*withdrawn\s*[\]\)]\s*\.?\s*", re.IGNORECASE)

_LONGEST_ABSTRACT: Final = 5_000


def is_withdrawn(title: str, abstract: str = "", comment: str = "") -> bool:
    """Whether the title is marked as withdrawn, or abstract or comment state that this paper has been withdrawn."""
    if "ithdrawn" not in f"{title}{abstract}{comment}" and "ITHDRAWN" not in f"{title}{abstract}{comment}":
        return False
    stated = (abstract[:_LONGEST_ABSTRACT], comment)
    return bool(
        _TITLE_MARK.match(title[:1_000]) or any(_STATEMENT.search(text) or _OPENING.match(text) for text in stated)
    )
