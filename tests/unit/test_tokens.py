"""Tokens: what we signed is believed, for its purpose and its time; nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.model import BadToken, ExpiredToken, WeakKey
from subscribers.tokens import ABOUT, LIFETIMES, MAX_TOKEN, Purpose, Tokens, TokenSubject

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD_KEY, NEW_KEY, OTHER_KEY = "o" * 32, "n" * 32, "x" * 32
ADA = TokenSubject(channel_id=7, subscriber_id=3)


def whom(purpose: Purpose) -> TokenSubject:
    return replace(ADA, about=tuple(range(11, 11 + ABOUT.get(purpose, 0))))


def test_a_token_says_whom_and_what_it_is_about() -> None:
    tokens = Tokens([NEW_KEY])

    for purpose in Purpose:
        assert tokens.read(purpose, tokens.issue(purpose, whom(purpose), NOW), NOW) == whom(purpose)


def test_a_token_about_too_little_or_too_much_is_refused() -> None:
    tokens = Tokens([NEW_KEY])

    for purpose in Purpose:
        more = replace(ADA, about=(*whom(purpose).about, 5))
        with pytest.raises(BadToken):
            tokens.read(purpose, tokens.issue(purpose, more, NOW), NOW)


def test_a_token_may_stand_in_a_url_as_it_is_and_is_short() -> None:
    token = Tokens([NEW_KEY]).issue(Purpose.UNSUBSCRIBE, TokenSubject(2_000_000_000, 2_000_000_000), NOW)

    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(token) < 100


def test_an_unsubscribe_token_works_after_years_and_a_change_of_keys() -> None:
    token = Tokens([OLD_KEY]).issue(Purpose.UNSUBSCRIBE, ADA, NOW)

    assert Tokens([NEW_KEY, OLD_KEY]).read(Purpose.UNSUBSCRIBE, token, NOW + timedelta(days=3650)) == ADA


def test_the_newest_key_signs() -> None:
    token = Tokens([NEW_KEY, OLD_KEY]).issue(Purpose.UNSUBSCRIBE, ADA, NOW)

    assert Tokens([NEW_KEY]).read(Purpose.UNSUBSCRIBE, token, NOW) == ADA
    with pytest.raises(BadToken):
        Tokens([OLD_KEY]).read(Purpose.UNSUBSCRIBE, token, NOW)


@pytest.mark.parametrize("purpose", [Purpose.UNDO, Purpose.MANAGE])
def test_other_tokens_expire_after_their_time(purpose: Purpose) -> None:
    tokens = Tokens([NEW_KEY])
    token, lifetime = tokens.issue(purpose, ADA, NOW), LIFETIMES[purpose]
    assert lifetime is not None

    assert tokens.read(purpose, token, NOW + lifetime) == ADA
    with pytest.raises(ExpiredToken):
        tokens.read(purpose, token, NOW + lifetime + timedelta(seconds=1))


def test_confirming_lasts_two_days_and_managing_thirty() -> None:
    assert LIFETIMES[Purpose.CONFIRM] == timedelta(hours=48)
    assert LIFETIMES[Purpose.MANAGE] == timedelta(days=30)


def test_a_clock_that_was_set_back_does_not_spoil_a_link() -> None:
    tokens = Tokens([NEW_KEY])

    assert tokens.read(Purpose.MANAGE, tokens.issue(Purpose.MANAGE, ADA, NOW), NOW - timedelta(hours=1)) == ADA


@pytest.mark.parametrize("made_for", list(Purpose))
@pytest.mark.parametrize("used_for", list(Purpose))
def test_a_token_works_for_its_own_purpose_only(made_for: Purpose, used_for: Purpose) -> None:
    tokens = Tokens([NEW_KEY])
    token = tokens.issue(made_for, ADA, NOW)
    if made_for is used_for:
        return

    with pytest.raises(BadToken) as refusal:
        tokens.read(used_for, token, NOW)
    assert not isinstance(refusal.value, ExpiredToken)


def test_a_token_of_another_key_is_refused() -> None:
    token = Tokens([OTHER_KEY]).issue(Purpose.MANAGE, ADA, NOW)

    with pytest.raises(BadToken):
        Tokens([NEW_KEY, OLD_KEY]).read(Purpose.MANAGE, token, NOW)


@given(st.data())
def test_a_token_with_one_other_character_is_refused(data: st.DataObject) -> None:
    tokens = Tokens([NEW_KEY])
    token = tokens.issue(Purpose.UNSUBSCRIBE, ADA, NOW)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character carries two unused bits
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != token[place]))

    with pytest.raises(BadToken):
        tokens.read(Purpose.UNSUBSCRIBE, token[:place] + other + token[place + 1 :], NOW)


@given(st.text(max_size=MAX_TOKEN + 10))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        Tokens([NEW_KEY]).read(Purpose.UNSUBSCRIBE, text, NOW)


def test_something_else_signed_with_the_same_key_is_refused() -> None:
    tokens = Tokens([NEW_KEY])
    for payload in ({"a": 1}, [1, 2], "x", None, [1, 2, "x"]):
        signed = tokens._serializers[Purpose.MANAGE].dumps(payload)
        with pytest.raises(BadToken):
            tokens.read(Purpose.MANAGE, signed, NOW)


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["x" * 31], [NEW_KEY, "short"]])
def test_a_key_that_is_too_short_is_refused_without_showing_it(keys: list[str]) -> None:
    with pytest.raises(WeakKey, match="at least 32 random characters") as refusal:
        Tokens(keys)

    assert "short" not in str(refusal.value).replace("too short", "")
