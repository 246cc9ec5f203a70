"""Plurals as singulars, so that “language model” and “language models” are one wish.

A light rule on purpose: the s-stemmer (D. Harman, “How effective is suffixing?”, JASIS 42, 1991) with the exceptions
that this field's vocabulary asks for. Verbs and other endings are left alone: `learn` is not `learning`.
"""

from functools import lru_cache

_SHORTEST = 4  # `gas`, `bus`, `cs` and `rhs` are no plurals

_IRREGULAR_PAIRS = """
    analyses:analysis antennae:antenna atlases:atlas axes:axis bacteria:bacterium biases:bias buses:bus caches:cache
    calculi:calculus canvases:canvas characteristics:characteristic clinics:clinic cookies:cookie corpora:corpus
    cpus:cpu criteria:criterion critics:critic cubics:cubic diagnoses:diagnosis epidemics:epidemic focuses:focus
    formulae:formula gases:gas gpus:gpu graphics:graphic harmonics:harmonic heuristics:heuristic hypotheses:hypothesis
    indices:index lenses:lens lyrics:lyric matrices:matrix metrics:metric mosaics:mosaic movies:movie niches:niche
    npus:npu nuclei:nucleus pandemics:pandemic parentheses:parenthesis phenomena:phenomenon prognoses:prognosis
    quadrics:quadric simplices:simplex spectra:spectrum stimuli:stimulus supernovae:supernova syntheses:synthesis
    theses:thesis topics:topic tpus:tpu vertices:vertex viruses:virus
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_PAIRS.split())
_NO_PLURALS = """
    alias always atlas besides bias canvas chaos christmas cosmos ethos lens
    mars news pancreas pandas pathos perhaps series species texas towards whereas
"""
_SINGULAR = frozenset(_NO_PLURALS.split())
# analysis, corpus, loss; dynamics, physics and robotics are fields and mean something else without the s.
_SINGULAR_ENDINGS = ("ss", "us", "is", "ics")
LONGEST_KEPT = 40  # characters of a word that is remembered: a stranger may type words of thousands
_PLURAL_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("zzes", "zz"))


def singular(word: str) -> str:
    """Give the singular of a folded word, or the word. Twice is the same as once."""
    return _remember(word) if len(word) <= LONGEST_KEPT else _find(word)


def _find(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST or not word.endswith("s") or word in _SINGULAR or word.endswith(_SINGULAR_ENDINGS):
        return word
    for plural, ending in _PLURAL_ENDINGS:
        if word.endswith(plural) and len(word) > _SHORTEST:
            return word[: -len(plural)] + ending
    return word[:-1]


_remember = lru_cache(maxsize=100_000)(_find)
