"""What refusals of mail servers say of us: too many for now, or nothing like this from us; most say neither."""

import pytest

from digest.errors import Refusal
from digest.notifiers.smtp_outcomes import find_refusal


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (421, "4.7.28 Our system has detected an unusual rate of unsolicited mail"),
        (421, "4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume"),
        (421, "Too many concurrent SMTP connections"),
        (451, "4.7.650 The mail server has been temporarily rate limited due to IP reputation"),
        (450, "4.7.1 Too many messages from your address, slow down"),
    ],
)
def test_a_server_that_wants_fewer_mails_throttles(code: int, text: str) -> None:
    assert find_refusal(code, text) is Refusal.THROTTLED


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (550, "5.7.26 This mail is unauthenticated, which poses a security risk"),
        (550, "5.7.515 Access denied, sending domain does not meet the required authentication level"),
        (554, "5.7.1 Message rejected as spam"),
        (554, "Your message was blocked by our spam filter"),
    ],
)
def test_a_server_that_wants_none_of_it_refuses_by_policy(code: int, text: str) -> None:
    assert find_refusal(code, text) is Refusal.POLICY


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (451, "4.7.1 Greylisted, please try again in five minutes"),
        (450, "4.2.0 Mailbox busy"),
        (452, "4.2.2 Mailbox full"),
        (550, "5.1.1 No such user"),
        (550, "No such user"),
        (552, "5.3.4 Message too big"),
    ],
)
def test_what_is_about_the_address_or_the_moment_is_neither(code: int, text: str) -> None:
    assert find_refusal(code, text) is None
