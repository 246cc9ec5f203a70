"""What the operator reads: short, bounded, and true."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.model import Address, ChatMessage, MailMessage, MessageForm, RunState, SourceRun
from digest.model.watch import Alarm, Note, Notice, SourceRecord, Stuck
from digest.pipeline.watch.alarm_notes import (
    make_alarm_note,
    make_recovery_note,
    make_stuck_note,
    make_unstuck_note,
    say_span,
)
from digest.rendering.notice import render_notice
from digest.rendering.telegram import measure
from tests.factories import NOON

SINCE = NOON - timedelta(hours=9)
HOSTILE = "<script>alert(1)</script> \u202egnp.exe https://evil.example/x " * 200


def record(name: str, state: RunState = RunState.UNREACHABLE) -> SourceRecord:
    last = SourceRun(source=name, started_at=NOON, ended_at=NOON, state=state, due_at=NOON + timedelta(hours=1))
    return SourceRecord(source=name, runs=(last,), last_answer_at=SINCE, complete_on=None)


def alarm(name: str, cause: str = "unreachable: DNS") -> Alarm:
    return Alarm(name=name, since=SINCE, cause=cause)


def tell(*names: str, others: tuple[str, ...] = ()) -> Note:
    records = {name: record(name) for name in (*names, *others)}
    return make_alarm_note([alarm(name) for name in names], records, NOON, UTC)


def notice(note: Note) -> Notice:
    return Notice(
        key=note.key,
        subject=note.subject,
        text=note.text,
        id=7,
        address=Address("email", "ops@example.org"),
        created_at=NOON,
        attempts=0,
        claim=1,
    )


def test_one_source_is_told_with_its_cause_and_what_to_do() -> None:
    note = tell("arxiv:cs.CL")

    assert note.key == "source:arxiv:cs.CL:2026-11-20T03:00:00+00:00"
    assert note.subject == "arxiv:cs.CL has been unreachable for 9 hours"
    assert "since 2026-11-20 03:00 UTC.\nWhat was found: unreachable: DNS." in note.text
    assert "digest status --source arxiv:cs.CL" in note.text


def test_a_batch_that_is_owed_is_what_is_told_whatever_the_last_run_was() -> None:
    owing = replace(record("arxiv:cs.CL", RunState.REFUSED), missing_on=date(2026, 11, 20))
    note = make_alarm_note([alarm("arxiv:cs.CL")], {"arxiv:cs.CL": owing}, NOON, ZoneInfo("Europe/Berlin"))

    assert note.subject == "arxiv:cs.CL has owed its batch of 2026-11-20 for 9 hours"
    assert "since 2026-11-20 04:00 CET" in note.text


def test_many_sources_are_one_note_that_names_them() -> None:
    names = [f"arxiv:{number:02}" for number in range(30)]

    assert tell(*names, others=("huggingface",)).subject == "30 sources are in trouble: arxiv:00, arxiv:01 and 28 more"
    assert tell(*names).subject == "None of the 30 sources can be reached: is the network down?"
    assert "arxiv:19 has been" in tell(*names).text
    assert "… and 10 more." in tell(*names).text


def test_a_source_that_never_answered_may_be_misspelt() -> None:
    fresh = replace(record("arxiv:cs.XX"), last_answer_at=None)

    assert "is it spelt" in make_alarm_note([alarm("arxiv:cs.XX")], {"arxiv:cs.XX": fresh}, NOON, UTC).text


def test_recovery_says_how_long_it_took_and_what_is_missing() -> None:
    records = {
        "arxiv:cs.CL": replace(record("arxiv:cs.CL"), complete_on=date(2026, 11, 20)),
        "feed:x": record("feed:x"),
    }
    lost = ("Nothing was read from 2026-11-18; what was announced then is missing",)
    whole = make_recovery_note([(alarm("arxiv:cs.CL"), NOON, ())], records)
    both = make_recovery_note(
        [(alarm("arxiv:cs.CL"), NOON, lost), (alarm("feed:x"), NOON, ())], records, still_bad=["huggingface"]
    )

    assert whole.text == "arxiv:cs.CL is well again after 9 hours; nothing is missing."
    assert whole.subject == "arxiv:cs.CL is well again"
    assert both.text.splitlines() == [
        f"arxiv:cs.CL is well again after 9 hours, but not all came: {lost[0]}.",
        "",
        "feed:x is well again after 9 hours; what it shows now has been read.",
        "",
        "Still in trouble: huggingface.",
    ]


def test_a_notifier_that_sends_nothing_is_told_and_told_when_it_works_again() -> None:
    stuck = Stuck(kind="email", since=SINCE, count=1, fault="535 wrong password")
    about = alarm("notifier:email")

    note = make_stuck_note(about, stuck, NOON)
    assert note.key == "notifier:email:2026-11-20T03:00:00+00:00"
    assert note.text.startswith("Nothing could be sent by email for 9 hours; 1 message waits.")
    assert make_unstuck_note(about, "email", NOON).key == "well:email:2026-11-20T03:00:00+00:00"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=33), "33 hours"),
        (timedelta(days=4, hours=3), "4 days"),
    ],
)
def test_spans_are_said_in_the_largest_unit_that_fits_twice(span: timedelta, said: str) -> None:
    assert say_span(span) == said


def test_a_mail_escapes_what_servers_said_and_never_changes() -> None:
    note = Note(key="k", subject="x" * 500, text=HOSTILE)
    mail = render_notice(notice(note), MessageForm.MAIL, "Lab & Papers")

    assert isinstance(mail, MailMessage)
    assert mail == render_notice(notice(note), MessageForm.MAIL, "Lab & Papers")
    assert "<script" not in mail.html
    assert "Lab &amp; Papers" in mail.html
    assert "\u202e" not in mail.html + mail.text
    assert len(mail.subject) < 250
    assert mail.sent_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_chat_message_is_one_message_however_long_the_text() -> None:
    message = render_notice(notice(Note(key="k", subject="cs.AI & @all", text=HOSTILE)), MessageForm.CHAT, "Lab")

    assert isinstance(message, ChatMessage)
    (part,) = message.parts
    assert measure(part).fits
    assert "<script" not in part
    assert part.startswith("<b>cs.\u2060AI &amp; @\u2060all</b>")
