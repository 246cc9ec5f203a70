"""The command line. Each group of commands is a file; this one gathers them and turns errors into sentences."""

import sys
from collections.abc import Sequence

import click

from digest.cli.bounces import bounces
from digest.cli.channels import channel, pause, resume
from digest.cli.checks import check
from digest.cli.deliverability import deliverability
from digest.cli.demo import demo
from digest.cli.exclusions import exclude
from digest.cli.exits import Exit
from digest.cli.follows import follow, following, unfollow
from digest.cli.jobs import compose, deliver, fetch, run
from digest.cli.lists import follow_list_command
from digest.cli.papers import papers
from digest.cli.people import (
    erase,
    export,
    interest,
    schedule,
    show,
    subscribe,
    subscribers,
    unsubscribe,
)
from digest.cli.preview import preview
from digest.cli.researchers import researchers
from digest.cli.schema import db
from digest.cli.send_test import send_test
from digest.cli.sources import sources
from digest.cli.status import status
from digest.cli.subscriber_lists import export_subscribers, import_subscribers
from digest.cli.why import why
from digest.errors import ConfigurationError, DigestError
from subscribers.faults import DatabaseUnavailable
from subscribers.model import SubscriberError

COMMANDS = (
    *(demo, run, fetch, compose, deliver, preview, send_test, status, check, deliverability, db, sources, papers),
    *(
        subscribe,
        unsubscribe,
        follow,
        unfollow,
        following,
        follow_list_command,
        researchers,
        interest,
        exclude,
        channel,
        schedule,
        pause,
        resume,
    ),
    *(subscribers, show, why, export, erase, bounces),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="daily-paper-digest", prog_name="digest")
def digest() -> None:
    """Follow topics and researchers; get a daily digest of new papers by email and Telegram.

    Start with `digest demo`. Then `digest subscribe --email you@example.org --interest cat:cs.CL`, `digest check` to
    see what is still to configure, and `digest run`. Options are read from the environment (DIGEST_…) and from
    digest.toml; `digest check --options` lists them.
    """


for command in COMMANDS:
    digest.add_command(command)
subscribers.add_command(import_subscribers)
subscribers.add_command(export_subscribers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. Whatever goes wrong is one clear sentence on stderr and an exit code that says what kind it is."""
    try:
        sys.exit(digest.main(arguments, standalone_mode=False) or Exit.OK)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(Exit.FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigurationError as error:
        for fault in error.faults:
            click.echo(f"Error: {fault}", err=True)
        sys.exit(Exit.CONFIGURATION)
    except DatabaseUnavailable as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(Exit.DATABASE)
    except (DigestError, SubscriberError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(Exit.FAILED)
