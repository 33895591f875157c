"""Money on the pages, in the browser that runs them: exact both ways, capitals as on bank forms."""

import random

import pytest

# One browser for the module: starting one takes longer than any test here.
pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
AMOUNT_MAX = 10**15


def read_capitals(text):
    """The amount in fen that bank-form capitals mean; written here a second time, on purpose."""
    whole, _, part = text.removesuffix("整").rpartition("元") if "元" in text else ("", "", text)
    return read_integer(whole) * 100 + read_part(part)


def read_integer(text):
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            high, _, low = text.rpartition(unit)
            return read_integer(high or "零") * size + read_integer(low)
    total, digit = 0, 0
    for character in text:
        if character in PLACES:
            total, digit = total + digit * PLACES[character], 0
        else:
            digit = DIGITS[character]
    return total + digit


def read_part(text):
    total, digit = 0, 0
    for character in text:
        if character in "角分":
            total += digit * (10 if character == "角" else 1)
        else:
            digit = DIGITS[character]
    return total


def amounts(count):
    rng = random.Random(20261123)
    some = [rng.randrange(1, 10 ** rng.randrange(1, 16)) for _ in range(count)]
    round_ones = [n * 10**k for n in (1, 2, 10, 105, 1001) for k in range(12)]
    return [*some, *round_ones, AMOUNT_MAX]


CAPITALS = [
    (0, "零元整"),
    (5, "伍分"),
    (50, "伍角"),
    (105, "壹元零伍分"),
    (150, "壹元伍角"),
    (1_020_000, "壹万零贰佰元整"),
    (10_700_053, "壹拾万柒仟元伍角叁分"),
    (1_655_000_000, "壹仟陆佰伍拾伍万元整"),
    (1_655_000_050, "壹仟陆佰伍拾伍万元伍角"),
    (10_000_000_001, "壹亿元零壹分"),
    (16_550_000_000, "壹亿陆仟伍佰伍拾万元整"),
    (100_020_000_000_000, "壹万零贰亿元整"),
    (AMOUNT_MAX, "壹拾万亿元整"),
]


async def test_capitals_are_those_of_bank_forms(run):
    given = [fen for fen, _ in CAPITALS]
    assert await run("money.js", "(m, fens) => fens.map(m.capitals)", given) == [
        words for _, words in CAPITALS
    ]


async def test_capitals_figures_and_typed_amounts_all_mean_the_same_amount(run):
    fens = amounts(600)
    rows = await run(
        "money.js",
        """(m, fens) => fens.map((fen) => [
            m.capitals(fen), m.yuan(fen),
            m.parseAmount(m.yuan(fen), "yuan"), m.parseAmount(m.wan(fen), "wan"), m.million(fen),
        ])""",
        fens,
    )
    for fen, (words, yuan, from_yuan, from_wan, million) in zip(fens, rows, strict=True):
        assert read_capitals(words) == fen, words
        assert yuan == f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")
        assert (from_yuan, from_wan) == (fen, fen)
        whole, _, part = million.replace(",", "").partition(".")
        assert int(whole) * 10**8 + int(part.ljust(8, "0")) == fen


TYPED = [
    ("1655", "wan", 1_655_000_000),
    ("1655.00005", "wan", 1_655_000_050),
    ("1,655.5", "wan", 1_655_500_000),
    ("１６５５．５", "wan", 1_655_500_000),
    (" ¥16 550 000.50 ", "yuan", 1_655_000_050),
    ("0.01", "yuan", 1),
    ("1.", "yuan", 100),
    ("1.230", "yuan", 123),
    ("1.2345678", "wan", None),
    ("0.001", "yuan", None),
    ("0", "yuan", None),
    ("-5", "yuan", None),
    ("1e9", "yuan", None),
    ("", "yuan", None),
    ("十万", "yuan", None),
    ("10000000000000", "yuan", AMOUNT_MAX),
    ("10000000000000.01", "yuan", None),
    ("9007199254740993", "yuan", None),
]


async def test_a_typed_amount_is_taken_exactly_or_not_at_all(run):
    given = [[text, unit] for text, unit, _ in TYPED]
    read = await run("money.js", "(m, rows) => rows.map((row) => m.parseAmount(...row))", given)
    assert read == [fen for _, _, fen in TYPED]


async def test_the_premium_is_rounded_half_up_to_two_places(run):
    given = [(10_500_000, 3_000_000), (100, 100), (20_001, 20_000), (40_001, 40_000), (10**15, 1)]
    read = await run("money.js", "(m, rows) => rows.map((row) => m.premiumPercent(...row))", given)
    assert read == ["250.00", "0.00", "0.01", "0.00", "99,999,999,999,999,900.00"]
