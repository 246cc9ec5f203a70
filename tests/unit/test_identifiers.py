"""Identifiers in every spelling they come in, and the works links lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.identifiers.web_links import host_of, make_url_id, read_link, tidy_link
from digest.identifiers.works import find_arxiv_ids, find_dois, read_doi, read_identifier
from digest.model import ExternalId, IdScheme

WILEY = "10.1002/(sici)1096-8644(199706)103:2<151::aid-ajpa2>3.0.co;2-t"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10.1234/ABC.1", "doi:10.1234/abc.1"),
        ("doi:10.1234/abc", "doi:10.1234/abc"),
        ("DOI: 10.1234/abc.", "doi:10.1234/abc"),
        ("https://doi.org/10.1234/abc", "doi:10.1234/abc"),
        ("http://dx.doi.org/10.4039/tce.2021.38?rft_dat=source%3Ddrss", "doi:10.4039/tce.2021.38"),
        ("info:doi/10.1523/JNEUROSCI.1", "doi:10.1523/jneurosci.1"),
        ("urn:doi:10.1000.10/123", "doi:10.1000.10/123"),
        ("10.1016/S0140-6736(05)67889-5", "doi:10.1016/s0140-6736(05)67889-5"),
        (WILEY.upper(), f"doi:{WILEY}"),
        ("10.1002%2Fabc", "doi:10.1002/abc"),
        ("10.48550/arXiv.2310.01234", "arxiv:2310.01234"),
        ("10.1234/", None),
        ("10.1234/...", None),
        ("10.12/abc", None),
        ("10.1234/" + "x" * 300, None),
        ("10.1234/a\x00", "doi:10.1234/a"),
        ("10.1234/\u202eabc", None),
        ("about 10.1234/abc", None),
    ],
)
def test_a_doi_is_read_however_it_is_spelt(text: str, read: str | None) -> None:
    found = read_doi(text)

    assert (str(found) if found else None) == read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(doi:10.1234/abc).", ["10.1234/abc"]),
        ("see 10.1234/a, 10.1234/b; and 10.1234/A", ["10.1234/a", "10.1234/b"]),
        ("DOI10.1234/a", ["10.1234/a"]),
        ("version 110.1234/a or 1.10.1234/b", []),
        ('<a href="https://doi.org/10.1234/a">10.1234/a</a>', ["10.1234/a"]),
        (f"Old: {WILEY}", [WILEY]),
    ],
)
def test_dois_are_found_in_a_text(text: str, found: list[str]) -> None:
    assert [own.value for own in find_dois(text)] == found


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("oai:arXiv.org:2310.01234v2", "arxiv:2310.01234"),
        ("pubmed:34902460", "pmid:34902460"),
        ("pmid:34902460", "pmid:34902460"),
        ("https://pubmed.ncbi.nlm.nih.gov/34902460/", "pmid:34902460"),
        ("https://openalex.org/W123", "openalex:W123"),
        ("https://www.example.org/10.1234/abc", None),
        ("tag:flickr.com,2004:/photo/51654307674", None),
        ("34902460", None),
        ("", None),
    ],
)
def test_other_identifiers_are_told_by_their_spelling(text: str, read: str | None) -> None:
    found = read_identifier(text)

    assert (str(found) if found else None) == read


def test_arxiv_ids_need_their_prefix() -> None:
    found = find_arxiv_ids("arXiv:2310.01234v2, arxiv.org/abs/hep-th/9901001, 2311.00001 and arXiv: 2310.01234.")

    assert [own.value for own in found] == ["2310.01234", "hep-th/9901001"]


@pytest.mark.parametrize("unit", ["arxiv.", "arxiv:", "10.1234/", "10.", "arxiv:a.", "doi:", "%31", "10.1234/("])
def test_hostile_text_ends(unit: str) -> None:
    text = unit * 40_000

    assert len(find_arxiv_ids(text)) + len(find_dois(text)) < 10


@given(st.text(max_size=300))
def test_any_text_gives_clean_identifiers(text: str) -> None:
    ids = [*find_dois(text), *find_arxiv_ids(text), *filter(None, (read_doi(text), read_identifier(text)))]

    assert all(own.value.isprintable() and len(own.value) <= 200 for own in ids)


@pytest.mark.parametrize(
    ("link", "tidy"),
    [
        ("https://a.org/x?utm_source=rss&b=1&UTM_Medium=feed", "https://a.org/x?b=1"),
        ("https://www.sciencedirect.com/pii/S1?dgcid=rss_sd_all", "https://www.sciencedirect.com/pii/S1"),
        ("https://a.org/p?id=7&from=rss&track=RSS", "https://a.org/p?id=7"),
        ("https://a.org/p?from=7&track=ai&sid=9", "https://a.org/p?from=7&track=ai&sid=9"),
        ("https://a.org/p;jsessionid=AB12?x=1#part", "https://a.org/p?x=1#part"),
        ("https://pubmed.ncbi.nlm.nih.gov/1/?utm_source=a b&fc=2", "https://pubmed.ncbi.nlm.nih.gov/1/"),
        ("https://scholar.google.com/scholar_url?url=https://a.org/p%3Fx%3D1&hl=en", "https://a.org/p?x=1"),
        ("https://www.google.co.uk/url?rct=j&url=https://a.org/", "https://a.org/"),
        ("https://eur.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.org%2F", "https://a.org/"),
        ("https://www.google.com/url?url=javascript:x", "https://www.google.com/url?url=javascript:x"),
        ("https://a.org/url?url=https://b.org/", "https://a.org/url?url=https://b.org/"),
        ("javascript:alert(1)", None),
        ("ftp://a.org/", None),
        ("http://[::1", None),
        ("/relative", None),
        ("", None),
    ],
)
def test_links_lose_redirects_and_marks(link: str, tidy: str | None) -> None:
    assert tidy_link(link) == tidy


@pytest.mark.parametrize(
    ("link", "work"),
    [
        ("https://arxiv.org/pdf/2310.01234v2?context=cs", "arxiv:2310.01234"),
        ("https://huggingface.co/papers/2310.01234", "arxiv:2310.01234"),
        ("https://doi.org/10.1234/abc", "doi:10.1234/abc"),
        ("https://www.tandfonline.com/doi/full/10.1080/x.2020.1", "doi:10.1080/x.2020.1"),
        ("https://onlinelibrary.wiley.com/doi/abs/10.1002/tax.1/abstract", "doi:10.1002/tax.1"),
        ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.1&x=2", "doi:10.1371/journal.pone.1"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full", "doi:10.1101/2020.01.01.123456"),
        ("https://www.medrxiv.org/content/10.64898/2026.01.02.1v1?rss=1", "doi:10.64898/2026.01.02.1"),
        ("https://academic.oup.com/mnras/article/doi/10.1093/mnras/stab1/6295389", "doi:10.1093/mnras/stab1"),
        ("https://openreview.net/forum?id=AbC_d-123x", "openreview:AbC_d-123x"),
        ("https://a.org/compare/10.1234/a/10.1234/b?and=10.1234/c", None),
        ("https://a.org/blog/2026", None),
        ("http://[::1", None),
    ],
)
def test_a_link_tells_the_work_it_leads_to(link: str, work: str | None) -> None:
    found = read_link(link)

    assert (str(found) if found else None) == work


def test_one_page_has_one_id() -> None:
    spellings = ["http://A.org:80/x/?p=1#top", "https://a.org/x?p=1", "https://a.org:443/x/?p=1"]

    assert {make_url_id(link) for link in spellings} == {ExternalId(IdScheme.URL, "https://a.org/x?p=1")}
    assert make_url_id("https://a.org:8443/x") == ExternalId(IdScheme.URL, "https://a.org:8443/x")
    assert make_url_id("https://a.org/" + "x" * 600) is None
    assert make_url_id("https://a.org:99999/") is None


@given(st.text(max_size=80) | st.text(max_size=80).map(lambda text: f"https://{text}"))
def test_any_link_is_tidy_or_none(text: str) -> None:
    tidy = tidy_link(text)

    assert tidy is None or (tidy.startswith(("http://", "https://")) and host_of(tidy))
    read_link(text)
    make_url_id(text)
