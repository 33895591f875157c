"""Every seed keeps every promise, replays exactly, and every planted fault is found."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.simulation.loop import DeadlockError, Process, SimulatedLoop, run_simulated
from tests.simulation.plants import PLANTS, planted
from tests.simulation.platform import Platform
from tests.simulation.scenario import simulate
from tests.simulation.world import World

SEEDS = 5_000 if os.environ.get("LUOCHUI_HYPOTHESIS") == "ci" else 200
SEEDS_PER_PLANT = 200


def _simulated(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(900)
def test_whatever_goes_wrong_every_promise_is_kept():
    """In processes of their own, as anybody runs them: a seed that fails is told with its commit."""
    run = _simulated("--seeds", f"{SEEDS}", "--jobs", "2")
    assert run.returncode == 0, run.stdout[-5_000:] + run.stderr[-5_000:]
    result = json.loads(run.stdout.splitlines()[-1])
    assert (result["seeds"], result["violations"]) == (SEEDS, 0)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_found(plant):
    with planted(plant):
        assert any(simulate(seed).violations for seed in range(SEEDS_PER_PLANT))


def test_a_seed_replays_exactly_and_another_seed_is_another_run():
    once, again, other = simulate(7), simulate(7), simulate(8)
    assert once.lines == again.lines
    assert once.digest == again.digest != other.digest


def test_a_seed_replays_exactly_in_another_process():
    """Whatever order Python gives its sets and hashes there."""
    traces = set()
    for hash_seed in ("1", "2"):
        told = _simulated("--seeds", "5", "--seed-from", "40", PYTHONHASHSEED=hash_seed)
        result = json.loads(told.stdout.splitlines()[-1])
        assert result["seeds"] == 5
        assert result["violations"] == 0
        traces.add(result["trace"])
    assert len(traces) == 1


def _order_of_farewells() -> list[int]:
    """Let a group of tasks fail; return in what order those that were cancelled ended."""
    order: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            order.append(number)

    async def fail_together() -> None:
        with suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                for number in range(8):
                    group.create_task(wait(number))
                await asyncio.sleep(1)
                raise LookupError

    run_simulated(SimulatedLoop(1), fail_together())
    return order


def test_tasks_end_together_in_the_same_order_wherever_they_lie_in_memory():
    """Python keeps a group's tasks in a set, and would put them there by their addresses."""
    kept: list[object] = []
    orders = set()
    for _ in range(20):
        orders.add(tuple(_order_of_farewells()))
        kept.append([object() for _ in range(len(kept) * 7 + 1)])
        kept.append(asyncio.Event())
    assert len(orders) == 1


def test_bidders_bid_and_things_go_wrong():
    """A simulation in which nothing happens would find nothing."""
    runs = [simulate(seed) for seed in range(40)]
    lines = "\n".join(line for run in runs for line in run.lines)
    assert sum(run.bids for run in runs) > 800
    for what in ("accepted", "told None", "is killed", "is paused", "crashes", "jumps"):
        assert what in lines
    for code in ("below_minimum", "lot_closed", "lot_suspended", "command_id_reused"):
        assert code in lines


def test_an_engine_keeps_its_lease_while_the_inbox_is_silent():
    """Another engine would find it just as silent."""
    loop = SimulatedLoop(1)
    world = World(1, loop)

    async def live() -> None:
        platform = Platform(world, shards=1, has_snapshots=False)
        await asyncio.sleep(3)
        for engine in platform.engines.values():
            engine.redis.freeze(6)
        await asyncio.sleep(6)
        shard = platform.database.shards[0]
        assert shard.lease_until > platform.database.clock.now_us()
        world.is_over = True

    run_simulated(loop, live())


def test_an_hour_of_sleep_takes_no_time():
    loop = SimulatedLoop(1)
    run_simulated(loop, asyncio.sleep(3600))
    assert loop.time() == 3600  # virtual


def test_waiting_for_what_never_comes_is_an_error():
    async def wait() -> None:
        await asyncio.Event().wait()

    loop = SimulatedLoop(1)
    with pytest.raises(DeadlockError):
        run_simulated(loop, wait())


async def _note_every_second(notes: list[float], farewell: list[str]) -> None:
    try:
        while True:
            await asyncio.sleep(1)
            notes.append(asyncio.get_running_loop().time())
    finally:
        farewell.append("goodbye")


def _noted(stop: str) -> tuple[list[float], list[str]]:
    """Stop a process at 2.5 s that notes the time every second; let it go on at 5.2 s; end at 8.5 s."""
    notes: list[float] = []
    farewell: list[str] = []
    until_the_end: list[str] = []

    async def live() -> None:
        process = Process("p", loop)
        process.start(_note_every_second(notes, farewell))
        await asyncio.sleep(2.5)
        getattr(process, stop)()
        await asyncio.sleep(2.7)
        process.go_on()
        await asyncio.sleep(3.3)
        until_the_end.extend(farewell)
        notes.append(-1)

    loop = SimulatedLoop(1)
    run_simulated(loop, live())
    return notes[: notes.index(-1)], until_the_end


def test_who_takes_part_and_fails_is_no_part_of_a_good_simulation():
    async def fail() -> None:
        raise LookupError("a bidder that fell over his own feet")

    async def live() -> None:
        Process("p", loop).start(fail())
        await asyncio.sleep(1)

    loop = SimulatedLoop(1)
    with pytest.raises(LookupError, match="own feet"):
        run_simulated(loop, live())


def test_a_paused_process_does_nothing_and_goes_on_late():
    notes, farewell = _noted("pause")
    assert notes == pytest.approx([1, 2, 5.2, 6.2, 7.2, 8.2])
    assert farewell == []


def test_a_killed_process_does_nothing_more_and_says_no_farewell():
    notes, farewell = _noted("kill")
    assert notes == [1, 2]
    assert farewell == []
