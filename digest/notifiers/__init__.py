"""How messages leave: the Notifier contract. One file per kind; the registry is the entry-point group."""

from collections.abc import Collection
from typing import Final, Protocol, Self, runtime_checkable

from digest.model import Address, Message, MessageForm, Progress, Receipt


class Notifier(Protocol):
    """Sends to one kind of channel. Used as an async context manager: one connection for a run of sends."""

    @property
    def kind(self) -> str:
        """Give the channel kind it serves: `email`, `telegram`, `file`."""
        ...

    @property
    def form(self) -> MessageForm:
        """Say which rendering it sends."""
        ...

    async def __aenter__(self) -> Self:
        """Get ready; connecting may wait until the first send."""
        ...

    async def __aexit__(self, *exc: object) -> None:
        """Close what was opened."""
        ...

    async def send(self, message: Message, address: Address) -> Receipt:
        """Hand the message over. Raises NotifierError(permanent, retry_after) and its kin, nothing else."""
        ...


class Journal(Protocol):
    """Keeps, for one delivery, what must outlive the process that sends it, and tells what others have kept."""

    async def keep(self, progress: Progress) -> None:
        """Write down how far it is. Raises NotifierError if it is no longer this worker's to send."""
        ...

    async def find_newest(self) -> int:
        """Give the highest id that a message is known to have, where chats share one row of ids; 0 if none is."""
        ...

    async def list_numbers(self) -> Collection[int]:
        """Give the ids that messages are known to have, where chats share one row of ids."""
        ...

    async def find_last(self) -> int:
        """Give the highest id that a message to this channel is known to have; 0 if none is."""
        ...


@runtime_checkable
class PartwiseNotifier(Notifier, Protocol):
    """Sends messages of several parts, to several addresses at once, and can go on where another worker stopped."""

    @property
    def at_once(self) -> int:
        """Give how many messages may be on their way at a time, never two to one address."""
        ...

    async def send_parts(self, message: Message, address: Address, progress: Progress, journal: Journal) -> Receipt:
        """Send what is missing of the whole message. Raises NotifierError(memo, …) and its kin, nothing else."""
        ...


class _Forgetful:
    """The journal of a message that is not sent again."""

    async def keep(self, progress: Progress) -> None:
        """Forget it."""

    async def find_newest(self) -> int:
        """Know of none."""
        return 0

    async def list_numbers(self) -> Collection[int]:
        """Know of none."""
        return ()

    async def find_last(self) -> int:
        """Know of none."""
        return 0


FORGETFUL: Final[Journal] = _Forgetful()
