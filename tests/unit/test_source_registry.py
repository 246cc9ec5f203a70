"""Which sources there are."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from digest.errors import ConfigurationError
from digest.settings import SourceSettings
from digest.sources.registry import GROUP, make_sources


def entry(value: str, name: str = "journal") -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def settings(**given: object) -> SourceSettings:
    return SourceSettings.model_validate({"huggingface": False, "arxiv": ()} | given)


def test_the_settings_decide_which_sources_are_read() -> None:
    made = make_sources(settings(huggingface=True, arxiv=("cs.CL", "cond-mat.mes-hall", "cs.AI+q-bio.NC", "cs.CL")))

    assert [source.name for source in made] == [
        "arxiv:cs.CL",
        "arxiv:cond-mat.mes-hall",
        "arxiv:cs.AI+q-bio.NC",
        "huggingface",
    ]


def test_no_source_is_a_choice_too() -> None:
    assert make_sources(settings()) == []


@pytest.mark.parametrize("category", ["", "cs CL", "../cs", "cs.CL?x=1", "cs.CL+", "CS"])
def test_a_category_that_cannot_be_one_is_named(category: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an arXiv archive or category"):
        make_sources(settings(arxiv=("cs.CL", category)))


@pytest.mark.parametrize(
    "value",
    ["no.such.module:make", "digest.sources.arxiv:no_such_name", "digest.model:Paper", "math:pi", "json:loads"],
)
def test_a_broken_third_party_source_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_sources(settings(), [entry(value)])

    assert str(caught.value).startswith(f"the source “journal” ({value}) cannot be loaded: ")


def test_two_sources_of_one_name_are_refused() -> None:
    twice = [entry("digest.sources.huggingface:make_sources", name) for name in ("one", "two")]

    with pytest.raises(ConfigurationError, match="two sources are called “huggingface”"):
        make_sources(settings(huggingface=True), twice)


def test_a_third_party_source_joins_through_its_entry_point() -> None:
    module = ModuleType("third_party_journal")
    module.__dict__["make_sources"] = lambda _settings: [Journal()]
    sys.modules[module.__name__] = module
    try:
        (made,) = make_sources(settings(), [entry("third_party_journal:make_sources")])
    finally:
        del sys.modules[module.__name__]

    assert made.name == "journal"


class Journal:
    name = "journal"
