"""The peers of `bids`: `python -m benchmarks.bids_peer POSTGRES_URL PORT KIND POOL`.

The same server as ours up to the handler: aiohttp on uvloop with our middlewares, our check of the token,
of the body and of the role, our texts. Only how a bid is decided differs. KIND is one of

    row_lock   BEGIN; SELECT ... FOR UPDATE; INSERT; UPDATE; COMMIT
    function   one round trip to a PL/pgSQL function that does the same

Both write the same journal as ours, refusals too, with the same two unique indexes. They have it easier in
that nobody watches: nothing is published. POOL connections decide bids; sessions have connections of their
own. Connections are not reset between bids, which would cost another round trip.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass

import asyncpg
import uvloop
from aiohttp import web

from auction.codec import decode_rejection, encode_command, encode_events, encode_rejection
from auction.commands import PlaceBid, own_id
from bidding_rules.formats.timed_terms import BidAccepted
from bidding_rules.rejections import Rejection, RejectionCode
from listing.sql import load
from luochui.api.messages import BidAnswer, BidBody
from luochui.clock import SystemClock
from luochui.collector import settle_collector
from luochui.http.api import Api
from luochui.http.middleware import BODY_MAX, around, security_headers
from luochui.http.problems import ProblemError, refused
from luochui.http.serving import ProblemRunner
from luochui.identity.gate import IDENTITY, IdentityGate
from luochui.identity.roles import Permission
from luochui.identity.sessions import Sessions
from luochui.logs import configure_logs
from luochui.tasks import running, stop_requested
from luochui.web.pages import content_security_policy
from realtime.messages import LotId

_SQL = load("benchmarks", "bids")
_now_us = SystemClock().now_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The answer to a bid, durable."""

    entry: int
    seq: int
    at_us: int
    number: str | None
    rejection: Rejection | None
    repeated: bool


Decide = Callable[[asyncpg.Pool, PlaceBid], Awaitable[Decided]]


def judge(lot: asyncpg.Record, amount: int, at_us: int) -> Rejection | None:
    """Return why the bid is refused, or None: the rules of a free phase that no cap ends."""
    price, step = lot["price_fen"], lot["step_fen"]
    lowest = lot["start_fen"] if price is None else price + step
    if at_us >= lot["closes_us"]:
        return Rejection(code=RejectionCode.LOT_CLOSED)
    if lot["number"] is None:
        return Rejection(code=RejectionCode.NOT_QUALIFIED)
    if lot["number"] == lot["leader"]:
        return Rejection(code=RejectionCode.ALREADY_LEADING)
    if amount < lowest:
        return Rejection(code=RejectionCode.BELOW_MINIMUM, amount_min=lowest)
    if (amount - lowest) % step:
        return Rejection(code=RejectionCode.OFF_GRID, amount_min=lowest)
    return None


async def with_row_lock(pool: asyncpg.Pool, bid: PlaceBid) -> Decided:
    async with pool.acquire() as connection, connection.transaction():
        lot = await connection.fetchrow(_SQL["lock_lot"], bid.lot_id, bid.actor)
        if lot is None:
            raise ProblemError("lot_unknown")
        at_us, entry, seq, number = _now_us(), lot["entry"] + 1, lot["seq"], lot["number"]
        rejection = judge(lot, bid.amount, at_us)
        happened: tuple[BidAccepted, ...] = ()
        if rejection is None:
            seq += 1
            closes_at = lot["closes_us"]
            happened = (
                BidAccepted(bidder=number, amount=bid.amount, at=at_us, closes_at=closes_at),
            )
        inserted = await connection.fetchval(
            _SQL["insert_decision"],
            *(bid.lot_id, entry, seq, bid.command_id, at_us),
            *(encode_command(bid).decode(), encode_events(happened), encode_rejection(rejection)),
        )
        if inserted is None:
            return await _first_answer(connection, bid, number)
        if rejection is None:
            await connection.execute(_SQL["lead"], bid.lot_id, entry, seq, bid.amount, number)
        else:
            await connection.execute(_SQL["count_refusal"], bid.lot_id, entry)
    return Decided(
        entry=entry, seq=seq, at_us=at_us, number=number, rejection=rejection, repeated=False
    )


async def _first_answer(
    connection: asyncpg.pool.PoolConnectionProxy, bid: PlaceBid, number: str
) -> Decided:
    row = await connection.fetchrow(_SQL["first_answer"], bid.lot_id, bid.command_id)
    assert row is not None, "the command id was taken, so there is a decision on it"
    return Decided(
        entry=row["entry"],
        seq=row["seq"],
        at_us=row["arrived_us"],
        number=number,
        rejection=decode_rejection(row["rejection"]),
        repeated=True,
    )


async def with_function(pool: asyncpg.Pool, bid: PlaceBid) -> Decided:
    row = await pool.fetchrow(
        _SQL["call_peer_function"],
        *(bid.lot_id, bid.actor, bid.command_id, bid.amount, encode_command(bid).decode()),
    )
    assert row is not None, "the function returns one row"
    return Decided(
        entry=row["found_entry"],
        seq=row["found_seq"],
        at_us=row["at_us"],
        number=row["number"],
        rejection=decode_rejection(row["refusal"]),
        repeated=row["repeated"],
    )


KINDS: dict[str, Decide] = {"row_lock": with_row_lock, "function": with_function}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRoutes:
    pool: asyncpg.Pool
    decide: Decide

    async def bid(self, request: web.Request, lot_id: LotId, body: BidBody) -> BidAnswer:
        account_id = request[IDENTITY].account_id
        command = PlaceBid(
            lot_id=lot_id,
            command_id=own_id(account_id, body.bid_id),
            actor=account_id,
            amount=body.amount_fen,
        )
        decided = await self.decide(self.pool, command)
        if decided.rejection is not None:
            raise refused(decided.rejection)
        return BidAnswer(
            lot_id=lot_id,
            bid_id=body.bid_id,
            amount_fen=body.amount_fen,
            seq=decided.seq,
            entry=decided.entry,
            at_us=decided.at_us,
            number=decided.number,
            repeated=decided.repeated,
        )


async def _not_reset(_connection: asyncpg.Connection) -> None:
    """Leave a connection as it is: bids change nothing about it."""


async def serve(url: str, port: int, kind: str, size: int) -> None:
    settings = {"jit": "off"}
    async with (
        asyncpg.create_pool(
            url, min_size=size, max_size=size, reset=_not_reset, server_settings=settings
        ) as pool,
        asyncpg.create_pool(
            url, min_size=1, max_size=4, reset=_not_reset, server_settings=settings
        ) as others,
    ):
        guards = around(
            origins=frozenset(), hosts=frozenset({f"127.0.0.1:{port}"}), body_timeout_s=10.0
        )
        app = web.Application(client_max_size=BODY_MAX, middlewares=[guards])
        app.on_response_prepare.append(security_headers(content_security_policy()))
        api = Api(title="peer", version="1")
        routes = PeerRoutes(pool=pool, decide=KINDS[kind])
        api.add(
            *("POST", "/api/lots/{lot_id}/bids", routes.bid),
            tag="bidding",
            permission=Permission.BID,
        )
        sessions = Sessions(others, _now_us)
        api.install(app, IdentityGate(sessions), nullcontext())
        runner = ProblemRunner(app, head_timeout_s=10.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        settle_collector()
        async with running(sessions.keep_renewing(), name="sessions"):
            await stop_requested()
        await runner.cleanup()


if __name__ == "__main__":
    configure_logs("warning")
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
