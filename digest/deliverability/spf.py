"""SPF (RFC 7208): whether the record of a domain is there, sound, and lets our server send. Judging is pure."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from digest.deliverability.findings import Finding, fault, fine, unknown, warn, write_txt
from digest.deliverability.resolver import Answer, Dns

ABOUT: Final = "SPF"
MOST_LOOKUPS: Final = 10  # RFC 7208 §4.6.4: a record that needs more is an error, and no mail passes
_PREFIX: Final = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE)
_TERM: Final = re.compile(r"([+?~-]?)([a-z0-9][a-z0-9_.-]*)(?:([:=/])(.*))?", re.IGNORECASE)
_ALL: Final = re.compile(r"(?<!\S)\+?all(?!\S)", re.IGNORECASE)
_COSTLY: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_KNOWN: Final = _COSTLY | {"all", "ip4", "ip6", "exp"}
_RESULTS: Final = {"+": "pass", "": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a record: `~all` is the mechanism `all` that gives softfail; `redirect=` is a modifier."""

    result: str
    name: str
    value: str = ""


@dataclass(slots=True)
class Walk:
    """What was found on the way through a record and those it includes, for one sending address.

    `result` is pass, fail, softfail, neutral or none; empty if no address was given. `fault` says what broke, and
    `depends_on` what only a receiver can evaluate, with a mail in hand.
    """

    records: tuple[str, ...] = ()
    lookups: int = 0
    result: str = ""
    fault: str = ""
    unreachable: str = ""
    depends_on: str = ""


def pick_records(texts: Sequence[str]) -> tuple[str, ...]:
    """Give those TXT records that are SPF."""
    return tuple(text for text in texts if _PREFIX.match(text))


def parse_record(text: str) -> tuple[Term, ...]:
    """Read the terms of a record. ValueError names the one that is none."""
    terms = []
    for word in text.split()[1:]:
        found = _TERM.fullmatch(word)
        is_modifier = found is not None and found[3] == "="
        if found is None or (found[2].lower() not in _KNOWN and not is_modifier):
            raise ValueError(word)
        value = f"/{found[4]}" if found[3] == "/" else found[4] or ""
        terms.append(Term(_RESULTS[found[1]], found[2].lower(), value))
    return tuple(terms)


async def walk_record(dns: Dns, domain: str, address: str | None) -> Walk:
    """Go through the record of a domain and those it includes, as a receiver does for mail from an address."""
    walk = Walk()
    answer = await dns.find_texts(domain)
    walk.unreachable, walk.records = answer.fault, pick_records(answer.records)
    if len(walk.records) == 1:
        walk.result = await _evaluate(dns, domain, walk.records[0], address, walk)
    return walk


async def _evaluate(dns: Dns, domain: str, record: str, address: str | None, walk: Walk) -> str:
    try:
        terms = parse_record(record)
    except ValueError as error:
        walk.fault = walk.fault or f"the record of {domain} holds “{str(error)[:40]}”, which is no SPF term"
        return "permerror"
    result = ""
    has_all = any(term.name == "all" for term in terms)
    for term in terms:
        walk.lookups += term.name in _COSTLY and not (has_all and term.name == "redirect")  # RFC 7208 §6.1
        if walk.lookups > 2 * MOST_LOOKUPS or walk.fault:  # enough to say that it is too much
            return "permerror"
        if await _matches(dns, domain, term, address, walk):
            result = result or term.result
    redirect = next((term.value for term in terms if term.name == "redirect"), "")
    if redirect and not has_all:
        return result or await _follow(dns, redirect, address, walk)
    return result or "neutral"


async def _matches(dns: Dns, domain: str, term: Term, address: str | None, walk: Walk) -> bool:
    """Whether a mechanism means the address. Includes are followed in any case: all of them count."""
    match term.name:
        case "all":
            return True
        case "include":
            return await _follow(dns, term.value, address, walk) == "pass"
        case "ip4" | "ip6":
            return address is not None and is_within(address, term.value)
        case "a" | "mx" if address is not None:
            name, _, lengths = term.value.partition("/")
            hosts = await _list_hosts(dns, term.name, name or domain)
            return any(is_within(address, _widen(each, lengths)) for each in hosts)
        case "exists" | "ptr":
            walk.depends_on = walk.depends_on or f"{term.name} in the record of {domain}"
            return False
        case _:
            return False


def _widen(host: str, lengths: str) -> str:
    """Give the network that `a/24//64` means around an address: 24 bits of IPv4, 64 of IPv6 (RFC 7208 §5.6)."""
    four, _, six = lengths.partition("/")
    length = six.lstrip("/") if ":" in host else four
    return f"{host}/{length}" if length else host


async def _list_hosts(dns: Dns, kind: str, name: str) -> list[str]:
    names = (await dns.find_mail_hosts(name)).records if kind == "mx" else (name,)
    return [address for each in names[:10] for address in (await dns.find_addresses(each)).records]


async def _follow(dns: Dns, name: str, address: str | None, walk: Walk) -> str:
    if "%" in name:  # a macro
        walk.depends_on = walk.depends_on or f"{name} in a record"
        return "none"
    answer: Answer = await dns.find_texts(name)
    records = pick_records(answer.records)
    if answer.fault:
        walk.unreachable = f"{name}, which it includes: {answer.fault}"
        return "temperror"
    if len(records) != 1:
        kind = "several SPF records" if records else "no SPF record"
        walk.fault = walk.fault or f"{name}, which is included, has {kind}"
        return "permerror"
    return await _evaluate(dns, name, records[0], address, walk)


def is_within(address: str, network: str) -> bool:
    """Whether an address lies in a network, of the same family; False for what is neither."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def judge_spf(domain: str, walk: Walk, addresses: Sequence[str], *, is_sure: bool) -> list[Finding]:
    """Judge the record of the domain that bounces go to. `is_sure` says that the addresses are those we send from."""
    if walk.unreachable:
        return [unknown(ABOUT, f"The TXT records of {domain} cannot be looked up: {walk.unreachable}.")]
    wanted = " ".join(f"ip{6 if ':' in each else 4}:{each}" for each in addresses) or "ip4:<address of your server>"
    if not walk.records:
        record = write_txt(domain, f"v=spf1 {wanted} ~all")
        return [fault(ABOUT, f"{domain} has no SPF record, so nobody knows who may send for it.", f"Publish: {record}")]
    if len(walk.records) > 1:
        what = f"{domain} has {len(walk.records)} SPF records; with more than one, none counts (RFC 7208 §4.5)."
        return [fault(ABOUT, what, "Join them into one: " + " | ".join(walk.records))]
    if walk.fault:
        return [fault(ABOUT, f"The SPF record of {domain} is broken: {walk.fault}.", "Mend or remove that part.")]
    if walk.lookups > MOST_LOOKUPS:
        what = f"The SPF record of {domain} needs {walk.lookups} look-ups; beyond {MOST_LOOKUPS} it counts as broken."
        return [fault(ABOUT, what, "Take includes out, or write their networks (ip4:, ip6:) in their place.")]
    return [_judge_result(domain, walk, addresses, wanted, is_sure=is_sure), *_judge_end(domain, walk.records[0])]


def _judge_result(domain: str, walk: Walk, addresses: Sequence[str], wanted: str, *, is_sure: bool) -> Finding:
    shown = ", ".join(addresses)
    if not addresses:
        return unknown(
            ABOUT,
            f"{domain} has one SPF record ({walk.lookups} look-ups); which address mail is sent from is not known.",
            "Give it: digest deliverability --ip ADDRESS",
        )
    if walk.result == "pass":
        return fine(ABOUT, f"The SPF record of {domain} lets {shown} send ({walk.lookups} of {MOST_LOOKUPS} look-ups).")
    if walk.depends_on:
        what = f"Whether the SPF record of {domain} lets {shown} send depends on {walk.depends_on}."
        return unknown(ABOUT, what, "Send yourself a mail (digest send-test) and look for spf=pass in it.")
    what = f"The SPF record of {domain} does not let {shown} send: {walk.result}."
    parts = walk.records[0].split()
    fix = f"Publish: {write_txt(domain, ' '.join([parts[0], wanted, *parts[1:]]))}"
    if is_sure:
        return fault(ABOUT, what, fix)
    return warn(ABOUT, what, f"If mail leaves from there: {fix} If it leaves from elsewhere, give --ip ADDRESS.")


def _judge_end(domain: str, record: str) -> list[Finding]:
    terms = parse_record(record)
    last = next((term for term in terms if term.name == "all"), None)
    if last is not None and last.result == "pass":
        fix = f"Publish: {write_txt(domain, _ALL.sub('~all', record))}"
        return [fault(ABOUT, f"The SPF record of {domain} lets everybody send for it (+all).", fix)]
    return []
