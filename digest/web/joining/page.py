"""The front page: the sign-up form, what it would bring, and taking it. A GET changes nothing; no script is needed."""

import asyncio
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.bootstrap import App
from digest.pipeline.foretaste import Foretaste, Foreteller
from digest.pipeline.signup_wishes import Faults, FollowChoice, SignupWishes
from digest.rendering.text import clean
from digest.web.guessing import list_zones
from digest.web.joining.form import (
    FIND,
    LARGEST,
    MOST_FIELDS,
    PREVIEW,
    SUBSCRIBE,
    TRAP,
    Filled,
    begin_form,
    is_trapped,
    make_harmless,
    read_action,
    read_filled,
)
from digest.web.joining.outlook import Outlook, view_outlook
from digest.web.joining.people import PeopleFinder, Search
from digest.web.pages import OK, BadForm, Form, Pages, read_form
from digest.web.preferences.categories import COMMON
from digest.web.preferences.channels import CADENCES
from digest.web.reception import Checked, Reception, describe_limit, seconds_left
from subscribers.addresses import shown
from subscribers.joining import Resting
from subscribers.model import InterestWish, Schedule, TooManyRequests
from subscribers.schedule import WEEKDAYS

HEADING: Final = "New papers that matter to you, by mail"
FORBIDDEN: Final = 403
UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
WEB_FORM: Final = "web form"

# In their own words, as people look for them.
LANGUAGES: Final = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "tr": "Türkçe",
    "ru": "Русский",
    "uk": "Українська",
    "ar": "العربية",
    "fa": "فارسی",
    "hi": "हिन्दी",
    "zh": "中文",
    "ja": "日本語",
    "ko": "한국어",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the form is shown with, beside what is typed in it."""

    filled: Filled
    follows: tuple[FollowChoice, ...] = ()
    faults: Faults
    search: Search | None = None
    foretaste: Outlook | None = None


class Joining:
    """Answers the front page."""

    def __init__(self, app: App, reception: Reception, foretastes: "Foretastes") -> None:
        self._app = app
        self._reception = reception
        self._foretastes = foretastes
        self._finder = PeopleFinder(app.database, app.clock)
        self._pages = Pages(app.settings.title)
        self._categories = [(code, COMMON.get(code, "")) for code in app.settings.sources.arxiv]

    async def ask(self, request: Request) -> Response:
        """Show the form, with what the browser lets guess."""
        if not self._reception.is_open:
            return self._closed()
        return self._show(_Shown(filled=self._begin(request), faults={}))

    async def act(self, request: Request) -> Response:
        """Do what the button says that was pressed: look for a person, give a foretaste, or take the sign-up."""
        if not self._reception.is_open:
            return self._closed()
        try:
            form = await read_form(request, LARGEST, MOST_FIELDS)
        except BadForm as error:
            return self._pages.say("Nothing was sent", str(error), status=error.status)
        if is_trapped(form):
            return self._asked(shown(form.get("address", [""])[-1].strip()))
        try:
            return await self._act(form, self._begin(request), self._reception.find_network(request))
        except TooManyRequests as error:
            return self._turn_away(error)

    async def _act(self, form: Form, usual: Filled, network: str) -> Response:
        filled, action = read_filled(form, usual), read_action(form)
        search = await self._search(filled.person, network) if filled.person else None
        if search and search.chosen:
            filled = replace(filled, follows=(*filled.follows, search.chosen.text), person="")
        checked = await self._check(filled, action)
        page = _Shown(filled=filled, follows=checked.follows, faults=checked.faults, search=search)
        if action == FIND or (search and not search.chosen):
            return self._show_found(page, action)
        if checked.wishes is None:
            return self._show(page, UNPROCESSABLE)
        if action == PREVIEW:
            foretaste = await self._foretastes.give(checked.wishes, network)
            return self._show(replace(page, foretaste=foretaste))
        await asyncio.to_thread(self._reception.take_signup, checked.address, checked.wishes, WEB_FORM, network)
        return self._asked(checked.address)

    async def _check(self, filled: Filled, action: str) -> Checked:
        address = filled.address if action == SUBSCRIBE else None
        return await asyncio.to_thread(self._reception.check, filled.type_out(), filled.follows, address)

    async def _search(self, person: str, network: str) -> Search:
        await asyncio.to_thread(self._reception.count_look, network)
        return await self._finder.find(person)

    def _show_found(self, page: _Shown, action: str) -> Response:
        """Show whom a name may mean; of what else is in the form, only people are judged yet."""
        faults: Faults = {field: said for field, said in page.faults.items() if field == "follows"}
        search = page.search
        if search and search.fault:
            faults["person"] = [search.fault]
        elif search and not search.chosen and action != FIND:
            faults["person"] = [f"Whom do you mean by “{search.asked}”? Choose, then go on."]
        return self._show(replace(page, faults=faults), UNPROCESSABLE if faults else OK)

    def _show(self, page: _Shown, status: int = OK) -> Response:
        return self._pages.show(
            "subscribe.html",
            status,
            heading=HEADING,
            filled=make_harmless(page.filled),
            follows=page.follows,
            faults={field: list(map(clean, said)) for field, said in page.faults.items()},
            search=page.search,
            foretaste=page.foretaste,
            categories=self._categories,
            cadences=CADENCES,
            weekdays=WEEKDAYS,
            zones=list_zones(),
            languages=_list_languages(clean(page.filled.language)),
            trap=TRAP,
        )

    def _asked(self, address: str) -> Response:
        most = self._app.settings.signup.per_address
        return self._pages.show("asked.html", heading="Look into your mail", address=address, most=most)

    def _closed(self) -> Response:
        return say_closed(self._pages, can_answer=self._reception.can_answer)

    def _turn_away(self, error: TooManyRequests) -> Response:
        return turn_away(self._pages, self._app, error)

    def _begin(self, request: Request) -> Filled:
        return begin_form(self._app.settings, request.headers.get("accept-language", ""))


class Foretastes:
    """Gives foretastes to the page and the API, one after another."""

    def __init__(self, app: App, reception: Reception) -> None:
        self._clock = app.clock
        self._title = app.settings.title
        self._reception = reception
        self._foreteller = Foreteller(app.database)
        self._lock = asyncio.Lock()

    async def give(self, wishes: SignupWishes, network: str) -> Outlook:
        """Show what wishes would have brought. Raises TooManyRequests or its kind Resting."""
        await asyncio.to_thread(self._reception.count_look, network)
        async with self._lock:
            foretaste = await asyncio.to_thread(self._foreteller.give, wishes, self._clock())
        return view_outlook(foretaste, wishes, self._title)

    async def give_topic(self, topic: InterestWish) -> Foretaste:
        """Show what one topic of somebody who is subscribed would have brought."""
        wishes = SignupWishes(schedule=Schedule("UTC", time(0)), cap=1, interests=(topic,))
        async with self._lock:
            return await asyncio.to_thread(self._foreteller.give, wishes, self._clock())


def say_closed(pages: Pages, *, can_answer: bool) -> Response:
    """Say that nobody may sign up on the web, or that nobody can."""
    why = "Signing up on the web is switched off." if can_answer else "This service cannot send mail to confirm by yet."
    return pages.say(
        "Nobody can sign up here",
        f"{why} Ask whoever runs it.",
        status=FORBIDDEN,
    )


def turn_away(pages: Pages, app: App, error: TooManyRequests) -> Response:
    """Say that too much was asked, and when to come back."""
    status = UNAVAILABLE if isinstance(error, Resting) else TOO_MANY
    answer = pages.say(*describe_limit(error), status=status)
    answer.headers["Retry-After"] = seconds_left(app.clock())
    return answer


def _list_languages(chosen: str) -> list[tuple[str, str]]:
    """Give the languages to choose from, with the one that is chosen whatever it is."""
    name = LANGUAGES.get(chosen.partition("-")[0], chosen)
    extra = [] if chosen in LANGUAGES else [(chosen, f"{name} ({chosen})" if name != chosen else chosen)]
    return [*extra, *LANGUAGES.items()]
