"""Every mail of the corpus is read as what it is: bounces of many servers, complaints, auto-replies, letters by hand.

The mails in `tests/bounces` are written after the real formats, with our own signatures in them.
"""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.postbox.findings import Incoming, Verdict
from digest.postbox.reading import Signatures, read_mail
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import ReturnPath, write_return_path

CORPUS = Path(__file__).parents[1] / "bounces"
KEY = "a key of more than thirty-two characters"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIGNATURES = Signatures([KEY], Tokens([KEY]))
ADAS_CHANNEL = ReturnPath("c", 12)
HARD, SOFT, POLICY = Verdict.HARD, Verdict.SOFT, Verdict.POLICY

BOUNCES = {
    "barracuda_unknown_user": (POLICY, "5.7.1"),
    "code_of_nobody_words_of_quota": (SOFT, "5.1.1"),
    "delayed_with_failed_elsewhere": (Verdict.DELAYED, "4.4.1"),
    "eight_bit_headers": (HARD, "5.1.1"),
    "exchange_access_denied": (HARD, "5.4.1"),
    "exchange_expired": (SOFT, "4.4.7"),
    "exchange_group_restricted": (POLICY, "5.7.133"),
    "exchange_hop_count": (SOFT, "5.4.14"),
    "exchange_loop": (SOFT, "5.4.14"),
    "exchange_not_found": (HARD, "5.1.10"),
    "exchange_quota": (SOFT, "5.2.2"),
    "exchange_spanish_quota": (SOFT, "5.2.2"),
    "exchange_spanish_unknown": (HARD, "5.1.1"),
    "exim_old_plain": (HARD, "5.1.1"),
    "exim_sender_verify": (POLICY, "5.0.0"),
    "exim_unknown_user": (HARD, "5.0.0"),
    "exim_warning": (Verdict.DELAYED, ""),
    "expanded_list_one_dead": (Verdict.DELIVERED, "2.0.0"),
    "fastmail_not_accepting": (HARD, "5.1.1"),
    "free_french_unknown": (HARD, "5.1.1"),
    "gmail_dmarc": (POLICY, "5.7.26"),
    "gmail_over_quota": (SOFT, "5.2.2"),
    "gmail_too_fast": (SOFT, "5.2.1"),
    "gmail_unknown_user": (HARD, "5.1.1"),
    "gmx_german_unknown": (HARD, ""),
    "google_groups_not_permitted": (SOFT, ""),
    "html_only_bounce": (HARD, "5.1.1"),
    "icloud_local_policy": (POLICY, "5.7.1"),
    "icloud_over_quota": (SOFT, "5.2.2"),
    "internationalised_address": (HARD, "5.1.1"),
    "lotus_domino_not_listed": (HARD, ""),
    "lotus_domino_router_full": (SOFT, ""),
    "mailman_like_wrapper": (HARD, "5.1.1"),
    "mailru_russian_full": (SOFT, ""),
    "mailru_spam": (POLICY, "5.0.0"),
    "mailru_unknown_user": (HARD, "5.0.0"),
    "mimecast_greylisted_out": (SOFT, "4.0.0"),
    "mimecast_invalid_recipient": (HARD, "5.0.0"),
    "netease_163_chinese": (SOFT, "5.0.0"),
    "netease_163_user_suspended": (SOFT, ""),
    "orange_french_reputation": (SOFT, "5.2.0"),
    "orange_french_unknown": (HARD, "5.1.1"),
    "outlook_bulk_sender": (POLICY, "5.7.515"),
    "plain_bounce_base64": (HARD, "5.1.1"),
    "postfix_delayed": (Verdict.DELAYED, "4.4.1"),
    "postfix_delivered": (Verdict.DELIVERED, "2.0.0"),
    "postfix_expired_greylisted": (POLICY, "4.2.0"),
    "postfix_expired_silent_host": (SOFT, "4.4.1"),
    "postfix_french_full": (SOFT, "5.0.0"),
    "postfix_german": (HARD, "5.1.1"),
    "postfix_headers_only": (HARD, "5.1.1"),
    "postfix_japanese": (HARD, "5.0.0"),
    "postfix_no_code": (HARD, "5.0.0"),
    "postfix_no_reverse_name": (POLICY, "5.0.0"),
    "postfix_no_such_domain": (HARD, "5.4.4"),
    "postfix_over_quota": (SOFT, "5.2.2"),
    "postfix_policy_spam": (POLICY, "5.7.1"),
    "postfix_sender_domain": (POLICY, "5.0.0"),
    "postfix_soft_code_hard_words": (SOFT, "4.1.1"),
    "postfix_unknown_user": (HARD, "5.1.1"),
    "proofpoint_blocked": (POLICY, "5.0.0"),
    "proofpoint_unknown_user": (HARD, "5.1.1"),
    "qmail_relaying_denied": (POLICY, "5.7.1"),
    "qmail_unknown_user": (HARD, "5.1.1"),
    "qq_chinese_unknown": (HARD, ""),
    "quotes_another_reader": (HARD, "5.1.1"),
    "relayed_to_elsewhere": (Verdict.DELIVERED, "2.0.0"),
    "sendmail_unknown_user": (HARD, "5.1.1"),
    "service_unavailable": (SOFT, "5.0.0"),
    "status_report_base64": (HARD, "5.1.1"),
    "status_report_cut_off": (HARD, "5.1.1"),
    "status_report_without_action": (HARD, "5.1.1"),
    "to_the_list_address": (HARD, "5.1.1"),
    "two_recipients_one_full": (SOFT, "5.2.2"),
    "two_recipients_one_reached": (Verdict.DELIVERED, "2.1.5"),
    "webde_german_dynamic_ip": (POLICY, ""),
    "webde_german_full": (SOFT, ""),
    "yahoo_unknown_user": (HARD, ""),
    "zoho_not_valid": (HARD, "5.1.1"),
}
OTHERS = {
    "arf_not_spam": Verdict.JUNK,
    "arf_outlook_jmrp": Verdict.COMPLAINT,
    "arf_yahoo": Verdict.COMPLAINT,
    "challenge_response": Verdict.AUTO_REPLY,
    "person_quoting_the_digest": Verdict.PERSON,
    "person_rejected_paper": Verdict.PERSON,
    "read_receipt": Verdict.AUTO_REPLY,
    "unsubscribe_by_mail": Verdict.REQUEST,
    "unsubscribe_forged": Verdict.PERSON,
    "unsubscribe_without_token": Verdict.PERSON,
    "vacation_account_closed": Verdict.AUTO_REPLY,
    "vacation_exchange_german": Verdict.AUTO_REPLY,
    "vacation_rfc3834": Verdict.AUTO_REPLY,
    "wrapped_by_mailman_notice": Verdict.PERSON,
}
UNSIGNED = {"arf_forged": Verdict.COMPLAINT, "unsigned_forged": HARD}
NAMES = sorted(path.stem for path in CORPUS.glob("*.eml"))


def read(name: str, *recipients: str) -> Incoming:
    return read_mail((CORPUS / f"{name}.eml").read_bytes(), recipients, SIGNATURES, NOW)


def test_every_mail_of_the_corpus_is_expected_to_be_something() -> None:
    assert sorted({*BOUNCES, *OTHERS, *UNSIGNED}) == NAMES
    assert len(BOUNCES) >= 75


@pytest.mark.parametrize("name", sorted(BOUNCES))
def test_a_bounce_is_judged_and_is_about_the_mail_we_sent(name: str) -> None:
    incoming = read(name)

    assert (incoming.finding.verdict, incoming.finding.status) == BOUNCES[name], incoming.finding
    assert incoming.about == ADAS_CHANNEL


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_is_no_bounce_is_not_taken_for_one(name: str) -> None:
    assert read(name).finding.verdict is OTHERS[name]


@pytest.mark.parametrize("name", ["arf_outlook_jmrp", "arf_yahoo"])
def test_a_complaint_is_about_the_mail_it_returns(name: str) -> None:
    assert read(name).about == ADAS_CHANNEL


@pytest.mark.parametrize("name", sorted(UNSIGNED))
def test_a_report_without_a_signature_of_ours_is_about_nobody(name: str) -> None:
    incoming = read(name)

    assert incoming.finding.verdict is UNSIGNED[name]
    assert incoming.about is None


def test_an_unsubscribe_mail_says_whom_and_a_forged_one_nothing() -> None:
    asked = read("unsubscribe_by_mail").request

    assert asked is not None
    assert (asked.purpose, asked.subject) == (Purpose.UNSUBSCRIBE, TokenSubject(12, 3))
    assert read("unsubscribe_forged").request is None
    assert read("unsubscribe_without_token").request is None


TOKEN = Tokens([KEY]).issue(Purpose.UNSUBSCRIBE, TokenSubject(12, 3), NOW)
ASKED = f"unsubscribe {TOKEN}"
HEAD = "From: Ada <ada@example.net>\nReturn-Path: <ada@example.net>\nMessage-ID: <1@example.net>\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f"Subject: {ASKED}\n\n", id="subject"),
        pytest.param(f"Subject: UNSUBSCRIBE:{TOKEN} \n\n", id="capitals"),
        pytest.param(f"Subject: unsubscribe\n {TOKEN}\n\n", id="folded"),
        pytest.param(f"Subject: =?utf-8?q?unsubscribe_{TOKEN[:20]}?=\n =?utf-8?q?{TOKEN[20:]}?=\n\n", id="encoded"),
        pytest.param(f"Subject: =?utf-8?b?{b64encode(ASKED.encode()).decode()}?=\n\n", id="base64"),
        pytest.param(f"Subject: \n\n\n {ASKED}\n-- \nAda\n", id="first-line"),
        pytest.param(f"Content-Type: text/html\n\n<div dir=ltr>{ASKED}</div>\n", id="html-alone"),
        pytest.param(f"From: somebody@else.test\nSubject: {ASKED}\n\n", id="from-somebody-else"),
    ],
)
def test_a_request_is_found_however_a_mail_program_writes_it(raw: str) -> None:
    asked = read_mail((HEAD + raw).encode(), [], SIGNATURES, NOW).request

    assert asked is not None
    assert asked.subject == TokenSubject(12, 3)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f"Subject: Re: my digest\n\nThank you!\n\n> {ASKED}\n", id="quoted"),
        pytest.param(f"Subject: Re: my digest\n\n> {ASKED}\n", id="only-quoted"),
        pytest.param(f"Subject: Fwd: {ASKED}\n\n", id="forwarded"),
        pytest.param(f"Subject: unsubscribe {TOKEN[:-1]}\n\n", id="cut"),
        pytest.param(f"Subject: unsubscribe x{TOKEN}\n\n", id="changed"),
        pytest.param(f"Subject: cancel {TOKEN}\n\n", id="for-something-else"),
        pytest.param("Subject: unsubscribe me, now\n\n", id="no-token"),
        pytest.param(f"Subject: Please do not {ASKED}\n\n", id="a-sentence"),
    ],
)
def test_what_only_looks_like_a_request_is_none(raw: str) -> None:
    incoming = read_mail((HEAD + raw).encode(), [], SIGNATURES, NOW)

    assert (incoming.request, incoming.finding.verdict) == (None, Verdict.PERSON)


@pytest.mark.parametrize("name", NAMES)
def test_line_endings_make_no_difference(name: str) -> None:
    raw = (CORPUS / f"{name}.eml").read_bytes()
    other = read_mail(raw.replace(b"\n", b"\r\n"), [], SIGNATURES, NOW)

    assert (other.finding.verdict, other.about) == (read(name).finding.verdict, read(name).about)


def test_the_address_a_mail_came_to_counts_more_than_what_stands_in_it() -> None:
    letter = write_return_path([KEY], "bounces@example.org", "l", 7)

    assert read("postfix_unknown_user", letter).about == ReturnPath("l", 7)
    assert read("unsigned_forged", letter).about == ReturnPath("l", 7)


def test_a_link_of_another_reader_in_the_words_of_a_report_is_not_whom_it_is_about() -> None:
    token = SIGNATURES.tokens.issue(Purpose.UNSUBSCRIBE, TokenSubject(13, 4), NOW) if SIGNATURES.tokens else ""
    raw = (CORPUS / "quotes_another_reader.eml").read_bytes().replace(b"OTHERTOKEN", token.encode())

    assert read_mail(raw, [], SIGNATURES, NOW).about == ADAS_CHANNEL


def test_mails_are_told_apart_by_their_id_and_what_they_are_about() -> None:
    keys = {read(name).key for name in NAMES}
    letter = write_return_path([KEY], "bounces@example.org", "l", 7)

    assert len(keys) == len(NAMES)
    assert read("postfix_unknown_user").key == read("postfix_unknown_user").key
    assert read("postfix_unknown_user", letter).key not in keys
    assert {len(key) for key in keys} == {64}


def test_the_diagnosis_is_one_short_line() -> None:
    for name in BOUNCES:
        said = read(name).finding.diagnostic
        assert said.isprintable()
        assert len(said) <= 300
    assert read("eight_bit_headers").finding.diagnostic.endswith("adresse inconnue, élève supprimé")
    assert read("gmail_unknown_user").finding.diagnostic.startswith("smtp; 550-5.1.1 The email account that you tried")
    assert read("postfix_unknown_user").finding.recipient == "ada@example.net"
