"""What may be stored as a name, an interest or a follow."""

from datetime import time

import pytest

from subscribers.model import ChannelWish, FollowEvent, FollowWish, InterestWish, InvalidWish, Registration, Schedule
from subscribers.validation import (
    MAX_CAP,
    MAX_INTEREST,
    MAX_TARGET_NAME,
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


def test_a_follow_has_a_clean_name_and_each_event_once() -> None:
    events = (FollowEvent.WITHDRAWN, FollowEvent.PUBLISHED, FollowEvent.WITHDRAWN)
    checked = check_follow(FollowWish(target_id=7, name=" Josiah\n Carberry ", events=events))

    assert checked == FollowWish(
        target_id=7, name="Josiah Carberry", events=(FollowEvent.PUBLISHED, FollowEvent.WITHDRAWN)
    )


@pytest.mark.parametrize("name", ["", "x" * (MAX_TARGET_NAME + 1), "a\x00"])
def test_a_follow_of_something_without_a_proper_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidWish, match="The name"):
        check_follow(FollowWish(target_id=7, name=name))
