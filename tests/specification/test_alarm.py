"""Who waits for something to fall due sleeps until then, and wakes for what is due sooner."""

import asyncio
import time

from auction.alarm import Alarm
from auction.deadlines import Deadlines

SECOND = 1_000_000


async def seconds_of(job):
    began = time.monotonic()
    await job
    return time.monotonic() - began


async def test_a_sleeper_sleeps_as_long_as_he_said():
    assert await seconds_of(Alarm().sleep(0.05)) >= 0.045


async def test_a_sleeper_is_woken():
    alarm = Alarm()
    asyncio.get_running_loop().call_later(0.02, alarm.ring)
    assert await seconds_of(alarm.sleep(10)) < 5


async def test_an_alarm_that_rang_before_he_slept_is_heard_once():
    alarm = Alarm()
    alarm.ring()
    assert await seconds_of(alarm.sleep(10)) < 5
    assert await seconds_of(alarm.sleep(0.05)) >= 0.045


def test_only_what_is_due_before_everything_else_rings():
    rung = []
    deadlines = Deadlines(on_sooner=lambda: rung.append(True))
    deadlines.set("a", 20 * SECOND)
    deadlines.set("b", 30 * SECOND)
    assert len(rung) == 1
    deadlines.set("c", 10 * SECOND)
    assert len(rung) == 2


def test_the_wait_is_until_the_next_is_due_and_never_long():
    deadlines = Deadlines()
    assert deadlines.wait_us(0) == SECOND // 2
    deadlines.set("a", 10 * SECOND)
    assert deadlines.wait_us(0) == SECOND // 2
    assert deadlines.wait_us(10 * SECOND - 7_000) == 7_000
    assert 0 < deadlines.wait_us(11 * SECOND) <= 1_000


def test_what_is_due_is_asked_again_until_it_is_set_anew():
    deadlines = Deadlines()
    deadlines.set("a", SECOND)
    assert list(deadlines.fallen_due(SECOND)) == ["a"]
    assert list(deadlines.fallen_due(SECOND)) == []
    assert list(deadlines.fallen_due(2 * SECOND)) == ["a"]
    deadlines.set("a", None)
    assert list(deadlines.fallen_due(3 * SECOND)) == []
