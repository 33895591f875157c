"""PostgreSQL as the engine needs it: a fenced journal, leases, row locks, commits whose answer is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from auction.codec import decode_events, decode_rejection
from auction.inbox import StreamId
from auction.journal import Batch, JournalError, NotOwnerError, Row
from auction.ownership import Claim, Survey
from auction.view import public_event
from tests.history.records import ACCEPTED, NEVER_SEEN, Decision, Takeover, Told
from tests.simulation.world import Answering, Clock, DownError, Effect, Link, LostError, World

_LEASE_US = 2_000_000
_NOWHERE = StreamId(0, 0)
_LOCK_TIMEOUT_S = 5.0
_TAKE_EVERY_S = 0.02


class StatementError(Exception):
    """The server refused or rolled back a statement; nothing of it happened."""


@dataclass(slots=True)
class _Shard:
    epoch: int = 0
    owner: str | None = None
    lease_until: int = 0
    alive_us: int = 0
    last: StreamId = _NOWHERE
    asked_by: str | None = None
    commits: int = 0
    free_at: float = 0.0
    """When the row's lock is let go by those who hold it or wait for it now."""


@dataclass(slots=True)
class _Lot:
    shard: int
    rows: list[Decision] = field(default_factory=list)
    by_id: dict[str, Decision] = field(default_factory=dict)
    is_over: bool = False


class Database:
    """Tables `shard`, `engine` and `journal`; every statement is a transaction."""

    def __init__(self, world: World, clock: Clock, shards: int) -> None:
        self._world, self.clock = world, clock
        self.shards = {n: _Shard() for n in range(shards)}
        self.lots: dict[str, _Lot] = {}
        self.takeovers: list[Takeover] = []
        self._engines: dict[str, tuple[int, bool]] = {}
        self.links: list[Link] = []
        self.slow_s, self.stall_share, self.refuse_share = 0.001, 0.0, 0.0
        self._generation = 0

    def crash(self, for_s: float) -> None:
        """Stop and recover: what had committed stays, everything under way is rolled back."""
        self._world.trace("postgres crashes")
        self._generation += 1
        for shard in self.shards.values():
            shard.free_at = 0.0
        for link in self.links:
            link.cut(for_s)

    def locked(self, shard: int, statement: Callable[[], Any], reply: Answering) -> None:
        """Run a statement that writes a shard's row: one after another, durable when the lock is let go."""
        row, now, chance = self.shards[shard], self._world.loop.now, self._world.wire
        begins = max(now, row.free_at)
        if begins - now > _LOCK_TIMEOUT_S:
            self._world.loop.later(now + _LOCK_TIMEOUT_S, reply, StatementError("lock timeout"))
            return
        takes = chance.expovariate(1 / self.slow_s)
        if chance.random() < self.stall_share:
            takes += chance.uniform(0.2, 4.0)
        row.free_at = begins + takes
        refused = chance.random() < self.refuse_share
        generation = self._generation

        def commit() -> None:
            if generation != self._generation or self._world.is_over:
                return
            if refused:
                reply(StatementError("rolled back"))
                return
            try:
                reply(statement())
            except StatementError as error:
                reply(error)

        self._world.loop.later(row.free_at, commit)

    # Statements.

    def append(self, batch: Batch) -> bool:
        """`append_decisions`: fence, position, rows; tell whether the fence let it through."""
        shard = self.shards[batch.shard]
        if shard.epoch != batch.epoch or shard.last > batch.last:
            return False
        self._check_unique(batch)
        shard.last, shard.alive_us = batch.last, batch.alive_us
        shard.commits += 1
        for row in batch.rows:
            self._insert(batch, row, shard.commits)
        for state in batch.states:
            self.lots[state.lot_id].is_over = state.is_over
        self._world.trace(f"commit {batch.shard} epoch {batch.epoch} rows {len(batch.rows)}")
        return True

    def _check_unique(self, batch: Batch) -> None:
        places: set[tuple[str, int]] = set()
        ids: set[tuple[str, str]] = set()
        for row in batch.rows:
            lot = self.lots.get(row.lot_id)
            places.add((row.lot_id, row.entry))
            ids.add((row.lot_id, row.command_id))
            if lot is None:
                continue
            if row.command_id in lot.by_id or any(r.entry == row.entry for r in lot.rows[-50:]):
                raise StatementError(f"duplicate key: {row.lot_id} {row.entry} {row.command_id}")
        if len(places) != len(batch.rows) or len(ids) != len(batch.rows):
            raise StatementError("duplicate key within the statement")

    def _insert(self, batch: Batch, row: Row, committed: int) -> None:
        lot = self.lots.get(row.lot_id)
        if lot is None:
            lot = self.lots[row.lot_id] = _Lot(batch.shard)
        decision = Decision(
            lot_id=row.lot_id,
            entry=row.entry,
            seq=row.seq,
            epoch=batch.epoch,
            command_id=row.command_id,
            arrived_us=row.arrived_us,
            stream_id=row.stream_id,
            kind=row.kind,
            command=row.command,
            events=row.events,
            rejection=row.rejection,
            shard=batch.shard,
            committed=committed,
        )
        lot.rows.append(decision)
        lot.by_id[row.command_id] = decision

    def take(self, shard: int, owner: str) -> Claim | None:
        """`take_shard`."""
        row = self.shards[shard]
        now = self.clock.now_us()
        if row.lease_until >= now and row.owner != owner:
            row.asked_by = owner
            return None
        row.epoch, row.owner, row.asked_by = row.epoch + 1, owner, None
        row.lease_until = now + _LEASE_US
        self.takeovers.append(Takeover(shard, row.epoch, row.commits))
        self._world.trace(f"{owner} takes {shard} epoch {row.epoch}")
        return Claim(shard=shard, epoch=row.epoch, alive_us=row.alive_us, last=row.last)

    def renew(self, claim: Claim, alive_us: int) -> bool | None:
        """`renew_lease`: whether somebody asks; None: no longer the owner."""
        row = self.shards[claim.shard]
        if row.epoch != claim.epoch:
            return None
        row.lease_until = self.clock.now_us() + _LEASE_US
        row.alive_us = max(row.alive_us, alive_us)
        return row.asked_by in self._working()

    def release(self, claim: Claim, alive_us: int) -> None:
        """`release_shard`."""
        row = self.shards[claim.shard]
        if row.epoch == claim.epoch:
            row.lease_until, row.owner = 0, None
            row.alive_us = max(row.alive_us, alive_us)
            self._world.trace(f"shard {claim.shard} released")

    def survey(self, name: str, *, is_leaving: bool) -> Survey:
        """`note_engine`, `working_engines`, `shard_owners`."""
        now = self.clock.now_us()
        self._engines[name] = (now, is_leaving)
        owners = {n: s.owner if s.lease_until >= now else None for n, s in self.shards.items()}
        return Survey(engines=frozenset(self._working()), owners=owners)

    def _working(self) -> set[str]:
        since = self.clock.now_us() - _LEASE_US
        return {
            name for name, (seen, leaves) in self._engines.items() if seen > since and not leaves
        }

    def rows_of(self, shard: int, known: Mapping[str, int]) -> list[Decision]:
        """`decisions_of_shard`."""
        wanted = {n for n, lot in self.lots.items() if lot.shard == shard and not lot.is_over}
        return self.rows_of_lots(dict.fromkeys(wanted, 0) | dict(known))

    def rows_of_lots(self, known: Mapping[str, int]) -> list[Decision]:
        """`decisions_of_lots`."""
        return [
            row
            for lot_id, entry in sorted(known.items())
            if lot_id in self.lots
            for row in self.lots[lot_id].rows
            if row.entry > entry
        ]

    def is_over(self, lot_id: str) -> bool:
        """Tell whether the lot has a result or was withdrawn."""
        lot = self.lots.get(lot_id)
        return lot is not None and lot.is_over

    def first_answer(self, lot_id: str, command_id: str) -> Told:
        """`decision_by_command`, as it is told to who asks by id."""
        lot = self.lots.get(lot_id)
        row = None if lot is None else lot.by_id.get(command_id)
        if row is None:
            return Told(NEVER_SEEN)
        refused = decode_rejection(row.rejection)
        return Told(
            ACCEPTED if refused is None else str(refused.code),
            row.entry,
            row.seq,
            row.arrived_us,
            None if refused is None else refused.amount_min,
        )

    def events_after(self, lot_id: str, seq: int) -> list[dict[str, Any]]:
        """`events_after`, as they are public."""
        lot, found = self.lots.get(lot_id), []
        for row in [] if lot is None else lot.rows:
            if row.seq <= seq or row.events == "[]":
                continue
            shown = [v for e in decode_events(row.events) if (v := public_event(e)) is not None]
            for number, view in enumerate(shown, row.seq - len(shown) + 1):
                if number > seq:
                    found.append({"lot_id": lot_id, "seq": number, **view})
        return orjson.loads(orjson.dumps(found))


class SimulatedJournal:
    """The port `auction.journal.Journal`, for one process; and what readers ask it."""

    def __init__(self, database: Database, link: Link) -> None:
        self._database, self._link = database, link

    async def append(self, batch: Batch) -> None:
        def effect(reply: Answering) -> None:
            self._database.locked(batch.shard, lambda: self._database.append(batch), reply)

        if not await asked(self._link, "append", effect):
            raise NotOwnerError(f"shard {batch.shard}: epoch {batch.epoch} is over")

    async def replay(self, shard: int, known: Mapping[str, int]) -> AsyncIterator[Row]:
        for row in await read(self._link, lambda: self._database.rows_of(shard, known)):
            yield row_of(row)

    async def recall(self, known: Mapping[str, int]) -> AsyncIterator[Row]:
        for row in await read(self._link, lambda: self._database.rows_of_lots(known)):
            yield row_of(row)

    async def first_answer(self, lot_id: str, command_id: str) -> Told:
        """Tell what was decided on a command."""
        return await read(self._link, lambda: self._database.first_answer(lot_id, command_id))

    async def events_after(self, lot_id: str, seq: int) -> list[dict[str, Any]]:
        """Return the public events after a number."""
        return await read(self._link, lambda: self._database.events_after(lot_id, seq))


class SimulatedOwnership:
    """The port `auction.ownership.Ownership`, for one process."""

    def __init__(self, database: Database, link: Link, *, owner: str) -> None:
        self._database, self._link, self._owner = database, link, owner

    async def survey(self, *, is_leaving: bool) -> Survey:
        return await read(
            self._link, lambda: self._database.survey(self._owner, is_leaving=is_leaving)
        )

    async def take(self, shard: int) -> Claim:
        def effect(reply: Answering) -> None:
            self._database.locked(shard, lambda: self._database.take(shard, self._owner), reply)

        while True:
            claim = await asked(self._link, "take", effect)
            if claim is not None:
                return claim
            await asyncio.sleep(_TAKE_EVERY_S)

    async def renew(self, claim: Claim, *, alive_us: int) -> bool:
        def effect(reply: Answering) -> None:
            self._database.locked(
                claim.shard, lambda: self._database.renew(claim, alive_us), reply
            )

        is_asked_for = await asked(self._link, "renew", effect)
        if is_asked_for is None:
            raise NotOwnerError(f"shard {claim.shard}: epoch {claim.epoch} is over")
        return is_asked_for

    async def release(self, claim: Claim, *, alive_us: int) -> None:
        def effect(reply: Answering) -> None:
            self._database.locked(
                claim.shard, lambda: self._database.release(claim, alive_us), reply
            )

        await asked(self._link, "release", effect)


def row_of(decision: Decision) -> Row:
    return Row(
        lot_id=decision.lot_id,
        entry=decision.entry,
        seq=decision.seq,
        command_id=decision.command_id,
        arrived_us=decision.arrived_us,
        stream_id="",
        kind=decision.kind,
        command=decision.command,
        events=decision.events,
        rejection=decision.rejection,
    )


async def read(link: Link, query: Callable[[], Any]) -> Any:
    def effect(reply: Answering) -> None:
        try:
            reply(query())
        except StatementError as error:
            reply(error)

    return await asked(link, "read", effect)


async def asked(link: Link, name: str, effect: Effect) -> Any:
    try:
        return await link.send(name, effect)
    except (DownError, LostError, StatementError) as error:
        raise JournalError(f"{name}: {error}") from error
