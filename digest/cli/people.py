"""Subscribing, following and listing from the shell. The operator vouches for the consent."""

from collections.abc import Sequence
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.follows import describe_terms
from digest.cli.output import print_json, print_table
from digest.pipeline.erasing import forget
from digest.pipeline.joining import ask_by_mail
from digest.pipeline.signup import export_everything, get_subscriber, read_follow, read_interest, sign_up
from digest.pipeline.signup_wishes import FollowChoice, SignupWishes
from subscribers import service, store
from subscribers.model import (
    Cadence,
    ChannelView,
    ChannelWish,
    Consent,
    Registration,
    Schedule,
    SubscriberKind,
    SubscriberView,
)
from subscribers.schedule import WEEKDAYS, parse_schedule, read_cadence
from subscribers.schedule_words import NOTHING, describe_schedule
from subscribers.validation import MAX_NAME, check_text

CONSENT = Consent(given_by="operator", detail={"how": "command line"})
PAGE = 500

NEVER = "never"
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
cadence_option = click.option(
    "--cadence",
    type=click.Choice(tuple(Cadence), case_sensitive=False),
    help="How often: whenever there are new papers (batch), … or no digest at all (alerts).",
)
weekday_option = click.option("--weekday", metavar="DAY", help="Once a week, on this day, e.g. monday.")


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
@cadence_option
@weekday_option
@click.option("--cap", type=click.IntRange(1, 200), help="Most papers in one digest.")
@click.option("--group", "is_group", is_flag=True, help="This is a group that reads together, not a person.")
@click.option("--ask", "asks", is_flag=True, help="Do not vouch: write to the address, which has to confirm first.")
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
    cadence: str | None,
    weekday: str | None,
    cap: int | None,
    is_group: bool,
    asks: bool,
    as_json: bool,
) -> None:
    """Subscribe somebody at once: you vouch that they agreed. With --ask, they are asked by mail instead.

    Example: digest subscribe --email ada@example.org --interest 'cat:cs.CL diffusion' --follow 'Furu Wei'
    """
    addresses = list_addresses(emails, chats, folders)
    wishes = [read_interest(text) for text in interests]
    follows = [read_follow(each) for each in names]
    if asks and (chats or folders or is_group):
        raise click.UsageError("--ask writes to email addresses of people; leave out --telegram, --file and --group.")
    with open_app() as app:
        schedule = read_schedule(app, timezone, send_at, cadence, weekday)
        most = cap or app.settings.default_cap
        if asks:
            wanted = SignupWishes(
                schedule=schedule,
                cap=most,
                name=check_text("name", name, MAX_NAME) if name else "",
                interests=tuple(wishes),
                follows=tuple(FollowChoice(text=each.name, name=each.name, person=each) for each in follows),
            )
            _ask_all(app, emails, wanted, as_json=as_json)
            return
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


def _ask_all(app: App, emails: Sequence[str], wishes: SignupWishes, *, as_json: bool) -> None:
    """Have each address asked by the next `digest deliver`, or by `digest run`; all of them or none."""
    if not (app.settings.secret_key.get_secret_value() and app.settings.public_url):
        raise click.UsageError("The mail would have no link to confirm; set DIGEST_SECRET_KEY and DIGEST_PUBLIC_URL.")
    numbers = ask_by_mail(app.database, emails, wishes, app.clock())
    if as_json:
        print_json([{"request": number} for number in numbers])
    else:
        click.echo("They will be asked to confirm by mail, each address at most once a day.")


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
    if done.has_switched:
        click.echo("It was excluded until now, and is no more.")


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
@cadence_option
@weekday_option
def schedule(
    channel: int,
    *,
    timezone: str | None,
    send_at: str | None,
    wait_until: str | None,
    cadence: str | None,
    weekday: str | None,
) -> None:
    """Change when CHANNEL (its number is in `digest show`) gets its digest."""
    if timezone is None and send_at is None and wait_until is None and cadence is None and weekday is None:
        raise click.UsageError("Say what to change: --timezone, --at, --wait-until, --cadence or --weekday.")
    with open_app() as app, app.database.writing() as session:
        known = store.view_channel(store.get_channel(session, channel)).schedule
        latest = f"{known.wait_until:%H:%M}" if known.wait_until else NEVER
        until = (wait_until or latest).strip().lower()
        hour = send_at or f"{known.send_at:%H:%M}"
        wanted = parse_schedule(
            timezone or known.timezone,
            hour,
            "" if until == NEVER else until,
            cadence=_read_cadence(cadence, weekday) or known.cadence,
            weekday=weekday or WEEKDAYS[known.weekday],
        )
        done = service.set_schedule(session, app.clock(), channel, wanted)
    has_digests = wanted.cadence is not Cadence.ALERTS
    coming = f"; the next is due on {done.channel.next_due_at:%Y-%m-%d %H:%M} UTC" if has_digests else ""
    click.echo(f"{done.channel.address}: {describe_schedule(wanted)}{coming}.")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def subscribers(context: click.Context, *, as_json: bool) -> None:
    """List everybody who is or was subscribed; or move them, with `import` and `export`."""
    if context.invoked_subcommand is not None:
        return
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
        print_json(export_everything(app.database, view, app.settings.secret_key.get_secret_value()))


@click.command()
@click.argument("who")
@click.option("--forget-completely", is_flag=True, help="Keep no hash of their addresses: they are unknown again.")
@click.confirmation_option(prompt="Erase everything about them? This cannot be undone.")
def erase(who: str, *, forget_completely: bool) -> None:
    """Erase WHO: every row about them is deleted, at once and for good.

    A keyed hash of each email address is kept, so that nobody signs it up again without its confirming that.
    """
    with open_app() as app:
        view = get_subscriber(app.database, who)
        key = app.settings.secret_key.get_secret_value()
        forget(app.database, app.clock(), view.id, key=key, keeps_hash=not forget_completely)
    click.echo(f"Subscriber {view.id} is erased.")


def list_addresses(emails: Sequence[str], chats: Sequence[str], folders: Sequence[str]) -> list[tuple[str, str]]:
    """Give kind and address of each place named; refuse none at all."""
    addresses = [("email", each) for each in emails] + [("telegram", each) for each in chats]
    addresses += [("file", str(Path(each).expanduser().absolute())) for each in folders]
    if not addresses:
        raise click.UsageError("Say where to send: --email, --telegram or --file.")
    return addresses


def read_schedule(
    app: App, timezone: str | None, send_at: str | None, cadence: str | None, weekday: str | None
) -> Schedule:
    """Read a schedule as typed; what is not said is as in the settings, and daily."""
    settings = app.settings
    return parse_schedule(
        timezone or settings.default_timezone,
        send_at or f"{settings.default_send_at:%H:%M}",
        cadence=_read_cadence(cadence, weekday) or Cadence.DAILY,
        weekday=weekday or WEEKDAYS[0],
    )


def _read_cadence(cadence: str | None, weekday: str | None) -> Cadence | None:
    """Read how often; whoever names a day wants it weekly."""
    if weekday is not None and cadence not in {None, Cadence.WEEKLY}:
        raise click.UsageError(f"--weekday is for a weekly digest, not for --cadence {cadence}; leave one of them out.")
    return Cadence.WEEKLY if weekday is not None else read_cadence(cadence) if cadence else None


def _list_all(app: App) -> list[SubscriberView]:
    views: list[SubscriberView] = []
    with app.database.reading() as session:
        while page := store.list_subscribers(session, PAGE, views[-1].id if views else 0):
            views += page
    return views


def _print_subscriber(view: SubscriberView) -> None:
    channels = [
        (each.id, each.kind, each.address, _describe_channel(each), each.cap, each.closed_reason or each.status.value)
        for each in view.channels
    ]
    until = f" until {view.paused_until:%Y-%m-%d %H:%M} UTC" if view.paused_until else ""
    print_table(
        f"{view.name} ({view.status.value}{until})", ("channel", "kind", "address", "digest", "cap", "status"), channels
    )
    wishes = [("interest", text) for text in view.interests]
    wishes += [("excluded", text) for text in view.exclusions]
    wishes += [("follow", f"{each.name}: {describe_terms(each)}") for each in view.follows]
    print_table("Wishes", ("kind", "what"), wishes or [("none", "nothing will be sent until there is one")])


def _describe_channel(channel: ChannelView) -> str:
    if channel.schedule.cadence is Cadence.ALERTS and not channel.takes_alerts:
        return NOTHING
    return describe_schedule(channel.schedule) + ("" if channel.takes_alerts else "; takes no alerts")
