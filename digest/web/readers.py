"""Who a link is for: the reader a token names, as long as they are subscribed."""

from collections.abc import Callable
from datetime import datetime

from digest.model import ResearcherId
from digest.storage import researchers
from subscribers import store
from subscribers.db import Database
from subscribers.model import BadToken, ChannelStatus, SubscriberStatus
from subscribers.tokens import Purpose, Tokens, TokenSubject

_LEFT = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})
_SUBSCRIBED = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})


class Readers:
    """Reads and signs the tokens in links. Without keys every token is unknown, and there are no links."""

    def __init__(self, database: Database, tokens: Tokens | None, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    def read(self, purpose: Purpose, token: str) -> TokenSubject | None:
        """Give whom a token is for; None if we never signed it for that, or it has run out."""
        if self._tokens is None:
            return None
        try:
            return self._tokens.read(purpose, token, self._clock())
        except BadToken:
            return None

    def is_subscribed(self, subject: TokenSubject) -> bool:
        """Whether the reader is still there and has not left."""
        with self._database.reading() as session:
            found = store.list_matching_subscribers(session, [subject.subscriber_id])
        return bool(found) and found[0].status not in _LEFT

    def find_manager(self, token: str) -> TokenSubject | None:
        """Give who may see and change everything, by a token of their preferences page.

        It dies with the channel it was sent to: when that is closed or moved to another address, and when the
        subscriber leaves. Whoever reads the old mailbox must not go on changing things.
        """
        subject = self.read(Purpose.MANAGE, token)
        return subject if subject is not None and self._still_leads_there(subject) else None

    def find_visitor(self, token: str, researcher_id: ResearcherId) -> TokenSubject | None:
        """Give the reader who looks at a researcher's page, by a token to manage everything or to follow this one."""
        if (manager := self.find_manager(token)) is not None:
            return manager
        subject = self._read_follow(token, researcher_id)
        return subject if subject is not None and self.is_subscribed(subject) else None

    def sign_follow(self, subject: TokenSubject, researcher_id: ResearcherId) -> str | None:
        """Give the token by which a reader may follow a researcher, and stop."""
        return self.sign(Purpose.FOLLOW, subject, researcher_id)

    def sign(self, purpose: Purpose, subject: TokenSubject, *about: int, at: datetime | None = None) -> str | None:
        """Give a token for the same channel and reader, of now or of another time; None without keys."""
        if self._tokens is None:
            return None
        signed = TokenSubject(subject.channel_id, subject.subscriber_id, about)
        return self._tokens.issue(purpose, signed, at or self._clock())

    def _still_leads_there(self, subject: TokenSubject) -> bool:
        with self._database.reading() as session:
            found = store.list_matching_subscribers(session, [subject.subscriber_id])
            moved_at = store.find_last_move(session, subject.subscriber_id, subject.channel_id)
        if not found or found[0].status not in _SUBSCRIBED:
            return False
        usable = {each.id for each in found[0].channels if each.status is ChannelStatus.OPEN and each.verified_at}
        return subject.channel_id in usable and not _is_older(subject, moved_at)

    def _read_follow(self, token: str, researcher_id: ResearcherId) -> TokenSubject | None:
        subject = self.read(Purpose.FOLLOW, token)
        if subject is None:
            return None
        with self._database.reading() as session:
            living = researchers.find_living(session, ResearcherId(subject.about[0]))
        return subject if living == researcher_id else None


def _is_older(subject: TokenSubject, moved_at: datetime | None) -> bool:
    """Whether a token was signed before its channel moved. Tokens carry whole seconds."""
    if moved_at is None or subject.issued_at is None:
        return False
    return subject.issued_at < moved_at.replace(microsecond=0)
