"""Feeds and lists in the layouts of the sources, with invented papers: say only what the test is about."""

import json
from typing import Any
from xml.sax.saxutils import escape

NAMESPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
MIDNIGHT = "Fri, 20 Nov 2026 00:00:00 -0500"


def rss_item(number: str = "2611.00001", version: int = 1, kind: str = "new", **fields: str) -> str:
    given = {
        "title": "Sparse Experts Learn Fast",
        "abstract": "We study mixtures of experts.",
        "creator": "Ada Lovelace, Furu Wei",
        "categories": "cs.CL cs.LG",
        "extra": "",
    } | fields
    given.setdefault("link", f"https://arxiv.org/abs/{number}")
    given.setdefault("guid", f"oai:arXiv.org:{number}v{version}")
    given.setdefault("description", f"arXiv:{number}v{version} Announce Type: {kind} \nAbstract: {given['abstract']}")
    tags = "".join(f"<category>{category}</category>" for category in given["categories"].split())
    stated = f"<arxiv:announce_type>{kind}</arxiv:announce_type>" if kind else ""
    return (
        f"<item><title>{escape(given['title'])}</title><link>{given['link']}</link>"
        f"<description>{escape(given['description'])}</description>"
        f'<guid isPermaLink="false">{given["guid"]}</guid>{tags}<pubDate>{MIDNIGHT}</pubDate>{stated}'
        f"<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
        f"<dc:creator>{escape(given['creator'])}</dc:creator>{given['extra']}</item>"
    )


def rss(*items: str, category: str = "cs.CL", date: str = MIDNIGHT, title: str = "", description: str = "x") -> bytes:
    heading = title or f"{category.replace('+', ', ')} updates on arXiv.org"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss {NAMESPACES} version="2.0"><channel><title>{heading}</title>'
        f"<link>http://rss.arxiv.org/rss/{category}</link><description>{description}</description>"
        f"<pubDate>{date}</pubDate><skipDays><day>Sunday</day><day>Saturday</day></skipDays>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


ATOM = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed {NAMESPACES} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">
<id>http://rss.arxiv.org/atom/cs.AI</id><title>cs.AI updates on arXiv.org</title>
<updated>2026-11-20T05:00:14.123456+00:00</updated>
<link href="http://rss.arxiv.org/atom/cs.AI" rel="self" type="application/atom+xml"/>
<entry><id>oai:arXiv.org:2611.00002v3</id><title>Planning with Tides</title>
<updated>2026-11-20T05:00:30+00:00</updated>
<link href="https://arxiv.org/abs/2611.00002" rel="alternate" type="text/html"/>
<summary>arXiv:2611.00002v3 Announce Type: replace-cross \nAbstract: Tides &lt;b&gt;plan&lt;/b&gt;.</summary>
<category term="stat.ML"/><category term="cs.AI"/><published>2026-11-20T00:00:00-05:00</published>
<rights>http://creativecommons.org/licenses/by/4.0/</rights>
<arxiv:announce_type>replace-cross</arxiv:announce_type>
<dc:creator>Grace Hopper (Navy, g@example.org), Ad\\'ele Goldberg</dc:creator>
<arxiv:DOI>10.5555/ABC.1</arxiv:DOI><arxiv:journal_reference>J. Tides 1 (2026)</arxiv:journal_reference>
</entry></feed>""".encode()

LEGACY = b"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://export.arxiv.org/rss/cs.LG"><title>cs.LG updates on arXiv.org</title>
<link>http://export.arxiv.org/rss/cs.LG</link><description>x</description>
<dc:date>2023-02-10T20:30:00-05:00</dc:date></channel>
<item rdf:about="http://arxiv.org/abs/2302.02913"><title>Is It Fast?. (arXiv:2302.02913v3 [cs.LG] UPDATED)</title>
<link>http://arxiv.org/abs/2302.02913</link>
<description rdf:parseType="Literal">&lt;p&gt;We ask whether $a &amp;lt; b$.\n&lt;/p&gt;\n</description>
<dc:creator> &lt;a href="http://arxiv.org/find/cs/1/au:+L_A/0/1/0/all/0/1"&gt;Ada Lovelace&lt;/a&gt;,
 &lt;a href="http://arxiv.org/find/cs/1/au:+W_F/0/1/0/all/0/1"&gt;Furu Wei&lt;/a&gt;</dc:creator></item>
<item rdf:about="http://arxiv.org/abs/2302.02914"><title>Second. (arXiv:2302.02914v1 [stat.ML] CROSS LISTED)</title>
<link>http://arxiv.org/abs/2302.02914</link><description>&lt;p&gt;B&lt;/p&gt;</description></item>
<item rdf:about="http://arxiv.org/abs/2302.02915"><title>Third. (arXiv:2302.02915v1 [cs.LG])</title>
<link>http://arxiv.org/abs/2302.02915</link><description>&lt;p&gt;C&lt;/p&gt;</description></item></rdf:RDF>"""


def search_answer(*entries: str, total: int | None = None, start: int = 0, size: int = 10) -> bytes:
    return (
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/abc</id><title>arXiv Query: x</title>'
        f"<opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>"
        f"<opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{''.join(entries)}</feed>"
    ).encode()


SEARCH_ENTRY = """<entry><id>http://arxiv.org/abs/2611.00003v2</id><title>Sorting
  Clouds</title><updated>2026-11-19T10:00:00Z</updated>
<link href="https://arxiv.org/abs/2611.00003v2" rel="alternate" type="text/html"/>
<summary>  We sort clouds.</summary><category term="68T05" scheme="http://arxiv.org/schemas/atom"/>
<category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/><category term="stat.ML"/>
<published>2026-11-01T09:00:00Z</published><arxiv:comment>Code: github.com/clouds/sort</arxiv:comment>
<arxiv:journal_ref>Clouds 7</arxiv:journal_ref><arxiv:doi>10.5555/CLOUD</arxiv:doi>
<arxiv:primary_category term="stat.ML"/>
<author><name>Ada Lovelace</name><arxiv:affiliation>London</arxiv:affiliation>
<arxiv:affiliation>Turin</arxiv:affiliation></author><author><name>Dirk W\u00fcbben</name></author></entry>"""


def oai_record(number: str = "2611.00001", *dates: str, **fields: str) -> str:
    """Write an arXivRaw record; each of `dates` (RFC 822) is the submission of one more version."""
    given = {"title": "Sparse Experts Learn Fast", "authors": "Ada Lovelace and Furu Wei", "touched": "2026-11-20"} | {
        "categories": "cs.CL cs.LG",
        "abstract": "  We study mixtures\n  of experts.",
        "extra": "",
    }
    given |= fields
    versions = "".join(
        f'<version version="v{at}"><date>{date}</date><size>9kb</size><source_type>D</source_type></version>'
        for at, date in enumerate(dates or ("Thu, 19 Nov 2026 15:00:00 GMT",), start=1)
    )
    return (
        f"<record><header><identifier>oai:arXiv.org:{number}</identifier><datestamp>{given['touched']}</datestamp>"
        f'<setSpec>cs</setSpec></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{number}</id>'
        f"<submitter>A. L.</submitter>{versions}<title>{escape(given['title'])}</title>"
        f"<authors>{escape(given['authors'])}</authors><categories>{given['categories']}</categories>{given['extra']}"
        f"<abstract>{escape(given['abstract'])}</abstract></arXivRaw></metadata></record>"
    )


def oai_page(*records: str, token: str = "", error: str = "", verb: str = "ListRecords") -> bytes:
    answer = f'<error code="{error}">No.</error>' if error else ""
    more = f"<resumptionToken expires='2026-11-21T00:00:00Z'>{escape(token)}</resumptionToken>" if token else ""
    listed = f"<{verb}>{''.join(records)}{more}</{verb}>" if not error else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f'<responseDate>2026-11-20T15:00:00Z</responseDate><request verb="{verb}">http://oaipmh.arxiv.org/oai</request>'
        f"{answer}{listed}</OAI-PMH>"
    ).encode()


def hf_entry(number: str = "2611.00001", **paper: Any) -> dict[str, Any]:
    own = {
        "id": number,
        "title": "Sparse Experts Learn Fast",
        "summary": "We study mixtures\nof experts.",
        "authors": [{"name": "Ada Lovelace", "hidden": False}],
        "publishedAt": "2026-11-18T00:00:00.000Z",
        "submittedOnDailyAt": "2026-11-20T00:00:00.000Z",
        "upvotes": 12,
    } | paper
    return {"paper": own, "publishedAt": "2026-11-17T20:00:00.000Z", "title": own["title"], "numComments": 2}


def hf_list(*entries: object) -> bytes:
    return json.dumps(entries).encode()
