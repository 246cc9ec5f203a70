"""`digest db`: the database schema."""

import click

from digest.bootstrap import open_database
from digest.cli.output import print_json
from digest.settings import read_settings
from digest.storage import schema

url_option = click.option("--url", help="SQLAlchemy URL of the database, instead of the configured one.")


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@url_option
def upgrade(url: str | None) -> None:
    """Create the tables, or bring them to what this version needs. Safe to repeat."""
    with open_database(url or read_settings().database_url) as database:
        before = schema.current_revision(database)
        schema.upgrade(database)
        after = schema.current_revision(database)
        shown = database.url.render_as_string(hide_password=True)
        click.echo(f"{shown} is {'already ' if before == after else 'now '}at revision {after}.")


@db.command("status")
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(url: str | None, *, as_json: bool) -> None:
    """Say which revision the database is at and which one this version needs."""
    with open_database(url or read_settings().database_url) as database:
        found, wanted = schema.current_revision(database), schema.head_revision()
    if as_json:
        print_json({"revision": found, "wanted": wanted, "is_current": found == wanted})
    else:
        click.echo(f"The database is at {found or 'no revision'}; this version needs {wanted}.")
