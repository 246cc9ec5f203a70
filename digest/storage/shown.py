"""Which papers readers have been shown, wherever they read."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from digest.model import ChannelId, PaperId
from digest.storage.deliveries import list_sent_papers
from subscribers.store.siblings import list_siblings

Siblings = Mapping[ChannelId, tuple[ChannelId, ...]]


def list_other_places(session: Session, channel_ids: Iterable[ChannelId]) -> dict[ChannelId, tuple[ChannelId, ...]]:
    """Give, of channels that repeat nothing, the other channels of the same person."""
    found = list_siblings(session, channel_ids)
    return {ChannelId(own): tuple(map(ChannelId, others)) for own, others in found.items()}


def list_shown_papers(
    session: Session, channel_ids: Iterable[ChannelId], paper_ids: Collection[PaperId], siblings: Siblings
) -> dict[ChannelId, set[PaperId]]:
    """Give which of these papers each channel was given before, or a sibling of it has shown or is about to."""
    shown = list_sent_papers(session, channel_ids, paper_ids)
    others = {other for group in siblings.values() for other in group}
    if not others or not paper_ids:
        return shown
    there = list_sent_papers(session, sorted(others), paper_ids, only_shown=True)
    for own, group in siblings.items():
        shown.setdefault(own, set()).update(*(there.get(other, ()) for other in group))
    return shown
