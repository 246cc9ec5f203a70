"""Addresses as typed become the one stored form, or a clear refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import MAX_ADDRESS, MAX_CHAT_ID, find_mailbox, normalise
from subscribers.model import InvalidAddress


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace@Example.ORG ", "ada.lovelace@example.org"),
        ("ada+papers@example.org", "ada+papers@example.org"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("ada@mail.test", "ada@mail.test"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("ada@XN--MNCHEN-3YA.de", "ada@xn--mnchen-3ya.de"),
        ("JO\u0308RG@example.org", "j\u00d6rg@example.org"),
        ("\u212aate@example.org", "kate@example.org"),  # the Kelvin sign
    ],
)
def test_an_email_address_is_folded_to_one_form(typed: str, stored: str) -> None:
    assert normalise("email", typed) == stored
    assert normalise("email", stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ada",
        "ada@",
        "@example.org",
        "ada@gmail",
        "ada@localhost",
        "ada@example..org",
        "a@b.org,c@d.org",
        "a@b.org c@d.org",
        "<ada@example.org>",
        "Ada Lovelace <ada@example.org>",
        '"ada lovelace"@example.org',
        "ada@[192.0.2.1]",
        "x@y.org>\r\nDATA",
        "ada@example.org\n",
        "ada\x00@example.org",
        "ada\u202e@example.org",
        "ada\u200b@example.org",
        "\ud800@example.org",
        "ada＠example.org",
        f"{'a' * 65}@example.org",
        f"{'ü' * 33}@example.org",
        f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.org",
    ],
)
def test_what_is_not_one_email_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAddress):
        normalise("email", typed)


def test_an_address_is_measured_as_it_is_sent() -> None:
    with pytest.raises(InvalidAddress, match="too long when the part after the @-sign is converted to IDNA ASCII"):
        normalise("email", f"{'ü' * 30}@{'ü.' * 30}org")  # each “ü” of the domain is written “xn--tda”


def test_the_part_before_the_at_sign_is_measured_in_bytes() -> None:
    assert normalise("email", f"{'a' * 64}@example.org") == f"{'a' * 64}@example.org"
    assert normalise("email", f"{'ü' * 32}@example.org") == f"{'ü' * 32}@example.org"
    with pytest.raises(InvalidAddress, match="What stands before the @-sign is too long"):
        normalise("email", f"{'a' * 65}@example.org")


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada+papers@example.org", "ada@example.org"),
        ("ada+papers+1@example.org", "ada@example.org"),
        ("a.da@example.org", "a.da@example.org"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("a.da@googlemail.com", "ada@gmail.com"),
        ("ada@gmail.com.example.org", "ada@gmail.com.example.org"),
        ("+ada@example.org", "+ada@example.org"),
    ],
)
def test_spellings_of_one_mailbox_are_told(address: str, mailbox: str) -> None:
    assert find_mailbox(address) == mailbox
    assert find_mailbox(mailbox) == mailbox


def test_a_refusal_quotes_the_address_cleaned_and_cut() -> None:
    with pytest.raises(InvalidAddress) as refusal:
        normalise("email", "x\r\ny" + "z" * 1000)

    assert "x��y" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_a_refusal_says_what_is_wrong() -> None:
    with pytest.raises(InvalidAddress, match=r"“ada@gmail” is not an email address\. .* should have a period\."):
        normalise("email", "ada@gmail")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("123456789", "123456789"),
        ("-1001234567890", "-1001234567890"),
        ("-1001234567890/42", "-1001234567890/42"),
        (" @Daily_Papers ", "@daily_papers"),
        ("@papers/7", "@papers/7"),
        (str(MAX_CHAT_ID), str(MAX_CHAT_ID)),
    ],
)
def test_a_telegram_chat_is_a_number_or_a_name_with_or_without_topic(typed: str, stored: str) -> None:
    assert normalise("telegram", typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        *("0", "-0", "007", "１２３", "12.5", str(MAX_CHAT_ID + 1), "papers", "@abc", "@1papers", "@pa pers"),
        *("123/0", "123/", "123/x", "123/4/5", "/5", "@" + "x" * 33, "https://t.me/papers", "--5"),
    ],
)
def test_what_telegram_cannot_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAddress, match="is not a Telegram chat"):
        normalise("telegram", typed)


def test_a_folder_is_made_absolute_so_that_any_process_finds_it() -> None:
    stored = normalise("file", "outbox/../digests")

    assert stored.startswith("/")
    assert stored.endswith("/digests")
    assert ".." not in stored
    assert normalise("file", stored) == stored


def test_a_home_folder_is_spelt_out() -> None:
    assert "~" not in normalise("file", "~/digests")


def test_the_home_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidAddress, match="home folder that does not exist"):
        normalise("file", "~nobody-of-this-name/digests")


def test_addresses_of_other_notifiers_are_kept_as_they_are() -> None:
    assert normalise("ntfy", " ntfy://Host.example/Topic ") == "ntfy://Host.example/Topic"


@pytest.mark.parametrize("typed", ["", "a\nb", "a\x00b", "a\u2028b", "x" * (MAX_ADDRESS + 1)])
def test_addresses_of_other_notifiers_must_be_clean_and_short(typed: str) -> None:
    with pytest.raises(InvalidAddress):
        normalise("ntfy", typed)


@pytest.mark.parametrize("kind", ["", "Email", "e mail", "x" * 41, "-x", "e\nmail"])
def test_a_kind_that_cannot_be_one_is_refused(kind: str) -> None:
    with pytest.raises(InvalidAddress, match="is not a kind of channel"):
        normalise(kind, "ada@example.org")


@given(kind=st.sampled_from(["email", "telegram", "ntfy"]), typed=st.text(max_size=400))
def test_any_text_gives_a_clean_stable_address_or_a_refusal(kind: str, typed: str) -> None:
    stored = normalised_or_none(kind, typed)
    if stored is None:
        return

    assert normalise(kind, stored) == stored
    assert 0 < len(stored) <= MAX_ADDRESS
    assert stored.isprintable() or kind == "ntfy"


@given(kind=st.sampled_from(["email", "telegram", "file", "ntfy"]), rest=st.text(max_size=100))
def test_a_refusal_is_one_line_whatever_was_typed(kind: str, rest: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        normalise(kind, f"\r\n{rest}")

    assert len(str(refusal.value).splitlines()) == 1


@given(local=st.text(alphabet="abcXYZ019._+-", min_size=1, max_size=20))
def test_letter_case_never_makes_two_email_addresses(local: str) -> None:
    assert normalised_or_none("email", f"{local.swapcase()}@EXAMPLE.org") == normalised_or_none(
        "email", f"{local}@example.org"
    )


def normalised_or_none(kind: str, typed: str) -> str | None:
    try:
        return normalise(kind, typed)
    except InvalidAddress:
        return None
