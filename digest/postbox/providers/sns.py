"""Amazon SNS, which delivers the reports of SES: signatures, and the addresses that a message may name. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from digest.errors import ReportRefused
from digest.postbox.providers.posts import check_time, read_json

NOTIFICATION: Final = "Notification"
CONFIRMATION: Final = "SubscriptionConfirmation"
MAX_CERTIFICATE: Final = 20_000  # bytes

# What is signed, in this order; fields that a message lacks (Subject) are left out.
_SIGNED: Final = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
# AWS signs version 1 with SHA-1, and still does unless a topic is set to version 2.
_HASHES: Final[dict[str, HashAlgorithm]] = {"1": SHA1(), "2": SHA256()}  # noqa: S303 -- it is their choice
# Only a region stands in the name of the host: at `sns.s3-us-west-2.amazonaws.com` is somebody's bucket called “sns”.
_TOPIC: Final = re.compile(r"arn:(aws[a-z-]*):sns:([a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}):\d+:[^:]+")
_CERTIFICATE: Final = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """A message as it was posted, of a topic of ours; nothing in it is to be believed before `verify`."""

    type: str
    id: str
    fields: dict[str, str]

    @property
    def host(self) -> str:
        """The host of SNS in the region of the topic. Raises ReportRefused if the topic is no name of one."""
        named = _TOPIC.fullmatch(self.fields["TopicArn"])
        if named is None:
            raise ReportRefused
        return f"sns.{named[2]}.amazonaws.com{'.cn' if named[1] == 'aws-cn' else ''}"

    @property
    def certificate_url(self) -> str:
        """Where the certificate is that signed it. Raises ReportRefused for any place but those SNS keeps them at."""
        url = self.fields.get("SigningCertURL", "")
        if not _CERTIFICATE.fullmatch(url.removeprefix(f"https://{self.host}")):
            raise ReportRefused
        return url

    @property
    def subscribe_url(self) -> str:
        """The address to visit to confirm that reports are wanted. Raises ReportRefused as above."""
        url = self.fields.get("SubscribeURL", "")
        query = parse_qs(url.partition("?")[2])
        asks = (query.get("Action"), query.get("TopicArn")) == (["ConfirmSubscription"], [self.fields["TopicArn"]])
        is_theirs = url.startswith(f"https://{self.host}/?") and url.isascii() and url.isprintable()
        if not (asks and is_theirs):
            raise ReportRefused
        return url


def read_message(body: bytes, topics: Collection[str], now: datetime) -> SnsMessage:
    """Read a message of one of the topics. Raises ReportRefused, also for one that is over five minutes old."""
    given = read_json(body)
    fields = {name: value for name, value in given.items() if isinstance(value, str)} if isinstance(given, dict) else {}
    if fields.get("TopicArn") not in topics or fields.get("Type") not in _SIGNED:
        raise ReportRefused
    check_time(_read_time(fields.get("Timestamp", "")), now)
    return SnsMessage(fields["Type"], fields.get("MessageId", ""), fields)


def verify(message: SnsMessage, certificate: x509.Certificate, now: datetime) -> None:
    """Raise ReportRefused unless this certificate, valid now, signed the message."""
    key = _read_key(certificate)
    algorithm = _HASHES.get(message.fields.get("SignatureVersion", ""))
    is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    if algorithm is None or not is_valid or not isinstance(key, RSAPublicKey):
        raise ReportRefused
    try:
        signature = base64.b64decode(message.fields.get("Signature", ""), validate=True)
        key.verify(signature, _write_signed(message), PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise ReportRefused from error


def read_certificate(pem: bytes) -> x509.Certificate:
    """Read a certificate. Raises ReportRefused."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise ReportRefused from error


def _read_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ReportRefused from error


def _write_signed(message: SnsMessage) -> bytes:
    names = _SIGNED[message.type]
    return "".join(f"{name}\n{message.fields[name]}\n" for name in names if name in message.fields).encode()


def _read_time(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReportRefused from error
    if at.tzinfo is None:
        raise ReportRefused
    return at
