"""What codes and words of mail servers mean: an address is given up only for what is about the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.postbox.diagnosis import find_status, judge, judge_words
from digest.postbox.findings import Verdict

HARD, SOFT, POLICY = Verdict.HARD, Verdict.SOFT, Verdict.POLICY
digits = st.integers(0, 999)


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        ("5.1.1", "", HARD),
        ("5.1.2", "", HARD),
        ("5.1.6", "", HARD),
        ("5.1.10", "", HARD),
        ("5.2.1", "", HARD),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", HARD),
        ("5.4.310", "DNS domain does not exist", HARD),
        ("5.2.2", "552 5.2.2 mailbox full", SOFT),
        ("5.2.0", "", SOFT),
        ("5.4.6", "routing loop", SOFT),
        ("5.4.7", "delivery time expired", SOFT),
        ("4.2.2", "mailbox full", SOFT),
        ("4.4.7", "", SOFT),
        ("4.2.0", "450 4.2.0 greylisted", POLICY),
        ("4.7.0", "450 4.7.0 our system has detected an unusual rate", POLICY),
        ("5.7.1", "550 5.7.1 user unknown", POLICY),
        ("5.7.26", "", POLICY),
        ("5.7.999", "", POLICY),
        ("5.6.1", "", POLICY),
        ("5.3.4", "message too big", POLICY),
        ("5.1.8", "bad sender", POLICY),
        ("5.1.1", "550 5.7.1 blocked", POLICY),
        ("5.1.1", "552 5.2.2 over quota", SOFT),
        ("5.0.0", "550 5.1.1 no such user", HARD),
        ("5.0.0", "550 no such user here", HARD),
        ("5.0.0", "550 quota exceeded", SOFT),
        ("5.0.0", "554 blocked by our spam filter", POLICY),
        ("5.0.0", "", SOFT),
        ("5.1.0", "550 5.1.0 Address rejected", HARD),
        ("5.3.0", "553 5.3.0 <x@example.net>... Addressee unknown, relay=[192.0.2.1]", SOFT),
        ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable", HARD),
        ("", "Sorry, no mailbox here by that name. (#5.1.1)", HARD),
        ("nonsense", "", SOFT),
    ],
)
def test_a_failure_is_judged_by_its_code_and_then_by_its_words(status: str, said: str, verdict: Verdict) -> None:
    assert judge(status, said) is verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("User unknown", HARD),
        ("unknown user: ada", HARD),
        ("The account does not exist", HARD),
        ("this account has been disabled or discontinued", HARD),
        ("Benutzer unbekannt", HARD),
        ("adresse inconnue", HARD),
        ("450 user unknown in local table (try again)", SOFT),
        ("Mailbox is full", SOFT),
        ("Das Postfach ist voll", SOFT),
        ("la boîte du destinataire est pleine", SOFT),
        ("el buzón del usuario está lleno", SOFT),
        ("Message rejected due to content restrictions", POLICY),
        ("Client host blocked using an RBL", POLICY),
        ("we do not relay", POLICY),
        ("something went wrong", SOFT),
        ("", SOFT),
    ],
)
def test_words_are_understood_where_there_is_no_code(said: str, verdict: Verdict) -> None:
    assert judge_words(said) is verdict


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("550-5.1.1 no", "5.1.1"),
        ("(#5.7.1)", "5.7.1"),
        ("Status: 4.2.2", "4.2.2"),
        ("250 2.0.0 ok", ""),
        ("Exim 4.96.2 on 5.188.1.20", ""),
        ("", ""),
    ],
)
def test_a_code_in_running_text_is_told_from_other_numbers(said: str, status: str) -> None:
    assert find_status(said) == status


@given(digits, digits, st.text(max_size=200))
def test_no_code_of_policy_or_security_ever_gives_an_address_up(detail: int, reply: int, said: str) -> None:
    assert judge(f"5.7.{detail}", f"{reply} {said}") is not HARD
    assert judge("5.1.1", f"550 5.7.{detail} {said}") is not HARD


@given(st.sampled_from([4, 5]), digits, digits, st.text(max_size=200))
def test_a_second_code_only_makes_a_judgement_milder(level: int, subject: int, detail: int, said: str) -> None:
    places = list(Verdict)
    other = f"550 {level}.{subject}.{detail} {said}"

    assert places.index(judge("5.1.1", other)) <= places.index(HARD)
    assert judge("5.2.2", other) is not HARD
