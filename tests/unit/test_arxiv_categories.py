"""Archives, categories, and the sets of OAI-PMH."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.categories import cross_lists, is_primary, query_of, set_of, split_query


@pytest.mark.parametrize(
    ("part", "oai_set"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("cs.cl", "cs:cs:CL"),
        ("stat.ML", "stat:stat:ML"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("astro-ph.EP", "physics:astro-ph:EP"),
        ("cond-mat.mes-hall", "physics:cond-mat:mes-hall"),
        ("physics.flu-dyn", "physics:physics:flu-dyn"),
        ("hep-th", "physics:hep-th"),
        ("math", "math:math"),
    ],
)
def test_a_category_has_its_set(part: str, oai_set: str) -> None:
    assert set_of(part) == oai_set
    assert query_of(oai_set).lower() == part.lower()


def test_a_group_is_an_archive_or_all_of_physics() -> None:
    assert query_of("cs") == "cs"
    assert {"hep-th", "physics", "quant-ph"} < set(split_query(query_of("physics")))


@pytest.mark.parametrize(
    ("query", "categories", "listed"),
    [
        ("cs.CL", ("cs.LG", "cs.CL"), ("cs.CL",)),
        ("cs.AI+q-bio.NC", ("stat.ML", "q-bio.NC"), ("q-bio.NC",)),
        ("cs.AI+q-bio.NC", ("stat.ML", "q-bio.NC", "cs.AI"), ("cs.AI", "q-bio.NC")),
        ("cs.CL+cs.AI", ("cs.CL", "cs.AI"), ("cs.AI",)),  # announced to cs.CL before
        ("cs", ("cs.CL", "cs.LG"), ("cs",)),
        ("cs", ("stat.ML", "cs.LG"), ("cs",)),
        ("cs.CL", (), ("cs.CL",)),
        ("cs.CL", ("math.AG",), ("cs.CL",)),  # the feed says so, whatever its categories
    ],
)
def test_a_cross_list_names_what_each_feed_alone_would(
    query: str, categories: tuple[str, ...], listed: tuple[str, ...]
) -> None:
    assert cross_lists(query, categories) == listed


def test_a_paper_is_at_home_where_its_first_category_is() -> None:
    assert is_primary("cs.AI+cs.CL", ("cs.CL", "stat.ML"))
    assert is_primary("cs", ("cs.CL",))
    assert not is_primary("cs.C", ("cs.CL",))
    assert not is_primary("cs.LG", ("cs.CL", "cs.LG"))


NAMES = st.sampled_from(["cs.CL", "cs", "stat.ML", "hep-th", "math.AG", "math", "q-bio.NC"])


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=5))
def test_a_cross_list_always_names_parts_of_the_query(parts: list[str], categories: list[str]) -> None:
    query = "+".join(parts)
    listed = cross_lists(query, tuple(categories))

    assert listed
    assert set(listed) <= {*parts, query}
