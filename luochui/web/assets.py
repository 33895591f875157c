"""The files that browsers load: read once, named by the version of the whole, compressed once."""

import base64
import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from luochui.texts import page_module

_CONTENT_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_BARE_IMPORTS = {
    "@preact/signals": "vendor/preact-signals.mjs",
    "@preact/signals-core": "vendor/preact-signals-core.mjs",
    "htm": "vendor/htm.mjs",
    "preact": "vendor/preact.mjs",
    "preact/hooks": "vendor/preact-hooks.mjs",
    "uplot": "vendor/uplot.js",
}
_CODES = "texts/codes.js"
"""No file: the server's own words for its codes, so that they stand in one place."""
_STATIC_IMPORT = re.compile(
    r"""(?:^|;)(?:import|export)\s*(?:[\w\s{}*,$]+?\bfrom\s*)?["']([^"']+)["']""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its content, the same compressed, and what HTTP says about it."""

    content: bytes
    compressed: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files under their path, and the version (a hash of everything) that names them."""

    version: str
    files: dict[str, Asset]

    @property
    def base(self) -> str:
        """Return the address of the files' folder, which changes with every change of a file."""
        return f"/static/{self.version}"

    def import_map(self) -> str:
        """Return the import map's text exactly as the pages carry it."""
        imports = {name: f"{self.base}/{path}" for name, path in _BARE_IMPORTS.items()}
        return json.dumps({"imports": imports}, separators=(",", ":"))

    def needed_by(self, module: str) -> list[str]:
        """Return every module that `module` imports, directly or not, nearest first.

        The pages name them up front, or the browser would find them one round trip after another.
        """
        needed = [module]
        for path in needed:  # Grows while it is walked.
            needed += [wanted for wanted in self._imports(path) if wanted not in needed]
        return needed[1:]

    def _imports(self, path: str) -> Iterator[str]:
        seen = set()
        for wanted in _STATIC_IMPORT.findall(self.files[path].content.decode()):
            found = _BARE_IMPORTS.get(wanted) or posixpath.normpath(
                posixpath.join(posixpath.dirname(path), wanted)
            )
            if found in self.files and found not in seen:
                seen.add(found)
                yield found


@cache
def assets() -> Assets:
    """Return the installed package's files, read on first use."""
    root = resources.files("luochui.web") / "static"
    files = {path: _asset(path, file.read_bytes()) for path, file in sorted(_walk(root, ""))}
    files[_CODES] = _asset(_CODES, page_module().encode())
    whole = hashlib.sha256("".join(f"{p} {a.etag}\n" for p, a in files.items()).encode())
    return Assets(whole.hexdigest()[:12], files)


def import_map_hash() -> str:
    """Return the CSP source that allows the pages' import map and no other inline script."""
    digest = hashlib.sha256(assets().import_map().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def content_security_policy() -> str:
    """Return the policy that every page is served with: own files only, nothing inline."""
    return (
        f"default-src 'none'; script-src 'self' {import_map_hash()}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        elif posixpath.splitext(path)[1] in _CONTENT_TYPES:
            yield path, entry


def _asset(path: str, content: bytes) -> Asset:
    return Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0),
        content_type=_CONTENT_TYPES[posixpath.splitext(path)[1]],
        etag=hashlib.sha256(content).hexdigest()[:20],
    )
