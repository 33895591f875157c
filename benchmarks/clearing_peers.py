"""The same clearing by other means.

What a peer needs before the clock starts (frames, tables) is built here. Putting its result back into the
order of arrival, for the check, is not timed either.
"""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import polars as pl

from benchmarks.clearing_cases import Bids


class Peer:
    """Calling it is the timed run; `allocation` runs it and gives the result in order of arrival."""

    def __init__(self, run: Callable[[], Any], allocation: Callable[[Any], np.ndarray]) -> None:
        self._run = run
        self._allocation = allocation

    def __call__(self) -> object:
        return self._run()

    def allocation(self) -> list[int]:
        result: list[int] = self._allocation(self._run()).tolist()
        return result


def _by_place(place: np.ndarray, allocation: np.ndarray) -> np.ndarray:
    ordered = np.empty(len(place), dtype=np.int64)
    ordered[place] = allocation
    return ordered


def copying(bids: Bids) -> Callable[[], None]:
    price, quantity = np.asarray(bids.price), np.asarray(bids.quantity)
    price_copy, quantity_copy = np.zeros_like(price), np.zeros_like(quantity)

    def run() -> None:
        np.copyto(price_copy, price)
        np.copyto(quantity_copy, quantity)

    return run


def polars_sort(bids: Bids) -> Peer:
    frame = pl.DataFrame(
        {"price": np.asarray(bids.price), "quantity": np.asarray(bids.quantity)}
    ).with_row_index("place")
    before = pl.col("quantity").cum_sum() - pl.col("quantity")
    query = (
        frame.lazy()
        .sort("price", descending=True, maintain_order=True)
        .select("place", share=pl.min_horizontal("quantity", (bids.supply - before).clip(0)))
    )
    return Peer(query.collect, lambda r: _by_place(r["place"].to_numpy(), r["share"].to_numpy()))


def polars_grouped(bids: Bids) -> Peer:
    frame = pl.DataFrame(
        {"price": np.asarray(bids.price), "quantity": np.asarray(bids.quantity)}
    ).lazy()
    levels = (
        frame.group_by("price")
        .agg(pl.col("quantity").sum())
        .sort("price", descending=True)
        .with_columns(upto=pl.col("quantity").cum_sum())
        .filter(pl.col("upto") > bids.supply)
        .head(1)
    )
    quantity, price = pl.col("quantity"), pl.col("price")

    def run() -> pl.DataFrame:
        margin_price, at_margin, upto = levels.collect().row(0)
        left = bids.supply - (upto - at_margin)
        tied = pl.when(price == margin_price).then(quantity).otherwise(0)
        rest = pl.min_horizontal(tied, (left - (tied.cum_sum() - tied)).clip(0))
        share = pl.when(price > margin_price).then(quantity).otherwise(rest)
        return frame.select(share=share).collect()

    return Peer(run, lambda result: result["share"].to_numpy())


def duckdb_window(bids: Bids) -> Peer:
    connection = duckdb.connect()
    columns = {  # noqa: F841 - DuckDB finds it by its name.
        "price": np.asarray(bids.price),
        "quantity": np.asarray(bids.quantity),
        "place": np.arange(len(bids)),
    }
    connection.execute("CREATE TABLE orders AS SELECT * FROM columns")
    query = f"""
        SELECT place, greatest(0, least(quantity, {bids.supply} + quantity - sum(quantity) OVER (
            ORDER BY price DESC, place ROWS UNBOUNDED PRECEDING)))::BIGINT AS share
        FROM orders"""  # noqa: S608 - a number of ours.
    return Peer(
        lambda: connection.execute(query).fetchnumpy(),
        lambda result: _by_place(result["place"], result["share"]),
    )
