"""Puts mails into a Maildir, and beside it a page that any browser shows. For reading without a mail server."""

import asyncio
import re
from pathlib import Path
from typing import Self

from digest.errors import NotifierError
from digest.model import Address, MailMessage, Message, MessageForm, Receipt
from digest.notifiers.atomic import explain_unwritable, write_whole
from digest.notifiers.identity import MailIdentity, find_identity
from digest.notifiers.mime import build_mail
from digest.notifiers.naming import name_mail
from digest.settings import Settings

# A Maildir always has all three (maildir(5)).
FOLDERS = ("tmp", "new", "cur")
PREVIEW = "preview"
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def make_notifier(settings: Settings) -> "FileNotifier":
    """Give the notifier for folders; it needs no settings of its own."""
    return FileNotifier(find_identity(settings))


class FileNotifier:
    """Writes mails. The address is a folder on this machine, so only an operator may add such a channel."""

    kind = "file"
    form = MessageForm.MAIL

    def __init__(self, identity: MailIdentity) -> None:
        self._identity = identity

    async def __aenter__(self) -> Self:
        """Get ready."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Nothing is open."""

    async def send(self, message: Message, address: Address) -> Receipt:
        """Write the mail; once more the same message changes nothing. Raises NotifierError."""
        if not isinstance(message, MailMessage):
            raise NotifierError("The file notifier was handed something that is not a mail")
        folder = parse_folder(address.value)
        mail = build_mail(message, self._identity, None)
        try:
            path = await asyncio.to_thread(_write, folder, message, mail)
        except OSError as error:
            raise explain_unwritable(str(folder), error) from None
        return Receipt(str(path))


def parse_folder(text: str) -> Path:
    """Read a channel's address. Raises a permanent NotifierError.

    Only a whole path is taken: a relative one would mean another folder wherever the service is started.
    """
    if _UNWRITABLE.search(text) or not Path(text).is_absolute():
        raise NotifierError("This is not the whole path of a folder, such as /home/ada/papers", permanent=True)
    return Path(text)


def _write(folder: Path, message: MailMessage, mail: bytes) -> Path:
    name = name_mail(message.message_id)
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    preview, suffix = (message.html, "html") if message.html else (message.text, "txt")
    write_whole(folder / PREVIEW / f"{name}.{suffix}", preview.encode(errors="replace"))
    # A mail program has moved a mail that was read to cur/, with its flags after a colon.
    read = next((path for path in (folder / "cur").iterdir() if path.name.partition(":")[0] == name), None)
    if read is None:
        write_whole(folder / "new" / name, mail, via=folder / "tmp")
    return read or folder / "new" / name
