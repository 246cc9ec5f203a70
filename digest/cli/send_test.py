"""`digest send-test`: one mail to yourself, exactly as readers get it, and what happened on the way."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import click

from digest.bootstrap import make_tokens
from digest.cli.output import print_table
from digest.demo.samples.catalogue import SAMPLES, render_sample
from digest.logs import configure_logs
from digest.notifiers.alignment import explain_alignment
from digest.notifiers.identity import find_identity
from digest.pipeline.presentation import Presenter
from digest.pipeline.trial import Trial, try_mail
from digest.settings import Settings, read_settings

# Short names of the samples that stand for their kind.
_USUAL: Final = {"digest": "ordinary", "alert": "alert_one"}
GMAIL_LIMIT: Final = 102_000  # bytes of HTML, beyond which Gmail cuts a mail off


@click.command("send-test")
@click.argument("address")
@click.option(
    "--kind",
    type=click.Choice([*_USUAL, *SAMPLES]),
    default="digest",
    show_default=True,
    help="Which mail: a digest, an alert, a letter, or any that `digest preview --all` writes.",
    metavar="KIND",
)
def send_test(address: str, kind: str) -> None:
    """Send a sample to ADDRESS through the configured mail server, and say what happened.

    The mail is built, signed and sent as those to readers are. Its papers are invented, and its links are for a reader
    who does not exist: they can be opened, and the unsubscribe button pressed, without changing anything. The database
    is not touched.
    """
    settings = read_settings()
    configure_logs(settings, is_service=False)
    sample = SAMPLES[_USUAL.get(kind, kind)]
    now = datetime.now(UTC)
    message = render_sample(Presenter(settings, make_tokens(settings)), sample, address, now)
    # A name of its own: some servers drop a second mail of the same Message-ID.
    domain = find_identity(settings).sender.domain
    message = replace(message, message_id=f"test.{sample.name}.{now:%Y%m%d%H%M%S}@{domain}")
    trial = asyncio.run(try_mail(settings, message, address))
    print_table(f"Sent to {address}", ("what", "says"), list(_describe(settings, trial, len(message.html.encode()))))
    print_table("Look at the source of the mail as it arrived", ("field", "should say"), list(_list_signs(trial)))


def _describe(settings: Settings, trial: Trial, html_size: int) -> Iterator[tuple[str, str]]:
    smtp, headers = settings.smtp, trial.headers
    yield "server", f"{smtp.host}:{smtp.port} answered {trial.reply}"
    if trial.facts is not None:
        limit = f"; the server takes {trial.facts.size_limit / 1_000_000:.1f} MB" if trial.facts.size_limit else ""
        yield "encryption", trial.facts.tls or "none: fine only for a server on the same machine or network"
        yield "log-in", f"as {smtp.username}" if trial.facts.is_logged_in else "none"
        too_much = "; more than Gmail shows" if html_size > GMAIL_LIMIT else ""
        yield "size", f"{len(trial.mail) / 1000:.1f} kB, of it {html_size / 1000:.1f} kB HTML{too_much}{limit}"
    yield "DKIM", _describe_signature(headers["DKIM-Signature"])
    yield (
        "return path",
        trial.return_path or f"{find_identity(settings).sender.address} (DIGEST_BOUNCES__ADDRESS not set)",
    )
    yield (
        "one-click unsubscribe",
        "yes" if headers["List-Unsubscribe-Post"] else "no: needs DIGEST_PUBLIC_URL with https",
    )
    yield "Message-ID", str(headers["Message-ID"])
    for finding in explain_alignment(settings):
        yield "alignment", finding


def _describe_signature(field: str | None) -> str:
    if field is None:
        return "not signed by us; your mail server should"
    tags = dict(part.strip().partition("=")[::2] for part in field.split(";"))
    return f"signed for {tags.get('d')} with the selector {tags.get('s')}, {tags.get('a')}"


def _list_signs(trial: Trial) -> Iterator[tuple[str, str]]:
    yield "Authentication-Results", "spf=pass, dkim=pass and dmarc=pass, each for your domain"
    yield "Return-Path", trial.return_path or "the address of DIGEST_SMTP__SENDER"
    yield "Received", "ESMTPS or TLS in the line your mail server adds"
    yield "folder", "the inbox; in the spam folder, `digest deliverability` says what may be wrong"
