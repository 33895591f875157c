"""摇号 anybody can repeat: committed seed, public value, unbiased shuffle."""

from collections import Counter
from itertools import count, permutations

import pytest

from bidding_rules.draw import below, commitment, is_hex, shuffled

SEED = bytes(range(32)).hex()
PUBLIC = "drawing 2026123: 01 05 09 12 20 33 07"
NAMES = ("ann", "bob", "cat", "dan", "eve")
MANY = tuple(f"no{n}" for n in range(30))


def test_the_draw_is_the_one_that_command_line_tools_give():
    """Computed once with sha256sum, xxd and bc from the rule as written in `bidding_rules.draw`."""
    assert commitment(SEED) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    order = shuffled(NAMES, purpose="DGA2015001", seed=SEED, public=PUBLIC)
    assert order == ("bob", "eve", "dan", "ann", "cat")


def places(names, **rest):
    return [names.index(name) for name in shuffled(names, **rest)]


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "DGA2015002"},
        {"seed": bytes(range(1, 33)).hex()},
        {"public": PUBLIC + "."},
        {"names": ("zoe", *MANY[1:])},
        {"names": (MANY[1], MANY[0], *MANY[2:])},
        {"names": (MANY[0] + "n", MANY[1][1:], *MANY[2:])},
    ],
)
def test_whatever_enters_the_draw_changes_it(other):
    given = {"names": MANY, "purpose": "DGA2015001", "seed": SEED, "public": PUBLIC}
    assert places(**given) != places(**given | other)


def test_everybody_is_drawn_exactly_once():
    for n in range(20):
        names = tuple(f"no{i}" for i in range(n))
        order = shuffled(names, purpose="x", seed=SEED, public=PUBLIC)
        assert sorted(order) == sorted(names)


def test_every_order_is_equally_likely():
    """12 000 draws of three: each of the six orders within four standard deviations of 2 000."""
    seen = Counter(
        shuffled(("a", "b", "c"), purpose="x", seed=SEED, public=str(n)) for n in range(12_000)
    )
    assert set(seen) == set(permutations(("a", "b", "c")))
    assert all(abs(times - 2_000) <= 4 * 41 for times in seen.values())


def test_words_that_would_favour_small_numbers_are_skipped():
    limit = 2**64 - 2**64 % 10
    assert below(10, iter([limit, 2**64 - 1, limit - 1])) == 9
    assert below(1, count(2**63)) == 0


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("00" * 32, True),
        ("0" * 63, False),
        ("00" * 31, False),
        ("0G" * 32, False),
        ("0" * 65, False),
    ],
)
def test_seeds_are_hexadecimal_text_of_32_bytes_or_more(text, good):
    assert is_hex(text, 32) is good
