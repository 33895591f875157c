"""Engines share the shards evenly, and a change moves no more of them than it must."""

from hypothesis import given
from hypothesis import strategies as st

from auction.balance import shares
from auction.ownership import Survey

NAMES = st.sampled_from(["ann", "bob", "cat", "dan", "eve"])


def survey(owners: list[str | None], *engines: str) -> Survey:
    return Survey(engines=frozenset(engines), owners=dict(enumerate(owners)))


def test_a_first_engine_gets_everything():
    assert shares(survey([None] * 3, "ann")) == {0: "ann", 1: "ann", 2: "ann"}


def test_an_engine_that_comes_gets_its_part_and_the_others_keep_theirs():
    before = ["ann", "ann", "bob", "bob", "bob", "ann"]
    after = shares(survey(before, "ann", "bob", "cat"))
    assert after == {0: "ann", 1: "ann", 2: "bob", 3: "bob", 4: "cat", 5: "cat"}


def test_who_owns_one_more_than_the_others_keeps_it():
    assert shares(survey(["bob", "bob", "ann"], "ann", "bob")) == {0: "bob", 1: "bob", 2: "ann"}


def test_the_shards_of_an_engine_that_is_gone_go_round():
    assert shares(survey(["ann", "dead", None, "bob"], "ann", "bob")) == {
        0: "ann",
        1: "ann",
        2: "bob",
        3: "bob",
    }


def test_without_an_engine_nobody_gets_anything():
    assert shares(survey(["dead"])) == {}


@given(st.lists(st.none() | NAMES, max_size=40), st.sets(NAMES, min_size=1))
def test_shares_are_even_stable_and_move_as_little_as_can_be(owners, engines):
    after = shares(survey(owners, *engines))
    counts = [list(after.values()).count(name) for name in engines]
    assert after.keys() == set(range(len(owners)))
    assert max(counts) - min(counts) <= 1
    assert shares(survey([after[n] for n in range(len(owners))], *engines)) == after
    part = -(-len(owners) // len(engines))
    surplus = sum(max(0, owners.count(name) - part) for name in engines)
    homeless = sum(owner not in engines for owner in owners)
    moved = sum(after[n] != owner for n, owner in enumerate(owners))
    # Beyond what has no owner and what is over the larger part, an engine gives up one shard at most.
    assert moved <= surplus + homeless + len(engines)
