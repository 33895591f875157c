"""P2: the order book, one call for each order, against nanobook and liquibook from PyPI; and in batches.

Conditions: one thread, its processor time; the same rows (side, price, quantity) for all, around a price
that wanders; every side's trades are compared. "orders" has limit orders only; in "orders and
cancellations" three rows of ten cancel an earlier order. The time includes the Python loop over the rows
and handing out the trades: as objects at the end (ours, nanobook), after each order (ours), through a
listener (liquibook), or as rows of numbers (ours). Without a listener liquibook hands out no trades; ours
is compared to that with its rows. nanobook 0.19.2 takes no part in the stream with cancellations: in our
runs it did not return from an order some rows after the first ones were cancelled.
"""

import argparse
import time
from array import array
from collections.abc import Callable, Iterator
from random import Random

import liquibook
import nanobook

from benchmarks.report import Arguments, Figures, Report, alternately, machine, median
from bidding_rules.backend import backend
from bidding_rules.order_book import BUY, CANCEL, SELL, OrderBook
from bidding_rules.order_book.reference import OrderBook as PythonBook

PRICE_MIN, PRICE_MAX = 1_000, 9_000
SPREAD = 20
SEED = 20_260_101
REACH = 3.0
SILENT = "liquibook, no trades handed out"
AGAINST = {
    "ours, a call each, trades at the end": ("nanobook", "liquibook"),
    "ours, a call each, trades after each": ("nanobook", "liquibook"),
    "ours, a call each, trades as rows": ("nanobook", "liquibook", SILENT),
    "ours, in one batch, trades as rows": ("nanobook", "liquibook", SILENT),
}

Row = tuple[int, int, int]
Trades = list[tuple[int, int, int, int]]


def stream(count: int, cancel_share: float) -> list[Row]:
    return list(_rows(Random(SEED), count, cancel_share))


def _rows(random: Random, count: int, cancel_share: float) -> Iterator[Row]:
    middle, taken = 5_000, 0
    for _ in range(count):
        if taken and random.random() < cancel_share:
            yield CANCEL, random.randrange(taken), 0
            continue
        middle = min(max(middle + random.randrange(-2, 3), 2_000), 8_000)
        side = random.choice((BUY, SELL))
        yield side, middle + random.randrange(-SPREAD, SPREAD + 1), random.randrange(1, 100)
        taken += 1


def by_calls(make: type[OrderBook], rows: list[Row]) -> OrderBook:
    book = make(PRICE_MIN, PRICE_MAX)
    submit, cancel = book.submit, book.cancel
    for kind, price, quantity in rows:
        if kind == CANCEL:
            cancel(price)
        else:
            submit(kind, price, quantity)
    return book


def by_calls_with_trades(rows: list[Row]) -> Trades:
    book = OrderBook(PRICE_MIN, PRICE_MAX)
    submit, cancel, take_trades = book.submit, book.cancel, book.take_trades
    trades: Trades = []
    for kind, price, quantity in rows:
        if kind == CANCEL:
            cancel(price)
        else:
            submit(kind, price, quantity)
            if book.trade_count:
                trades += take_trades()
    return trades


def in_batches(columns: "tuple[array[int], array[int], array[int]]") -> "memoryview[int]":
    book = OrderBook(PRICE_MIN, PRICE_MAX)
    book.apply(*columns)
    return book.take_trade_rows()


def with_nanobook(rows: list[Row]) -> list[nanobook.Trade]:
    exchange = nanobook.Exchange()
    submit = exchange.submit_limit
    for side, price, quantity in rows:
        submit("buy" if side == BUY else "sell", price, quantity)
    trades: list[nanobook.Trade] = exchange.trades()
    return trades


class _Listener(liquibook.OrderListener):
    """Collects the trades; the other events are taken and dropped."""

    def __init__(self) -> None:
        liquibook.OrderListener.__init__(self)
        self.trades: Trades = []

    def on_fill(self, order, matched, quantity, price) -> None:  # noqa: ANN001 - theirs.
        self.trades.append((order.order_id_, matched.order_id_, price, quantity))

    def on_accept(self, order) -> None:  # noqa: ANN001 - theirs.
        """Nothing to do."""

    on_cancel = on_trigger_stop = on_accept

    def on_reject(self, order, reason) -> None:  # noqa: ANN001 - theirs.
        """Nothing to do."""

    on_cancel_reject = on_reject


def with_liquibook(rows: list[Row], *, listening: bool) -> tuple[int, Trades]:
    """Return the first order's number, which liquibook gives, and the trades."""
    book = liquibook.DepthOrderBook("lot")
    listener = _Listener()
    if listening:
        book.set_order_listener(listener)
    orders: list[liquibook.SimpleOrder] = []
    for kind, price, quantity in rows:
        if kind == CANCEL:
            book.cancel(orders[price])
        else:
            order = liquibook.SimpleOrder(kind == BUY, price, quantity)
            orders.append(order)
            book.add(order)
    return orders[0].order_id_, listener.trades


def agree(rows: list[Row], *, cancels: bool) -> bool:
    """Tell whether all sides make the same trades."""
    expected = [tuple(trade) for trade in by_calls(PythonBook, rows).take_trades()]
    first, trades = with_liquibook(rows, listening=True)
    all_trades = [
        [tuple(trade) for trade in by_calls(OrderBook, rows).take_trades()],
        [tuple(trade) for trade in by_calls_with_trades(rows)],
        [(taker - first, maker - first, price, number) for taker, maker, price, number in trades],
    ]
    if not cancels:
        all_trades.append(
            [
                (t.aggressor_order_id - 1, t.passive_order_id - 1, t.price, t.quantity)
                for t in with_nanobook(rows)
            ]
        )
    flat = [number for trade in expected for number in trade]
    return all(one == expected for one in all_trades) and (
        in_batches(_columns(rows)).tolist() == flat
    )


def _columns(rows: list[Row]) -> "tuple[array[int], array[int], array[int]]":
    kind, price, quantity = zip(*rows, strict=True)
    return array("q", kind), array("q", price), array("q", quantity)


def measure(rows: list[Row], rounds: int, *, cancels: bool) -> dict[str, Figures]:
    columns = _columns(rows)
    sides: dict[str, Callable[[], object]] = {
        "ours, a call each, trades at the end": lambda: by_calls(OrderBook, rows).take_trades(),
        "ours, a call each, trades after each": lambda: by_calls_with_trades(rows),
        "ours, a call each, trades as rows": lambda: by_calls(OrderBook, rows).take_trade_rows(),
        "ours, in one batch, trades as rows": lambda: in_batches(columns),
        "plain Python": lambda: by_calls(PythonBook, rows).take_trades(),
        "liquibook": lambda: with_liquibook(rows, listening=True),
        SILENT: lambda: with_liquibook(rows, listening=False),
    }
    if not cancels:
        sides["nanobook"] = lambda: with_nanobook(rows)
    return {
        name: {
            "ns per row": median(seconds) / len(rows) * 1e9,
            "best": min(seconds) / len(rows) * 1e9,
            "rows per s": round(len(rows) / median(seconds)),
        }
        for name, seconds in alternately(sides, rounds, clock=time.thread_time).items()
    }


def main(arguments: Arguments) -> Report:
    parser = argparse.ArgumentParser(prog="python -m benchmarks order_book")
    parser.add_argument("--rows", type=int, default=20_000 if arguments.quick else 100_000)
    count = parser.parse_args(arguments.options).rows
    assert backend() == "c", "build the compiled twin first: these figures are its"
    conditions = machine() | {"backend": backend(), "rows": count}

    ours: dict[str, Figures] = {}
    peers: dict[str, Figures] = {}
    ratios: dict[str, float] = {}
    checked = True
    for name, cancel_share in (("orders", 0.0), ("orders and cancellations", 0.3)):
        rows = stream(count, cancel_share)
        figures = measure(rows, 3 if arguments.quick else 7, cancels=cancel_share > 0)
        checked = checked and agree(rows, cancels=cancel_share > 0)
        for side, row in figures.items():
            (ours if side.startswith("ours") else peers)[f"{name}: {side}"] = row
        for side, others in AGAINST.items():
            costs = [float(figures[o]["ns per row"]) for o in others if o in figures]
            own = float(figures[side]["ns per row"])
            ratios[f"{name}: {side}, against the best"] = min(costs) / own
    return Report(
        benchmark="order_book",
        conditions=conditions,
        ours=ours,
        peers=peers,
        ratios=ratios,
        checked=checked,
        notes=[f"target: {REACH}x the best peer with a call each"],
    )
