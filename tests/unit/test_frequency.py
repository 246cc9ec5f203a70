import json

import pytest

from digest.researchers.frequency import load_statistics, namesakes_at, read_statistics
from digest.researchers.names import PersonName, parse_name
from digest.researchers.variants import variants_of
from digest.researchers.vocabulary import closeness, describe, split_words

NAMES = load_statistics()


def parsed(text: str) -> PersonName:
    name = parse_name(text)
    assert name is not None
    return name


@pytest.mark.parametrize(
    ("commoner", "rarer"),
    [
        ("Wei Zhang", "Peng Fu"),
        ("Peng Fu", "Yann LeCun"),
        ("W. Zhang", "Wei Zhang"),
        ("Wei Zhang", "Wei Müller"),  # parts that do not go together
        ("Ji Hoon Kim", "Guangtao Zhai"),
        ("David Smith", "David A. Smith"),
        ("Zhang", "Wei Zhang"),
    ],
)
def test_one_name_is_commoner_than_another(commoner: str, rarer: str) -> None:
    assert NAMES.namesakes(parsed(commoner)) > NAMES.namesakes(parsed(rarer))


def test_a_name_that_nobody_had_has_hardly_a_namesake() -> None:
    assert NAMES.namesakes(parsed("Zbylutowit Quorxenberg")) < 0.02


@pytest.mark.parametrize("name", ["Wei Zhang", "Ann Kim", "Zbylutowit Quorxenberg"])
def test_commonness_is_a_scale_of_namesakes(name: str) -> None:
    assert namesakes_at(NAMES.commonness_of(name)) == pytest.approx(NAMES.namesakes(parsed(name)))


def test_nobody_has_no_namesakes() -> None:
    assert NAMES.commonness_of("ATLAS Collaboration") == 0.0


def test_the_key_of_a_coauthor_is_as_common_as_the_name() -> None:
    assert NAMES.commonness_of_key("wei zhang") >= NAMES.commonness_of("Wei Zhang")
    assert NAMES.commonness_of_key("zhang w.") > NAMES.commonness_of_key("wei zhang")


def test_people_of_an_installation_make_their_names_commoner() -> None:
    local = NAMES.with_local(["Zbylutowit Quorxenberg"] * 30)

    assert local.namesakes(parsed("Zbylutowit Quorxenberg")) > 10 * NAMES.namesakes(parsed("Zbylutowit Quorxenberg"))
    assert local.people == NAMES.people + 30


def test_tables_are_read_as_they_are_written() -> None:
    tables = {"groups": [{"people": 10, "families": {"kim": 5}, "given": {"ann": 2}}]}

    assert read_statistics(json.loads(json.dumps(tables))).namesakes(parsed("Ann Kim")) == 2_000_000 * (5 * 2 / 10) / 10


def test_forms_of_a_given_name_are_known_both_ways() -> None:
    assert "christopher" in variants_of("chris")
    assert "chris" in variants_of("christopher")
    assert variants_of("youping") == frozenset()


def test_words_are_folded_and_frequent_ones_say_nothing() -> None:
    assert split_words("The Networks of classes") == ["the", "network", "classe"]
    assert set(describe("We propose the method of haplotype phasing")) >= {"haplotype", "phasing"}
    assert "the" not in describe("the haplotype")


def test_texts_are_close_to_themselves_and_far_from_others() -> None:
    one, other = describe("haplotype phasing of genomes"), describe("temporal logic planning for robots")

    assert closeness(one, one) == pytest.approx(1.0)
    assert closeness(one, other) == 0.0
    assert closeness(one, {}) == 0.0
