"""Decides what a channel without digests missed, to be told in one alert at its next slot. Pure.

An alert goes to whoever can be written to at that moment. What came in while its reader was paused or had left, or what
waited for a digest that is not wanted any more, no alert will tell again.
"""

from dataclasses import replace

from digest.matching.selection import select
from digest.model import AnnouncementId, AnnouncementKind, Certainty, ChannelId, Edition
from digest.pipeline.desk import Desk
from digest.pipeline.known import Known
from digest.pipeline.prospect import Prospect, look_ahead, tell_news
from subscribers.model import DueChannel, Wishes


def make_missed(desk: Desk, channel: DueChannel, known: Known) -> Edition:
    """Give the alert of what is surely by somebody followed and was not told; it may say nothing.

    What the alerts have not come to yet is left to them, and to the next slot.
    """
    after, end = AnnouncementId(channel.watermark), _find_end(desk, channel, known)
    prospect = _leave_to_alerts(desk, look_ahead(desk, channel, known), end)
    papers = prospect.papers(desk) if channel.takes_alerts else 0
    selection = select(desk.ranking_after(after), prospect.wishes, papers, len(desk.batch.candidates))
    return Edition(
        name=_name(after),
        channel_id=ChannelId(channel.id),
        entries=tuple(tell_news(desk, prospect, each) for each in selection.entries),
        more=0,
        covers_after=after,
        covers_to=end,
    )


def name_missed(alert: Edition) -> str:
    """Give what an alert in time would have been called if this is about a single new paper: it is to read like one."""
    is_one = len(alert.entries) == 1 and not alert.entries[0].news
    return f"{AnnouncementKind.NEW}-{alert.entries[0].paper_id}" if is_one else _name(alert.covers_after)


def _name(after: AnnouncementId) -> str:
    return f"since-{after + 1}"


def _find_end(desk: Desk, channel: DueChannel, known: Known) -> AnnouncementId:
    """Give up to where the channel can be moved on: for whoever follows nobody, there is nothing to be told."""
    is_following = bool(known.wishes.get(channel.subscriber_id, Wishes()).follows)
    end = min(desk.end, known.alerted_to) if is_following else desk.end
    return max(end, AnnouncementId(channel.watermark))


def _leave_to_alerts(desk: Desk, prospect: Prospect, end: AnnouncementId) -> Prospect:
    """Keep what is sure, by somebody followed, and no later than `end`."""
    told = {paper_id: tuple(each for each in seen if each.id <= end) for paper_id, seen in prospect.events.items()}
    sure = {
        paper_id: kept
        for paper_id, reasons in prospect.wishes.followed.items()
        if (kept := tuple(each for each in reasons if each.certainty is Certainty.SURE))
    }
    return replace(
        prospect,
        new=prospect.new & ~desk.window(end),
        events={paper_id: seen for paper_id, seen in told.items() if seen},
        wishes=replace(prospect.wishes, interests=(), exclusions=(), followed=sure, taste=None),
    )
