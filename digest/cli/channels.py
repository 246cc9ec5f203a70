"""Channels of people who are subscribed already: one more, another cap; and a pause from everything."""

from collections.abc import Sequence

import click

from digest.bootstrap import open_app
from digest.cli.people import CONSENT, list_addresses, read_schedule
from digest.pipeline.signup import find_start, get_subscriber
from subscribers import service
from subscribers.model import ChannelWish


@click.group()
def channel() -> None:
    """Change where a subscriber reads."""


@channel.command("add")
@click.argument("who")
@click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="An email address; repeat for several.")
@click.option("--telegram", "chats", multiple=True, metavar="CHAT", help="A Telegram chat id or @channel.")
@click.option("--file", "folders", multiple=True, metavar="FOLDER", help="A folder to write a Maildir into.")
@click.option("--timezone", help="IANA time zone, e.g. Europe/Berlin.")
@click.option("--at", "send_at", metavar="HH:MM", help="Local hour of the digest.")
@click.option("--cap", type=click.IntRange(1, 200), help="Most papers in one digest.")
def add(  # noqa: PLR0913 -- one argument for each option
    who: str,
    *,
    emails: Sequence[str],
    chats: Sequence[str],
    folders: Sequence[str],
    timezone: str | None,
    send_at: str | None,
    cap: int | None,
) -> None:
    """Let WHO (a number or an address) read in one more place."""
    addresses = list_addresses(emails, chats, folders)
    with open_app() as app:
        view = get_subscriber(app.database, who)
        schedule = read_schedule(app, timezone, send_at)
        start = find_start(app.database, app.clock())
        most = cap or app.settings.default_cap
        with app.database.writing() as session:
            for kind, address in addresses:
                wish = ChannelWish(kind=kind, address=address, schedule=schedule, cap=most)
                done = service.add_channel(session, app.clock(), view.id, wish, start_after=start, consent=CONSENT)
                click.echo(f"{view.name} now reads at {done.channel.address} too (channel {done.channel.id}).")


@channel.command("cap")
@click.argument("number", type=int, metavar="CHANNEL")
@click.argument("most", type=click.IntRange(1, 200), metavar="PAPERS")
def set_cap(number: int, most: int) -> None:
    """Put at most PAPERS in a digest of CHANNEL (its number is in `digest show`)."""
    with open_app() as app, app.database.writing() as session:
        done = service.set_cap(session, app.clock(), number, most)
    click.echo(f"{done.channel.address} gets at most {done.channel.cap} papers at a time.")


@click.command()
@click.argument("who")
def pause(who: str) -> None:
    """Send WHO nothing until `digest resume`."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = service.pause(session, app.clock(), view.id)
    click.echo(f"{view.name} is {done.after.value}.")


@click.command()
@click.argument("who")
def resume(who: str) -> None:
    """Send WHO digests again; the first covers what was announced meanwhile, up to the cap."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = service.resume(session, app.clock(), view.id)
    click.echo(f"{view.name} is {done.after.value}.")
