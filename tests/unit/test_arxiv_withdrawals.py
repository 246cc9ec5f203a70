"""What says that a paper has been withdrawn, and what only speaks of withdrawing."""

import pytest

from digest.sources.arxiv.withdrawals import is_withdrawn


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn",
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
        "5 pages, 1 figure. This paper has been withdrawn by the author",
        "The paper has been withdrawn by the author due to an error",
        "This submission has been withdrawn by arXiv administrators due to disputed authorship",
        "Withdrawn",
        "WITHDRAWN due to an error in Lemma 2",
        "Paper withdrawn; the proof is wrong",
        "[This article was withdrawn]",
        "This manuscript has been temporarily withdrawn",
        "We prove a theorem. This work is withdrawn because the theorem is false.",
        "The paper is being withdrawn until authorship issues are resolved",
    ],
)
def test_a_withdrawal_is_recognised(text: str) -> None:
    assert is_withdrawn("A title", comment=text)
    assert is_withdrawn("A title", abstract=text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We study why papers are withdrawn.",
        "Utilizing papers withdrawn from arXiv, we validated our methods.",
        "The paper that has been withdrawn was cited 300 times.",
        "Funds can be withdrawn at any time.",
        "Withdrawn funds are returned to the pool.",
        "This paper has been withdrawn from ICLR 2026 and is now under review elsewhere",
        "Samples were withdrawn from the reactor. This paper has a model of it.",
        "We discuss the case of an article that was withdrawn because of a dispute.",
        "The drug was withdrawn because of side effects.",
    ],
)
def test_the_word_alone_is_not_enough(text: str) -> None:
    assert not is_withdrawn("A title", text, text)


@pytest.mark.parametrize("title", ["WITHDRAWN: On Sums", "[Withdrawn] On Sums", "On Sums (withdrawn)", "Withdrawn]"])
def test_a_mark_in_the_title_is_enough(title: str) -> None:
    assert is_withdrawn(title)


@pytest.mark.parametrize("title", ["Withdrawn Papers on arXiv", "Why was it withdrawn?", "On Withdrawal"])
def test_a_title_about_withdrawing_is_no_mark(title: str) -> None:
    assert not is_withdrawn(title)
