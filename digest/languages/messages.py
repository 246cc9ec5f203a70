"""Gathers every text that is said or marked as one to say, and brings the catalogues up to date with it.

`make messages` runs this. Translations stay; texts that are said no more are dropped, new ones are left empty, which
means English. Files have no dates and no line numbers, so that they differ only where texts do.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from digest.languages.catalogues import FOLDER
from digest.languages.choice import ENGLISH, LANGUAGES

TEMPLATE: Final = "digest.pot"
_KEYWORDS: Final = {"tr": None, "trn": (1, 2), "mark": None, "mark_plural": (1, 2)}
_ROOT: Final = Path(__file__).parents[2]
_PLACES: Final = {
    "digest": [("**.py", "python")],
    "templates": [("chat/**.html", "jinja2"), ("macros/**.html", "jinja2")],
}


def collect_messages() -> Catalog:
    """Give the template: each text once, with the files that say it."""
    catalog = Catalog(fuzzy=False)
    for file, text in sorted(_extract(), key=lambda found: (found[0], str(found[1]))):
        catalog.add(text, locations=[(file, 1)])
    return catalog


def write_template(catalog: Catalog) -> bytes:
    """Give a template as a file."""
    return _write(catalog)


def update_catalogue(language: str, template: Catalog, written: bytes) -> bytes:
    """Give a catalogue as a file with the texts of the template; `written` is the file as it is, perhaps empty."""
    catalog = read_po(BytesIO(written), locale=language.replace("-", "_"), ignore_obsolete=True)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    header = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalog.plural_forms}",
    )
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header)]
    return "\n".join(lines).encode() + b"\n\n" + _write(catalog)


def main() -> None:
    """Write the template and every catalogue anew."""
    template = collect_messages()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / TEMPLATE).write_bytes(write_template(template))
    for language in LANGUAGES:
        if language != ENGLISH:
            path = FOLDER / f"{language}.po"
            path.write_bytes(update_catalogue(language, template, path.read_bytes() if path.is_file() else b""))


def _extract() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Give each text, or pair of one and many, with its file."""
    for folder, methods in _PLACES.items():
        for file, _, text, _, _ in extract_from_dir(_ROOT / folder, methods, keywords=_KEYWORDS):
            yield f"{folder}/{file}", text


def _write(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_po(file, catalog, width=120, sort_output=True, omit_header=True, include_lineno=False)
    return file.getvalue()


if __name__ == "__main__":
    main()
