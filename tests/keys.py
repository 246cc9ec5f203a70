"""Keys for signing mail in tests, and a reader of signatures that is not ours: dkimpy, asked offline."""

from base64 import b64decode
from contextlib import suppress
from functools import cache
from typing import Any

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.notifiers.dkim import Signer, read_key


def write_pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "ascii")


# The same at every run, and nobody's: its bytes are zeros.
ED25519_PEM = write_pem(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@cache
def rsa_pem(bits: int = 2048) -> str:
    return write_pem(generate_private_key(public_exponent=65537, key_size=bits))


def signer(pem: str, domain: str = "lab.example.org", selector: str = "digest2026") -> Signer:
    return Signer(domain, selector, read_key(pem))


def is_signed(mail: bytes, record: str, place: str) -> bool:
    """Whether the first signature of a mail is good, by the TXT record that stands at a place in DNS."""

    def look_up(name: bytes, **_: Any) -> bytes | None:
        return record.encode() if name == f"{place}.".encode() else None

    reader = Ed25519Reader(mail) if "k=ed25519" in record else dkim.DKIM(mail)
    try:
        return bool(reader.verify(dnsfunc=look_up))
    except dkim.DKIMException:
        return False


class Ed25519Reader(dkim.DKIM):  # type: ignore[misc]  # dkimpy has no types
    """dkimpy takes PyNaCl for Ed25519; here it does all of the reading, and `cryptography` the last step."""

    def verify_sig(self, sig: Any, include_headers: Any, sig_header: Any, dnsfunc: Any) -> bool:
        record = dnsfunc(sig[b"s"] + b"._domainkey." + sig[b"d"] + b".")
        if record is None:
            return False
        self.pk, self.keysize, self.ktag, self.seqtlsrpt = _Key(record.decode()), 256, b"ed25519", False
        self.verify_sig_process(sig, include_headers, sig_header, dnsfunc)
        return self.pk.is_good


class _Key:
    """A public key as dkimpy asks it."""

    def __init__(self, record: str) -> None:
        self._public = Ed25519PublicKey.from_public_bytes(b64decode(record.partition("p=")[2]))
        self.is_good = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        with suppress(InvalidSignature):
            self._public.verify(signature, digest)
            self.is_good = True
