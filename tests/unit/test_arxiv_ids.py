"""arXiv identifiers in every spelling."""

import pytest

from digest.identifiers.arxiv_ids import ArxivId, abstract_url, find_arxiv_id, pdf_url


@pytest.mark.parametrize(
    ("text", "value", "version"),
    [
        ("2310.01234", "2310.01234", None),
        ("2310.01234v2", "2310.01234", 2),
        ("0704.0001v1", "0704.0001", 1),
        ("1412.9999", "1412.9999", None),
        ("1501.00001", "1501.00001", None),
        ("arXiv:2310.01234v12", "2310.01234", 12),
        ("oai:arXiv.org:2203.01250v3", "2203.01250", 3),
        ("oai:arXiv.org:math/0309136", "math/0309136", None),
        ("math.GT/0309136v1", "math/0309136", 1),
        ("cond-mat.stat-mech/9901001", "cond-mat/9901001", None),
        ("http://arxiv.org/abs/astro-ph/0601001v1", "astro-ph/0601001", 1),
        ("https://rss.arxiv.org/abs/2203.01250", "2203.01250", None),
        ("https://www.arxiv.org/pdf/2203.01250v1.pdf", "2203.01250", 1),
        ("https://arxiv.org/html/2203.01250v1", "2203.01250", 1),
        ("10.48550/arXiv.2203.01250", "2203.01250", None),
        ("https://doi.org/10.48550/ARXIV.2203.01250", "2203.01250", None),
        (" doi:10.48550/arXiv.2203.01250 ", "2203.01250", None),
    ],
)
def test_every_spelling_gives_one_id(text: str, value: str, version: int | None) -> None:
    assert find_arxiv_id(text) == ArxivId(value, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2310",
        "2313.01234",
        "2300.01234",
        "2310.0123",
        "0704.00001",
        "2310.01234v0",
        "2310.01234x",
        "٢٣١٠.٠١٢٣٤",
        "10.1101/2020.01.01.123456",
        "https://example.org/abs/2310.01234",
        "https://evilarxiv.org/abs/2310.01234",
        "math/03091367",
        "2310.01234" * 50,
    ],
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert find_arxiv_id(text) is None


def test_links_lead_to_the_newest_version() -> None:
    assert (abstract_url("math/0309136"), pdf_url("2310.01234")) == (
        "https://arxiv.org/abs/math/0309136",
        "https://arxiv.org/pdf/2310.01234",
    )
