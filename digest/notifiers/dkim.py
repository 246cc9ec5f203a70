"""Signs mail with DKIM (RFC 6376), by RSA or by Ed25519 (RFC 8463), where the mail server does not. Pure.

Written for one kind of message, ours, whose bytes we know: CRLF only, fields in ASCII, each at most once. dkimpy signs
too, but does RSA in Python, which takes twenty times as long as the rest of a mail; the tests verify with it.

Both header and body are canonicalised `relaxed`: a server that refolds a field or trims a line does not break the
signature. No `l=`, which would let anybody append to a signed mail (RFC 6376 §8.2), and no `x=`: mail is read late.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from digest.errors import ConfigurationError
from digest.notifiers.identity import parse_sender
from digest.settings import Settings

# What a receiver may rely on. RFC 8058 §4 demands the two of unsubscribing, Gmail Feedback-ID.
SIGNED: Final = (
    *("from", "to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
    *("auto-submitted", "precedence", "content-language", "mime-version", "content-type", "content-transfer-encoding"),
)
# Named once more than they stand there, so that none can be added (RFC 6376 §8.15).
OVERSIGNED: Final = frozenset({"from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"})
RSA_SHORTEST: Final = 1024  # bits; RFC 8301 §3.2: verifiers need not take shorter keys, signers should use 2048
LINE_LIMIT: Final = 76

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain with the key whose public half stands in DNS at `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """Name the algorithm, the `a=` of the signature."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, mail: bytes) -> bytes:
        """Put a signature before a mail; the same mail and key always give the same bytes."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = _split_fields(head)
        names = list(_choose_names(fields))
        unsigned = self._write(names, _hash_body(body))
        signed = _canonical_header(fields, names) + _relax(b"dkim-signature", unsigned)
        return b"DKIM-Signature:" + unsigned + _fold_signature(self._sign_bytes(signed)) + b"\r\n" + mail

    def _write(self, names: list[str], body_hash: str) -> bytes:
        """Write the field as far as the signature, which is empty while it is signed."""
        listed = "\r\n  :".join(":".join(names[start : start + 5]) for start in range(0, len(names), 5))
        tags = f" v=1; a={self.algorithm}; c=relaxed/relaxed;\r\n d={self.domain}; s={self.selector};\r\n"
        return f"{tags} h={listed};\r\n bh={body_hash};\r\n b=".encode()

    def _sign_bytes(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(digest)  # RFC 8463 §3: what PureEdDSA signs is the hash
        return self.key.sign(data, PKCS1v15(), SHA256())

    @property
    def place(self) -> str:
        """Name where in DNS the public key belongs, as TXT."""
        return f"{self.selector}._domainkey.{self.domain}"

    def write_record(self) -> str:
        """Give the TXT record that belongs there (RFC 6376 §3.6.1)."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={base64.b64encode(_public_bytes(self.key)).decode()}"


def make_signer(settings: Settings) -> Signer | None:
    """Give what signs, or None where the mail server does. Raises ConfigurationError; the key is in no message."""
    dkim = settings.dkim
    pem = dkim.key.get_secret_value()
    if not dkim.selector and not pem:
        return None
    domain = (dkim.domain or parse_sender(settings.smtp.sender).domain).lower().rstrip(".")
    faults = list(_find_faults(dkim.selector, domain, pem))
    if faults:
        raise ConfigurationError(faults)
    return Signer(domain, dkim.selector, read_key(pem))


def read_key(pem: str) -> PrivateKey:
    """Read a private key, RSA or Ed25519. Raises ConfigurationError."""
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # what they say may quote the key
        fault = "DIGEST_DKIM__KEY is no private key: it has to be PEM, without a password"
        raise ConfigurationError([fault]) from None
    if isinstance(key, RSAPrivateKey) and key.key_size < RSA_SHORTEST:
        fault = f"DIGEST_DKIM__KEY has {key.key_size} bits, too few to be believed; make one of 2048"
        raise ConfigurationError([fault])
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigurationError(["DIGEST_DKIM__KEY is of a kind that DKIM does not know; make one of RSA or Ed25519"])
    return key


def _find_faults(selector: str, domain: str, pem: str) -> Iterator[str]:
    if not selector:
        yield "DIGEST_DKIM__SELECTOR is missing: the name under which the key of DIGEST_DKIM__KEY stands in DNS"
    elif not _SELECTOR.fullmatch(selector):
        yield f"DIGEST_DKIM__SELECTOR, “{selector[:60]}”, is no name in DNS; use letters and digits, such as digest2026"
    if not _DOMAIN.fullmatch(domain):
        yield f"DIGEST_DKIM__DOMAIN, “{domain[:60]}”, is not a domain"
    if not pem:
        yield f"DIGEST_DKIM__KEY is missing: the private key of selector “{selector[:60]}”; or empty the selector"


def _public_bytes(key: PrivateKey) -> bytes:
    """Give what stands in DNS: a SubjectPublicKeyInfo for RSA, the bare 32 bytes for Ed25519 (RFC 8463 §4.2)."""
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes_raw()
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _split_fields(head: bytes) -> dict[str, bytes]:
    """Give the fields of a header by their name in lower case: none of ours stands twice."""
    lines = (line.partition(b":") for line in _FOLD.sub(b"", head).split(b"\r\n"))
    return {name.decode("ascii").strip().lower(): value for name, _, value in lines}


def _choose_names(fields: Mapping[str, bytes]) -> Iterator[str]:
    """List the fields to sign: those that are there, and some once more, as missing."""
    for name in SIGNED:
        yield from [name] * (name in fields)
    yield from sorted(OVERSIGNED, key=SIGNED.index)


def _canonical_header(fields: Mapping[str, bytes], names: Iterable[str]) -> bytes:
    """Write the signed fields `relaxed` (RFC 6376 §3.4.2); a name that comes again stands for nothing (§5.4.2)."""
    chosen = (name for name in dict.fromkeys(names) if name in fields)
    return b"".join(_relax(name.encode(), fields[name]) + b"\r\n" for name in chosen)


def _relax(name: bytes, value: bytes) -> bytes:
    return name + b":" + _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip()


def _hash_body(body: bytes) -> str:
    """Hash the body `relaxed` (RFC 6376 §3.4.4).

    Runs of spaces count as one, those at the end of a line and empty lines at the end of the body not at all.
    """
    relaxed = body.replace(b"\t", b" ")
    while b"  " in relaxed:  # halves the longest run each time, and is ten times as fast as a pattern
        relaxed = relaxed.replace(b"  ", b" ")
    relaxed = relaxed.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return base64.b64encode(hashlib.sha256(relaxed + b"\r\n" if relaxed else b"").digest()).decode()


def _fold_signature(signature: bytes) -> bytes:
    """Write the signature in lines; white space within it counts for nothing (RFC 6376 §3.5)."""
    text = base64.b64encode(signature)
    return b"".join(b"\r\n  " + text[start : start + LINE_LIMIT - 2] for start in range(0, len(text), LINE_LIMIT - 2))
