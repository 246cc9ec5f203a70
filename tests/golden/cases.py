"""The digests whose renderings are kept as golden files: the samples that `digest preview --all` writes."""

from digest.demo.samples.builders import (
    Entry,
    answer_links,
    category,
    entry,
    follow,
    followed_paper,
    institution,
    phrase,
    view,
    word,
)
from digest.demo.samples.digests import (
    COLLIDER,
    NAMESAKE,
    OTHER_POSSIBLE,
    POSSIBLE,
    POSSIBLE_TOO,
    ROBOT,
    SPARSE,
    SURE,
    SURVEY,
    THEORY,
)
from digest.demo.samples.digests import DIGESTS as CASES

__all__ = [
    "CASES",
    "COLLIDER",
    "NAMESAKE",
    "OTHER_POSSIBLE",
    "POSSIBLE",
    "POSSIBLE_TOO",
    "ROBOT",
    "SPARSE",
    "SURE",
    "SURVEY",
    "THEORY",
    "Entry",
    "answer_links",
    "category",
    "entry",
    "follow",
    "followed_paper",
    "institution",
    "phrase",
    "view",
    "word",
]
