"""Lists with a person on each line: what is good is read, the rest is named by its line."""

import pytest

from digest.errors import InvalidList
from digest.model import ExternalId, IdScheme, PersonId, PersonScheme
from digest.researchers.ids import AuthorReference
from digest.researchers.imports import PeopleList, PersonWish, read_list

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")


def read(*lines: str) -> PeopleList:
    return read_list("\n".join(lines).encode())


def one(*lines: str) -> PersonWish:
    found = read(*lines)
    assert found.faults == ()
    assert len(found.wishes) == 1
    return found.wishes[0]


def reason(line: str) -> str:
    found = read(line)
    assert found.wishes == ()
    (fault,) = found.faults
    assert fault.line == 1
    return fault.why


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Furu Wei", "Furu Wei"),
        ("Wei, Furu", "Furu Wei"),
        ("- Furu Wei", "Furu Wei"),
        ("* [ ] Furu Wei", "Furu Wei"),
        ("12. Furu Wei", "Furu Wei"),
        ("(3) Furu Wei", "Furu Wei"),
        ("“Furu Wei”", "Furu Wei"),
        ("Furu Wei  # of Redmond", "Furu Wei"),
        ("van der Berg, Ludwig", "Ludwig van der Berg"),
        ("Smith, Jr., Mary", "Mary Smith Jr."),
        ("Smith, J. A.", "J. A. Smith"),
        ("Ada Smith <ada@example.org>", "Ada Smith"),
        ("魏福如", "魏福如"),
        ("Jim Gray 0001", "Jim Gray 0001"),
        ("Tim Berners-Lee", "Tim Berners-Lee"),
        ("O'Neil, Cathy", "Cathy O'Neil"),
    ],
)
def test_a_name_is_read_in_every_layout(line: str, name: str) -> None:
    assert one(line).name == name


@pytest.mark.parametrize(
    ("line", "affiliation"),
    [
        ("Mary Smith, Stanford University", "Stanford University"),
        ("Mary Smith\tUniversity of Oslo", "University of Oslo"),
        ("Mary Smith (ETH Zürich)", "ETH Zürich"),
        ("Mary Smith — Example Lab, Bonn", "Example Lab, Bonn"),
        ("Mary Smith | Example Lab", "Example Lab"),
        ("Smith, Mary, Example Lab", "Example Lab"),
    ],
)
def test_an_affiliation_tells_namesakes_apart(line: str, affiliation: str) -> None:
    wish = one(line)

    assert (wish.name, wish.affiliation) == ("Mary Smith", affiliation)


@pytest.mark.parametrize(
    "line",
    [
        "Mary Smith — https://orcid.org/0000-0002-1825-0097",
        "Mary Smith (ORCID: 0000-0002-1825-0097)",
        "Mary Smith, orcid iD 0000-0002-1825-0097",
        "[Mary Smith](https://orcid.org/0000-0002-1825-0097)",
        "0000-0002-1825-0097\tMary Smith",
        "Mary Smith; orcid.org/0000-0002-1825-0097.",
    ],
)
def test_an_id_beside_a_name_is_the_persons(line: str) -> None:
    wish = one(line)

    assert (wish.name, wish.ids) == ("Mary Smith", (ORCID,))


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("https://openalex.org/A5034688833", "openalex:A5034688833"),
        ("s2:1741101", "s2:1741101"),
        ("https://www.semanticscholar.org/author/Some-One/1741101", "s2:1741101"),
        ("64/4311", "dblp:64/4311"),
        ("~Some_One1", "openreview:~Some_One1"),
        ("@someone", "hf:someone"),
        ("https://arxiv.org/a/warner_s_1", "arxiv:warner_s_1"),
    ],
)
def test_an_id_alone_is_enough(line: str, known: str) -> None:
    wish = one(line)

    assert [str(each) for each in wish.ids] == [known]
    assert wish.shown == known


def test_a_paper_beside_a_name_is_evidence_and_a_place_on_a_paper_is_a_person() -> None:
    paper = ExternalId(IdScheme.ARXIV, "2310.01234")

    assert one("Mary Smith 10.1000/xyz and 2310.01234").papers == (ExternalId(IdScheme.DOI, "10.1000/xyz"), paper)
    assert one("author 3 of 2310.01234").reference == AuthorReference(paper, 3)
    assert one("Mary Smith — author 3 of 2310.01234").name == "Mary Smith"
    assert one("first author of https://arxiv.org/abs/2310.01234").shown == "author 1 of arxiv:2310.01234"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0000-0002-1825-0098", "The last character of this ORCID iD should be 7: is it mistyped?"),
        ("Mary Smith 0000-0002-1825-0098", "The last character of this ORCID iD should be 7: is it mistyped?"),
        ("2310.01234", "This is a paper; say which author of it you mean, like “author 1 of 2310.01234”."),
        ("IceCube Collaboration", "This names a group and not a person."),
        ("12345", "A name has no digits; if this is an id, write whose it is in front, like “s2:1741101”."),
        ("ada@example.org", "Addresses of people are not kept; give the name or an id."),
        ("Mary Smith and John Doe", "This seems to name several people; put each on a line of its own."),
        ("Ann Lee, Bob Ray, Cyd Fox", "This seems to name several people; put each on a line of its own."),
        ("the quick brown fox jumps over the lazy dog", "This reads like a sentence, not a name."),
        ('=HYPERLINK("x")', "This has signs that no name has."),
        ("@@@", "There is no name on this line."),
        ("x" * 501, "This line has more than 500 characters."),
        ('"graph learning" - new results', "This is an alert for words, not for a person: make it an interest."),
        ("Paper Alert: A title", "This is an alert for a paper, not for a person."),
        (
            "Mary Smith 0000-0002-1825-0097 0000-0001-5109-3700",
            "Two different ORCID iDs stand on this line; a person has one.",
        ),
        (
            "https://tides.example/ada",
            (
                "https://tides.example/ada is of no service that knows people; give the name, or the person's page at "
                "ORCID or OpenAlex."
            ),
        ),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: str, why: str) -> None:
    assert reason(line) == why


def test_an_address_of_no_service_costs_nothing_beside_a_name() -> None:
    assert one("Ann Lee https://tides.example/").note == "https://tides.example/ is of no service that knows people"
    assert "so the name counts" in one("Ann Lee https://scholar.google.com/citations?user=abc").note


def test_two_words_and_a_comma_mean_what_they_mean_in_the_rest_of_the_list() -> None:
    inverted = read("Wei, Furu", "García Márquez, Gabriel", "Smith, J. A.")
    straight = read("García Márquez, Gabriel", "Mary Smith")

    assert [wish.name for wish in inverted.wishes] == ["Furu Wei", "Gabriel García Márquez", "J. A. Smith"]
    assert straight.wishes[0].name == "García Márquez"
    assert "if it is a name, write Gabriel García Márquez" in straight.wishes[0].note


def test_a_person_on_several_lines_is_one_wish_with_all_ids() -> None:
    wish = one("# people", "Furu Wei", "", "Wei, Furu s2:1", "s2:1 0000-0002-1825-0097")

    assert wish.place == 2
    assert [str(known) for known in wish.ids] == ["s2:1", "orcid:0000-0002-1825-0097"]
    assert wish.note == "also at 4; also at 5"


def test_namesakes_stay_apart() -> None:
    by_id = read("Wei Li s2:1", "Wei Li s2:2")
    by_place = read("Wei Li, University of Oslo", "Wei Li, University of Bonn")

    assert len(by_id.wishes) == len(by_place.wishes) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Mary Smith - new articles",
        "Mary Smith - new articles\tCancel",
        "Mary Smith – new related research",
        "Mary Smith - new citations",
        "New articles by Mary Smith",
        "New articles related to research by Mary Smith",
        "2 new citations to articles by Mary Smith",
        "Neue Artikel von Mary Smith",
        "Neue Zitate in Artikeln von Mary Smith",
        "Mary Smith – Neue Artikel",
        "Nouveaux articles de Mary Smith",
        "Nouvelles citations des articles de Mary Smith",
        "Nouveaux articles liés aux recherches de Mary Smith",
        "Nuevos artículos de Mary Smith",
        "Nuevas citas de artículos de Mary Smith",
        "Nuevos artículos relacionados con la investigación de Mary Smith",
        "Mary Smith - 新文章",
        "Mary Smith的文章新增了 2 次引用",
        'author:"Mary Smith"',
        "Author Alert: Mary Smith",
    ],
)
def test_an_alert_is_about_a_person_in_every_wording(line: str) -> None:
    wish = one(line)

    assert (wish.name, wish.note) == ("Mary Smith", "from an alert")


def test_a_name_with_particles_survives_the_wording() -> None:
    assert one("Neue Artikel von Ludwig von Beethoven").name == "Ludwig von Beethoven"
    assert one("Nouvelles citations des articles d'Yves Meyer").name == "Yves Meyer"


def test_among_alerts_plain_words_are_a_search_and_buttons_are_nothing() -> None:
    found = read(
        "Alerts", "Mary Smith - new articles", "Cancel", "Li Dong - new articles", "large language models", '"bert"'
    )

    assert [wish.name for wish in found.wishes] == ["Mary Smith", "Li Dong"]
    assert [(fault.line, fault.text) for fault in found.faults] == [(5, "large language models"), (6, '"bert"')]
    assert {fault.why for fault in found.faults} == {
        "This is an alert for words, not for a person: make it an interest."
    }


def test_an_alert_may_bring_the_authors_id() -> None:
    wish = one("Author Alert: Li Dong https://www.semanticscholar.org/author/Li-Dong/145307652")

    assert (wish.name, str(wish.ids[0])) == ("Li Dong", "s2:145307652")


@pytest.mark.parametrize(("data", "why"), [(b"", "empty"), (b" \n\n", "empty"), (b"# nobody\n", "names nobody")])
def test_an_empty_list_is_refused_in_one_sentence(data: bytes, why: str) -> None:
    with pytest.raises(InvalidList, match=why):
        read_list(data)


def test_a_text_is_refused_although_some_of_its_lines_could_be_names() -> None:
    sentences = [f"We looked at the moons of planet {word} for a long time." for word in "abcdefg"]

    with pytest.raises(InvalidList, match="reads like a text"):
        read("Quick Read", *sentences, "Example Moons")


@pytest.mark.parametrize(
    "top", ["Researcher profile\n\nAda Tide", "Ada Tide\n\nLG\nh-index39", "CLApr 24, 2022Code\nMoons"]
)
def test_a_captured_page_is_no_list(top: str) -> None:
    with pytest.raises(InvalidList, match="captured page of a researcher"):
        read(top)


@pytest.mark.parametrize("line", ["Moons: a study", "Log in to claim", "Decide how to stay", "Effects of Tides"])
def test_a_heading_is_no_name(line: str) -> None:
    assert reason(line) in {"This has signs that no name has.", "This reads like a sentence, not a name."}


def test_particles_make_no_sentence() -> None:
    assert one("Paul in 't Veld").name == "Paul in 't Veld"
    assert one("Juan de la Cruz").name == "Juan de la Cruz"
