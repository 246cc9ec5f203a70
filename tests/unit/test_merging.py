from digest.merging import is_same_work, merge, merge_key
from digest.model import Author, ExternalId, IdScheme
from tests.factories import paper


def ids(*pairs: tuple[IdScheme, str]) -> tuple[ExternalId, ...]:
    return tuple(ExternalId(scheme, value) for scheme, value in pairs)


def test_case_tex_accents_and_punctuation_do_not_change_the_merge_key() -> None:
    plain = paper(title="Erdos Graphs: A Survey of the Field", authors=["Paul Erdos"])
    fancy = paper(title=r"Erd\H{o}s graphs --- \emph{a survey} of the field", authors=["Erdős, Paul"])

    assert merge_key(plain) == merge_key(fancy)


def test_a_short_title_or_a_paper_without_authors_has_no_merge_key() -> None:
    assert merge_key(paper(title="Introduction")) is None
    assert merge_key(paper(authors=[])) is None


def test_two_papers_with_different_arxiv_ids_are_never_one_work() -> None:
    one = ids((IdScheme.ARXIV, "2611.00001"))

    assert not is_same_work(one, ids((IdScheme.ARXIV, "2611.00002")))
    assert is_same_work(one, ids((IdScheme.DOI, "10.1000/x")))


def test_a_newer_version_brings_its_text_and_an_older_one_does_not() -> None:
    first, second = paper(title="Old", version=1), paper(title="New", version=2)

    assert merge(first, second).title == merge(second, first).title == "New"
    assert merge(second, first).version == 2


def test_a_listing_adds_what_it_knows_and_leaves_the_archives_text_alone() -> None:
    archive = paper(title=r"On $\mu$P", authors=["Ada Lovelace", "Furu Wei"], upvotes=None)
    listing = paper(
        title="On muP",
        categories=(),
        version=None,
        upvotes=42,
        authors=[Author("Furu Wei", hf_user="furu"), "A. Lovelace"],
    )

    merged = merge(archive, listing)

    assert (merged.title, merged.upvotes, merged.version) == (r"On $\mu$P", 42, 1)
    assert merged.authors == (Author("Ada Lovelace"), Author("Furu Wei", hf_user="furu"))


def test_merging_is_the_same_whichever_source_came_first() -> None:
    archive = paper(title=r"On $\mu$P")
    listing = paper(title="On muP", categories=(), version=None, upvotes=42)

    assert merge(archive, listing) == merge(listing, archive)


def test_nothing_known_is_ever_blanked() -> None:
    known = paper(code_url="https://example.org/code", abstract="Text.", upvotes=3)

    merged = merge(known, paper(abstract="", authors=[], version=2))

    assert (merged.code_url, merged.abstract, merged.upvotes) == ("https://example.org/code", "Text.", 3)
    assert merged.authors == known.authors


def test_two_authors_of_one_name_lend_each_other_no_id() -> None:
    archive = paper(authors=["Wei Zhang", "Wei Zhang"])
    listing = paper(categories=(), version=None, authors=[Author("Wei Zhang", hf_user="wz")])

    assert all(author.hf_user is None for author in merge(archive, listing).authors)


def test_ids_add_up() -> None:
    merged = merge(paper(), paper(ids=ids((IdScheme.ARXIV, "2611.00001"), (IdScheme.DOI, "10.1000/x"))))

    assert [str(known) for known in merged.ids] == ["arxiv:2611.00001", "doi:10.1000/x"]
