"""The files that browsers load: unchanged vendored modules, every text in both languages, a closed policy."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from bidding_rules.rejections import RejectionCode
from luochui import texts as server_texts
from luochui.http import problems
from luochui.web import pages
from luochui.web.assets import assets, content_security_policy, import_map_hash

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "luochui" / "web" / "static"
OWN = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
PAIR = re.compile(r'^  "?([\w.]+)"?: \[(".*?"), (".*")\],$', re.MULTILINE)
PAIR_WRAPPED = re.compile(r'^  "?([\w.]+)"?: \[\n    (".*"),\n    (".*"),\n  \],$', re.MULTILINE)
KEYS_MADE_UP = re.compile(
    r"^(admission|call|cause|choice|class|code|command|deposits|detail|field_name|group|kind|link|move|move_hint|notice|outcome|phase|reserve"
    r"|role|standing|status|step|terms|theme|unit|why|console|supervision|nav|title)\."
)


def texts():
    """Every key with its Chinese and English words."""
    found = {}
    for path in sorted((STATIC / "texts").glob("*.js")):
        content = path.read_text(encoding="utf-8")
        for pattern in (PAIR, PAIR_WRAPPED):
            for key, zh, en in pattern.findall(content):
                assert key not in found, f"{key} stands twice"
                found[key] = (json.loads(zh), json.loads(en))
    return found


def own_source():
    """All own modules but the texts, as one string."""
    return "\n".join(p.read_text(encoding="utf-8") for p in OWN if p.parent.name != "texts")


@pytest.mark.parametrize("folder", [STATIC / "vendor", ROOT / "tests" / "e2e" / "vendor"])
def test_a_vendored_file_is_the_one_that_was_published(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    listed = {"manifest.json"}
    for package in manifest["packages"]:
        assert package["licence"] in {"MIT", "Apache-2.0", "MPL-2.0"}
        assert (folder / package["licence_file"]).stat().st_size > 0
        for file in package["files"]:
            content = (folder / file["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"], file["file"]
            listed.add(file["file"])
    assert {path.name for path in folder.iterdir() if path.is_file()} == listed


def test_every_text_stands_in_both_languages_with_the_same_places_to_fill():
    written = sum(
        len(re.findall(r'^  "?[\w.]+"?: \[', path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (STATIC / "texts").glob("*.js")
    )
    found = texts()
    assert len(found) == written > 300
    for key, (zh, en) in found.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), f"{key}: Chinese in the English text"


def test_every_text_that_a_page_asks_for_exists_and_none_is_left_over():
    found = texts()
    source = own_source()
    asked = set(re.findall(r'\b(?:t|maybe)\(\s*"([\w.]+)"', source))
    assert asked - set(found) == set()
    quoted = set(re.findall(r'"([\w.]+)"', source))
    left_over = {k for k in found if k not in quoted and not KEYS_MADE_UP.match(k)}
    assert left_over == set()


def test_every_refusal_has_words_and_pages_get_the_very_words_of_the_server():
    codes = {str(code) for code in RejectionCode} | set(problems._STATUS)
    module = assets().files["texts/codes.js"].content.decode()
    served = json.loads(module.removeprefix("export const codes = ").rstrip(";\n"))
    assert {code for code in codes if f"code.{code}" not in served} == set()
    for key, (zh, en) in served.items():
        assert server_texts.text_of(key.removeprefix("code.")) == {"zh": zh, "en": en}
        assert re.search(r"[\u4e00-\u9fff]", zh), key
        assert en, key
        assert not re.search(r"[\u4e00-\u9fff]", en), key
        assert key not in texts(), f"{key} stands twice"


def test_every_code_that_the_server_answers_has_words():
    """A code without words would turn a refusal into a failure of the server."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "luochui").rglob("*.py"))
    source += "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "realtime").rglob("*.py"))
    raised = set(re.findall(r'(?:ProblemError|refusal|code=)\(?\s*"(\w+)"', source))
    assert len(raised) > 15
    for code in raised:
        assert server_texts.text_of(code)


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_module_says_what_it_is_for_is_type_checked_and_stays_small(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// ")
    assert "// @ts-check" in lines[:6]
    assert len(lines) <= 300


def test_nothing_in_the_pages_needs_a_weaker_policy():
    source = own_source()
    for forbidden in ("eval(", "new Function", "innerHTML", "dangerouslySetInnerHTML", " style="):
        assert forbidden not in source, forbidden
    shell = (ROOT / "luochui" / "web" / "shell.html").read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=", shell)
    policy = content_security_policy()
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "http:" not in policy
    assert "https:" not in policy


def test_no_page_loads_anything_from_elsewhere():
    for path in [*OWN, *(STATIC / "css").glob("*.css")]:
        assert not re.search(r"https?://(?!www\.w3\.org)", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("address", [*pages.PAGES, None])
def test_every_page_has_its_module_and_names_all_that_it_loads(address):
    page, title = pages.PAGES.get(address, ("not_found", "页面不存在"))
    shell = pages._rendered(page, title).decode()
    known = assets()
    for path in re.findall(rf'(?:href|src)="{known.base}/([^"]+)"', shell):
        assert path in known.files
    needed = known.needed_by(f"pages/{page}.js")
    assert "vendor/preact.mjs" in needed
    assert "components/shell.js" in needed
    assert f"pages/{page}.js" in known.files
    assert all(f'rel="modulepreload" href="{known.base}/{module}"' in shell for module in needed)


def test_the_policy_allows_exactly_the_import_map_that_the_pages_carry():
    shell = pages._rendered("login", "登录").decode()
    (carried,) = re.findall(r'<script type="importmap">(.*?)</script>', shell)
    assert carried == assets().import_map()
    digest = base64.b64encode(hashlib.sha256(carried.encode()).digest()).decode()
    assert import_map_hash() == f"'sha256-{digest}'"
    assert import_map_hash() in content_security_policy()
    assert len(re.findall(r"<script(?![^>]*\ssrc=)", shell)) == 1, "one inline script: the map"
    for target in json.loads(carried)["imports"].values():
        assert target.removeprefix(assets().base + "/") in assets().files
