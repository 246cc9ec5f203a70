"""DMARC (RFC 7489): whether the From domain says what to do with mail that does not prove itself. Pure."""

from collections.abc import Sequence
from typing import Final

from digest.deliverability.dkim import read_tags
from digest.deliverability.findings import Finding, fault, fine, unknown, warn, write_txt

ABOUT: Final = "DMARC"
POLICIES: Final = ("none", "quarantine", "reject")


def pick_records(texts: Sequence[str]) -> tuple[str, ...]:
    """Give those TXT records that are DMARC."""
    return tuple(text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1"))


def judge_dmarc(
    domain: str, own: Sequence[str], of_organisation: Sequence[str], organisation: str, unreachable: str = ""
) -> list[Finding]:
    """Judge the record of the From domain, or else of the organisation it belongs to."""
    place = f"_dmarc.{domain}"
    publish = f"Publish: {write_txt(place, f'v=DMARC1; p=none; rua=mailto:postmaster@{domain}')}"
    if unreachable:
        return [unknown(ABOUT, f"{place} cannot be looked up: {unreachable}.", publish)]
    records, found_at = pick_records(own), place
    if not records and organisation != domain:
        records, found_at = pick_records(of_organisation), f"_dmarc.{organisation}"
    if not records:
        what = f"{domain} has no DMARC record; Gmail, Yahoo and Microsoft ask every bulk sender for one."
        return [fault(ABOUT, what, publish)]
    if len(records) > 1:
        return [fault(ABOUT, f"{found_at} has {len(records)} DMARC records; then none counts.", "Keep one of them.")]
    return _judge_record(found_at, read_tags(records[0]), records[0])


def _judge_record(place: str, tags: dict[str, str], record: str) -> list[Finding]:
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        fix = f"Publish: {write_txt(place, 'v=DMARC1; p=none')}"
        return [fault(ABOUT, f"The DMARC record at {place} has no policy that is known (p={policy[:20]}).", fix)]
    if policy == "none" and "rua" not in tags:
        mended = f"{record.rstrip('; ')}; rua=mailto:postmaster@{place.removeprefix('_dmarc.')}"
        what = f"The DMARC record at {place} asks for nothing and hears of nothing (p=none without rua)."
        return [warn(ABOUT, what, f"Publish: {write_txt(place, mended)}")]
    return [fine(ABOUT, f"The DMARC record at {place} asks for p={policy}.")]
