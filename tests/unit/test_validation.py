"""What may be stored as a name, an interest or a follow."""

from datetime import time

import pytest

from subscribers.model import ChannelWish, FollowWish, InterestWish, InvalidWish, Registration, Schedule
from subscribers.validation import (
    MAX_CAP,
    MAX_INTEREST,
    check_cap,
    check_follow,
    check_interest,
    check_registration,
    check_text,
)

EMAIL = ChannelWish(kind="email", address="ada@example.org", schedule=Schedule("utc", time(8)), cap=10)


def test_text_is_folded_to_one_line_in_nfc() -> None:
    assert check_text("name", "  Ada\n\tLovelace\u2028Byron  ", 50) == "Ada Lovelace Byron"
    assert check_text("name", "Jo\u0308rg", 50) == "Jörg"
    assert check_text("name", "علی‌رضا", 50) == "علی‌رضا"  # a Persian name needs its joiner


@pytest.mark.parametrize("text", ["", " \n ", "a\x00b", "a\x1bb", "\ud800", "a\u202eb", "x" * 51])
def test_text_that_cannot_be_stored_or_shown_is_refused(text: str) -> None:
    with pytest.raises(InvalidWish, match="The name"):
        check_text("name", text, 50)


def test_a_registration_is_normalised_and_names_each_address_once() -> None:
    twice = ChannelWish(kind="email", address="ADA@example.org", schedule=EMAIL.schedule, cap=20)
    checked = check_registration(Registration(name=" Ada ", channels=(EMAIL, twice)))

    assert checked.name == "Ada"
    assert [(channel.address, channel.schedule.timezone) for channel in checked.channels] == [
        ("ada@example.org", "UTC")
    ]


def test_a_registration_without_an_address_is_refused() -> None:
    with pytest.raises(InvalidWish, match="needs an address"):
        check_registration(Registration(name="Ada", channels=()))


@pytest.mark.parametrize("language", ["", "english!", "e", "en_US", "x" * 40])
def test_a_language_is_a_language_tag(language: str) -> None:
    with pytest.raises(InvalidWish, match="is not a language tag"):
        check_registration(Registration(name="Ada", channels=(EMAIL,), language=language))


@pytest.mark.parametrize("cap", [0, -1, MAX_CAP + 1])
def test_a_digest_of_none_or_of_too_many_papers_is_refused(cap: int) -> None:
    with pytest.raises(InvalidWish, match=f"1 to {MAX_CAP} papers, not {cap}"):
        check_cap(cap)


def test_an_interest_keeps_its_words() -> None:
    wish = InterestWish(text=' "sparse  attention"\nOR cat:cs.CL', canonical="c")

    assert check_interest(wish).text == '"sparse attention" OR cat:cs.CL'


@pytest.mark.parametrize("text", ["", "x" * (MAX_INTEREST + 1), "a\x00"])
def test_an_interest_that_is_empty_or_endless_is_refused(text: str) -> None:
    with pytest.raises(InvalidWish, match="The interest"):
        check_interest(InterestWish(text=text, canonical="c"))


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"])
def test_an_orcid_id_is_stored_bare(orcid: str) -> None:
    assert check_follow(FollowWish(name="J. Carberry", orcid=orcid)).orcid == "0000-0002-1825-0097"


def test_an_orcid_id_may_end_in_x() -> None:
    assert check_follow(FollowWish(name="S. Hawking", orcid="0000-0002-9079-593x")).orcid == "0000-0002-9079-593X"


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0098", "1825", "0000000218250097", "0000-0002-1825-00９7"])
def test_an_orcid_id_that_cannot_exist_is_refused(orcid: str) -> None:
    with pytest.raises(InvalidWish, match="is not an ORCID iD"):
        check_follow(FollowWish(name="J. Carberry", orcid=orcid))


@pytest.mark.parametrize("user", ["-x", "a b", "x" * 97, "a/b"])
def test_a_user_name_that_cannot_exist_is_refused(user: str) -> None:
    with pytest.raises(InvalidWish, match="is not a Hugging Face user name"):
        check_follow(FollowWish(name="Ada", hf_user=user))


def test_fields_are_named_once_and_empty_ids_are_none() -> None:
    checked = check_follow(FollowWish(name="Ada", fields=("cs.CL", " cs.CL ", "cs.LG"), hf_user="", orcid=""))

    assert checked == FollowWish(name="Ada", fields=("cs.CL", "cs.LG"))


def test_nobody_works_in_hundreds_of_fields() -> None:
    with pytest.raises(InvalidWish, match="at most 50 fields"):
        check_follow(FollowWish(name="Ada", fields=tuple(map(str, range(51)))))
