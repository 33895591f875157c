"""The package of the rules can be used on its own, as its own example shows."""

import doctest

import bidding_rules


def test_the_example_of_the_package_runs():
    done = doctest.testmod(bidding_rules)
    assert (done.failed, done.attempted > 0) == (0, True)
