"""Run a property over many examples, and show that it notices a planted fault."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings


def holds(examples, check, max_examples=None):
    """Run `check(example)` over what `examples` generates; raise its first failure."""
    count = settings.default.max_examples if max_examples is None else max_examples

    @settings(
        settings.default,
        max_examples=count,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(examples)
    def search(example):
        check(example)

    search()


def notices(examples, check):
    """Assert that `check` fails for some example: a fault was planted before this was called."""

    @settings(
        settings.default,
        max_examples=2_000,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(examples)
    def search(example):
        check(example)

    with pytest.raises(AssertionError):
        search()
