"""`digest sources add` and `remove`: feeds that are found behind an address, read once, and kept."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from digest.bootstrap import App, open_app
from digest.cli.exits import Exit
from digest.cli.output import print_note, print_table
from digest.errors import ConfigurationError, SourceError
from digest.sources.feeds.discovery import FoundFeed, discover_feeds, newest
from digest.sources.feeds.spec import PREFIX, find_name_fault, find_url_fault, make_name, parse_specs
from digest.sources.http.client import Http
from digest.storage import feeds
from digest.storage.feeds import StoredFeed

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Taken:
    """The names and addresses of the feeds there are, by command or by configuration."""

    names: frozenset[str]
    by_url: dict[str, str]


@click.command("add")
@click.argument("url")
@click.option("--name", help="What to call it; by default made from its title.")
@click.option("--feed", "number", type=click.IntRange(1), help="Which of several feeds of the page.")
def add(url: str, *, name: str | None, number: int | None) -> Exit:
    """Find the feed behind URL (a feed or a web page), read it once, and read it regularly from now on.

    Where a page has several, they are listed; --feed says which. Exits 1 if there is none.
    """
    url = url.strip()
    _refuse_if(find_url_fault(url))
    _refuse_if(find_name_fault(name) if name else None)
    with open_app() as app:
        taken = _list_taken(app)
        _refuse_if(_find_double(url, name, taken))
        try:
            found = asyncio.run(_discover(url, app.make_http()))
        except SourceError as error:
            print_note(str(error))
            return Exit.FAILED
        chosen = found[_choose(found, number)]
        _refuse_if(find_url_fault(chosen.url) or _find_double(chosen.url, name, taken))
        _store(app, chosen, name or _make_free_name(chosen, taken))
    return Exit.OK


@click.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Stop reading the feed NAME that was added by command; its papers stay."""
    name = name.removeprefix(PREFIX)
    with open_app() as app, app.database.writing() as session:
        known = [feed.name for feed in feeds.list_feeds(session)]
        if not feeds.remove_feed(session, name):
            raise click.UsageError(_explain_unknown(app, name, known))
    click.echo(f"{PREFIX}{name} is not read any more; its papers stay.")


async def _discover(url: str, http: Http) -> Sequence[FoundFeed]:
    async with http:
        return await discover_feeds(url, http)


def _choose(found: Sequence[FoundFeed], number: int | None) -> int:
    """Settle which feed is meant: the only one, the one of --feed, or the one a person at the keyboard names."""
    if number is not None:
        _refuse_if(f"There is no feed {number}; the page has {len(found)}." if number > len(found) else None)
        return number - 1
    if len(found) == 1:
        return 0
    rows = [(place, feed.title, feed.counts["papers"], feed.url) for place, feed in enumerate(found, 1)]
    print_table("Feeds", ("feed", "title", "entries", "address"), rows)
    if not sys.stdin.isatty():
        raise click.UsageError("The page has several feeds; say which with --feed N.")
    answer: int = click.prompt("Which one?", default=1, type=click.IntRange(1, len(found)))
    return answer - 1


def _store(app: App, feed: FoundFeed, name: str) -> None:
    _describe(feed)
    stored = StoredFeed(name=name, url=feed.url, title=feed.title, added_at=app.clock())
    with app.database.writing() as session:
        if not feeds.add_feed(session, stored):  # somebody else was quicker
            raise click.UsageError("A feed of that name or address was added just now.")
    click.echo(f"Added as {PREFIX}{name}; `digest sources remove {name}` undoes it.")


def _describe(feed: FoundFeed) -> None:
    counts = feed.counts
    having = ", ".join(f"{counts[what]} with {what}" for what in ("authors", "abstract", "doi", "date"))
    click.echo(f"{feed.title or feed.url}: {counts['papers']} papers, {having}")
    for day, title in newest(feed.parsed, _SHOWN):
        click.echo(f"  {day or 'no date'}  {title}")
    for warning in feed.parsed.warnings:
        print_note(f"Warning: {warning}")
    if not feed.parsed.papers:
        print_note("Warning: the feed is empty now, so nobody can say yet what will come.")
    elif not feed.is_of_papers:
        print_note("Warning: this does not look like a feed of papers: most entries have no author and no DOI.")


def _list_taken(app: App) -> _Taken:
    with app.database.reading() as session:
        known = [(feed.name, feed.url) for feed in feeds.list_feeds(session)]
    try:
        known += [(spec.name, spec.url) for spec in parse_specs(app.settings.sources.feeds)]
    except ConfigurationError as error:
        print_note(f"Warning: {error}")
    return _Taken(frozenset(name for name, _ in known), {url: name for name, url in known})


def _find_double(url: str, name: str | None, taken: _Taken) -> str | None:
    if url in taken.by_url:
        return f"{url} is read already, as {PREFIX}{taken.by_url[url]}."
    return f"There is a feed called {name} already; choose another --name." if name in taken.names else None


def _make_free_name(feed: FoundFeed, taken: _Taken) -> str:
    name = make_name(feed.title, feed.url)
    tries = (name, *(f"{name}-{number}" for number in range(2, len(taken.names) + 3)))
    return next(each for each in tries if each not in taken.names)


def _explain_unknown(app: App, name: str, known: Sequence[str]) -> str:
    configured = [value.partition("=")[0].strip() for value in app.settings.sources.feeds]
    if name in configured:
        return f"{name} is in the settings: take it out of DIGEST_SOURCES__FEEDS."
    return f"There is no feed “{name[:80]}” added by command; there are: {', '.join(known) or 'none'}."


def _refuse_if(fault: str | None) -> None:
    if fault:
        raise click.UsageError(fault)
