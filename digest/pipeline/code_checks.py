"""Acts: looks whether newly linked repositories exist and hold anything, and has the good ones announced.

Where to ask: https://docs.github.com/en/rest/repos/repos#get-a-repository,
https://docs.gitlab.com/api/repositories/#list-repository-tree, https://huggingface.co/docs/hub/api.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

import structlog

from digest.errors import SourceChanged, SourceError
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.storage import code_checks
from digest.storage.code_checks import CheckState, CodeCheck, Verdict
from subscribers.db import Database

log = structlog.get_logger()

NAME: Final = "code"
FIRST_PAUSE: Final = timedelta(hours=1)
LONGEST_PAUSE: Final = timedelta(days=7)
PAUSE_AFTER_TROUBLE: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=30)

# How the three say that there is nothing: Hugging Face answers 401 for what does not exist, so as not to tell.
# GitLab has no tree of an empty repository, and tells strangers in no other way that it is empty.
_ABSENT: Final = frozenset({404, 410, 451})
_ABSENT_ON_HF: Final = _ABSENT | {401}
_PART = r"(?!\.\.?(?:/|$))[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}"
_GITHUB = re.compile(rf"/({_PART})/({_PART}?)(?:\.git)?(?:/.*)?", re.ASCII)
_GITLAB = re.compile(rf"/({_PART}(?:/{_PART}){{1,9}}?)(?:\.git)?(?:/|/-/.*)?", re.ASCII)
_HUGGINGFACE = re.compile(rf"/(?:(datasets|spaces)/)?({_PART}/{_PART})(?:/.*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHosts:
    """Where the hosts of code are asked."""

    github: str = "https://api.github.com"
    gitlab: str = "https://gitlab.com/api/v4"
    huggingface: str = "https://huggingface.co/api"


HOSTS: Final = CodeHosts()


@dataclass(slots=True)
class CodeReport:
    """What became of the repositories looked at."""

    looked: int = 0
    announced: int = 0
    given_up: int = 0
    postponed: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask about one repository, which answers mean that there is none, and when one holds something."""

    url: str
    absent: frozenset[int]
    has_content: Callable[[Any], bool]


@dataclass(slots=True)
class _Pass:
    http: Http
    hosts: CodeHosts
    busy: set[str] = field(default_factory=set)  # hosts that turned us away: not asked again in this pass


async def check_code(
    database: Database, http: Http, now: datetime, limit: int = 20, hosts: CodeHosts = HOSTS
) -> CodeReport:
    """Look at the repositories that are due. Running it twice announces nothing twice."""
    report = CodeReport()
    looking = _Pass(http.named(NAME), hosts)
    for check in await asyncio.to_thread(_list_due, database, now, limit):
        verdict = await _look(looking, check, now)
        is_announced = await asyncio.to_thread(_record, database, check, verdict, now)
        report.looked += 1
        report.announced += is_announced
        report.given_up += verdict.state is CheckState.GIVEN_UP
        report.postponed += verdict.state is CheckState.WAITING
        log.info("code_checked", paper=check.paper_id, url=check.url, state=verdict.state, detail=verdict.detail)
    return report


def ask_about(url: str, hosts: CodeHosts) -> Question | None:
    """Say how to ask about a repository; None if it is at no host we know."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path
    if host == "github.com" and (found := _GITHUB.fullmatch(path)):
        return Question(f"{hosts.github}/repos/{found[1]}/{found[2]}", _ABSENT, _has_size)
    if host == "gitlab.com" and (found := _GITLAB.fullmatch(path)):
        tree = f"{hosts.gitlab}/projects/{quote(found[1], safe='')}/repository/tree?per_page=1"
        return Question(tree, _ABSENT, bool)
    if host == "huggingface.co" and (found := _HUGGINGFACE.fullmatch(path)):
        return Question(f"{hosts.huggingface}/{found[1] or 'models'}/{found[2]}", _ABSENT_ON_HF, _has_files)
    return None


def judge_absence(check: CodeCheck, why: str, now: datetime) -> Verdict:
    """Say when to look again where nothing was found: after pauses that grow, and no more after 30 days."""
    pause = min(FIRST_PAUSE * 4 ** min(check.attempts, 8), LONGEST_PAUSE)
    return _wait(check, now, pause, why, is_attempt_counted=True)


def judge_trouble(check: CodeCheck, error: SourceError, now: datetime) -> Verdict:
    """Say when to look again where nobody answered: that says nothing about the repository, so no attempt is lost."""
    pause = max(error.retry_after or PAUSE_AFTER_TROUBLE, PAUSE_AFTER_TROUBLE)
    return _wait(check, now, pause, str(error), is_attempt_counted=False)


def _wait(check: CodeCheck, now: datetime, pause: timedelta, why: str, *, is_attempt_counted: bool) -> Verdict:
    is_over = now - check.found_at >= GIVEN_UP_AFTER
    return Verdict(
        state=CheckState.GIVEN_UP if is_over else CheckState.WAITING,
        next_attempt_at=now + pause,
        is_attempt_counted=is_attempt_counted,
        detail=f"given up after {GIVEN_UP_AFTER.days} days: {why}" if is_over else why,
    )


async def _look(looking: _Pass, check: CodeCheck, now: datetime) -> Verdict:
    question = ask_about(check.url, looking.hosts)
    if question is None:
        why = "at none of the hosts that can be asked (github.com, gitlab.com, huggingface.co)"
        return Verdict(state=CheckState.GIVEN_UP, next_attempt_at=now, detail=why)
    host = urlsplit(question.url).netloc
    if host in looking.busy:
        return _wait(check, now, PAUSE_AFTER_TROUBLE, f"{host} turned us away", is_attempt_counted=False)
    try:
        why = await _find_fault(looking.http, question)
    except SourceChanged as error:
        return judge_absence(check, str(error), now)
    except SourceError as error:
        looking.busy.add(host)
        return judge_trouble(check, error, now)
    return judge_absence(check, why, now) if why else Verdict(state=CheckState.FOUND, next_attempt_at=now)


async def _find_fault(http: Http, question: Question) -> str:
    """Say why a repository is not to be announced; empty if it is."""
    response = await http.get(question.url, headers={"Accept": "application/json"}, accept=question.absent)
    if response.status in question.absent:
        return f"there is no such repository, it is not public, or it is empty ({response.status})"
    answer = read_json(response.body, NAME)
    if not isinstance(answer, dict | list):
        raise SourceChanged(NAME, "The answer is JSON, but not about a repository")
    return "" if question.has_content(answer) else "the repository is empty"


def _has_size(answer: Any) -> bool:
    """GitHub counts kilobytes, some minutes after a push: a new repository has none until it is looked at again."""
    return (Record(answer).count("size") or 0) > 0


def _has_files(answer: Any) -> bool:
    """Hugging Face lists the files; the one about attributes is there from the start."""
    return any(each.text("rfilename") not in {"", ".gitattributes"} for each in Record(answer).records("siblings"))


def _list_due(database: Database, now: datetime, limit: int) -> list[CodeCheck]:
    with database.reading() as session:
        return code_checks.list_due_checks(session, now, limit)


def _record(database: Database, check: CodeCheck, verdict: Verdict, now: datetime) -> bool:
    with database.writing() as session:
        return code_checks.record_verdict(session, check, verdict, now)
