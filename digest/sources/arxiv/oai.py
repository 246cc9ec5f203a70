"""One set of arXiv's OAI-PMH as a source of its own, for whoever would rather not depend on the feeds. Acts."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from digest.model import Batch, Cursor, Parsed
from digest.sources.arxiv.calendar import RHYTHM
from digest.sources.arxiv.categories import query_of
from digest.sources.arxiv.harvest import OAI_URL, Archive, fetch_days
from digest.sources.arxiv.records import parse_oai
from digest.sources.http.client import Http
from digest.sources.judgement import Sighting, find_missed, judge_batch
from digest.sources.rhythm import Rhythm

NAME: Final = "arxiv-oai"
# Days that nobody read are made up for up to here; for more there is `digest fetch --from`.
MOST_DAYS: Final = 20

SET = re.compile(r"[a-z]+(?:-[a-z]+)*(?::[a-z]+(?:-[a-z]+)*){0,1}(?::[A-Za-z]+(?:-[a-z]+)*){0,1}", re.ASCII)


class ArxivOaiSource:
    """The announcements of one set, worked out from the records that were touched since."""

    def __init__(self, oai_set: str, url: str = OAI_URL) -> None:
        self._set = oai_set
        self._url = url

    @property
    def name(self) -> str:
        """Give `arxiv-oai:cs:cs:CL`."""
        return f"{NAME}:{self._set}"

    @property
    def rhythm(self) -> Rhythm:
        """Give arXiv's announcement days."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read what was announced since the last whole batch. Raises SourceError."""
        missed = find_missed(Parsed(), since, now, RHYTHM)[-MOST_DAYS:]
        batch_on = self._batch_day(now)
        archive = Archive(http, self.name, self._url)
        read = await fetch_days(archive, query_of(self._set), (self._set,), {*missed, batch_on})
        sighting = Sighting(
            parsed=select_days(read, {batch_on}),
            extra=replace(select_days(read, set(missed) - {batch_on}), warnings=()),
            filled=frozenset(missed),
        )
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_oai(body)

    @staticmethod
    def _batch_day(now: datetime) -> date:
        """Give the day whose batch is the present one: on days of rest it is still the last."""
        today = RHYTHM.day_of(now)
        return today if RHYTHM.is_working(today) else RHYTHM.latest_expected(now) or today


def select_days(read: Parsed, days: set[date]) -> Parsed:
    """Keep what was announced on some days."""
    announcements = tuple(made for made in read.announcements if made.announced_on in days)
    named = {made.paper for made in announcements}
    return replace(
        read, announcements=announcements, papers=tuple(paper for paper in read.papers if paper.ids[0] in named)
    )
