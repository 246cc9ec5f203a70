"""Following one researcher: a page that shows how, with plain forms to change that, to stop, and to undo."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Researcher, ResearcherId
from digest.pipeline.following import Terms, follow_researcher
from digest.rendering.question import describe_subject, identify
from digest.rendering.researcher import name_of, say_followers
from digest.storage import researchers
from digest.web.pages import BAD_REQUEST, GONE, OK, BadForm, Form, Pages, read_form
from digest.web.readers import Readers
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import FollowEvent, FollowKind, FollowWish, InvalidWish, Position, Timing, UnknownSubscriber
from subscribers.tokens import Purpose, TokenSubject

FOLLOW, STOP = "follow", "stop"
TIMINGS: Final = {
    Timing.NOW: "At once, as a message of its own",
    Timing.DIGEST: "In the next digest",
}
POSITIONS: Final = {
    Position.ANY: "Whatever their place in the list of authors",
    Position.FIRST: "Only as first author",
    Position.LAST: "Only as last author",
    Position.FIRST_OR_LAST: "As first or last author",
}
EVENTS: Final = {
    FollowEvent.REPLACEMENT: "A new version",
    FollowEvent.FEATURED: "Featured in a daily list",
    FollowEvent.CODE_RELEASED: "Code released",
    FollowEvent.PUBLISHED: "Published in a journal",
    FollowEvent.WITHDRAWN: "Withdrawn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A researcher, and how a reader follows them (None: not at all)."""

    researcher_id: ResearcherId
    researcher: Researcher
    wish: FollowWish | None
    followers: int


class Following:
    """Answers the links by which a reader follows a researcher. Opening one changes nothing."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._pages = Pages(title)

    async def ask(self, request: Request) -> Response:
        """Show whether and how the reader follows, and the buttons."""
        subject = self._readers.read(Purpose.FOLLOW, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        now = await asyncio.to_thread(self._find, subject)
        return self._gone() if now is None else self._show(now, now)

    async def change(self, request: Request) -> Response:
        """Follow (as the form says, if it does), or stop; again changes nothing."""
        subject = self._readers.read(Purpose.FOLLOW, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        try:
            form = await read_form(request)
            action, terms = _read_action(form), _read_terms(form)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        return await asyncio.to_thread(self._change, subject, action, terms)

    def _change(self, subject: TokenSubject, action: str, terms: Terms) -> Response:
        before = self._find(subject)
        if before is None:
            return self._gone()
        reader, target, now = subject.subscriber_id, before.researcher_id, self._clock()
        try:
            with self._database.writing() as session:
                if action == STOP:
                    service.unfollow(session, now, reader, FollowKind.RESEARCHER, target)
                else:
                    follow_researcher(session, now, reader, target, terms)
        except UnknownSubscriber:  # gone at this very moment
            return self._gone()
        except InvalidWish as error:
            return self._pages.say("Nothing was changed", str(error), status=BAD_REQUEST)
        after = self._find(subject)
        return self._gone() if after is None else self._show(after, before, is_done=True)

    def _find(self, subject: TokenSubject) -> Standing | None:
        if not self._readers.is_subscribed(subject):
            return None
        with self._database.reading() as session:
            living = researchers.find_living(session, ResearcherId(subject.about[0]))
            if living is None:
                return None
            follow = store.find_follow(session, subject.subscriber_id, FollowKind.RESEARCHER, living)
            return Standing(
                researcher_id=living,
                researcher=researchers.load_researchers(session, [living])[living],
                wish=follow and follow.wish,
                followers=store.count_followers(session, FollowKind.RESEARCHER, [living]).get(living, 0),
            )

    def _show(self, now: Standing, before: Standing, *, is_done: bool = False) -> Response:
        name = name_of(now.researcher.name)
        return self._pages.show(
            "follow.html",
            OK,
            heading=_head(name, now, before, is_done=is_done),
            name=name,
            person=identify(now.researcher),
            subject=describe_subject(now.researcher),
            researcher_id=now.researcher_id,
            followers=say_followers(now.followers),
            wish=now.wish,
            before=before.wish,
            is_changed=now.wish != before.wish,
            is_done=is_done,
            timings=TIMINGS,
            positions=POSITIONS,
            events=EVENTS,
        )

    def _gone(self) -> Response:
        return self._pages.say(
            "There is nobody to follow here any more",
            "The researcher’s record or your subscription has been removed since.",
            "Nothing was changed.",
            status=GONE,
        )


def _head(name: str, now: Standing, before: Standing, *, is_done: bool) -> str:
    if not is_done:
        return f"You follow {name}" if now.wish else f"Follow {name}?"
    if now.wish is None:
        return f"You no longer follow {name}" if before.wish else f"You do not follow {name}"
    if before.wish is None:
        return f"You now follow {name}"
    return f"You follow {name}" if now.wish == before.wish else f"Changed: how you follow {name}"


def _read_action(form: Form) -> str:
    """Read what is to be done."""
    action = form.get("action", [""])[-1]
    if action not in (FOLLOW, STOP):
        raise BadForm(BAD_REQUEST, "The form says neither to follow nor to stop; press one of the buttons.")
    return action


def _read_terms(form: Form) -> Terms:
    """Read how to follow. A bare button says nothing of it; the whole form names the timing, and all events wanted."""
    if "timing" not in form:
        return Terms()
    try:
        return Terms(
            timing=Timing(form["timing"][-1]),
            position=Position(form.get("position", [Position.ANY.value])[-1]),
            events=tuple(map(FollowEvent, form.get("event", ()))),
        )
    except ValueError:
        raise BadForm(BAD_REQUEST, "The form names something that cannot be chosen; open the page again.") from None
