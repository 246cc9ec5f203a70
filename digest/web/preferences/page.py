"""The preferences page: shows everything, and answers each form with itself. Opening it changes nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from digest.bootstrap import App
from digest.model import ResearcherId
from digest.rendering.text import clean
from digest.web.following import EVENTS, POSITIONS, TIMINGS
from digest.web.guessing import list_zones
from digest.web.joining.page import Foretastes
from digest.web.pages import BAD_REQUEST, OK, BadForm, Form, Pages, read_form
from digest.web.preferences import channels, people, person, places, topics
from digest.web.preferences.acts import Act, Call, Mistake, NotTheirs, Saved, read_text
from digest.web.preferences.finding import Choice, Finder
from digest.web.preferences.view import Asked, Standing, Typed, make_view
from digest.web.readers import Readers
from subscribers import store
from subscribers.model import FollowWish, UnknownChannel, UnknownSubscriber
from subscribers.schedule import WEEKDAYS
from subscribers.store.counts import count_up
from subscribers.tokens import LIFETIMES, Purpose, TokenSubject
from subscribers.validation import MAX_CAP, MAX_NAME

LARGEST_FORM: Final = 40_000  # bytes: the longest topic, in a script of three bytes a letter, is 18,000
MOST_FIELDS: Final = 600  # every category ticked
MOST_LOOKUPS: Final = 100  # that one reader may ask for in an hour
LONGEST_WORDS: Final = 100
FOLLOW: Final = "follow"
CHANGES: Final[Mapping[str, Act]] = channels.ACTS | people.ACTS | person.ACTS | places.ACTS | topics.ACTS
ACTS: Final = (*CHANGES, FOLLOW)  # the paths of the forms, below that of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who has the page open, by which token, what they ask to see, and how deep below the root the address is."""

    subject: TokenSubject
    token: str
    asked: Asked
    act: str = ""
    form: Form = field(default_factory=dict)

    @property
    def root(self) -> str:
        """Give the way from this address to the root of the service."""
        return "../../" if self.act else "../"

    @property
    def key(self) -> str:
        """Name the form that was sent: `channel-3`, `name`."""
        about = read_text(self.form, "channel") or read_text(self.form, "follow")
        return f"{self.act}-{about}" if about else self.act


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a form: saved, a mistake, or a choice to be made first; nothing of these if none was sent."""

    saved: Saved | None = None
    mistake: Mistake | None = None
    choice: Choice | None = None


class Preferences:
    """Answers the links to the preferences page."""

    def __init__(self, app: App, readers: Readers, foretastes: Foretastes) -> None:
        self._app = app
        self._foretastes = foretastes
        self._database = app.database
        self._readers = readers
        self._pages = Pages(app.settings.title)
        self._finder = Finder(app)

    async def show(self, request: Request) -> Response:
        """Show the page; the address of a form shows it too, to whoever opens that again."""
        visit = await self._read(request)
        if visit is None:
            return self._pages.unknown()
        try:
            return await asyncio.to_thread(self._show, visit, Outcome())
        except (NotTheirs, UnknownSubscriber):  # gone at this very moment
            return self._pages.unknown()

    async def change(self, request: Request) -> Response:
        """Do what a form says, and show the page with what became of it."""
        visit = await self._read(request)
        if visit is None:
            return self._pages.unknown()
        try:
            form = await read_form(request, LARGEST_FORM, MOST_FIELDS)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        sent = Visit(subject=visit.subject, token=visit.token, asked=visit.asked, act=visit.act, form=form)
        try:
            return await asyncio.to_thread(self._show, sent, await self._act(sent))
        except (NotTheirs, UnknownChannel, UnknownSubscriber):
            return self._pages.unknown()

    async def _act(self, visit: Visit) -> Outcome:
        try:
            return await self._try(visit)
        except Mistake as mistake:
            return Outcome(mistake=mistake)

    async def _try(self, visit: Visit) -> Outcome:
        if visit.act == FOLLOW:
            return await self._follow(visit)
        saved = await asyncio.to_thread(self._do, visit, CHANGES[visit.act])
        if saved.topic is None:
            return Outcome(saved=saved)
        taste = await self._foretastes.give_topic(saved.topic)
        return Outcome(saved=replace(saved, hint=topics.say_taste(taste)))

    async def _follow(self, visit: Visit) -> Outcome:
        await asyncio.to_thread(self._count_lookup, visit)
        found = await self._finder.find(visit.form)
        if isinstance(found, Choice):
            return Outcome(choice=found)
        return Outcome(saved=await asyncio.to_thread(self._do, visit, partial(people.add, wanted=found)))

    async def _read(self, request: Request) -> Visit | None:
        token = request.path_params["token"]
        subject = await asyncio.to_thread(self._readers.find_manager, token)
        if subject is None:
            return None
        _, _, act = request.url.path.rstrip("/").rpartition("/")
        return Visit(subject=subject, token=token, asked=_read_asked(request), act=act if act != token else "")

    def _do(self, visit: Visit, act: Act) -> Saved:
        now, reader = self._app.clock(), visit.subject.subscriber_id
        with self._database.writing() as session:
            store.get_subscriber(session, reader)  # locked: the forms of two tabs are taken one after the other
            view = store.view_subscriber(session, reader)
            return act(Call(session=session, now=now, subject=visit.subject, view=view, form=visit.form))

    def _count_lookup(self, visit: Visit) -> None:
        now, reader = self._app.clock(), str(visit.subject.subscriber_id)
        with self._database.writing() as session:
            if count_up(session, "lookups", reader, people.LOOKUP_WINDOW, now) > MOST_LOOKUPS:
                raise Mistake(people.WHAT, "You have looked up many names; go on in an hour.")

    # ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, visit: Visit, outcome: Outcome) -> Response:
        saved, mistake = outcome.saved, outcome.mistake
        if saved is not None and self._readers.find_manager(visit.token) is None:
            return self._say_last(saved)
        standing = self._load(visit)
        settings = self._app.settings
        return self._pages.show(
            "manage.html",
            OK if mistake is None else BAD_REQUEST,
            heading="Your preferences",
            view=make_view(standing, visit.asked, partial(self._sign_follow, visit.subject)),
            typed=Typed(visit.key, visit.form, mistake) if mistake or outcome.choice else Typed(),
            saved=saved,
            mistake=mistake,
            choice=outcome.choice,
            undo_leaving=self._sign_undo(visit, saved),
            root=visit.root,
            here=f"{visit.root}manage/{visit.token}",
            query=_write_asked(visit.asked),
            links=lambda name, number: _write_asked(visit.asked, **{name: number}),
            asked=visit.asked,
            unsubscribe=self._readers.sign(Purpose.UNSUBSCRIBE, visit.subject),
            mailbox=places.find_mailbox(standing.view, visit.subject),
            has_bot=bool(settings.telegram.token.get_secret_value()) and settings.telegram.listens,
            bot_name=settings.telegram.bot_name,
            days=_count_days_left(visit.subject, standing),
            **_CHOICES,
        )

    def _say_last(self, saved: Saved) -> Response:
        """Answer the form that took away the very channel whose link this was."""
        sentence = f"{saved.sentence[:1].upper()}{saved.sentence[1:]}"
        return self._pages.say(
            "Saved", sentence, "This link has ended with it; the mails to your other addresses have one."
        )

    def _load(self, visit: Visit) -> Standing:
        reader = visit.subject.subscriber_id
        with self._database.reading() as session:
            view = store.view_subscriber(session, reader)
            wishes = store.list_wishes(session, [reader])[reader]
        here = next((each for each in view.channels if each.id == visit.subject.channel_id), None)
        if here is None:
            raise NotTheirs
        return Standing(view=view, wishes=wishes, here=here, now=self._app.clock())

    def _sign_follow(self, subject: TokenSubject, wish: FollowWish) -> str | None:
        return self._readers.sign_follow(subject, ResearcherId(wish.target_id))

    def _sign_undo(self, visit: Visit, saved: Saved | None) -> str | None:
        """Give the token that takes back that a channel was taken away."""
        if saved is None or saved.left is None:
            return None
        left = TokenSubject(saved.left, visit.subject.subscriber_id)
        return self._readers.sign(Purpose.UNDO, left, at=saved.left_at)


_CHOICES: Final[dict[str, Any]] = {
    "cadences": [(each.value, label) for each, label in channels.CADENCES.items()],
    "weekdays": [(str(number), name) for number, name in enumerate(WEEKDAYS)],
    "timings": TIMINGS,
    "positions": POSITIONS,
    "events": EVENTS,
    "timezones": list_zones(),
    "most_papers": MAX_CAP,
    "longest_name": MAX_NAME,
}


def _count_days_left(subject: TokenSubject, standing: Standing) -> int:
    lifetime = LIFETIMES[Purpose.MANAGE]
    assert lifetime is not None
    assert subject.issued_at is not None
    return max(0, (subject.issued_at + lifetime - standing.now).days)


def _read_asked(request: Request) -> Asked:
    given = request.query_params
    words = clean(given.get("words", "")[:LONGEST_WORDS])
    topics, exclusions, follows = (_read_page(given.get(name, "")) for name in ("topics", "exclusions", "follows"))
    return Asked(topics, exclusions, follows, words)


def _read_page(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 4 else 1  # noqa: PLR2004 -- digits


def _write_asked(asked: Asked, **changes: object) -> str:
    """Write what the address asks to see, so that a form sent from there comes back to it."""
    numbers = {"topics": asked.topics, "exclusions": asked.exclusions, "follows": asked.follows}
    given: dict[str, object] = {name: number for name, number in numbers.items() if number > 1}
    given |= ({"words": asked.words} if asked.words else {}) | changes
    return f"?{urlencode(given)}" if given else ""
