"""Feeds of publishers as they are in the wild: every entry is read, and what each layout says arrives."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from digest.model import IdScheme, Paper, Parsed
from digest.sources.feeds.source import FeedSource, is_feed
from digest.sources.formats.feed import read_feed


@dataclass(frozen=True)
class Counted:
    """What is in a file, counted in its text; what has no date of its own takes the feed's."""

    entries: int
    papers: int
    authors: int
    abstracts: int
    dois: int
    dates: int


PUBMED = "2021-12-14_pubmed.ncbi.nlm.nih.gov-rss-search-1rE397IRBYU0-ogsyRnEw9o91K808u0evolcHK9IDZ0PVH5cqD-.xml"
IJSEM = "2021-12-14_microbiologyresearch.org-rss-content-journal-ijsem-latestarticles.xml"
ZOOKEYS = "2021-12-14_zookeys.pensoft.net-rss.php.xml"

FILES = {
    "2021-12-14_biotaxa.org-Phytotaxa-gateway-plugin-WebFeedGatewayPlugin-rss.xml": Counted(8, 8, 8, 6, 8, 8),
    "2021-12-14_mapress.com-zt-gateway-plugin-WebFeedGatewayPlugin-rss.xml": Counted(10, 10, 10, 10, 10, 10),
    IJSEM: Counted(25, 25, 25, 23, 25, 25),  # two corrigenda have no abstract
    PUBMED: Counted(15, 15, 15, 15, 15, 15),
    ZOOKEYS: Counted(100, 100, 100, 99, 100, 100),  # nor has Pensoft's corrigendum
    "blog_openai.xml": Counted(5, 5, 0, 5, 0, 5),
    "example_aby.xml": Counted(20, 19, 19, 19, 0, 19),  # the volume's contents
    "example_actaa.xml": Counted(0, 0, 0, 0, 0, 0),
    "example_ajh.xml": Counted(13, 13, 13, 0, 13, 13),
    "example_canent.xml": Counted(15, 13, 13, 13, 13, 13),  # front and back matter
    "example_ce.xml": Counted(9, 9, 9, 9, 0, 9),
    "example_cnki.xml": Counted(20, 20, 20, 20, 0, 20),
    "example_ejb.xml": Counted(22, 22, 22, 22, 22, 22),
    "example_elsevier.xml": Counted(36, 35, 35, 0, 0, 0),  # the editorial board
    "example_eol.xml": Counted(20, 20, 20, 20, 0, 20),
    "example_et.xml": Counted(4, 4, 4, 4, 0, 4),
    "example_googlescholar.xml": Counted(10, 10, 0, 10, 3, 10),
    "example_ingenta.rdf": Counted(11, 11, 11, 0, 0, 0),
    "example_mpe.xml": Counted(53, 53, 53, 0, 0, 0),
    "example_native-pubmed.xml": Counted(15, 15, 15, 15, 15, 15),
    "example_oup.xml": Counted(5, 5, 5, 5, 5, 5),
    "example_phytotaxa.xml": Counted(7, 7, 7, 6, 7, 7),  # “N/A” is no abstract
    "example_sb.xml": Counted(29, 29, 28, 0, 0, 0),  # a book review is not signed
    "example_tand.rdf": Counted(5, 5, 5, 0, 5, 5),
    "example_treebase.rdf": Counted(3, 3, 0, 3, 0, 0),
    "example_worms.xml": Counted(50, 50, 50, 50, 0, 50),
    "example_zoobank.xml": Counted(168, 168, 0, 168, 0, 168),
    "example_zootaxa.rdf": Counted(13, 13, 13, 11, 13, 13),
}


def read(samples: Path, name: str) -> Parsed:
    return FeedSource("x", "https://example.org/").parse((samples / "rss_generic" / name).read_bytes())


def names(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors]


def ids(paper: Paper) -> list[str]:
    return [str(own) for own in paper.ids]


def test_every_file_has_its_line(samples: Path) -> None:
    assert {path.name for path in (samples / "rss_generic").iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_nothing_in_a_file_is_lost(samples: Path, name: str) -> None:
    body = (samples / "rss_generic" / name).read_bytes()
    parsed = read(samples, name)

    assert is_feed(body[:64_000])
    assert FILES[name] == Counted(
        entries=len(read_feed(body, "x").entries),
        papers=len(parsed.papers),
        authors=sum(bool(paper.authors) for paper in parsed.papers),
        abstracts=sum(bool(paper.abstract) for paper in parsed.papers),
        dois=sum(paper.id_of(IdScheme.DOI) is not None for paper in parsed.papers),
        dates=sum(paper.submitted_at is not None for paper in parsed.papers),
    )
    assert (parsed.skipped, parsed.is_truncated) == (0, False)


@pytest.mark.parametrize("name", FILES)
def test_every_paper_is_clean_and_announced_once(samples: Path, name: str) -> None:
    parsed = read(samples, name)

    own = [paper.ids[0] for paper in parsed.papers]
    assert len(set(own)) == len(own)
    assert [made.paper for made in parsed.announcements] == own
    for paper in parsed.papers:
        assert not any(mark in f"{paper.title} {paper.abstract}" for mark in ("<p>", "<em>", "</", "&amp;", "\ufeff"))
        assert not any("," in name and "Jr" not in name for name in names(paper))
        assert "utm_" not in (paper.abstract_url or "")
        assert not (paper.abstract_url or "").endswith(("rss", "af=R"))


def test_pages_of_an_issue_are_counted(samples: Path) -> None:
    said = "entries are pages of an issue, such as its cover, and were left out"

    assert read(samples, "example_canent.xml").warnings == (f"2 of 15 {said}",)
    assert read(samples, "example_elsevier.xml").warnings == (f"1 of 36 {said}",)


def test_elsevier_has_it_all_in_the_description(samples: Path) -> None:
    parsed = read(samples, "example_mpe.xml")
    first = parsed.papers[0]

    assert names(first) == ["Matthew J. Phillips", "Michael Westerman", "Manuela Cascini"]
    assert ids(first) == ["url:https://www.sciencedirect.com/science/article/pii/S105579032100261X"]
    assert first.title.endswith("marsupial carnivore genus Myoictis")
    assert (first.journal_ref, first.abstract) == ("Molecular Phylogenetics and Evolution, Volume 166", "")
    days = {made.paper: made.announced_on for made in parsed.announcements}
    assert (days[first.ids[0]], days[parsed.papers[-1].ids[0]]) == (date(2021, 11, 11), date(2021, 3, 17))


def test_taylor_and_francis_name_the_journal_elsewhere(samples: Path) -> None:
    first = read(samples, "example_tand.rdf").papers[0]

    assert first.journal_ref == "Journal of Natural History 55(31-32), 1917–1940 (2021)"
    assert ids(first) == ["doi:10.1080/00222933.2021.1974594"]
    assert first.abstract_url == "https://www.tandfonline.com/doi/full/10.1080/00222933.2021.1974594"
    assert names(first) == ["Charles S. Henry", "Víctor J. Monserrat", "Peter Duelli"]


def test_pensoft_packs_paragraphs(samples: Path) -> None:
    first = read(samples, ZOOKEYS).papers[0]

    assert first.title.startswith("Gems of the southern Japanese seas")
    assert (ids(first), names(first)) == (["doi:10.3897/zookeys.1076.69025"], ["Takato Izumi", "Takuma Fujii"])
    assert (first.journal_ref, first.abstract[:26]) == ("ZooKeys 1076: 151-182", "Edwardsianthus England, 19")
    assert first.abstract.endswith("diagnostic features of the genus are revised.")


def test_oxford_writes_initials_behind_family_names(samples: Path) -> None:
    papers = read(samples, "example_oup.xml").papers

    assert names(papers[0]) == ["García-Castaño J", "Balao F", "Lorenzo M"]
    assert names(papers[1]) == ["de Souza A", "Lewis G", "da Silva M."]
    assert papers[0].abstract.startswith("Some tree species have distributions on both sides")
    assert papers[0].journal_ref == "Botanical Journal of the Linnean Society 197(3), 420–438 (2021)"


def test_cambridge_and_ingenta_write_family_names_first(samples: Path) -> None:
    cambridge, ingenta = read(samples, "example_canent.xml"), read(samples, "example_ingenta.rdf")

    assert [names(paper) for paper in cambridge.papers[:3]] == [
        ["Toshio Inoda"],
        ["Josué Sant’Ana", "Roberta Tognon", "Patrícia D.S. Pires", "Patrícia L.F. Gregório"],
        ["María P. Campos-Soldini", "Leandro S. Wagner"],
    ]
    assert cambridge.papers[0].abstract_url == "https://dx.doi.org/10.4039/tce.2021.38"
    assert names(ingenta.papers[0])[:2] == ["A.S. Urquhart", "J.K. Douch"]
    assert [len(paper.authors) for paper in ingenta.papers] == [5, 3, 6, 6, 6, 6, 9, 8, 5, 8, 146]
    assert {made.announced_on for made in ingenta.announcements} == {date(2021, 8, 14)}


def test_ojs_has_markup_in_titles_and_names_in_capitals(samples: Path) -> None:
    first = read(samples, "2021-12-14_biotaxa.org-Phytotaxa-gateway-plugin-WebFeedGatewayPlugin-rss.xml").papers[0]

    assert first.title.startswith("The Kiandra leek orchid is the previously presumed extinct")
    assert names(first) == ["Bronwyn M. Ayre", "Tobias Hayashi", "Ryan D. Phillips", "Noushka Reiter"]
    assert (ids(first), first.journal_ref) == (["doi:10.11646/phytotaxa.528.2.1"], "Phytotaxa 528(2), 71–83 (2021)")
    assert first.abstract.startswith("Prasophyllum morganii (Orchidaceae), the mignonette")


def test_one_string_may_name_seventeen_people(samples: Path) -> None:
    first = read(samples, IJSEM).papers[0]

    assert (len(first.authors), names(first)[-2:]) == (17, ["Suping Wang", "Jianguo Xu"])
    assert ids(first) == ["doi:10.1099/ijsem.0.005019"]
    assert first.abstract.startswith("Four bacterial strains (LJ126T/S18 and Z-34T/S20) recovered from faecal samples")


def test_pubmed_gives_two_ids_and_the_whole_abstract(samples: Path) -> None:
    papers = read(samples, PUBMED).papers

    assert ids(papers[0]) == ["doi:10.1016/j.jviromet.2021.114425", "pmid:34902460"]
    assert papers[0].abstract_url == "https://pubmed.ncbi.nlm.nih.gov/34902460/"
    assert papers[0].journal_ref == "J Virol Methods. 2021 Dec 10:114425"
    assert papers[0].abstract.endswith("including new species or strains.")
    assert len(papers[4].authors) == 103
    assert papers[5].title.startswith("Taxonomical study on the newly-recorded genus Falsonnannocerus Pic")


def test_cnki_puts_authors_in_front_of_the_abstract(samples: Path) -> None:
    english, chinese = read(samples, "example_cnki.xml").papers[0], read(samples, "example_aby.xml").papers[0]

    assert names(english)[:2] == ["Yinpeng ZHANG", "Xiaolong LIU"]
    assert english.abstract.startswith("Cyrtodactylus geckos are one of the most")
    assert (names(chinese), chinese.abstract[:5]) == (["朱弘", "库伟鹏", "戎建涛", "项佳娥"], "浙江南麂岛")


def test_google_scholars_alerts_lead_to_the_papers(samples: Path) -> None:
    papers = read(samples, "example_googlescholar.xml").papers

    assert ids(papers[0]) == ["url:https://www.sciencedirect.com/science/article/pii/S0967063721001953"]
    assert ids(papers[1]) == ["doi:10.1371/journal.pone.0258454"]
    assert papers[0].abstract.endswith("a new species of Ophiothamnidae …")


def test_one_author_element_may_hold_two_names_or_one_turned_round(samples: Path) -> None:
    assert names(read(samples, "example_ce.xml").papers[0]) == ["Volker Assing", "Heinrich Meybohm"]
    assert names(read(samples, "example_worms.xml").papers[0]) == ["Samuel Enrique Gómez-Noguera"]
    assert names(read(samples, "example_eol.xml").papers[0]) == ["Terathopius"]
    assert names(read(samples, "example_et.xml").papers[0]) == ["Mathias Jaschhof", "Catrin Jaschhof"]


def test_the_same_paper_in_two_feeds_has_the_same_id(samples: Path) -> None:
    journal = {own for paper in read(samples, IJSEM).papers for own in paper.ids}
    search = {own for paper in read(samples, PUBMED).papers for own in paper.ids}

    assert {own.value for own in journal & search} == {"10.1099/ijsem.0.005145", "10.1099/ijsem.0.005151"}
