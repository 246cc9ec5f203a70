"""Who a link is for: the reader a token names, as long as they are subscribed."""

from collections.abc import Callable
from datetime import datetime

from digest.model import ResearcherId
from digest.storage import researchers
from subscribers import store
from subscribers.db import Database
from subscribers.model import BadToken, SubscriberStatus
from subscribers.tokens import Purpose, Tokens, TokenSubject

_LEFT = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


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

    def find_visitor(self, token: str, researcher_id: ResearcherId) -> TokenSubject | None:
        """Give the reader who looks at a researcher's page, by a token to manage everything or to follow this one."""
        subject = self.read(Purpose.MANAGE, token) or self._read_follow(token, researcher_id)
        return subject if subject is not None and self.is_subscribed(subject) else None

    def sign_follow(self, subject: TokenSubject, researcher_id: ResearcherId) -> str | None:
        """Give the token by which a reader may follow a researcher, and stop."""
        if self._tokens is None:
            return None
        about = TokenSubject(subject.channel_id, subject.subscriber_id, (researcher_id,))
        return self._tokens.issue(Purpose.FOLLOW, about, self._clock())

    def _read_follow(self, token: str, researcher_id: ResearcherId) -> TokenSubject | None:
        subject = self.read(Purpose.FOLLOW, token)
        if subject is None:
            return None
        with self._database.reading() as session:
            living = researchers.find_living(session, ResearcherId(subject.about[0]))
        return subject if living == researcher_id else None
