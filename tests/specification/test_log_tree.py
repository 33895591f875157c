"""The tree of the log: RFC 6962's published roots, and three implementations that agree."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from supervision import merkle
from transparency.tree import (
    EMPTY_ROOT,
    Edge,
    Node,
    consistency_path,
    edge_nodes,
    extends,
    inclusion_path,
    leaf_hash,
    nodes_of,
    proof,
)

# The data of the reference implementation of Certificate Transparency, and the roots of its first 1..8.
PUBLISHED = [
    *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES_MAX = 40
sizes = st.integers(1, 300)


class Kept:
    """A tree with all its nodes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.hashes: dict[Node, bytes] = {}
        self.roots = [EMPTY_ROOT]
        self.leaves = [leaf_hash(leaf) for leaf in leaves]
        edge = Edge()
        for leaf in self.leaves:
            self.hashes |= dict(edge.append(leaf))
            self.roots.append(edge.root())

    def inclusion(self, leaf: int, size: int) -> list[bytes]:
        return proof(inclusion_path(leaf, size), self.hashes)

    def consistency(self, old: int, size: int) -> list[bytes]:
        return proof(consistency_path(old, size), self.hashes)


def kept(size: int) -> Kept:
    return Kept([b"leaf %d" % n for n in range(size)])


def test_the_published_roots_of_rfc_6962():
    tree = Kept([bytes.fromhex(leaf) for leaf in PUBLISHED])
    assert [root.hex() for root in tree.roots[1:]] == ROOTS
    assert [merkle.root_of(tree.leaves[:n]).hex() for n in range(1, 9)] == ROOTS


def test_the_empty_tree_has_the_hash_of_nothing():
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Edge().root().hex() == merkle.root_of([]).hex() == nothing


def test_published_proofs_of_rfc_6962():
    tree = Kept([bytes.fromhex(leaf) for leaf in PUBLISHED])
    assert [h.hex()[:8] for h in tree.inclusion(5, 8)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [h.hex()[:8] for h in tree.consistency(6, 8)] == ["0ebc5d34", "ca854ea1", "d37ee418"]


def test_three_implementations_agree_on_every_root_and_proof_of_small_trees():
    tree, peer = kept(LEAVES_MAX), InmemoryTree(algorithm="sha256")
    for n in range(LEAVES_MAX):
        peer.append_entry(b"leaf %d" % n)
    for size in range(1, LEAVES_MAX + 1):
        assert tree.roots[size] == peer.get_root(size) == merkle.root_of(tree.leaves[:size])
        for leaf in range(size):
            given_ = tree.inclusion(leaf, size)
            theirs = peer.prove_inclusion(leaf + 1, size).path
            assert given_ == theirs[1:], "theirs begins with the leaf"
            root = merkle.root_by_inclusion(tree.leaves[leaf], leaf, size, given_)
            assert root == tree.roots[size]
        for old in range(1, size + 1):
            given_ = tree.consistency(old, size)
            both = (old, tree.roots[old], size, tree.roots[size])
            assert extends(*both, given_)
            assert merkle.is_prefix(*both, given_)


@given(sizes)
def test_an_edge_taken_up_again_goes_on_where_it_was(size):
    whole, half = kept(size), kept(size // 2)
    edge = Edge(size // 2, [half.hashes[node] for node in edge_nodes(size // 2)])
    for leaf in whole.leaves[size // 2 :]:
        edge.append(leaf)
    assert edge.root() == whole.roots[size]


@given(sizes, st.data())
def test_a_proof_of_inclusion_fits_its_leaf_place_and_size_only(size, data):
    tree = kept(size)
    leaf = data.draw(st.integers(0, size - 1))
    other = data.draw(
        st.integers(0, size - 1).filter(lambda n: n != leaf) if size > 1 else st.none()
    )
    found = tree.inclusion(leaf, size)
    root = tree.roots[size]

    def leads_to_it(of: bytes, place: int, to: int, by: list[bytes]) -> bool:
        return merkle.root_by_inclusion(of, place, to, by) == root

    assert leads_to_it(tree.leaves[leaf], leaf, size, found)
    assert len(found) <= size.bit_length()
    assert not leads_to_it(leaf_hash(b"another"), leaf, size, found)
    assert not leads_to_it(tree.leaves[leaf], leaf, size, [*found, root])
    if other is not None:
        assert not leads_to_it(tree.leaves[leaf], other, size, found)
        assert not leads_to_it(tree.leaves[leaf], leaf, size, found[1:])
        assert not leads_to_it(tree.leaves[leaf], leaf, size, flipped(found, data))


@given(sizes, st.data())
def test_a_proof_of_consistency_fits_its_two_trees_only(size, data):
    tree = kept(size)
    old = data.draw(st.integers(1, size))
    found = tree.consistency(old, size)
    forged = leaf_hash(b"forged")
    for check in (extends, merkle.is_prefix):
        assert check(old, tree.roots[old], size, tree.roots[size], found)
        assert not check(old, forged, size, tree.roots[size], found)
        assert not check(old, tree.roots[old], size, forged, found)
        assert not check(old, tree.roots[old], size, tree.roots[size], [*found, forged])
        assert not check(0, EMPTY_ROOT, size, tree.roots[size], found)
        assert not check(size + 1, tree.roots[old], size, tree.roots[size], found)
        if found:
            assert not check(old, tree.roots[old], size, tree.roots[size], found[1:])
            bad = flipped(found, data)
            assert not check(old, tree.roots[old], size, tree.roots[size], bad)


@given(sizes, st.data())
def test_both_verifiers_judge_any_proof_alike(size, data):
    """Also what no honest log would send: the wrong sizes, hashes left out, doubled and exchanged."""
    tree = kept(size)
    old, claimed = data.draw(st.integers(1, size)), data.draw(st.integers(1, size))
    hashes = st.sampled_from([*tree.hashes.values(), *tree.roots])
    given_ = data.draw(
        st.one_of(st.just(tree.consistency(old, size)), st.lists(hashes, max_size=6))
    )
    both = (claimed, tree.roots[old], size, tree.roots[size], given_)
    assert extends(*both) == merkle.is_prefix(*both)


def flipped(hashes: list[bytes], data: st.DataObject) -> list[bytes]:
    place = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(hashes[place])
    changed[bit // 8] ^= 1 << bit % 8
    return [*hashes[:place], bytes(changed), *hashes[place + 1 :]]


def test_a_proof_needs_few_nodes():
    for leaf, size in product((0, 77_777, 99_999), (100_000,)):
        assert len(nodes_of(inclusion_path(leaf, size))) < 30
    assert len(nodes_of(consistency_path(65_537, 100_000))) < 40


@pytest.mark.parametrize(("leaf", "size"), [(-1, 1), (1, 1), (0, 0), (5, 3)])
def test_there_is_no_proof_of_what_is_not_in_the_tree(leaf, size):
    with pytest.raises(ValueError, match="is not in a tree"):
        inclusion_path(leaf, size)


@pytest.mark.parametrize(("old", "size"), [(0, 1), (2, 1), (-1, 3)])
def test_there_is_no_proof_that_a_tree_begins_with_nothing_or_more_than_itself(old, size):
    with pytest.raises(ValueError, match="does not begin"):
        consistency_path(old, size)


def test_an_edge_has_as_many_subtrees_as_its_size_has_bits():
    with pytest.raises(ValueError, match="complete subtrees"):
        Edge(3, [EMPTY_ROOT])
