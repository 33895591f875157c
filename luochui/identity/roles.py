"""Roles and what each may do: one table. 管办分离: who runs a sale does not watch over it."""

from enum import StrEnum
from functools import cache


class Role(StrEnum):
    """Stable and public. An observer (围观) needs no account."""

    BIDDER = "bidder"
    AUCTIONEER = "auctioneer"
    SETTLEMENT = "settlement"
    SUPERVISOR = "supervisor"
    OWNER = "owner"
    OBSERVER = "observer"


class Permission(StrEnum):
    """What a request may need. Reading what is public needs none."""

    SIGNED_IN = "signed_in"
    APPLY = "apply"
    BID = "bid"
    CONDUCT_LOT = "conduct_lot"
    SEE_CONSOLE = "see_console"
    SEE_DEPOSITS = "see_deposits"
    RECORD_RECEIPT = "record_receipt"
    CONFIRM_DEPOSIT = "confirm_deposit"
    SEE_JOURNAL = "see_journal"
    SEE_OWN_LOTS = "see_own_lots"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.BIDDER: frozenset({Permission.SIGNED_IN, Permission.APPLY, Permission.BID}),
    Role.AUCTIONEER: frozenset(
        {Permission.SIGNED_IN, Permission.CONDUCT_LOT, Permission.SEE_CONSOLE}
    ),
    Role.SETTLEMENT: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.SEE_DEPOSITS,
            Permission.RECORD_RECEIPT,
            Permission.CONFIRM_DEPOSIT,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.SEE_CONSOLE,
            Permission.SEE_DEPOSITS,
            Permission.SEE_JOURNAL,
        }
    ),
    Role.OWNER: frozenset({Permission.SIGNED_IN, Permission.SEE_OWN_LOTS}),
    Role.OBSERVER: frozenset({Permission.SIGNED_IN}),
}

_FAMILIES = (
    frozenset({Role.AUCTIONEER, Role.SETTLEMENT}),
    frozenset({Role.SUPERVISOR}),
    frozenset({Role.BIDDER}),
    frozenset({Role.OWNER}),
    frozenset({Role.OBSERVER}),
)


class RolesError(ValueError):
    """One account may not hold roles of two families."""


@cache
def may(roles: frozenset[Role], permission: Permission) -> bool:
    """Tell whether any of `roles` has `permission`; there are few questions, and every request asks one."""
    return any(permission in ROLE_PERMISSIONS[role] for role in roles)


def check_family(roles: frozenset[Role]) -> None:
    """Raise `RolesError` unless all roles are of one family: service, supervision, bidding, selling."""
    if not any(roles and roles <= family for family in _FAMILIES):
        raise RolesError(f"these roles cannot be held together: {', '.join(sorted(roles))}")
