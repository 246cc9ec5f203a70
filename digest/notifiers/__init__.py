"""How messages leave: the Notifier contract. One file per kind; the registry is the entry-point group."""

from typing import Protocol, Self

from digest.model import Address, Message, MessageForm, Receipt


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
