"""Where alerts go, and what becomes of one that does not arrive."""

from datetime import timedelta

import pytest

from digest.errors import ConfigurationError, NotifierError, NotifierUnusable
from digest.model import Address, Receipt
from digest.model.watch import Notice
from digest.pipeline.watch.notices import Ending, judge_outcome, parse_target, parse_targets
from digest.pipeline.watch.targets import check_targets
from digest.settings import OperatorSettings, read_settings
from tests.factories import NOON


def judge(outcome: Receipt | Exception, attempts: int = 0) -> Ending:
    address = Address("email", "ops@example.org")
    notice = Notice(key="k", subject="s", text="t", id=1, address=address, created_at=NOON, attempts=attempts, claim=1)
    return judge_outcome(notice, outcome, NOON)


def test_what_was_accepted_is_sent_and_what_never_will_be_is_given_up() -> None:
    assert judge(Receipt("250 ok")) == Ending("250 ok", is_sent=True)
    assert judge(NotifierError("no such user", permanent=True)) == Ending("no such user")


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 2), (5, 32), (6, 60), (90, 60)])
def test_pauses_grow_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert judge(NotifierError("later"), attempts).again_at == NOON + timedelta(minutes=minutes)
    assert judge(KeyError("poison"), attempts).again_at == NOON + timedelta(minutes=minutes)


def test_a_stated_pause_is_kept_and_a_broken_notifier_is_left_alone_for_five_minutes() -> None:
    assert judge(NotifierError("flood", retry_after=timedelta(seconds=35))).again_at == NOON + timedelta(seconds=35)
    assert judge(NotifierUnusable("535")).again_at == NOON + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("email:Ops@Example.ORG", Address("email", "ops@example.org")),
        ("telegram:-1001234567890/7", Address("telegram", "-1001234567890/7")),
        ("email: ops@example.org", Address("email", "ops@example.org")),
    ],
)
def test_targets_are_read_as_channels_are(text: str, address: Address) -> None:
    assert parse_target(text) == address


@pytest.mark.parametrize("text", ["ops@example.org", "email:", "email:ops", "telegram:me", ":x", "SMS!:1", "e:\u202ex"])
def test_a_target_that_is_none_is_refused_with_the_options_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match="DIGEST_OPERATOR__ALERTS") as caught:
        parse_target(text)
    assert "\u202e" not in str(caught.value)


def test_all_faults_are_told_at_once_and_doubles_are_one() -> None:
    assert len(parse_targets(["email:ops@example.org", "email:OPS@example.org"])) == 1
    with pytest.raises(ConfigurationError) as caught:
        parse_targets(["x", "email:ops@example.org", "y"])
    assert len(caught.value.faults) == 2


def check(**fields: object) -> list[tuple[str, str]]:
    settings = OperatorSettings.model_validate({"alerts": ("email:ops@example.org",)} | fields)
    return [(found.id, found.level.value) for found in check_targets(settings, {"email"})]


def test_a_configuration_in_order_has_no_findings() -> None:
    assert check(ping_url="https://hc.example.org/secret", timezone="Europe/Berlin") == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"alerts": ()}, ("operator.alerts", "warning")),
        ({"alerts": ("ops",)}, ("operator.alerts", "error")),
        ({"alerts": ("telegram:123456",)}, ("operator.alerts", "error")),
        ({"ping_url": "http://hc.example.org/x"}, ("operator.ping_url", "warning")),
    ],
)
def test_each_fault_of_the_operators_settings_is_found(fields: dict[str, object], found: tuple[str, str]) -> None:
    assert check(**fields) == [found]


@pytest.mark.parametrize(
    "url", ["ftp://hc/s3cret", "hc/s3cret", "https:///s3cret", "https://hc/ s3cret", "https://hc:x/"]
)
def test_a_dead_man_url_that_is_none_is_refused_at_the_start_and_never_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DIGEST_OPERATOR__PING_URL") as caught:
        read_settings(operator={"ping_url": url})
    assert "s3cret" not in str(caught.value)


def test_the_dead_man_url_is_a_secret() -> None:
    settings = OperatorSettings.model_validate({"ping_url": "http://hc.example.org/s3cret"})

    assert "s3cret" not in repr(settings)
    assert all("s3cret" not in found.what + found.hint for found in check_targets(settings, {"email"}))
