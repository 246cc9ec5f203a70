"""Puts researchers, their papers and readers' links into a test's database, and reads pages as browsers do."""

from collections.abc import Sequence
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import httpx

from digest.bootstrap import App, Roster
from digest.model import Authorship, Paper, PaperId, Researcher, ResearcherId, Standing
from digest.pipeline.following import follow_researcher
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from digest.storage import authorships, papers, researchers
from digest.web.app import make_web
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.factories import NOON, paper
from tests.fakes import FixedClock
from tests.people import subscribe

KEY = "a key of more than thirty-two characters"
VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe\x1b[31m {{ 7*7 }}'


def open_client(database: Database, now: datetime = NOON, **settings: Any) -> httpx.AsyncClient:
    options = Settings(**({"secret_key": KEY, "title": "Papers <& more>"} | settings))
    app = App(settings=options, database=database, clock=FixedClock(now), presenter=Presenter(options, None))
    transport = httpx.ASGITransport(make_web(app, Roster(app)))
    return httpx.AsyncClient(transport=transport, base_url="https://digest.example.org")


def add_record(database: Database, name: str = "Peng Fu", **fields: Any) -> ResearcherId:
    with database.writing() as session:
        researcher_id = researchers.add_researcher(session, Researcher(name=name, **fields), NOON)
        # Judged already, and by hand: only what a test says is theirs.
        researchers.save_profiles(session, {researcher_id: {"names": [name]}})
    return researcher_id


def add_papers(database: Database, *stored: Paper) -> list[PaperId]:
    with database.writing() as session:
        saved = papers.save_papers(session, list(stored), NOON)
    return [saved.rows[each.ids[0]] for each in stored]


def attribute(
    database: Database,
    researcher_id: ResearcherId,
    paper_ids: Sequence[PaperId],
    standing: Standing = Standing.SURE,
    position: int = 1,
    evidence: tuple[str, ...] = ("3 shared co-authors",),
) -> None:
    probability = 0.6 if standing is Standing.POSSIBLE else 1.0
    found = [
        Authorship(
            researcher_id=researcher_id,
            paper_id=paper_id,
            position=position,
            standing=standing,
            probability=probability,
            evidence=evidence,
        )
        for paper_id in paper_ids
    ]
    with database.writing() as session:
        authorships.save_authorships(session, found, NOON)


def standing_of(database: Database, researcher_id: ResearcherId, paper_id: PaperId) -> Standing | None:
    with database.reading() as session:
        found = authorships.find_authorship(session, researcher_id, paper_id)
    return None if found is None else found.standing


def possible_paper(database: Database, researcher_id: ResearcherId, number: str = "2611.00001") -> PaperId:
    (paper_id,) = add_papers(database, paper(number, authors=("Peng Fu", "Ada Lovelace")))
    attribute(database, researcher_id, [paper_id], Standing.POSSIBLE, 1, ("same name", "no shared co-author"))
    return paper_id


def follower(database: Database, researcher_id: ResearcherId, address: str = "ada@example.org") -> SubscriberView:
    view = subscribe(database, address)
    with database.writing() as session:
        follow_researcher(session, NOON, view.id, researcher_id)
    return view


def token_for(
    view: SubscriberView, purpose: Purpose, *about: int, at: datetime = NOON, keys: Sequence[str] = (KEY,)
) -> str:
    return Tokens(list(keys)).issue(purpose, TokenSubject(view.channels[0].id, view.id, about), at)


class Outline(HTMLParser):
    """Checks that tags are closed, and collects what an audit of a page asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def assert_harmless(page: str) -> None:
    """Nothing that a name, title or address says may become more than text or a web link."""
    outline = Outline(page)
    assert outline.all("script", "iframe", "object", "img", "link", "base") == []
    assert not {"\u202e", "\x1b"} & set(page)
    assert [name for _, attributes in outline.tags for name in attributes if name.startswith("on")] == []
    schemes = [str(each["href"]).partition(":")[0] for each in outline.all("a") if ":" in str(each["href"])]
    assert set(schemes) <= {"http", "https"}
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
