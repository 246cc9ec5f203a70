from digest.merging import merge, unmerge
from digest.model import Author, ExternalId, IdScheme, PersonId, PersonScheme
from tests.factories import paper


def ids(*pairs: tuple[IdScheme, str]) -> tuple[ExternalId, ...]:
    return tuple(ExternalId(scheme, value) for scheme, value in pairs)


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


def test_what_services_attach_to_an_author_adds_up() -> None:
    archive = paper(authors=[Author("Furu Wei", ids=(PersonId(PersonScheme.DBLP, "72/5870"),))])
    listing = paper(
        categories=(),
        version=None,
        authors=[
            Author(
                "Furu Wei",
                ids=(PersonId(PersonScheme.OPENALEX, "A1"), PersonId(PersonScheme.DBLP, "1/1")),
                institutions=("05dxps055",),
                email_domain="example.edu",
            )
        ],
    )

    (author,) = merge(archive, listing).authors

    assert [str(known) for known in author.ids] == ["dblp:72/5870", "openalex:A1"]
    assert (author.institutions, author.email_domain) == (("05dxps055",), "example.edu")


def test_two_authors_of_one_name_lend_each_other_no_ids_either() -> None:
    listing = paper(categories=(), version=None, authors=[Author("Wei Zhang", ids=(PersonId(PersonScheme.S2, "1"),))])

    merged = merge(paper(authors=["Wei Zhang", "Wei Zhang"]), listing)

    assert [author.ids for author in merged.authors] == [(), ()]


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


def test_what_says_nothing_more_changes_nothing() -> None:
    known = paper(upvotes=3, code_url="https://example.org/code")

    assert merge(known, paper(upvotes=None)) is known


def test_merging_twice_is_merging_once() -> None:
    known, seen = paper(), paper(version=2, title="Sparse Experts Learn Faster", upvotes=9)

    assert merge(merge(known, seen), seen) == merge(known, seen)


def test_only_a_later_version_takes_a_withdrawal_back() -> None:
    withdrawn = paper(version=2, is_withdrawn=True)

    assert merge(paper(version=1), withdrawn).is_withdrawn
    assert merge(withdrawn, paper(version=2)).is_withdrawn
    assert merge(withdrawn, paper(version=None, categories=())).is_withdrawn
    assert not merge(withdrawn, paper(version=3)).is_withdrawn


def test_unmerging_gives_back_what_was_kept_and_loses_nothing_that_came_later() -> None:
    doi = ExternalId(IdScheme.DOI, "10.1000/x")
    kept = paper(upvotes=3, media_urls=("https://example.org/a.png",))
    joined = paper(
        ids=(doi,), categories=(), journal_ref="Journal 7", upvotes=8, media_urls=("https://example.org/b.png",)
    )
    later = merge(merge(kept, joined), paper(version=2, title="A Title That Came Later"))

    rest = unmerge(later, kept, joined, frozenset({doi}))

    assert rest == merge(kept, paper(version=2, title="A Title That Came Later", upvotes=3))
