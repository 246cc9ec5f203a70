# ruff: noqa: E501 -- the abstracts are sentences
"""Sample digests, one for each state a digest can be in. All papers and people are invented."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from digest.demo.samples.builders import (
    Entry,
    answer_links,
    category,
    entry,
    follow,
    followed_paper,
    institution,
    listed,
    phrase,
    view,
    word,
)
from digest.languages.phrases import LATE_ONE
from digest.model import AnnouncementKind, PaperId
from digest.rendering.digest import DigestView

SPARSE: Final = entry(
    1,
    follow("Furu Wei", 4, 5),
    phrase("mixture of experts", "title", "abstract"),
    title="Sparse Experts Learn Fast: Scaling Mixture of Experts Without a Router",
    abstract=(
        "Mixture of experts models spend most of their training time teaching a router whom to ask. We show that a fixed, "
        "hash-based assignment reaches the same loss in 40\\% fewer steps when experts share their first layer. The effect "
        "holds from 300M to 30B parameters and across three languages. Code and all 212 checkpoints are released."
    ),
    authors=("Mara Oyelaran", "Jonas Brandt", "Li-Hua Tan", "Furu Wei", "Ines Carvalho"),
    categories=("cs.CL", "cs.LG"),
    organization="Northlight Research",
    code_url="https://github.com/northlight/sparse-experts",
    project_url="https://northlight.example.org/sparse",
    github_stars=1284,
    upvotes=87,
    comment_count=6,
    **listed(1),
)

COLLIDER: Final = entry(
    2,
    follow("Ada Lovelace", 11, 14),
    title="Anomaly Detection at 13.6 TeV with Contrastive Event Embeddings",
    abstract=(
        "We search for events that look like nothing in the simulation. A contrastive encoder trained on $36\\,\\mathrm{fb}^{-1}$ "
        "of collision data flags 0.02\\% of events; after unblinding, none of 14 signal regions shows an excess above $2\\sigma$."
    ),
    authors=(
        "Tomás Rivera", "Aiko Watanabe", "Peter van der Berg", "Chiara Conti", "Samuel Okafor", "Lena Fischer", "Yusuf Demir",
        "Hanna Virtanen", "Paulo Mendes", "Zofia Król", "Ada Lovelace", "Ravi Menon", "Elif Kaya", "Grace Hopper",
    ),
    categories=("hep-ex", "cs.LG", "physics.data-an"),
)  # fmt: skip

NAMESAKE: Final = entry(
    3,
    follow("Peng Fu", 2, 5, "same name", "another field: physics.med-ph"),
    title="Dose Reduction in Pediatric Cone-Beam CT by Learned Sinogram Completion",
    abstract=(
        "Children are more sensitive to radiation than adults. We complete sinograms taken at a quarter of the usual dose with a "
        "network trained on adult scans only, and measure no loss in lesion contrast in a reader study with six radiologists."
    ),
    authors=("Wei Zhang", "Peng Fu", "Olga Smirnova", "Daniel Kim", "Ruth Adeyemi"),
    categories=("physics.med-ph",),
)

SURVEY: Final = entry(
    4,
    phrase("retrieval augmented generation", "title"),
    word("evaluation", "abstract"),
    category("cs.IR"),
    word("benchmark", "abstract"),
    title="Retrieval Augmented Generation, Measured: What 61 Benchmarks Do and Do Not Tell Us",
    abstract=(
        "Benchmarks for retrieval augmented generation disagree more than the systems they rank. We re-run 24 systems on 61 "
        "benchmarks and find that the choice of chunk length explains a third of the variance in published evaluation scores. "
        "We propose a protocol of nine checks."
    ),
    authors=("Noor Haddad", "Erik Lindqvist"),
    categories=("cs.IR", "cs.CL"),
    upvotes=12,
    comment_count=2,
    **listed(4),
)

ROBOT: Final = entry(
    5,
    word("tactile", "title", "abstract"),
    title="Tactile Pretraining Transfers Across Grippers",
    abstract="",
    ai_summary=(
        "A model pretrained on touch signals from one robot hand works on four others after ten minutes of fine-tuning, because "
        "the pretraining predicts contact events instead of raw sensor values."
    ),
    authors=("Keiko Mori", "Luca Bianchi", "Amara Nwosu"),
    categories=("cs.RO",),
    code_url="https://github.com/example/tactile",
    upvotes=1,
    **listed(5),
)

THEORY: Final = entry(
    6,
    category("stat.ML"),
    title=r"$\mathcal{O}(\sqrt{n})$ Regret for $\beta$-Smooth Bandits in $\mathbb{R}^d$",
    abstract=(
        r"We give an algorithm for $\beta$-smooth bandits with regret $\mathcal{O}(\sqrt{n\log n})$, where $n$ is the horizon, and "
        r"a matching lower bound of $\Omega(\sqrt{n})$ for $d \geq 3$. The proof avoids the usual Erd\H{o}s--R\'enyi argument "
        r"\cite{er59} and needs only $\|x_t\|_2 \leq 1$."
    ),
    authors=(r"Andr\'e Lef\`evre", r"Zsuzsa K\H{o}v\'ari"),
    categories=("stat.ML", "cs.LG", "math.ST"),
)


def _one_paper() -> DigestView:
    return view(SPARSE, links=answer_links(SPARSE))


def _ordinary() -> DigestView:
    entries = (SPARSE, COLLIDER, NAMESAKE, SURVEY, ROBOT, THEORY)
    return view(
        *entries,
        more=3,
        kinds={PaperId(2): (AnnouncementKind.CROSS_LIST,), PaperId(4): (AnnouncementKind.FEATURED,)},
        notes=(LATE_ONE.format(source_said="arXiv cs.CV"),),
        links=answer_links(*entries),
    )


def _capped() -> DigestView:
    entries = [_long_entry(number) for number in range(1, 201)]
    return view(*entries, more=57, announced=1250, links=answer_links(*entries))


def _long_entry(number: int) -> Entry:
    return entry(
        number,
        follow("Furu Wei", 9, 40) if number % 20 == 0 else phrase("state space model", "title", "abstract"),
        title=f"Paper {number} of a Long Day: On the Many Uses of a State Space Model in {number} Languages",
        abstract="A sentence of ordinary length says what the paper is about and why. " * 20,
        authors=tuple("Furu Wei" if place == 9 else f"Author {place} Surname" for place in range(1, 41)),  # noqa: PLR2004 -- as the reason says
        organization="University of Somewhere",
        code_url=f"https://github.com/example/repository-{number}",
        github_stars=number * 40,
    )


def _hostile() -> DigestView:
    return view(
        entry(
            1,
            title="<script>alert('title')</script>\"><img src=x onerror=alert(1)>",
            abstract="</p></td></tr></table><style>*{display:none}</style> $<script>$ {{ 7*7 }} {% raw %} &lt;b&gt; &#x27; ]]> -->",
            authors=("<b>Bobby</b> Tables", "Eve\r\nBcc: victim@example.org", "\u202eesreveR\u202c", ""),
            categories=("<i>cs</i>", "x" * 500),
            organization="<a href=javascript:alert(1)>Org</a>",
            abstract_url="javascript:alert(1)",
            pdf_url="https://arxiv.org@example.org/paper.pdf",
            code_url="data:text/html,<script>alert(1)</script>",
            project_url='https://example.org/"onmouseover="alert(1)',
        ),
        entry(
            2,
            title="=?utf-8?q?a=0ABcc:_evil=40example.org?= @everyone /start t.me/evil",
            abstract="\\frac{" * 3000 + "$" * 3000 + "{" * 3000,
            authors=("Z" + "\u0335" * 200 + "algo", "\ud800lone", "zero\u200bwidth"),
        ),
        entry(3, title="A" * 1_000_000, abstract="\u0000\u0007 " + "word " * 200_000, authors=("Long " * 5_000,)),
        entry(4, title="\\hat\\hat", abstract="\u202e", authors=()),
        reader_name="<b>Ada</b>",
        notes=("<script>alert('note')</script>",),
        unsubscribe_mailto='leave@example.org>\r\nBcc: x"',
    )


def _tex() -> DigestView:
    return view(
        THEORY,
        entry(
            7,
            title=r"DM$^3$Net and \textbf{CO$_2$}: \emph{Fast} Retrieval of $^{18}\mathrm{F}$ at 45$^{\circ}$ -- 4$\times$ Cheaper",
            abstract=(
                r"It costs \$15 or $20 per run, i.e. 5\% of the ~$400 before, at $\sim$10$^{-3}$ error ($p<0.05$, $x_{\max}$, "
                r"$f_{\theta}(x)$; see \url{https://example.org/~tex_site}~\cite{knuth84}). We call it \ours{}, ``for us''."
            ),
            authors=(r"Mart{\'\i}n Nu\~nez", r"\L{}ukasz \.{Z}aba", r"Bj\o rn \AA s"),
        ),
        entry(
            8, title="Unbalanced $ and { here, O(N_{max}) and CO_2 there", abstract="Costs $5 and $10. 50% off {a, b}."
        ),
    )


def _many_authors() -> DigestView:
    names = tuple(f"Member {place} of the Collaboration" for place in range(1, 3001))
    return view(entry(1, follow("Member 2718", 2718, 3000), authors=names, title="Observation of Something Very Small"))


def _right_to_left() -> DigestView:
    return view(
        entry(
            1,
            follow("ליאור כהן", 2, 3),
            title="תרגום מכונה ללא מקבילות: BERT בעברית",
            abstract="אנו מציגים מודל תרגום שאינו זקוק לטקסט מקביל. הוא משיג 31.4 BLEU.",
            authors=("Dana Levi", "ליאור כהן", "محمد الفاتح"),
        ),
        entry(2, title="Reading Arabic (العربية) Aloud, in Order", authors=("محمد الفاتح",)),
    )


def _group() -> DigestView:
    return view(
        SPARSE,
        SURVEY,
        is_group=True,
        reader_name="Reading Group",
        public_url="",
        manage_url=None,
        unsubscribe_url=None,
        unsubscribe_mailto=None,
    )


POSSIBLE: Final = entry(
    11,
    follow(
        "Peng Fu",
        5,
        5,
        "2 shared co-authors (Jun Arai, Chen Yu)",
        "same field (cs.CL)",
        "affiliation unknown",
        target=12,
    ),
    word("contrastive", "title", "abstract"),
    title="Contrastive Alignment of Speech and Sign Language Encoders",
    abstract=(
        "Sign language corpora are small. We align a frozen speech encoder with a sign encoder on 900 hours of interpreted "
        "news and find that gloss annotations are not needed: word error rate drops from 48.1 to 31.7 without any."
    ),
    authors=("Marta Nowicka", "Jun Arai", "Sofia Lindberg", "Chen Yu", "Peng Fu"),
    categories=("cs.CL", "cs.CV"),
)
POSSIBLE_TOO: Final = entry(
    12,
    follow("Peng Fu", 1, 3, "same name", "another field: physics.med-ph", target=12),
    title="Dose Planning for Proton Therapy as Constrained Sampling",
    authors=("P. Fu", "Hana Dvořák", "Tom Becker"),
    categories=("physics.med-ph",),
)
OTHER_POSSIBLE: Final = entry(
    13,
    follow("Ada Lovelace", 2, 2, "printed as A. Lovelace", "same field (hep-ex)", target=14),
    follow("Peng Fu", 1, 2, "printed as P. Fu", target=12),
    title="Engines That Weave: Program Synthesis for Looms",
    authors=("P. Fu", "A. Lovelace"),
    categories=("cs.PL",),
)
SURE: Final = entry(
    14,
    follow("Furu Wei", 4, 5, target=11),
    title="Sparse Experts Learn Fast, Part Two",
    authors=("Mara Oyelaran", "Jonas Brandt", "Li-Hua Tan", "Furu Wei", "Ines Carvalho"),
)


def _possibly() -> DigestView:
    entries = (SURE, POSSIBLE, POSSIBLE_TOO, SURVEY)
    return view(*entries, links=answer_links(*entries, has_callbacks=True))


def _possibly_several() -> DigestView:
    entries = (POSSIBLE, OTHER_POSSIBLE)
    return view(*entries, links=answer_links(*entries))


def _corrections() -> DigestView:
    return view(
        SURVEY,
        corrections=(
            (
                "3 earlier papers of yours moved to another Peng Fu (Beijing University of Technology): “Dose Planning for "
                "Proton Therapy as Constrained Sampling”, “$\\beta$-Decay & <Friends>” and 1 more."
            ),
            "1 earlier paper sent to you as Ada Lovelace’s is not theirs: “Looms Without Cards”.",
        ),
    )


def _news() -> DigestView:
    revised = entry(
        21,
        followed_paper("Attention Is Not Enough"),
        title="Attention Is Not Enough: Revisiting Recurrence at Scale",
        authors=("Iris Vale", "Bo Quist"),
    )
    placed = entry(
        22,
        institution("Max Planck Institute for Intelligent Systems", 2, 11),
        title="Walking Robots That Fall Well",
        authors=tuple(f"Person {letter}" for letter in "ABCDEFGHIJK"),
    )
    told = replace(
        revised[0], news=("new version v3; changed: title, abstract",), kinds=(AnnouncementKind.REPLACEMENT,)
    )
    return view(SPARSE, placed, (told, revised[1]), SURVEY)


DIGESTS: Final[Mapping[str, Callable[[], DigestView]]] = {
    "one_paper": _one_paper,
    "ordinary": _ordinary,
    "capped": _capped,
    "hostile": _hostile,
    "tex": _tex,
    "many_authors": _many_authors,
    "right_to_left": _right_to_left,
    "group": _group,
    "possibly": _possibly,
    "possibly_several": _possibly_several,
    "corrections": _corrections,
    "news": _news,
}
