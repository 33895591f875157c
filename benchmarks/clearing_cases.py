"""The bids that clearing is timed on: the usual ladder, and every shape that is bad for some method."""

from dataclasses import dataclass

import numpy as np

BIDDERS = (1_000, 100_000)
SEED = 20_260_101


@dataclass(frozen=True)
class Bids:
    price: "memoryview[int]"
    quantity: "memoryview[int]"
    rank: "memoryview[int]"
    supply: int

    def __len__(self) -> int:
        return len(self.price)


SHAPES = ("ladder", "one price", "two prices", "range to 10^15", "lognormal", "rising")


def _prices(shape: str, random: np.random.Generator, count: int) -> np.ndarray:
    match shape:
        case "ladder":  # 100 yuan in steps of a fen: 10,000 price levels.
            return random.integers(5_000, 15_000, count)
        case "one price":
            return np.full(count, 7_777)
        case "two prices":
            return random.integers(0, 2, count) * 10**9 + 1
        case "range to 10^15":
            return random.integers(0, 10**15, count)
        case "lognormal":
            return np.exp(random.normal(10, 1, count))
        case "rising":
            return np.arange(count)
        case _:
            raise ValueError(shape)


def bids_of(shape: str, count: int) -> Bids:
    random = np.random.default_rng(SEED)
    quantity = random.integers(1, 1_000, count).astype(np.int64)
    return Bids(
        price=memoryview(_prices(shape, random, count).astype(np.int64)),
        quantity=memoryview(quantity),
        rank=memoryview(random.permutation(count).astype(np.int64)),
        supply=int(quantity.sum()) // 2,
    )


def limits_for(bids: Bids, bidders: int) -> "tuple[memoryview[int], memoryview[int]]":
    """Give each bid to a bidder; every bidder may have half of what the average one asks for."""
    random = np.random.default_rng(SEED + 1)
    bidder = random.integers(0, bidders, len(bids)).astype(np.int64)
    limit = np.full(bidders, bids.supply // bidders, dtype=np.int64)
    return memoryview(bidder), memoryview(limit)
