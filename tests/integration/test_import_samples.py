"""Lists of people read from answers that Zotero's API really gave."""

from pathlib import Path

import pytest

from digest.errors import InvalidList
from digest.researchers.imports import read_list


def test_authors_of_a_real_library_are_found_with_their_works(samples: Path) -> None:
    found = read_list((samples / "zotero" / "items_doc.json").read_bytes(), "items_doc.json", least=1)
    by_name = {wish.name: wish for wish in found.wishes}

    assert found.form == "a library of Zotero or CSL"
    assert len(found.wishes) == 36
    assert [(fault.line, fault.why) for fault in found.faults] == [(1, "7 works, this one first, name no author.")]
    assert by_name["R. Creighton Buck"].place == 2
    assert [str(paper) for paper in by_name["Márcio D. Lima"].papers] == ["doi:10.1126/science.1195912"]
    assert [str(paper) for paper in by_name["Riccardo Asero"].papers] == ["pmid:20664272"]
    assert "William Stuart Baring-Gould" not in by_name  # a contributor


def test_nobody_wrote_two_works_of_that_library(samples: Path) -> None:
    found = read_list((samples / "zotero" / "items_doc.json").read_bytes())

    assert found.wishes == ()
    assert found.faults[-1].why == "No person wrote 2 or more of these 20 works."


def test_a_library_that_breaks_off_gives_what_stood_before(samples: Path) -> None:
    whole = (samples / "zotero" / "items_doc.json").read_bytes()
    found = read_list(whole[: len(whole) // 2], least=1)

    assert {"R. Creighton Buck", "Tony Earnshaw"} <= {wish.name for wish in found.wishes}
    assert found.faults[-1].why == "This item is not well-formed JSON."


def test_a_single_item_of_institutions_names_nobody(samples: Path) -> None:
    found = read_list((samples / "zotero" / "item_doc.json").read_bytes())

    assert (found.wishes, [fault.why for fault in found.faults]) == ((), ["This work names no author."])


@pytest.mark.parametrize("name", ["collections_doc", "groups_doc", "tags_doc", "item_versions", "attachments_doc"])
def test_other_answers_of_zotero_are_no_lists_of_people(samples: Path, name: str) -> None:
    with pytest.raises(InvalidList):
        read_list((samples / "zotero" / f"{name}.json").read_bytes())
