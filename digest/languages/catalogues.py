"""Reads the catalogues `po/<language>.po` through Babel, into what gettext looks words up in. Kept once read."""

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from digest.languages.choice import ENGLISH, LANGUAGES

FOLDER: Final = Path(__file__).parent / "po"


@cache
def load_catalogue(language: str) -> NullTranslations:
    """Give the words of one of our languages; whatever is asked of it that nobody has translated, it says in English.

    The catalogues are few and small, so they are compiled here, in memory: there is no second file to forget.
    """
    path = FOLDER / f"{language}.po"
    if language == ENGLISH or language not in LANGUAGES or not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)
