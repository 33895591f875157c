"""Build the optional compiled twin of clearing and order book; without a compiler, plain Python serves."""

from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("bidding_rules/native")

setup(
    ext_modules=[
        Extension(
            "bidding_rules._native",
            sorted(str(path) for path in NATIVE.glob("*.c")),
            depends=sorted(str(path) for path in NATIVE.glob("*.h")),
            optional=True,
            extra_compile_args=["-O3"],
        )
    ]
)
