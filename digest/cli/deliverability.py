"""`digest deliverability`: whether mail of ours will be believed, and what to put right."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from digest.bootstrap import make_tokens
from digest.cli.exits import Exit
from digest.cli.output import print_json, print_table
from digest.cli.showcase import READER
from digest.deliverability.findings import Finding, Level
from digest.deliverability.hosts import is_address, is_public
from digest.deliverability.resolver import Dns
from digest.demo.samples.catalogue import SAMPLES, render_sample
from digest.logs import configure_logs
from digest.notifiers.dkim import make_signer
from digest.notifiers.identity import find_identity
from digest.notifiers.mime import build_mail
from digest.pipeline.mail_check import check_file, check_mail
from digest.pipeline.presentation import Presenter
from digest.settings import Settings, read_settings

MOST_BYTES = 50_000_000


@click.command()
@click.option(
    "--ip", "addresses", multiple=True, metavar="ADDRESS", help="Address your mail leaves from; repeat for more."
)
@click.option(
    "--eml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge this mail, as it was saved in a mail program, and nothing else.",
)
@click.option("--nameserver", "servers", multiple=True, metavar="ADDRESS", help="Ask this DNS server instead of yours.")
@click.option("--nameserver-port", type=click.IntRange(1, 65535), default=53, show_default=True, help="Its port.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def deliverability(
    *, addresses: Sequence[str], eml: Path | None, servers: Sequence[str], nameserver_port: int, as_json: bool
) -> Exit:
    """Check what decides whether mail arrives: SPF, DKIM, DMARC, reverse DNS, MX, TLS and the headers.

    Each finding says what to do, with the record to publish. Nothing is sent. Without a network, what cannot be looked
    up is said to be unknown. Exits 1 if there is a fault.
    """
    findings = _judge_file(eml) if eml else _judge_settings(addresses, servers, nameserver_port)
    if as_json:
        print_json(findings)
    else:
        _print(findings)
    return Exit.FAILED if any(each.level is Level.FAULT for each in findings) else Exit.OK


def _judge_file(eml: Path) -> list[Finding]:
    with eml.open("rb") as file:
        return check_file(file.read(MOST_BYTES))


def _judge_settings(addresses: Sequence[str], servers: Sequence[str], port: int) -> list[Finding]:
    for address in addresses:
        if not is_public(address):
            raise click.UsageError(
                f"“{address[:60]}” is not an address that mail can come from; give one seen from outside."
            )
    for server in servers:
        if not is_address(server):
            raise click.UsageError(f"“{server[:60]}” is not the address of a DNS server; give its IP address.")
    settings = read_settings()
    configure_logs(settings, is_service=False)
    findings = asyncio.run(check_mail(settings, Dns(servers, port), addresses))
    return [*findings, *check_file(_build_sample(settings))]


def _build_sample(settings: Settings) -> bytes:
    """Build a digest as it would be sent now, for its headers to be judged."""
    presenter = Presenter(settings, make_tokens(settings))
    message = render_sample(presenter, SAMPLES["ordinary"], READER.address, datetime.now(UTC))
    mail = build_mail(message, find_identity(settings), READER)
    signer = make_signer(settings)
    return signer.sign(mail) if signer else mail


def _print(findings: Sequence[Finding]) -> None:
    rows = [(each.level.value, each.about, each.what) for each in findings]
    print_table("Findings", ("level", "about", "what"), rows)
    for each in findings:
        if each.fix:
            click.echo(f"{each.about}: {each.fix}")  # not in the table, so that records can be copied whole
