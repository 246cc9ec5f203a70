"""More like this, less like this, save: a page that asks, and a POST that takes the word, or takes it back."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.model import RATINGS, Authorship, FeedbackKind, Paper, PaperId, ResearcherId, Standing, SubscriberId
from digest.pipeline.feedback import Said, find_said, give_feedback, take_back
from digest.pipeline.next_steps import Taken, find_step, find_steps, take_step
from digest.pipeline.suggestions import Step
from digest.rendering.feedback import LABELS, ask, say_standing, tell
from digest.rendering.researcher_facts import Work
from digest.rendering.text import excerpt
from digest.rendering.work import WorkView, view_work
from digest.web.pages import BAD_REQUEST, GONE, BadForm, Form, Pages, read_form
from digest.web.readers import Readers
from digest.web.steps import StepView, tell_step, view_step
from subscribers.db import Database
from subscribers.model import InvalidWish, UnknownSubscriber
from subscribers.tokens import Purpose, TokenSubject

LONGEST_EXCERPT: Final = 400  # characters
# What links and forms call what can be said.
SAY: Final[Mapping[str, FeedbackKind]] = {
    "more": FeedbackKind.MORE,
    "less": FeedbackKind.LESS,
    "save": FeedbackKind.SAVED,
}
_NAMES: Final = {kind: name for name, kind in SAY.items()}


@dataclass(frozen=True, slots=True)
class _Order:
    """What a form asks for: a word given or taken back, or a step taken or undone."""

    say: FeedbackKind | None = None
    back: FeedbackKind | None = None
    step: str = ""
    undo: str = ""


class FeedbackPages:
    """Answers the links under a paper. Opening one changes nothing: link scanners open every link."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._pages = Pages(title)

    async def ask(self, request: Request) -> Response:
        """Show the paper and the buttons, the one first that the link asks for."""
        subject = self._readers.read(Purpose.FEEDBACK, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        wanted = SAY.get(request.query_params.get("say", ""))
        return await asyncio.to_thread(self._ask, subject, wanted)

    async def take(self, request: Request) -> Response:
        """Take a word, or a step that the page suggests, at once; again is answered the same way."""
        subject = self._readers.read(Purpose.FEEDBACK, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        try:
            order = _read_order(await read_form(request))
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        try:
            return await asyncio.to_thread(self._take, subject, order)
        except UnknownSubscriber:  # erased at this very moment
            return self._gone()

    def _ask(self, subject: TokenSubject, wanted: FeedbackKind | None, status: int = 200) -> Response:
        if not self._readers.is_subscribed(subject):
            return self._gone()
        said = self._find(subject)
        if said is None:
            return self._pages.unknown()
        asked = None if wanted in said.kinds else wanted
        words = ask(asked)
        work = view_paper(said.paper)
        return self._pages.show(
            "feedback.html",
            status,
            heading=words.heading,
            sentence=words.sentence,
            work=work,
            excerpt=excerpt(work.abstract, LONGEST_EXCERPT),
            buttons=_list_buttons(asked, said),
            standing=[(_NAMES[kind], say_standing(kind)) for kind in sorted(said.kinds)],
            has_main=asked is not None,
        )

    def _take(self, subject: TokenSubject, order: _Order) -> Response:
        if not self._readers.is_subscribed(subject):
            return self._gone()
        before = self._find(subject)
        if before is None:
            return self._pages.unknown()
        if order.step or order.undo:
            return self._take_step(subject, before, order)
        if (kind := order.say or order.back) is None:
            return self._ask(subject, None, BAD_REQUEST)
        after = self._turn(before, kind, is_taken_back=order.say is None)
        return self._pages.unknown() if after is None else self._tell(subject, before, after, order)

    def _turn(self, before: Said, kind: FeedbackKind, *, is_taken_back: bool) -> Said | None:
        reader, paper, now = before.subscriber_id, before.paper_id, self._clock()
        if is_taken_back:
            return take_back(self._database, now, reader, paper, [kind])
        return give_feedback(self._database, now, reader, paper, kind)

    def _tell(self, subject: TokenSubject, before: Said, after: Said, order: _Order) -> Response:
        kind = order.say or order.back or FeedbackKind.SAVED
        words = tell(kind, is_taken_back=order.say is None)
        return self._pages.show(
            "feedback_done.html",
            heading=words.heading,
            sentence=words.sentence,
            work=view_paper(after.paper),
            undo=_choose_undo(before, order),
            steps=self._view_steps(subject, after),
            follow_token=None,
        )

    def _take_step(self, subject: TokenSubject, said: Said, order: _Order) -> Response:
        step = find_step(said, order.step or order.undo)
        if step is None:
            return self._ask(subject, None, BAD_REQUEST)
        try:
            taken = take_step(self._database, self._clock(), said, step, is_undoing=not order.step)
        except InvalidWish as error:
            return self._pages.say("Nothing was changed", str(error), status=BAD_REQUEST)
        shown = tell_step(taken.step, is_undone=taken.is_undone)
        return self._pages.show(
            "feedback_done.html",
            heading=shown.heading,
            sentence=shown.sentence,
            work=view_paper(said.paper),
            undo=_undo_step(step, taken),
            steps=self._view_steps(subject, said),
            follow_token=taken.researcher_id and self._readers.sign_follow(subject, taken.researcher_id),
        )

    def _view_steps(self, subject: TokenSubject, said: Said) -> list[StepView]:
        return [view_step(step, self._sign(subject, step)) for step in find_steps(self._database, said)]

    def _sign(self, subject: TokenSubject, step: Step) -> str | None:
        """Give the token of the page on which the reader stops following; other steps are buttons."""
        return None if step.target_id is None else self._readers.sign_follow(subject, ResearcherId(step.target_id))

    def _find(self, subject: TokenSubject) -> Said | None:
        return find_said(self._database, SubscriberId(subject.subscriber_id), PaperId(subject.about[0]))

    def _gone(self) -> Response:
        return self._pages.say(
            "Your subscription has ended",
            "You have unsubscribed, or your data was erased, since this mail was sent.",
            "Nothing was changed.",
            status=GONE,
        )


def _read_order(form: Form) -> _Order:
    """Read what a button asks for; empty for what no button of ours says."""
    given = {name: form.get(name, [""])[-1] for name in ("say", "back", "step", "undo")}
    return _Order(SAY.get(given["say"]), SAY.get(given["back"]), given["step"], given["undo"])


def _list_buttons(asked: FeedbackKind | None, said: Said) -> Sequence[tuple[str, str]]:
    """Give the buttons for what was not said yet, the one first that the link asks for."""
    kinds = sorted(SAY.values(), key=lambda kind: kind is not asked)
    return [(_NAMES[kind], LABELS[kind]) for kind in kinds if kind not in said.kinds]


def _choose_undo(before: Said, order: _Order) -> tuple[str, str]:
    """Give the field and value that bring back what was said before."""
    if order.say is None:
        return ("say", _NAMES[order.back or FeedbackKind.SAVED])
    replaced = before.kinds & RATINGS - {order.say} if order.say in RATINGS else frozenset()
    return next((("say", _NAMES[kind]) for kind in replaced), ("back", _NAMES[order.say]))


def _undo_step(step: Step, taken: Taken) -> tuple[str, str] | None:
    """Give the field and value that turn a step back; nothing to turn back, no button."""
    if not taken.is_changed:
        return None
    return ("step" if taken.is_undone else "undo", step.key)


def view_paper(paper: Paper) -> WorkView:
    """See a paper as on the pages about people, with nobody in particular marked on it."""
    nobody = Authorship(
        researcher_id=ResearcherId(0),
        paper_id=PaperId(0),
        position=len(paper.authors) + 1,
        standing=Standing.UNLIKELY,
        probability=0.5,
        evidence=(),
    )
    return view_work(Work(paper=paper, authorship=nobody))
