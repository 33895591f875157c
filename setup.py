"""Build the optional compiled twin of clearing and order book; without a compiler, plain Python serves."""

from pathlib import Path

from setuptools import Extension, setup

NATIVE = "bidding_rules/_native.c"

setup(
    ext_modules=[Extension("bidding_rules._native", [NATIVE], optional=True, extra_compile_args=["-O3"])]
    if Path(NATIVE).exists()
    else []
)
