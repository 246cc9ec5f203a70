"""The types of options: what can be written in the environment, and what is refused."""

import functools
import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


def _split_commas(value: object) -> object:
    """Let the environment say `cs.CL, cs.LG` where a list is wanted."""
    listed = str(value) if isinstance(value, int) else value  # one number is read as JSON
    return tuple(filter(None, (part.strip() for part in listed.split(",")))) if isinstance(listed, str) else listed


def _read_seconds(value: object) -> object:
    """Let a plain number be seconds; ISO 8601 durations (`PT30M`) and `HH:MM:SS` are pydantic's to read."""
    return float(value) if isinstance(value, str) and value.strip().replace(".", "", 1).isdigit() else value


def is_host_or_network(entry: str) -> bool:
    """Whether this can be let through: a name without scheme or port, an address, or a network."""
    try:
        ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        # What ends in a number or holds a slash was meant for an address.
        return bool(_HOST_NAME.fullmatch(entry)) and not entry.rstrip(".").rpartition(".")[2].isdigit()
    return True


def is_web_address(url: str) -> bool:
    """Whether this is a web address with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _are_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse names of hosts: whom a request is from is told by its address."""
    for entry in value:
        try:
            ip_network(entry.strip("[]"), strict=False)
        except ValueError:
            message = f"“{entry[:100]}” is neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/8"
            raise ValueError(message) from None
    return value


def _know_zone(value: str) -> str:
    if value not in _list_zones():
        message = f"“{value}” is not a time zone; use an IANA name such as Europe/Berlin"
        raise ValueError(message)
    return value


@functools.cache
def _list_zones() -> set[str]:
    """Give every zone there is; to look through the time zone data takes some milliseconds."""
    return available_timezones()


def _know_bot(value: str) -> str:
    """Give the user name of a bot without its @: 5 to 32 Latin letters, digits and underscores."""
    name = value.strip().removeprefix("@")
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{4,31}", name):
        message = f"“{value[:40]}” is not the name of a bot; it looks like paper_digest_bot"
        raise ValueError(message)
    return name


Duration = Annotated[timedelta, BeforeValidator(_read_seconds), Field(gt=timedelta(0))]
Zone = Annotated[str, AfterValidator(_know_zone)]
BotName = Annotated[str, AfterValidator(_know_bot)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
Networks = Annotated[Names, AfterValidator(_are_networks)]
Counts = Annotated[tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_split_commas)]
