"""Names and addresses of servers: reverse DNS of where mail leaves, and who takes mail for our domains. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final

from digest.deliverability.findings import Finding, fault, fine, unknown, warn

REVERSE: Final = "reverse DNS"
MAIL_HOSTS: Final = "MX"


def judge_reverse(
    address: str, names: Sequence[str], forward: Mapping[str, Sequence[str]], unreachable: str, *, is_sure: bool
) -> Finding:
    """Judge whether an address has a name that leads back to it, as Gmail and others demand of whoever sends."""
    if unreachable:
        return unknown(REVERSE, f"The name of {address} cannot be looked up: {unreachable}.")
    judge = fault if is_sure else warn
    fix = "Ask whoever gave you the address to set its reverse DNS (PTR) to the name of your mail server."
    if not names:
        return judge(REVERSE, f"{address} has no name in reverse DNS.", fix)
    confirmed = [name for name in names if _leads_to(forward.get(name, ()), address)]
    if not confirmed:
        return judge(REVERSE, f"{address} is called {names[0]}, and that name does not lead back to it.", fix)
    return fine(REVERSE, f"{address} is {confirmed[0]}, and that name leads back to it.")


def judge_mail_hosts(domain: str, hosts: Sequence[str], addresses: Sequence[str], unreachable: str = "") -> Finding:
    """Judge whether mail to a domain of ours arrives: answers, complaints and bounces go there."""
    if unreachable:
        return unknown(MAIL_HOSTS, f"Who takes mail for {domain} cannot be looked up: {unreachable}.")
    fix = f"Publish: {domain}. IN MX 10 <your mail server>."
    if list(hosts) == ["."]:
        return fault(MAIL_HOSTS, f"{domain} says that it takes no mail, so bounces and answers are lost.", fix)
    if not hosts and not addresses:
        return fault(MAIL_HOSTS, f"Nobody takes mail for {domain}: it has no MX record and no address.", fix)
    if not hosts:
        return warn(MAIL_HOSTS, f"{domain} has no MX record; mail goes to its address, if a server listens there.", fix)
    return fine(MAIL_HOSTS, f"Mail for {domain} is taken by {hosts[0]}.")


def is_address(text: str) -> bool:
    """Whether this is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address can be seen from outside; False for what is none."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def _leads_to(addresses: Sequence[str], wanted: str) -> bool:
    return ip_address(wanted) in {ip_address(each) for each in addresses}
