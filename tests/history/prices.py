"""I3, by arithmetic of its own: may this price follow that one?

Formats whose price rises by increments are known; of others nothing is claimed. What an auctioneer asks
for in an English auction he may change at any time, so that is decided again by `supervision` alone (I6).
"""

from typing import Any


def rises_by_increments(rules: dict[str, Any]) -> bool:
    """Tell whether the price of lots with these rules rises by increments and by nothing else."""
    return "increments" in rules and "start" in rules and rules.get("kind") != "english"


def price_fault(rules: dict[str, Any], price: int | None, bid: dict[str, Any]) -> str | None:
    """Return why `bid` (its `amount`, and whether it `matches`) may not follow `price`, or None."""
    if not rises_by_increments(rules):
        return None
    amount, cap = bid["amount"], rules.get("cap")
    if price is not None and amount == price:
        shared = bid.get("matches") or (rules.get("equal_bids_at_cap") and amount == cap)
        return None if shared else f"{amount} equals the price"
    step = _step(rules["increments"]["steps"], price)
    base = rules["start"] - step if price is None else price
    if amount < base + step:
        return f"{amount} after {price}: the lowest was {base + step}"
    if rules["increments"]["on_grid"] and (amount - base) % step:
        return f"{amount} after {price}: off the grid of {step}"
    if cap is not None and amount > cap:
        return f"{amount} above the cap {cap}"
    return None


def _step(steps: list[dict[str, int]], price: int | None) -> int:
    found = steps[0]["increment"]
    for step in steps[1:]:
        if step["price_min"] > (price or 0):
            break
        found = step["increment"]
    return found
