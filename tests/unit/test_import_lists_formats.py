"""Tables, feeds and saved pages as lists of people."""

import pytest

from digest.errors import InvalidList
from digest.researchers.imports import PeopleList, read_list

OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="2.0"><head><title>Feeds &amp; more</title></head><body>
<outline text="People">
{}
</outline></body></opml>"""


def names(found: PeopleList) -> list[str]:
    return [wish.name for wish in found.wishes]


def reasons(found: PeopleList) -> dict[int, str]:
    return {fault.line: fault.why for fault in found.faults}


def test_a_table_is_read_by_its_headings() -> None:
    found = read_list(
        b"Full name;ORCID;openalex id;Institution;Notes\n"
        b"Mary Smith;0000-0002-1825-0097;A5034688833;University of Oslo;met in Bonn\n"
        b'"Wei, Furu";;;;\n'
        b";https://orcid.org/0000-0001-5109-3700;;;\n"
        b";;;;\n"
    )

    assert found.form == "a table"
    assert found.faults == ()
    assert names(found) == ["Mary Smith", "Furu Wei", ""]
    assert [str(known) for known in found.wishes[0].ids] == ["orcid:0000-0002-1825-0097", "openalex:A5034688833"]
    assert (found.wishes[0].affiliation, found.wishes[2].place) == ("University of Oslo", 4)


def test_given_and_family_names_may_have_columns_of_their_own() -> None:
    assert names(read_list(b"family,given,s2\nSmith,Mary,1741101\n")) == ["Mary Smith"]
    assert names(read_list(b"sep=,\nname\tpaper\nMary Smith\tauthor 3 of 2310.01234\n")) == ["Mary Smith"]


def test_papers_and_titles_of_a_table_are_evidence() -> None:
    wish = read_list(b"name,doi,title\nMary Smith,10.1000/XYZ,On Tides\n").wishes[0]

    assert (str(wish.papers[0]), wish.titles) == ("doi:10.1000/xyz", ("On Tides",))


def test_a_broken_row_costs_that_row_alone() -> None:
    found = read_list(
        b"name,orcid\n"
        b'"Mary Smith,\n'
        b"=cmd|' /c calc'!A0,\n"
        b"Mary Smith,0000-0002-1825-0098\n"
        b"Mary Smith,0000-0002-1825-0097,a,b\n"
        b',""\n'
        b"Li Dong,\n"
    )

    assert names(found) == ["Li Dong"]
    assert reasons(found) == {
        2: "A quotation mark in this line is not closed, or stands inside a cell.",
        3: "A cell of this line holds a formula and not a text.",
        4: "The last character of this ORCID iD should be 7: is it mistyped?",
        5: "This line has 4 cells, and the table has 2 columns.",
    }


def test_an_id_in_the_wrong_column_is_a_fault() -> None:
    assert reasons(read_list(b"name,openalex\nMary Smith,W123\n")) == {2: "“W123” is no id of a person at openalex."}


def test_feeds_about_a_person_are_read() -> None:
    outlines = """
<outline text="Simeon Warner on arXiv" type="rss" xmlUrl="https://arxiv.org/a/warner_s_1.atom2"/>
<outline text="x" xmlUrl="https://orcid.org/0000-0002-1825-0097"/>
<outline text="y" xmlUrl="http://export.arxiv.org/api/query?search_query=au:%22Furu+Wei%22&sortBy=submittedDate"/>
<outline text="z" xmlUrl="http://export.arxiv.org/api/query?search_query=au:del_maestro_a+AND+cat:cs.CL"/>
<outline text="Li Dong - new articles" xmlUrl="https://scholar.google.com/scholar_alerts?view_op=1"/>
<outline text="Zo&euml; M&#252;ller"/>"""
    found = read_list(OPML.format(outlines.strip()).encode())

    assert found.form == "the feeds of a reader (OPML)"
    assert found.faults == ()
    assert names(found) == ["Simeon Warner", "", "Furu Wei", "A. Del Maestro", "Li Dong", "Zoë Müller"]
    assert [wish.place for wish in found.wishes] == [4, 5, 6, 7, 8, 9]
    assert str(found.wishes[0].ids[0]) == "arxiv:warner_s_1"


def test_feeds_about_something_else_are_listed_with_the_reason() -> None:
    outlines = """<outline text="Tidal News" xmlUrl="https://tides.example/rss"/>
<outline text="x" xmlUrl="https://orcid.org/0000-0002-1825-0098"/>
<outline text="x" xmlUrl="http://export.arxiv.org/api/query?search_query=au:Wei_F+OR+au:Dong_L"/>
<outline text="Mary Smith"/>"""
    found = read_list(OPML.format(outlines).encode())

    assert names(found) == ["Mary Smith"]
    assert [reasons(found)[line].partition(":")[0] for line in (4, 5, 6)] == [
        "This feed is of no service that knows people",
        "The last character of this ORCID iD should be 7",
        "This is a search for several authors; put each on a line of its own.",
    ]


def test_opml_that_breaks_off_gives_what_stood_before() -> None:
    found = read_list(b'<opml><body>\n<outline text="Mary Smith"/>\n<outline text="Li')

    assert names(found) == ["Mary Smith"]
    assert reasons(found) == {3: "The file is not well-formed from here on (unclosed token)."}


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline text="&a;"/></body></opml>',
        b'<!DOCTYPE opml SYSTEM "http://tides.example/x.dtd"><opml><body><outline text="Mary Smith"/></body></opml>',
        b"<opml>" + b"<outline>" * 200,
        b"<opml><body>" + b'<outline text="Mary Smith"/>' * 20_001 + b"</body></opml>",
        b"<rss><channel/></rss>",
    ],
)
def test_hostile_xml_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(InvalidList):
        read_list(data)


def test_a_saved_page_of_scholars_alerts_is_read() -> None:
    found = read_list(
        b'<!DOCTYPE html><html><head><script>"New articles by Eve Evil"</script>\n'
        b"<!-- New articles by Eve Evil --></head>"
        b"<body><p>Alert query</p><table>\n"
        b'<tr><td><a href="/citations?user=x">Furu Wei</a> - new articles</td><td><a href="/y">Cancel</a></td></tr>\n'
        b"<tr><td>&quot;graph learning&quot; - new results</td></tr>\n<tr><td>[tides]</td></tr></table></body></html>"
    )

    assert found.form == "a web page of alerts"
    assert names(found) == ["Furu Wei"]
    assert found.wishes[0].place == 3
    assert sorted(reasons(found)) == [4, 5]


def test_a_saved_page_of_semantic_scholars_alerts_is_read() -> None:
    found = read_list(
        b"<html><body><h1>Your alerts</h1>\n"
        b'<div><a href="https://www.semanticscholar.org/author/Furu-Wei/49807919">Furu Wei</a></div>\n'
        b'<div><a href="/author/Li-Dong/145307652"><b>Li Dong</b></a></div>\n<p>Topic Alert: Tides</p></body></html>'
    )

    assert [(wish.name, str(wish.ids[0])) for wish in found.wishes] == [
        ("Furu Wei", "s2:49807919"),
        ("Li Dong", "s2:145307652"),
    ]
    assert list(reasons(found)) == [4]


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body><p>All about tides</p><a href='https://orcid.org/0000-0002-1825-0097'>Mary</a></body></html>",
        b"<!doctype html><title>404</title>",
        b"%PDF-1.7 Mary Smith",
        b"PK\x03\x04 Mary Smith",
        bytes(range(32)) * 20,
        b'{"tag": "Tides"}',
        b'[{"name": "smart cities"}]',
    ],
)
def test_what_is_no_list_of_people_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(InvalidList, match=r"^The list cannot be imported: it [^\n]+\.$"):
        read_list(data)
