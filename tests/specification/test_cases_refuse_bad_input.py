"""A case that cannot be run is refused with the name of the field; nothing else can happen."""

import copy
import io
import json
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from bidding_rules.cases import CaseError, registry, run_case
from bidding_rules.cases.command import FILE_BYTES_MAX, main
from bidding_rules.cases.reading import ITEMS_MAX, REMARKS

VECTORS = Path(__file__).parents[1] / "vectors" / "published.json"
CASES = {
    case["kind"]: case
    for case in json.loads(VECTORS.read_text(encoding="utf-8"), parse_float=Decimal)
}
REMOVED = object()
WRONG = [
    REMOVED,
    None,
    True,
    "",
    "x",
    "-1",
    -1,
    0,
    "1.5",
    0.5,
    math.nan,
    math.inf,
    "1e5",
    "1" * 41,
    10**40,
    Decimal("1E+99"),
    Decimal("1E-99"),
    Decimal("NaN"),
    [],
    [None],
    [[]],
    {},
    {"A": None},
    "１２",
]


def places(value, path=()):
    """Yield the path of every value inside `value`."""
    children = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def spoiled(document, path, wrong):
    """Return a copy of `document` with `wrong` at `path`."""
    changed = copy.deepcopy(document)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if wrong is REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    return changed


@pytest.mark.parametrize("kind", sorted(CASES))
def test_whatever_stands_in_a_field_there_is_an_outcome_or_a_named_field(kind):
    case = {"kind": kind, "input": CASES[kind]["input"]}
    refused = []
    for path in places(case["input"], ("input",)):
        for wrong in WRONG:
            try:
                outcome = run_case(spoiled(case, path, wrong))
            except CaseError as error:
                refused.append(error)
            else:
                json.dumps(outcome, allow_nan=False)
    assert refused
    assert all(error.message for error in refused)
    assert {error.field.partition(".")[0] for error in refused} == {"input"}


def test_only_plain_digits_are_numbers():
    with pytest.raises(CaseError, match="must be a number"):
        run_case({"kind": "second_price", "input": {"bids": {"A": "１２", "B": 1}}})


@pytest.mark.parametrize("kind", sorted(CASES))
@pytest.mark.parametrize("wrong", [None, 1, "x", [], REMOVED])
def test_an_input_that_is_no_object_is_refused(kind, wrong):
    case = {"kind": kind} if wrong is REMOVED else {"kind": kind, "input": wrong}
    with pytest.raises(CaseError) as error:
        run_case(case)
    assert error.value.field == "input"


BAD_FIELDS = [
    ("uniform_price", {"supply": 0}, "input.supply"),
    ("uniform_price", {"supply": -5}, "input.supply"),
    ("uniform_price", {"bids": [{"bidder": "A", "price": "-1", "qty": 1}]}, "input.bids[0].price"),
    ("uniform_price", {"bids": [{"bidder": "A", "qty": 1}]}, "input.bids[0].price"),
    ("uniform_price", {"bids": [{"price": 1, "qty": 1}]}, "input.bids[0].bidder"),
    ("uniform_price", {"undersubscribed": "maybe"}, "input.undersubscribed"),
    ("uniform_price", {"undersubscribed": "reserve", "reserve": None}, "input.reserve"),
    ("uniform_price", {"reserve": "9" * 20}, "input.reserve"),
    ("uniform_price", {"tie": "luck"}, "input.tie"),
    ("uniform_price", {"random_order": ["nobody"]}, "input.random_order[0]"),
    ("uniform_price_aggregate", {"uniform_price": "abc"}, "input.uniform_price"),
    ("pro_rata_margin", {"percent": "100.01"}, "input.percent"),
    ("pro_rata_margin", {"bid": "1.5"}, "input.bid"),
    ("pro_rata_floor_random", {"random_order": ["A", "A"]}, "input.random_order[1]"),
    ("bid_guarantee", {"bids": [["30.00"]]}, "input.bids[0]"),
    ("money_bid_batch", {"supply": 0}, "input.supply"),
    ("money_bid_batch", {"orders": [["1000", "0"]]}, "input.orders[0][1]"),
    ("money_bid_batch", {"orders": [["1", "2", "3"]]}, "input.orders[0]"),
    ("vcg", {"supply": {"chair": -1}}, "input.supply.chair"),
    (
        "vcg",
        {"xor_groups": [[{"bidder": "A", "value": -1, "bundle": {}}]]},
        "input.xor_groups[0][0].value",
    ),
    (
        "vcg",
        {"xor_groups": [[{"bidder": "A", "value": 1, "bundle": {"sofa": 1}}]]},
        "input.xor_groups[0][0].bundle.sofa",
    ),
    ("vcg", {"tie_favours": "Zoe"}, "input.tie_favours"),
    ("vcg", {"tie_order": ["Zoe"]}, "input.tie_order[0]"),
    ("vcg", {"pricing": "free"}, "input.pricing"),
    ("second_price", {"bids": {"A": "x"}}, "input.bids.A"),
    ("second_price", {"bids": []}, "input.bids"),
    ("second_price_tie", {"tie_favours": "Zoe"}, "input.tie_favours"),
    ("english_or_second_price", {"values": {"1": -5}}, "input.values.1"),
    ("dutch_step", {"initial": 0}, "input.initial"),
    ("dutch_step", {"current": "1.005"}, "input.current"),
    ("dutch_step", {"current": "100"}, "input.step"),
    ("dutch_step", {"step": "1% of something"}, "input.step"),
    ("dutch_step", {"step": "0% of the INITIAL value"}, "input.step"),
    ("dutch_ladder", {"stages": 0}, "input.stages"),
    ("dutch_ladder", {"stages": 102}, "input.stages"),
    ("dutch_ladder", {"stages": 10**6}, "input.stages"),
    ("english_raise_agree_rounds", {"actions_by_round": ["X:shout"]}, "input.actions_by_round[0]"),
    (
        "english_raise_agree_rounds",
        {"actions_by_round": ["X:agree:5"]},
        "input.actions_by_round[0]",
    ),
    (
        "english_raise_agree_rounds",
        {"start": 100, "min_step": 10, "actions_by_round": ["X:raise:115"]},
        "input.actions_by_round[0]",
    ),
    ("english_raise_agree_rounds", {"start": 100}, "input.min_step"),
    ("ausubel_clock", {"marginal_values": {"A": [1, 2]}}, "input.marginal_values.A[1]"),
    ("ausubel_clock", {"increment": 0}, "input.increment"),
    ("ausubel_clock", {"supply": "1.5"}, "input.supply"),
    ("meat_coefficient", {"max_values": ["0.6", "0.6"]}, "input.max_values"),
    ("meat_coefficient", {"bid_values": ["0.9", "0.1"]}, "input.bid_values"),
    ("meat_coefficient", {"bid_values": []}, "input.bid_values"),
    ("meat_normalised_price", {"coefficient": "1/0"}, "input.coefficient"),
    ("meat_normalised_price", {"coefficient": "-9/7"}, "input.coefficient"),
    ("meat_normalised_npv", {"higher_is_better": "yes"}, "input.higher_is_better"),
    ("lcc_max_allowed", {"non_price_cost": "-1"}, "input.non_price_cost"),
    ("min_step_decimal_trap", {"direction": "sideways"}, "input.direction"),
    ("price_score_min_ratio", {"prices": [20, 0]}, "input.prices[1]"),
    ("price_score_min_ratio", {"decimals": 41}, "input.decimals"),
    ("increment_ladder", {"standing": "0.505"}, "input.standing"),
    ("increment_ladder", {"ladder": [["1.00", "0.10"]]}, "input.ladder"),
    ("extension_reset", {"window_s": 0}, "input.window_s"),
    ("extension_capped", {"hard_end_s": None}, "input.hard_end_s"),
    ("extension_from_close", {"bid_at_s": "soon"}, "input.bid_at_s"),
    ("free_then_limited_bidding", {"free_bids": [[1]]}, "input.free_bids[0]"),
    ("free_then_limited_bidding", {"window_s": -1}, "input.window_s"),
    ("free_then_limited_bidding", {"reserve": 0}, "input.reserve"),
]


@pytest.mark.parametrize(("kind", "changes", "field"), BAD_FIELDS)
def test_the_message_names_the_field(kind, changes, field):
    case = {"kind": kind, "input": {**CASES[kind]["input"], **changes}}
    with pytest.raises(CaseError) as error:
        run_case(case)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("dutch_ladder", {"initial": "1000", "stages": 100_001, "step": "0.01"}, "not be above"),
        ("dutch_step", {"initial": 9, "current": 9, "step": "1% of it"}, "of the INITIAL value"),
        ("second_price", {"bids": {"A": True}}, "must be a number"),
        ("second_price", {"bids": {"A": 10**40}}, "more than 40 digits"),
        ("second_price", {"bids": {"A": "1" * 41}}, "more than 40 digits"),
        ("second_price", {"bids": {"A": "0." + "1" * 41}}, "more than 40 digits"),
        ("second_price", {"bids": {"A": Decimal("1E+41")}}, "more than 40 digits"),
        ("second_price", {"bids": {"A": Decimal("1E-41")}}, "more than 40 digits"),
    ],
)
def test_the_message_says_what_would_be_right(kind, given, words):
    with pytest.raises(CaseError, match=words):
        run_case({"kind": kind, "input": given})


def test_every_kind_has_its_own_bad_fields():
    assert {kind for kind, _, _ in BAD_FIELDS} == set(CASES)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "case"),
        ("vcg", "case"),
        ({}, "kind"),
        ({"kind": 1, "input": {}}, "kind"),
        ({"kind": [], "input": {}}, "kind"),
        ({"kind": "raffle", "input": {}}, "kind"),
    ],
)
def test_a_case_without_a_known_kind_is_refused(document, field):
    with pytest.raises(CaseError) as error:
        run_case(document)
    assert error.value.field == field


def test_an_unknown_kind_is_told_the_known_ones():
    with pytest.raises(CaseError, match="vcg"):
        run_case({"kind": "raffle", "input": {}})


def test_keys_beside_kind_and_input_are_ignored():
    case = CASES["second_price"]
    more = {**case, "expect": "nonsense", "id": None, "weather": ["fine"]}
    assert run_case(more) == case["expect"]


def test_a_misspelt_setting_is_refused_not_overlooked():
    given = {**CASES["uniform_price"]["input"], "undersubscibed": "cancel"}
    with pytest.raises(CaseError, match="undersubscribed") as error:
        run_case({"kind": "uniform_price", "input": given})
    assert error.value.field == "input.undersubscibed"


def test_remarks_in_the_input_are_ignored():
    given = {**CASES["second_price"]["input"], **dict.fromkeys(REMARKS, "as the notice says")}
    assert run_case({"kind": "second_price", "input": given}) == CASES["second_price"]["expect"]


def test_a_binary_float_is_refused_where_the_rule_is_exact():
    case = {"kind": "second_price", "input": {"bids": {"A": 0.1, "B": 0.2}}}
    with pytest.raises(CaseError, match="binary float"):
        run_case(case)


def test_a_binary_float_is_what_it_is_where_the_source_computes_with_them():
    given = {"max_values": [0.15, 0.15], "bid_values": [0.1, 0.1]}
    outcome = run_case({"kind": "meat_coefficient", "input": given})
    assert outcome == "16212958658533786/12610078956637389"


def test_a_package_sale_above_the_stated_size_is_refused_not_answered_late():
    group = [[{"bidder": f"b{i}", "value": i + 1, "bundle": {f"i{i}": 1}}] for i in range(24)]
    supply = {f"i{i}": 1 for i in range(24)}
    with pytest.raises(CaseError, match="too many bids for an exact result"):
        run_case({"kind": "vcg", "input": {"supply": supply, "xor_groups": group}})


def refusal(path, capsys):
    assert main(str(path)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"hello", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"kind": "vcg", "input": {"supply": NaN}}', "NaN is not a number"),
        (b'{"kind": "vcg", "input": {"supply": {"a": 1, "a": 2}}}', "stands twice"),
        (b'{"kind": "second_price", "input": {"bids": {"A": 1e999999}}}', "input.bids.A"),
        (b'{"kind": "second_price", "input": {"bids": {"A": ' + b"9" * 5000 + b"}}}", "not JSON"),
        (b" " * (FILE_BYTES_MAX + 1), "larger than"),
    ],
)
def test_a_file_that_is_no_case_is_refused(body, words, tmp_path, capsys):
    file = tmp_path / "case.json"
    file.write_bytes(body)
    assert words in refusal(file, capsys)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path, capsys):
    assert "cannot be read" in refusal(tmp_path / "none.json", capsys)
    assert "cannot be read" in refusal(tmp_path, capsys)
    assert "cannot be read" in refusal("nul\0byte", capsys)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, capsys):
    file = tmp_path / "case.json"
    file.write_bytes(
        b'\xef\xbb\xbf{"kind": "second_price", "input": {"bids": {"A": 0.3, "B": 0.10}}}'
    )
    assert main(str(file)) == 0
    assert json.loads(capsys.readouterr().out, parse_float=str) == {"winner": "A", "price": "0.10"}


@pytest.mark.parametrize(("name", "encoding"), [("\ud800", "utf-8"), ("甲", "ascii")])
def test_a_name_that_the_terminal_cannot_show_is_written_as_json_escapes_it(
    name, encoding, tmp_path, monkeypatch
):
    file = tmp_path / "case.json"
    given = {"kind": "second_price", "input": {"bids": {name: 5, "B": 4}}}
    file.write_text(json.dumps(given), encoding="ascii")
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(str(file)) == 0
    assert json.loads(screen.buffer.getvalue()) == {"winner": name, "price": 4}


def test_lists_and_tables_have_a_limit():
    many = {str(n): 1 for n in range(ITEMS_MAX + 1)}
    for bids in (many, {"A": list(many.values())}):
        with pytest.raises(CaseError, match="more than"):
            run_case({"kind": "second_price", "input": {"bids": bids}})


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("uniform_price", {"bids": [{"bidder": "A", "price": 1, "qty": "9" * 20}]}, "bids[0].qty"),
        (
            "uniform_price",
            {"bids": [{"bidder": "A", "price": "9" * 20, "qty": 1}]},
            "bids[0].price",
        ),
        ("uniform_price", {"supply": "9" * 20}, "supply"),
        ("uniform_price_aggregate", {"valid_volume": "9" * 20}, "valid_volume"),
        ("uniform_price_aggregate", {"uniform_price": "9" * 20}, "uniform_price"),
        ("pro_rata_floor_random", {"demand": {"A": "9" * 20}, "random_order": None}, "demand.A"),
        ("pro_rata_floor_random", {"available": "9" * 20}, "available"),
    ],
)
def test_numbers_beyond_what_a_sale_can_have_are_refused(kind, changes, field):
    with pytest.raises(CaseError) as error:
        run_case({"kind": kind, "input": {**CASES[kind]["input"], **changes}})
    assert error.value.field == f"input.{field}"


def test_what_a_rule_complains_about_without_a_field_is_said_of_the_input(monkeypatch):
    def complaining(_fields):
        raise ValueError("columns do not fit together")

    monkeypatch.setattr(registry, "KINDS", {"odd": complaining})
    with pytest.raises(CaseError, match="input: columns do not fit"):
        run_case({"kind": "odd", "input": {}})


@pytest.mark.parametrize(
    ("words", "code"), [(["run"], 0), (["walk"], 2), ([], 2), (["run", "--verbose"], 2)]
)
def test_the_rules_can_be_run_as_a_program(words, code, tmp_path):
    file = tmp_path / "case.json"
    file.write_text('{"kind": "bid_guarantee", "input": {"bids": []}}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bidding_rules", *words, str(file)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (code, '"0"' if code == 0 else "")
    assert bool(done.stderr) is bool(code)
