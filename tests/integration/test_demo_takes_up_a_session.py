"""A session of the demonstration that was interrupted is taken up whole, as its notices promised."""

import asyncio
import contextlib

import pytest

from auction.commands import WithdrawLot, own_id
from luochui.demo.people import demo_people
from luochui.demo.run import Demo, DemoOptions
from tests.support.server import clock, server_running

pytestmark = pytest.mark.integration

LOTS = 15


@pytest.fixture
async def services(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        yield server.services


@pytest.fixture
async def people(services, tmp_path):
    class Renamed:
        """The accounts under other names: the server of the tests has an `owner` of its own."""

        async def find(self, login):
            return await services.accounts.find(f"demo-{login}")

        async def create(self, login, password, **about):
            return await services.accounts.create(f"demo-{login}", password, **about)

    return await demo_people(Renamed(), tmp_path, invented=0)


def demo_of(services, people, speed=5):
    return Demo(DemoOptions(bots=0, speed=speed), services, people, clock)


async def announced(services):
    """Lots that are announced, by id, each with its notice."""
    states = await services.archive.states()
    notices = {notice.lot_id: notice for notice in await services.notices.all()}
    return {lot_id: (state, notices[lot_id]) for lot_id, state in states.items()}


async def terms_of(services, lot_id):
    (first, *_) = await services.archive.decisions(lot_id, after=0, limit=1)
    return first["command"]["terms"]


async def interrupted_after(services, people, count):
    """Open a session and stop in the middle, as a kill would."""
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(demo_of(services, people).open_session())
        while len(await services.archive.states()) < count:
            await asyncio.sleep(0)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening


@pytest.mark.parametrize("count", [1, 4])
async def test_lots_that_were_not_announced_yet_are_announced_at_the_next_start(
    services, people, count
):
    await interrupted_after(services, people, count)
    before = await announced(services)
    assert count <= len(before) < LOTS
    demo = demo_of(services, people, speed=60)
    await demo.open_session()
    after = await announced(services)
    assert len(after) == len(demo.lots) == LOTS
    assert {lot_id: after[lot_id] for lot_id in before} == before
    for lot in demo.lots:
        _, notice = after[lot.notice.lot_id]
        terms = await terms_of(services, lot.notice.lot_id)
        assert lot.notice == notice
        assert notice.speed == 5, "a session keeps its speed"
        assert notice.opens_at_us == terms["opens_at"] == lot.terms.opens_at
        assert notice.limited_us == terms["format"]["limited_us"]


async def test_a_session_goes_on_while_one_lot_does_and_then_the_next_begins(services, people):
    demo = demo_of(services, people)
    await demo.open_session()
    first = [lot.notice.lot_id for lot in demo.lots]
    owner = people["owner"].account_id
    for lot_id in first[:-1]:
        await withdraw(services, lot_id, owner)
    again = demo_of(services, people)
    await again.open_session()
    assert [lot.notice.lot_id for lot in again.lots] == first
    await withdraw(services, first[-1], owner)
    await again.open_session()
    assert [lot.notice.lot_id for lot in again.lots] == [f"{lot_id}.2" for lot_id in first]


async def withdraw(services, lot_id, owner):
    command = WithdrawLot(
        lot_id=lot_id, command_id=own_id(owner, "withdrawal"), actor=owner, reason="fire"
    )
    assert (await services.desk.ask(command)).rejection is None
