"""Lines of chats: who may take a place, and who always gets one."""

import asyncio
from datetime import timedelta

import pytest

from digest.bot.lines import LONGEST_LINE, MOST_PLACES, Lines

GROUP, TAPPER, ADMINISTRATOR = -100, 7, 8


@pytest.mark.anyio
async def test_who_is_too_fast_takes_no_place_from_others() -> None:
    lines, handled, go = make_lines()
    taken = [lines.join(GROUP, TAPPER, f"tap {number}") for number in range(MOST_PLACES + 5)]
    assert taken == [True] * MOST_PLACES + [False] * 5
    assert lines.join(GROUP, ADMINISTRATOR, "/settings")

    go.set()
    assert await lines.finish(timedelta(seconds=5)) == 0
    assert handled == [*(f"tap {number}" for number in range(MOST_PLACES)), "/settings"]


@pytest.mark.anyio
async def test_all_together_are_too_fast_at_some_point_but_what_telegram_tells_of_a_chat_has_a_place() -> None:
    lines, handled, go = make_lines()
    taken = [lines.join(GROUP, member, "tap") for member in range(LONGEST_LINE + 1)]
    assert taken == [True] * LONGEST_LINE + [False]
    lines.insist(GROUP, None, "moved")
    assert lines.join(GROUP - 1, TAPPER, "elsewhere"), "another chat has a line of its own"

    go.set()
    assert await lines.finish(timedelta(seconds=5)) == 0
    assert handled.count("tap") == LONGEST_LINE
    assert {"moved", "elsewhere"} < set(handled)


def make_lines() -> tuple[Lines[str], list[str], asyncio.Event]:
    handled: list[str] = []
    go = asyncio.Event()

    async def handle(item: str) -> None:
        await go.wait()
        handled.append(item)

    return Lines(handle), handled, go
