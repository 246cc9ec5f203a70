"""The preferences page as a browser has it: its forms with all their fields, sent as they stand or with changes."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import httpx
from sqlalchemy import select

from subscribers import store
from subscribers.db import Database
from subscribers.model import ChannelView, SubscriberView, Wishes
from subscribers.tables import SubscriberEventRow
from subscribers.tokens import Purpose
from tests.records import Outline, token_for

Fields = list[tuple[str, str]]


class Form:
    """A form of a page: where it is sent, its fields as they stand, and its named buttons."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: Fields = []
        self.buttons: Fields = []

    @property
    def act(self) -> str:
        return self.action.partition("?")[0].partition("#")[0].rpartition("/")[2]

    def filled(self, changes: Mapping[str, str | Sequence[str]] | None = None) -> dict[str, list[str]]:
        """Give what a browser sends; a change to an empty text or list clears the field."""
        sent: dict[str, list[str]] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        for name, change in (changes or {}).items():
            sent[name] = [change] if isinstance(change, str) else list(change)
        return sent


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._is_inside = True
        elif tag == "select":
            self._select = given["name"]
        elif self._is_inside:
            self._take(tag, given, {name for name, _ in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False

    def _take(self, tag: str, given: dict[str, str], names: set[str]) -> None:
        form = self.forms[-1]
        if tag == "input":
            is_sent = given["type"] not in ("checkbox", "radio") or "checked" in names
            form.fields += [(given["name"], given["value"])] if is_sent else []
        elif tag == "option" and "selected" in names:
            form.fields.append((self._select, given["value"]))
        elif tag == "button" and "name" in names:
            form.buttons.append((given["name"], given["value"]))


class Page:
    """One answer: its message, its forms, and what stands in it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status, self.url, self.text = response.status_code, str(response.url), response.text
        self.outline = Outline(self.text)
        self.forms = Forms(self.text).forms

    @property
    def head(self) -> str:
        """Give what stands above the sections."""
        return self.text.partition("<nav")[0]

    @property
    def message(self) -> str:
        """Give the line at the top, without tags; empty if there is none."""
        return plain(self.text.partition('<div class="box')[2].partition(">")[2].partition("</p>")[0])

    def form(self, act: str, **having: object) -> Form:
        """Give the first form of this kind that has these fields, beside the one that undoes."""
        wanted = {(name, str(value)) for name, value in having.items()}
        forms = self.forms[">Undo</button>" in self.head :]
        return next(each for each in forms if each.act == act and wanted <= {*each.fields, *each.buttons})

    @property
    def undo(self) -> Form:
        """Give the form that takes the change back: the first of the page."""
        assert ">Undo</button>" in self.head
        return self.forms[0]


class Reader:
    """Somebody with the page open."""

    def __init__(self, client: httpx.AsyncClient, database: Database, view: SubscriberView) -> None:
        self.client, self.database, self.view = client, database, view
        self.link = f"/manage/{token_for(view, Purpose.MANAGE)}"

    async def open(self, query: str = "") -> Page:
        return Page(await self.client.get(f"{self.link}{query}"))

    async def send(self, act: str, **fields: Any) -> Page:
        """Send bare fields."""
        return Page(await self.client.post(f"{self.link}/{act}", data=fields))

    async def submit(self, form: Form, **changes: Any) -> Page:
        """Send a form as it stands on the page, but for the changes."""
        path = f"{self.link}/{form.act}" if "/undo/" not in form.action else form.action.replace("../..", "")
        return Page(await self.client.post(path, data=form.filled(changes)))

    async def undo(self, page: Page) -> Page:
        return await self.submit(page.undo, **dict(page.undo.buttons))

    def now(self) -> SubscriberView:
        with self.database.reading() as session:
            return store.view_subscriber(session, self.view.id)

    def channel(self, number: int = 0) -> ChannelView:
        return self.now().channels[number]

    def wishes(self) -> Wishes:
        with self.database.reading() as session:
            return store.list_wishes(session, [self.view.id])[self.view.id]

    def events(self) -> list[str]:
        """Give the kinds of all events, oldest first."""
        return list_events(self.database, self.view.id)


def list_events(database: Database, subscriber_id: int) -> list[str]:
    row = SubscriberEventRow
    with database.reading() as session:
        return list(session.scalars(select(row.kind).where(row.subscriber_id == subscriber_id).order_by(row.id)))


def plain(html: str) -> str:
    """Give the words of a piece of a page."""
    parser = Words()
    parser.feed(html)
    return " ".join("".join(parser.words).split())


class Words(HTMLParser):
    """Reads what is no tag."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)
