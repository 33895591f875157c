"""Settings for all tests: fixtures to share, and how long Hypothesis may search.

`LUOCHUI_HYPOTHESIS=dev` (the default) tries few examples, new ones each time. `ci` tries
more, the same ones each time, so that a failure is never a matter of luck.
"""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.servers"]

# A slow or busy machine is no fault of the rules; what a strategy discards is its author's choice.
_CALM = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

settings.register_profile("dev", max_examples=30, deadline=None, suppress_health_check=_CALM)
settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=_CALM
)
settings.load_profile(os.environ.get("LUOCHUI_HYPOTHESIS", "dev"))
