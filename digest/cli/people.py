"""Subscribing, following and listing from the shell. The operator vouches for the consent."""

from collections.abc import Sequence
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.follows import describe_terms
from digest.cli.output import print_json, print_table
from digest.pipeline.signup import export_everything, get_subscriber, read_follow, read_interest, sign_up
from subscribers import service, store
from subscribers.model import (
    ChannelView,
    ChannelWish,
    Consent,
    Registration,
    Schedule,
    SubscriberKind,
    SubscriberView,
)
from subscribers.schedule import parse_schedule
from subscribers.validation import MAX_NAME

CONSENT = Consent(given_by="operator", detail={"how": "command line"})
PAGE = 500

NEVER = "never"
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.command()
@click.option("--name", default="", help="How to address them; the first address by default.")
@click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="An email address; repeat for several.")
@click.option("--telegram", "chats", multiple=True, metavar="CHAT", help="A Telegram chat id or @channel.")
@click.option("--file", "folders", multiple=True, metavar="FOLDER", help="A folder to write a Maildir into.")
@click.option(
    "--interest", "interests", multiple=True, metavar="QUERY", help="""A topic, e.g. '"state space" cat:cs.LG'."""
)
@click.option("--follow", "names", multiple=True, metavar="NAME", help="A researcher to follow.")
@click.option("--timezone", help="IANA time zone, e.g. Europe/Berlin.")
@click.option("--at", "send_at", metavar="HH:MM", help="Local hour of the digest.")
@click.option("--cap", type=click.IntRange(1, 200), help="Most papers in one digest.")
@click.option("--group", "is_group", is_flag=True, help="This is a group that reads together, not a person.")
@json_option
def subscribe(  # noqa: PLR0913 -- one argument for each option
    *,
    name: str,
    emails: Sequence[str],
    chats: Sequence[str],
    folders: Sequence[str],
    interests: Sequence[str],
    names: Sequence[str],
    timezone: str | None,
    send_at: str | None,
    cap: int | None,
    is_group: bool,
    as_json: bool,
) -> None:
    """Subscribe somebody at once: you vouch that they agreed.

    Example: digest subscribe --email ada@example.org --interest 'cat:cs.CL diffusion' --follow 'Furu Wei'
    """
    addresses = list_addresses(emails, chats, folders)
    wishes = [read_interest(text) for text in interests]
    follows = [read_follow(each) for each in names]
    with open_app() as app:
        schedule = read_schedule(app, timezone, send_at)
        most = cap or app.settings.default_cap
        registration = Registration(
            name=name or addresses[0][1][:MAX_NAME],
            kind=SubscriberKind.GROUP if is_group else SubscriberKind.PERSON,
            channels=tuple(ChannelWish(kind=k, address=a, schedule=schedule, cap=most) for k, a in addresses),
        )
        done = sign_up(app.database, registration, wishes, follows, CONSENT, app.clock())
    if as_json:
        print_json(done.subscriber)
    else:
        click.echo(f"{done.subscriber.name} is subscribed as number {done.subscriber.id}.")
        _print_subscriber(done.subscriber)


@click.command()
@click.argument("who")
@click.option("--channel", type=int, help="Leave only this channel (its number is in `digest show`).")
def unsubscribe(who: str, channel: int | None) -> None:
    """End a subscription, or one channel of it. WHO is a number or an address."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        if channel is not None and channel not in {each.id for each in view.channels}:
            raise click.UsageError(f"{view.name} has no channel {channel}; `digest show {view.id}` lists them.")
        with app.database.writing() as session:
            done = service.unsubscribe(session, app.clock(), view.id, channel)
    click.echo(
        f"{view.name}: {len(done.closed)} channel(s) closed" + ("; nothing more is sent." if done.has_left else ".")
    )


@click.group()
def interest() -> None:
    """Add and remove topics. docs/interests.md explains the language."""


@interest.command("add")
@click.argument("who")
@click.argument("query")
def add_interest(who: str, query: str) -> None:
    """Let WHO receive papers that match QUERY."""
    wish = read_interest(query)
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = service.add_interest(session, app.clock(), view.id, wish)
    click.echo(f"{view.name} {'now has' if done.is_changed else 'already has'} the interest {wish.text}")


@interest.command("remove")
@click.argument("who")
@click.argument("query")
def remove_interest(who: str, query: str) -> None:
    """Let WHO no longer receive papers for QUERY."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            done = service.remove_interest(session, app.clock(), view.id, query)
            if not done.is_changed:  # not in their words: perhaps another spelling of the same
                done = service.remove_interest(session, app.clock(), view.id, read_interest(query).canonical)
    click.echo(f"{view.name} {'no longer has' if done.is_changed else 'did not have'} the interest {query}")


@click.command()
@click.argument("channel", type=click.IntRange(1, service.MAX_ID))
@click.option("--timezone", help="IANA time zone, e.g. Europe/Berlin.")
@click.option("--at", "send_at", metavar="HH:MM", help="Local hour of the digest.")
@click.option("--wait-until", metavar="HH:MM", help="Wait for late batches, but no longer than this; “never” not to.")
def schedule(channel: int, timezone: str | None, send_at: str | None, wait_until: str | None) -> None:
    """Change when CHANNEL (its number is in `digest show`) gets its digest."""
    if timezone is None and send_at is None and wait_until is None:
        raise click.UsageError("Say what to change: --timezone, --at or --wait-until.")
    with open_app() as app, app.database.writing() as session:
        known = store.view_channel(store.get_channel(session, channel)).schedule
        latest = f"{known.wait_until:%H:%M}" if known.wait_until else NEVER
        until = (wait_until or latest).strip().lower()
        hour = send_at or f"{known.send_at:%H:%M}"
        wanted = parse_schedule(timezone or known.timezone, hour, "" if until == NEVER else until)
        done = service.set_schedule(session, app.clock(), channel, wanted)
    coming = f"{done.channel.next_due_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"{done.channel.address}: {_describe_schedule(done.channel)}, next on {coming}.")


@click.command()
@json_option
def subscribers(*, as_json: bool) -> None:
    """List everybody who is or was subscribed."""
    with open_app() as app:
        views = _list_all(app)
    if as_json:
        print_json(views)
        return
    rows = [
        (
            view.id,
            view.name,
            view.status.value,
            "\n".join(f"{c.kind} {c.address}" for c in view.channels),
            len(view.interests),
            len(view.follows),
        )
        for view in views
    ]
    print_table("Subscribers", ("no.", "name", "status", "channels", "interests", "follows"), rows)


@click.command()
@click.argument("who")
@json_option
def show(who: str, *, as_json: bool) -> None:
    """Show one subscriber: channels, interests and follows. WHO is a number or an address."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
    if as_json:
        print_json(view)
    else:
        _print_subscriber(view)


@click.command()
@click.argument("who")
def export(who: str) -> None:
    """Print everything that is held about WHO, as JSON."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        print_json(export_everything(app.database, view))


@click.command()
@click.argument("who")
@click.confirmation_option(prompt="Erase everything about them? This cannot be undone.")
def erase(who: str) -> None:
    """Erase WHO: every row about them is deleted, at once and for good."""
    with open_app() as app:
        view = get_subscriber(app.database, who)
        with app.database.writing() as session:
            service.erase(session, view.id)
    click.echo(f"Subscriber {view.id} is erased.")


def list_addresses(emails: Sequence[str], chats: Sequence[str], folders: Sequence[str]) -> list[tuple[str, str]]:
    """Give kind and address of each place named; refuse none at all."""
    addresses = [("email", each) for each in emails] + [("telegram", each) for each in chats]
    addresses += [("file", str(Path(each).expanduser().absolute())) for each in folders]
    if not addresses:
        raise click.UsageError("Say where to send: --email, --telegram or --file.")
    return addresses


def read_schedule(app: App, timezone: str | None, send_at: str | None) -> Schedule:
    """Read a schedule as typed; what is not said is as in the settings."""
    settings = app.settings
    return parse_schedule(timezone or settings.default_timezone, send_at or f"{settings.default_send_at:%H:%M}")


def _list_all(app: App) -> list[SubscriberView]:
    views: list[SubscriberView] = []
    with app.database.reading() as session:
        while page := store.list_subscribers(session, PAGE, views[-1].id if views else 0):
            views += page
    return views


def _print_subscriber(view: SubscriberView) -> None:
    channels = [
        (each.id, each.kind, each.address, _describe_schedule(each), each.cap, each.closed_reason or each.status.value)
        for each in view.channels
    ]
    print_table(
        f"{view.name} ({view.status.value})", ("channel", "kind", "address", "digest", "cap", "status"), channels
    )
    wishes = [("interest", text) for text in view.interests] + [
        ("follow", f"{each.name}: {describe_terms(each)}") for each in view.follows
    ]
    print_table("Wishes", ("kind", "what"), wishes or [("none", "nothing will be sent until there is one")])


def _describe_schedule(channel: ChannelView) -> str:
    known = channel.schedule
    latest = (
        f" (or when all of today's papers are in, {known.wait_until:%H:%M} at the latest)" if known.wait_until else ""
    )
    return f"{known.send_at:%H:%M} {known.timezone}{latest}"
