"""The feeds of bioRxiv and medRxiv, which stand in for the API."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.model import AnnouncementKind, Author, ExternalId, IdScheme, Paper, Parsed
from digest.sources.biorxiv import is_biorxiv, parse_capture
from digest.sources.biorxiv_feed import parse_feed, parse_pairs

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">"""
ITEM = """<item rdf:about="https://www.biorxiv.org/content/10.64898/2026.11.19.700002v{version}?rss=1">
<title><![CDATA[
    Cells do <i>things</i>
  ]]></title>
<link>https://www.biorxiv.org/content/10.64898/2026.11.19.700002v{version}?rss=1</link>
<description><![CDATA[
 They do &amp; undo.
]]></description>
<dc:creator><![CDATA[ Kukla, D., van der Berg, J.-P. K., The Cell Consortium ]]></dc:creator>
<dc:date>2026-11-20</dc:date>
<dc:identifier>{identifier}</dc:identifier></item>"""


def feed(*items: str, about: str = "https://connect.biorxiv.org/biorxiv_xml.php?subject=cell_biology") -> bytes:
    channel = f'<channel rdf:about="{about}"><title>bioRxiv</title><link>http://biorxiv.org</link></channel>'
    return f"{HEAD}{channel}{''.join(items)}</rdf:RDF>".encode()


def item(version: int = 1, identifier: str = "doi:10.64898/2026.11.19.700002") -> str:
    return ITEM.format(version=version, identifier=identifier)


def test_an_item_gives_every_field_it_carries() -> None:
    parsed = parse_feed(feed(item()))

    page = "https://www.biorxiv.org/content/10.64898/2026.11.19.700002v1"
    assert parsed.papers == (
        Paper(
            ids=(ExternalId(IdScheme.DOI, "10.64898/2026.11.19.700002"),),
            title="Cells do things",
            abstract="They do & undo.",
            authors=(Author("D. Kukla"), Author("J.-P. K. van der Berg"), Author("The Cell Consortium")),
            categories=("cell biology",),
            version=1,
            abstract_url=page,
            pdf_url=f"{page}.full.pdf",
        ),
    )
    assert (parsed.source, parsed.warnings) == ("biorxiv:cell_biology", ())


@pytest.mark.parametrize(
    ("version", "kind", "detail"), [(1, AnnouncementKind.NEW, ""), (3, AnnouncementKind.REPLACEMENT, "v3")]
)
def test_the_link_tells_the_version_as_the_api_would(version: int, kind: AnnouncementKind, detail: str) -> None:
    (made,) = parse_feed(feed(item(version))).announcements

    assert (made.kind, made.detail, made.announced_on) == (kind, detail, date(2026, 11, 20))


def test_an_item_without_identifier_has_its_doi_in_the_link() -> None:
    (paper,) = parse_feed(feed(item(2, ""))).papers

    assert str(paper.ids[0]) == "doi:10.64898/2026.11.19.700002"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Kukla, D., Crampton, A., Wood, D.", ["D. Kukla", "A. Crampton", "D. Wood"]),
        ("Smith, J. R.", ["J. R. Smith"]),
        ("WHO, Ng, K.", ["WHO", "K. Ng"]),
        ("Ng, Li, Wu, X.", ["Ng", "Li", "X. Wu"]),
        ("Ångström, Å.", ["Å. Ångström"]),
        ("", []),
        (" , ,", []),
    ],
)
def test_initials_belong_to_the_family_before_them(text: str, names: list[str]) -> None:
    assert [author.name for author in parse_pairs(text)] == names


def test_another_feed_is_refused() -> None:
    with pytest.raises(SourceChanged, match="neither bioRxiv's nor medRxiv's"):
        parse_feed(HEAD.encode() + b"<channel><title>Nature</title></channel></rdf:RDF>")


def test_a_feed_nothing_of_which_can_be_read_has_changed() -> None:
    with pytest.raises(SourceChanged, match="None of the 1 entries"):
        parse_feed(feed("<item><title>x</title></item>"))


def test_a_feed_that_breaks_off_keeps_what_came() -> None:
    parsed = parse_feed(feed(item())[:-10] + b"<item><title>")

    assert (len(parsed.papers), parsed.is_truncated) == (1, True)
    assert parsed.warnings[0].startswith("The feed breaks off")


def test_the_feed_is_known_by_its_address() -> None:
    assert is_biorxiv(feed())
    assert parse_capture(feed(about="https://connect.medrxiv.org/medrxiv_xml.php")).source == "medrxiv:all"


@settings(max_examples=100, deadline=2000)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read_or_refused(identifier: str, about: str) -> None:
    try:
        parsed = parse_capture(feed(item(1, identifier), about=about))
    except SourceChanged:
        return

    assert isinstance(parsed, Parsed)
