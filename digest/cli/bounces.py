"""`digest bounces`: who bounces, who is suppressed, taking a mail in by hand or from a pipe."""

import os
from pathlib import Path
from typing import BinaryIO, Final

import click

from digest.bootstrap import App, open_app
from digest.cli.output import print_json, print_note, print_table
from digest.errors import ConfigurationError
from digest.pipeline.postbox import Taken, take_mail
from digest.postbox.findings import Verdict
from digest.postbox.mail import MAX_BYTES
from subscribers import reports
from subscribers.bounces import Action, fade
from subscribers.faults import DatabaseUnavailable
from subscribers.store.bounces import Bouncing, count_bouncing, list_bouncing
from subscribers.store.suppressions import count_suppressions

# sysexits(3), which mail servers understand: tell the sender that this was not taken; keep the mail and try again.
NOBODY_READS: Final = 77
TRY_AGAIN: Final = 75
# Where Postfix and others put the address a mail came to, for a command that is piped to.
_RECIPIENTS: Final = ("ORIGINAL_RECIPIENT", "RECIPIENT", "EXTENDED_RECIPIENT")
MOST_LISTED: Final = 100


@click.group()
def bounces() -> None:
    """See which addresses bounce, let one be written to again, read a bounce."""


@bounces.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def list_bounces(*, as_json: bool) -> None:
    """List the channels that bounced lately with their scores, and count the suppressed addresses."""
    with open_app() as app:
        with app.database.reading() as session:
            bouncing, total = list_bouncing(session, MOST_LISTED), count_bouncing(session)
            suppressed = {reason.value: count for reason, count in count_suppressions(session).items()}
        rows = [_describe(app, each) for each in bouncing]
    if as_json:
        print_json({"bouncing": rows, "total": total, "suppressed": suppressed})
        return
    columns = ("channel", "subscriber", "address", "score", "last (UTC)", "probed (UTC)")
    print_table("Bouncing", columns, [tuple(row.values()) for row in rows])
    print_table("Suppressed", ("reason", "addresses"), list(suppressed.items()) or [("none", 0)])
    if total > len(rows):
        print_note(f"These are the last {len(rows)} of {total}.")


@bounces.command()
@click.argument("address")
def lift(address: str) -> None:
    """Let a suppressed ADDRESS be written to again; `digest subscribe` opens its channel.

    Do so only if its owner asks for it: it bounced, or a reader called our mail spam.
    """
    with open_app() as app, app.database.writing() as session:
        was_suppressed = reports.lift(session, address)
    print_note("It may be written to again." if was_suppressed else "This address is not suppressed.")


@bounces.command()
@click.argument("file", type=click.File("rb"))
@click.option("--to", "recipient", default="", metavar="ADDRESS", help="Address the mail came to, if it does not say.")
def read(file: BinaryIO, recipient: str) -> int:
    """Read a mail from FILE, or from a pipe (-), and act on it; the same mail again does nothing.

    From a pipe, the exit code is one that mail servers understand: 75 to try again later, 77 for a person's answer.
    """
    is_piped = not isinstance(getattr(file, "name", None), str) or not Path(file.name).is_file()
    recipients = [address for address in (recipient, *map(os.environ.get, _RECIPIENTS)) if address]
    raw = file.read(MAX_BYTES)
    try:
        with open_app() as app:
            taken = take_mail(app.make_postbox(), raw, recipients)
    except (ConfigurationError, DatabaseUnavailable) as error:
        if not is_piped:
            raise
        print_note(f"Error: {error}")
        return TRY_AGAIN
    print_note(say_taken(taken))
    is_answer = taken.finding.verdict is Verdict.PERSON and taken.is_ours  # other mail may have an invented sender
    return NOBODY_READS if is_piped and is_answer else 0


def say_taken(taken: Taken) -> str:
    """Say what a mail was and what it led to."""
    said = _MEANINGS[taken.finding.verdict]
    if taken.finding.verdict not in _COUNTED:
        return f"{said}."
    if not taken.is_ours:
        return f"{said}, but nothing in it that we signed says of which mail: ignored."
    if not taken.is_new:
        return f"{said}, which was taken before or is about nobody any more."
    return f"{said}. {_ACTIONS[taken.action]}"


_MEANINGS: Final = {
    Verdict.DELIVERED: "A mail was delivered",
    Verdict.DELAYED: "A mail is late and is still being tried",
    Verdict.POLICY: "A mail was refused because of us or of what was in it, which says nothing about the address",
    Verdict.SOFT: "A soft bounce",
    Verdict.HARD: "A hard bounce",
    Verdict.COMPLAINT: "A complaint",
    Verdict.REQUEST: "What was asked for by mail was done",
    Verdict.AUTO_REPLY: "An automatic reply, which is ignored",
    Verdict.PERSON: "A person wrote this; nobody reads mail to this address",
    Verdict.JUNK: "Nothing that is understood",
}
_ACTIONS: Final = {
    Action.NOTHING: "It is counted.",
    Action.PROBE: "The address bounces too often: a probe is sent.",
    Action.STOP: "The address is suppressed.",
}
_COUNTED: Final = frozenset({Verdict.SOFT, Verdict.HARD, Verdict.COMPLAINT})


def _describe(app: App, bouncing: Bouncing) -> dict[str, object]:
    standing, ladder = bouncing.standing, app.make_postbox().ladder
    return {
        "channel": bouncing.channel_id,
        "subscriber": bouncing.subscriber_id,
        "address": bouncing.address,
        "score": round(fade(standing, app.clock(), ladder), 2),
        "last_at": standing.scored_at,
        "probed_at": standing.probed_at,
    }
