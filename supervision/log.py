"""Checks an extract of the log against checkpoints: signatures, consistency, and every decision in it.

Written from the RFCs and the page about the log, sharing no code with what keeps it. An extract is one JSON
object, a bidder's receipt or what a supervisor was given of some lots; a checkpoint is worth as much as the
place where its reader kept it since.
"""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from supervision.merkle import is_prefix, leaf_hash, root_by_inclusion, root_of
from supervision.note import Checkpoint, NoteError, checked


class UnreadableError(Exception):
    """It is no extract of a log."""


@dataclass(kw_only=True)
class Findings:
    """What is wrong, in words; and what was looked at."""

    problems: list[str] = field(default_factory=list)
    size: int = 0
    decisions: int = 0
    opened: int = 0
    """Decisions that were shown and found to be what their leaf binds to, not only their leaf."""
    lots: int = 0
    earlier: int = 0

    @property
    def unseen(self) -> int:
        """Leaves of the log that the extract has nothing of."""
        return self.size - self.decisions


def verify(extract: dict[str, Any], *, public_key: str, earlier: Sequence[str]) -> Findings:
    """Check everything that an extract says; `earlier` are checkpoints that its reader has kept.

    Raises `UnreadableError` for what has not the form of an extract.
    """
    findings = Findings()
    try:
        now = checked(extract["checkpoint"]["note"], public_key)
    except NoteError as error:
        findings.problems.append(f"the checkpoint of the extract: {error}")
        return findings
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"no checkpoint in it: {error!r}") from error
    findings.size = now.size
    try:
        _check_earlier(findings, extract, now, public_key, earlier)
        _check_decisions(findings, extract, now)
        _check_lots(findings, extract)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(f"not an extract of a log: {error!r}") from error
    return findings


def _check_earlier(
    findings: Findings,
    extract: dict[str, Any],
    now: Checkpoint,
    public_key: str,
    earlier: Sequence[str],
) -> None:
    """Every checkpoint that was kept is of a beginning of this very log."""
    proofs = {one["old"]: _hashes(one["proof"]) for one in extract.get("consistency", [])}
    leaves = _all_leaves(extract, now)
    for note in earlier:
        findings.earlier += 1
        try:
            old = checked(note, public_key)
        except NoteError as error:
            findings.problems.append(f"an earlier checkpoint: {error}")
            continue
        name = f"the checkpoint of {old.size} leaves"
        if old.size > now.size:
            findings.problems.append(f"the log was cut: {name} was signed, it has {now.size} now")
        elif old.size == now.size:
            if old.root != now.root:
                findings.problems.append(f"the log was forked: {name} had another root")
        elif leaves is not None:
            if root_of(leaves[: old.size]) != old.root:
                findings.problems.append(f"the log was rewritten: it does not begin with {name}")
        elif old.size not in proofs:
            findings.problems.append(f"no proof that the log begins with {name}")
        elif not is_prefix(old.size, old.root, now.size, now.root, proofs[old.size]):
            findings.problems.append(f"the log was rewritten: it does not begin with {name}")


def _all_leaves(extract: dict[str, Any], now: Checkpoint) -> list[bytes] | None:
    """Return the hashes of all leaves, if the extract has all and they lead to the root that was signed."""
    hashes = {one["leaf"]: b64decode(one["hash"]) for one in extract["decisions"]}
    if hashes.keys() != set(range(now.size)):
        return None
    leaves = [hashes[place] for place in range(now.size)]
    return leaves if root_of(leaves) == now.root else None


def _check_decisions(findings: Findings, extract: dict[str, Any], now: Checkpoint) -> None:
    """Every leaf is in the tree, and binds to the decision that is shown with it."""
    leaves: set[int] = set()
    for one in extract["decisions"]:
        place, leaf = one["leaf"], b64decode(one["hash"])
        name = f"leaf {place} ({one['lot_id']}, entry {one['entry']})"
        if place in leaves:
            findings.problems.append(f"{name}: the leaf belongs to two decisions")
        leaves.add(place)
        if root_by_inclusion(leaf, place, now.size, _hashes(one["proof"])) != now.root:
            findings.problems.append(f"{name}: the leaf is not in the log")
        if wrong := _wrong_with(one, leaf):
            findings.problems.append(f"{name}: {wrong}")
        elif one["decision"]["text"] is not None:
            findings.opened += 1
    findings.decisions = len(leaves)


def _wrong_with(one: dict[str, Any], leaf: bytes) -> str | None:
    decision, events = one["decision"], one["events"]
    if decision is None or events is None:
        return "the journal has lost the decision"
    if leaf_hash(_commitment(decision) + _commitment(events)) != leaf:
        return "the decision is not the one that was logged: it was changed"
    if decision["text"] is None:
        return None
    told = json.loads(decision["text"])
    if (told["lot_id"], told["entry"]) != (one["lot_id"], one["entry"]):
        return f"it is the decision of {told['lot_id']}, entry {told['entry']}"
    return None


def _commitment(part: dict[str, Any]) -> bytes:
    """Return what a part was committed to by: its text and salt if they are shown, else what is said."""
    if part["text"] is None:
        return b64decode(part["commitment"])
    return sha256(b64decode(part["salt"]) + part["text"].encode()).digest()


def _check_lots(findings: Findings, extract: dict[str, Any]) -> None:
    """Of lots that are shown whole, the entries are 1, 2, 3 and so on, and so are their leaves in order."""
    for lot_id in extract.get("lots", []):
        findings.lots += 1
        of_lot = [one for one in extract["decisions"] if one["lot_id"] == lot_id]
        entries = [one["entry"] for one in of_lot]
        if not entries:
            findings.problems.append(f"{lot_id}: nothing of it is in the log")
        for wanted, entry in enumerate(entries, 1):
            if entry != wanted:
                findings.problems.append(f"{lot_id}: entry {entry} stands where {wanted} should")
                break
        places = [one["leaf"] for one in of_lot]
        if places != sorted(places):
            findings.problems.append(f"{lot_id}: its leaves are not in the order of its entries")


def _hashes(proof: list[str]) -> list[bytes]:
    return [b64decode(one) for one in proof]
