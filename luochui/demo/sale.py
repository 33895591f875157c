"""Announces the demonstration's lots and admits its bidders, by the same steps as a real sale."""

from collections.abc import Callable

from auction.commands import AnnounceLot, own_id
from auction.desk import Desk
from listing.notices import NoticeBoard
from luochui.demo.lots import DemoLot
from luochui.demo.people import Person, invented_login
from luochui.wiring.services import WebServices
from settlement.deposits import Deposits

_BIDDERS_A_LOT = 5
_VISITORS = ("bidder", "bidder2")


async def announce(services: WebServices, lot: DemoLot, now_us: Callable[[], int]) -> None:
    """Publish the notice and announce the lot; a second time changes nothing."""
    board: NoticeBoard = services.notices
    desk: Desk = services.desk
    await board.publish(lot.notice, seller_id=lot.terms.seller, now_us=now_us())
    await desk.ask(
        AnnounceLot(
            lot_id=lot.notice.lot_id,
            command_id=own_id(lot.terms.seller, "announcement"),
            actor=lot.terms.seller,
            terms=lot.terms,
        )
    )


async def admit(
    services: WebServices,
    lot: DemoLot,
    people: dict[str, Person],
    bidders: list[str],
    now_us: Callable[[], int],
) -> None:
    """Let `bidders` apply and pay; the cashier records, the settlement officer confirms.

    The second visitor's money is recorded only: confirming it is the visitor's first task at the
    settlement desk.
    """
    for login in (*bidders, *_VISITORS):
        deposit_id = await _paid(services.deposits, lot, people[login], people["cashier"], now_us)
        if login != "bidder2":
            await services.deposits.confirm(
                deposit_id, confirmed_by=people["settlement"].account_id, now_us=now_us()
            )


async def _paid(
    deposits: Deposits, lot: DemoLot, bidder: Person, cashier: Person, now_us: Callable[[], int]
) -> str:
    notice = lot.notice
    await deposits.apply(
        notice.lot_id,
        bidder.account_id,
        due_fen=notice.deposit_fen,
        due_us=notice.opens_at_us,
        now_us=now_us(),
    )
    deposit = await deposits.find(notice.lot_id, bidder.account_id)
    assert deposit is not None, "applying opens the deposit"
    await deposits.record(
        deposit.deposit_id,
        receipt_id=f"demo-{deposit.deposit_id}",
        amount_fen=notice.deposit_fen,
        payer=bidder.login,
        bank_reference=f"演示 {deposit.account_no}",
        recorded_by=cashier.account_id,
        now_us=now_us(),
    )
    return deposit.deposit_id


def invented_bidders(lot: DemoLot, place: int, invented: int) -> list[str]:
    """Return the invented bidders of a lot: all of them where a known course needs many."""
    count = invented if lot.known_end else min(_BIDDERS_A_LOT, invented)
    return [invented_login((place + n) % invented + 1) for n in range(count)]
