"""Acts: loads how readers lean, by what they asked more and less of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from digest.matching.taste import Lexicon, Taste
from digest.model import AnnouncementId, ChannelId, Feedback, FeedbackKind, PaperId
from digest.pipeline.desk import Desk
from digest.storage import feedback, papers
from subscribers.model import DueChannel
from subscribers.store.rows import chunks

_AT_ONCE = 1_000  # rated papers read at a time


def load_tastes(session: Session, desk: Desk, channels: Sequence[DueChannel]) -> dict[ChannelId, Taste]:
    """Give the taste of those channels' readers who have said something of papers."""
    ratings = feedback.list_ratings(session, {channel.subscriber_id for channel in channels})
    rating = [channel for channel in channels if channel.subscriber_id in ratings]
    wanted: defaultdict[Lexicon, set[PaperId]] = defaultdict(set)
    for channel in rating:
        lexicon = desk.lexicon_after(AnnouncementId(channel.watermark))
        wanted[lexicon].update(each.paper_id for each in ratings[channel.subscriber_id])
    for lexicon, rated in wanted.items():
        _read(session, lexicon, rated)
    return {
        ChannelId(channel.id): _make(
            desk.lexicon_after(AnnouncementId(channel.watermark)), ratings[channel.subscriber_id]
        )
        for channel in rating
    }


def _read(session: Session, lexicon: Lexicon, rated: Iterable[PaperId]) -> None:
    """Read the rated papers that were not read for anybody before."""
    for chunk in chunks((paper_id for paper_id in rated if not lexicon.knows(paper_id)), _AT_ONCE):
        for paper_id, paper in papers.load_papers(session, chunk).items():
            lexicon.learn(paper_id, paper)


def _make(lexicon: Lexicon, ratings: Sequence[Feedback]) -> Taste:
    more = [each.paper_id for each in ratings if each.kind is FeedbackKind.MORE]
    less = [each.paper_id for each in ratings if each.kind is FeedbackKind.LESS]
    return Taste(lexicon, more, less)
