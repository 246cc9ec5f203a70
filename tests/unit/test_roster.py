from hypothesis import given
from hypothesis import strategies as st

from digest.model import Author, ExternalId, IdScheme, Paper, PersonId, PersonScheme, Researcher, ResearcherId, Standing
from digest.researchers.keys import author_key, keys_of, keys_of_author, probe_keys
from digest.researchers.names import Likeness, compare, parse_name
from digest.researchers.profile import Profile, begin
from digest.researchers.roster import Found, Roster, settle
from digest.researchers.weighing import Weighing

SAID = """
    Ann Anna Xiao Ming Xiaoming Li LI A. M. X van Jr. 王 小明 Jörg Joerg Chris Christopher
    Bill William Youssef Yousef
"""
WORDS = SAID.split()
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from([" ".join(words), "-".join(words), f"{words[0]}, {' '.join(words[1:])}"])
)
ID = PersonId(PersonScheme.OPENREVIEW, "~Ann_Kim1")


def paper(*authors: Author | str, title: str = "Sparse retrieval for question answering") -> Paper:
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, "2401.00001"),),
        title=title,
        authors=tuple(each if isinstance(each, Author) else Author(each) for each in authors),
        categories=("cs.IR",),
    )


def known(name: str, *coauthors: str, ids: tuple[PersonId, ...] = ()) -> Profile:
    return begin(Researcher(name=name, ids=ids)).learn(paper(name, *coauthors), 1)


def roster(*profiles: Profile) -> Roster:
    return Roster((ResearcherId(number), profile) for number, profile in enumerate(profiles, start=1))


def found(number: int, position: int, probability: float, standing: Standing = Standing.SURE) -> Found:
    return Found(ResearcherId(number), position, Weighing(probability, standing))


def are_alike(one: str, other: str) -> bool:
    first, second = parse_name(one), parse_name(other)
    return first is not None and second is not None and compare(first, second) is not Likeness.NO


@given(NAMES, NAMES)
def test_a_researcher_and_an_author_who_may_be_them_share_a_key(name: str, printed: str) -> None:
    if are_alike(name, printed):
        assert keys_of([name]) & keys_of_author(Author(printed))


@given(NAMES, NAMES)
def test_the_key_of_a_printed_name_is_among_the_probes_of_who_it_may_be(name: str, printed: str) -> None:
    if are_alike(name, printed):
        assert author_key(printed) in probe_keys(name)


def test_keys_are_few_and_nobody_has_none() -> None:
    assert len(keys_of(["Xiaoming Wang"])) <= 6
    assert len(probe_keys("Ludwig van der Berg-Schmidt")) < 100
    assert (author_key("ATLAS Collaboration"), probe_keys("ChatGPT"), keys_of_author(Author(""))) == (
        "",
        frozenset(),
        frozenset(),
    )


def test_an_equal_id_is_a_key() -> None:
    assert keys_of(["Ann Kim"], [ID]) & keys_of_author(Author("Anne Kimura", ids=(ID,)))


def test_a_followed_researcher_is_found_at_their_place() -> None:
    (only,) = roster(known("Tomasz Korbakowski", "Furu Wei")).find(paper("Bo Example", "Furu Wei", "T. Korbakowski"))

    assert (only.researcher_id, only.position) == (1, 3)


def test_nobody_is_found_twice_on_a_paper() -> None:
    (only,) = roster(known("Tomasz Korbakowski", "Furu Wei")).find(
        paper("T. Korbakowski", "Tomasz Korbakowski", "Furu Wei")
    )

    assert only.position == 2


def test_two_records_of_one_name_are_not_both_sure() -> None:
    twins = roster(known("Tomasz Korbakowski", "Furu Wei"), known("Tomasz Korbakowski", "Furu Wei"))

    both = twins.find(paper("Tomasz Korbakowski", "Furu Wei"))

    assert [each.weighing.standing for each in both] == [Standing.POSSIBLE, Standing.POSSIBLE]


def test_one_of_two_namesakes_who_is_far_likelier_stays_sure() -> None:
    settled = settle([found(1, 1, 0.999), found(2, 1, 0.95)])

    assert [each.weighing.standing for each in settled] == [Standing.SURE, Standing.POSSIBLE]


def test_a_stated_author_leaves_no_room_for_a_sure_one() -> None:
    settled = settle([found(1, 1, 0.99), found(2, 1, 1.0, Standing.STATED)])

    assert [(each.researcher_id, each.weighing.standing) for each in settled] == [
        (2, Standing.STATED),
        (1, Standing.POSSIBLE),
    ]


def test_authors_of_different_places_do_not_compete() -> None:
    assert len({each.weighing.standing for each in settle([found(1, 1, 0.97), found(2, 2, 0.97)])}) == 1


def test_an_id_finds_somebody_under_another_name() -> None:
    (only,) = roster(known("Ann Kim", ids=(ID,))).find(paper(Author("Anne Kimura", ids=(ID,))))

    assert only.weighing.standing is Standing.STATED


def test_a_paper_of_nobody_followed_finds_nobody() -> None:
    assert roster(known("Ann Kim")).find(paper("Bo Example", *(f"Al Other{number}" for number in range(3_000)))) == ()
