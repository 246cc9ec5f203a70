"""TeX that pylatexenc fails on, in names of sources and of lists: it stops nothing, and is given as text."""

import pytest

from digest.researchers.imports.tex import to_text
from digest.sources.formats.creators import parse_creators

UNREADABLE = "Ada \\c\\input Wei"


@pytest.mark.parametrize("written", [UNREADABLE, 'Ada \\"\\href', "\\'\\include"])
def test_a_list_with_it_is_read(written: str) -> None:
    assert "\\" not in to_text(written)


@pytest.mark.parametrize("written", [UNREADABLE, 'Ada \\"\\href', "\\'\\include"])
def test_the_authors_beside_it_are_kept(written: str) -> None:
    *_, last = parse_creators(f"{written}, Furu Wei")

    assert last.name == "Furu Wei"
