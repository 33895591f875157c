"""Settings for all tests: fixtures to share, and how long Hypothesis may search.

`LUOCHUI_HYPOTHESIS=dev` (the default) tries few examples, new ones each time. `ci` tries
more, the same ones each time, so that a failure is never a matter of luck.
"""

import os

from hypothesis import settings

pytest_plugins = ["tests.support.servers"]

settings.register_profile("dev", max_examples=30, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("LUOCHUI_HYPOTHESIS", "dev"))
