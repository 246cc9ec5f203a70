"""The subject marks of author pages: arXiv's categories without their archive. Pure.

https://arxiv.org/category_taxonomy. Some letters stand in several archives (`AP` in mathematics and in statistics). The
pages list work on computing, so the archive named first here has them.
"""

from typing import Final

_MARKS_BY_ARCHIVE: Final[dict[str, str]] = {
    "cs": """
        AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC SD
        SE SI SY
    """,
    "stat": "AP CO ME ML OT TH",
    "eess": "AS IV SP",
    "q-bio": "BM CB GN MN NC PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "math": "AC AG AT CA CT CV DG DS FA GM GR HO KT MG MP NT OA OC QA RA RT SG",
    "econ": "EM",
    "nlin": "AO CD CG PS SI",
    "astro-ph": "EP GA HE IM SR",
}
CATEGORIES: Final[dict[str, str]] = {
    mark: f"{archive}.{mark}" for archive, marks in reversed(_MARKS_BY_ARCHIVE.items()) for mark in marks.split()
}
