"""DKIM: whether the public key in DNS is there, strong enough, and the other half of the key we sign with. Pure."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.deliverability.findings import Finding, fault, fine, unknown, warn, write_txt

ABOUT: Final = "DKIM"
SHORTEST: Final = 1024  # bits of RSA; RFC 8301 §3.2
GOOD: Final = 2048
ED25519_BYTES: Final = 32


def judge_key(place: str, records: Sequence[str], expected: str, unreachable: str = "") -> list[Finding]:
    """Judge the key at `<selector>._domainkey.<domain>`; `expected` is the record that belongs to our private key."""
    publish = f"Publish: {write_txt(place, expected)}"
    if unreachable:
        return [unknown(ABOUT, f"{place} cannot be looked up: {unreachable}.", publish)]
    keys = [tags for record in records if (tags := read_tags(record)).get("v", "DKIM1") == "DKIM1" and "p" in tags]
    if not keys:
        return [fault(ABOUT, f"There is no DKIM key at {place}, so every signature fails.", publish)]
    if len(keys) > 1:
        return [fault(ABOUT, f"There are {len(keys)} DKIM keys at {place}; which one is used is chance.", publish)]
    return list(_judge_one(place, keys[0], expected, publish))


def advise_signing() -> Finding:
    """Say what is to be done where we do not sign."""
    fix = (
        "Make a key: openssl genrsa -out dkim.pem 2048. Set DIGEST_DKIM__KEY_FILE=dkim.pem and "
        "DIGEST_DKIM__SELECTOR=digest; this command then shows the record to publish."
    )
    what = "We do not sign. That is fine if your mail server signs with the domain of the From address."
    return warn(ABOUT, what, fix)


def read_tags(record: str) -> dict[str, str]:
    """Read `k=rsa; p=MIG…` (RFC 6376 §3.2)."""
    parts = (part.partition("=") for part in record.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in parts if name.strip()}


def _judge_one(place: str, tags: dict[str, str], expected: str, publish: str) -> list[Finding]:
    if not tags["p"]:
        return [fault(ABOUT, f"The DKIM key at {place} is revoked (its p= is empty).", publish)]
    size = measure_key(tags)
    if size is None:
        return [fault(ABOUT, f"The DKIM key at {place} cannot be read.", publish)]
    if tags["p"] != read_tags(expected)["p"]:
        return [fault(ABOUT, f"The DKIM key at {place} is not the one we sign with.", publish)]
    findings = []
    is_rsa = tags.get("k", "rsa") == "rsa"
    if is_rsa and size < GOOD:
        judge = fault if size < SHORTEST else warn
        fix = "Make one of 2048 bits: openssl genrsa -out dkim.pem 2048"
        findings.append(judge(ABOUT, f"The DKIM key at {place} has {size} bits.", fix))
    if "y" in tags.get("t", "").split(":"):
        findings.append(warn(ABOUT, f"{place} says that it is only a test (t=y).", publish))
    strength = f"RSA, {size} bits" if is_rsa else "Ed25519, which Gmail and others do not verify yet; RSA is safer"
    return findings or [fine(ABOUT, f"The DKIM key at {place} is the one we sign with ({strength}).")]


def measure_key(tags: dict[str, str]) -> int | None:
    """Give the bits of a published key; None if it cannot be read."""
    try:
        data = base64.b64decode(tags["p"], validate=True)
        if tags.get("k", "rsa") == "ed25519":
            return len(data) * 8 if len(data) == ED25519_BYTES else None
        key = load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
