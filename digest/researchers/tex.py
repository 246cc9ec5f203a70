"""Gives TeX as text, whatever a source or a stranger wrote. Pure."""

from typing import Final

from pylatexenc.latex2text import LatexNodes2Text

# What pylatexenc raises on, for example, an accent over a command: \"\input, \^\sqrt, \"\href.
_FAILURES: Final = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def replace_tex(reader: LatexNodes2Text, text: str) -> str:
    """Replace commands by what they stand for; text that the reader fails on only loses its backslashes."""
    try:
        return str(reader.latex_to_text(text))
    except _FAILURES:
        return text.replace("\\", " ")
