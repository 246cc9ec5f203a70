"""Acts: looks up everything that decides whether our mail is believed, and has it judged. Sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from typing import Final

from digest.deliverability.dkim import advise_signing, judge_key
from digest.deliverability.dmarc import judge_dmarc
from digest.deliverability.findings import Finding, fault, fine, unknown, warn
from digest.deliverability.headers import judge_mail
from digest.deliverability.hosts import is_public, judge_mail_hosts, judge_reverse
from digest.deliverability.resolver import Dns
from digest.deliverability.spf import judge_spf, walk_record
from digest.errors import NotifierUnusable
from digest.notifiers.alignment import Domains, find_misalignments, find_organisation, list_domains
from digest.notifiers.dkim import make_signer
from digest.notifiers.smtp_connection import SmtpConnection
from digest.settings import Settings

SERVER: Final = "mail server"
ALIGNMENT: Final = "alignment"
LINKS: Final = "links"
MAIL: Final = "mail"


@dataclass(frozen=True, slots=True)
class Senders:
    """The addresses mail leaves from. Unless the operator named them they are those of the mail server: a guess."""

    addresses: tuple[str, ...]
    is_sure: bool


async def check_mail(settings: Settings, dns: Dns, given: Sequence[str] = ()) -> list[Finding]:
    """Check domains, records and server. `given` are the addresses that mail leaves from, where they are known.

    Raises ConfigurationError for settings with which no mail could be sent at all.
    """
    domains = list_domains(settings)
    senders = await _find_senders(settings, dns, given)
    return [
        *await _check_spf(dns, domains, senders),
        *await _check_dkim(settings, dns),
        *await _check_dmarc(dns, domains),
        *(warn(ALIGNMENT, what, "") for what in find_misalignments(domains)),
        *await _check_reverse(dns, senders),
        *[await _check_mail_hosts(dns, domain) for domain in dict.fromkeys((domains.sender, domains.envelope))],
        await _check_server(settings),
        *_check_links(settings),
    ]


def check_file(data: bytes) -> list[Finding]:
    """Check a mail as it was handed over, or as it arrived."""
    mail = data if b"\r\n" in data else data.replace(b"\n", b"\r\n")
    try:
        return judge_mail(mail, message_from_bytes(mail))
    except RecursionError:
        return [fault(MAIL, "The mail has too many parts inside parts to be read.", "Send one part of each kind.")]


async def _find_senders(settings: Settings, dns: Dns, given: Sequence[str]) -> Senders:
    if given or not settings.smtp.host:
        return Senders(tuple(given), is_sure=True)
    host = settings.smtp.host
    found = (host,) if is_public(host) else (await dns.find_addresses(host)).records
    return Senders(tuple(filter(is_public, found)), is_sure=False)


async def _check_spf(dns: Dns, domains: Domains, senders: Senders) -> list[Finding]:
    """Judge for the first address that does not pass; if all pass, for all of them."""
    walks = [await walk_record(dns, domains.envelope, each) for each in senders.addresses or (None,)]
    shown = next((place for place, walk in enumerate(walks) if walk.result != "pass"), None)
    addresses = senders.addresses if shown is None else senders.addresses[shown : shown + 1]
    return judge_spf(domains.envelope, walks[shown or 0], addresses, is_sure=senders.is_sure)


async def _check_dkim(settings: Settings, dns: Dns) -> list[Finding]:
    signer = make_signer(settings)
    if signer is None:
        return [advise_signing()]
    answer = await dns.find_texts(signer.place)
    return judge_key(signer.place, answer.records, signer.write_record(), answer.fault)


async def _check_dmarc(dns: Dns, domains: Domains) -> list[Finding]:
    organisation = find_organisation(domains.sender)
    own = await dns.find_texts(f"_dmarc.{domains.sender}")
    above = await dns.find_texts(f"_dmarc.{organisation}") if organisation != domains.sender else own
    return judge_dmarc(domains.sender, own.records, above.records, organisation, own.fault or above.fault)


async def _check_reverse(dns: Dns, senders: Senders) -> list[Finding]:
    findings = []
    for address in senders.addresses:
        names = await dns.find_names(address)
        forward = {name: (await dns.find_addresses(name)).records for name in names.records}
        findings.append(judge_reverse(address, names.records, forward, names.fault, is_sure=senders.is_sure))
    if not findings:
        findings.append(unknown("reverse DNS", "Which address mail is sent from is not known.", "Give it with --ip."))
    return findings


async def _check_mail_hosts(dns: Dns, domain: str) -> Finding:
    hosts, addresses = await dns.find_mail_hosts(domain), await dns.find_addresses(domain)
    return judge_mail_hosts(domain, hosts.records, addresses.records, hosts.fault)


async def _check_server(settings: Settings) -> Finding:
    smtp = settings.smtp
    if not smtp.host:
        return fault(SERVER, "No mail server is set.", "Set DIGEST_SMTP__HOST and DIGEST_SMTP__SENDER.")
    connection = SmtpConnection(smtp)
    try:
        facts = await connection.meet()
    except NotifierUnusable as error:
        return fault(SERVER, str(error), "")
    finally:
        await connection.close()
    if facts is None or not facts.tls:
        what = f"{smtp.host} is talked to without encryption; that is fine only on the same machine or network."
        return warn(SERVER, what, "Set DIGEST_SMTP__SECURITY to starttls or tls.")
    return fine(
        SERVER, f"{smtp.host} takes mail from us over {facts.tls}{', logged in' if facts.is_logged_in else ''}."
    )


def _check_links(settings: Settings) -> list[Finding]:
    if not settings.public_url.startswith("https://") or not settings.secret_key.get_secret_value():
        fix = "Set DIGEST_PUBLIC_URL to an https address and DIGEST_SECRET_KEY; openssl rand -hex 32 makes a key."
        return [fault(LINKS, "Mails have no one-click unsubscribe, which large providers demand (RFC 8058).", fix)]
    return [fine(LINKS, f"One-click unsubscribe leads to {settings.public_url}.")]
