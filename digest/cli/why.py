"""`digest why`: why a paper was not in somebody's digest."""

import click

from digest.bootstrap import open_app
from digest.cli.output import print_json
from digest.matching.absence import Absence
from digest.pipeline.signup import get_subscriber
from digest.pipeline.why import explain_absence
from subscribers.model import ChannelView, SubscriberView


@click.command()
@click.argument("who")
@click.argument("paper")
@click.option("--channel", type=int, help="Ask for this channel only (its number is in `digest show`).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def why(who: str, paper: str, *, channel: int | None, as_json: bool) -> None:
    """Say why PAPER was not in the digest of WHO, for each of their channels.

    PAPER is an arXiv id, a DOI, an address, or words of the title. The digest that should have had it is composed again
    to find out, which can take some seconds.
    """
    with open_app() as app:
        view = get_subscriber(app.database, who)
        channels = _choose(view, channel)
        answers = [(each, explain_absence(app.database, app.clock(), each.id, paper)) for each in channels]
    if as_json:
        print_json([{"channel": each.id, "address": each.address, "absence": answer} for each, answer in answers])
        return
    for each, answer in answers:
        _print(each, answer, is_one_of_many=len(answers) > 1)


def _choose(view: SubscriberView, number: int | None) -> list[ChannelView]:
    chosen = [each for each in view.channels if number in {None, each.id}]
    if not chosen:
        named = f"channel {number}" if number is not None else "channel"
        raise click.UsageError(f"{view.name} has no {named}; `digest show {view.id}` lists them.")
    return chosen


def _print(channel: ChannelView, answer: Absence, *, is_one_of_many: bool) -> None:
    named = [f"{channel.kind} {channel.address}"] if is_one_of_many else []
    if heading := ": ".join([*named, *([answer.title] if answer.title else [])]):
        click.echo(heading)
    click.echo(f"  {answer.sentence}")
    for line in answer.details:
        click.echo(f"  - {line}")
