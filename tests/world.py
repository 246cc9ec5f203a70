"""A month of arXiv and Hugging Face on a local server, told by its own clock, with the faults of real months.

Papers, batches and lists are made from a seed; `expected` is what a reader of every feed, every day, would have seen.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from digest.sources.arxiv.calendar import announcement_day, is_working
from tests.fakes import FixedClock
from tests.feeds import hf_entry, hf_list, rss, rss_item
from tests.servers.web import Asked, Reply

EASTERN = ZoneInfo("America/New_York")
CATEGORIES = ("cs.CL", "cs.LG")
SIZE = range(30, 60)  # papers of a category's batch
FEATURED = 12  # papers of a day's list
HALF_DAY = time(12)  # UTC: before it, a day's list has half of its papers

Answer = Callable[[Asked], Reply | None]


@dataclass(frozen=True)
class Item:
    """One entry of a feed."""

    number: str
    version: int
    kind: str
    categories: tuple[str, ...]

    @property
    def announced(self) -> tuple[str, str, str]:
        kinds = {"new": ("new", ""), "cross": ("cross_list", ""), "replace": ("replacement", f"v{self.version}")}
        kind, detail = kinds[self.kind.removesuffix("-cross")]
        return (self.number, kind, detail)


@dataclass
class Fault:
    """Something that goes wrong for requests whose path has `path` in it, from one moment to another."""

    path: str
    start: datetime
    end: datetime
    answer: Answer


@dataclass
class World:
    clock: FixedClock
    first: date
    days: int
    faults: list[Fault] = field(default_factory=list)
    batches: dict[tuple[str, date], list[Item]] = field(default_factory=dict)
    lists: dict[date, list[str]] = field(default_factory=dict)
    submitted_at: dict[tuple[str, int], datetime] = field(default_factory=dict)
    asked: list[tuple[datetime, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(20261101)
        papers: list[tuple[str, tuple[str, ...]]] = []
        for number in range(self.days):
            day = self.first + timedelta(days=number)
            if is_working(day):
                self._announce(day, papers, chance)
            if day.weekday() < 5 and papers:
                self.lists[day] = [paper for paper, _ in chance.sample(papers[-150:], min(FEATURED, len(papers)))]

    def _announce(self, day: date, papers: list[tuple[str, tuple[str, ...]]], chance: random.Random) -> None:
        """Make new papers in each category, some of them cross-listed to the other, and new versions of old ones."""
        for category, other in (CATEGORIES, CATEGORIES[::-1]):
            replaced = chance.sample(papers, min(5, len(papers)))
            for _ in range(chance.choice(SIZE)):
                number = f"{day:%y%m}.{len(papers) + 1:05d}"
                categories: tuple[str, ...] = (category, other) if chance.random() < 0.2 else (category,)
                papers.append((number, categories))
                self._put(day, Item(number, 1, "new", categories))
            for number, known in replaced:
                if known[0] == category and (number, 2) not in self.submitted_at:
                    self._put(day, Item(number, 2, "replace", known))

    def _put(self, day: date, item: Item) -> None:
        self.submitted_at[item.number, item.version] = submission_for(day, len(self.submitted_at))
        for category in item.categories:
            is_primary = category == item.categories[0]
            kind = item.kind if is_primary else {"new": "cross", "replace": "replace-cross"}[item.kind]
            self.batches.setdefault((category, day), []).append(Item(item.number, item.version, kind, item.categories))

    @property
    def papers(self) -> set[str]:
        return {item.number for batch in self.batches.values() for item in batch}

    def announced(self) -> set[tuple[str, str, str]]:
        """Give (paper, kind, detail) of everything that was announced, cross-lists with their category."""
        seen = set()
        for (category, _), batch in self.batches.items():
            for item in batch:
                number, kind, detail = item.announced
                seen.add((number, kind, category if kind == "cross_list" else detail))
        return seen

    def featured(self) -> set[tuple[str, str, str]]:
        return {(paper, "featured", day.isoformat()) for day, papers in self.lists.items() for paper in papers}

    def answer(self, asked: Asked) -> Reply:
        reply = self._find_fault(asked) or self._answer(asked)
        self.asked.append((self.clock.now, asked.path, reply.status))
        return reply

    def _find_fault(self, asked: Asked) -> Reply | None:
        acting = (each for each in self.faults if each.path in asked.path and each.start <= self.clock.now < each.end)
        return next((reply for each in acting if (reply := each.answer(asked))), None)

    def _answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/rss/"):
            return self.feed(asked, parts.path.removeprefix("/rss/"), self.today)
        if parts.path.startswith("/hf"):
            return self._list(query)
        if parts.path.startswith("/oai"):
            return self._harvest(query)
        return Reply(404)

    @property
    def today(self) -> date:
        return self.clock.now.astimezone(EASTERN).date()

    def feed(self, asked: Asked, category: str, day: date, *, limit: int | None = None, creator: bool = True) -> Reply:
        """Answer as arXiv's RSS does: with an ETag of the body, which says every day that it was built today."""
        items = self.batches.get((category, day), [])[:limit]
        entries = (self._item(item, day, creator=creator) for item in items)
        body = rss(*entries, category=category, date=_rfc822(self.today))
        etag = f'"{hash(body)}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag})
        return Reply(200, {"ETag": etag, "Content-Type": "text/xml"}, body)

    def _item(self, item: Item, day: date, *, creator: bool) -> str:
        text = rss_item(
            item.number,
            item.version,
            item.kind,
            title=f"On the Matter of {item.number} in Detail",
            categories=" ".join(item.categories),
            creator=f"Ada Number{item.number[5:]}" if creator else "",
        )
        return text.replace("Fri, 20 Nov 2026 00:00:00 -0500", _rfc822(day))

    def _list(self, query: dict[str, str]) -> Reply:
        now = self.clock.now.astimezone(UTC)
        day = date.fromisoformat(query["date"])
        if day > now.date():
            return Reply(400, body=b'{"error":"date is in the future"}')
        papers = self.lists.get(day, [])
        if day == now.date() and now.time() < HALF_DAY:
            papers = papers[: len(papers) // 2]
        listed = f"{day.isoformat()}T00:00:00.000Z"
        entries = [
            hf_entry(
                paper,
                title=f"On the Matter of {paper} in Detail",
                submittedOnDailyAt=listed,
                authors=[{"name": f"Ada Number{paper[5:]}", "hidden": False}],
                upvotes=3,
            )
            for paper in papers
        ]
        return Reply(200, {"Content-Type": "application/json"}, hf_list(*entries))

    def _harvest(self, query: dict[str, str]) -> Reply:
        """Answer as arXiv's OAI-PMH does, in one page: the records of a set touched on these days."""
        category = ".".join(unquote(query["set"]).split(":")[1:])
        first, last = query.get("from", "1991-01-01"), query.get("until", "2999-01-01")
        records = []
        for number, categories in sorted(self._known(category)):
            versions = sorted((v, at) for (paper, v), at in self.submitted_at.items() if paper == number)
            shown = [(v, at) for v, at in versions if self._shown_on(at) <= self.today]
            if shown and first <= self._shown_on(shown[-1][1]).isoformat() <= last:
                records.append(_record(number, categories, shown, self._shown_on(shown[-1][1])))
        if not records:
            return Reply(200, body=_oai('<error code="noRecordsMatch">nothing</error>'))
        return Reply(200, {"Content-Type": "text/xml"}, _oai(f"<ListRecords>{''.join(records)}</ListRecords>"))

    def _known(self, category: str) -> set[tuple[str, tuple[str, ...]]]:
        return {
            (item.number, item.categories)
            for (listed, _), batch in self.batches.items()
            if listed == category
            for item in batch
        }

    def _shown_on(self, submitted_at: datetime) -> date:
        return announcement_day(submitted_at)


def submission_for(day: date, number: int) -> datetime:
    """Find an instant whose submissions are announced on this feed day; later numbers come later."""
    at = datetime.combine(day - timedelta(days=8), time(9), EASTERN)
    while announcement_day(at) != day:
        at += timedelta(hours=1)
    return (at + timedelta(seconds=number % 3000)).astimezone(UTC)


def eastern(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=EASTERN)


def _rfc822(day: date) -> str:
    return datetime.combine(day, time(0), EASTERN).strftime("%a, %d %b %Y %H:%M:%S %z")


def _record(number: str, categories: tuple[str, ...], versions: list[tuple[int, datetime]], stamp: date) -> str:
    listed = "".join(
        f'<version version="v{version}"><date>{at:%a, %d %b %Y %H:%M:%S} GMT</date><size>9kb</size></version>'
        for version, at in versions
    )
    return (
        f"<record><header><identifier>oai:arXiv.org:{number}</identifier><datestamp>{stamp}</datestamp></header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{number}</id><submitter>A</submitter>{listed}'
        f"<title>On the Matter of {number} in Detail</title><authors>Ada Number{number[5:]}</authors>"
        f"<categories>{' '.join(categories)}</categories><abstract>  We study mixtures of experts.</abstract>"
        f"</arXivRaw></metadata></record>"
    )


def _oai(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        '<responseDate>2026-11-20T00:00:00Z</responseDate><request verb="ListRecords">http://x/oai</request>'
        f"{inner}</OAI-PMH>"
    ).encode()
