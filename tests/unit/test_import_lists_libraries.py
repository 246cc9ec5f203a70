"""Libraries of references as lists of people: those who wrote several of the works."""

import json

import pytest

from digest.researchers.imports import PeopleList, read_list

BIBTEX = r"""
% my library
@string{joerg = "M{\"u}ller, J{\"o}rg"}
@comment{@article{no, author={Eve Evil}}}
@article{a,
  author = joerg # " and Smith, Mary and {The Tides Institute} and others",
  title = {On {TIDES} and \'Etudes}, doi = {https://doi.org/10.1000/A}
}
@inproceedings{b,
  author = "M. Smith and Wei Li"
  title = "A comma is missing above", eprint = {2310.01234}, archivePrefix = {arXiv}
}
@book(c, author = {J{\"o}rg M{\"u}ller and Wei Li}, title = {Round brackets})
@misc{d, author = {Li, Wei}, title = {Fourth}, url = {https://arxiv.org/abs/2311.00001}}
"""


def names(found: PeopleList) -> list[str]:
    return [wish.name for wish in found.wishes]


def zotero(*items: object) -> PeopleList:
    return read_list(json.dumps([{"key": "K", "data": item} for item in items]).encode())


def article(title: str, *authors: str, **more: str) -> dict[str, object]:
    creators = [
        {"creatorType": "author", "firstName": given, "lastName": family}
        for given, _, family in (author.rpartition(" ") for author in authors)
    ]
    return {"itemType": "journalArticle", "title": title, "creators": creators, **more}


def test_authors_of_several_works_of_a_bibliography_are_people_to_follow() -> None:
    found = read_list(BIBTEX.encode(), "mine.bib")

    assert (found.form, found.faults) == ("a BibTeX library", ())
    assert names(found) == ["Jörg Müller", "Mary Smith", "Wei Li"]
    assert [wish.note for wish in found.wishes] == [
        "author of 2 of your 4 references",
        "author of 2 of your 4 references; also printed as M. Smith",
        "author of 3 of your 4 references",
    ]


def test_the_works_are_the_evidence() -> None:
    mueller, _, li = read_list(BIBTEX.encode()).wishes

    assert mueller.titles == ("On TIDES and Études", "Round brackets")
    assert [str(paper) for paper in mueller.papers] == ["doi:10.1000/a"]
    assert [str(paper) for paper in li.papers] == ["arxiv:2310.01234", "arxiv:2311.00001"]
    assert (mueller.place, li.place) == (5, 9)


def test_how_many_works_make_a_person_worth_following_can_be_said() -> None:
    assert names(read_list(BIBTEX.encode(), least=3)) == ["Wei Li"]


def test_of_a_tiny_library_everybody_counts() -> None:
    assert names(read_list(b"@article{a, author={Ann Lee and Bob Ray}}")) == ["Ann Lee", "Bob Ray"]


def test_when_nobody_wrote_enough_the_list_says_so() -> None:
    entries = "".join(f"@article{{k{at}, author={{Ann{at} Lee}}}}\n" for at in range(4)).replace("Ann", "Xy")
    found = read_list(
        entries.replace("Xy0", "Ann").replace("Xy1", "Bob").replace("Xy2", "Cyd").replace("Xy3", "Dan").encode()
    )

    assert found.wishes == ()
    assert found.faults[0].why == "No person wrote 2 or more of these 4 works."


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("@article{x, author = {Ann Lee\n  title = {y}\n}\n", "This entry is broken: a brace is not closed."),
        ('@article{x, author = "Ann Lee,\n}\n', "This entry is broken: a quotation mark is not closed."),
        ("@article{x, author = }\n", "This entry is broken: a field has no value."),
        (
            "@article{x, author {Ann Lee}}\n",
            "This entry is broken: “author {Ann Lee” stands where a field such as “author = {…}” should.",
        ),
        ("@article{x, title={y}}\n", "This work names no author."),
    ],
)
def test_a_broken_entry_does_not_take_the_others_with_it(broken: str, why: str) -> None:
    found = read_list(f"@article{{a, author={{Ann Lee}}}}\n{broken}@article{{b, author={{Bob Ray}}}}\n".encode())

    assert names(found) == ["Ann Lee", "Bob Ray"]
    assert [(fault.line, fault.why) for fault in found.faults] == [(2, why)]


def test_an_abbreviation_that_fits_two_people_stays_apart() -> None:
    works = [
        article(str(at), *authors) for at, authors in enumerate([("Mary Smith",), ("Mark Smith",), ("M. Smith",)] * 2)
    ]
    found = zotero(*works)

    assert names(found) == ["Mary Smith", "Mark Smith", "M. Smith"]


def test_two_spellings_on_one_work_are_two_people() -> None:
    found = zotero(
        article("a", "W. Li", "Wei Li"), article("b", "W. Li"), article("c", "Wei Li"), article("d", "Bo Ek")
    )

    assert names(found) == ["W. Li", "Wei Li"]


def test_a_library_of_zotero_is_read_item_by_item() -> None:
    found = zotero(
        article("On Tides", "Mary Smith", DOI="10.1000/A", extra="arXiv:2310.01234 [cs]\nPMID: 20664272"),
        {"itemType": "attachment", "title": "a file"},
        {"itemType": "film", "title": "A film", "creators": [{"creatorType": "contributor", "lastName": "Blum"}]},
        {"itemType": "book", "title": "A book", "creators": [{"creatorType": "author", "name": "Tides Institute"}]},
    )

    assert found.form == "a library of Zotero or CSL"
    assert names(found) == ["Mary Smith"]
    assert [str(paper) for paper in found.wishes[0].papers] == ["doi:10.1000/a", "arxiv:2310.01234", "pmid:20664272"]
    assert [fault.why for fault in found.faults] == ["2 works, this one first, name no author."]


def test_csl_and_better_bibtex_are_read_too() -> None:
    author = {"family": "Smith", "given": "Mary", "non-dropping-particle": "van", "ORCID": "0000-0002-1825-0097"}
    csl = [{"type": "article-journal", "title": "On Tides", "author": [author, {"literal": "Tides Institute"}]}]
    better = {"config": {"id": {"a": 1}}, "items": [article("On Tides", "Mary Smith")]}

    wish = read_list(json.dumps(csl, indent=1).encode()).wishes[0]
    assert (wish.name, str(wish.ids[0])) == ("Mary van Smith", "orcid:0000-0002-1825-0097")
    assert names(read_list(json.dumps(better).encode())) == ["Mary Smith"]


def test_a_broken_item_does_not_take_the_others_with_it() -> None:
    good, other = json.dumps(article("a", "Ann Lee")), json.dumps(article("b", "Bob Ray"))
    found = read_list(f'[{good},\n{{"itemType": "book", "title": oops}},\n{other},\n{{"itemType"'.encode())

    assert names(found) == ["Ann Lee", "Bob Ray"]
    assert [(fault.line, fault.why) for fault in found.faults] == [
        (2, "This item is not well-formed JSON."),
        (4, "This item is not well-formed JSON."),
    ]
