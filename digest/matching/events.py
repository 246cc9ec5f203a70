"""What happened to a paper that the reader may know, in words. Pure."""

from digest.languages import phrases
from digest.model import AnnouncementKind, StoredAnnouncement

_WORDS = {
    AnnouncementKind.WITHDRAWN: phrases.WITHDRAWN,
    AnnouncementKind.FEATURED: phrases.FEATURED,
    AnnouncementKind.CODE_RELEASED: phrases.CODE_RELEASED,
    AnnouncementKind.CROSS_LIST: phrases.CROSS_LIST,
    AnnouncementKind.NEW: phrases.NEW,
}


def word_event(announcement: StoredAnnouncement) -> str:
    """Say what happened: `new version v3; changed: title, abstract`, `published: 10.1234/abc`."""
    detail = announcement.detail
    match announcement.kind:
        case AnnouncementKind.REPLACEMENT:
            version = f"v{announcement.version}" if announcement.version else detail
            news = phrases.NUMBERED_VERSION.format(version=version) if version else phrases.NEW_VERSION
            changed = ", ".join(announcement.changes)
            return phrases.CHANGED.format(news_said=news, change_list=changed) if changed else news
        case AnnouncementKind.PUBLISHED:
            return phrases.PUBLISHED_AS.format(doi=detail) if detail else phrases.PUBLISHED
        case AnnouncementKind.UPVOTED:
            return phrases.UPVOTED.format(number=detail)
        case kind:
            return _WORDS[kind]
