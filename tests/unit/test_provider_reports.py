"""Reports of mail providers: theirs is believed, for five minutes; what it says becomes what we know of bounces."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigurationError, ReportRefused
from digest.postbox.findings import Verdict
from digest.postbox.providers import mailgun, postmark, sendgrid, ses, sns
from digest.postbox.providers.posts import check_age
from subscribers.verp import ReturnPath, write_return_path
from tests.reports import (
    CERTIFICATE_URL,
    MAILGUN_KEY,
    POSTMARK_SECRET,
    SUBSCRIBE_URL,
    TOPIC,
    mailgun_event,
    mailgun_post,
    postmark_bounce,
    postmark_headers,
    sendgrid_event,
    sendgrid_headers,
    sendgrid_public_key,
    ses_bounce,
    ses_complaint,
    sns_certificate,
    sns_confirmation,
    sns_message,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "a key of more than thirty-two characters"
HARD, SOFT, POLICY = Verdict.HARD, Verdict.SOFT, Verdict.POLICY
MINUTE = timedelta(minutes=1)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def certificate(**fields: Any) -> x509.Certificate:
    return sns.read_certificate(sns_certificate(NOW, **fields))


def read_sns(message: dict[str, str], now: datetime = NOW) -> sns.SnsMessage:
    return sns.read_message(dump(message), [TOPIC], now)


# ── SNS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_message_that_sns_signed_is_believed(version: str) -> None:
    for message in (sns_message(NOW, "hello", version), sns_confirmation(NOW), sns_message(NOW, "x", Subject="y")):
        sns.verify(read_sns(message), certificate(), NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "something else"},
        {"MessageId": "another"},
        {"Timestamp": "2026-11-20T12:00:01.000Z"},
        {"Subject": "added"},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Signature": ""},
        {"Signature": "not base64"},
        {"Message": "\ud800"},
    ],
    ids="-".join,
)
def test_a_message_that_was_changed_is_refused(changed: dict[str, str]) -> None:
    message = read_sns(sns_message(NOW, "hello") | changed)

    with pytest.raises(ReportRefused):
        sns.verify(message, certificate(), NOW)


def test_a_certificate_that_has_run_out_is_refused() -> None:
    with pytest.raises(ReportRefused):
        sns.verify(read_sns(sns_message(NOW, "hello")), certificate(valid=-MINUTE), NOW)


@pytest.mark.parametrize(
    "message",
    [
        sns_message(NOW, TopicArn="arn:aws:sns:us-east-1:999999999999:strangers"),
        sns_message(NOW, Type="UnsubscribeConfirmation"),
        sns_message(NOW - 6 * MINUTE),
        sns_message(NOW + 6 * MINUTE),
        sns_message(NOW, Timestamp="yesterday"),
        sns_message(NOW, Timestamp="2026-11-20T12:00:00"),
    ],
    ids=["topic", "type", "old", "future", "no-time", "no-zone"],
)
def test_a_message_of_another_topic_kind_or_time_is_refused(message: dict[str, str]) -> None:
    with pytest.raises(ReportRefused):
        read_sns(message)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com.evil.test/a.pem",
        "https://evil.test/sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com@evil.test/a.pem",
        "https://evil@sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/a.pem",
        "https://s3.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com/a.pem?x=y\n",
        "https://SNS.us-east-1.amazonaws.com\\.evil.test/a.pem",
        "https://sns.us-east-1.amazonaws.com/a.exe",
        # A bucket named “sns”, which anybody may own, has an address that looks much like SNS in a region.
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-abc.pem",
        f"{CERTIFICATE_URL}?x=1",
        f"{CERTIFICATE_URL}#x",
        f"{CERTIFICATE_URL}\n",
        CERTIFICATE_URL.replace("/Simple", "/../Simple"),
        CERTIFICATE_URL.replace("/Simple", "//evil.test/Simple"),
        CERTIFICATE_URL.replace("abc", "a" * 65),
        "https://[::1/a.pem",
        "file:///etc/passwd.pem",
    ],
)
def test_a_certificate_comes_from_sns_or_from_nowhere(url: str) -> None:
    with pytest.raises(ReportRefused):
        _ = read_sns(sns_message(NOW, SigningCertURL=url)).certificate_url


def test_the_places_of_sns_are_known() -> None:
    assert read_sns(sns_message(NOW)).certificate_url == CERTIFICATE_URL
    assert read_sns(sns_confirmation(NOW)).subscribe_url == SUBSCRIBE_URL


@pytest.mark.parametrize(
    ("topic", "host"),
    [
        ("arn:aws-cn:sns:cn-north-1:123456789012:bounces", "sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:bounces", "sns.us-gov-west-1.amazonaws.com"),
        ("arn:aws:sns:ap-southeast-2:123456789012:a-b_c", "sns.ap-southeast-2.amazonaws.com"),
    ],
)
def test_each_region_has_a_host_of_its_own(topic: str, host: str) -> None:
    url = f"https://{host}/SimpleNotificationService-0a1b.pem"
    message = sns_message(NOW, TopicArn=topic, SigningCertURL=url)

    assert sns.read_message(dump(message), {topic}, NOW).certificate_url == url


def test_a_topic_that_is_no_name_of_one_has_no_host() -> None:
    with pytest.raises(ReportRefused):
        _ = sns.read_message(dump(sns_message(NOW, TopicArn="bounces")), {"bounces"}, NOW).host


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/?Action=ConfirmSubscription",
        SUBSCRIBE_URL.replace("ConfirmSubscription", "DeleteTopic"),
        SUBSCRIBE_URL.replace(TOPIC, "arn:aws:sns:us-east-1:999999999999:strangers"),
        "https://sns.us-east-1.amazonaws.com/",
        SUBSCRIBE_URL.replace("us-east-1.amazonaws", "s3-us-west-2.amazonaws"),
        SUBSCRIBE_URL.replace("https:", "http:"),
        SUBSCRIBE_URL.replace("/?", "/x?"),
        SUBSCRIBE_URL.replace("sns.us", "evil@sns.us"),
        f"{SUBSCRIBE_URL}\r\nX: y",
        f"{SUBSCRIBE_URL}&Action=DeleteTopic",
    ],
)
def test_only_the_address_that_confirms_our_topic_is_visited(url: str) -> None:
    with pytest.raises(ReportRefused):
        _ = read_sns(sns_confirmation(NOW, SubscribeURL=url)).subscribe_url


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff"])
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(ReportRefused):
        sns.read_certificate(pem)


# ── SES ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (ses_bounce(), HARD),
        (ses_bounce(subtype="NoEmail", status="", diagnosticCode=""), HARD),
        (ses_bounce(subtype="Suppressed", status="5.1.1", diagnosticCode="Amazon SES has suppressed sending"), HARD),
        (ses_bounce(status="5.7.1", diagnosticCode="550 5.7.1 blocked"), POLICY),
        (ses_bounce(status="", diagnosticCode=""), HARD),
        (ses_bounce(kind="Transient", subtype="MailboxFull", status="4.2.2", diagnosticCode="full"), SOFT),
        (ses_bounce(kind="Transient", subtype="General", status="", diagnosticCode=""), Verdict.AUTO_REPLY),
        (ses_bounce(kind="Transient", subtype="General", status="5.1.1", diagnosticCode="no"), SOFT),
        (ses_bounce(kind="Transient", subtype="ContentRejected"), POLICY),
        (ses_bounce(kind="Undetermined", subtype="Undetermined", status="", diagnosticCode=""), SOFT),
        (ses_complaint(), Verdict.COMPLAINT),
        (ses_complaint(kind="not-spam"), Verdict.JUNK),
    ],
)
def test_a_report_of_ses_is_judged(event: dict[str, Any], verdict: Verdict) -> None:
    (incoming,) = ses.read_events(json.dumps(event), [KEY])

    assert incoming.finding.verdict is verdict
    assert incoming.finding.recipient == "ada@example.org"
    assert incoming.is_vouched


def test_ses_keeps_our_return_path() -> None:
    source = write_return_path([KEY], "bounces@example.org", "c", 12)
    (incoming,) = ses.read_events(json.dumps(ses_bounce(source=source)), [KEY])

    assert incoming.about == ReturnPath("c", 12)


def test_what_ses_reports_besides_is_left_alone() -> None:
    assert ses.read_events('{"notificationType": "Delivery", "delivery": {}}', []) == []
    assert ses.read_events('"Successfully validated SNS topic for Amazon SES event publishing."', []) == []
    with pytest.raises(ReportRefused):
        ses.read_events("Successfully validated", [])


# ── Postmark ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (postmark_bounce(), HARD),
        (postmark_bounce(details=""), HARD),
        (postmark_bounce(details="smtp;550 5.7.1 blocked"), POLICY),
        (postmark_bounce("BadEmailAddress", ""), HARD),
        (postmark_bounce("SoftBounce", "552 5.2.2 full"), SOFT),
        (postmark_bounce("SoftBounce", "550 5.1.1 no such user"), SOFT),
        (postmark_bounce("Transient", ""), Verdict.DELAYED),
        (postmark_bounce("SpamNotification", "550 5.1.1"), POLICY),
        (postmark_bounce("Blocked", ""), POLICY),
        (postmark_bounce("AutoResponder", ""), Verdict.AUTO_REPLY),
        (postmark_bounce("SpamComplaint", RecordType="SpamComplaint"), Verdict.COMPLAINT),
    ],
)
def test_a_report_of_postmark_is_judged(event: dict[str, Any], verdict: Verdict) -> None:
    (incoming,) = postmark.read_events(dump(event))

    assert (incoming.finding.verdict, incoming.finding.recipient) == (verdict, "ada@example.org")


def test_what_postmark_reports_besides_is_left_alone() -> None:
    assert postmark.read_events(dump({"RecordType": "Delivery"})) == []


def test_postmark_has_the_password_or_is_refused() -> None:
    postmark.check_password(postmark_headers()["Authorization"], POSTMARK_SECRET)
    for wrong in ("", "Basic", postmark_headers("post:wrong")["Authorization"], "Bearer x", "Basic ü\ud800"):
        with pytest.raises(ReportRefused):
            postmark.check_password(wrong, POSTMARK_SECRET)


# ── SendGrid ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (sendgrid_event(type="bounce", status="5.1.1", reason="550 5.1.1 no"), HARD),
        (sendgrid_event(type="bounce", reason="", status=""), HARD),
        (sendgrid_event(type="bounce", status="5.2.2", reason="552 full"), SOFT),
        (sendgrid_event(type="blocked", status="5.1.1", reason="550 5.1.1 no"), POLICY),
        (sendgrid_event("dropped", reason="Bounced Address"), HARD),
        (sendgrid_event("dropped", reason="Spam Reporting Address"), Verdict.COMPLAINT),
        (sendgrid_event("dropped", reason="Unsubscribed Address"), POLICY),
        (sendgrid_event("spamreport"), Verdict.COMPLAINT),
    ],
)
def test_a_report_of_sendgrid_is_judged(event: dict[str, Any], verdict: Verdict) -> None:
    (incoming,) = sendgrid.read_events(dump([event]))

    assert (incoming.finding.verdict, incoming.finding.recipient) == (verdict, "ada@example.org")


def test_one_odd_event_among_many_loses_none_of_the_others() -> None:
    odd: list[object] = [
        None,
        7,
        "x",
        [],
        {},
        {"event": ["bounce"]},
        {"event": "bounce", "email": {"a": 1}},
        {"event": "open"},
    ]
    events = sendgrid.read_events(dump([*odd, sendgrid_event(), *odd, sendgrid_event("spamreport", "sg-2")]))

    assert [each.finding.verdict for each in events if each.finding.recipient] == [HARD, Verdict.COMPLAINT]


def test_sendgrid_signs_time_and_body() -> None:
    body, key = dump([sendgrid_event()]), sendgrid.read_key(sendgrid_public_key())
    headers = sendgrid_headers(body, NOW)
    signature, timestamp = headers[sendgrid.SIGNATURE], headers[sendgrid.TIMESTAMP]
    sendgrid.verify(body, signature, timestamp, key, NOW + 4 * MINUTE)

    stranger = sendgrid_headers(body, NOW, generate_private_key(SECP256R1()))[sendgrid.SIGNATURE]
    for wrong in (
        (body + b" ", signature, timestamp, key, NOW),
        (body, signature, str(int(timestamp) + 1), key, NOW),
        (body, stranger, timestamp, key, NOW),
        (body, "", timestamp, key, NOW),
        (body, "AAAA", timestamp, key, NOW),
        (body, signature, "", key, NOW),
        (body, signature, timestamp, key, NOW + 6 * MINUTE),
        (body, signature, timestamp, key, NOW - 6 * MINUTE),
    ):
        with pytest.raises(ReportRefused):
            sendgrid.verify(*wrong)


def test_the_key_of_sendgrid_may_be_pem_and_must_be_one() -> None:
    plain = sendgrid_public_key()
    pem = f"-----BEGIN PUBLIC KEY-----\n{plain[:64]}\n{plain[64:]}\n-----END PUBLIC KEY-----\n"

    assert sendgrid.read_key(pem).public_numbers() == sendgrid.read_key(plain).public_numbers()
    for wrong in ("x", "AAAA", plain[:-8]):
        with pytest.raises(ConfigurationError, match="DIGEST_BOUNCES__SENDGRID_KEY"):
            sendgrid.read_key(wrong)


# ── Mailgun ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (mailgun_event(), HARD),
        (mailgun_event(reason="suppress-bounce"), HARD),
        (mailgun_event(reason="suppress-complaint"), Verdict.COMPLAINT),
        (mailgun_event(severity="temporary"), Verdict.DELAYED),
        (mailgun_event() | {"delivery-status": {"code": 550, "message": "5.7.1 blocked"}}, POLICY),
        (mailgun_event() | {"delivery-status": {"code": 552, "message": "mailbox full"}}, SOFT),
        (mailgun_event() | {"delivery-status": None}, HARD),
        (mailgun_event("complained"), Verdict.COMPLAINT),
    ],
)
def test_a_report_of_mailgun_is_judged(event: dict[str, Any], verdict: Verdict) -> None:
    (incoming,) = mailgun.read_events(dump({"event-data": event}), [KEY])

    assert (incoming.finding.verdict, incoming.finding.recipient) == (verdict, "ada@example.org")


def test_mailgun_signs_time_and_token() -> None:
    post = mailgun_post(NOW, mailgun_event())
    key = mailgun.verify(dump(post), MAILGUN_KEY, NOW + 4 * MINUTE)

    assert len(key) == 64
    for wrong, now in (
        (mailgun_post(NOW, {}, key="another"), NOW),
        (post, NOW + 6 * MINUTE),
        (mailgun_post(NOW, {}, token=""), NOW),
        ({"signature": post["signature"] | {"token": "u" * 50}}, NOW),
        ({"signature": post["signature"] | {"signature": "ü"}}, NOW),
        ({"signature": "x"}, NOW),
        ([], NOW),
    ):
        with pytest.raises(ReportRefused):
            mailgun.verify(dump(wrong), MAILGUN_KEY, now)


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seconds", ["", "-1", "1e9", "١", "9" * 12, "9" * 400, "0" * 12 + "9" * 300, "1795161604.5"])
def test_what_is_no_time_is_refused(seconds: str) -> None:
    with pytest.raises(ReportRefused):
        check_age(seconds, NOW)


def test_reports_are_told_apart_by_provider_event_recipient_and_verdict() -> None:
    (one,) = postmark.read_events(dump(postmark_bounce()))
    (again,) = postmark.read_events(dump(postmark_bounce()))
    (other,) = postmark.read_events(dump(postmark_bounce(ID=43)))
    (unnamed,) = postmark.read_events(dump(postmark_bounce(ID=None)))
    (unnamed_later,) = postmark.read_events(dump(postmark_bounce(ID=None, BouncedAt="2026-11-21")))

    assert one.key == again.key
    assert len({one.key, other.key, unnamed.key, unnamed_later.key}) == 4


@given(anything)
def test_json_of_any_shape_is_read_or_refused(value: object) -> None:
    body = dump(value)

    assert isinstance(ses.read_events(body.decode(), [KEY]), list)
    assert isinstance(postmark.read_events(body), list)
    assert isinstance(sendgrid.read_events(body), list)
    assert isinstance(mailgun.read_events(body, [KEY]), list)
    with pytest.raises(ReportRefused):
        mailgun.verify(body, MAILGUN_KEY, NOW)
    with pytest.raises(ReportRefused):
        sns.read_message(body, [TOPIC], NOW)


@given(
    st.dictionaries(st.sampled_from([*ses_bounce()["bounce"], "status", "event", "email", "Type", "Email"]), anything)
)
def test_fields_of_any_shape_do_no_harm(fields: dict[str, Any]) -> None:
    ses.read_events(json.dumps({"notificationType": "Bounce", "bounce": fields, "mail": fields}), [KEY])
    postmark.read_events(dump({"RecordType": "Bounce"} | fields))
    sendgrid.read_events(dump([{"event": "bounce"} | fields]))
    mailgun.read_events(dump({"event-data": {"event": "failed", "severity": "permanent"} | fields}), [KEY])
