"""TeX in titles, names and abstracts becomes readable Unicode; what is no TeX stays."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.rendering.tex import LONGEST_TEXT, to_unicode

PLAIN = st.text(st.characters(categories=("L", "N", "Po", "Pd", "Sm", "Zs"), exclude_characters="\\`'-~"), max_size=200)
TEX = st.text("\\{}$^_~%&# -`'\"abfhimnoqrtux01()[].,", max_size=300)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$\mathcal{O}(n^2)$", "O(n²)"),
        (r"$\mathcal O(n\log n)$ and $O(\log\log n)$", "O(n log n) and O(log log n)"),
        (r"$\mathbb{R}^d$, $\mathbb{E}[x]$", "ℝᵈ, E[x]"),
        (r"$10^{-3}$ $x_{max}$ $x_{i,j}$ $x^{\top}y$", "10⁻³ xₘₐₓ x_(i,j) xᵀy"),
        (r"4$\times$ and $4 \times 4$ and $n \to \infty$", "4× and 4 × 4 and n → ∞"),
        (r"$\sim$44M, $\pm 0.3$, $x\in\mathbb{Z}$", "~44M, ±0.3, x∈ℤ"),
        (r"DM$^3$Net, CO$_2$, L$_{\infty}$, 45$^{\circ}$", "DM³Net, CO₂, L_∞, 45°"),
        (r"$\left[^{18}\text{F}\right]$FDG", "[¹⁸F]FDG"),
        (r"$\frac{1}{2}$ $\frac12$ $\frac{a+b}{2n}$", "1/2 1/2 (a+b)/(2n)"),
        (r"$\sqrt{n}$ $\sqrt[3]{x}$ $\sqrt{n\log n}$", "√n ³√x √(n log n)"),
        (r"$\tau^2$-Bench and $π$-SUB", "τ²-Bench and π-SUB"),
        (r"\( q(\theta \mid x) \), \[ x \] and $$y$$", "q(θ | x), x and y"),
        (r"$ \alpha $ is $\hat{x} \not= \bar x$", "α is x̂ ≠ x̄"),
        (r"noise$\unicode{x2014}$a form", "noise—a form"),
        (r"10$\,$GeV, $10\,000$, 54{,}912 and 1$-$2%", "10 GeV, 10 000, 54,912 and 1-2%"),
        (r"$P(\text{if } x)$ $\operatorname*{argmax}_x$", "P(if x) argmaxₓ"),
    ],
)
def test_formulas_are_written_out(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\textbf{Foo}, \emph{bar} and {\it baz}", "Foo, bar and baz"),
        (r"5\% of R\&D costs \$15, snake\_case \#1", "5% of R&D costs $15, snake_case #1"),
        (r"as noted in~\cite{protegi}, Fig.~3 shows\footnote{Really.} it", "as noted in, Fig. 3 shows it"),
        (r"\url{https://example.org/~a_b} and \href{https://x.org}{here}", "https://example.org/~a_b and here"),
        (
            r"We call \ours{}, \red{unlike} \method, `this' and ``that''",
            "We call ours, unlike method, ‘this’ and “that”",
        ),
        ("A -- B, Navier--Stokes, 1993--2012, and---so", "A – B, Navier–Stokes, 1993–2012, and—so"),
        (r"{\alpha}-synuclein, \b{eta}-lactamase and \k{appa}", "α-synuclein, β-lactamase and κ"),
        (r"H\textsubscript{2}O, 1\textsuperscript{st}, \textcolor{red}{hot}", "H₂O, 1ˢᵗ, hot"),
        (r"\begin{equation*} \mathcal{E}(\ell) \end{equation*}", "E(ℓ)"),
    ],
)
def test_commands_in_prose_are_written_out(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Paulo Andr\'e Lima de Castro", "Paulo André Lima de Castro"),
        (r"Fr\'{e}d\'eric Lagouti\`ere", "Frédéric Lagoutière"),
        (r"Schr\"odinger, Erd\H{o}s, \L{}ukasz, Stra\ss e", "Schrödinger, Erdős, Łukasz, Straße"),
        (r"Mart{\'\i}n Nu\~nez, Bj\o rn \AA s, \v{S}koda, Fran\c{c}ois", "Martín Nuñez, Bjørn Ås, Škoda, François"),
    ],
)
def test_names_get_their_accents(written: str, read: str) -> None:
    assert to_unicode(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10",
        "$5/month, US$7 or A$10; $500 training and a $285 budget",
        "$20 per run, i.e. 5% of the ~$400 before",
        "from $5 to 10$",
        "set $HOME and $PATH",
        "50% of cases, 100%",
        "O(N_{max}) and 2^10 and CO_2",
        "{a, b} and {} and {",
        "unbalanced } and $ and {{",
        "SPC_R, a_b, x^2, --flag, a-b, <!-- x -->",
        "https://example.org/~user?a=b_c--d~e",
        "~5 %, 3~5 and ~/path",
        "the dogs' bones, it's 'so', `code`",
        "AT&T #1 @home *bold* <b>",
    ],
)
def test_what_is_no_tex_stays(text: str) -> None:
    assert to_unicode(text) == text


def test_escaped_prices_beside_bare_ones_and_formulas_are_told_apart() -> None:
    text = r"It costs \$15 or $20 per run, i.e. 5\% of the ~$400 before, for $n$ tokens"

    assert to_unicode(text) == "It costs $15 or $20 per run, i.e. 5% of the ~$400 before, for n tokens"


@given(PLAIN)
def test_plain_text_is_unchanged(text: str) -> None:
    assert to_unicode(text) == " ".join(unicodedata.normalize("NFC", text).split())


@given(TEX)
@example("\\")
@example("$" * 50)
@example("\\hat" * 50 + "{" * 50)
@settings(deadline=None)
def test_any_tex_is_read_without_a_fault_into_printable_text(text: str) -> None:
    assert to_unicode(text).isprintable()


@pytest.mark.parametrize(
    "bomb",
    ["$", "{", "\\", "\\hat", "\\frac{", "$^{", r"\(", "~", "``", "\\sqrt[", "^{_{", "--", "{}$", "\\left("],
)
@pytest.mark.parametrize("length", [LONGEST_TEXT, 1_000_000])
def test_a_bomb_is_disarmed(bomb: str, length: int) -> None:
    text = (bomb * length)[:length]

    assert len(to_unicode(text)) <= length


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b\x07c\u2028d\r\ne", "a b c d e"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("\ud800 lone", "� lone"),
        ("نمی\u200cخواهم 👩\u200d🔬", "نمی\u200cخواهم 👩\u200d🔬"),
        ("e\u0301", "é"),
    ],
)
def test_what_cannot_be_seen_is_dropped(text: str, clean: str) -> None:
    assert to_unicode(text) == clean
