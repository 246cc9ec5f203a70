"""“Is this them?”: a page that asks, and a POST that takes the answer, or takes it back."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.model import Authorship, PaperId, ResearcherId, Standing, SubscriberId
from digest.pipeline.answering import Answered, Question, find_question, give_answer, take_back
from digest.rendering.question import Outcome, describe_subject, head, identify, say_outcome
from digest.rendering.researcher import name_of
from digest.rendering.researcher_facts import Work
from digest.rendering.text import excerpt
from digest.rendering.work import list_evidence, view_work
from digest.storage import answers, researchers
from digest.web.pages import BAD_REQUEST, GONE, BadForm, Pages, read_form
from digest.web.readers import Readers
from subscribers.db import Database
from subscribers.model import UnknownSubscriber
from subscribers.tokens import Purpose, TokenSubject

LONGEST_EXCERPT: Final = 400  # characters
YES, NO, BACK = "yes", "no", "back"
_ANSWERS: Final = {YES: True, NO: False}
_BUTTONS: Final = ((YES, "Yes, that’s them"), (NO, "Not this person"))


class Identity:
    """Answers the links of the “possibly” block. Opening one changes nothing: link scanners open every link."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._pages = Pages(title)

    async def ask(self, request: Request) -> Response:
        """Show the paper, the evidence, and two buttons; the answer a link brings along has the first."""
        subject = self._readers.read(Purpose.ANSWER, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        question = await asyncio.to_thread(self._find, subject)
        if question is None:
            return self._gone()
        return self._ask(question, request.query_params.get("answer", ""))

    async def answer(self, request: Request) -> Response:
        """Take an answer at once; the same again is answered the same way, and changes nothing."""
        subject = self._readers.read(Purpose.ANSWER, request.path_params["token"])
        if subject is None:
            return self._pages.unknown()
        try:
            given = (await read_form(request)).get("answer", [""])[-1]
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        question = await asyncio.to_thread(self._find, subject)
        if question is None:
            return self._gone()
        if given not in (YES, NO, BACK):
            return self._ask(question, "", BAD_REQUEST)
        return await asyncio.to_thread(self._take, subject, question, given)

    def _find(self, subject: TokenSubject) -> Question | None:
        if not self._readers.is_subscribed(subject):
            return None
        researcher_id, paper_id = subject.about
        reader = SubscriberId(subject.subscriber_id)
        return find_question(self._database, reader, ResearcherId(researcher_id), PaperId(paper_id))

    def _take(self, subject: TokenSubject, question: Question, given: str) -> Response:
        now = self._clock()
        try:
            if given == BACK:
                answered = take_back(self._database, now, question)
            else:
                answered = give_answer(self._database, now, question, is_theirs=_ANSWERS[given])
        except UnknownSubscriber:  # erased at this very moment
            return self._gone()
        outcome = self._conclude(answered, given)
        return self._pages.show(
            "answered.html",
            heading=head(outcome),
            name=outcome.name,
            sentences=tuple(say_outcome(outcome)),
            work=view_work(_to_work(question)),
            researcher_id=question.researcher_id,
            answer=outcome.answer,
            turned_to=answered.turned_to,
            follow_token=answered.turned_to and self._readers.sign_follow(subject, answered.turned_to),
        )

    def _conclude(self, answered: Answered, given: str) -> Outcome:
        question = answered.question
        with self._database.reading() as session:
            voices = answers.list_voices(session, question.researcher_id, question.paper_id)
            turned = [answered.turned_to] if answered.turned_to else []
            people = researchers.load_researchers(session, turned)
        agreeing = sum(1 for voice in voices if voice.is_theirs)
        return Outcome(
            name=name_of(question.researcher.name),
            answer=_ANSWERS.get(given),
            settled=answered.settled,
            agreeing=agreeing,
            disagreeing=len(voices) - agreeing,
            is_followed=question.is_followed,
            turned_to=", ".join(map(identify, people.values())),
        )

    def _ask(self, question: Question, wanted: str, status: int = 200) -> Response:
        work = view_work(_to_work(question))
        name = name_of(question.researcher.name)
        return self._pages.show(
            "question.html",
            status,
            heading=f"Is this {name}?",
            work=work,
            excerpt=excerpt(work.abstract, LONGEST_EXCERPT),
            person=identify(question.researcher),
            subject=describe_subject(question.researcher),
            researcher_id=question.researcher_id,
            is_followed=question.is_followed,
            evidence=list_evidence(_to_work(question).authorship),
            answer=question.answer,
            buttons=_order_buttons(wanted),
            name=name,
        )

    def _gone(self) -> Response:
        return self._pages.say(
            "There is nothing to ask any more",
            "The paper, the researcher’s record or your subscription has been removed since, "
            "or nothing links the two any longer.",
            "Nothing was changed.",
            status=GONE,
        )


def _order_buttons(wanted: str) -> Sequence[tuple[str, str]]:
    return sorted(_BUTTONS, key=lambda button: button[0] != wanted) if wanted in _ANSWERS else _BUTTONS


def _to_work(question: Question) -> Work:
    """See the question as a paper of the researcher's page."""
    authorship = Authorship(
        researcher_id=question.researcher_id,
        paper_id=question.paper_id,
        position=question.position,
        standing=question.standing or Standing.UNLIKELY,
        probability=0.5,
        evidence=question.evidence,
    )
    return Work(paper=question.paper, authorship=authorship)
