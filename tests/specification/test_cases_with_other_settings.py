"""Cases of our own: the same kinds with other tie rules, other reserves, other parameters."""

from decimal import Decimal

import pytest

from bidding_rules.cases import KINDS, run_case


def bids(*rows):
    return [{"bidder": b, "price": p, "qty": q} for b, p, q in rows]


SHORT = bids(("A", "30.00", 600), ("B", "29.50", 300), ("C", "29.00", 50))
TIED = bids(("A", "30", 50), ("B", "20", 60), ("C", "20", 40), ("A", "20", 20))
SHANGHAI = bids(
    ("A", "80.00", 600_000),
    ("B", "78.50", 900_000),
    ("C", "75.00", 700_000),
    ("D", "75.00", 800_000),
    ("E", "70.00", 500_000),
)

UNIFORM = [
    # nothing said: too little demand is sold at the lowest bid
    ({"supply": 1000, "bids": SHORT}, "29.00", {"A": 600, "B": 300, "C": 50}, 50),
    # the reserve keeps out what lies below it
    ({"supply": 1000, "bids": SHORT, "reserve": "29.50"}, "29.50", {"A": 600, "B": 300}, 100),
    ({"supply": 1000, "bids": SHORT, "reserve": "31"}, None, {}, 1000),
    ({"supply": 1000, "bids": []}, None, {}, 1000),
    # cancelled only if less is asked for than offered
    (
        {"supply": 950, "bids": SHORT, "undersubscribed": "cancel"},
        "29.00",
        {"A": 600, "B": 300, "C": 50},
        0,
    ),
    ({"supply": 951, "bids": SHORT, "undersubscribed": "cancel"}, None, {}, 951),
    # ties at the margin: 50 units are left for 120 asked at 20
    ({"supply": 100, "bids": TIED}, "20", {"A": 50, "B": 50}, 0),
    (
        {"supply": 100, "bids": TIED, "tie": "random_order", "random_order": ["C", "A", "B"]},
        "20",
        {"A": 60, "C": 40},
        0,
    ),
    (
        {"supply": 100, "bids": TIED, "tie": "floor_then_random", "random_order": ["C", "A", "B"]},
        "20",
        {"A": 58, "B": 25, "C": 17},
        0,
    ),
    ({"supply": 100, "bids": TIED, "pricing": "highest_rejected"}, "20", {"A": 50, "B": 50}, 0),
    ({"supply": 50, "bids": TIED, "pricing": "highest_rejected"}, "20", {"A": 50}, 0),
    (
        {"supply": 100, "bids": TIED, "tie": "pro_rata", "undersubscribed": "lowest_bid"},
        "20",
        {"A": 58, "B": 26, "C": 16},
        0,
    ),
    # the worked Shanghai example, sold out and undersold
    (
        {"supply": 2_800_000, "reserve": "69.10", "bids": SHANGHAI},
        "75.00",
        {"A": 600_000, "B": 900_000, "C": 700_000, "D": 600_000},
        0,
    ),
    (
        {"supply": 4_000_000, "reserve": "69.10", "bids": SHANGHAI},
        "70.00",
        {"A": 600_000, "B": 900_000, "C": 700_000, "D": 800_000, "E": 500_000},
        500_000,
    ),
    # tonnes in four decimals
    (
        {"supply": "4.0480", "bids": bids(("A", "21500", "3.5"), ("B", 21000, "1.0"))},
        21000,
        {"A": "3.5", "B": "0.5480"},
        "0.0000",
    ),
]


@pytest.mark.parametrize(("given", "price", "alloc", "unsold"), UNIFORM)
def test_uniform_price(given, price, alloc, unsold):
    outcome = run_case({"kind": "uniform_price", "input": given})
    assert outcome == {"price": price, "alloc": alloc, "unsold": unsold}


APPLES = {
    "supply": {"apple": 1},
    "xor_groups": [
        [{"bidder": "Alice", "value": 10, "bundle": {"apple": 1}}],
        [{"bidder": "Bob", "value": 10, "bundle": {"apple": 1}}],
    ],
}
EITHER = {
    "supply": {"chair": 2},
    "xor_groups": [
        [{"bidder": "Alice", "value": 5, "bundle": {"chair": 1}}],
        [
            {"bidder": "Bob", "value": 4, "bundle": {"chair": 1}},
            {"bidder": "Carol", "value": 3, "bundle": {"chair": 1}},
        ],
    ],
}
TOO_MUCH = {
    "supply": {"apple": 2},
    "xor_groups": [
        [{"bidder": "Alice", "value": 5, "bundle": {"apple": 3}}],
    ],
}

OTHERS = [
    ("vcg", APPLES, {"welfare": 10, "payments": {"Alice": 10}}),
    ("vcg", {**APPLES, "tie_favours": "Bob"}, {"welfare": 10, "payments": {"Bob": 10}}),
    ("vcg", {**APPLES, "reserve": {"apple": 4}}, {"welfare": 10, "payments": {"Alice": 10}}),
    ("vcg", {**APPLES, "reserve": {"apple": 10}}, {"welfare": 0, "payments": {}}),
    ("vcg", EITHER, {"welfare": 9, "payments": {"Alice": 0, "Bob": 3}}),
    ("vcg", {**EITHER, "pricing": "first"}, {"welfare": 9, "payments": {"Alice": 5, "Bob": 4}}),
    (
        "vcg",
        {**EITHER, "reserve": {"chair": 2}},
        {"welfare": 9, "payments": {"Alice": 2, "Bob": 3}},
    ),
    ("vcg", TOO_MUCH, {"welfare": 0, "payments": {}}),
    ("vcg", {"supply": {"apple": 2}, "xor_groups": [[], []]}, {"welfare": 0, "payments": {}}),
    (
        "vcg",
        {
            "supply": {"a": 1},
            "xor_groups": [
                [{"bidder": "A", "value": "10.50", "bundle": {"a": 1}}],
                [{"bidder": "B", "value": "10.25", "bundle": {"a": 1}}],
            ],
        },
        {"welfare": "10.50", "payments": {"A": "10.25"}},
    ),
    ("second_price", {"bids": {}}, {"winner": None, "price": None}),
    ("second_price", {"bids": {"A": [5, 9]}}, {"winner": None, "price": None}),
    ("second_price", {"bids": {"A": [5, 9]}, "reserve": 6}, {"winner": "A", "price": 6}),
    ("second_price", {"bids": {"A": 9, "B": 7}, "reserve": 8}, {"winner": "A", "price": 8}),
    ("second_price", {"bids": {"A": 9, "B": 7}, "reserve": 10}, {"winner": None, "price": None}),
    ("second_price", {"bids": {"A": "9.50", "B": "7.5"}}, {"winner": "A", "price": "7.5"}),
    ("second_price", {"bids": {"A": 9, "B": 9}}, {"winner": "A", "price": 9}),
    # a JSON decimal stays one, digit for digit; beside text it is text
    (
        "second_price",
        {"bids": {"A": Decimal("9.50"), "B": 7}, "reserve": Decimal("7.25")},
        {"winner": "A", "price": Decimal("7.25")},
    ),
    ("second_price", {"bids": {"A": "9.50", "B": 7, "C": 8}}, {"winner": "A", "price": 8}),
    (
        "second_price_tie",
        {"bids": {"A": 9, "B": 9, "C": 9}, "tie_order": ["C", "A"]},
        {"winner": "C", "price": 9},
    ),
    (
        "second_price_tie",
        {"bids": {"A": 8, "B": 9}, "tie_favours": "A"},
        {"winner": "B", "price": 8},
    ),
    ("second_price_tie", {"bids": {"A": 9, "B": 9}}, {"winner": "A", "price": 9}),
    ("english_or_second_price", {"values": {"1": 75, "2": 33}}, {"winner": "1", "price": 33}),
    (
        "dutch_step",
        {"initial": "500000", "current": "480700", "step": "2.5% of the initial value"},
        "468200.00",
    ),
    (
        "dutch_step",
        {"initial": "1000", "current": "500", "step": "10% of the CURRENT value"},
        "450.00",
    ),
    ("dutch_step", {"initial": "1000", "current": "500", "step": "12.34"}, "487.66"),
    ("dutch_step", {"initial": "0.50", "current": "100.00"}, "100.00"),
    ("dutch_step", {"initial": 26000, "current": 260}, "0.00"),
    (
        "dutch_ladder",
        {"initial": "33.33", "stages": 81},
        {"first": "33.33", "second": "33.00", "last": "6.67", "stages": 81},
    ),
    (
        "dutch_ladder",
        {"initial": "1000", "stages": 3, "step": "50"},
        {"first": "1000", "second": "950.00", "last": "900.00", "stages": 3},
    ),
    (
        "dutch_ladder",
        {"initial": "1000", "stages": 3, "step": "10% of the CURRENT value"},
        {"first": "1000", "second": "900.00", "last": "810.00", "stages": 3},
    ),
    (
        "dutch_ladder",
        {"initial": "1000", "stages": 1},
        {"first": "1000", "second": None, "last": "1000.00", "stages": 1},
    ),
    ("english_raise_agree_rounds", {"actions_by_round": []}, {"winner": None}),
    ("english_raise_agree_rounds", {"actions_by_round": ["X:agree"]}, {"winner": "X"}),
    ("english_raise_agree_rounds", {"actions_by_round": ["Y:agree", "X:agree"]}, {"winner": "X"}),
    (
        "english_raise_agree_rounds",
        {"actions_by_round": ["X:agree", "Y:raise", "Z:raise:170"], "start": 100, "min_step": 10},
        {"winner": "Z", "price": 170},
    ),
    (
        "english_raise_agree_rounds",
        {"actions_by_round": [], "start": 100, "min_step": 10},
        {"winner": None, "price": None},
    ),
    (
        "ausubel_clock",
        {"supply": 1, "marginal_values": {"A": [10], "B": [10]}},
        {"final_price": 10, "clinched": {"A": [10]}},
    ),
    (
        "ausubel_clock",
        {"supply": 3, "marginal_values": {"A": [9, 5], "B": [7]}},
        {"final_price": 0, "clinched": {"A": [0, 0], "B": [0]}},
    ),
    (
        "ausubel_clock",
        {"supply": 1, "marginal_values": {"A": [47], "B": [32]}, "increment": 10},
        {"final_price": 40, "clinched": {"A": [40]}},
    ),
    (
        "ausubel_clock",
        {
            "supply": 1,
            "marginal_values": {"A": [47], "B": [32]},
            "increment": 10,
            "exit_bids": True,
        },
        {"final_price": 32, "clinched": {"A": [32]}},
    ),
    (
        "ausubel_clock",
        {"supply": 2, "marginal_values": {"A": [9, 8], "B": [7, 1]}, "payment": "uniform"},
        {"final_price": 7, "clinched": {"A": [7, 7]}},
    ),
    (
        "ausubel_clock",
        {"supply": 1, "marginal_values": {"A": [20], "B": [5]}, "start": 10},
        {"final_price": 10, "clinched": {"A": [10]}},
    ),
    (
        "ausubel_clock",
        {"supply": 1, "marginal_values": {"A": ["2.50"], "B": ["1.25"]}, "increment": "0.05"},
        {"final_price": "1.25", "clinched": {"A": ["1.25"]}},
    ),
    (
        "money_bid_batch",
        {"supply": "10", "min_total_money": "500", "orders": [["1000", "4"]]},
        {"price": "100", "by": "demand", "money_raised": "1000"},
    ),
    (
        "money_bid_batch",
        {
            "supply": "10",
            "min_total_money": "2000",
            "orders": [["1000", "4"], ["1000", "4.5"], ["1000", "5"]],
        },
        {"price": "200", "by": "order", "volume_filled_of_clearing_order": "0"},
    ),
    (
        "money_bid_batch",
        {"supply": "1", "min_total_money": "1", "orders": [["2", "0.2"], ["2", "1"]]},
        {"price": "2", "by": "order", "volume_filled_of_clearing_order": "0"},
    ),
    (
        "money_bid_batch",
        {"supply": "10", "min_total_money": "2000", "orders": []},
        {"price": "200", "by": "reserve", "money_raised": "0"},
    ),
    ("meat_coefficient", {"max_values": ["0.15", "0.15"], "bid_values": ["0.1", "0.1"]}, "9/7"),
    ("meat_coefficient", {"max_values": [], "bid_values": []}, "1"),
    ("meat_normalised_price", {"amount": "469.5", "coefficient": "9/7"}, "2191/6"),
    ("meat_normalised_price", {"amount": 10, "coefficient": "1.25"}, "8"),
    ("meat_normalised_npv", {"amount": 600, "coefficient": "9/7"}, "5400/7"),
    ("lcc_max_allowed", {"weighted": "100", "non_price_cost": "0", "min_step": "0.25"}, "99.75"),
    ("min_step_decimal_trap", {"current": "0.2", "min_step": "0.1", "direction": "up"}, "0.3"),
    ("min_step_decimal_trap", {"current": "5", "min_step": "7.5", "direction": "down"}, "-2.5"),
    (
        "price_score_min_ratio",
        {"prices": ["95.00", "85.00", "110.00"], "full": 30, "decimals": 2},
        ["26.84", "30.00", "23.18"],
    ),
    ("price_score_min_ratio", {"prices": []}, []),
    ("price_score_min_ratio", {"prices": [1, 3, 8], "decimals": 0}, ["100", "33", "13"]),
    ("increment_ladder", {"standing": 5}, "5.10"),
    ("increment_ladder", {"standing": "0"}, "0.01"),
    ("increment_ladder", {"standing": "9.99"}, "10.09"),
    ("increment_ladder", {"standing": "10.00"}, "11.00"),
    ("increment_ladder", {"standing": "99999.99"}, "100999.99"),
    ("increment_ladder", {"standing": "100000.00"}, "100000.01"),
    ("increment_ladder", {"standing": "600", "ladder": [["0", "5"], ["500", "12.5"]]}, "612.50"),
    ("extension_reset", {"ends_at_s": 1000, "bid_at_s": 600, "window_s": 300}, 1000),
    ("extension_reset", {"ends_at_s": 1000, "bid_at_s": 700, "window_s": 300}, 1000),
    ("extension_reset", {"ends_at_s": 1000, "bid_at_s": 1000, "window_s": 300}, 1000),
    ("extension_reset", {"ends_at_s": 1000, "bid_at_s": 999, "window_s": 300}, 1299),
    ("extension_reset", {"ends_at_s": 1000, "bid_at_s": "999.5", "window_s": 300}, "1299.5"),
    (
        "extension_reset",
        {"ends_at_s": 1000, "bid_at_s": 900, "window_s": 120, "extend_by_s": 300},
        1200,
    ),
    (
        "extension_capped",
        {"ends_at_s": 1000, "bid_at_s": 940, "window_s": 300, "hard_end_s": 1500},
        1240,
    ),
    ("extension_from_close", {"ends_at_s": 1000, "bid_at_s": 600, "window_s": 300}, 1000),
    (
        "uniform_price_aggregate",
        {"supply": 100, "valid_volume": 250, "uniform_price": "1.5"},
        {"sold": 100, "total": "150.0", "unsold": "0"},
    ),
    ("pro_rata_margin", {"bid": "12345", "percent": "33.331"}, "4116"),
    ("pro_rata_margin", {"bid": 1000, "percent": 10, "multiple": 300, "minimum": 500}, "500"),
    ("pro_rata_margin", {"bid": 400, "percent": 10, "multiple": 100, "minimum": 500}, "400"),
    (
        "pro_rata_floor_random",
        {"demand": {"A": 1, "B": 1, "C": 1}, "available": 2},
        {"A": 1, "B": 1, "C": 0},
    ),
    ("pro_rata_floor_random", {"demand": {"A": 5, "B": 3}, "available": 10}, {"A": 5, "B": 3}),
    (
        "pro_rata_floor_random",
        {"demand": {"A": 1, "B": 1, "C": 1}, "available": 2, "random_order": ["C"]},
        {"A": 1, "B": 0, "C": 1},
    ),
    ("bid_guarantee", {"bids": [["20.00", 1000], ["30.00", 1000], ["25.00", 2000]]}, "80000.00"),
    ("bid_guarantee", {"bids": [[30, "0.5"]]}, "15.0"),
    ("bid_guarantee", {"bids": []}, "0"),
]


@pytest.mark.parametrize(("kind", "given", "expected"), OTHERS)
def test_other_settings(kind, given, expected):
    assert run_case({"kind": kind, "input": given}) == expected


QINZHOU = {"free_phase_s": 3600, "window_s": 300, "reserve": None}
TIMED = [
    # nobody bids
    ([], [], {}, ("no_bids", None, 300)),
    # the first bid may come in the limited phase
    ([], [[10, 100]], {}, ("sold", 100, 310)),
    # at the very end a bid is late
    ([[10, 100]], [[300, 110]], {}, ("sold", 100, 300)),
    ([[10, 100]], [[299, 110], [599, 120]], {}, ("sold", 110, 599)),
    ([[10, 100], [3600, 500]], [], {}, ("sold", 100, 300)),
    # too low a bid neither counts nor extends
    ([[10, 100]], [[200, 100]], {}, ("sold", 100, 300)),
    ([[10, 100]], [[200, 104]], {"increment": 5}, ("sold", 100, 300)),
    ([[10, 100]], [], {"start": 101}, ("no_bids", None, 300)),
    # the reserve decides at the end
    ([[10, 100]], [[5, 110]], {"reserve": 111}, ("reserve_not_met", None, 305)),
    ([[10, 100]], [[5, 111]], {"reserve": 111}, ("sold", 111, 305)),
    # bids need not stand in order of time
    ([[3500, 120], [10, 100]], [], {}, ("sold", 120, 300)),
]


@pytest.mark.parametrize(("free", "limited", "changes", "expected"), TIMED)
def test_free_then_limited_bidding(free, limited, changes, expected):
    given = {**QINZHOU, "free_bids": free, "limited_bids_offset_from_free_end": limited, **changes}
    result, price, close_s = expected
    outcome = run_case({"kind": "free_then_limited_bidding", "input": given})
    assert outcome == {"result": result, "price": price, "close_s": close_s}


def test_every_kind_is_run_with_other_settings():
    tried = {kind for kind, _, _ in OTHERS} | {"uniform_price", "free_then_limited_bidding"}
    assert tried == set(KINDS)
