"""Builders of what services answer about people and institutions, in the layouts they document."""

import json
from typing import Any

from tests.apis import dump, orcid_group, orcid_summary

ORCID = "0000-0002-1825-0097"
ROR = "https://ror.org/05dxps055"


def openalex_author(number: int = 1, **changes: Any) -> dict[str, Any]:
    place = {"id": "https://openalex.org/I1", "display_name": "Caltech", "ror": ROR, "country_code": "US"}
    earlier = {"id": "https://openalex.org/I2", "display_name": "Engine Works", "ror": None}
    return {
        "id": f"https://openalex.org/A{number}",
        "orcid": f"https://orcid.org/{ORCID}",
        "display_name": "Ada Lovelace",
        "display_name_alternatives": ["A. Lovelace", "Augusta Ada King"],
        "works_count": 15,
        "cited_by_count": 273,
        "summary_stats": {"2yr_mean_citedness": 1.5, "h_index": 9, "i10_index": 8},
        "affiliations": [
            {"institution": earlier, "years": [2012, 2011]},
            {"institution": place, "years": [2026, 2025, 2019]},
        ],
        "last_known_institutions": [place],
        "topics": [{"id": "https://openalex.org/T1", "display_name": "Analytical Engines", "count": 5}, {"count": 1}],
    } | changes


def openalex_authors(*authors: object) -> bytes:
    return dump({"meta": {"count": len(authors)}, "results": authors})


def s2_author(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "authorId": str(number),
        "name": "A. Lovelace",
        "affiliations": ["Caltech"],
        "homepage": "https://ada.example/",
        "paperCount": 14,
        "citationCount": 250,
        "hIndex": 8,
        "externalIds": {"DBLP": ["Ada Lovelace"], "ORCID": ORCID},
    } | changes


def orcid_record(owner: str = ORCID, **person: Any) -> bytes:
    """Build a whole record; keywords replace parts of the person, `_` standing for `-`."""
    known = {
        "name": {
            "given-names": {"value": "Ada"},
            "family-name": {"value": "Lovelace"},
            "credit-name": None,
            "path": owner,
        },
        "other-names": {"other-name": [{"content": "Augusta Ada King", "display-index": 1}]},
        "researcher-urls": {
            "researcher-url": [
                {"url": {"value": "https://ada.example/"}, "display-index": 1},
                {"url": {"value": "https://www.linkedin.com/in/ada"}, "display-index": 2},
                {"url": {"value": "https://dblp.org/pid/64/4311"}, "display-index": 0},
            ]
        },
        "emails": {"email": [{"email": "ada@secret.example"}]},
        "keywords": {"keyword": [{"content": "engines, looms", "display-index": 1}]},
        "external-identifiers": {
            "external-identifier": [
                {
                    "external-id-type": "Semantic Scholar",
                    "external-id-url": {"value": "https://www.semanticscholar.org/author/A-Lovelace/1"},
                }
            ]
        },
    } | {key.replace("_", "-"): value for key, value in person.items()}
    employment = {
        "organization": {
            "name": "Caltech",
            "disambiguated-organization": {
                "disambiguated-organization-identifier": ROR,
                "disambiguation-source": "ROR",
            },
        },
        "start-date": {"year": {"value": "2019"}, "month": None},
        "end-date": None,
    }
    summaries = [{"employment-summary": employment}]
    activities = {
        "employments": {"affiliation-group": [{"summaries": summaries}]},
        "works": {"group": [orcid_group(orcid_summary(1))], "path": f"/{owner}/works"},
    }
    top = {"orcid-identifier": {"path": owner}, "person": known, "activities-summary": activities, "path": f"/{owner}"}
    return dump(top)


def dblp_page(*records: str, pid: str = "64/4311", notes: str = "") -> bytes:
    person = (
        f'<person key="homepages/{pid}" mdate="2026-01-01"><author pid="{pid}">Ada Lovelace 0002</author>'
        f'<author pid="{pid}">Augusta Ada King</author>{notes}<url>https://orcid.org/{ORCID}</url>'
        '<url type="archive">https://old.example/</url><url>https://www.wikidata.org/entity/Q7259</url>'
        "<url>https://ada.example/</url></person>"
    )
    listed = "".join(f"<r>{record}</r>" for record in records)
    page = f'<?xml version="1.0"?><dblpperson name="Ada Lovelace 0002" pid="{pid}" n="1">{person}{listed}</dblpperson>'
    return page.encode()


DBLP_ARTICLE = (
    '<article key="journals/tods/LovelaceH26"><author pid="64/4311">Ada Lovelace 0002</author>'
    '<author pid="1/2">Grace Hopper</author><title>Trees.</title><journal>TODS</journal><year>2026</year>'
    "<ee>https://doi.org/10.5555/O.1</ee></article>"
)


def dblp_authors(*infos: object) -> bytes:
    hits = {"@total": str(len(infos))} | ({"hit": [{"info": info} for info in infos]} if infos else {})
    return dump({"result": {"hits": hits}})


def openreview_profile(own: str = "~Ada_Lovelace1", **content: Any) -> bytes:
    known = {
        "names": [
            {"fullname": "Augusta King", "username": "~Augusta_King1"},
            {"first": "Ada", "middle": "", "last": "Lovelace", "username": "~Ada_Lovelace1", "preferred": True},
        ],
        "history": [
            {
                "position": "Professor",
                "start": 2019,
                "end": None,
                "institution": {"name": "Caltech", "domain": "c.edu"},
            },
            {"start": 2011, "end": 2012, "institution": {"domain": "engine.example"}},
        ],
        "homepage": "https://ada.example/",
        "dblp": "https://dblp.org/pid/64/4311",
        "orcid": f"https://orcid.org/{ORCID}",
        "gscholar": "https://scholar.google.com/citations?user=x",
        "expertise": [{"keywords": ["engines"], "start": 2019}],
        "preferredEmail": "ada@secret.example",
        "emails": ["****@c.edu"],
    } | content
    return json.dumps({"profiles": [{"id": own, "content": known}], "count": 1}).encode()


def openreview_notes(profile: str = "~Ada_Lovelace1") -> bytes:
    content = {
        "title": {"value": "Trees"},
        "authors": {"value": ["Ada Lovelace", "Grace Hopper"]},
        "authorids": {"value": [profile, "grace@navy.example"]},
    }
    note = {"id": "AbCdEf1234", "forum": "AbCdEf1234", "readers": ["everyone"], "content": content}
    return json.dumps({"notes": [note], "count": 1}).encode()


def arxiv_page(title: str = "Ada Lovelace's articles on arXiv", authors: str = "Ada Lovelace, Grace Hopper") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title><id>http://arxiv.org/a/lovelace_a_1</id>
<updated>2026-11-20T00:00:00-05:00</updated>
<entry><id>http://arxiv.org/abs/2611.00001v1</id><title>Trees</title><summary>We climb.</summary>
<published>2026-11-02T10:00:00-05:00</published><updated>2026-11-02T10:00:00-05:00</updated>
<author><name>{authors}</name></author>
<arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.DS"/><category term="cs.DS"/></entry>
</feed>""".encode()


def ror_organization(**changes: Any) -> bytes:
    return dump(
        {
            "id": ROR,
            "status": "active",
            "names": [
                {"value": "CIT", "types": ["acronym"], "lang": None},
                {"value": "California Institute of Technology", "types": ["label", "ror_display"], "lang": "en"},
                {"value": "Caltech", "types": ["alias"], "lang": None},
            ],
            "links": [
                {"type": "wikipedia", "value": "https://en.wikipedia.org/wiki/Caltech"},
                {"type": "website", "value": "https://www.caltech.edu/"},
            ],
            "locations": [{"geonames_details": {"country_code": "US", "country_name": "United States"}}],
            "domains": ["caltech.edu"],
            "relationships": [],
        }
        | changes
    )


def openalex_institution(**changes: Any) -> bytes:
    return dump(
        {
            "id": "https://openalex.org/I122411786",
            "ror": ROR,
            "display_name": "California Institute of Technology",
            "display_name_alternatives": ["Cal Tech"],
            "display_name_acronyms": ["CIT"],
            "homepage_url": "http://www.caltech.edu/",
            "country_code": "US",
        }
        | changes
    )
