"""What may be suggested after feedback: only what follows from this paper and is not so already."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.matching.query import canonical, parse
from digest.model import Certainty, FeedbackKind, Match, PaperId, Reason, ReasonKind
from digest.pipeline.suggestions import MOST, StepKind, Wished, choose_steps, find_phrases, list_steps
from tests.factories import paper

MORE, LESS, SAVED = FeedbackKind.MORE, FeedbackKind.LESS, FeedbackKind.SAVED


def match(*reasons: Reason) -> Match:
    return Match(paper_id=PaperId(1), score=1.0, reasons=reasons)


def phrase(subject: str, interest: str) -> Reason:
    return Reason(kind=ReasonKind.PHRASE, subject=subject, where=("title",), interest=interest)


def follow(name: str, target: int, certainty: Certainty = Certainty.SURE) -> Reason:
    return Reason(kind=ReasonKind.FOLLOW, subject=name, target_id=target, certainty=certainty)


def spelled(text: str) -> str:
    return canonical(parse(text))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Sparse Mixture of Experts Without a Router", "Mixture of Experts"),
        ("Tactile Sensing: A Survey of Underwater Grippers", "Underwater Grippers"),
        (r"$\beta$-Decay in \emph{Neutron Stars}", "Neutron Stars"),
    ],
)
def test_phrases_are_telling_words_in_a_row_as_the_title_has_them(title: str, expected: str) -> None:
    assert expected in find_phrases(paper(title=title, abstract=""))


def test_no_phrase_reaches_over_punctuation_or_begins_with_a_small_word() -> None:
    phrases = find_phrases(paper(title="The Loom: Weaving by Program, or the Art of It", abstract=""))

    assert all(":" not in each and "," not in each for each in phrases)
    assert not any("Loom Weaving" in each or each.split()[0] in {"The", "by", "of", "or"} for each in phrases)


def test_only_what_the_abstract_repeats_is_a_term() -> None:
    shown = paper(title="Underwater Grippers Beat Tactile Sensors", abstract="We build tactile sensors. " * 3)

    assert find_phrases(shown) == ("Tactile Sensors",)


def test_after_more_topics_come_first_then_phrases_then_authors() -> None:
    shown = paper(title="Underwater Grippers", abstract="", authors=("Ida Rhodes", "Bo Quist", "Cy Young"))
    steps = list_steps(MORE, shown, match(phrase("soft robot", '"soft robot" OR loom')))

    assert [(each.kind, each.subject) for each in steps] == [
        (StepKind.ADD, "soft robot"),
        (StepKind.ADD, "Underwater Grippers"),
        (StepKind.FOLLOW, "Ida Rhodes"),
        (StepKind.FOLLOW, "Cy Young"),
    ]


def test_after_less_what_brought_it_comes_first_and_no_wanted_word_is_left_out() -> None:
    shown = paper(title="Soft Robot for Dental Radiography", abstract="")
    why = match(
        phrase("soft robot", '"soft robot"'), follow("Ida Rhodes", 7), follow("Bo Quist", 8, Certainty.POSSIBLE)
    )
    steps = list_steps(LESS, shown, why)

    assert [(each.kind, each.subject) for each in steps] == [
        (StepKind.DROP, '"soft robot"'),
        (StepKind.UNFOLLOW, "Ida Rhodes"),
        (StepKind.EXCLUDE, "Dental Radiography"),
    ]


def test_after_saving_nothing_is_suggested() -> None:
    assert list_steps(SAVED, paper(), match(phrase("expert", "expert"))) == ()


def test_what_is_so_already_is_not_suggested() -> None:
    shown = paper(title="Underwater Grippers", abstract="", authors=("Ida Rhodes",))
    steps = list_steps(MORE, shown, match())
    wished = Wished(interests={spelled('"underwater grippers"')}, positions={1})

    assert choose_steps(steps, wished) == ()
    less = list_steps(LESS, shown, match(phrase("loom", "loom"), follow("Ida Rhodes", 7)))
    assert [each.kind for each in choose_steps(less, Wished(exclusions={spelled('"underwater gripper"')}))] == []
    kinds = [each.kind for each in choose_steps(less, Wished(interests={"loom"}, followed={7}))]
    assert kinds == [StepKind.DROP, StepKind.UNFOLLOW, StepKind.EXCLUDE]


def test_groups_are_not_suggested_as_people() -> None:
    steps = list_steps(MORE, paper(title="It", authors=("ATLAS Collaboration", "Bo Quist")), match())

    assert [each.subject for each in steps] == ["Bo Quist"]


def test_an_interest_of_another_time_that_cannot_be_read_is_passed_over() -> None:
    assert list_steps(LESS, paper(title="It"), match(phrase("x", "((("))) == ()


@given(title=st.text(max_size=200), names=st.lists(st.text(max_size=40), max_size=4), interest=st.text(max_size=60))
def test_whatever_a_paper_holds_steps_have_names_of_their_own(title: str, names: list[str], interest: str) -> None:
    shown = paper(title=title, abstract=title, authors=tuple(names))
    why = match(phrase(title, interest))

    for kind in FeedbackKind:
        steps = list_steps(kind, shown, why)
        assert len({step.key for step in steps}) == len({(step.kind, step.position, step.wish) for step in steps})
        assert len(choose_steps(steps, Wished())) <= MOST
        assert steps == list_steps(kind, replace(shown), why)
