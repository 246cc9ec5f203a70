"""What the HTTP client reads from headers and settings, and says about them."""

import gzip
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from digest.settings import HttpSettings
from digest.sources.http.client import find_mail_address
from digest.sources.http.inflation import STEP, Inflater
from digest.sources.http.pacing import ANY_HOST, PACE
from digest.sources.http.response import Headers, Response
from digest.sources.http.retry_after import parse_wait
from digest.sources.http.wording import say_status, say_trouble

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def answer(**headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response("https://arxiv.org/", 200, Headers(named), b"")


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("max-age=3600", 3600),
        ("public, Max-Age=60", 60),
        ('max-age="60"', 60),
        ("max-age=0", 0),
        ("max-age=999999999", 86400),
        ("no-cache, max-age=60", 0),
        ("no-store", 0),
        ("", None),
        ("s-maxage=60", None),
        ("max-age=soon", None),
        ("max-age=-5", None),
        ("max-age=" + "9" * 5000, None),
    ],
)
def test_an_answer_says_how_long_it_holds(control: str, seconds: int | None) -> None:
    assert answer(Cache_Control=control).max_age == (None if seconds is None else timedelta(seconds=seconds))


def test_what_a_cache_kept_an_answer_for_is_gone() -> None:
    assert answer(Cache_Control="max-age=60", Age="20").max_age == timedelta(seconds=40)
    assert answer(Cache_Control="max-age=60", Age="70").max_age == timedelta()
    assert answer(Cache_Control="max-age=60", Age="x").max_age == timedelta(seconds=60)


@pytest.mark.parametrize("value", ["", "x" * 251, '"\u00fc"', '"a\r\nX-Evil: 1"', '"\x00"', '"a\u202eb"'])
def test_a_validator_that_no_header_may_hold_is_dropped(value: str) -> None:
    assert answer(ETag=value).etag is None
    assert answer(Last_Modified=value).last_modified is None


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("ops@lab.example.org", "ops@lab.example.org"),
        ("mailto:ops@lab.example.org", "ops@lab.example.org"),
        ("Ada <ada@example.org>", "ada@example.org"),
        ("https://example.org/bot", None),
        ("ops@localhost", None),
        ("a@b.c&api_key=1", None),
        ("", None),
    ],
)
def test_only_a_mail_address_is_given_as_one(contact: str, address: str | None) -> None:
    assert find_mail_address(contact) == address


@pytest.mark.parametrize(
    ("remaining", "reset", "wait"),
    [
        ("0", str(int(NOW.timestamp()) + 1800), timedelta(minutes=30)),
        ("0", "54000", timedelta(hours=15)),
        ("0", str(int(NOW.timestamp()) - 5), None),
        ("0", "99999999999", timedelta(days=1)),
        ("0", "soon", None),
        ("7", "1800", None),
    ],
)
def test_an_empty_quota_says_when_it_is_filled_again(remaining: str, reset: str, wait: timedelta | None) -> None:
    headers = {"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}

    assert parse_wait(headers, NOW) == wait


def test_retry_after_counts_more_than_a_quota() -> None:
    headers = {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800"}

    assert parse_wait(headers, NOW) == timedelta(seconds=5)


def test_a_protocol_error_is_not_quoted_since_it_quotes_the_server() -> None:
    error = httpx.RemoteProtocolError("illegal status line: bytearray(b'-ERR secret greeting')")

    assert say_trouble(error) == "broke off its answer, or it is no answer of a web server"


def test_a_status_that_nobody_knows_is_said_as_it_is() -> None:
    assert say_status("arxiv.org", 999) == "arxiv.org answered 999"


@pytest.mark.parametrize("entry", ["http://10.0.0.1", "10.0.0.1:8080", "10.0.0.0/33", "a b", "10.0.0.256", "*.lan", ""])
def test_an_allowed_host_that_is_none_is_a_fault(entry: str) -> None:
    with pytest.raises(ValidationError, match="is neither a host"):
        HttpSettings(allowed_hosts=(entry,))


@pytest.mark.parametrize("proxy", ["proxy.lan:3128", "socks5://me:secret@proxy.lan", "http://", "http://me:secret@p:x"])
def test_a_proxy_that_is_none_is_a_fault_without_its_password(proxy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpSettings.model_validate({"proxy": proxy})

    (fault,) = caught.value.errors()  # pydantic would add the value; read_settings says no more than this
    assert "a proxy is http://host:port" in fault["msg"]
    assert "secret" not in fault["msg"]


@given(st.lists(st.integers(1, 4).map(lambda n: n * STEP + n % 3 - 1), max_size=3), st.integers(50, 70_000))
@settings(max_examples=25, deadline=None)
def test_what_is_inflated_in_steps_is_whole(sizes: list[int], chunk: int) -> None:
    members = [Random(size).randbytes(size).hex().encode()[:size] for size in sizes]
    packed = b"".join(map(gzip.compress, members))
    inflater = Inflater("gzip", 10_000_000)

    pieces = [inflater.feed(packed[at : at + chunk]) for at in range(0, len(packed), chunk)]
    inflater.finish()

    assert b"".join(pieces) == b"".join(members)


def test_every_host_has_a_pace() -> None:
    assert all(pause > timedelta() for pause in PACE.values())
    assert ANY_HOST in PACE
