"""Every published example in tests/vectors/published.json comes out as its source prints it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from bidding_rules.cases import KINDS, run_case
from bidding_rules.cases.command import main

VECTORS = Path(__file__).parents[1] / "vectors" / "published.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"), parse_float=Decimal)


def name_of(case):
    return f"{case['id']}-{case['kind']}-{case['source'][:60]}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_published_case_comes_out_as_printed(case):
    assert run_case(case) == case["expect"], case["note"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_command_prints_it_as_json(case, tmp_path, capsys):
    as_given = {c["id"]: c for c in json.loads(VECTORS.read_text(encoding="utf-8"))}[case["id"]]
    file = tmp_path / "case.json"
    file.write_text(json.dumps(as_given), encoding="utf-8")
    assert main(str(file)) == 0
    assert json.loads(capsys.readouterr().out) == as_given["expect"]


def test_every_kind_that_can_be_run_has_a_published_case():
    assert {case["kind"] for case in CASES} == set(KINDS)
