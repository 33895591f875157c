"""Whoever clones the project gets the same files from the public index as we did."""

import re
import tomllib

from tests.support.sources import PROJECT, PYPROJECT

PUBLIC = ("https://pypi.org/", "https://files.pythonhosted.org/")


def lock() -> str:
    return (PROJECT / "uv.lock").read_text(encoding="utf-8")


def test_every_address_in_the_lock_is_the_public_index_s():
    addresses = re.findall(r"[a-z][a-z0-9+.-]*://[^\s\"']*", lock())
    assert len(addresses) > 100
    assert [address for address in addresses if not address.startswith(PUBLIC)] == []


def test_every_package_in_the_lock_comes_from_an_index_except_ourselves():
    sources = [package["source"] for package in tomllib.loads(lock())["package"]]
    elsewhere = [source for source in sources if source != {"registry": "https://pypi.org/simple"}]
    assert elsewhere == [{"editable": "."}]


def test_the_project_names_no_other_index():
    assert {"index", "index-url", "extra-index-url", "find-links", "sources"} & set(
        PYPROJECT["tool"]["uv"]
    ) == set()
