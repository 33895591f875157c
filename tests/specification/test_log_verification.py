"""What the independent program says of an extract, whoever made it up."""

import json
from base64 import b64encode
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from luochui import verify as command
from luochui.verify import VerifyOptions
from supervision.log import UnreadableError, verify
from supervision.note import NoteError, checked
from tests.support.log import ORIGIN, SIGNER
from transparency.checkpoint import Signer
from transparency.leaves import Decision, Salts, commitment, decision_text, leaf_of
from transparency.tree import Edge, Node, consistency_path, inclusion_path, proof

SIZE, EARLIER = 11, 5


def decision(entry: int, lot_id: str = "L") -> Decision:
    return Decision(
        lot_id=lot_id,
        entry=entry,
        seq=entry,
        shard=0,
        epoch=1,
        command_id=f"acc:bid-{entry}",
        arrived_us=entry,
        stream_id=f"{entry}-0",
        kind="place_bid",
        command='{"amount":100}',
        events="[]",
        rejection=None,
    )


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


class MadeUp:
    """A log of one lot, and an extract of it."""

    def __init__(self, size: int = SIZE) -> None:
        self.hashes: dict[Node, bytes] = {}
        self.roots: list[bytes] = []
        edge, shown = Edge(), []
        for entry in range(1, size + 1):
            one, salts = decision(entry), Salts(decision=bytes([entry] * 16), events=b"e" * 16)
            leaf = leaf_of(one, salts)
            self.hashes |= dict(edge.append(leaf))
            self.roots.append(edge.root())
            asked = decision_text(one)
            shown.append(
                {
                    "leaf": entry - 1,
                    "lot_id": "L",
                    "entry": entry,
                    "hash": encoded(leaf),
                    "decision": part(salts.decision, asked),
                    "events": part(salts.events, one.events),
                }
            )
        for place, one_ in enumerate(shown):
            path = inclusion_path(place, size)
            one_["proof"] = [encoded(h) for h in proof(path, self.hashes)]
        consistency = proof(consistency_path(EARLIER, size), self.hashes)
        note = SIGNER.note(size, edge.root())
        self.extract: dict[str, Any] = {
            "checkpoint": {"note": note, "public_key": SIGNER.public_key},
            "consistency": [{"old": EARLIER, "proof": [encoded(h) for h in consistency]}],
            "lots": ["L"],
            "decisions": shown,
        }
        self.earlier = [SIGNER.note(EARLIER, self.roots[EARLIER - 1])]


def part(salt: bytes, text: str) -> dict[str, str]:
    return {"commitment": encoded(commitment(salt, text)), "salt": encoded(salt), "text": text}


def problems(extract: dict[str, Any], earlier: list[str] | None = None) -> list[str]:
    return verify(extract, public_key=SIGNER.public_key, earlier=earlier or []).problems


def test_an_honest_extract_has_no_problems():
    made = MadeUp()
    findings = verify(made.extract, public_key=SIGNER.public_key, earlier=made.earlier)
    assert findings.problems == []
    assert (findings.size, findings.decisions, findings.opened) == (SIZE, SIZE, SIZE)
    assert (findings.unseen, findings.lots, findings.earlier) == (0, 1, 1)


def test_a_receipt_shows_one_decision_and_keeps_its_events_back():
    extract = MadeUp().extract
    receipt = {"checkpoint": extract["checkpoint"], "decisions": extract["decisions"][3:4]}
    events = receipt["decisions"][0]["events"]
    events["text"] = events["salt"] = None
    findings = verify(receipt, public_key=SIGNER.public_key, earlier=[])
    assert (findings.problems, findings.decisions, findings.opened) == ([], 1, 1)


def test_a_decision_that_is_kept_back_still_has_its_leaf_proven():
    extract = MadeUp().extract
    hidden = extract["decisions"][3]["decision"]
    hidden["text"] = hidden["salt"] = None
    findings = verify(extract, public_key=SIGNER.public_key, earlier=[])
    assert (findings.problems, findings.opened) == ([], SIZE - 1)


def another_text(one):
    one["decision"]["text"] = one["decision"]["text"].replace("100", "900")


def another_place(one):
    one["entry"] += 1


def another_leaf(one):
    one["leaf"] += 1


def no_decision(one):
    one["decision"] = one["events"] = None


def own_leaf_for_another_text(one):
    """Hash and commitment made to fit what is shown; but then the leaf is not in the tree."""
    changed = replace(decision(4), command='{"amount":900}')
    salts = Salts(decision=bytes([4] * 16), events=b"e" * 16)
    one["decision"] = part(salts.decision, decision_text(changed))
    one["hash"] = encoded(leaf_of(changed, salts))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (another_text, "was changed"),
        (another_place, "it is the decision of L, entry 4"),
        (another_leaf, "the leaf is not in the log"),
        (no_decision, "the journal has lost the decision"),
        (own_leaf_for_another_text, "the leaf is not in the log"),
    ],
)
def test_a_decision_that_does_not_fit_is_named(change, said):
    extract = MadeUp().extract
    change(extract["decisions"][3])
    assert any(said in problem and "(L, entry" in problem for problem in problems(extract))


def test_entries_must_be_there_from_one_on_and_their_leaves_in_order():
    extract = MadeUp().extract
    shown = extract["decisions"]
    extract["decisions"] = [*shown[:3], *shown[4:]]
    assert problems(extract) == ["L: entry 5 stands where 4 should"]
    extract["decisions"] = shown[1:]
    assert problems(extract) == ["L: entry 2 stands where 1 should"]
    extract["decisions"] = [*shown, shown[0]]
    assert any("belongs to two decisions" in problem for problem in problems(extract))
    extract["decisions"] = []
    assert problems(extract) == ["L: nothing of it is in the log"]


def test_leaves_in_another_order_than_the_entries_are_seen():
    extract = MadeUp().extract
    for one, entry in zip(extract["decisions"], (2, 1), strict=False):
        one["entry"] = entry
    extract["decisions"].sort(key=lambda one: one["entry"])
    assert "L: its leaves are not in the order of its entries" in problems(extract)


def test_every_kept_checkpoint_must_be_a_beginning_of_the_log():
    made = MadeUp()
    forged = SIGNER.note(EARLIER, made.roots[0])
    partly = made.extract | {"decisions": made.extract["decisions"][:3]}
    for extract in (made.extract, partly):
        assert problems(extract, made.earlier) == []
        assert "rewritten" in problems(extract, [forged])[0]
        assert "cut" in problems(extract, [SIGNER.note(SIZE + 1, made.roots[0])])[0]
        assert "forked" in problems(extract, [SIGNER.note(SIZE, made.roots[0])])[0]
    assert "no proof" in problems(partly | {"consistency": []}, made.earlier)[0]
    assert problems(made.extract | {"consistency": []}, made.earlier) == [], "all leaves are proof"


def test_only_the_log_s_own_key_counts():
    made = MadeUp()
    other = Signer(ORIGIN, Ed25519PrivateKey.generate())
    assert "not signed by" in problems(made.extract, [other.note(EARLIER, made.roots[4])])[0]
    findings = verify(made.extract, public_key=other.public_key, earlier=[])
    assert "not signed by" in findings.problems[0]
    for key in ("", "a+b", "a+b+c", f"{ORIGIN}+x+AQ=="):
        with pytest.raises(NoteError, match="not a public key"):
            checked(SIGNER.note(1, made.roots[0]), key)


@given(st.data())
def test_no_character_of_a_note_can_be_changed(data):
    note = SIGNER.note(7, bytes(32))
    place = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[place]))
    changed = note[:place] + letter + note[place + 1 :]
    try:
        found = checked(changed, SIGNER.public_key)
    except NoteError:
        return
    assert (found.size, found.root) == (7, bytes(32)), (
        "only line ends after the signature are free"
    )


@pytest.mark.parametrize(
    "text", ["x\n1\nAAAA\n", f"{ORIGIN}\n01\n{encoded(bytes(32))}\n", f"{ORIGIN}\n"]
)
def test_what_is_signed_but_no_checkpoint_is_refused(text):
    signature = SIGNER._id + SIGNER._key.sign(text.encode())
    with pytest.raises(NoteError, match="signed, but no checkpoint"):
        checked(f"{text}\n— {ORIGIN} {encoded(signature)}\n", SIGNER.public_key)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.data())
def test_an_extract_that_somebody_has_broken_is_unreadable_or_found_wrong_but_never_breaks_us(
    data,
):
    extract: Any = deepcopy(MadeUp(6).extract)
    holder, key = extract, data.draw(st.sampled_from(sorted(extract)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
    holder[key] = data.draw(json_values)
    try:
        verify(extract, public_key=SIGNER.public_key, earlier=[])
    except UnreadableError:
        return


def test_the_command_says_what_is_wrong_and_ends_with_its_code(tmp_path, capsys):
    made = MadeUp()
    file, kept, answer = tmp_path / "extract.json", tmp_path / "kept", tmp_path / "kept.json"
    file.write_text(json.dumps(made.extract))
    kept.write_text(made.earlier[0])
    answer.write_text(json.dumps({"note": made.earlier[0]}))
    given_ = VerifyOptions(file=file, key=SIGNER.public_key, checkpoints=(kept, answer))
    assert command.main(given_) == 0
    assert (
        "11 of 11 leaves looked at, 11 decisions read, 1 lots whole, 2 earlier"
        in capsys.readouterr().out
    )
    assert command.main(VerifyOptions(file=file)) == 0
    told = capsys.readouterr().out
    assert SIGNER.public_key in told
    assert "no earlier checkpoint" in told
    another_text(made.extract["decisions"][3])
    file.write_text(json.dumps(made.extract))
    assert command.main(given_) == 1
    assert "WRONG: leaf 3 (L, entry 4): the decision is not the one" in capsys.readouterr().out
    file.write_text("[")
    for options in (given_, VerifyOptions(), VerifyOptions(file=tmp_path / "none")):
        assert command.main(options) == 2
        assert capsys.readouterr().err.startswith("cannot verify: ")
