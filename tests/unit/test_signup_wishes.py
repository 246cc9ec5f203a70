"""What somebody types who signs up: read, refused in one sentence a fault, kept as JSON."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from digest.model import PaperId, PersonId, PersonScheme, ResearcherId
from digest.pipeline.following import PersonWanted, Seed
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import (
    Faults,
    FollowChoice,
    SignupWishes,
    Typed,
    check_typed,
    dump_wishes,
    load_wishes,
    make_registration,
)
from subscribers.model import Cadence, Schedule, UnknownRequest

TYPED = Typed(timezone="europe/berlin", send_at="7:30", cap="10", interests=("experts",))
WEI = FollowChoice(text="Furu Wei", name="Furu Wei", person=PersonWanted(name="Furu Wei"))


def check(typed: Typed = TYPED, *follows: FollowChoice, **fields: Any) -> tuple[SignupWishes | None, Faults]:
    faults: Faults = {}
    return check_typed(replace(typed, **fields), follows, faults), faults


def test_what_is_right_is_read() -> None:
    wishes, faults = check(TYPED, WEI, cadence="weekly", weekday="friday", name=" Ada  L. ", language="pt-BR")

    assert faults == {}
    assert wishes == SignupWishes(
        schedule=Schedule("Europe/Berlin", time(7, 30), None, Cadence.WEEKLY, 4),
        cap=10,
        name="Ada L.",
        language="pt-BR",
        interests=(read_interest("experts"),),
        follows=(WEI,),
    )


def test_the_same_topic_in_other_words_counts_once() -> None:
    wishes, _ = check(interests=("cat:cs.CL", "cat:CS.cl", "language models", "Language Model"))

    assert wishes is not None
    assert [wish.text for wish in wishes.interests] == ["cat:CS.cl", "Language Model"]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"interests": ("experts AND",)}, "interests", "cannot be understood"),
        ({"interests": ("a " * 2_000,)}, "interests", "may have"),
        ({"interests": ("x " * 1_000,) * 5}, "interests", "4,000"),
        ({"interests": (" OR ".join(f"t{n}" for n in range(150)),)}, "interests", "150 terms"),
        ({"interests": ("x",) * 41}, "interests", "not 41"),
        ({"interests": ()}, "interests", "nothing would ever be sent"),
        ({"timezone": "Berlin/Europe"}, "timezone", "not a time zone"),
        ({"timezone": ""}, "timezone", "not a time zone"),
        ({"send_at": "25:00"}, "send_at", "not a time of day"),
        ({"send_at": "08:00", "wait_until": "07:00"}, "send_at", "name a later hour"),
        ({"cadence": "hourly"}, "cadence", "choose one of"),
        ({"cadence": "alerts"}, "cadence", "name somebody to follow"),
        ({"weekday": "Caturday"}, "weekday", "not a day of the week"),
        ({"cap": "0"}, "cap", "1 to 200"),
        ({"cap": "9" * 50}, "cap", "not a number of papers"),
        ({"cap": "٣"}, "cap", "not a number of papers"),
        ({"name": "Ada\x00"}, "name", "control character"),
        ({"name": "Ada \u202egnp"}, "name", "control character"),
        ({"name": "a" * 201}, "name", "too long"),
        ({"language": "english!"}, "language", "not a language tag"),
    ],
)
def test_each_fault_is_told_in_one_sentence_beside_its_field(fields: dict[str, Any], field: str, said: str) -> None:
    wishes, faults = check(**fields)

    assert wishes is None
    assert list(faults) == [field]
    assert len(faults[field]) == 1
    assert said in faults[field][0]


def test_several_faults_are_told_at_once() -> None:
    _, faults = check(interests=("(", "experts", '"open'), timezone="x", cap="x")

    assert {field: len(sentences) for field, sentences in faults.items()} == {"interests": 2, "timezone": 1, "cap": 1}


def test_a_person_alone_is_enough_and_too_many_are_too_many() -> None:
    assert check(TYPED, WEI, interests=())[0] is not None
    assert "take some out" in check(TYPED, *[WEI] * 41)[1]["follows"][0]


def test_wishes_survive_being_kept() -> None:
    person = PersonWanted(
        name="Furu Wei",
        ids=(PersonId(PersonScheme.ORCID, "0000-0002-1825-0097"),),
        seeds=(Seed(paper_id=PaperId(3), position=2),),
    )
    record = FollowChoice(text="researcher 7", name="Peng Fu", researcher_id=ResearcherId(7))
    wishes = SignupWishes(
        schedule=Schedule("Asia/Tokyo", time(6), time(9), Cadence.WEEKDAYS),
        cap=200,
        name="Ada",
        language="ja",
        interests=(read_interest('"state space"'),),
        exclusions=(read_interest("survey"),),
        follows=(replace(WEI, person=person), record),
        is_plain=True,
    )

    assert load_wishes(dump_wishes(wishes)) == wishes


@pytest.mark.parametrize(
    "kept", [{}, {"schedule": 1}, {"schedule": {"timezone": "UTC"}, "cap": 3}, None, [], "x", 3], ids=range(7)
)
def test_what_another_version_kept_is_asked_anew(kept: object) -> None:
    with pytest.raises(UnknownRequest):
        load_wishes(kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"cap": 9_000},
        {"language": "<script>"},
        {"name": "a\x00b"},
        {"schedule": {"timezone": "Mars/Olympus", "send_at": "08:00:00"}},
        {"schedule": {"timezone": "UTC", "send_at": "08:00:00", "weekday": 99}},
        {"interests": [{"text": "x", "canonical": "(((("}]},
        {"interests": [{"text": "x" * 20_000, "canonical": "x"}]},
        {"exclusions": [{"text": "x", "canonical": "OR"}]},
        {"follows": [{"text": "x", "name": "x", "researcher_id": 10**30}]},
        {"follows": [{"text": "x", "name": "x", "person": {"name": "x", "seeds": [{"paper_id": -1, "position": 1}]}}]},
    ],
    ids=range(10),
)
def test_what_subscribing_would_refuse_is_not_read_from_a_request(changes: dict[str, Any]) -> None:
    wishes, _ = check()
    assert wishes is not None
    kept = dump_wishes(wishes)

    assert load_wishes(kept) == wishes
    with pytest.raises(UnknownRequest):
        load_wishes(kept | changes)


def test_who_gives_no_name_goes_by_the_address() -> None:
    wishes, _ = check()
    assert wishes is not None

    assert make_registration("ada@example.org", wishes).name == "ada@example.org"
    assert make_registration("ada@example.org", replace(wishes, name="Ada")).name == "Ada"
