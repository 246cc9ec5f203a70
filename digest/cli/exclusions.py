"""`digest exclude`: what somebody does not want to see."""

import click

from digest.bootstrap import open_app
from digest.pipeline.signup import get_subscriber, read_interest
from subscribers.exclusions import add_exclusion, remove_exclusion


@click.group()
def exclude() -> None:
    """Keep papers out of somebody's digests. docs/interests.md explains the language."""


@exclude.command("add")
@click.argument("who")
@click.argument("query")
def add(who: str, query: str) -> None:
    """Keep papers that match QUERY from WHO, but not those by whom they follow."""
    wish = read_interest(query)
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = add_exclusion(session, app.clock(), view.id, wish)
    click.echo(f"{view.name} {'now excludes' if done.is_changed else 'already excludes'} {wish.text}")
    if done.has_switched:
        click.echo("It was an interest until now, and is none any more.")


@exclude.command("remove")
@click.argument("who")
@click.argument("query")
def remove(who: str, query: str) -> None:
    """Let WHO see papers that match QUERY again."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = remove_exclusion(session, app.clock(), view.id, query)
            if not done.is_changed:  # not in their words: perhaps another spelling of the same
                done = remove_exclusion(session, app.clock(), view.id, read_interest(query).canonical)
    click.echo(f"{view.name} {'no longer excludes' if done.is_changed else 'did not exclude'} {query}")
