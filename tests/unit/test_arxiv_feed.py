"""arXiv's daily feeds: each field, each layout, each fault."""

from datetime import date

import pytest

from digest.errors import SourceChanged
from digest.model import AnnouncementKind, Author, ExternalId, IdScheme, Paper
from digest.sources.arxiv.feed import parse_announcements, parse_legacy_title
from digest.sources.arxiv.source import parse_capture
from digest.sources.formats.feed import read_feed
from tests.feeds import ATOM, LEGACY, rss, rss_item

FRIDAY = date(2026, 11, 20)


def only(body: bytes) -> Paper:
    (paper,) = parse_capture(body).papers
    return paper


def test_an_item_gives_every_field_it_carries() -> None:
    extra = "<arxiv:DOI>10.5555/Ab.1</arxiv:DOI><arxiv:journal_reference>J. Ex. 3</arxiv:journal_reference>"
    paper = only(rss(rss_item(version=2, abstract=r"It is $\sim$ fast: https://github.com/a/b.", extra=extra)))

    assert paper == Paper(
        ids=(ExternalId(IdScheme.ARXIV, "2611.00001"), ExternalId(IdScheme.DOI, "10.5555/ab.1")),
        title="Sparse Experts Learn Fast",
        abstract=r"It is $\sim$ fast: https://github.com/a/b.",
        authors=(Author("Ada Lovelace"), Author("Furu Wei")),
        categories=("cs.CL", "cs.LG"),
        version=2,
        abstract_url="https://arxiv.org/abs/2611.00001",
        pdf_url="https://arxiv.org/pdf/2611.00001",
        code_url="https://github.com/a/b",
        journal_ref="J. Ex. 3",
        license_url="http://creativecommons.org/licenses/by/4.0/",
    )


@pytest.mark.parametrize(
    ("stated", "kind", "detail"),
    [
        ("new", AnnouncementKind.NEW, ""),
        ("cross", AnnouncementKind.CROSS_LIST, "cs.CL"),
        ("replace", AnnouncementKind.REPLACEMENT, "v3"),
        ("replace-cross", AnnouncementKind.REPLACEMENT, "v3"),
    ],
)
def test_the_announce_type_decides_the_kind(stated: str, kind: AnnouncementKind, detail: str) -> None:
    parsed = parse_capture(rss(rss_item(version=3, kind=stated)))

    (made,) = parsed.announcements
    assert (made.kind, made.detail, made.version, made.announced_on) == (kind, detail, 3, FRIDAY)
    assert (made.paper, made.source, parsed.source) == (parsed.papers[0].ids[0], "arxiv:cs.CL", "arxiv:cs.CL")
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("fields", "version", "kind"),
    [
        ({}, 1, AnnouncementKind.NEW),
        ({"categories": "stat.ML cs.CL"}, 1, AnnouncementKind.CROSS_LIST),
        ({}, 2, AnnouncementKind.REPLACEMENT),
    ],
)
def test_an_unknown_announce_type_is_guessed_and_said(
    fields: dict[str, str], version: int, kind: AnnouncementKind
) -> None:
    parsed = parse_capture(rss(rss_item(version=version, kind="freshly-minted", **fields)))

    assert [made.kind for made in parsed.announcements] == [kind]
    assert parsed.warnings == ("1 entries state an unknown announce type (freshly-minted)",)


def test_an_item_without_announce_type_keeps_its_whole_text() -> None:
    parsed = parse_capture(rss(rss_item(kind="", description="Just an abstract: <p> is less.")))

    assert parsed.papers[0].abstract == "Just an abstract: <p> is less."
    assert parsed.announcements[0].kind is AnnouncementKind.NEW


def test_markup_and_entities_in_a_title_stay_what_the_authors_wrote() -> None:
    paper = only(rss(rss_item(title="A <b>bold</b> & R&D <img onerror=x> for $a<b$", link="javascript:alert(1)")))

    assert paper.title == "A <b>bold</b> & R&D <img onerror=x> for $a<b$"
    assert paper.abstract_url == "https://arxiv.org/abs/2611.00001"


def test_control_and_bidi_characters_do_not_get_in() -> None:
    paper = only(
        rss(rss_item(title="Sp\u202earse\x00 \x1bEx\n  perts", abstract="A&#0;b")).replace(b"&amp;#0;", b"&#0;")
    )

    assert (paper.title, paper.abstract) == ("Sparse Ex perts", "Ab")


def test_a_combined_feed_names_the_category_it_listed_the_paper_under() -> None:
    items = (rss_item("2611.00001", kind="cross", categories="stat.ML q-bio.NC"), rss_item("2611.00002", kind="new"))
    parsed = parse_capture(rss(*items, category="cs.AI+q-bio.NC"))

    assert parsed.source == "arxiv:cs.AI+q-bio.NC"
    assert [made.detail for made in parsed.announcements] == ["q-bio.NC", ""]


def test_a_combined_feed_announces_what_each_of_its_categories_would() -> None:
    items = (
        rss_item("2611.00001", kind="cross", categories="stat.ML q-bio.NC cs.AI"),
        rss_item("2611.00002", kind="cross", categories="cs.AI q-bio.NC"),
    )
    parsed = parse_capture(rss(*items, category="cs.AI+q-bio.NC"))

    assert [(made.paper.value[-1], made.detail) for made in parsed.announcements] == [
        ("1", "cs.AI"),
        ("1", "q-bio.NC"),
        ("2", "q-bio.NC"),  # cs.AI, its own category, announced it as new
    ]


@pytest.mark.parametrize(
    ("abstract", "is_gone"), [("This paper has been withdrawn.", True), ("Drugs were withdrawn.", False)]
)
def test_a_withdrawal_is_marked(abstract: str, *, is_gone: bool) -> None:
    assert only(rss(rss_item(version=2, kind="replace", abstract=abstract))).is_withdrawn is is_gone


def test_a_feed_of_a_whole_archive_lists_under_the_archive() -> None:
    parsed = parse_capture(rss(rss_item(kind="cross", categories="stat.ML cs.LG"), category="cs"))

    assert (parsed.source, parsed.announcements[0].detail) == ("arxiv:cs", "cs")


def test_the_category_is_read_from_the_title_when_no_link_tells() -> None:
    body = rss(rss_item()).replace(b"http://rss.arxiv.org/rss/cs.CL", b"https://mirror.example/feed")

    assert parse_capture(body).source == "arxiv:cs.CL"


def test_a_paper_sent_twice_is_one_paper_and_one_announcement() -> None:
    parsed = parse_capture(rss(rss_item(), rss_item(title="Again"), rss_item("2611.00002")))

    assert [paper.title for paper in parsed.papers] == ["Sparse Experts Learn Fast"] * 2
    assert len(parsed.announcements) == 2


def test_the_atom_variant_says_the_same() -> None:
    parsed = parse_capture(ATOM)

    (paper,), (made,) = parsed.papers, parsed.announcements
    assert (paper.title, paper.abstract, paper.version) == ("Planning with Tides", "Tides <b>plan</b>.", 3)
    assert paper.authors == (Author("Grace Hopper", ("Navy, g@example.org",)), Author("Adéle Goldberg"))
    assert (paper.categories, paper.journal_ref) == (("stat.ML", "cs.AI"), "J. Tides 1 (2026)")
    assert paper.id_of(IdScheme.DOI) == "10.5555/abc.1"
    assert (made.kind, made.detail, made.announced_on) == (AnnouncementKind.REPLACEMENT, "v3", FRIDAY)
    assert parsed.source == "arxiv:cs.AI"


def test_the_layout_of_before_2024_says_it_in_the_title() -> None:
    parsed = parse_capture(LEGACY)

    assert [(paper.title, paper.version, paper.categories) for paper in parsed.papers] == [
        ("Is It Fast?", 3, ("cs.LG",)),
        ("Second", 1, ("stat.ML",)),
        ("Third", 1, ("cs.LG",)),
    ]
    assert [(made.kind, made.detail) for made in parsed.announcements] == [
        (AnnouncementKind.REPLACEMENT, "v3"),
        (AnnouncementKind.CROSS_LIST, "cs.LG"),
        (AnnouncementKind.NEW, ""),
    ]
    assert {made.announced_on for made in parsed.announcements} == {date(2023, 2, 10)}
    assert parsed.papers[0].abstract == "We ask whether $a < b$."
    assert parsed.papers[0].authors == (Author("Ada Lovelace"), Author("Furu Wei"))


@pytest.mark.parametrize("title", ["No suffix", "X. (arXiv:2302.02913v3)", "X. (arXiv:2302.02913v3 [cs.LG] lower)"])
def test_other_titles_are_not_of_the_old_layout(title: str) -> None:
    assert parse_legacy_title(title) is None


def test_an_empty_weekend_feed_is_no_error() -> None:
    parsed = parse_capture(rss())

    assert (parsed.papers, parsed.announcements, parsed.warnings, parsed.source) == ((), (), (), "arxiv:cs.CL")


def test_the_error_feed_is_told_from_an_empty_day() -> None:
    body = rss(title="Feed error for query: cs.XX", description="Invalid archive 'cs.XX'")

    with pytest.raises(SourceChanged, match=r"arXiv cannot make this feed: Invalid archive 'cs\.XX'"):
        parse_capture(body)


def test_a_feed_of_somebody_else_is_refused() -> None:
    body = rss(title="News of the day").replace(b"rss.arxiv.org", b"example.org")

    with pytest.raises(SourceChanged, match="not one of arXiv's"):
        parse_capture(body)


def test_a_feed_about_another_category_is_refused() -> None:
    with pytest.raises(SourceChanged, match=r"about cs\.CV, not about cs\.CL"):
        parse_announcements(read_feed(rss(rss_item(), category="cs.CV"), "x"), "cs.CL")


@pytest.mark.parametrize("broken", [{"link": "x", "guid": "x", "description": "x"}, {"title": " "}])
def test_an_entry_without_id_or_title_is_skipped_and_counted(broken: dict[str, str]) -> None:
    parsed = parse_capture(rss(rss_item(), rss_item("2611.00002", 1, "new", **broken)))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)
    assert parsed.warnings == ("1 of 2 entries have no arXiv id or no title and were skipped",)


def test_a_feed_in_which_nothing_can_be_read_is_broken() -> None:
    with pytest.raises(SourceChanged, match="None of the 1 entries can be read"):
        parse_capture(rss(rss_item(title="")))


def test_a_truncated_feed_keeps_its_whole_entries() -> None:
    body = rss(rss_item("2611.00001"), rss_item("2611.00002"), rss_item("2611.00003"))

    parsed = parse_capture(body[: body.rindex(b"<dc:creator>") + 20])

    assert [paper.ids[0].value for paper in parsed.papers] == ["2611.00001", "2611.00002"]
    assert parsed.is_truncated
    assert parsed.warnings[0].startswith("The feed breaks off after 2 entries")


def test_a_feed_at_the_limit_of_arxiv_may_be_cut() -> None:
    parsed = parse_capture(rss(*(rss_item(f"2611.{number:05d}") for number in range(2000))))

    assert (len(parsed.papers), parsed.is_truncated) == (2000, True)


@pytest.mark.parametrize(
    "date_text", ["", "garbage", "Fri, 31 Dec 9999 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"]
)
def test_a_feed_without_a_date_announces_on_the_day_it_was_read(date_text: str) -> None:
    body = rss(rss_item(), date=date_text).replace(b"Fri, 20 Nov 2026 00:00:00 -0500", date_text.encode())

    captured = parse_capture(body)
    fetched = parse_announcements(read_feed(body, "x"), "cs.CL", FRIDAY)

    assert (len(captured.papers), captured.announcements) == (1, ())
    assert "states no date" in captured.warnings[0]
    assert [made.announced_on for made in fetched.announcements] == [FRIDAY]


def test_a_date_is_taken_in_the_zone_it_is_written_in() -> None:
    body = rss(rss_item(), date="x").replace(b"00:00:00 -0500", b"23:30:00 +1400")

    assert parse_capture(body).announcements[0].announced_on == FRIDAY
