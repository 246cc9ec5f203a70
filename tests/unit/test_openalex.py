"""OpenAlex: what can be configured, and how a mistake is explained."""

import pytest
from pydantic import SecretStr

from digest.errors import ConfigurationError
from digest.settings import SourceSettings
from digest.sources.openalex import LONGEST_SEARCH, is_openalex, make_sources, read_query
from tests.apis import crossref_list, crossref_work, dump, openalex_list, openalex_work


def settings(*queries: str, key: str = "k") -> SourceSettings:
    return SourceSettings(openalex=queries, openalex_key=SecretStr(key))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("author:A5034688833", "author:A5034688833"),
        ("author: a5034688833 ", "author:A5034688833"),
        ("https://openalex.org/A5034688833", "author:A5034688833"),
        ("author:https://openalex.org/authors/a5034688833", "author:A5034688833"),
        ("A5034688833", "author:A5034688833"),
        ("institution:I107606265", "institution:I107606265"),
        ("https://openalex.org/institutions/I107606265/", "institution:I107606265"),
        ("orcid:0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("search:mixture  of experts", "search:mixture of experts"),
        ("SEARCH:x:y", "search:x:y"),
    ],
)
def test_queries_are_read_in_any_spelling(text: str, name: str) -> None:
    query = read_query(text)

    assert f"{query.kind}:{query.value}" == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("author:I12", "is no author: authors' ids begin with A"),
        ("institution:A12", "is no institution"),
        ("https://openalex.org/W12", "is no author or institution"),
        ("orcid:0000-0002-1825-0098", "is no ORCID iD, or has a wrong check digit"),
        ("search:", "is not a query such as author:A5034688833"),
        ("search:" + "x" * (LONGEST_SEARCH + 1), "longer than 80 characters"),
        ("author:Ada Lovelace", "is not a query such as"),
        ("", "is not a query such as"),
    ],
)
def test_a_mistake_is_explained_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_query(text)

    (fault,) = caught.value.faults
    assert fault.startswith("sources.openalex: ")
    assert "\n" not in fault


def test_each_query_is_one_source_and_none_comes_twice() -> None:
    sources = make_sources(settings("author:A1", "https://openalex.org/A1", "search:tides"))

    assert [source.name for source in sources] == ["openalex:author:A1", "openalex:search:tides"]


def test_without_a_key_nothing_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="set DIGEST_SOURCES__OPENALEX_KEY"):
        make_sources(settings("author:A1", key=" "))
    assert make_sources(settings(key="")) == []


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_sources(settings("author:I1", "A2", "orcid:1"))

    assert len(caught.value.faults) == 2


def test_files_are_known_by_their_beginning() -> None:
    assert is_openalex(openalex_list(openalex_work()))
    assert is_openalex(openalex_list())
    assert is_openalex(b"\n" + dump(openalex_work()))
    assert not is_openalex(crossref_list(crossref_work()))
    assert not is_openalex(b'<html>"abstract_inverted_index":')
