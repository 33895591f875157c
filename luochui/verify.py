"""`luochui verify`: an extract of the log, from a file or a server, checked by the independent program."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from supervision.log import Findings, UnreadableError, verify

_PAGE = 200
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What the command line says."""

    file: Path | None = None
    url: str = ""
    lots: tuple[str, ...] = ()
    token_file: Path | None = None
    key: str = ""
    checkpoints: tuple[Path, ...] = ()
    save: Path | None = None


def main(options: VerifyOptions) -> int:
    """Verify, tell what is wrong, and return the exit code: 0 nothing, 1 something, 2 it cannot be read."""
    try:
        earlier = [_note_in(path) for path in options.checkpoints]
        extract = _extract(options, earlier)
        if options.save is not None:
            options.save.write_text(json.dumps(extract, ensure_ascii=False), encoding="utf-8")
        key = options.key or extract["checkpoint"]["public_key"]
        findings = verify(extract, public_key=key, earlier=earlier)
    except (OSError, ValueError, KeyError, TypeError, UnreadableError) as error:
        sys.stderr.write(f"cannot verify: {error}\n")
        return 2
    sys.stdout.write(_told(findings, key, is_known=bool(options.key)))
    return 1 if findings.problems else 0


def _told(findings: Findings, key: str, *, is_known: bool) -> str:
    lines = [f"WRONG: {problem}" for problem in findings.problems]
    if not is_known:
        lines.append(f"the key was the server's own word, compare it: {key}")
    if not findings.earlier:
        lines.append(
            "no earlier checkpoint was given: a log rewritten as a whole would not be noticed"
        )
    lines.append(
        f"{findings.decisions} of {findings.size} leaves looked at, {findings.opened} decisions read,"
        f" {findings.lots} lots whole, {findings.earlier} earlier checkpoints"
    )
    lines.append(
        f"{len(findings.problems)} problems" if findings.problems else "all as it was signed"
    )
    return "".join(f"{line}\n" for line in lines)


def _note_in(path: Path) -> str:
    """Return the signed note in a file: as it is, or in the answer of `/api/log/checkpoint`."""
    text = path.read_text(encoding="utf-8")
    return str(json.loads(text)["note"]) if text.startswith("{") else text


def _extract(options: VerifyOptions, earlier: Sequence[str]) -> dict[str, Any]:
    if options.file is not None:
        found: dict[str, Any] = json.loads(options.file.read_text(encoding="utf-8"))
        return found
    if not options.url.startswith(("http://", "https://")):
        raise UnreadableError("name a file, or --url http(s)://...")
    return _fetched(options, [int(note.split("\n")[1]) for note in earlier])


def _fetched(options: VerifyOptions, sizes: Sequence[int]) -> dict[str, Any]:
    """Return an extract of whole lots for the server's newest checkpoint, with proofs for earlier sizes."""
    server = _Server(options)
    checkpoint = server.get("/api/log/checkpoint")
    size = checkpoint["size"]
    return {
        "checkpoint": checkpoint,
        "consistency": [
            server.get(f"/api/log/consistency?old={old}&size={size}")
            for old in sorted(set(sizes))
            if old <= size
        ],
        "lots": list(options.lots),
        "decisions": [one for lot in options.lots for one in server.decisions(lot, size)],
    }


class _Server:
    def __init__(self, options: VerifyOptions) -> None:
        self._url, self._headers = options.url.rstrip("/"), dict[str, str]()
        if options.token_file is not None:
            token = options.token_file.read_text(encoding="utf-8").strip()
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self._url + path, headers=self._headers)  # noqa: S310 - checked
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise UnreadableError(f"GET {path}: {error.code} {error.reason}") from error
        return found

    def decisions(self, lot_id: str, size: int) -> list[dict[str, Any]]:
        """Return a supervisor's view of a lot's decisions, fetched in parts."""
        found: list[dict[str, Any]] = []
        path = f"/api/supervision/lots/{quote(lot_id)}/log?size={size}&limit={_PAGE}"
        while part := self.get(f"{path}&after={found[-1]['entry'] if found else 0}")["decisions"]:
            found += part
        return found
