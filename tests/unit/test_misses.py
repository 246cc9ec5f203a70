"""What a paper lacks for a topic, in a line."""

import pytest

from digest.languages import speaking
from digest.matching.index import PaperBatch
from digest.matching.misses import say_miss
from digest.matching.query import canonical, parse
from subscribers.model import InterestWish
from tests.factories import candidate

BATCH = PaperBatch(
    [
        candidate(
            1, title="A Survey of Experts", abstract="We look at routing.", authors=["Furu Wei"], categories=["cs.CL"]
        )
    ]
)


@pytest.mark.parametrize(
    ("topic", "miss"),
    [
        ('"state space"', "“state space” is not in title or abstract"),
        ("ti:routing", "“routing” is not in the title"),
        ("abs:survey", "“survey” is not in the abstract"),
        ("cat:cs.LG experts", "it is not in cs.LG"),
        ("au:Vaswani", "“Vaswani” is not among the authors"),
        ("experts diffusion", "“diffusion” is not in title or abstract"),
        ("experts -survey", "“survey” is in title, which the topic leaves out"),
        ("experts -cat:cs.CL", "it is in cs.CL, which the topic leaves out"),
        ("experts -(survey routing)", "it has what the topic leaves out"),
        ("Mamba OR RWKV", "neither “Mamba” nor “RWKV” is in title or abstract"),
        ("Mamba OR cat:math.AG", "neither math.AG nor “Mamba” is there"),
        ("a1 OR b1 OR c1 OR d1 OR e1", "none of its 5 alternatives holds"),
        ("(Mamba pruning) OR (RWKV pruning)", "none of its 2 alternatives holds"),
        ("diffusion cat:cs.LG", "it is not in cs.LG; “diffusion” is not in title or abstract"),
    ],
)
def test_what_is_missing_is_named_as_the_reader_wrote_it(topic: str, miss: str) -> None:
    wish = InterestWish(text=topic, canonical=canonical(parse(topic)))

    assert say_miss(BATCH, 0, wish) == f"{topic}: {miss}"


def test_a_topic_whose_words_cannot_be_read_any_more_goes_by_its_canonical_form() -> None:
    assert say_miss(BATCH, 0, InterestWish(text="((", canonical="mamba")) == "((: “mamba” is not in title or abstract"


def test_what_is_missing_is_said_in_the_language_of_the_reader() -> None:
    wishes = [
        InterestWish(text=each, canonical=canonical(parse(each))) for each in ("Mamba OR RWKV", "experts -survey")
    ]
    with speaking("de"):
        assert [say_miss(BATCH, 0, wish) for wish in wishes] == [
            "Mamba OR RWKV: weder „Mamba“ noch „RWKV“ steht in Titel oder Kurzfassung",
            "experts -survey: „survey“ steht im Titel, und das schließt das Thema aus",
        ]
