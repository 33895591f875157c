"""Who may do what, written out; and which roles one account may hold. 管办分离: run, watch, bid, sell."""

from itertools import combinations

import pytest

from luochui.identity.roles import (
    ROLE_PERMISSIONS,
    Permission,
    Role,
    RolesError,
    check_family,
    may,
)

#             bidder auctioneer settlement supervisor owner observer
MATRIX = {
    "signed_in": "  x        x          x          x        x      x",
    "apply": "      x        -          -          -        -      -",
    "bid": "        x        -          -          -        -      -",
    "conduct_lot": "-        x          -          -        -      -",
    "see_console": "-        x          -          x        -      -",
    "see_deposits": "-       -          x          x        -      -",
    "record_receipt": "-     -          x          -        -      -",
    "confirm_deposit": "-    -          x          -        -      -",
    "see_journal": "-        -          -          x        -      -",
    "see_own_lots": "-       -          -          -        x      -",
}
CHANGING = {"apply", "bid", "conduct_lot", "record_receipt", "confirm_deposit"}
TOGETHER = {frozenset({Role.AUCTIONEER, Role.SETTLEMENT})}


def test_the_matrix_is_complete():
    assert MATRIX.keys() == set(Permission)
    assert ROLE_PERMISSIONS.keys() == set(Role)
    assert all(len(row.split()) == len(Role) for row in MATRIX.values())


@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_do_what_the_matrix_says(permission):
    for role, mark in zip(Role, MATRIX[permission].split(), strict=True):
        assert may(frozenset({role}), permission) is (mark == "x"), f"{role}: {permission}"


def test_nobody_may_do_anything_without_a_role():
    assert not any(may(frozenset(), permission) for permission in Permission)


def test_two_roles_may_do_what_either_may():
    both = frozenset({Role.AUCTIONEER, Role.SETTLEMENT})
    for permission in Permission:
        assert may(both, permission) is any(may(frozenset({role}), permission) for role in both)


def test_a_supervisor_sees_and_changes_nothing():
    assert not ROLE_PERMISSIONS[Role.SUPERVISOR] & CHANGING


def test_who_runs_a_sale_sees_no_journal_and_who_bids_sees_no_desk():
    assert not may(frozenset({Role.AUCTIONEER, Role.SETTLEMENT}), Permission.SEE_JOURNAL)
    assert not ROLE_PERMISSIONS[Role.BIDDER] & {
        Permission.SEE_CONSOLE,
        Permission.SEE_DEPOSITS,
        Permission.SEE_JOURNAL,
    }


@pytest.mark.parametrize("role", Role)
def test_every_role_can_be_held_alone(role):
    check_family(frozenset({role}))


@pytest.mark.parametrize(
    "roles",
    [frozenset(two) for two in combinations(Role, 2)],
    ids=lambda two: "+".join(sorted(two)),
)
def test_only_the_two_service_roles_can_be_held_together(roles):
    if roles in TOGETHER:
        check_family(roles)
    else:
        with pytest.raises(RolesError):
            check_family(roles)


@pytest.mark.parametrize("roles", [frozenset(), frozenset(Role)], ids=["none", "all"])
def test_neither_no_role_nor_all_of_them_can_be_held(roles):
    with pytest.raises(RolesError):
        check_family(roles)
