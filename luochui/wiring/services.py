"""What a web process is made of, before any door is opened."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from auction.archive import Archive
from auction.backlog import Backlog
from auction.desk import Desk
from auction.rate import RateLimit
from listing.applications import Applications
from listing.notices import NoticeBoard
from luochui.clock import SystemClock
from luochui.config import Settings
from luochui.identity.accounts import Accounts
from luochui.identity.passwords import Passwords
from luochui.tasks import running
from luochui.wiring.links import web_links
from realtime.private import PrivateLine
from settlement.deposit_pages import DepositPages
from settlement.deposits import Deposits
from transparency.reader import LogReader


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    """What a web process offers to whoever wires it further (the demonstration does)."""

    base_url: str
    accounts: Accounts
    notices: NoticeBoard
    applications: Applications
    deposits: Deposits
    deposit_pages: DepositPages
    archive: Archive
    log: LogReader
    desk: Desk


async def web_services(
    settings: Settings,
    clock: SystemClock,
    pool: asyncpg.Pool,
    stack: AsyncExitStack,
    base_url: str,
) -> WebServices:
    """Return the services of a web process reached at `base_url`, connected as long as the stack."""
    applications = Applications(pool)
    inbox, link = await web_links(settings, stack)
    backlog = Backlog(inbox, shards=settings.shards, length_max=settings.inbox_length_max)
    await stack.enter_async_context(running(backlog.keep_looking(), name="backlog"))
    desk = Desk(
        inbox,
        worker=f"{settings.engine_owner}-{base_url}",
        shards=settings.shards,
        waiting_max=settings.waiting_commands_max,
        answer_timeout_s=settings.answer_timeout_s,
        bid_rate=RateLimit(
            per_second=settings.bids_per_second_max,
            burst=2 * settings.bids_per_second_max,
            now_us=clock.now_us,
        ),
        answered=PrivateLine(link),
        is_too_long=backlog.is_too_long,
    )
    return WebServices(
        base_url=base_url,
        accounts=Accounts(pool, Passwords(), clock.now_us),
        notices=NoticeBoard(pool),
        applications=applications,
        deposits=Deposits(pool, applications),
        deposit_pages=DepositPages(pool),
        archive=Archive(pool),
        log=LogReader(pool),
        desk=desk,
    )
