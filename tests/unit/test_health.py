from dataclasses import replace
from datetime import timedelta
from typing import Any

from digest.model import RunState, SourceRun
from digest.model.watch import Alarm
from digest.pipeline.health import Health, find_worries
from tests.factories import NOON

CONFIGURED = {"arxiv:cs.CL"}


def health(**fields: Any) -> Health:
    empty: dict[str, Any] = {name: {} for name in ("last_answers", "subscribers", "channels", "deliveries")}
    zeros = dict.fromkeys(("papers", "announcements", "interests", "follows"), 0)
    nothing: dict[str, Any] = {"runs": (), "oldest_unsent_at": None, "last_failed_at": None}
    return Health(**(nothing | empty | zeros | fields))


def run(source: str = "arxiv:cs.CL", state: RunState = RunState.FRESH, age: timedelta = timedelta(0)) -> SourceRun:
    return SourceRun(source=source, started_at=NOON - age, ended_at=NOON - age, state=state, detail="DNS")


def test_all_is_well_with_sources_that_answer_and_nothing_waiting() -> None:
    assert find_worries(health(runs=(run(), run(state=RunState.QUIET))), NOON, CONFIGURED) == ()


def test_a_source_that_cannot_be_read_is_a_worry_while_it_is_configured() -> None:
    broken = health(runs=(run(state=RunState.UNREACHABLE), run("huggingface", RunState.BROKEN)))

    assert find_worries(broken, NOON, CONFIGURED) == ("arxiv:cs.CL is unreachable: DNS",)


def test_sources_that_nobody_reads_are_a_worry() -> None:
    (worry,) = find_worries(health(runs=(run(age=timedelta(days=2)),)), NOON, CONFIGURED)

    assert worry == "no source has been read since 2026-11-18 12:00 UTC; is `digest run` running?"


def test_a_message_may_wait_a_while_and_no_longer() -> None:
    assert find_worries(health(oldest_unsent_at=NOON - timedelta(minutes=59)), NOON, ()) == ()
    assert find_worries(health(oldest_unsent_at=NOON - timedelta(hours=2)), NOON, ()) != ()


def test_messages_given_up_lately_are_counted() -> None:
    failed = health(deliveries={"failed": 2}, last_failed_at=NOON - timedelta(hours=1))

    (worry,) = find_worries(failed, NOON, ())
    assert worry.startswith("2 messages could not be delivered")


def test_a_batch_that_is_owed_for_too_long_is_a_worry_once() -> None:
    stale, failed = run(state=RunState.STALE), run("huggingface", RunState.BROKEN)
    alarms = [Alarm(name=each.source, since=NOON, cause="the batch is missing") for each in (stale, failed)]

    worries = find_worries(health(runs=(stale, failed)), NOON, {"arxiv:cs.CL", "huggingface"}, alarms)
    assert worries == (
        "huggingface is broken: DNS",
        "arxiv:cs.CL has been bad for too long: the batch is missing",
    )


def test_a_source_that_is_not_due_yet_is_no_silence() -> None:
    resting = replace(run(age=timedelta(days=2)), due_at=NOON + timedelta(hours=12))
    forgotten = replace(run(age=timedelta(days=2)), due_at=NOON - timedelta(hours=7))

    assert find_worries(health(runs=(resting,)), NOON, CONFIGURED) == ()
    assert find_worries(health(runs=(forgotten,)), NOON, CONFIGURED) != ()


def test_what_a_server_said_cannot_turn_a_terminal_around() -> None:
    hostile = replace(run(state=RunState.BROKEN), detail="\x1b[31m\u202etxt.exe\nnext")

    assert find_worries(health(runs=(hostile,)), NOON, CONFIGURED) == ("arxiv:cs.CL is broken: [31mtxt.exe next",)
