"""Channels of people who are subscribed already: one more, another cap; and a pause from everything."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from digest.bootstrap import open_app
from digest.cli.people import CONSENT, cadence_option, list_addresses, read_schedule, weekday_option
from digest.pipeline.signup import find_start, get_subscriber
from subscribers import service
from subscribers.model import ChannelStatus, ChannelWish, SubscriberStatus, SubscriberView
from subscribers.preferences import pause_until
from subscribers.schedule import zone_of


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
@cadence_option
@weekday_option
@click.option("--cap", type=click.IntRange(1, 200), help="Most papers in one digest.")
def add(  # noqa: PLR0913 -- one argument for each option
    who: str,
    *,
    emails: Sequence[str],
    chats: Sequence[str],
    folders: Sequence[str],
    timezone: str | None,
    send_at: str | None,
    cadence: str | None,
    weekday: str | None,
    cap: int | None,
) -> None:
    """Let WHO (a number or an address) read in one more place."""
    addresses = list_addresses(emails, chats, folders)
    with open_app() as app:
        view = get_subscriber(app.database, who)
        schedule = read_schedule(app, timezone, send_at, cadence, weekday)
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
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day of the next digest.")
def pause(who: str, until: datetime | None) -> None:
    """Send WHO nothing until `digest resume`, or until a day; its digest then covers everything since the last one."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        at = None if until is None else until.replace(tzinfo=_find_zone(view))
        with app.database.writing() as session:
            done = pause_until(session, app.clock(), view.id, at)
    is_paused = done.after is SubscriberStatus.PAUSED
    click.echo(f"{view.name} is {done.after.value}{f' until {until:%Y-%m-%d}' if until and is_paused else ''}.")


def _find_zone(view: SubscriberView) -> ZoneInfo:
    """Give the zone a subscriber lives in: that of the first channel that is open."""
    channels = sorted(view.channels, key=lambda each: (each.status is not ChannelStatus.OPEN, each.id))
    return zone_of(channels[0].schedule.timezone if channels else "UTC")


@click.command()
@click.argument("who")
def resume(who: str) -> None:
    """Send WHO digests again; the first covers what was announced meanwhile, up to the cap."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = service.resume(session, app.clock(), view.id)
    click.echo(f"{view.name} is {done.after.value}.")
