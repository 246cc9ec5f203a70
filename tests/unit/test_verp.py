"""Return paths: what we wrote is read again after all that mail servers do to addresses; nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.verp import (
    CHANNEL,
    LETTER,
    LONGEST_TAG,
    MAX_LOCAL,
    ReturnPath,
    find_return_paths,
    read_return_path,
    write_return_path,
)

OLD_KEY, NEW_KEY, OTHER_KEY = "o" * 32, "n" * 32, "x" * 32
MAILBOX = "bounces@example.org"
numbers = st.integers(1, 2**31 - 1)
kinds = st.sampled_from([CHANNEL, LETTER])
ADAS = write_return_path([NEW_KEY], MAILBOX, CHANNEL, 12)
LOCAL, DOMAIN = ADAS.split("@")


@given(kinds, numbers, st.sampled_from(["b@x.test", MAILBOX, f"{'b' * (MAX_LOCAL - LONGEST_TAG)}@example.org"]))
def test_what_is_written_is_read_again_and_is_an_address(kind: str, number: int, mailbox: str) -> None:
    written = write_return_path([NEW_KEY], mailbox, kind, number)

    assert read_return_path([NEW_KEY], written) == ReturnPath(kind, number)
    assert re.fullmatch(r"[a-z]+\+[cl][0-9]+-[a-z2-7]{16}@[a-z.]+", written)
    assert len(written.partition("@")[0]) <= MAX_LOCAL


@given(kinds, numbers, kinds, numbers)
def test_two_mails_never_share_a_return_path(kind: str, number: int, other_kind: str, other_number: int) -> None:
    one = write_return_path([NEW_KEY], MAILBOX, kind, number)
    other = write_return_path([NEW_KEY], MAILBOX, other_kind, other_number)

    assert (one == other) == ((kind, number) == (other_kind, other_number))


@given(st.integers(0, len(LOCAL) - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789+-="))
def test_an_address_with_one_character_changed_is_not_taken_for_somebody_else(place: int, character: str) -> None:
    forged = f"{LOCAL[:place]}{character}{LOCAL[place + 1 :]}@{DOMAIN}"

    assert read_return_path([NEW_KEY], forged) in {None, ReturnPath(CHANNEL, 12)}  # the mailbox itself is not signed


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_return_path_and_none_breaks_reading(text: str) -> None:
    assert read_return_path([NEW_KEY], text) is None
    assert list(find_return_paths([NEW_KEY], text)) == []


@pytest.mark.parametrize(
    "rewritten",
    [
        ADAS.upper(),
        f"<{ADAS}>",
        f" {ADAS} ",
        f'"{LOCAL}"@{DOMAIN}',
        LOCAL,
        f"{LOCAL}@mx.elsewhere.test",
        f"prvs=1234567890={ADAS}",
        f"prvs=00712cc68={ADAS}",
        f"btv1==071e1d9b2b6=={ADAS}",
        f"SRS0=HHH=TT=example.org={LOCAL}@forwarder.test",
        f"SRS0+HHH=TT=example.org={LOCAL}@forwarder.test",
        f"SRS1=HHH=first.test==HHH=TT=example.org={LOCAL}@second.test",
        ADAS.replace("+", "="),
        ADAS.replace("+", "-", 1),
    ],
)
def test_what_servers_do_to_an_address_does_no_harm(rewritten: str) -> None:
    assert read_return_path([NEW_KEY], rewritten) == ReturnPath(CHANNEL, 12)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "@",
        MAILBOX,
        f"bounces+c12@{DOMAIN}",
        f"bounces+c12-@{DOMAIN}",
        f"bounces+c12-{'a' * 16}@{DOMAIN}",
        ADAS.replace("c12", "c13"),
        ADAS.replace("c12", "l12"),
        ADAS.replace("c12", "c012"),
        ADAS.replace("@", "a@"),
        ADAS.replace("@", "=@"),
        f"{'x' * 2000}{ADAS}",
    ],
)
def test_what_we_did_not_write_is_nobodys(forged: str) -> None:
    assert read_return_path([NEW_KEY], forged) is None


def test_mails_from_before_a_change_of_keys_are_known() -> None:
    written = write_return_path([OLD_KEY], MAILBOX, CHANNEL, 12)

    assert read_return_path([NEW_KEY, OLD_KEY], written) == ReturnPath(CHANNEL, 12)
    assert read_return_path([NEW_KEY], written) is None
    assert write_return_path([NEW_KEY, OLD_KEY], MAILBOX, CHANNEL, 12) == ADAS


def test_a_signature_is_worth_nothing_elsewhere() -> None:
    assert read_return_path([OTHER_KEY], ADAS) is None
    assert read_return_path([], ADAS) is None


def test_return_paths_are_found_within_a_text() -> None:
    forged = f"bounces+c7-{'a' * 16}@{DOMAIN}"
    text = f"Return-Path: <{ADAS}>\r\nOriginal-Mail-From: {ADAS.upper()}\r\nReply to {forged}, x{LOCAL}y"

    assert list(find_return_paths([NEW_KEY], text)) == [ReturnPath(CHANNEL, 12)] * 2


@pytest.mark.parametrize(
    ("mailbox", "kind", "number"),
    [
        ("bounces", CHANNEL, 12),
        ("@example.org", CHANNEL, 12),
        ("bounces@", CHANNEL, 12),
        (f"{'b' * 62}@example.org", CHANNEL, 12),
        (MAILBOX, "x", 12),
        (MAILBOX, CHANNEL, 0),
        (MAILBOX, CHANNEL, -1),
        (MAILBOX, CHANNEL, 10**10),
    ],
)
def test_nothing_is_written_that_could_not_be_read(mailbox: str, kind: str, number: int) -> None:
    with pytest.raises(ValueError, match=r"no return path|no mailbox"):
        write_return_path([NEW_KEY], mailbox, kind, number)
