"""Who may do what, asked of the running server: every operation, every role, and nobody."""

import pytest

from luochui.http.api import Api
from luochui.identity.roles import ROLE_PERMISSIONS, Permission, Role, RolesError, check_family
from luochui.wiring import application
from tests.support.server import LOT, server_running

pytestmark = pytest.mark.integration

PUBLIC = {
    ("POST", "/api/session"),
    ("GET", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/time"),
    ("GET", "/api/lots"),
    ("GET", "/api/lots/{lot_id}"),
    ("GET", "/api/lots/{lot_id}/events"),
    ("GET", "/api/log/checkpoint"),
    ("GET", "/api/log/checkpoints/{size}"),
    ("GET", "/api/log/consistency"),
    ("GET", "/api/log/leaves"),
}
CONDUCT = {"auctioneer"}
BIDDERS_MOVES = (
    *("set-maximum", "exercise-priority", "waive-priority", "quote-once", "agree", "ask-units"),
    *("submit-envelope", "withdraw-envelope", "open-envelope", "bid-on-lots", "waive"),
    *("place-order", "bid-packages", "order", "list-for-pick", "pick-listing"),
    *("propose-block", "accept-block", "take-back-offer"),
)
STAFF_MOVES = (
    *("enter-reserve", "adjust-increment", "reveal-seed", "record-score", "open-floor"),
    *("enter-floor-bid", "set-asking", "undo-call", "undo-entry", "pass-lot", "reopen"),
)
MAY = {
    ("POST", "/api/socket-tokens"): {
        *("bidder", "auctioneer", "settlement", "supervisor", "owner", "observer")
    },
    ("GET", "/api/owner/lots"): {"owner"},
    ("GET", "/api/lots/{lot_id}/application"): {"bidder"},
    ("POST", "/api/lots/{lot_id}/application"): {"bidder"},
    ("POST", "/api/lots/{lot_id}/bids"): {"bidder"},
    ("GET", "/api/lots/{lot_id}/bids/{bid_id}"): {"bidder"},
    ("GET", "/api/lots/{lot_id}/bids/{bid_id}/receipt"): {"bidder"},
    ("POST", "/api/lots/{lot_id}/participation"): {"bidder"},
    ("POST", "/api/lots/{lot_id}/suspension"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/resumption"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/extension"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/warning"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/hammer"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/withdrawal"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/messages"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/approvals"): CONDUCT,
    ("POST", "/api/lots/{lot_id}/priorities"): CONDUCT,
    ("GET", "/api/lots/{lot_id}/moves"): {"bidder"},
    **{("POST", f"/api/lots/{{lot_id}}/moves/{move}"): {"bidder"} for move in BIDDERS_MOVES},
    **{("POST", f"/api/lots/{{lot_id}}/moves/{move}"): CONDUCT for move in STAFF_MOVES},
    ("GET", "/api/console/lots/{lot_id}"): {"auctioneer", "supervisor"},
    ("GET", "/api/supervision/lots/{lot_id}/journal"): {"supervisor"},
    ("GET", "/api/supervision/lots/{lot_id}/verification"): {"supervisor"},
    ("GET", "/api/supervision/lots/{lot_id}/log"): {"supervisor"},
    ("GET", "/api/deposits"): {"settlement", "supervisor"},
    ("POST", "/api/deposits/{deposit_id}/receipts"): {"settlement"},
    ("POST", "/api/deposits/{deposit_id}/confirmation"): {"settlement"},
}
PERSON = {"bidder": "ann"}


async def test_every_operation_asks_for_its_role(fresh_database, redis_url, monkeypatch):
    apis: list[Api] = []
    make = application._api
    monkeypatch.setattr(application, "_api", lambda parts: apis.append(make(parts)) or apis[0])
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        operations = {(o.method, o.path) for o in apis[0].operations}
        assert operations == PUBLIC | MAY.keys(), "a new route needs a row in this table"
        for (method, path), allowed in MAY.items():
            where = path.format(lot_id=LOT, bid_id="no-such-bid", deposit_id="none")
            status, problem = await server.call(method, where)
            assert (status, problem["code"]) == (401, "not_signed_in"), path
            for role in Role:
                person = PERSON.get(role, role)
                status, answer = await server.call(method, where, by=person)
                if role in allowed:
                    assert status not in (401, 403), (path, role, answer)
                else:
                    assert (status, answer["code"]) == (403, "not_authorised"), (path, role)


def test_the_table_of_permissions_is_this_one():
    assert {
        Role.BIDDER: {Permission.SIGNED_IN, Permission.APPLY, Permission.BID},
        Role.AUCTIONEER: {Permission.SIGNED_IN, Permission.CONDUCT_LOT, Permission.SEE_CONSOLE},
        Role.SETTLEMENT: {
            *(Permission.SIGNED_IN, Permission.SEE_DEPOSITS),
            *(Permission.RECORD_RECEIPT, Permission.CONFIRM_DEPOSIT),
        },
        Role.SUPERVISOR: {
            *(Permission.SIGNED_IN, Permission.SEE_CONSOLE),
            *(Permission.SEE_DEPOSITS, Permission.SEE_JOURNAL),
        },
        Role.OWNER: {Permission.SIGNED_IN, Permission.SEE_OWN_LOTS},
        Role.OBSERVER: {Permission.SIGNED_IN},
    } == ROLE_PERMISSIONS


def test_a_supervisor_changes_nothing():
    changing = {method_path for method_path in MAY if method_path[0] != "GET"}
    changing -= {("POST", "/api/socket-tokens")}
    assert all("supervisor" not in MAY[operation] for operation in changing)


@pytest.mark.parametrize(
    ("roles", "together"),
    [
        ({Role.AUCTIONEER, Role.SETTLEMENT}, True),
        ({Role.SUPERVISOR}, True),
        ({Role.SUPERVISOR, Role.AUCTIONEER}, False),
        ({Role.SUPERVISOR, Role.SETTLEMENT}, False),
        ({Role.BIDDER, Role.AUCTIONEER}, False),
        ({Role.BIDDER, Role.OWNER}, False),
        ({Role.OWNER, Role.SUPERVISOR}, False),
        (set(), False),
    ],
)
def test_operation_management_and_supervision_are_kept_apart(roles, together):
    """管办分离: no account holds roles of two families."""
    if together:
        check_family(frozenset(roles))
    else:
        with pytest.raises(RolesError):
            check_family(frozenset(roles))
