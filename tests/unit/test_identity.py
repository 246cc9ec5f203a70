import pytest

from digest.model import Author, Certainty, Follow, FollowId, Paper, PaperId, Reason, ReasonKind
from digest.researchers.identity import Verdict, judge
from digest.researchers.sightings import FollowIndex, Sighting, gather
from tests.factories import candidate, paper

SURE, POSSIBLE = Certainty.SURE, Certainty.POSSIBLE
CL, PHYSICS = ("cs.CL", "cs.LG"), ("physics.med-ph",)
ORCID, OTHER_ORCID = "0000-0001-5109-3700", "0000-0002-1825-0097"


def follow(name: str = "Furu Wei", number: int = 1, **fields: object) -> Follow:
    return Follow(id=FollowId(number), name=name, **fields)  # type: ignore[arg-type]  # a builder takes what Follow does


def verdict(followed: Follow, author: Author | str, categories: tuple[str, ...] = CL) -> Verdict:
    printed = author if isinstance(author, Author) else Author(author)
    return judge(followed, printed, paper(authors=(printed,), categories=categories))


BY_NAME = [
    # printed, fields of the follow, categories of the paper, how sure
    ("Furu Wei", (), CL, SURE),
    ("Wei, Furu", (), CL, SURE),
    ("Furu Wei", ("cs",), CL, SURE),
    ("Furu Wei", ("cs.LG",), CL, SURE),
    ("Furu Wei", ("CS.*",), CL, SURE),
    ("Furu Wei", ("cs",), PHYSICS, POSSIBLE),
    ("Furu Wei", ("cs.CV",), CL, POSSIBLE),
    ("Furu Wei", ("c",), CL, POSSIBLE),
    ("Furu Wei", ("cs",), (), POSSIBLE),
    ("Wei Furu", ("cs",), CL, SURE),
    ("Wei Furu", (), CL, POSSIBLE),
    ("Wei Furu", ("cs",), PHYSICS, None),
    ("Furu A. Wei", ("cs",), CL, SURE),
    ("Furu A. Wei", (), CL, POSSIBLE),
    ("Furu A. Wei", ("cs",), PHYSICS, None),
    ("F. Wei", ("cs",), CL, POSSIBLE),
    ("F. Wei", (), CL, POSSIBLE),
    ("F. Wei", ("cs",), PHYSICS, None),
    ("魏福如", ("cs",), CL, POSSIBLE),
    ("Fei Wei", (), CL, None),
    ("Furu Wang", (), CL, None),
    ("Furu Wei Collaboration", (), CL, None),
]


@pytest.mark.parametrize(("printed", "fields", "categories", "certainty"), BY_NAME)
def test_a_name_and_fields_decide(
    printed: str, fields: tuple[str, ...], categories: tuple[str, ...], certainty: Certainty | None
) -> None:
    assert verdict(follow(fields=fields), printed, categories).certainty is certainty


@pytest.mark.parametrize(("followed", "printed"), [("Jörg Müller", "Joerg Mueller"), ("Joerg Mueller", "Jörg Müller")])
def test_a_name_spelled_out_is_possible_and_found(followed: str, printed: str) -> None:
    assert verdict(follow(followed), printed) == Verdict(POSSIBLE, (f"printed as {printed}",))
    assert sightings([follow(followed)], "Ann Kim", printed) == [(1, 2, 2, POSSIBLE)]


def test_a_single_name_is_not_enough_without_a_field() -> None:
    assert verdict(follow("Plato"), "Plato").certainty is POSSIBLE
    assert verdict(follow("Plato", fields=("cs",)), "Plato").certainty is SURE


@pytest.mark.parametrize(
    ("fields", "categories", "evidence"),
    [
        ((), CL, ("same name",)),
        (("cs",), CL, ("same name", "publishes in cs.CL")),
        (("cs",), PHYSICS, ("same name", "but publishes in physics.med-ph")),
        (("cs",), (), ("same name", "but the paper names no field")),
    ],
)
def test_the_evidence_is_said(fields: tuple[str, ...], categories: tuple[str, ...], evidence: tuple[str, ...]) -> None:
    assert verdict(follow(fields=fields), "Furu Wei", categories).evidence == evidence


def test_a_name_printed_otherwise_is_shown_as_printed() -> None:
    assert verdict(follow(), "F. Wei").evidence == ("printed as F. Wei",)


@pytest.mark.parametrize(
    ("followed", "author"),
    [
        (follow("X", hf_user="FuruWei"), Author("Someone Else", hf_user="furuwei")),
        (follow("X", hf_user="@furuwei"), Author("Someone Else", hf_user="FuruWei")),
        (follow("X", orcid=ORCID), Author("Someone Else", orcid=f"https://orcid.org/{ORCID}")),
        (follow("X", orcid="0000-0001-5109-370x"), Author("Y", orcid="0000-0001-5109-370X")),
        (follow(hf_user="a", orcid=ORCID), Author("Furu Wei", hf_user="b", orcid=ORCID)),
    ],
)
def test_an_equal_id_is_sure_whatever_the_name_and_field(followed: Follow, author: Author) -> None:
    assert verdict(followed, author, PHYSICS).certainty is SURE


@pytest.mark.parametrize(
    ("followed", "author"),
    [
        (follow(hf_user="furuwei"), Author("Furu Wei", hf_user="other")),
        (follow(orcid=ORCID), Author("Furu Wei", orcid=OTHER_ORCID)),
    ],
)
def test_a_different_id_is_somebody_else_whatever_the_name(followed: Follow, author: Author) -> None:
    assert verdict(followed, author) == Verdict(None)


@pytest.mark.parametrize("author", [Author("Furu Wei"), Author("Furu Wei", orcid=ORCID)])
def test_an_id_only_one_side_has_says_nothing(author: Author) -> None:
    assert verdict(follow(hf_user="furuwei"), author).certainty is SURE


# ── found among the authors of papers ────────────────────────────────────────────────────────────────────────────────


def sightings(follows: list[Follow], *authors: Author | str) -> list[tuple[int, int, int, Certainty]]:
    found = FollowIndex(follows).find(paper(authors=authors))
    return [(it.follow.id, it.position, it.of, it.verdict.certainty) for it in found if it.verdict.certainty]


def test_a_follow_is_found_at_its_position() -> None:
    assert sightings([follow()], "Ann Kim", "Furu Wei", "Li Dong") == [(1, 2, 3, SURE)]


@pytest.mark.parametrize("printed", ["Wei, Furu", "WEI Furu", "Furu X. Wei", "F. Wei", "魏福如", "Wei Furu"])
def test_a_follow_is_found_however_it_is_printed(printed: str) -> None:
    assert [number for number, *_ in sightings([follow()], "Ann Kim", printed)] == [1]


def test_a_follow_is_found_by_id_under_another_name() -> None:
    follows = [follow("Nick", hf_user="Nick"), follow("Kim", 2, orcid=ORCID)]

    assert sightings(follows, Author("Ann", hf_user="nick"), Author("Bo Li", orcid=ORCID)) == [
        (1, 1, 2, SURE),
        (2, 2, 2, SURE),
    ]


def test_a_follow_is_found_once_with_the_surest_author() -> None:
    assert sightings([follow()], "F. Wei", "Furu Wei", "Furu Wei") == [(1, 2, 3, SURE)]


def test_everybody_who_follows_the_same_person_is_told() -> None:
    assert [number for number, *_ in sightings([follow(number=n) for n in (1, 2, 3)], "Furu Wei")] == [1, 2, 3]


class NotingJudge:
    """Finds everybody it is asked about, and remembers who that was."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, followed: Follow, author: Author, seen: Paper) -> Verdict:
        self.asked.append((followed.name, author.name, seen.title))
        return Verdict(SURE)


def test_equal_wishes_are_judged_once_and_only_where_names_meet() -> None:
    noting = NotingJudge()
    index = FollowIndex([follow(number=n) for n in range(50)], noting)
    found = index.find(paper(title="T", authors=("Ann Kim", "Furu Wei")))

    assert len(found) == 50
    assert noting.asked == [("Furu Wei", "Furu Wei", "T")]


def test_a_namesake_by_initial_only_is_looked_at_and_dismissed() -> None:
    assert sightings([follow()], "Fei Wei") == []


def test_a_large_collaboration_is_searched() -> None:
    authors = [f"Member Number{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(2_999)]

    assert sightings([follow()], *authors, "Furu Wei") == [(1, 3_000, 3_000, SURE)]


@pytest.mark.parametrize("name", ["", "Qwen Team", "?"])
def test_what_is_no_person_is_never_found(name: str) -> None:
    assert sightings([follow(name)], name, "Furu Wei") == []


def test_a_paper_without_authors_is_no_trouble() -> None:
    assert sightings([follow()]) == []


def test_a_sighting_is_a_reason() -> None:
    sighting = Sighting(follow(), 4, 9, Verdict(POSSIBLE, ("same name",)))

    assert sighting.as_reason() == Reason(
        kind=ReasonKind.FOLLOW, subject="Furu Wei", position=4, of=9, certainty=POSSIBLE, evidence=("same name",)
    )


def test_the_reasons_of_one_subscriber_are_gathered_by_paper() -> None:
    index = FollowIndex([follow(), follow("Li Dong", 2), follow("Ann Kim", 3)])
    papers = [candidate(1, authors=("Furu Wei", "Li Dong")), candidate(2, authors=("Ann Kim", "Furu Wei"))]

    gathered = gather(index.find_all(papers), [FollowId(1), FollowId(2), FollowId(99)])

    assert {paper_id: [it.subject for it in reasons] for paper_id, reasons in gathered.items()} == {
        PaperId(1): ["Furu Wei", "Li Dong"],
        PaperId(2): ["Furu Wei"],
    }
