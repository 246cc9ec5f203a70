"""Acts: lists what of a paper a reader may want to see no more of, leaves it out, and lets it in again.

That is the topics that brought it, which are dropped, and its categories and authors, which are excluded. Whom the
reader follows comes all the same, so of them only the follow can be ended here.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import InvalidQuery
from digest.matching.papertext import has_name
from digest.matching.query import canonical, parse
from digest.model import SubscriberId
from digest.pipeline.feedback import Said
from digest.pipeline.next_steps import LONGEST_NAME, find_authors, take_step, turn_author
from digest.pipeline.suggestions import Step, StepKind
from digest.rendering.rating import MuteKind, MuteWord, OfferedAuthor, OfferedMute
from digest.rendering.tex import to_unicode
from digest.researchers.names import parse_name
from subscribers import store
from subscribers.db import Database
from subscribers.model import InterestWish, Wishes

MOST: Final = 8  # on one keyboard
MOST_TOPICS: Final = 2  # that brought a paper
MOST_CATEGORIES: Final = 2
KEY_LENGTH: Final = 8
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z.-]*")  # a category that needs no quotes
_QUOTES: Final = str.maketrans("", "", '"“”„‟«»＂')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """What can be left out: how it is offered, the query it stands for, and which author it is."""

    offered: OfferedMute
    wish: InterestWish
    author: OfferedAuthor | None = None

    def adds_a_wish(self, word: MuteWord) -> bool:
        """Whether a word would make the list of the reader's wishes longer."""
        adding = MuteWord.UNMUTE if self.offered.kind is MuteKind.TOPIC else MuteWord.MUTE
        return self.offered.word is word is adding


def list_mutes(database: Database, said: Said) -> tuple[Mute, ...]:
    """Give what can be left out, as it stands now: topics that brought the paper, categories, then authors."""
    authors = find_authors(database, said)
    wishes = _read_wishes(database, said.subscriber_id)
    topics = tuple(_list_topics(said, wishes))[:MOST_TOPICS]
    categories = tuple(_list_categories(said, wishes))[:MOST_CATEGORIES]
    people = tuple(_list_authors(authors, wishes))
    room = MOST - len(topics) - len(categories)
    if len(people) > room:
        people = (*people[: room - 1], people[-1])  # the last author is better known than one amid
    return (*topics, *categories, *people)


def turn_mute(database: Database, now: datetime, said: Said, mute: Mute, word: MuteWord) -> None:
    """Leave something out, or let it in; again is no error. Raises InvalidWish, UnknownSubscriber."""
    if word is MuteWord.UNFOLLOW:
        if mute.author is not None:
            turn_author(database, now, said, mute.author, is_wanted=False)
        return
    kind = StepKind.DROP if mute.offered.kind is MuteKind.TOPIC else StepKind.EXCLUDE
    step = Step(kind=kind, subject=mute.offered.name, wish=mute.wish)
    take_step(database, now, said, step, is_undoing=word is MuteWord.UNMUTE)


def count_wishes(database: Database, reader: SubscriberId) -> int:
    """Count the topics of a reader and what they leave out."""
    wishes = _read_wishes(database, reader)
    return len(wishes.interests) + len(wishes.exclusions)


def _read_wishes(database: Database, reader: SubscriberId) -> Wishes:
    with database.reading() as session:
        return store.list_wishes(session, [reader])[reader]


def _list_topics(said: Said, wishes: Wishes) -> Iterator[Mute]:
    """Give the topics that brought the paper, dropped ones too."""
    wanted = {each.canonical for each in wishes.interests}
    texts = dict.fromkeys(reason.interest for reason in said.match.reasons if reason.interest)
    for wish in _read_queries(texts):
        word = MuteWord.MUTE if wish.canonical in wanted else MuteWord.UNMUTE
        yield _make(MuteKind.TOPIC, wish.text, wish, word)


def _list_categories(said: Said, wishes: Wishes) -> Iterator[Mute]:
    for category in dict.fromkeys(said.paper.categories):
        written = category if _PLAIN.fullmatch(category) else f'"{category.translate(_QUOTES)}"'
        for wish in _read_queries([f"cat:{written}"]):
            if (word := _stand(wish, wishes)) is not None:
                yield _make(MuteKind.CATEGORY, category, wish, word)


def _list_authors(authors: Iterable[OfferedAuthor], wishes: Wishes) -> Iterator[Mute]:
    """Give the authors whose name is printed in full: `J. Wang` would leave out hundreds of people."""
    seen = set[str]()
    for author in authors:
        name = to_unicode(author.name[:LONGEST_NAME]).translate(_QUOTES)
        parsed = parse_name(name)
        if parsed is None or not parsed.is_full or not has_name(author.name, name):
            continue
        for wish in _read_queries([f'au:"{name}"']):
            word = _stand(wish, wishes)
            if word is None or wish.canonical in seen:
                continue
            seen.add(wish.canonical)
            is_followed = author.is_followed and word is MuteWord.MUTE
            yield _make(MuteKind.AUTHOR, name, wish, MuteWord.UNFOLLOW if is_followed else word, author)


def _stand(wish: InterestWish, wishes: Wishes) -> MuteWord | None:
    """Give what can be done about a category or name; None where it is a topic of the reader's, which is dropped."""
    if any(each.canonical == wish.canonical for each in wishes.interests):
        return None
    is_out = any(each.canonical == wish.canonical for each in wishes.exclusions)
    return MuteWord.UNMUTE if is_out else MuteWord.MUTE


def _read_queries(texts: Iterable[str]) -> Iterator[InterestWish]:
    for text in texts:
        try:
            yield InterestWish(text=text, canonical=canonical(parse(text)))
        except InvalidQuery:  # no name or category that could be looked for, or the language has changed since
            continue


def _make(kind: MuteKind, name: str, wish: InterestWish, word: MuteWord, author: OfferedAuthor | None = None) -> Mute:
    key = hashlib.sha256(wish.canonical.encode()).hexdigest()[:KEY_LENGTH]
    return Mute(offered=OfferedMute(kind, key, name, word), wish=wish, author=author)
