"""`digest papers`: what is held of one paper, which records were taken for one work, and taking them apart again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_json, print_note, print_table
from digest.identifiers.references import read_ids
from digest.model import Paper, PaperId, StoredAnnouncement
from digest.pipeline.attribute import attribute_papers
from digest.storage import announcements, merges
from digest.storage import papers as stored
from digest.storage.merges import Merge
from digest.storage.splits import Split, split

MAX_NUMBER: Final = 2**31 - 1  # what an INTEGER column of PostgreSQL holds
USUAL_REACH: Final = timedelta(days=7)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def papers() -> None:
    """Look at papers, and at what was taken for one work.

    ID is an arXiv id, a DOI or any other id (openalex:W1, pmid:123, url:https://…), a link to the paper, or its number.
    """


@papers.command("show")
@click.argument("known", metavar="ID")
@json_option
def show_paper(known: str, *, as_json: bool) -> None:
    """Show all that is held of the paper ID: record, ids, announcements, and what was joined to it and why."""
    with open_app() as app:
        paper_id = _find(app, known)
        with app.database.reading() as session:
            paper = stored.load_papers(session, [paper_id])[paper_id]
            announced = announcements.list_announcements(session, paper_id)
            joined = merges.list_merges_of(session, paper_id)
    if as_json:
        print_json({"paper_id": paper_id, "paper": paper, "announcements": announced, "merges": joined})
        return
    _print_paper(paper_id, paper)
    _print_announcements(announced)
    _print_merges(f"Joined to it: {len(joined)}", joined)


@papers.command("merges")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC); by default a week ago.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Most to list.")
@json_option
def list_merges(since: datetime | None, limit: int, *, as_json: bool) -> None:
    """List which records were taken for one work, those with the weakest evidence first."""
    with open_app() as app:
        start = since.replace(tzinfo=UTC) if since else app.clock() - USUAL_REACH
        with app.database.reading() as session:
            found = merges.list_merges(session, start, limit + 1)
    shown = sorted(found[:limit], key=_by_evidence)
    if as_json:
        print_json(shown)
    else:
        _print_merges(f"Merges since {start:%Y-%m-%d}: {len(shown)}", shown)
    if len(found) > limit:
        print_note(f"There are more; these are the newest {limit} (--limit).")


@papers.command("split")
@click.argument("known", metavar="ID")
@click.option("--merge", "number", type=click.IntRange(1, MAX_NUMBER), help="Which merge; `digest papers show` has it.")
@json_option
def split_paper(known: str, number: int | None, *, as_json: bool) -> None:
    """Take apart what was wrongly taken for one work with the paper ID. The two are never merged again.

    The joined record becomes a paper of its own, with the ids and announcements that came with it. Whoever was sent
    the paper counts as sent both.
    """
    with open_app() as app:
        paper_id = _find(app, known)
        with app.database.writing() as session:
            chosen = _choose(merges.list_merges_of(session, paper_id), known, number)
            done = split(session, chosen.id, app.clock())
            if done is not None:  # each half may be other people's than the whole was
                halves = stored.load_papers(session, [done.paper_id, done.parted_id])
                attribute_papers(session, halves, app.clock())
    if done is None:
        why = "none of the ids that came with it is left on the paper, or no other would be left"
        raise click.ClickException(f"Merge {chosen.id} cannot be taken apart: {why}.")
    if as_json:
        print_json(done)
    else:
        _print_split(done, chosen)


def _find(app: App, text: str) -> PaperId:
    """Find the living paper a text means. Raises ClickException."""
    number = int(text[:11]) if text.isascii() and text.isdecimal() else 0
    with app.database.reading() as session:
        found = (stored.find_paper(session, known) for known in read_ids(text))
        row = PaperId(number) if number else next(filter(None, found), None)
        living = stored.find_living(session, row) if row is not None and row <= MAX_NUMBER else None
    if living is None:
        hint = "give an arXiv id, a DOI, another id such as openalex:W1, or its number"
        raise click.ClickException(f"No paper is known as “{text[:200]}”; {hint}.")
    return living


def _choose(found: Sequence[Merge], known: str, number: int | None) -> Merge:
    """Give the merge that is meant. Raises UsageError where that is not clear."""
    standing = [each for each in found if each.split_at is None]
    chosen = [each for each in standing if number in {None, each.id}]
    if len(chosen) == 1:
        return chosen[0]
    if not standing:
        raise click.UsageError(f"Nothing was joined to {known}, or it was taken apart already.")
    numbers = ", ".join(str(each.id) for each in standing)
    if number is None:
        raise click.UsageError(
            f"Say which merge is meant with --merge: {numbers}. `digest papers show` tells them apart."
        )
    raise click.UsageError(f"{known} has no merge {number} to take apart; there are: {numbers}.")


def _by_evidence(merge: Merge) -> tuple[int, str, int]:
    weakness = ("no id in common" in merge.evidence, "differ" in merge.evidence, "titles" in merge.evidence)
    return (-max(place * is_so for place, is_so in zip((3, 2, 1), weakness, strict=True)), merge.evidence, -merge.id)


def _print_paper(paper_id: PaperId, paper: Paper) -> None:
    rows = [
        ("title", paper.title),
        ("authors", "; ".join(author.name for author in paper.authors)),
        ("categories", " ".join(paper.categories)),
        ("version", f"v{paper.version}" if paper.version else ""),
        ("submitted (UTC)", paper.submitted_at),
        ("withdrawn", "yes" if paper.is_withdrawn else ""),
        ("journal", paper.journal_ref),
        ("code", paper.code_url),
        ("upvotes", paper.upvotes),
        *(("id", known) for known in paper.ids),
    ]
    print_table(f"Paper {paper_id}", ("what", "value"), [row for row in rows if row[1] not in (None, "")])


def _print_announcements(announced: Sequence[StoredAnnouncement]) -> None:
    rows = [
        (each.id, each.announced_on, each.kind.value, each.detail, ", ".join(each.changes), each.source)
        for each in announced
    ]
    columns = ("no.", "day", "announced as", "detail", "changed", "source")
    print_table(f"Announcements: {len(rows)}", columns, rows)


def _print_merges(title: str, found: Sequence[Merge]) -> None:
    """Print three lines each: titles are too long to compare in a table."""
    click.echo(title)
    for each in found:
        end = f" (taken apart {each.split_at:%Y-%m-%d %H:%M})" if each.split_at else ""
        click.echo(f"\nMerge {each.id}, {each.merged_at:%Y-%m-%d %H:%M} UTC: {each.evidence}{end}")
        click.echo(f"  kept    {each.paper_id}: {_describe(each.kept)}")
        click.echo(f"  joined  {', '.join(each.joined_ids)}: {_describe(each.joined)}")
    click.echo()


def _describe(paper: Paper) -> str:
    names = [author.name for author in paper.authors[:3]]
    more = len(paper.authors) - len(names)
    return f"{paper.title} ({', '.join(names) or 'no authors'}{f' and {more} more' if more else ''})"


def _print_split(done: Split, merge: Merge) -> None:
    click.echo(f"Merge {done.merge} is taken apart: paper {done.paper_id} is “{merge.kept.title}”.")
    how = "is a paper again" if done.is_revived else "is a paper of its own"
    click.echo(f"Paper {done.parted_id}, “{merge.joined.title}”, {how}.")
    click.echo(f"Moved to it: {', '.join(map(str, done.ids))}; {done.announcements} announcement(s).")
    click.echo(f"{done.readers} reader(s) who were sent the paper count as sent both. The two are never merged again.")
