"""People and institutions looked up over HTTP: merged ids, unknown ones, refusals, and services that fail."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina
from pydantic import SecretStr

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable, UnknownReference
from digest.model import PersonId, PersonScheme
from digest.researchers.ids import InstitutionRef, InstitutionScheme, parse_person_id
from digest.settings import HttpSettings, SourceSettings
from digest.sources.http.client import Http
from digest.sources.people import PeopleService
from digest.sources.people.arxiv import ArxivPeople
from digest.sources.people.dblp import DblpPeople
from digest.sources.people.huggingface import HuggingFacePeople
from digest.sources.people.institutions import InstitutionRecord, look_up_institution
from digest.sources.people.openalex import OpenAlexPeople
from digest.sources.people.openreview import OpenReviewPeople
from digest.sources.people.orcid import OrcidPeople
from digest.sources.people.registry import Candidates, Found, look_up, search
from digest.sources.people.semantic_scholar import SemanticScholarPeople
from tests.apis import dump, openalex_list, openalex_work, s2_list, s2_paper
from tests.people_answers import (
    DBLP_ARTICLE,
    ORCID,
    arxiv_page,
    dblp_authors,
    dblp_page,
    openalex_author,
    openalex_authors,
    openalex_institution,
    openreview_notes,
    openreview_profile,
    orcid_record,
    ror_organization,
    s2_author,
)
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KEYS = SourceSettings(
    openalex_key=SecretStr("key-1"), semantic_scholar_key=SecretStr("key-2"), orcid_token=SecretStr("key-3")
)
OWN = {
    "openalex": "openalex:A1",
    "semantic_scholar": "s2:1",
    "dblp": "64/4311",
    "orcid": ORCID,
    "openreview": "~Ada_Lovelace1",
    "arxiv": "lovelace_a_1",
    "huggingface": "@ada",
}


class Services:
    """All services on one server, each under a path of its own; what a test does not say is not found."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: dict[str, Reply] = {}

    def answer(self, asked: Asked) -> Reply:
        return self.replies.get(urlsplit(asked.path).path, Reply(404, body=b"<html>Not found</html>"))

    def say(self, **bodies: bytes) -> None:
        """Let paths answer; `/` is written `__`."""
        self.replies |= {f"/{path.replace('__', '/')}": Reply(body=body) for path, body in bodies.items()}

    @property
    def all(self) -> tuple[PeopleService, ...]:
        return (
            OrcidPeople(f"{self.url}/orcid"),
            OpenAlexPeople(f"{self.url}/openalex"),
            SemanticScholarPeople(f"{self.url}/s2"),
            DblpPeople((f"{self.url}/dblp", f"{self.url}/mirror")),
            OpenReviewPeople(f"{self.url}/openreview"),
            ArxivPeople(f"{self.url}/a/"),
            HuggingFacePeople(f"{self.url}/hf"),
        )


@dataclass(frozen=True)
class World:
    services: Services
    server: WebServer
    http: Http

    async def look_up(self, text: str, settings: SourceSettings = KEYS, *, only: str = "") -> Found:
        person = parse_person_id(text)
        assert person is not None
        services = [service for service in self.services.all if service.name == only or not only]
        return await look_up(person, self.http, settings, NOW, services=services)

    async def search(self, name: str, settings: SourceSettings = KEYS) -> Candidates:
        return await search(name, self.http, settings, NOW, services=self.services.all)

    async def institution(self, ref: InstitutionRef, settings: SourceSettings = KEYS) -> InstitutionRecord:
        urls = (f"{self.services.url}/ror", f"{self.services.url}/openalex")
        return await look_up_institution(ref, self.http, settings, NOW, urls=urls)

    def asked(self, path: str) -> list[Mapping[str, list[str]]]:
        parts = [urlsplit(asked.path) for asked in self.server.asked]
        return [parse_qs(part.query) for part in parts if part.path == path]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
async def world(server: WebServer) -> AsyncIterator[World]:
    services = Services(server.url)
    server.answer = services.answer
    settings = HttpSettings(timeout=timedelta(seconds=0.5), allowed_hosts=("127.0.0.1",))
    with stamina.set_testing(True, attempts=2, cap=True):
        async with Http(settings) as http:
            yield World(services, server, http)


def everybody(services: Services) -> None:
    """Let every service know Ada, and her one paper."""
    services.say(
        openalex__authors__A1=dump(openalex_author()),
        openalex__works=openalex_list(openalex_work()),
        s2__author__1=dump(s2_author()),
        s2__author__1__papers=s2_list(s2_paper()),
        openreview__profiles=openreview_profile(),
        openreview__notes=openreview_notes(),
    )
    services.replies |= {
        f"/orcid/{ORCID}/record": Reply(body=orcid_record()),
        f"/openalex/authors/orcid:{ORCID}": Reply(body=dump(openalex_author())),
        "/dblp/pid/64/4311.xml": Reply(body=dblp_page(DBLP_ARTICLE)),
        "/a/lovelace_a_1.atom2": Reply(body=arxiv_page()),
        "/hf/api/users/ada/overview": Reply(body=dump({"user": "ada", "fullname": "Ada Lovelace"})),
    }


def path_of(service: str) -> str:
    paths = {
        "openalex": "/openalex/authors/A1",
        "semantic_scholar": "/s2/author/1",
        "dblp": "/dblp/pid/64/4311.xml",
        "orcid": f"/orcid/{ORCID}/record",
        "openreview": "/openreview/profiles",
        "arxiv": "/a/lovelace_a_1.atom2",
        "huggingface": "/hf/api/users/ada/overview",
    }
    return paths[service]


@pytest.mark.parametrize("service", list(OWN))
async def test_each_service_tells_of_a_person_and_whose_the_papers_are(service: str, world: World) -> None:
    everybody(world.services)

    found = await world.look_up(OWN[service], only=service)

    person, asked = found.record.researcher, parse_person_id(OWN[service])
    assert (person.name in {"Ada Lovelace", "A. Lovelace"}, found.failures, found.record.warnings) == (True, (), ())
    assert asked in person.ids
    if service not in {"orcid", "huggingface"}:
        (paper,) = found.record.papers
        assert [author.name for author in paper.authors if asked in author.person_ids] == ["Ada Lovelace"]


@pytest.mark.parametrize("service", list(OWN))
async def test_an_id_nobody_has_is_unknown(service: str, world: World) -> None:
    with pytest.raises(UnknownReference) as caught:
        await world.look_up(OWN[service], only=service)

    assert (caught.value.source, caught.value.reference) == (service, str(parse_person_id(OWN[service])))
    assert "has nothing under" in str(caught.value)


@pytest.mark.parametrize("service", list(OWN))
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(429, {"Retry-After": "60"}), SourceRefused),
        (Reply(503), SourceUnavailable),
        (Reply(body=b"<!doctype html><html>Just a moment...</html>"), SourceChanged),
        (Reply(body=b""), SourceChanged),
        (Reply(pieces=(b"{", 1.5)), SourceUnavailable),
    ],
    ids=["429", "503", "html", "empty", "slow"],
)
async def test_what_goes_wrong_is_told_in_one_sentence(
    service: str, reply: Reply, error: type[SourceError], world: World
) -> None:
    world.services.replies[path_of(service)] = reply
    world.services.replies["/mirror/pid/64/4311.xml"] = reply

    with pytest.raises(error) as caught:
        await world.look_up(OWN[service], only=service)

    said = str(caught.value)
    assert ("\n" in said, "key-" in said, caught.value.source) == (False, False, service)


async def test_a_merged_id_of_openalex_is_followed(world: World) -> None:
    everybody(world.services)
    world.services.replies["/openalex/authors/A9"] = Reply(301, {"Location": "/openalex/authors/A1?api_key=key-1"})

    found = await world.look_up("openalex:A9", only="openalex")

    new, old = (PersonId(PersonScheme.OPENALEX, value) for value in ("A1", "A9"))
    assert found.record.moved_to == new
    assert {new, old} < set(found.record.researcher.ids)
    assert world.asked("/openalex/works")[0]["filter"] == ["authorships.author.id:A1"]


async def test_a_merged_id_of_semantic_scholar_is_followed(world: World) -> None:
    everybody(world.services)
    world.services.replies["/s2/author/9"] = Reply(302, {"Location": "/s2/author/1"})

    found = await world.look_up("s2:9", only="semantic_scholar")

    assert str(found.record.moved_to) == "s2:1"
    assert len(found.record.papers) == 1


async def test_a_merged_pid_of_dblp_is_followed(world: World) -> None:
    everybody(world.services)
    world.services.replies["/dblp/pid/9/9.xml"] = Reply(301, {"Location": "/dblp/pid/64/4311.xml"})

    assert str((await world.look_up("dblp:9/9", only="dblp")).record.moved_to) == "dblp:64/4311"


async def test_a_deprecated_orcid_says_which_took_its_place(world: World) -> None:
    everybody(world.services)
    world.services.replies["/orcid/0000-0002-1694-233X/record"] = Reply(301, {"Location": f"/orcid/{ORCID}/record"})

    found = await world.look_up("0000-0002-1694-233X", only="orcid")

    assert str(found.record.moved_to) == f"orcid:{ORCID}"


async def test_one_id_leads_to_what_all_services_know(world: World) -> None:
    everybody(world.services)

    found = await world.look_up(ORCID)

    person = found.record.researcher
    assert {known.scheme for known in person.ids} == {
        PersonScheme.ORCID,
        PersonScheme.OPENALEX,
        PersonScheme.S2,
        PersonScheme.DBLP,
    }
    assert [each.source for each in person.metrics] == ["openalex", "semantic_scholar"]
    assert all(each.as_of == NOW.date() for each in person.metrics)
    assert found.failures == ()


async def test_services_that_fail_are_named_and_the_others_are_believed(world: World) -> None:
    everybody(world.services)
    world.services.replies |= {"/s2/author/1": Reply(503), f"/openalex/authors/orcid:{ORCID}": Reply(body=b"<html>")}

    found = await world.look_up(ORCID)

    assert [said.partition(":")[0] for said in found.failures] == ["openalex", "semantic_scholar"]
    assert found.record.researcher.id_of(PersonScheme.DBLP) == "64/4311"


async def test_when_the_own_service_is_down_another_that_knows_the_id_answers(world: World) -> None:
    everybody(world.services)
    world.services.replies[f"/orcid/{ORCID}/record"] = Reply(503)

    found = await world.look_up(ORCID)

    assert found.record.researcher.id_of(PersonScheme.OPENALEX) == "A1"
    assert found.failures[0].startswith("orcid:")


async def test_a_link_to_somebody_of_another_name_is_not_believed(world: World) -> None:
    everybody(world.services)
    world.services.say(s2__author__1=dump(s2_author(name="Grace Hopper", externalIds=None, affiliations=["Navy"])))

    person = (await world.look_up(ORCID)).record.researcher

    assert "Grace Hopper" not in person.names
    assert "Navy" not in [place.name for place in person.affiliations]


async def test_a_person_is_kept_when_the_papers_do_not_come(world: World) -> None:
    everybody(world.services)
    world.services.replies["/openalex/works"] = Reply(503)

    found = await world.look_up("openalex:A1", only="openalex")

    assert (found.record.researcher.name, found.record.papers) == ("Ada Lovelace", ())
    assert "The papers did not come" in found.record.warnings[0]


async def test_keys_go_where_they_belong(world: World) -> None:
    everybody(world.services)

    await world.look_up(ORCID)

    for asked in world.server.asked:
        service = asked.path.split("/")[1]
        sent = f"{asked.path} {asked.headers.get('x-api-key')} {asked.headers.get('authorization')}"
        keys = {key for key in ("key-1", "key-2", "key-3") if key in sent}
        assert keys == {"openalex": {"key-1"}, "s2": {"key-2"}, "orcid": {"key-3"}}.get(service, set())


async def test_openalex_is_not_asked_without_a_key(world: World) -> None:
    everybody(world.services)

    with pytest.raises(SourceRefused, match="answers only with a key"):
        await world.look_up("openalex:A1", SourceSettings(), only="openalex")

    assert world.server.asked == []


async def test_a_wrong_key_is_told(world: World) -> None:
    world.services.replies["/openalex/authors/A1"] = Reply(401, body=b'{"error":"bad key"}')

    with pytest.raises(SourceRefused, match="DIGEST_SOURCES__OPENALEX_KEY"):
        await world.look_up("openalex:A1", only="openalex")


async def test_the_second_host_of_dblp_answers_when_the_first_is_down(world: World) -> None:
    world.services.replies |= {
        "/dblp/pid/64/4311.xml": Reply(503),
        "/mirror/pid/64/4311.xml": Reply(body=dblp_page(DBLP_ARTICLE)),
    }

    assert (await world.look_up("64/4311", only="dblp")).record.researcher.name == "Ada Lovelace"


async def test_openreview_says_what_it_wants(world: World) -> None:
    world.services.replies["/openreview/profiles"] = Reply(403, body=b'{"name":"ChallengeRequiredError"}')

    with pytest.raises(SourceRefused, match="DIGEST_SOURCES__OPENREVIEW_TOKEN"):
        await world.look_up("~Ada_Lovelace1", only="openreview")


async def test_an_empty_answer_of_openreview_is_nobody(world: World) -> None:
    world.services.say(openreview__profiles=b'{"profiles":[],"count":0}')

    with pytest.raises(UnknownReference):
        await world.look_up("~Ada_Lovelace1", only="openreview")


async def test_a_search_shows_candidates_of_all_services_with_papers_and_places(world: World) -> None:
    others = openalex_author(2, orcid=None, works_count=3, affiliations=[], last_known_institutions=[])
    world.services.say(
        openalex__authors=openalex_authors(others, openalex_author(1)),
        openalex__works=openalex_list(openalex_work()),
        s2__author__search=dump({"total": 1, "offset": 0, "data": [s2_author(papers=[s2_paper()])]}),
        dblp__search__author__api=dblp_authors({"author": "Ada Lovelace", "url": "https://dblp.org/pid/1/2"}),
    )
    world.services.replies["/orcid/expanded-search/"] = Reply(
        body=dump({"expanded-result": [{"orcid-id": ORCID, "given-names": "Ada", "family-names": "Lovelace"}]})
    )

    found = await world.search("Ada Lovelace")

    ids = [[str(known) for known in record.researcher.ids] for record in found.records]
    assert ids == [["openalex:A1", f"orcid:{ORCID}", "s2:1"], ["openalex:A2"], ["dblp:1/2"]]
    assert (found.records[0].researcher.affiliations[0].name, len(found.records[0].papers)) == ("Caltech", 2)
    assert found.failures == ()
    assert world.asked("/openalex/works")[0]["filter"] == ["authorships.author.id:A2|A1"]


async def test_a_search_survives_every_failure_and_says_so(world: World) -> None:
    world.services.replies |= {"/s2/author/search": Reply(503), "/dblp/search/author/api": Reply(body=b"<html>")}
    world.services.say(openalex__authors=openalex_authors(openalex_author()))

    found = await world.search("Ada Lovelace")

    assert [record.researcher.name for record in found.records] == ["Ada Lovelace"]
    assert [said.partition(":")[0] for said in found.failures] == ["semantic_scholar", "dblp", "orcid"]


async def test_a_search_that_finds_nobody_is_empty(world: World) -> None:
    world.services.say(
        openalex__authors=openalex_authors(),
        s2__author__search=b'{"total":0,"offset":0}',
        dblp__search__author__api=dblp_authors(),
    )
    world.services.replies["/orcid/expanded-search/"] = Reply(body=b'{"expanded-result":null,"num-found":0}')

    assert await world.search('Ada "Lovelace" OR *:*') == Candidates()
    assert world.asked("/orcid/expanded-search/")[0]["q"][0].count('"') == 6


CALTECH = InstitutionRef(InstitutionScheme.ROR, "05dxps055")
SAME = InstitutionRef(InstitutionScheme.OPENALEX, "I122411786")


@pytest.mark.parametrize("ref", [CALTECH, SAME], ids=str)
async def test_an_institution_is_what_both_services_say(ref: InstitutionRef, world: World) -> None:
    world.services.replies |= {
        "/ror/05dxps055": Reply(body=ror_organization()),
        "/openalex/institutions/ror:05dxps055": Reply(body=openalex_institution()),
        "/openalex/institutions/I122411786": Reply(body=openalex_institution()),
    }

    found = await world.institution(ref)

    assert (found.ror, found.openalex, found.country, found.moved_to) == ("05dxps055", "I122411786", "US", None)
    assert {"Caltech", "Cal Tech"} <= set(found.names)


async def test_an_institution_is_found_without_a_key_for_openalex(world: World) -> None:
    world.services.replies["/ror/05dxps055"] = Reply(body=ror_organization())

    found = await world.institution(CALTECH, SourceSettings())

    assert (found.name, found.openalex, found.warnings) == ("California Institute of Technology", None, ())
    with pytest.raises(SourceRefused, match="answers only with a key"):
        await world.institution(SAME, SourceSettings())


async def test_the_second_service_may_fail(world: World) -> None:
    world.services.replies |= {
        "/ror/05dxps055": Reply(body=ror_organization()),
        "/openalex/institutions/ror:05dxps055": Reply(503),
    }

    found = await world.institution(CALTECH)

    assert (found.ror, len(found.warnings)) == ("05dxps055", 1)


async def test_an_unknown_institution_is_unknown_and_a_merged_one_has_moved(world: World) -> None:
    world.services.replies |= {
        "/openalex/institutions/I9": Reply(301, {"Location": "/openalex/institutions/I122411786"}),
        "/openalex/institutions/I122411786": Reply(body=openalex_institution(ror=None)),
    }

    with pytest.raises(UnknownReference):
        await world.institution(CALTECH)
    assert (await world.institution(InstitutionRef(InstitutionScheme.OPENALEX, "I9"))).moved_to == SAME
