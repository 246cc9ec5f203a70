"""Follows get better by themselves: services are asked when due, a failure is no loss, a bare name waits for proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from digest.errors import SourceUnavailable, UnknownReference
from digest.model import Author, Paper, PersonId, PersonScheme, Researcher, ResearcherId
from digest.pipeline.following import PersonWanted, Seed, find_by_id, follow_person
from digest.pipeline.lookup import Hints, find_meant, follow_meant
from digest.pipeline.refresh import AGAIN_AFTER, NOBODY_AFTER, Inquiry, choose_candidate, refresh_due, retry_after
from digest.settings import HttpSettings, SourceSettings
from digest.sources.http.client import Http
from digest.sources.people import PersonRecord
from digest.storage import researchers
from digest.storage.people_tables import ResearcherRow
from subscribers.db import Database
from subscribers.model import InvalidWish
from tests.factories import NOON, paper
from tests.namesakes import NAME, ears, language, row_of, standings
from tests.people import announce, subscribe

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
NO_HINTS = Hints()


@dataclass
class KnownPeople:
    """A service that knows some people, or is away."""

    records: dict[PersonId, PersonRecord] = field(default_factory=dict)
    is_away: bool = False
    name: str = "orcid"
    schemes: tuple[PersonScheme, ...] = (PersonScheme.ORCID,)
    asked: list[str] = field(default_factory=list)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        self.asked.append(str(person))
        self._refuse()
        if person not in self.records:
            raise UnknownReference(self.name, str(person), f"ORCID knows no {person.value}.")
        return self.records[person]

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        self.asked.append(name)
        self._refuse()
        return tuple(self.records.values())

    def _refuse(self) -> None:
        if self.is_away:
            raise SourceUnavailable(self.name, "no answer within 20 s")


def record(*papers: Paper, person: PersonId = ORCID, name: str = NAME) -> PersonRecord:
    return PersonRecord(researcher=Researcher(name=name, ids=(person,)), papers=papers)


def inquiry(database: Database, service: KnownPeople, now: datetime = NOON) -> Inquiry:
    http = Http(HttpSettings())
    return Inquiry(database=database, http=http, settings=SourceSettings(), clock=lambda: now, services=(service,))


def follow(database: Database, wanted: PersonWanted) -> ResearcherId:
    ada = subscribe(database)
    with database.writing() as session:
        return ResearcherId(follow_person(session, NOON, ada.id, wanted).target_id)


def follow_linguist(database: Database, *ids: PersonId) -> ResearcherId:
    announce(database, language(0))
    seeds = (Seed(paper_id=row_of(database, language(0)), position=2),)
    return follow(database, PersonWanted(name=NAME, ids=ids, seeds=seeds))


def due_at(database: Database, who: ResearcherId) -> datetime | None:
    with database.reading() as session:
        return session.get_one(ResearcherRow, who).refresh_at


@pytest.mark.anyio
async def test_a_follow_by_id_learns_name_and_papers(database: Database) -> None:
    peng = follow(database, PersonWanted(name=ORCID.value, ids=(ORCID,)))
    by_orcid = paper("2611.10001", authors=[Author(NAME, orcid=ORCID.value)])
    report = await refresh_due(inquiry(database, KnownPeople({ORCID: record(by_orcid)})))

    assert (report.refreshed, report.failed) == (1, 0)
    with database.reading() as session:
        assert researchers.load_researchers(session, [peng])[peng].name == NAME
    assert standings(database, peng) == {"2611.10001": "stated"}
    assert due_at(database, peng) == NOON + AGAIN_AFTER


@pytest.mark.anyio
async def test_a_bare_name_becomes_the_one_person_who_shares_a_paper_with_it(database: Database) -> None:
    peng = follow_linguist(database)
    namesake = PersonId(PersonScheme.ORCID, "0000-0001-5109-3700")
    service = KnownPeople({namesake: record(ears(0), person=namesake), ORCID: record(language(0))})
    report = await refresh_due(inquiry(database, service))

    assert report.refreshed == 1
    with database.reading() as session:
        assert find_by_id(session, ORCID) == peng
        assert find_by_id(session, namesake) is None


@pytest.mark.anyio
async def test_a_bare_name_without_a_paper_is_not_guessed_at(database: Database) -> None:
    peng = follow(database, PersonWanted(name=NAME))
    service = KnownPeople({ORCID: record(language(0))})
    report = await refresh_due(inquiry(database, service))

    assert (report.unknown, service.asked) == (1, [])
    assert due_at(database, peng) == NOON + NOBODY_AFTER


def test_candidates_are_chosen_by_a_shared_paper_and_only_if_one_alone_has_one() -> None:
    known = language(0).ids
    mine, other = record(language(0)), record(ears(0))

    assert choose_candidate([other, mine], known) == mine
    assert choose_candidate([other], known) is None
    assert choose_candidate([mine, replace(mine)], known) is None


@pytest.mark.anyio
async def test_a_service_that_is_away_is_asked_again_later_and_nothing_is_lost(database: Database) -> None:
    peng = follow_linguist(database, ORCID)
    service = KnownPeople({ORCID: record(language(1))}, is_away=True)
    report = await refresh_due(inquiry(database, service))
    with database.reading() as session:
        asked_at, trouble = researchers.find_refresh(session, peng)

    assert (report.failed, asked_at, trouble) == (1, None, "no answer within 20 s")
    later = due_at(database, peng)
    assert later == NOON + retry_after(1)
    assert (await refresh_due(inquiry(database, service))).failed == 0  # not due yet

    service.is_away = False
    assert later is not None
    assert (await refresh_due(inquiry(database, service, later))).refreshed == 1
    with database.reading() as session:
        assert researchers.find_refresh(session, peng) == (later, "")


def test_the_pause_grows_with_each_failure_up_to_a_week() -> None:
    assert [retry_after(number) for number in (1, 2, 3)] == [timedelta(minutes=minutes) for minutes in (30, 60, 120)]
    assert retry_after(1_000) == timedelta(days=7)


@pytest.mark.anyio
async def test_an_id_that_is_nobodys_is_asked_again_in_a_week(database: Database) -> None:
    peng = follow(database, PersonWanted(name=NAME, ids=(ORCID,)))
    await refresh_due(inquiry(database, KnownPeople()))

    assert due_at(database, peng) == NOON + timedelta(days=7)


# ── what was pasted ──────────────────────────────────────────────────────────────────────────────────────────────────


async def followed(
    database: Database, service: KnownPeople, text: str, hints: Hints = NO_HINTS
) -> tuple[str, Sequence[str]]:
    ada = subscribe(database)
    meant = await find_meant(inquiry(database, service), text, hints)
    with database.writing() as session:
        return follow_meant(session, NOON, ada.id, meant).name, meant.notes


@pytest.mark.anyio
async def test_an_address_of_a_person_is_looked_up_at_once(database: Database) -> None:
    service = KnownPeople({ORCID: record(language(1))})
    name, notes = await followed(database, service, "https://orcid.org/0000-0002-1825-0097")

    assert (name, notes) == (NAME, ())


@pytest.mark.anyio
async def test_while_the_service_is_away_a_name_will_do_and_without_one_it_is_asked_for(database: Database) -> None:
    service = KnownPeople(is_away=True)
    name, notes = await followed(database, service, ORCID.value, Hints(name=NAME))

    assert name == NAME
    assert "could not be looked up yet" in notes[0]
    with pytest.raises(SourceUnavailable, match="--name"):
        await find_meant(inquiry(database, service), "0000-0001-5109-3700", Hints())


@pytest.mark.anyio
async def test_an_id_that_is_nobodys_is_refused(database: Database) -> None:
    with pytest.raises(UnknownReference, match="knows no 0000-0002-1825-0097"):
        await find_meant(inquiry(database, KnownPeople()), ORCID.value, Hints(name=NAME))


@pytest.mark.anyio
async def test_an_author_of_a_stored_paper_is_meant_by_the_place(database: Database) -> None:
    announce(database, language(0))
    name, _ = await followed(database, KnownPeople(), "author 2 of 2611.10000")

    assert name == NAME


@pytest.mark.anyio
async def test_a_stored_paper_is_followed_with_all_that_may_happen_to_it(database: Database) -> None:
    announce(database, language(0))
    name, _ = await followed(database, KnownPeople(), "https://arxiv.org/abs/2611.10000v2")

    assert name == language(0).title


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["The ATLAS Collaboration", "ChatGPT", "…"])
async def test_what_is_no_person_is_refused_with_what_to_do(database: Database, text: str) -> None:
    with pytest.raises(InvalidWish, match=r"is not a person's name.*au:"):
        await followed(database, KnownPeople(), text)
