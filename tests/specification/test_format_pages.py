"""Every sale format has its page: who uses it, the rule, an example, the terms, the source."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in (DOCS / "formats").glob("*.md") if path.name != "live.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize("part", ["Who uses", "Rule", "Example", "Terms|term ", "Source"])
def test_a_page_has_all_its_parts(page, part):
    text = page.read_text(encoding="utf-8").lower()
    assert re.search(rf"(\*\*|\| |, )({part.lower()})", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_overview_leads_to_every_page(page):
    assert f"(formats/{page.name})" in (DOCS / "formats.md").read_text(encoding="utf-8")


def test_every_module_of_formats_that_a_page_names_is_there():
    named = {
        path
        for page in PAGES
        for path in re.findall(r"`(bidding_rules/[a-z_/]+\.py)`", page.read_text(encoding="utf-8"))
    }
    assert named
    assert [path for path in sorted(named) if not (DOCS.parent / path).exists()] == []
