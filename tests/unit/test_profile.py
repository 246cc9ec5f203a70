import json
from datetime import UTC, datetime

from digest.model import Affiliation, Author, ExternalId, IdScheme, Paper, PersonId, PersonScheme, Researcher
from digest.researchers.profile import MOST_COAUTHORS, MOST_TERMS, begin, dump, load

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")


def paper(*authors: str, number: int = 1, year: int = 2024, words: str = "") -> Paper:
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, f"2401.{number:05d}"),),
        title=f"Sparse retrieval {words}",
        authors=tuple(Author(name, affiliations=("Example University",)) for name in authors),
        categories=("cs.IR",),
        submitted_at=datetime(year, 1, 1, tzinfo=UTC),
    )


def test_a_record_alone_gives_names_ids_and_places() -> None:
    researcher = Researcher(
        name="Ann Kim",
        variants=("A. Kim",),
        ids=(ORCID,),
        affiliations=(Affiliation(name="ETH Zürich", ror="05a28rw58"),),
    )

    profile = begin(researcher)

    assert (profile.names, profile.ids, profile.papers) == (("Ann Kim", "A. Kim"), (ORCID,), 0)
    assert (set(profile.places), profile.institutions) == ({"eth zurich"}, ("05a28rw58",))


def test_a_paper_teaches_coauthors_words_fields_and_years() -> None:
    profile = begin(Researcher(name="Ann Kim")).learn(paper("Furu Wei", "Ann Kim", year=2021), 2)

    assert profile.coauthors == {"furu wei": 1.0}
    assert "retrieval" in profile.terms
    assert (profile.categories, profile.first_year, profile.last_year) == ({"cs.IR": 1.0}, 2021, 2021)


def test_one_by_one_teaches_the_same_as_all_at_once() -> None:
    papers = [(paper("Ann Kim", f"Bo Ex{chr(97 + number)}", number=number), 1) for number in range(20)]
    begun = begin(Researcher(name="Ann Kim"))

    slowly = begun
    for each, position in papers:
        slowly = slowly.learn(each, position)

    assert slowly == begun.learn_all(papers)


def test_a_full_spelling_is_kept_and_initials_are_not() -> None:
    begun = begin(Researcher(name="Christopher Manning"))

    profile = begun.learn(paper("Christopher D. Manning"), 1).learn(paper("C. Manning"), 1)

    assert profile.names == ("Christopher Manning", "Christopher D. Manning")


def test_three_thousand_papers_stay_small() -> None:
    papers = [
        (
            paper(
                "Ann Kim",
                *(
                    f"Co{chr(97 + number % 26)} Au{chr(97 + (number + at) % 20)}x{chr(97 + number // 120)}"
                    for at in range(5)
                ),
                number=number,
                words=f"word{number} term{number % 700}",
            ),
            1,
        )
        for number in range(3_000)
    ]

    stored = json.dumps(dump(begin(Researcher(name="Ann Kim")).learn_all(papers)), separators=(",", ":"))

    profile = load(json.loads(stored))
    assert len(stored) < 30_000
    assert (profile.papers, len(profile.coauthors) <= MOST_COAUTHORS, len(profile.terms) <= MOST_TERMS) == (
        3_000,
        True,
        True,
    )


def test_a_list_of_three_thousand_names_teaches_no_coauthors() -> None:
    crowd = paper("Ann Kim", *(f"Bo Ex{number}" for number in range(3_000)))

    assert begin(Researcher(name="Ann Kim")).learn(crowd, 1).coauthors == {}


def test_a_longer_list_counts_less() -> None:
    crowd = paper("Ann Kim", *(f"Bo {chr(97 + number // 26)}{chr(97 + number % 26)}ex" for number in range(149)))

    assert set(begin(Researcher(name="Ann Kim")).learn(crowd, 1).coauthors.values()) == {0.1}


def test_the_circle_holds_coauthors_of_coauthors_only() -> None:
    profile = begin(Researcher(name="Ann Kim")).learn(paper("Ann Kim", "Furu Wei"), 1)

    wider = profile.widen([paper("Furu Wei", "Bo Example"), paper("Al Other", "Cy Else")])

    assert wider.circle == {"bo example": 1.0}


def test_a_profile_survives_being_stored() -> None:
    profile = begin(Researcher(name="Ann Kim", ids=(ORCID,), fields=("cs",), topics=("retrieval",)))
    profile = profile.learn(paper("Ann Kim", "Furu Wei"), 1).widen([paper("Furu Wei", "Bo Example")])
    profile = profile.reject(paper("Ann Kim", "Cy Else"), 1)

    assert load(json.loads(json.dumps(dump(profile)))) == profile


def test_an_empty_profile_is_stored_in_a_few_words() -> None:
    assert dump(begin(Researcher(name="Ann Kim"))) == {"names": ["Ann Kim"]}
