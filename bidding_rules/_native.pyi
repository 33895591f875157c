from bidding_rules.clearing.columns import Column
from bidding_rules.clearing.margin_ties import TieRule
from bidding_rules.order_book.reference import OrderBook as OrderBook

INTERFACE: int

def price_at(
    price: Column, quantity: Column, supply: int, reserve: int
) -> tuple[int, int | None, int | None]: ...
def fill(
    price: Column,
    quantity: Column,
    supply: int,
    reserve: int,
    tie: TieRule,
) -> tuple[memoryview[int], int, int, int]: ...
def cut_to_limits(
    price: Column, quantity: Column, bidder: Column, limit: Column
) -> memoryview[int]: ...
def value(price: Column, allocation: Column) -> int: ...
def count_bidders(bidder: Column, allocation: Column, bidders: int) -> int: ...
