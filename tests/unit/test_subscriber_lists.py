"""Lists of subscribers, from whatever program: what is good is read, the rest is named by its line."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.lists import (
    Defaults,
    Evidence,
    LineFault,
    Listed,
    SubscriberList,
    UnreadableList,
    read_subscribers,
    write_csv,
    write_json,
)
from subscribers.lists.cells import guard, join_list, split_list, unguard
from subscribers.model import Cadence, Schedule, SubscriberKind, SubscriberStatus, SuppressionReason

USUAL = Defaults(schedule=Schedule("Europe/Berlin", time(7, 30)), cap=12)
FULL = (
    "subscriber,email,kind,address,name,group,status,timezone,send_at,wait_until,cadence,weekday,cap,plain,alerts,"
    "interests,exclusions,follows,consent_by,consent_at,consent_network,consent_text,consent_version"
)


def read(*lines: str, end: str = "\n") -> SubscriberList:
    return read_subscribers(end.join(lines).encode(), USUAL)


def one(*lines: str) -> Listed:
    (entry,) = read(*lines).entries
    assert isinstance(entry, Listed), entry
    return entry


def fault(*lines: str) -> LineFault:
    (entry,) = read(*lines).entries
    assert isinstance(entry, LineFault), entry
    return entry


def test_a_line_says_everything_about_a_subscriber() -> None:
    listed = one(
        FULL,
        "7,Ada@EXAMPLE.org,,,Ada,,confirmed,europe/berlin,7,9:30,weekly,fri,5,yes,no,"
        '"""state space"" cat:cs.LG; cat:cs.CL",survey,Furu Wei,lab,2024-01-02T03:04:05+01:00,192.0.2.0/24,I agree,2',
    )

    (channel,) = listed.channels
    assert channel.place == ("email", "ada@example.org")
    assert channel.wish.schedule == Schedule("Europe/Berlin", time(7), time(9, 30), Cadence.WEEKLY, 4)
    assert (channel.wish.cap, channel.is_plain, channel.takes_alerts) == (5, True, False)
    assert (listed.interests, listed.exclusions) == (('"state space" cat:cs.LG', "cat:cs.CL"), ("survey",))
    assert (listed.name, listed.status, listed.follows) == ("Ada", SubscriberStatus.CONFIRMED, ("Furu Wei",))
    agreed = datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert listed.consent == Evidence(by="lab", at=agreed, network="192.0.2.0/24", text="I agree", version="2")


def test_what_is_not_said_is_as_in_the_settings() -> None:
    listed = one("email", "ada@example.org")

    assert (listed.name, listed.language, listed.consent) == ("ada@example.org", "en", Evidence())
    assert (listed.channels[0].wish.schedule, listed.channels[0].wish.cap) == (USUAL.schedule, 12)


def test_lines_with_the_same_number_are_one_subscriber() -> None:
    first, second = read(
        "subscriber,email,kind,address,name,group",
        "3,lab@example.org,,,The Lab,yes",
        "3,,telegram,-1001234567890/17,The Lab,yes",
        "4,ada@example.org,,,Ada,",
    ).entries

    assert isinstance(first, Listed)
    assert [channel.place for channel in first.channels] == [
        ("email", "lab@example.org"),
        ("telegram", "-1001234567890/17"),
    ]
    assert (first.kind, second.line) == (SubscriberKind.GROUP, 4)


@pytest.mark.parametrize(
    "lines",
    [
        ("email,subscriber,consent_by", "ada@example.org,yes,lab", "bob@example.org,yes,lab"),
        ("email,subscriber", "ada@example.org,1", "bob@example.org,1"),
        ("subscriber,email,kind,address,name", "1,ada@example.org,,,Ada", "1,bob@example.org,,,Bob"),
    ],
    ids=["word", "flag", "names"],
)
def test_strangers_who_share_a_number_stay_apart(lines: tuple[str, ...]) -> None:
    entries = read(*lines).entries

    assert [each.shown for each in entries] == ["ada@example.org", "bob@example.org"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("consent_at", "0001-01-01T00:00:00+05:00"),
        ("consent_at", "9999-12-31T23:59:00-05:00"),
        ("paused_until", "9999-12-31T23:59:00Z"),
        ("weekday", "0" * 5_000),
        ("weekday", "0069"),
    ],
)
def test_times_and_days_that_cannot_be_are_faults_of_their_line(column: str, cell: str) -> None:
    first, second = read(f"email,{column}", f"ada@example.org,{cell}", "bob@example.org,").entries

    assert (isinstance(first, LineFault), second.shown) == (True, "bob@example.org")


@pytest.mark.parametrize(
    ("heading", "cell", "status"),
    [
        ("UNSUB_TIME", "2021-01-01 00:00:00", SubscriberStatus.UNSUBSCRIBED),
        ("unsubscription_date", "2021-01-01", SubscriberStatus.UNSUBSCRIBED),
        ("CLEAN_TIME", "2021-01-01 00:00:00", SubscriberStatus.SUPPRESSED),
        ("UNSUB_TIME", "", SubscriberStatus.CONFIRMED),
        ("unsubscribed_at", "null", SubscriberStatus.CONFIRMED),
        ("unsubscribed_at", "0000-00-00 00:00:00", SubscriberStatus.CONFIRMED),
    ],
)
def test_a_time_of_leaving_says_that_somebody_left(heading: str, cell: str, status: SubscriberStatus) -> None:
    assert one(f"email,CONFIRM_TIME,{heading}", f"ada@example.org,2020-01-01 00:00:00,{cell}").status is status


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
def test_spreadsheets_write_tables_in_many_ways(end: str, delimiter: str, mark: str) -> None:
    lines = [["E-Mail", "Name"], ["ada@example.org", "Ada"], ["", ""], ["bob@example.org", "Bob"]]
    table = mark + "".join(delimiter.join(line) + end for line in lines)

    entries = read_subscribers(table.encode(), USUAL).entries
    assert [(entry.line, entry.shown) for entry in entries] == [(2, "ada@example.org"), (4, "bob@example.org")]


@pytest.mark.parametrize(
    ("form", "lines", "name", "status"),
    [
        (
            "a listmonk export",
            ["uuid,email,name,attributes,status,created_at", '1-2,ada@example.org,Ada,"{""city"":""Rome""}",enabled,x'],
            "Ada",
            SubscriberStatus.CONFIRMED,
        ),
        (
            "a listmonk export",
            ["email,name,attributes,status", "ada@example.org,Ada,{},blocklisted"],
            "Ada",
            SubscriberStatus.SUPPRESSED,
        ),
        (
            "a Ghost export",
            ["id,email,name,note,subscribed_to_emails,labels", '1,ada@example.org,Ada,"two\nlines",true,'],
            "Ada",
            SubscriberStatus.CONFIRMED,
        ),
        (
            "a Ghost export",
            ["id,email,name,note,subscribed_to_emails,labels", "1,ada@example.org,Ada,,false,"],
            "Ada",
            SubscriberStatus.UNSUBSCRIBED,
        ),
        (
            "a Buttondown export",
            ["email_address,notes,metadata,tags,subscriber_type", "ada@example.org,,{},,unactivated"],
            "ada@example.org",
            SubscriberStatus.PENDING,
        ),
        (
            "a Substack export",
            ["email,active_subscription,expiry,plan,email_disabled", "ada@example.org,false,,,true"],
            "ada@example.org",
            SubscriberStatus.UNSUBSCRIBED,
        ),
        (
            "a Mailchimp export",
            ["Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME", "ada@example.org,Ada,Lovelace,,"],
            "Ada Lovelace",
            SubscriberStatus.CONFIRMED,
        ),
    ],
    ids=["listmonk", "listmonk-blocked", "ghost", "ghost-left", "buttondown", "substack", "mailchimp"],
)
def test_exports_of_other_programs_are_recognised(
    form: str, lines: list[str], name: str, status: SubscriberStatus
) -> None:
    found = read(*lines)
    (listed,) = found.entries

    assert isinstance(listed, Listed)
    assert (found.form, listed.name, listed.status) == (form, name, status)


def test_what_mailchimp_knows_of_a_confirmation_is_evidence() -> None:
    listed = one("Email Address,CONFIRM_TIME,CONFIRM_IP", "ada@example.org,2023-05-01 12:00:00,192.0.2.7")

    assert listed.consent.is_enough
    assert listed.consent.at == datetime(2023, 5, 1, 12, tzinfo=UTC)


def test_attributes_of_listmonk_stand_in_for_columns_that_are_not_there() -> None:
    listed = one(
        "email,name,attributes",
        'ada@example.org,Ada,"{""timezone"": ""Asia/Tokyo"", ""interests"": [""cat:cs.CL""], ""name"": ""A.""}"',
    )

    assert (listed.name, listed.interests) == ("Ada", ("cat:cs.CL",))
    assert listed.channels[0].wish.schedule.timezone == "Asia/Tokyo"


def test_one_address_a_line_is_a_list_as_mailman_prints_it() -> None:
    found = read("# members", "ada@example.org", "", "Bob Baker <bob@example.org>", "nobody")
    ada, bob, nobody = found.entries

    assert (found.form, ada.shown) == ("a list of addresses", "ada@example.org")
    assert isinstance(bob, Listed)
    assert (bob.name, bob.line) == ("Bob Baker", 4)
    assert isinstance(nobody, LineFault)


def test_a_quotation_mark_that_is_never_closed_costs_one_line() -> None:
    first, broken, last = read(
        "email,name", '"ada@example.org","Ada"', 'bob@example.org,"Bob', "eve@example.org,Eve"
    ).entries

    assert (first.shown, last.shown) == ("ada@example.org", "eve@example.org")
    assert isinstance(broken, LineFault)
    assert (broken.line, "quotation mark" in broken.why) == (3, True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ada@example.org,,,,\0", "NUL"),
        ("ada@example.org,,,,,,,,", "no evidence"),
        ("not an address,,,,", "is not an email address"),
        ("ada@example.org,Mars/Base,,,", "is not a time zone"),
        ("ada@example.org,,25:00,,", "is not a time of day"),
        ("ada@example.org,,,many,", "is not a number of papers"),
        ("ada@example.org,,,500,", "A digest holds 1 to 200 papers"),
        ("ada@example.org,,,,maybe", "no status that is known"),
        ("ada@example.org,,,,,more", "This line has 6 cells, and the table has 5 columns."),
        (f"ada@example.org,,,,{'x' * 1_000_001}", "more than 1,000,000 characters"),
    ],
    ids=["nul", "blank", "address", "zone", "hour", "cap", "much", "status", "cells", "long"],
)
def test_a_line_that_cannot_be_used_says_why(line: str, why: str) -> None:
    entries = read("email,timezone,send_at,cap,status", line, "bob@example.org,,,,").entries

    assert entries[-1].shown == "bob@example.org"
    if why == "no evidence":  # empty cells beyond the last column are no fault
        assert isinstance(entries[0], Listed)
        return
    assert isinstance(entries[0], LineFault)
    assert why in entries[0].why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\xff\xfee\x00m\x00", "UTF-16"),
        (b"e\x00m\x00a\x00i\x00l\x00", "no text"),
        (b"email,name\nada@example.org,Ren\xe9\n", "line 2 holds the byte 0xe9, as text in Latin-1"),
        (b"name,town\nAda,London\n", "no heading that names a column of addresses"),
        (b'[{"email": "ada@example.org"', "not valid JSON"),
        (b'{"people": []}', "holds no list"),
        (b"[" * 200_000, "nested too deeply"),
        (b"email,name\n", "names nobody"),
        (bytes(100_000_001), "more than 100 MB"),
    ],
    ids=["empty", "utf-16", "binary", "latin-1", "headings", "cut", "object", "deep", "nobody", "huge"],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableList, match=why):
        read_subscribers(data, USUAL)


def test_json_is_read_flat_and_as_we_write_it() -> None:
    flat, ours, broken = read_subscribers(
        b'[{"email": "ada@example.org", "interests": ["cat:cs.CL"]},'
        b' {"kind": "group", "name": "Lab", "status": "complained", "channels":'
        b' [{"kind": "email", "address": "lab@example.org", "cap": 5}, {"kind": "telegram", "address": "42"}],'
        b' "consent": {"by": "web", "at": "2024-01-01T00:00:00Z"}}, 7]',
        USUAL,
    ).entries

    assert isinstance(flat, Listed)
    assert isinstance(ours, Listed)
    assert (flat.interests, ours.kind, ours.reason) == (
        ("cat:cs.CL",),
        SubscriberKind.GROUP,
        SuppressionReason.COMPLAINED,
    )
    assert ([channel.wish.cap for channel in ours.channels], ours.consent.is_enough) == ([5, 12], True)
    assert isinstance(broken, LineFault)


def test_who_names_no_topic_gets_those_of_the_import() -> None:
    with_topic = Defaults(schedule=USUAL.schedule, interests=("cat:cs.CL",))
    entries = read_subscribers(b"email,follows\nada@example.org,\nbob@example.org,Furu Wei", with_topic).entries

    assert [entry.interests for entry in entries if isinstance(entry, Listed)] == [("cat:cs.CL",), ()]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-survey", "@home", "\tx", "\rx", "'=x", "''@x"])
def test_what_a_spreadsheet_would_run_is_guarded_and_comes_back(text: str) -> None:
    assert guard(text) == f"'{text}"
    assert unguard(guard(text)) == text


@given(st.text())
def test_guarding_can_always_be_undone(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool)))
def test_a_list_in_a_cell_comes_back(entries: list[str]) -> None:
    assert split_list(join_list(entries)) == tuple(entries)


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_what_is_written_reads_back_the_same(write: object) -> None:
    before = read(
        FULL,
        '1,ada@example.org,,,=cmd|calc,,confirmed,UTC,8,,daily,,5,,,"-survey; ""a; b""",x;y,,lab,2024-01-02,,I agree,',
        "2,lab@example.org,,,Lab,yes,paused,UTC,8,10,weekly,sunday,5,yes,no,cat:cs.CL,,,,,,,",
        "2,,telegram,42,Lab,yes,paused,UTC,9,,alerts,,7,,,cat:cs.CL,,,,,,,",
        "3,eve@example.org,,,Eve,,complained,UTC,8,,daily,,5,,,,,,,,,,",
    ).entries
    text = "".join(write([each for each in before if isinstance(each, Listed)]))  # type: ignore[operator]

    again = read_subscribers(text.encode(), USUAL).entries
    assert [_without_line(each) for each in again] == [_without_line(each) for each in before]


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_what_a_place_shows_is_written_and_read_back(write: object) -> None:
    (before,) = read("kind,address,repeats,pictures,previews", "telegram,42,yes,,yes").entries
    assert isinstance(before, Listed)
    channel = before.channels[0]
    assert (channel.repeats, channel.has_pictures, channel.has_previews) == (True, False, True)

    (again,) = read_subscribers("".join(write([before])).encode(), USUAL).entries  # type: ignore[operator]
    assert isinstance(again, Listed)
    assert again.channels == before.channels


def test_who_follows_thousands_comes_back_from_a_table() -> None:
    (ada,) = read("email", "ada@example.org").entries
    assert isinstance(ada, Listed)
    follows = tuple(f"Ada Lovelace {number} orcid:0000-0002-1825-0097 [now, first]" for number in range(5_000))
    before = replace(ada, follows=follows)

    (after,) = read_subscribers("".join(write_csv([before])).encode(), USUAL).entries
    assert isinstance(after, Listed)
    assert after.follows == before.follows


def _without_line(entry: Listed | LineFault) -> tuple[object, ...]:
    assert isinstance(entry, Listed)
    return (entry.name, entry.kind, entry.status, entry.reason, entry.channels, entry.interests, entry.consent)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read_subscribers(b"email,name,interests,cap\n" + data, USUAL)
    except UnreadableList:
        return
    assert found.entries
