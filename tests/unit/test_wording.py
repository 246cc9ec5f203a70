from digest.model import Standing
from digest.researchers.weighing import Part, PartKind, Weighing
from digest.researchers.wording import explain, summarise


def weighing(*parts: Part) -> Weighing:
    return Weighing(0.9, Standing.POSSIBLE, parts)


COAUTHORS = Part(PartKind.COAUTHORS, 3.0, 1.8, ("Wei Li", "Ann Kim"))
FIELD = Part(PartKind.FIELDS, 0.8, 1.0, ("cs.CL",))
NO_PLACE = Part(PartKind.NO_PLACE, -0.3)


def test_a_line_says_what_speaks_for_it_and_what_is_not_known() -> None:
    line = summarise(weighing(COAUTHORS, FIELD, NO_PLACE))

    assert line == "2 shared co-authors (Wei Li, Ann Kim), same field (cs.CL); affiliation unknown"


def test_each_piece_is_said_once_in_the_order_given() -> None:
    told = explain(
        weighing(
            Part(PartKind.ID, 20.0, facts=("orcid:0000-0002-1825-0097",)),
            Part(PartKind.RARITY, -2.0, 116.0),
            Part(PartKind.RARITY, 1.0, 0.1),
            Part(PartKind.NAME, 0.0, 0.0, ("initials", "P. Fu")),
            Part(PartKind.FIELDS, -1.0, 0.0, ("eess.IV",)),
            Part(PartKind.PLACE, -1.0, 0.1, ("somewhere",)),
            Part(PartKind.TIME, -0.5, 12.0, ("after",)),
            Part(PartKind.TIME, -0.5, 12.0, ("after",)),
        )
    )

    assert told == (
        "ORCID 0000-0002-1825-0097",
        "common name",
        "rare name",
        "printed as P. Fu",
        "another field: eess.IV",
        "affiliation differs",
        "12 years after the last known paper",
    )


def test_what_says_nothing_is_left_out() -> None:
    assert explain(weighing(Part(PartKind.TOPIC, 0.5, 0.07), Part(PartKind.RARITY, -1.0, 3.0))) == ()


def test_a_name_from_a_paper_is_cut_and_stripped() -> None:
    (told,) = explain(weighing(Part(PartKind.NAME, 0.0, 0.0, ("initials", "P.\n\u202eFu " + "x" * 500))))

    assert len(told) < 60
    assert "\n" not in told
    assert "\u202e" not in told


def test_nothing_is_said_of_nobody() -> None:
    assert (explain(Weighing(0.0, Standing.UNLIKELY)), summarise(Weighing(0.0, Standing.UNLIKELY))) == ((), "")
