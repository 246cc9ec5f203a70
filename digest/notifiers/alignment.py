"""Whether the domains in our mails belong together, as DMARC wants it (RFC 7489 §3.1). Pure; asks no DNS.

Four places name a domain: the From address, the envelope's sender, the DKIM signature and the Message-ID. Receivers
believe a mail when the first agrees with the second (SPF) or the third (DKIM), up to the organisational domain.
"""

from dataclasses import dataclass
from typing import Final

from digest.errors import ConfigurationError
from digest.notifiers.dkim import make_signer
from digest.notifiers.identity import find_identity, parse_bounces
from digest.settings import Settings

# Second-level labels under which registries of countries register names: `ac.uk`, `co.jp`. The Public Suffix List has
# thousands; these and the rule below are right for nearly all senders, and a wrong guess only changes a sentence.
_SHARED: Final = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "mil", "ne", "net", "or", "org", "sch"}
)
_COUNTRY: Final = 2  # letters of a country's top-level domain


@dataclass(frozen=True, slots=True)
class Domains:
    """The domains our mails name. `envelope` is that of the return path; `signed` is empty where we do not sign."""

    sender: str
    envelope: str
    signed: str
    message_id: str


def list_domains(settings: Settings) -> Domains:
    """Read them from the settings. Raises ConfigurationError."""
    sender = find_identity(settings).sender.domain
    bounces = parse_bounces(settings.bounces.address).rpartition("@")[2] if settings.bounces.address else sender
    signer = make_signer(settings)
    return Domains(sender=sender, envelope=bounces, signed=signer.domain if signer else "", message_id=sender)


def find_misalignments(domains: Domains) -> tuple[str, ...]:
    """Say in plain sentences what does not belong together, and what to change; nothing if all is well."""
    findings = []
    if not is_aligned(domains.sender, domains.envelope):
        findings.append(
            f"Bounces go to {domains.envelope}, mail is from {domains.sender}: SPF cannot vouch for the From address. "
            f"Set DIGEST_BOUNCES__ADDRESS to a mailbox at {domains.sender}, or have every mail signed with DKIM."
        )
    if domains.signed and not is_aligned(domains.sender, domains.signed):
        findings.append(
            f"Mail from {domains.sender} is signed for {domains.signed}, so the signature does not vouch for the From "
            "address. Set DIGEST_DKIM__DOMAIN to the domain of DIGEST_SMTP__SENDER."
        )
    if not is_aligned(domains.sender, domains.message_id):
        findings.append(f"Message-IDs name {domains.message_id}, and mail is from {domains.sender}.")
    return tuple(findings)


def explain_alignment(settings: Settings) -> tuple[str, ...]:
    """Do both: what is wrong with the domains of the settings, faults of the settings themselves included."""
    try:
        return find_misalignments(list_domains(settings))
    except ConfigurationError as error:
        return tuple(error.faults)


def is_aligned(one: str, other: str) -> bool:
    """Whether two domains are of one organisation: DMARC's relaxed alignment (RFC 7489 §3.1.1, §3.1.2)."""
    return find_organisation(one) == find_organisation(other)


def find_organisation(domain: str) -> str:
    """Guess the organisational domain: `lab.example.org` is of `example.org`, `cs.ox.ac.uk` of `ox.ac.uk`."""
    labels = domain.lower().rstrip(".").split(".")
    is_shared = len(labels) > 1 and len(labels[-1]) == _COUNTRY and labels[-2] in _SHARED
    return ".".join(labels[-3 if is_shared else -2 :])
