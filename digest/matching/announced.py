"""Which announcements a digest is about, and which papers of a batch they bring into a window of the stream."""

from typing import Final

from digest.matching.index import PaperBatch
from digest.model import AnnouncementId, AnnouncementKind, Candidate

STREAM_START: Final = AnnouncementId(0)  # a watermark before everything
# A digest tells of papers that are new to the reader; later versions and news of known papers are left out.
DIGEST_KINDS = frozenset({AnnouncementKind.NEW, AnnouncementKind.CROSS_LIST, AnnouncementKind.FEATURED})


def window(batch: PaperBatch, after: AnnouncementId, to: AnnouncementId) -> int:
    """Give the papers (a bitmap) that a digest covering the announcements (`after`, `to`] is about."""
    return batch.select(lambda candidate: any(after < number <= to for number in _numbers(candidate)))


def latest(candidate: Candidate) -> int:
    """Give the id of the last announcement of a paper that counts, or 0."""
    return max(_numbers(candidate), default=0)


def _numbers(candidate: Candidate) -> list[AnnouncementId]:
    return [announcement.id for announcement in candidate.announcements if announcement.kind in DIGEST_KINDS]
