"""`digest researchers`: who is behind a name, which papers are theirs and why, and mending records."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_json, print_note, print_table
from digest.errors import DigestError
from digest.languages.phrases import BY_OPERATOR
from digest.model import Authorship, Paper, PaperId, Researcher, ResearcherId, Standing
from digest.pipeline.answering import decide_for_all
from digest.pipeline.attribute import attribute_new
from digest.pipeline.candidates import Candidate, find_local_candidates, join_services
from digest.pipeline.following import find_by_id
from digest.pipeline.refresh import RefreshReport, refresh_researcher
from digest.pipeline.reshaping import Parted, merge_researchers, part_researcher, split_merge
from digest.researchers.ids import parse_paper_id, parse_person_id, url_of
from digest.researchers.metrics import doubt
from digest.researchers.page_study import PageStudy, study_page
from digest.researchers.pages import read_page
from digest.sources.people.registry import search
from digest.storage import authorships, people_merges
from digest.storage import papers as stored_papers
from digest.storage import researchers as stored
from subscribers import store
from subscribers.model import FollowKind
from subscribers.service import MAX_ID

MOST_LISTED = 200
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
number = click.IntRange(1, 2**31 - 1)


@click.group()
def researchers() -> None:
    """Look at the people who can be followed: who they are, what is theirs, and why.

    ID is the number of a record, or an id or address that it has (ORCID, OpenAlex, …).
    """


@researchers.command("search")
@click.argument("name")
@click.option("--online", is_flag=True, help="Ask OpenAlex, Semantic Scholar, dblp and ORCID too.")
@json_option
def search_people(name: str, *, online: bool, as_json: bool) -> None:
    """List the people NAME may mean, with what tells them apart; `digest follow WHO NAME --choose N` follows one."""
    with open_app() as app:
        attribute_new(app.database, app.clock())
        with app.database.reading() as session:
            found = find_local_candidates(session, name)
        if online:
            found = asyncio.run(_search_online(app, name, found))
    if as_json:
        print_json(found)
        return
    rows = [(place, *_describe_candidate(each)) for place, each in enumerate(found, 1)]
    columns = ("N", "name", "papers", "where", "fields", "with", "recent")
    print_table(f"People named {name}: {len(found)}", columns, rows)
    if not found:
        print_note("Nobody of this name has a paper here yet. Following the name works all the same.")


@researchers.command("show")
@click.argument("known", metavar="ID")
@click.option("--possible", "with_possible", is_flag=True, help="List papers that may be theirs, too.")
@json_option
def show_researcher(known: str, *, with_possible: bool, as_json: bool) -> None:
    """Show a record: names, ids, places, figures, and for each paper whether it is theirs and why."""
    with open_app() as app:
        attribute_new(app.database, app.clock())
        with app.database.reading() as session:
            researcher_id = _find(app, known)
            researcher = stored.load_researchers(session, [researcher_id])[researcher_id]
            wanted = tuple(each for each in Standing if each.is_theirs or with_possible)
            theirs = authorships.list_of_researchers(session, [researcher_id], wanted)[researcher_id]
            titles = stored_papers.load_papers(session, [each.paper_id for each in theirs])
            followers = store.count_followers(session, FollowKind.RESEARCHER, [researcher_id]).get(researcher_id, 0)
            refreshed_at, trouble = stored.find_refresh(session, researcher_id)
    if as_json:
        print_json({"id": researcher_id, "researcher": researcher, "followers": followers, "papers": theirs})
        return
    _print_researcher(researcher_id, researcher, followers)
    print_note(f"Services last asked: {refreshed_at or 'never'}" + (f"; {trouble}" if trouble else ""))
    _print_papers(theirs, titles)


@researchers.command("page")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Whose page it is, where the page does not say.")
@click.option("--field", "fields", multiple=True, metavar="CATEGORY", help="The field of the person who is meant.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="When the page was captured; today by default.")
@json_option
def explain_page(file: Path, *, name: str, fields: Sequence[str], as_of: object, as_json: bool) -> None:
    """Explain a captured author page: for each listed paper whether it is theirs, and why. Stores nothing."""
    captured = as_of.date() if hasattr(as_of, "date") else date.today()  # noqa: DTZ011 -- a day of the reader's
    page = read_page(file.read_bytes(), as_of=captured)
    study = study_page(page, name, tuple(fields))
    if as_json:
        print_json(study)
    else:
        _print_study(study)


@researchers.command("merge")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
def merge(one: str, other: str) -> None:
    """Make one record of two that are one person. Followers of either follow it."""
    with open_app() as app:
        first, second = _find(app, one), _find(app, other)
        with app.database.writing() as session:
            number = merge_researchers(session, first, second, BY_OPERATOR, app.clock())
    if number is None:
        click.echo("They are one record already.")
    else:
        click.echo(
            f"{max(first, second)} is now part of {min(first, second)}; `digest researchers split {number}` undoes it."
        )


@researchers.command("merges")
@json_option
def list_merges(*, as_json: bool) -> None:
    """List which records were taken for one person, newest first."""
    with open_app() as app, app.database.reading() as session:
        found = people_merges.list_merges(session, MOST_LISTED)
    if as_json:
        print_json(found)
        return
    rows = [
        (each.id, each.researcher_id, each.absorbed_id, each.evidence, each.merged_at, each.split_at) for each in found
    ]
    print_table("Merged records", ("no.", "kept", "absorbed", "why", "when", "split"), rows)


@researchers.command("split")
@click.argument("merge_number", metavar="MERGE", type=number)
def split(merge_number: int) -> None:
    """Take a merge back: each record has its papers, ids and followers again. They are never merged again."""
    with open_app() as app, app.database.writing() as session:
        done = split_merge(session, merge_number, app.clock())
    if done is None:
        raise click.ClickException(
            f"There is no merge {merge_number} to take back; `digest researchers merges` lists them."
        )
    _print_parted(done)


@researchers.command("part")
@click.argument("known", metavar="ID")
@click.argument("listed", metavar="PAPER...", nargs=-1, required=True)
@click.option("--name", help="How the other person is called, if otherwise.")
def part(known: str, listed: Sequence[str], name: str | None) -> None:
    """Make a record of its own of some PAPERs of a record that mixes namesakes.

    Followers stay with the record. Readers who were sent one of the papers as theirs are told in their next digest.
    """
    with open_app() as app:
        researcher_id = _find(app, known)
        rows = [_find_paper(app, each) for each in listed]
        with app.database.writing() as session:
            done = part_researcher(session, researcher_id, rows, name, app.clock())
    _print_parted(done)


@researchers.command("confirm")
@click.argument("known", metavar="ID")
@click.argument("listed", metavar="PAPER...", nargs=-1, required=True)
def confirm(known: str, listed: Sequence[str]) -> None:
    """Say for everybody that PAPERs are theirs; the record learns from it."""
    _decide(known, listed, Standing.CONFIRMED)


@researchers.command("reject")
@click.argument("known", metavar="ID")
@click.argument("listed", metavar="PAPER...", nargs=-1, required=True)
def reject(known: str, listed: Sequence[str]) -> None:
    """Say for everybody that PAPERs are not theirs; readers who were sent one as theirs are told."""
    _decide(known, listed, Standing.REJECTED)


@researchers.command("refresh")
@click.argument("known", metavar="ID")
def refresh(known: str) -> None:
    """Ask the services about a record now."""
    with open_app() as app:
        researcher_id = _find(app, known)
        report = asyncio.run(_refresh(app, researcher_id))
        with app.database.reading() as session:
            _, trouble = stored.find_refresh(session, researcher_id)
    if report.failed:
        raise click.ClickException(f"Not refreshed: {trouble}")
    click.echo("Refreshed." if report.refreshed else "No service knows for sure who this is; it is asked again later.")


async def _search_online(app: App, name: str, local: Sequence[Candidate]) -> tuple[Candidate, ...]:
    async with app.make_http() as http:
        answer = await search(name, http, app.settings.sources, app.clock())
    for failure in answer.failures:
        print_note(failure)
    return join_services(local, answer.records)


async def _refresh(app: App, researcher_id: ResearcherId) -> RefreshReport:
    report = RefreshReport()
    async with app.make_http() as http:
        await refresh_researcher(app.make_inquiry(http), researcher_id, report)
    return report


def _decide(known: str, listed: Sequence[str], standing: Standing) -> None:
    with open_app() as app:
        researcher_id = _find(app, known)
        rows = [_find_paper(app, each) for each in listed]
        with app.database.writing() as session:
            for row in rows:
                decide_for_all(session, researcher_id, row, standing, app.clock())
    click.echo(f"{len(rows)} paper(s) {standing.value} for {researcher_id}.")


def _find(app: App, known: str) -> ResearcherId:
    text = known.strip()
    with app.database.reading() as session:
        if text.isascii() and text.isdecimal():
            found = stored.find_living(session, ResearcherId(min(int(text[:20]), MAX_ID)))
        else:
            person = parse_person_id(text)
            found = find_by_id(session, person) if person else None
    if found is None:
        raise click.ClickException(f"There is no researcher {known[:80]} here; `digest researchers search` finds them.")
    return found


def _find_paper(app: App, text: str) -> PaperId:
    known = parse_paper_id(text)
    with app.database.reading() as session:
        if known is None and text.isascii() and text.isdecimal():
            found = stored_papers.find_living(session, PaperId(min(int(text[:20]), MAX_ID)))
        else:
            row = stored_papers.find_paper(session, known) if known else None
            found = None if row is None else stored_papers.find_living(session, row)
    if found is None:
        raise DigestError(f"There is no paper {text[:80]} here.")
    return found


def _describe_candidate(each: Candidate) -> tuple[object, ...]:
    name = f"{each.name} (no. {each.researcher_id})" if each.researcher_id else each.name
    recent = "\n".join(f"· {title[:70]}" for title in each.recent)
    return name, each.count, ", ".join(each.affiliations), ", ".join(each.topics), ", ".join(each.coauthors), recent


def _print_researcher(researcher_id: ResearcherId, researcher: Researcher, followers: int) -> None:
    rows: list[tuple[str, object]] = [("also", ", ".join(researcher.variants)), ("followers", followers)]
    rows += [(each.scheme.value, f"{each.value}  {url_of(each)}") for each in researcher.ids]
    rows += [("works at", _describe_place(each)) for each in researcher.affiliations]
    rows += [("homepage", researcher.homepage), ("fields", ", ".join(researcher.fields))]
    rows += [("topics", ", ".join(researcher.topics)), ("page", researcher.claim.value)]
    for each in researcher.metrics:
        figures = f"{each.works} works, {each.citations} citations, h-index {each.h_index} ({each.as_of})"
        rows.append((each.source, f"{figures}; {doubt(each)}" if doubt(each) else figures))
    print_table(
        f"{researcher.name} (researcher {researcher_id})", ("", ""), [row for row in rows if row[1] not in ("", None)]
    )


def _describe_place(place: object) -> str:
    since, until = getattr(place, "since", None), getattr(place, "until", None)
    years = f" ({since or '?'}–{until or ''})" if since or until else ""
    return f"{getattr(place, 'name', '')}{years}"


def _print_papers(theirs: Iterable[Authorship], titles: dict[PaperId, Paper]) -> None:
    rows = [
        (
            each.paper_id,
            titles[each.paper_id].title[:80],
            each.standing.value,
            f"{each.probability:.2f}",
            ", ".join(each.evidence),
        )
        for each in theirs
        if each.paper_id in titles
    ]
    print_table(f"Papers: {len(rows)}", ("no.", "title", "is it theirs?", "p", "why"), rows)


def _print_study(study: PageStudy) -> None:
    print_table(
        f"{study.name}: {study.identity}",
        ("what", "says"),
        [*(("figures", each) for each in study.figures), *(("warning", each) for each in study.warnings)],
    )
    rows = [
        (
            at,
            each.title[:70],
            each.category,
            ", ".join(each.authors),
            each.standing.value,
            f"{each.probability:.2f}",
            each.why,
        )
        for at, each in enumerate(study.papers, 1)
    ]
    print_table(
        f"Listed papers: {len(rows)}", ("", "title", "field", "authors shown", "is it theirs?", "p", "why"), rows
    )


def _print_parted(done: Parted) -> None:
    told = f"; {done.corrections} correction(s) go to readers" if done.corrections else ""
    click.echo(f"{len(done.papers)} paper(s) moved from {done.researcher_id} to {done.parted_id}{told}.")
