"""What a reader saved and said: a list with plain forms to take back, and the saved papers as BibTeX and JSON."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.model import RATINGS, Feedback, FeedbackKind, Paper, PaperId, SubscriberId
from digest.pipeline.feedback import forget_ratings, give_feedback, restore_ratings, take_back
from digest.rendering.bibtex import write_bibtex
from digest.rendering.links import find_page
from digest.rendering.tex import to_unicode
from digest.rendering.work import WorkView
from digest.storage import feedback, papers
from digest.web.feedback import SAY, view_paper
from digest.web.pages import BAD_REQUEST, HEADERS, PRIVATE, BadForm, Form, Pages, read_form
from digest.web.readers import Readers
from subscribers.db import Database
from subscribers.model import UnknownSubscriber
from subscribers.tokens import TokenSubject

PER_PAGE: Final = 50
MOST_EXPORTED: Final = 5_000
LONGEST_NUMBER: Final = 9  # digits of a paper or a page
FORGET: Final = "forget"
RESTORE: Final = "restore"
BACK: Final = "back"
_BIBTEX: Final = "application/x-bibtex"
_JSON: Final = "application/json"
_DOES_NOT_COUNT: Final = "counts neither for nor against papers like it any more"


@dataclass(frozen=True, slots=True)
class Row:
    """A paper on the page, and since when it is there."""

    paper_id: PaperId
    kind: str
    work: WorkView
    given_on: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What has just changed, and the fields of the form that undoes it."""

    sentence: str
    undo: tuple[tuple[str, str], ...] = ()


class SavedPages:
    """Answers the part of the preferences that shows saved papers and ratings. Opening it changes nothing."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._pages = Pages(title)

    async def show(self, request: Request) -> Response:
        """Show what is saved, the latest first, and what was asked more and less of."""
        return await asyncio.to_thread(self._answer, request, self._show)

    async def export_bibtex(self, request: Request) -> Response:
        """Give the saved papers as BibTeX."""
        return await asyncio.to_thread(self._answer, request, self._write_bibtex)

    async def export_json(self, request: Request) -> Response:
        """Give the saved papers as JSON."""
        return await asyncio.to_thread(self._answer, request, self._write_json)

    async def change(self, request: Request) -> Response:
        """Take something back, or say it again; the same once more changes nothing."""
        try:
            form = await read_form(request)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        return await asyncio.to_thread(self._answer, request, lambda reader, seen: self._change(reader, seen, form))

    def _answer(self, request: Request, answer: Callable[[TokenSubject, Request], Response]) -> Response:
        subject = self._readers.find_manager(request.path_params["token"])
        return self._pages.unknown() if subject is None else answer(subject, request)

    def _change(self, subject: TokenSubject, request: Request, form: Form) -> Response:
        reader, now = SubscriberId(subject.subscriber_id), self._clock()
        try:
            notice = _Change(self._database, now, reader, form).make()
        except UnknownSubscriber:  # erased at this very moment
            return self._pages.unknown()
        return self._show(subject, request, notice or Notice("Nothing was changed."), 200 if notice else BAD_REQUEST)

    def _show(
        self, subject: TokenSubject, request: Request, notice: Notice | None = None, status: int = 200
    ) -> Response:
        reader = SubscriberId(subject.subscriber_id)
        page = _read_number(request.query_params.get("page", "1")) or 1
        with self._database.reading() as session:
            saved = feedback.list_feedback(
                session, reader, {FeedbackKind.SAVED}, PER_PAGE + 1, after=(page - 1) * PER_PAGE
            )
            rated = feedback.list_feedback(session, reader, RATINGS, feedback.MOST_RATINGS)
            known = papers.load_papers(session, {each.paper_id for each in (*saved, *rated)})
        return self._pages.show(
            "saved.html",
            status,
            heading="Saved papers",
            token=request.path_params["token"],
            notice=notice,
            saved=_view(saved[:PER_PAGE], known),
            rated=_view(rated, known),
            page=page,
            has_older=len(saved) > PER_PAGE,
        )

    def _write_bibtex(self, subject: TokenSubject, _request: Request) -> Response:
        found = self._load_saved(subject)
        return _download(write_bibtex(paper for _, paper in found), _BIBTEX, "saved.bib")

    def _write_json(self, subject: TokenSubject, _request: Request) -> Response:
        written = [_to_json(each, paper) for each, paper in self._load_saved(subject)]
        return _download(json.dumps({"papers": written}, ensure_ascii=False, indent=1), _JSON, "saved.json")

    def _load_saved(self, subject: TokenSubject) -> list[tuple[Feedback, Paper]]:
        reader = SubscriberId(subject.subscriber_id)
        with self._database.reading() as session:
            saved = feedback.list_feedback(session, reader, {FeedbackKind.SAVED}, MOST_EXPORTED)
            known = papers.load_papers(session, {each.paper_id for each in saved})
        return [(each, known[each.paper_id]) for each in saved if each.paper_id in known]


@dataclass(frozen=True, slots=True)
class _Change:
    """One change that a form of the page asks for."""

    database: Database
    now: datetime
    reader: SubscriberId
    form: Form

    def make(self) -> Notice | None:
        """Make the change and say so; None for what no form of ours sends."""
        if FORGET in self.form:
            return self._forget()
        if RESTORE in self.form:
            return self._restore()
        if BACK in self.form:
            return self._take_back()
        return self._say_again()

    def _take_back(self) -> Notice | None:
        kind, paper_id = self._read(BACK)
        if kind is None or paper_id is None:
            return None
        said = take_back(self.database, self.now, self.reader, paper_id, [kind])
        if said is None:
            return None
        title = to_unicode(said.paper.title)
        is_saved = kind is FeedbackKind.SAVED
        sentence = f"“{title}” {'is not saved any more' if is_saved else _DOES_NOT_COUNT}."
        return Notice(sentence, (("say", f"{_name(kind)}:{said.paper_id}"),))

    def _say_again(self) -> Notice | None:
        kind, paper_id = self._read("say")
        if kind is None or paper_id is None:
            return None
        said = give_feedback(self.database, self.now, self.reader, paper_id, kind)
        if said is None:
            return None
        return Notice(f"“{to_unicode(said.paper.title)}” is back.", ((BACK, f"{_name(kind)}:{said.paper_id}"),))

    def _forget(self) -> Notice:
        counted = forget_ratings(self.database, self.now, self.reader)
        undo = [(kind.value, _join(each.paper_id for each in counted if each.kind is kind)) for kind in sorted(RATINGS)]
        sentence = "Nothing you said of papers counts any more. Your digest is ordered by your wishes alone."
        return Notice(sentence, ((RESTORE, "all"), *undo) if counted else ())

    def _restore(self) -> Notice:
        ratings = [
            Feedback(subscriber_id=self.reader, paper_id=PaperId(number), kind=kind, given_at=self.now)
            for kind in sorted(RATINGS)
            for number in map(_read_number, self._last(kind.value).split(",")[: feedback.MOST_RATINGS])
            if number is not None
        ]
        restored = restore_ratings(self.database, self.now, ratings)
        return Notice(f"{restored} of your words count again.", ((FORGET, "all"),) if restored else ())

    def _read(self, field: str) -> tuple[FeedbackKind | None, PaperId | None]:
        name, _, number = self._last(field).partition(":")
        paper_id = _read_number(number)
        return SAY.get(name), None if paper_id is None else PaperId(paper_id)

    def _last(self, field: str) -> str:
        return self.form.get(field, [""])[-1]


def _view(said: Sequence[Feedback], known: dict[PaperId, Paper]) -> list[Row]:
    return [
        Row(each.paper_id, _name(each.kind), view_paper(known[each.paper_id]), each.given_at.date().isoformat())
        for each in said
        if each.paper_id in known
    ]


def _to_json(each: Feedback, paper: Paper) -> dict[str, object]:
    return {
        "title": to_unicode(paper.title),
        "authors": [to_unicode(author.name) for author in paper.authors],
        "abstract": to_unicode(paper.abstract),
        "categories": list(paper.categories),
        "ids": [str(known) for known in paper.ids],
        "url": find_page(paper),
        "saved_at": each.given_at.isoformat(),
    }


def _download(text: str, kind: str, name: str) -> Response:
    headers = {**HEADERS, **PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8", "replace"), media_type=f"{kind}; charset=utf-8", headers=headers)


def _name(kind: FeedbackKind) -> str:
    return next(name for name, known in SAY.items() if known is kind)


def _join(numbers: Iterable[PaperId]) -> str:
    return ",".join(map(str, numbers))


def _read_number(text: str) -> int | None:
    """Read a number from 1, as a link or form of ours has it."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) or None if is_number else None
