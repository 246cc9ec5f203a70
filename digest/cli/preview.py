"""`digest preview`: the digest somebody would get, or every mail there is, written to a folder; nothing is sent."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_note, print_table
from digest.cli.showcase import write_showcase
from digest.model import Delivery, MessageForm
from digest.notifiers.capture import CaptureNotifier
from digest.notifiers.identity import find_identity
from digest.pipeline.preview import preview_digests
from digest.pipeline.signup import get_subscriber
from digest.storage import papers

_CHAT_KINDS = frozenset({"telegram"})


@click.command()
@click.argument("who", required=False)
@click.option("--all", "shows_all", is_flag=True, help="Write every mail in every state instead, of invented papers.")
@click.option("--days", type=click.IntRange(1, 60), default=7, show_default=True, help="How far to look back.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("preview"),
    show_default=True,
    help="Folder.",
)
def preview(who: str | None, days: int, out: Path, *, shows_all: bool) -> None:
    """Write the digest that WHO (a number or an address) would get of the last days, and send nothing.

    Mail is written as .eml and .html, chat messages as .txt. The outbox and the place of each channel in the
    announcements stay as they are. With --all, every mail in every state is written, as it would be sent with these
    settings, and index.html shows them side by side; that needs neither database nor network.
    """
    if shows_all == bool(who):
        raise click.UsageError("Say for whom, or --all for every mail there is.")
    if shows_all:
        write_showcase(out)
    else:
        _preview_one(who or "", days, out)


def _preview_one(who: str, days: int, out: Path) -> None:
    with open_app() as app:
        view = get_subscriber(app.database, who)
        deliveries = preview_digests(app.database, view, app.clock(), timedelta(days=days))
        asyncio.run(_write(app, deliveries, out))
    rows = [
        (each.address.kind, each.address.value, len(each.edition.entries), each.edition.more) for each in deliveries
    ]
    print_table(f"Preview for {view.name}, last {days} days", ("channel", "address", "papers", "more"), rows)
    print_note(f"Written to {out}/" if any(each.edition.entries for each in deliveries) else "Nothing matched.")


async def _write(app: App, deliveries: Sequence[Delivery], out: Path) -> None:
    with app.database.reading() as session:
        wanted = {entry.paper_id for each in deliveries for entry in each.edition.entries}
        known = papers.load_papers(session, wanted)
    for each in deliveries:
        kind = each.address.kind
        form = MessageForm.CHAT if kind in _CHAT_KINDS else MessageForm.MAIL
        if each.edition.entries:
            async with CaptureNotifier(kind, form, out / kind, find_identity(app.settings)) as notifier:
                await notifier.send(app.presenter.render(each, known, form), each.address)
