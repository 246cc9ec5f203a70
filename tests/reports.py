"""Posts of mail providers, signed as they sign them, with keys made for the test."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:us-east-1:123456789012:bounces"
CERTIFICATE_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem"
SUBSCRIBE_URL = (
    f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2"
)
MAILGUN_KEY = "key-of-mailgun"
POSTMARK_SECRET = "post:mark-secret"
SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@cache
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> EllipticCurvePrivateKey:
    return generate_ec_key(SECP256R1())


def sendgrid_public_key() -> str:
    public = ec_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()


def sns_certificate(now: datetime, valid: timedelta = timedelta(days=300)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.public_key(rsa_key().public_key()).not_valid_before(now - timedelta(days=30))
    return builder.not_valid_after(now + valid).sign(rsa_key(), SHA256()).public_bytes(Encoding.PEM)


def sns_message(now: datetime, message: object = "", version: str = "2", **fields: str) -> dict[str, str]:
    said = message if isinstance(message, str) else json.dumps(message)
    given = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": said,
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
    } | fields
    names = SIGNED_FIELDS.get(given["Type"], ())
    signed = "".join(f"{name}\n{given[name]}\n" for name in names if name in given).encode()
    algorithm = SHA1() if version == "1" else SHA256()
    given["Signature"] = base64.b64encode(rsa_key().sign(signed, PKCS1v15(), algorithm)).decode()
    return given


def sns_confirmation(now: datetime, **fields: str) -> dict[str, str]:
    asked = {"Type": "SubscriptionConfirmation", "Token": "2336412f37fb687f5d51e6e2", "SubscribeURL": SUBSCRIBE_URL}
    return sns_message(now, "You have chosen to subscribe", **(asked | fields))


def ses_bounce(
    address: str = "ada@example.org", kind: str = "Permanent", subtype: str = "General", source: str = "", **said: str
) -> dict[str, Any]:
    recipient = {
        "emailAddress": address,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "550 5.1.1 no",
    } | said
    bounce = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [recipient],
        "feedbackId": "0102-feedback",
    }
    mail = {"source": source or "digest@example.org", "messageId": "0102-mail", "destination": [address]}
    return {"notificationType": "Bounce", "bounce": bounce, "mail": mail}


def ses_complaint(address: str = "ada@example.org", kind: str = "abuse") -> dict[str, Any]:
    complaint = {
        "complainedRecipients": [{"emailAddress": f"Ada <{address}>"}],
        "complaintFeedbackType": kind,
        "feedbackId": "0102-complaint",
    }
    return {"eventType": "Complaint", "complaint": complaint, "mail": {"source": "digest@example.org"}}


def postmark_headers(secret: str = POSTMARK_SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def postmark_bounce(kind: str = "HardBounce", details: str = "550 5.1.1 no such user", **fields: Any) -> dict[str, Any]:
    event = {"RecordType": "Bounce", "ID": 42, "Type": kind, "Email": "ada@example.org", "Details": details}
    return event | fields


def sendgrid_headers(body: bytes, at: datetime, key: EllipticCurvePrivateKey | None = None) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = (key or ec_key()).sign(timestamp.encode() + body, ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
    }


def sendgrid_event(event: str = "bounce", event_id: str = "sg-1", **fields: Any) -> dict[str, Any]:
    return {"event": event, "email": "ada@example.org", "sg_event_id": event_id, "timestamp": 1795161604} | fields


def mailgun_post(at: datetime, event: dict[str, Any], token: str = "t" * 50, key: str = MAILGUN_KEY) -> dict[str, Any]:
    timestamp = str(int(at.timestamp()))
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event}


def mailgun_event(event: str = "failed", **fields: Any) -> dict[str, Any]:
    status = {"code": 550, "message": "5.1.1 no such user", "description": ""}
    base = {"event": event, "severity": "permanent", "reason": "bounce", "id": "mg-1", "recipient": "ada@example.org"}
    return base | {"delivery-status": status, "envelope": {"sender": "digest@example.org"}} | fields
