"""The settlement desk: money is recorded by one person and confirmed by another."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from listing.notices import NoticeBoard, Text
from luochui.api.messages import (
    BookPlace,
    DepositCounts,
    DepositId,
    DepositRow,
    Deposits,
    DepositStatus,
    PageSize,
    ReceiptBody,
    ReceiptView,
    ShortText,
)
from luochui.http.api import Api
from luochui.http.problems import ProblemError
from luochui.identity.accounts import Accounts
from luochui.identity.gate import IDENTITY
from luochui.identity.roles import Permission
from realtime.messages import LotId
from settlement.admissions import Admissions
from settlement.deposit_pages import DepositPages, Place, Sought, place_of
from settlement.deposits import (
    Deposit,
    DepositShortError,
    DepositUnknownError,
    ReceiptReusedError,
    SamePersonError,
)
from settlement.deposits import (
    Deposits as DepositBook,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRoutes:
    """Registers its routes with `add_to`."""

    book: DepositBook
    pages: DepositPages
    notices: NoticeBoard
    accounts: Accounts
    admissions: Admissions
    now_us: Callable[[], int]

    def add_to(self, api: Api) -> None:
        """Add the routes."""
        api.add(
            "GET",
            "/api/deposits",
            self.all_deposits,
            tag="settlement",
            permission=Permission.SEE_DEPOSITS,
        )
        one = "/api/deposits/{deposit_id}"
        api.add(
            *("POST", f"{one}/receipts", self.record_receipt),
            tag="settlement",
            permission=Permission.RECORD_RECEIPT,
            codes=("deposit_unknown", "receipt_reused"),
        )
        api.add(
            *("POST", f"{one}/confirmation", self.confirm),
            tag="settlement",
            permission=Permission.CONFIRM_DEPOSIT,
            codes=("deposit_unknown", "deposit_short", "same_person"),
        )

    async def all_deposits(
        self,
        status: DepositStatus | None = None,
        lot_id: LotId | None = None,
        words: ShortText | None = None,
        after: BookPlace | None = None,
        limit: PageSize = 50,
    ) -> Deposits:
        """List deposits, the open ones first. `words`: of the bidder, account, payer or bank reference."""
        sought = Sought(
            status=status,
            lot_id=lot_id,
            words=words or "",
            bidder_ids=await self.accounts.named(words) if words else [],
        )
        place = None if after is None else _read_place(after)
        found = await self.pages.read(sought, after=place, limit=limit + 1)
        shown = found[:limit]
        return Deposits(
            deposits=await self._rows(shown),
            counts=None if after else DepositCounts(**await self.pages.counts(sought)),
            next=_written(place_of(shown[-1])) if len(found) > limit else None,
        )

    async def record_receipt(
        self, request: web.Request, deposit_id: DepositId, body: ReceiptBody
    ) -> DepositRow:
        """Record money seen at the bank."""
        try:
            await self.book.record(
                deposit_id,
                receipt_id=body.receipt_id,
                amount_fen=body.amount_fen,
                payer=body.payer,
                bank_reference=body.bank_reference,
                recorded_by=request[IDENTITY].account_id,
                now_us=self.now_us(),
            )
        except DepositUnknownError as error:
            raise ProblemError("deposit_unknown") from error
        except ReceiptReusedError as error:
            raise ProblemError("receipt_reused") from error
        return await self._row(deposit_id)

    async def confirm(self, request: web.Request, deposit_id: DepositId) -> DepositRow:
        """Confirm that a deposit is whole; the bidder may bid as soon as the engine has taken it in."""
        try:
            await self.book.confirm(
                deposit_id, confirmed_by=request[IDENTITY].account_id, now_us=self.now_us()
            )
        except DepositUnknownError as error:
            raise ProblemError("deposit_unknown") from error
        except SamePersonError as error:
            raise ProblemError("same_person") from error
        except DepositShortError as error:
            raise ProblemError("deposit_short", str(error)) from error
        self.admissions.wake()
        return await self._row(deposit_id)

    async def _row(self, deposit_id: str) -> DepositRow:
        return (await self._rows([await self.book.get(deposit_id)]))[0]

    async def _rows(self, found: list[Deposit]) -> list[DepositRow]:
        people = {d.bidder_id for d in found} | {d.confirmed_by or "" for d in found}
        people |= {r.recorded_by for d in found for r in d.receipts}
        names = await self.accounts.names(sorted(people))
        titles = {lot_id: await self._title(lot_id) for lot_id in {d.lot_id for d in found}}
        return [_row(deposit, titles[deposit.lot_id], names) for deposit in found]

    async def _title(self, lot_id: str) -> Text:
        notice = await self.notices.find(lot_id)
        assert notice is not None, "a deposit belongs to a published lot"
        return notice.title


def _written(place: Place) -> str:
    return f"{int(place.is_done)}_{place.due_us}_{place.deposit_id}"


def _read_place(written: str) -> Place:
    is_done, due_us, deposit_id = written.split("_", 2)
    return Place(is_done=is_done == "1", due_us=int(due_us), deposit_id=deposit_id)


def _row(deposit: Deposit, title: Text, names: dict[str, str]) -> DepositRow:
    return DepositRow(
        deposit_id=deposit.deposit_id,
        lot_id=deposit.lot_id,
        lot_title=title,
        bidder_name=names.get(deposit.bidder_id, deposit.bidder_id),
        account_no=deposit.account_no,
        due_fen=deposit.due_fen,
        received_fen=deposit.received_fen,
        due_at_us=deposit.due_at_us,
        status=deposit.status,
        receipts=[
            ReceiptView(
                receipt_id=receipt.receipt_id,
                amount_fen=receipt.amount_fen,
                payer=receipt.payer,
                bank_reference=receipt.bank_reference,
                received_at_us=receipt.received_at_us,
                recorded_by=receipt.recorded_by,
                recorded_by_name=names.get(receipt.recorded_by, receipt.recorded_by),
            )
            for receipt in deposit.receipts
        ],
        confirmed_by=deposit.confirmed_by,
        confirmed_by_name=names.get(deposit.confirmed_by or ""),
    )
