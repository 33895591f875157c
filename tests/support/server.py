"""Engine and web on fresh servers, in the test's own loop, with a person of every role."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import asyncpg

from auction.commands import AdmitBidder, AnnounceLot, RegisterBidder
from auction.formats.registry import format_of
from bidding_rules.format_terms import FormatTerms
from listing.notices import LotNotice, Text
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.identity.accounts import Accounts
from luochui.identity.passwords import Passwords
from luochui.identity.roles import Role
from luochui.identity.sessions import Sessions
from luochui.metrics import Metrics
from luochui.migrate import migrate
from luochui.wiring.engine import engine_role
from luochui.wiring.listening import bound_socket
from luochui.wiring.services import WebServices
from luochui.wiring.web import web_role
from tests.support.engine import SECOND, simple_terms

clock = SystemClock()
PASSWORD = "correct horse"
LOT = "LOT-1"
STAFF = ("auctioneer", "settlement", "supervisor", "owner", "observer")


@dataclass(kw_only=True)
class Server:
    """A running server; `token[login]` is a session of that person, `account[login]` his id."""

    base_url: str
    services: WebServices
    pool: asyncpg.Pool
    http: aiohttp.ClientSession
    token: dict[str, str]
    account: dict[str, str]
    settings: Settings
    moves_made: int = 0

    async def call(
        self, method: str, path: str, *, by: str | None = None, **arguments: Any
    ) -> tuple[int, Any]:
        """Return status and parsed body of a request, signed in as `by` with a bearer token."""
        headers = dict(arguments.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = f"Bearer {self.token[by]}"
        async with self.http.request(method, path, headers=headers, **arguments) as response:
            body = await response.read()
            is_json = "json" in response.content_type
            return response.status, await response.json(content_type=None) if is_json else body

    async def bid(self, by: str, amount: Any, bid_id: str, lot: str = LOT) -> tuple[int, Any]:
        body = {"bid_id": bid_id, "amount_fen": amount}
        return await self.call("POST", f"/api/lots/{lot}/bids", by=by, json=body)

    async def move(self, by: str, kind: str, *, lot: str = LOT, **body: Any) -> tuple[int, Any]:
        """Make a move over HTTP; every one has an id of its own."""
        self.moves_made += 1
        said = {"command_id": f"move-{self.moves_made:06d}", **body}
        path = f"/api/lots/{lot}/moves/{kind.replace('_', '-')}"
        return await self.call("POST", path, by=by, json=said)

    async def announce(
        self,
        lot_id: str = LOT,
        *bidders: str,
        format_terms: FormatTerms | None = None,
        **changes: Any,
    ) -> None:
        """Publish and announce a lot, and admit `bidders`; without `format_terms` by timed bidding."""
        terms = simple_terms(**{"seller": self.account["owner"], "deposit": 0, **changes})
        timed: Any = terms.format
        if format_terms is not None:
            terms = replace(terms, format=format_terms)
        notice = LotNotice(
            lot_id=lot_id,
            title=Text(zh="标的", en="Lot"),
            asset_class="forest_right",
            place=Text(zh="江西", en="Jiangxi"),
            seller=Text(zh="转让方", en="Seller"),
            format=format_of(terms.format).kind,
            start_fen=timed.start,
            increment_fen=timed.increments.at(timed.start),
            deposit_fen=terms.deposit,
            cap_fen=timed.cap,
            has_reserve=timed.reserve is not None,
            free_us=timed.free_us,
            limited_us=timed.limited_us,
            inquiry_us=timed.inquiry_us,
            must_confirm=timed.inquiry_us > 0 and timed.inquiry_min_confirmed > 0,
            opens_at_us=terms.opens_at,
            calls_before_hammer=terms.calls_before_hammer,
            facts=(),
            source="test",
        )
        await self.services.notices.publish(
            notice, seller_id=self.account["owner"], now_us=clock.now_us()
        )
        ask = self.services.desk.ask
        announcement = AnnounceLot(
            lot_id=lot_id, command_id="announce", actor=self.account["owner"], terms=terms
        )
        assert (await ask(announcement)).rejection is None
        for number, bidder in enumerate(bidders, 1):
            account = self.account[bidder]
            register = RegisterBidder(
                lot_id=lot_id,
                command_id=f"register-{bidder}",
                actor=account,
                bidder_id=account,
                number=f"A{number:02d}",
            )
            assert (await ask(register)).rejection is None
            admit = AdmitBidder(
                lot_id=lot_id, command_id=f"admit-{bidder}", actor="set", bidder_id=account
            )
            assert (await ask(admit)).rejection is None


@asynccontextmanager
async def server_running(
    postgres_url: str, redis_url: str, **changes: Any
) -> AsyncIterator[Server]:
    """A server with `ann`, `bob` and `cat` as bidders, one person per other role, and one who confirms what
    that person did: `cashier` for settlement, `colleague` for the auctioneer."""
    await migrate(postgres_url)
    settings = Settings(
        **{
            "postgres_url": postgres_url,
            "redis_url": redis_url,
            "engine_name": "test",
            "bids_per_second_max": 1000,
            **changes,
        }
    )
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            asyncpg.create_pool(postgres_url, min_size=1, max_size=2)
        )
        await stack.enter_async_context(engine_role(settings, clock, Metrics()))
        services = await stack.enter_async_context(
            web_role(settings, clock, Metrics(), bound_socket("127.0.0.1", 0))
        )
        http = await stack.enter_async_context(aiohttp.ClientSession(services.base_url))
        tokens, accounts = await _people(pool)
        yield Server(
            base_url=services.base_url,
            services=services,
            pool=pool,
            http=http,
            token=tokens,
            account=accounts,
            settings=settings,
        )


async def _people(pool: asyncpg.Pool) -> tuple[dict[str, str], dict[str, str]]:
    book, sessions = Accounts(pool, Passwords(), clock.now_us), Sessions(pool, clock.now_us)
    wanted = {login: Role(login) for login in STAFF}
    wanted |= {"cashier": Role.SETTLEMENT, "colleague": Role.AUCTIONEER} | dict.fromkeys(
        ("ann", "bob", "cat"), Role.BIDDER
    )
    tokens, accounts = {}, {}
    for login, role in wanted.items():
        accounts[login] = await book.create(
            login, PASSWORD, name=f"name of {login}", roles=frozenset({role}), invented=True
        )
        identity = await book.find(login)
        tokens[login] = await sessions.open(identity)
    return tokens, accounts


__all__ = ["LOT", "PASSWORD", "SECOND", "Server", "clock", "server_running"]
