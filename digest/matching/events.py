"""What happened to a paper that the reader may know, in words. Pure."""

from digest.model import AnnouncementKind, StoredAnnouncement

_WORDS = {
    AnnouncementKind.WITHDRAWN: "withdrawn by its authors",
    AnnouncementKind.FEATURED: "featured among the papers of the day",
    AnnouncementKind.CODE_RELEASED: "its code was released",
    AnnouncementKind.CROSS_LIST: "listed in another category too",
    AnnouncementKind.NEW: "new",
}


def word_event(announcement: StoredAnnouncement) -> str:
    """Say what happened: `new version v3; changed: title, abstract`, `published: 10.1234/abc`."""
    detail = announcement.detail
    match announcement.kind:
        case AnnouncementKind.REPLACEMENT:
            version = f" v{announcement.version}" if announcement.version else f" {detail}" if detail else ""
            changed = f"; changed: {', '.join(announcement.changes)}" if announcement.changes else ""
            return f"new version{version}{changed}"
        case AnnouncementKind.PUBLISHED:
            return f"published: {detail}" if detail else "published"
        case AnnouncementKind.UPVOTED:
            return f"{detail} people voted for it"
        case kind:
            return _WORDS[kind]
