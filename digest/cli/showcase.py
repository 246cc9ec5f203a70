"""Every mail in every state, written to a folder: for `digest preview --all`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from pydantic import SecretStr

from digest.bootstrap import make_tokens
from digest.cli.output import print_table
from digest.demo.samples.catalogue import SAMPLE_AT, SAMPLES, Sample, render_sample
from digest.notifiers.dkim import Signer, make_signer
from digest.notifiers.identity import Mailbox, find_identity
from digest.notifiers.mime import build_mail
from digest.pipeline.presentation import Presenter
from digest.rendering.showcase import ShownMail, render_showcase
from digest.settings import Settings, read_settings

READER: Final = Mailbox("ada@example.org")
INDEX: Final = "index.html"
# Stand in where nothing is set: without them the mails would have no links to look at.
_PUBLIC_URL: Final = "https://digest.example.org"
_KEY: Final = SecretStr("links of a preview, which are for nobody")


def write_showcase(out: Path) -> None:
    """Write the mails, and a page that shows them all; print their sizes."""
    settings = fill_in(read_settings())
    mails = [shown for sample in SAMPLES.values() for shown in _write_sample(settings, sample, out)]
    _write(out / INDEX, render_showcase(settings.title, mails).encode())
    rows = [
        (each.name, each.subject[:60], *map(_kilobytes, (each.size, each.html_size, each.text_size))) for each in mails
    ]
    print_table(f"Written to {out}", ("mail", "subject", "mail, kB", "HTML, kB", "text, kB"), rows)
    click.echo(f"Open {out / INDEX} in a browser.")


def fill_in(settings: Settings) -> Settings:
    """Give settings with which links can be made, where those that are set do not say where readers come."""
    if settings.public_url and settings.secret_key.get_secret_value():
        return settings
    return settings.model_copy(update={"public_url": _PUBLIC_URL, "secret_key": _KEY})


def _write_sample(settings: Settings, sample: Sample, out: Path) -> Iterator[ShownMail]:
    message = render_sample(Presenter(settings, make_tokens(settings)), sample, READER.address, SAMPLE_AT)
    signer: Signer | None = make_signer(settings)
    mail = build_mail(message, find_identity(settings), READER)
    html, text = message.html.encode(errors="replace"), message.text.encode(errors="replace")
    _write(out / f"{sample.name}.eml", signer.sign(mail) if signer else mail)
    _write(out / f"{sample.name}.txt", text)
    if html:
        _write(out / f"{sample.name}.html", html)
    yield ShownMail(
        name=sample.name,
        shows=sample.shows,
        subject=message.subject,
        size=len(mail),
        html_size=len(html),
        text_size=len(text),
    )


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise click.UsageError(
            f"{path} cannot be written: {error.strerror}. Choose another folder with --out."
        ) from error


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f}" if size else "none"
