import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest.researchers.names import Likeness, PersonName, block_keys, compare, fold, name_key, parse_name

LAYOUTS = [
    ("Furu Wei", ("furu",), "wei"),
    ("Wei, Furu", ("furu",), "wei"),
    ("  Furu   Wei ", ("furu",), "wei"),
    ("FURU WEI", ("furu",), "wei"),
    ("Furu WEI", ("furu",), "wei"),
    ("WEI Furu", ("furu",), "wei"),
    ("Wei LI", ("wei",), "li"),
    ("LI Wei", ("wei",), "li"),
    ("XU, YI", ("yi",), "xu"),
    ("F. Wei", ("f",), "wei"),
    ("Wei F", ("f",), "wei"),
    ("Wei, F.", ("f",), "wei"),
    ("Wei_F", ("f",), "wei"),
    ("Smith JA", ("j", "a"), "smith"),
    ("Smith J.A.", ("j", "a"), "smith"),
    ("Smith J A", ("j", "a"), "smith"),
    ("JA Smith", ("j", "a"), "smith"),
    ("J.R.R. Tolkien", ("j", "r", "r"), "tolkien"),
    ("Sanoop P. S.", ("p", "s"), "sanoop"),
    ("Jean-Pierre Serre", ("jeanpierre",), "serre"),
    ("J.-P. Serre", ("j", "p"), "serre"),
    ("J-P Serre", ("j", "p"), "serre"),
    ("Xiao‑Ming Wang", ("xiaoming",), "wang"),
    ("Ludwig van der Berg", ("ludwig",), "vanderberg"),
    ("van der Berg, Ludwig", ("ludwig",), "vanderberg"),
    ("María de la Cruz", ("maria",), "delacruz"),
    ("Yann Le Cun", ("yann",), "lecun"),
    ("Yann LeCun", ("yann",), "lecun"),
    ("Łukasz Kaiser", ("lukasz",), "kaiser"),
    ("Søren Kierkegård", ("soren",), "kierkegard"),
    (r"Fr\'ed\'eric Lagouti\`ere", ("frederic",), "lagoutiere"),
    ("Pat O’Brien", ("pat",), "obrien"),
    ("Иван Петров", ("ivan",), "petrov"),
    ("魏福如", ("furu",), "wei"),
    ("欧阳修", ("xiu",), "ouyang"),
    ("田中 太郎", ("tailang",), "tianzhong"),
    ("Furu Wei (魏福如)", ("furu",), "wei"),
    ("Furu Wei (Beijing)", ("furu",), "wei"),
    ('William "Bill" Gates', ("william",), "gates"),
    ("Jim Gray 0001", ("jim",), "gray"),
    ("Prof. Dr. Ann Kim", ("ann",), "kim"),
    ("Ann Kim for the IceCube Collaboration", ("ann",), "kim"),
    ("Plato", (), "plato"),
    (", Plato", (), "plato"),
]
LIKENESSES = [
    ("Furu Wei", "Wei, Furu", Likeness.SAME),
    ("Furu Wei", "FURU WEI", Likeness.SAME),
    ("Xiao-Ming Wang", "Xiaoming Wang", Likeness.SAME),
    ("Xiao Ming Wang", "Xiaoming Wang", Likeness.SAME),
    ("Anna Smith-Jones", "Anna Smith Jones", Likeness.SAME),
    ("José García", "Jose Garcia", Likeness.SAME),
    ("Ann Kim Jr.", "Ann Kim", Likeness.SAME),
    ("魏福如", "魏 福如", Likeness.SAME),
    ("Furu Wei", "Wei Furu", Likeness.SWAPPED),
    ("Wang Xiao Ming", "Xiaoming Wang", Likeness.SWAPPED),
    ("Christopher Manning", "Christopher D. Manning", Likeness.SHORTER),
    ("John Michael Smith", "John M. Smith", Likeness.SHORTER),
    ("Furu Wei", "F. Wei", Likeness.INITIALS),
    ("Furu Wei", "Wei F", Likeness.INITIALS),
    ("F. Wei", "F. Wei", Likeness.INITIALS),
    ("J. R. Smith", "John Smith", Likeness.INITIALS),
    ("J.-P. Serre", "Jean-Pierre Serre", Likeness.INITIALS),
    ("魏福如", "Furu Wei", Likeness.ROMANISED),
    ("Jörg Müller", "Jorg Muller", Likeness.SAME),
    ("Jörg Müller", "Joerg Mueller", Likeness.SPELLED_OUT),
    ("Jörg Müller", "Mueller, J.", Likeness.SPELLED_OUT),
    ("Jörg Mueller", "Joerg Müller", Likeness.SPELLED_OUT),
    (r"J{\"o}rg M{\"u}ller", "MUELLER Joerg", Likeness.SPELLED_OUT),
    ("Åse Østby", "Aase Oestby", Likeness.SPELLED_OUT),
    ("Joel Bauer", "Jol Baur", Likeness.NO),
    ("Jörg Müller Jr.", "Joerg Mueller Sr.", Likeness.NO),
    ("Plato", "PLATO", Likeness.SINGLE),
    ("Jingjing", "Jing Jing", Likeness.SINGLE),
    ("Furu Wei", "Fei Wei", Likeness.NO),
    ("Furu Wei", "Furu Wang", Likeness.NO),
    ("M. Wang", "Xiao-Ming Wang", Likeness.NO),
    ("John A. Smith", "John B. Smith", Likeness.NO),
    ("Ann Kim Jr.", "Ann Kim Sr.", Likeness.NO),
    ("Wei", "Furu Wei", Likeness.NO),
    ("王伟", "王维", Likeness.NO),  # both read Wang Wei
]
NO_PERSONS = ["", "  ", "!?", ":", "IceCube Collaboration", "the ATLAS collaboration", "Kling Team", "et al."]
NAMES = st.lists(
    st.sampled_from(
        [
            "Ann",
            "Anna",
            "Xiao",
            "Ming",
            "Xiaoming",
            "Li",
            "LI",
            "A.",
            "M.",
            "X",
            "van",
            "Jr.",
            "王",
            "小明",
            "Jörg",
            "Joerg",
        ]
    ),
    min_size=1,
    max_size=4,
).flatmap(lambda words: st.sampled_from([" ".join(words), "-".join(words), f"{words[0]}, {' '.join(words[1:])}"]))


def parsed(text: str) -> PersonName:
    name = parse_name(text)
    assert name is not None
    return name


@pytest.mark.parametrize(("text", "given_names", "family"), LAYOUTS)
def test_a_name_is_read_in_any_layout(text: str, given_names: tuple[str, ...], family: str) -> None:
    assert (parsed(text).given, parsed(text).family) == (given_names, family)


@pytest.mark.parametrize("text", ["Ann Kim Jr", "Ann Kim, Jr.", "Kim, Jr., Ann", "Kim, Ann, Jr."])
def test_a_suffix_is_no_part_of_the_family_name(text: str) -> None:
    assert parsed(text) == PersonName(("ann",), "kim", suffix="jr")


def test_initials_that_look_like_a_suffix_stay_initials() -> None:
    assert parsed("Nikitha SR") == PersonName(("s", "r"), "nikitha")


@pytest.mark.parametrize("text", NO_PERSONS)
def test_a_collaboration_is_no_person(text: str) -> None:
    assert parse_name(text) is None
    assert name_key(text) == ""


@pytest.mark.parametrize(("one", "other", "likeness"), LIKENESSES)
def test_two_names_are_alike(one: str, other: str, likeness: Likeness) -> None:
    assert compare(parsed(one), parsed(other)) is likeness


@pytest.mark.parametrize("text", ["Furu Wei", "Wei Furu", "Wei, Furu", "FURU WEI", "Fürü Wei"])
def test_the_key_of_a_name_is_the_same_in_any_order(text: str) -> None:
    assert name_key(text) == "furu wei"


def test_a_folded_name_keeps_its_order() -> None:
    assert fold("Wei, Fürü") == "wei furu"


@given(NAMES, NAMES)
def test_likeness_does_not_depend_on_who_comes_first(one: str, other: str) -> None:
    first, second = parse_name(one), parse_name(other)
    assume(first is not None and second is not None)
    assert first is not None
    assert second is not None

    assert compare(first, second) is compare(second, first)


@given(NAMES, NAMES)
def test_names_that_are_alike_share_a_block(one: str, other: str) -> None:
    first, second = parse_name(one), parse_name(other)
    if first is None or second is None or compare(first, second) is Likeness.NO:
        return

    assert block_keys(first) & block_keys(second)


@given(NAMES)
def test_a_name_is_like_itself(text: str) -> None:
    name = parse_name(text)

    assert name is None or compare(name, name) is not Likeness.NO


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_none(text: str) -> None:
    name = parse_name(text)

    assert name is None or (name.family.isascii() and name.family.isalpha())
    assert fold(text).isascii()


def long_key(text: str) -> str:
    """Give the key of a name the long way: by taking it apart."""
    name = parse_name(text)
    return " ".join(sorted((*name.given, name.family))) if name else ""


WORDS = "Furu Wei Ann Kim Jörg Łukasz Þór Ĳsbrand Van Der De Jr Sr Iii Iv Dr Prof Phd Group Team Et Al For Survey"
WORD = st.sampled_from(WORDS.split())
PLAIN = st.tuples(WORD, st.sampled_from([" ", "-", " B. ", " A. B. ", " J ", ".", "-ji "]), WORD)


@given(st.lists(PLAIN.map("".join), min_size=1, max_size=2).map(" ".join))
def test_a_plain_name_has_the_key_it_has_taken_apart(text: str) -> None:
    assert name_key(text) == long_key(text)


@given(st.text(alphabet="AaBbÉéłŁßİıŉſ -.ºµ", max_size=12))
def test_any_name_has_the_key_it_has_taken_apart(text: str) -> None:
    assert name_key(text) == long_key(text)


@pytest.mark.parametrize(
    "name", ['Ada \\"\\input', '\\"\\input Wei', "\\'\\include", "\\^\\sqrt", '\\"\\href', "{" * 2_000 + "\\x"]
)
def test_tex_that_nothing_can_read_stops_nobody(name: str) -> None:
    parse_name(name)

    assert "\\" not in fold(name)


@given(
    st.lists(
        st.sampled_from(['\\"', "\\^", "\\c", "\\input", "\\sqrt", "\\frac", "{", "}", "$", "Ada", " "]), max_size=12
    )
)
def test_any_heap_of_commands_is_taken_for_a_name_or_for_none(parts: list[str]) -> None:
    parse_name("".join(parts))
