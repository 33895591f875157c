"""Long journals without a stream: decided by the core, written by the real journal."""

from collections.abc import Iterator

import asyncpg

from auction.batching import Decided
from auction.commands import (
    AdmitBidder,
    AnnounceLot,
    AskedCommand,
    Command,
    PlaceBid,
    RegisterBidder,
)
from auction.inbox import Arrived, StreamId
from auction.journal_postgres import PostgresJournal
from auction.ownership import Claim
from auction.ownership_postgres import PostgresOwnership, register_shards
from auction.state import Lot
from auction.steps import take
from bidding_rules.terms import Terms

BIDDERS = 50
_AT_ONCE = 1000


def commands_of(lot_id: str, terms: Terms, bids: int) -> Iterator[AskedCommand]:
    """Announce a lot, admit bidders, and let them bid in turn; every fourth bid is too low."""
    yield AnnounceLot(lot_id=lot_id, command_id="announce", actor="hall", terms=terms)
    for n in range(BIDDERS):
        ids = {"lot_id": lot_id, "actor": "hall", "bidder_id": f"account {n}"}
        yield RegisterBidder(command_id=f"register {n}", number=f"A{n:02d}", **ids)
        yield AdmitBidder(command_id=f"admit {n}", **ids)
    amount = 100
    for n in range(bids):
        amount += 0 if n % 4 == 3 else 10
        actor = f"account {n % BIDDERS}"
        yield PlaceBid(
            lot_id=lot_id, command_id=f"{actor}:bid-{n:07d}", actor=actor, amount=amount
        )


async def claimed(pool: asyncpg.Pool, *, owner: str = "writer", shards: int = 1) -> Claim:
    """Own shard 0."""
    await register_shards(pool, shards)
    return await PostgresOwnership(pool, owner=owner).take(0)


async def write_history(
    pool: asyncpg.Pool, claim: Claim, lot: Lot, commands: Iterator[Command], at: int
) -> None:
    """Decide `commands`, a millisecond apart from `at` on, on `lot` and others; journal them in batches."""
    journal, decided = PostgresJournal(pool), Decided(claim)
    ms, lots = at // 1000, {lot.lot_id: lot}
    for n, command in enumerate(commands, 1):
        ms += 1
        entry = Arrived(stream_id=StreamId(ms, 0), kind="", body=b"", reply_to="")
        lot = lots.setdefault(command.lot_id, Lot(command.lot_id))
        decided.add(lot, command, take(lot, command, ms * 1000), entry)
        if n % _AT_ONCE == 0:
            await journal.append(decided.batch(entry.stream_id, ms * 1000))
            decided = Decided(claim)
    if decided.rows:
        await journal.append(decided.batch(StreamId(ms, 0), ms * 1000))
