"""Stands in for another notifier and writes what it would have sent: for `digest demo`, previews and dry runs."""

import asyncio
from pathlib import Path
from typing import Self

from digest.errors import NotifierError
from digest.model import Address, ChatMessage, MailMessage, Message, MessageForm, Receipt
from digest.notifiers.atomic import explain_unwritable, write_whole
from digest.notifiers.chat_markup import count_units, strip_tags
from digest.notifiers.identity import NOBODY, Mailbox, MailIdentity, make_identity, parse_recipient
from digest.notifiers.mime import build_mail
from digest.notifiers.naming import name_capture

RULE = "─" * 12


class CaptureNotifier:
    """Writes instead of sending: a mail to `<name>.eml` and `<name>.html`, a chat message to `<name>.txt`.

    `<name>` comes from the address and the message id (`naming.name_capture`), so the same message always replaces
    its own files. The `.eml` is byte for byte what the email notifier hands to SMTP for the same identity, before a
    signature. A mail of text alone has no `.html`.
    """

    def __init__(self, kind: str, form: MessageForm, folder: Path, identity: MailIdentity | None = None) -> None:
        self.kind = kind
        self.form = form
        self._folder = folder
        self._identity = identity or make_identity(NOBODY.name, NOBODY)

    async def __aenter__(self) -> Self:
        """Get ready."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Nothing is open."""

    async def send(self, message: Message, address: Address) -> Receipt:
        """Write the message. Raises NotifierError."""
        files = self._files(message, address)
        try:
            await asyncio.to_thread(_write_all, files)
        except OSError as error:
            raise explain_unwritable(str(self._folder), error) from None
        return Receipt(str(next(iter(files))))

    def _files(self, message: Message, address: Address) -> dict[Path, bytes]:
        path = self._folder / name_capture(address.value, message.message_id)
        match message:
            case MailMessage() if self.form is MessageForm.MAIL:
                mail = build_mail(message, self._identity, self._recipient(address))
                page = {_with(path, ".html"): message.html.encode(errors="replace")} if message.html else {}
                return {_with(path, ".eml"): mail, **page}
            case ChatMessage() if self.form is MessageForm.CHAT:
                return {_with(path, ".txt"): render_capture(message, address).encode(errors="replace")}
            case _:
                raise NotifierError(f"The {self.kind} notifier was handed a message in the wrong form")

    def _recipient(self, address: Address) -> Mailbox | None:
        return None if self.kind == "file" else parse_recipient(address.value)


def render_capture(message: ChatMessage, address: Address) -> str:
    """Write a chat message for the eye: to whom, how long, then each part as it would be sent."""
    lengths = [count_units(strip_tags(part)) for part in message.parts]
    silent = ", silent" if message.is_silent else ""
    parts = f"{len(lengths)} part{'s' if len(lengths) != 1 else ''}"
    head = f"To {address.kind} chat {address.value}{silent}: {parts}, {' + '.join(map(str, lengths))} characters"
    blocks = [
        f"{RULE} part {number} of {len(lengths)}, {length} characters {RULE}\n{part}"
        for number, (part, length) in enumerate(zip(message.parts, lengths, strict=True), start=1)
    ]
    return "\n\n".join([head, *blocks]) + "\n"


def _write_all(files: dict[Path, bytes]) -> None:
    for path, content in files.items():
        write_whole(path, content)


def _with(path: Path, suffix: str) -> Path:
    # Not with_suffix: names contain dots.
    return path.with_name(path.name + suffix)
