import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.matching.plurals import singular
from digest.matching.text import contains, fold, normalise, words_of

SPELLINGS = [
    # what the paper says, what the query says
    (r"Schr\"odinger bridges", "Schrödinger bridge"),
    (r"Schr{\"o}dinger", "schrodinger"),
    (r"Schr\"{o}dinger", "SCHRÖDINGER"),
    (r"K\"ahler--Einstein", "Kähler–Einstein"),
    (r"\v{S}koda and Erd\H{o}s", "Škoda and Erdős"),
    (r"S\o ren \O re", "Søren Øre"),
    (r"{\L}ukasz", "Łukasz"),
    ("Straße", "STRASSE"),
    ("İstanbul ısı", "istanbul isi"),
    ("ﬁne‑tuning", "fine-tuning"),
    ("e\u0301tale", "étale"),
    ("zero\u200bshot so\u00adcial", "zeroshot social"),
    (r"$\mu$P transfer", "µP"),
    ("μP transfer", "muP"),
    (r"$\beta$-VAE", "β-VAE"),
    ("β-VAE", "beta-vae"),
    (r"$\varepsilon$-greedy", "epsilon greedy"),
    (r"λ-calculus", "lambda-calculus"),
    (r"H$_2$O splitting", "H₂O"),
    (r"CO$_{2}$ capture", "CO2"),
    (r"$\ell_1$ norms", "ℓ1 norm"),
    (r"\textbf{Foo}Bar: \emph{baz}", "foobar baz"),
    (r"{B}ERT", "bert"),
    (r"$k$-means", "k-means"),
    (r"$L^\infty$ bounds", "infinity bound"),
    ("𝒜rt", "art"),
    ("Language Models", "language model"),
    ("studies of classes, losses and GPUs", "study of class, loss and gpu"),
    ("matrices and indices", "matrix and index"),
    ("Parkinson’s disease", "parkinson disease"),
    ("Adam's step", "adam step"),
    ("GPT-4 and Llama 3.1", "gpt4"),
    ("Llama 3.1", "llama 3.1"),
    ("C++ code", "c++"),
    ("微软亚洲研究院", "亚洲"),
    ("ガイドが", "ガイド"),
    ("mixture\n of   experts", "mixture of experts"),
    ("CPU/GPU", "cpu gpu"),
]
DIFFERENCES = [
    ("breaking news", "new"),
    ("molecular dynamics", "dynamic"),
    ("Schroedinger", "Schrödinger"),
    ("learning", "learn"),
    ("pretrain", "pre"),
    ("ガイド", "カイド"),
    ("a wide---ranging text", "wideranging"),
    ("pre training", "pretraining"),
    ("training pre", "pre-training"),
    (r"see \cite{mixture}", "mixture"),
    (r"$3\sim5$", "sim"),
]
PIECES = st.sampled_from(
    ["pre", "training", "pretraining", "models", "β", "Å", "微软", "-", "--", " ", "'s", "3.5", "c++"]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join))


@pytest.mark.parametrize(("paper", "query"), SPELLINGS)
def test_spellings_of_one_thing_match(paper: str, query: str) -> None:
    assert contains(words_of(paper), words_of(query))


@pytest.mark.parametrize(("paper", "query"), DIFFERENCES)
def test_different_things_do_not_match(paper: str, query: str) -> None:
    assert not contains(words_of(paper), words_of(query))


@pytest.mark.parametrize("paper", ["pre-training", "pre–training", "pre--training", "Pre-Trainings"])
@pytest.mark.parametrize("query", ["pretraining", "pre-training", "pre training", "PRE–TRAINING"])
def test_a_hyphenated_word_is_found_in_every_spelling(paper: str, query: str) -> None:
    assert contains(words_of(f"A self-supervised {paper} method"), words_of(query))


def test_a_hyphenated_query_finds_the_closed_word_and_the_words_apart() -> None:
    query = words_of("pre-training")

    assert contains(words_of("pretraining"), query)
    assert contains(words_of("pre training"), query)


def test_a_phrase_may_hyphenate_otherwise_than_the_paper_at_each_place() -> None:
    text = words_of("self-supervised pre-training")

    assert contains(text, words_of("self supervised pretraining"))
    assert contains(text, words_of("selfsupervised pre training"))


def test_parts_of_a_compound_may_be_joined_in_the_middle() -> None:
    assert contains(words_of("video-pre-training"), words_of("pretraining"))


def test_a_phrase_that_fails_at_its_end_fails_in_every_spelling() -> None:
    assert not contains(words_of("a-b-c e"), words_of("a-b-c d"))


def test_long_chains_are_only_their_parts() -> None:
    assert not contains(words_of("a-b-c-d-e"), words_of("abcde"))
    assert contains(words_of("a-b-c-d-e"), words_of("b c d"))


@pytest.mark.parametrize(
    "word", ["gas", "bias", "analysis", "corpus", "loss", "physics", "series", "news", "cs", "robotics", "lens"]
)
def test_words_that_only_look_like_plurals_stay(word: str) -> None:
    assert singular(word) == word


@given(st.text(alphabet="abcehisuxyz", max_size=10))
def test_a_singular_is_singular(word: str) -> None:
    assert singular(singular(word)) == singular(word)


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once
    assert words_of(once).parts == words_of(text).parts


@given(TEXTS)
def test_every_text_contains_itself(text: str) -> None:
    words = words_of(text)

    assert contains(words, words)


@given(st.text(st.characters(exclude_characters="\\"), max_size=40))
def test_folding_forgets_case(text: str) -> None:
    assert fold(text.casefold()) == fold(text)
