"""What the other people of a sale do meanwhile, over HTTP."""

import uuid

import pytest


def lot_of(demo, lot_id):
    status, card = demo.call("GET", f"/api/lots/{lot_id}")
    assert status == 200
    return card


def outbid(demo, lot_id, login="bidder2"):
    """Bid the lowest valid amount as somebody else; return the answer's status and body."""
    lowest = lot_of(demo, lot_id)["state"]["amount_min_fen"]
    body = {"bid_id": str(uuid.uuid4()), "amount_fen": lowest}
    return demo.call("POST", f"/api/lots/{lot_id}/bids", body, demo.sign_in(login))


def accepted_bids(demo, lot_id):
    _, page = demo.call("GET", f"/api/lots/{lot_id}/events")
    return [event for event in page["events"] if event["kind"] == "bid_accepted"]


def admit_second_bidder(demo, lot_id):
    """Confirm the deposit that waits for its second person."""
    token = demo.sign_in("settlement")
    _, book = demo.call("GET", "/api/deposits?status=recorded", token=token)
    (waiting,) = [d for d in book["deposits"] if d["lot_id"] == lot_id]
    status, _ = demo.call("POST", f"/api/deposits/{waiting['deposit_id']}/confirmation", {}, token)
    assert status == 200
    bidder = demo.sign_in("bidder2")
    for _ in range(100):
        _, application = demo.call("GET", f"/api/lots/{lot_id}/application", token=bidder)
        if application["status"] == "admitted":
            return
    pytest.fail("the second bidder was not admitted")
