"""Read who goes first among equals: a name that is favoured, or names in the order of a draw."""

from collections.abc import Collection

from bidding_rules.cases.reading import CaseError, Fields, as_name


def ranks_of(case: Fields, names: Collection[str]) -> list[int]:
    """Return each name's place in `random_order`; those not named there come last, all alike."""
    drawn = _drawn(case, "random_order", names)
    places = {name: place for place, name in enumerate(drawn)}
    return [places.get(name, len(places)) for name in names]


def tie_order(case: Fields, names: Collection[str]) -> list[str]:
    """Return who goes first: `tie_favours` (one name), then `tie_order` (names, a draw)."""
    favoured = [case.name("tie_favours")] if case.has("tie_favours") else []
    if favoured and favoured[0] not in names:
        raise CaseError(case.at("tie_favours"), f"{favoured[0]} is no bidder")
    drawn = _drawn(case, "tie_order", names)
    return favoured + [name for name in drawn if name not in favoured]


def _drawn(case: Fields, field: str, names: Collection[str]) -> list[str]:
    """Read the names of a draw; each must be a bidder and stand there once."""
    drawn = case.items(field, as_name) if case.has(field) else []
    known, seen = set(names), set[str]()
    for index, name in enumerate(drawn):
        if name not in known:
            raise CaseError(f"{case.at(field)}[{index}]", f"{name} is no bidder")
        if name in seen:
            raise CaseError(f"{case.at(field)}[{index}]", f"{name} is named twice")
        seen.add(name)
    return drawn
