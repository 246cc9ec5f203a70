"""How the sources stand: a page for readers and operators, and the same as JSON. About sources only, never people."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from digest.bootstrap import App, Roster
from digest.model import RunState, SourceRun
from digest.pipeline.health import read_statuses
from digest.pipeline.watch.standing import Moment, SourceStatus, Standing, dump_status, say_remarks
from digest.rendering.environment import web_environment
from digest.rendering.text import clean
from subscribers.schedule import zone_of

# Nothing is loaded, run, framed or sent from this page; what is on it may be a minute old.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "public, max-age=60",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
KEPT_FOR: Final = timedelta(seconds=5)
# A sign for each state and standing: nothing is said by colour alone.
STATE_SIGNS: Final = {
    RunState.FRESH: "+",
    RunState.QUIET: "·",
    RunState.HOLIDAY: "–",
    RunState.STALE: "S",
    RunState.PARTIAL: "P",
    RunState.BROKEN: "B",
    RunState.REFUSED: "R",
    RunState.UNREACHABLE: "U",
}
MEANINGS: Final = {
    RunState.FRESH: "something new",
    RunState.QUIET: "nothing new, and nothing due",
    RunState.HOLIDAY: "a day on which nothing is due",
    RunState.STALE: "still the old batch",
    RunState.PARTIAL: "only a part",
    RunState.BROKEN: "unreadable",
    RunState.REFUSED: "turned away",
    RunState.UNREACHABLE: "no answer",
}
_STANDING_SIGNS: Final = {Standing.WELL: "✓", Standing.LATE: "◷", Standing.TROUBLED: "✕", Standing.UNREAD: "?"}


class Status:
    """Answers whoever asks how the sources are."""

    def __init__(self, app: App, roster: Roster) -> None:
        self._app = app
        self._roster = roster
        self._zone = zone_of(app.settings.operator.timezone)
        self._lock = asyncio.Lock()
        self._kept: dict[tzinfo, tuple[Moment, Sequence[SourceStatus]]] = {}

    async def show(self, _request: Request) -> Response:
        """Show the page."""
        at, statuses = await self._read(self._zone)
        view = StatusView(statuses, at)
        template = web_environment().get_template("web/status.html")
        return HTMLResponse(template.render(title=self._app.settings.title, view=view), headers=_HEADERS)

    async def show_json(self, _request: Request) -> Response:
        """Give the same for scripts, times in UTC."""
        at, statuses = await self._read(UTC)
        found = {"at": at.now, "summary": summarise(statuses), "sources": [dump_status(each) for each in statuses]}
        return JSONResponse(json.loads(json.dumps(found, default=_to_json)), headers=_HEADERS)

    async def _read(self, zone: tzinfo) -> tuple[Moment, Sequence[SourceStatus]]:
        """Read the statuses, or give those of a moment ago: strangers must not keep the database busy."""
        async with self._lock:
            now = self._app.clock()
            if zone not in self._kept or not timedelta() <= now - self._kept[zone][0].now < KEPT_FOR:
                self._kept[zone] = await asyncio.to_thread(self._read_now, Moment(now, zone))
            return self._kept[zone]

    def _read_now(self, at: Moment) -> tuple[Moment, Sequence[SourceStatus]]:
        return at, read_statuses(self._app.database, self._roster.list_sources(), at)


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the page shows, in its words."""

    statuses: Sequence[SourceStatus]
    at: Moment

    @property
    def heading(self) -> str:
        """Give the answer to what one came for."""
        return summarise(self.statuses)

    @property
    def others(self) -> str:
        """Say how many are not well, if any: `2 are late, 1 is in trouble. `."""
        counts = Counter(each.standing for each in self.statuses if each.standing is not Standing.WELL)
        said = ", ".join(f"{n} {_verb(n)} {standing.value}" for standing, n in counts.items())
        return f"{said}. " if said else ""

    @property
    def zone(self) -> str:
        """Name the zone of all times: `UTC`, `CET`."""
        return f"{self.at.now.astimezone(self.at.zone):%Z}"

    @property
    def legend(self) -> list[tuple[RunState, str, str]]:
        """Give the states, their signs and what they mean."""
        return [(state, STATE_SIGNS[state], meaning) for state, meaning in MEANINGS.items()]

    def sign(self, status: SourceStatus) -> str:
        """Give the sign of a standing."""
        return _STANDING_SIGNS[status.standing]

    def strip(self, status: SourceStatus) -> list[tuple[RunState, str]]:
        """Give the last runs' states and signs, oldest first."""
        return [(run.state, STATE_SIGNS[run.state]) for run in status.record.runs]

    def spoken(self, status: SourceStatus) -> str:
        """Say the strip to whoever does not see it."""
        return ", ".join(run.state.value for run in status.record.runs)

    def time(self, at: datetime | None) -> str:
        """Say when, for tables: `22 Nov 05:15`."""
        return f"{at.astimezone(self.at.zone):%d %b %H:%M}".lstrip("0") if at else "never"

    def due(self, status: SourceStatus) -> str:
        """Say when a source is asked next."""
        return self.time(status.due_at) if status.due_at and status.due_at > self.at.now else "now"

    def remarks(self, run: SourceRun) -> str:
        """Give what a run remarked, without what would reorder its surroundings."""
        return clean(say_remarks(run))


def summarise(statuses: Sequence[SourceStatus]) -> str:
    """Say it in a sentence: `All 6 sources are well`, `4 of 6 sources are well`."""
    well, total = sum(each.standing is Standing.WELL for each in statuses), len(statuses)
    if not total:
        return "No source is read"
    if total == 1:
        return f"The source is {statuses[0].standing.value}"
    return f"All {total} sources are well" if well == total else f"{well} of {total} sources {_verb(well)} well"


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"


def _to_json(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
