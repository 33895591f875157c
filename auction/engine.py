"""The single writer of a shard's lots: the one concurrent file of the core. Its order is the promise.

    read what has accumulated -> decide -> apply -> ONE durable statement -> answer -> tell

What comes while a batch becomes durable is read when it is; only while many come at once the next batch is
read and decided meanwhile. Nothing is answered before it and everything before it is durable. When anything
fails the engine stops and replays: what it has in memory may be ahead of the journal, so it is thrown away.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from auction.alarm import Alarm
from auction.batching import Decided
from auction.commands import SYSTEM, Command, ResumeLot
from auction.commits import Commits
from auction.deadlines import Deadlines, due_command, due_of
from auction.inbox import (
    Arrived,
    Inbox,
    InboxDownError,
    InboxUnsureError,
    StreamId,
    earlier_now,
    keep_short,
)
from auction.interruptions import Interruption, clocks_disagree_at, outage_since
from auction.journal import Journal
from auction.outbox import Outbox
from auction.ownership import RENEW_EVERY_S, Claim, Ownership
from auction.reading import understood
from auction.recovery import (
    catch_up,
    is_running,
    let_go,
    recall,
    recovered_lots,
    suspension_instant,
)
from auction.snapshots import Snapshots
from auction.stamps import StampWatch
from auction.state import Lot, Status
from auction.steps import take
from bidding_rules.terms import OUTAGE_MIN_US

_BATCH_MAX = 1000
_WAIT_MS = 200
_RELEASE_S = 2

_log = structlog.get_logger()


class ShardEngine:
    """Decides all commands of one shard, one after another, for as long as it owns the shard."""

    def __init__(
        self,
        shard: int,
        *,
        inbox: Inbox,
        journal: Journal,
        ownership: Ownership,
        outbox: Outbox,
        now_us: Callable[[], int],
        on_batch: Callable[[int], None] = lambda _: None,
        snapshots: Snapshots | None = None,
        skew_max_us: int = 1_000_000,
        keep_over_us: int = 600_000_000,
        many: int = 200,
    ) -> None:
        self._shard = shard
        self._inbox, self._journal, self._ownership = inbox, journal, ownership
        self._now_us, self._on_batch = now_us, on_batch
        self._snapshots = snapshots
        self._stamps = StampWatch(skew_max_us)
        self._keep_over_us, self._let_go_at = keep_over_us, 0
        self._commits_of = partial(Commits, journal=journal, outbox=outbox, many=many)
        self._poison: set[StreamId] = set()
        self._is_asked_for = False
        self.is_owner = self.is_serving = False

    async def run(self) -> None:
        """Own the shard and serve it until another engine asks for it and it was handed over.

        Everything is read in before the shard is taken, while its last owner may still serve it; so the
        time in which nobody does is short. Raises when it must stop; run it again to replay.
        """
        self._lots = await recovered_lots(self._journal, self._shard, self._snapshots)
        claim = await self._ownership.take(self._shard)
        self.is_owner = True
        try:
            await catch_up(self._lots, self._journal, self._shard)
            async with asyncio.TaskGroup() as jobs:
                self._commits = self._commits_of(jobs)
                await self._take_up(claim)
                short = keep_short(self._inbox, self._shard, lambda: self._durable_to)
                keepers = [
                    jobs.create_task(self._keep_lease(), name=f"lease-{self._shard}"),
                    jobs.create_task(self._keep_clock(), name=f"clock-{self._shard}"),
                    jobs.create_task(short, name=f"inbox-{self._shard}"),
                ]
                try:
                    await self._serve()
                finally:
                    await self._commits.settled()  # What breaks one batch is no fault of the last.
                for keeper in keepers:
                    keeper.cancel()
            _log.info("shard handed over", shard=self._shard, epoch=claim.epoch)
        finally:
            self.is_serving = False
            with suppress(Exception):
                async with asyncio.timeout(_RELEASE_S):
                    await self._ownership.release(claim, alive_us=self._served_at)
            self.is_owner = False  # Not before: who owns nothing may be stopped at any moment.

    async def _take_up(self, claim: Claim) -> None:
        """Go on where the last owner stopped."""
        self._claim, self._last, self._read_to = claim, claim.last, claim.last
        self._durable_to = claim.last
        self._distrusts = self._is_asked_for = False
        self._served_at = claim.alive_us or self._now_us()
        self._alarm = Alarm()
        self._deadlines = Deadlines(on_sooner=self._alarm.ring)
        _log.info("shard taken", shard=self._shard, epoch=claim.epoch, lots=len(self._lots))
        # The gap is minded after the first reading: who only owns the shard does not serve it yet.
        for lot in self._lots.values():
            self._deadlines.set(*due_of(lot))

    async def _reach_inbox(self) -> None:
        """Wait until the inbox answers, and see to it that it gives out newer places than the last."""
        while not self._is_asked_for:
            try:
                await self._inbox.make_newer_than(self._shard, self._last)
            except InboxDownError:
                await asyncio.sleep(0.05)
            else:
                return

    async def _serve(self) -> None:
        """Read, decide, make durable, answer; until the shard is asked for."""
        await self._reach_inbox()
        while not self._is_asked_for:
            await self._commits.settled_unless_many()
            self._stamps.reading_begins(self._now_us())
            try:
                arrived = await self._inbox.read(
                    self._shard, self._read_to, count_max=_BATCH_MAX, wait_ms=_WAIT_MS
                )
            except InboxDownError as error:
                self.is_serving = False
                _log.warning("inbox down", shard=self._shard, error=str(error))
                await self._reach_inbox()
                continue
            if not arrived:
                await self._commits.settled()
            await self._mind_the_gap()
            self.is_serving = True
            await self._let_go_of_the_old()
            if arrived:
                await self._process(arrived)
            self._stamps.reading_ends(is_drained=len(arrived) < _BATCH_MAX)
            if self._distrusts:
                await self._commits.settled()
                await self._settle_clocks()

    async def _let_go_of_the_old(self) -> None:
        """Now and then let lots go from memory that are over; between batches, when all is durable."""
        if self._read_at >= self._let_go_at:
            await self._commits.settled()
            let_go(self._lots, before_us=self._read_at - self._keep_over_us)
            self._let_go_at = self._read_at + self._keep_over_us // 10

    async def _process(self, arrived: list[Arrived]) -> None:
        commands = understood(arrived, after=self._read_to, poison=self._poison)
        self._read_to = max([self._read_to, *(entry.stream_id for entry in arrived)])
        await recall(self._lots, {c.lot_id for _, c in commands}, self._journal, self._snapshots)
        decided = Decided(self._claim)
        for entry, command in commands:
            stamp_us = entry.stream_id.ms * 1000
            if self._stamps.agrees(stamp_us, self._now_us()):
                self._last = entry.stream_id
                self._decide(decided, command, entry, stamp_us)
            else:
                self._decide_distrusted(decided, command, entry)
        await self._commit(decided)

    def _decide_distrusted(self, decided: Decided, command: Command, entry: Arrived) -> None:
        """Decide at the earlier of both clocks, in a lot that stands still: nobody gains by the jump."""
        at = min(entry.stream_id.ms * 1000, self._now_us())
        cause = clocks_disagree_at(entry.stream_id)
        lots = [self._lots.get(command.lot_id)] if self._distrusts else self._lots.values()
        if not self._distrusts:
            self._distrusts = True
            _log.error("clocks disagree", shard=self._shard, id=str(entry.stream_id), at=at)
        for lot in lots:
            if lot is not None and is_running(lot, at):
                self._suspend(decided, lot, max(at, lot.arrived_at), cause)
        if not (isinstance(command, ResumeLot) and command.actor == SYSTEM):
            self._decide(decided, command, entry, at)

    async def _settle_clocks(self) -> None:
        """Trust stamps again once the inbox's clock agrees and its stamps follow it."""
        stamp_us, now_us = await self._inbox.clock_us(self._shard), self._now_us()
        if not self._stamps.agrees(stamp_us, now_us):
            return
        if self._stamps.is_ahead(self._read_to.ms * 1000, now_us):
            await self._process(await self._inbox.begin_anew(self._shard, self._read_to))
            await self._commits.settled()
            await self._inbox.make_newer_than(self._shard, self._last)
            self._read_to = self._last
        self._distrusts = False
        for lot in self._lots.values():
            self._deadlines.set(*due_of(lot))
        _log.warning("clocks agree again", shard=self._shard)

    def _decide(self, decided: Decided, command: Command, entry: Arrived, stamp_us: int) -> None:
        lot = self._lots.get(command.lot_id) or Lot(command.lot_id)
        at = max(stamp_us, lot.arrived_at)
        try:
            step = take(lot, command, at)
        except Exception:
            # What broke the core must not break it again at every replay: it is never journaled.
            self._poison.add(entry.stream_id)
            raise
        if lot.terms is not None:
            self._lots[lot.lot_id] = lot
        decided.add(lot, command, step, entry)

    async def _commit(self, decided: Decided) -> None:
        """Begin to make the batch durable; only then does what it saw count as served."""
        read_us, due = self._read_at, [due_of(lot) for lot in decided.lots.values()]
        last = self._last

        def then() -> None:
            self._durable_to = last
            self._served_at = max(self._served_at, read_us)
            for lot_id, due_us in due:
                self._deadlines.set(lot_id, due_us)
            if decided.rows:
                self._on_batch(len(decided.rows))

        await self._commits.begin(decided, decided.batch(last, read_us), then)

    async def _mind_the_gap(self) -> None:
        """Suspend every lot that was not served for longer than its terms tolerate.

        Only when that is durable does the shard count as served: a failure must not hide the outage.
        """
        now_us = self._read_at = self._now_us()
        if now_us - self._served_at >= OUTAGE_MIN_US:
            await self._commits.settled()
            end_us = await earlier_now(self._inbox, self._shard, now_us)
            await self._suspend_after_outage(self._served_at, end_us)
        if self._commits.are_settled:
            self._served_at = now_us

    async def _suspend_after_outage(self, alive_us: int, now_us: int) -> None:
        """Suspend as of the last service; note the end too: a resumption asked meanwhile counts from then."""
        decided = Decided(self._claim)
        cause = outage_since(alive_us)
        end = cause._replace(chosen_id=f"outage-{alive_us}-ended-{now_us}")
        for lot in self._lots.values():
            at = suspension_instant(lot, alive_us=alive_us, now_us=now_us)
            if at is not None:
                self._suspend(decided, lot, at, cause)
                _log.warning("lot suspended by outage", lot=lot.lot_id, gap_us=now_us - alive_us)
            if lot.status is Status.SUSPENDED:
                self._suspend(decided, lot, max(now_us, lot.arrived_at), end)
        await self._commit(decided)
        await self._commits.settled()

    def _suspend(self, decided: Decided, lot: Lot, at: int, cause: Interruption) -> None:
        command = cause.suspend(lot)
        nobody = Arrived(stream_id=self._last, kind="suspend_lot", body=b"", reply_to="")
        decided.add(lot, command, take(lot, command, at), nobody)

    async def _keep_clock(self) -> None:
        """Put a command into the inbox whenever something falls due, so that it has its place too."""
        now_us = self._now_us()
        while True:
            before_us, now_us = now_us, self._now_us()
            if now_us < before_us:  # Set back: what was to be asked again would wait.
                for lot in self._lots.values():
                    self._deadlines.set(*due_of(lot))
            for lot_id in self._deadlines.fallen_due(now_us):
                if self._distrusts:
                    break
                with suppress(InboxDownError, InboxUnsureError):
                    await self._inbox.append(self._shard, due_command(self._lots[lot_id]), "")
            await self._alarm.sleep(self._deadlines.wait_us(self._now_us()) / 1e6)

    async def _keep_lease(self) -> None:
        """Renew the lease, whatever becomes of the inbox meanwhile."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            self._is_asked_for = await self._ownership.renew(self._claim, alive_us=self._served_at)
