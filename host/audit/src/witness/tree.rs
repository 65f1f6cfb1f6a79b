//! The Merkle tree of RFC 6962 over a log's lines: its root, and the proof that one tree is the beginning of
//! another. Nothing here holds more than a logarithm of the leaves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chain::Hash;

/// A leaf's hash, taken in piece by piece: a line may be longer than memory is meant to hold.
#[derive(Clone)]
pub(super) struct LeafHasher(Sha256);

impl LeafHasher {
    pub(super) fn new() -> Self {
        Self(Sha256::new_with_prefix([0]))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

/// The hash of two subtrees side by side.
fn node(left: &Hash, right: &Hash) -> Hash {
    let mut digest = Sha256::new_with_prefix([1]);
    digest.update(left.0);
    digest.update(right.0);
    Hash(digest.finalize().into())
}

/// A complete subtree: the leaves `index << level` to `(index + 1) << level`.
type Block = (u32, u64);

/// What must be known of the leaves so far to go on: the roots of the complete subtrees that they form,
/// largest first (a compact range).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub(super) struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

#[derive(Deserialize)]
struct Stored {
    size: u64,
    nodes: Vec<Hash>,
}

impl TryFrom<Stored> for Frontier {
    type Error = &'static str;

    fn try_from(Stored { size, nodes }: Stored) -> Result<Self, Self::Error> {
        match nodes.len() == size.count_ones() as usize {
            true => Ok(Self { size, nodes }),
            false => Err("a tree of this size has another number of subtrees"),
        }
    }
}

impl Frontier {
    /// How many leaves there are.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The subtrees, each with its place.
    fn blocks(&self) -> impl Iterator<Item = (Block, &Hash)> {
        blocks(0, self.size).into_iter().zip(&self.nodes)
    }

    /// Adds a leaf; `see` is told of each subtree that is complete with it.
    pub(super) fn push(&mut self, leaf: Hash, mut see: impl FnMut(Block, &Hash)) {
        let mut hash = leaf;
        let mut block = (0, self.size);
        see(block, &hash);
        while block.1 % 2 == 1
            && let Some(left) = self.nodes.pop()
        {
            hash = node(&left, &hash);
            block = (block.0 + 1, block.1 / 2);
            see(block, &hash);
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// The tree's root.
    pub(super) fn root(&self) -> Hash {
        root(&self.nodes)
    }
}

/// The root over subtrees that follow one another, largest first.
fn root(nodes: &[Hash]) -> Hash {
    let mut nodes = nodes.iter().rev();
    let last = nodes.next().copied();
    // The root of no leaves is the hash of nothing.
    let last = last.unwrap_or_else(|| Hash::of(b""));
    nodes.fold(last, |right, left| node(left, &right))
}

/// The largest complete subtrees that these leaves form. `first` begins one that is as large as what follows.
fn blocks(first: u64, end: u64) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = first;
    while at < end {
        let level = (end - at).ilog2();
        blocks.push((level, at >> level));
        at += 1 << level;
    }
    blocks
}

/// A consistency proof that is being made while the leaves pass by.
pub(super) struct Prover {
    /// For each hash of the proof, the subtrees that it is made of.
    parts: Vec<Vec<Block>>,
    found: BTreeMap<Block, Option<Hash>>,
}

/// Subtrees that the proof needs have not passed by: their leaves are gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gone;

impl Prover {
    /// That the tree of `old` leaves is the beginning of the one of `new` (RFC 6962, section 2.1.2).
    pub(super) fn new(old: u64, new: u64) -> Self {
        let mut parts = Vec::new();
        let (mut first, mut end, mut whole) = (0, new, true);
        if old == 0 || old >= new {
            return Self {
                parts,
                found: BTreeMap::new(),
            };
        }
        while end != old {
            let half = 1 << (end - first - 1).ilog2();
            if old <= first + half {
                parts.push(blocks(first + half, end));
                end = first + half;
            } else {
                parts.push(blocks(first, first + half));
                first += half;
                whole = false;
            }
        }
        if !whole {
            parts.push(blocks(first, end));
        }
        parts.reverse();
        let found = parts.iter().flatten().map(|block| (*block, None)).collect();
        Self { parts, found }
    }

    /// The leaves begin after these.
    pub(super) fn begin(&mut self, frontier: &Frontier) {
        for (block, hash) in frontier.blocks() {
            self.see(block, hash);
        }
    }

    pub(super) fn see(&mut self, block: Block, hash: &Hash) {
        if let Some(found) = self.found.get_mut(&block) {
            *found = Some(*hash);
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Hash>, Gone> {
        let mut proof = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let hashes = part.iter().map(|block| self.found.get(block).copied()?);
            proof.push(root(&hashes.collect::<Option<Vec<_>>>().ok_or(Gone)?));
        }
        Ok(proof)
    }
}

/// A tree, as a checkpoint names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TreeHead {
    /// How many leaves it has.
    pub(super) size: u64,
    /// Its root.
    pub(super) root: Hash,
}

impl TreeHead {
    /// No leaves.
    pub(super) fn empty() -> Self {
        let size = 0;
        let root = root(&[]);
        Self { size, root }
    }
}

/// True when `proof` shows that `old` is the beginning of `new` (RFC 9162, section 2.1.4.2).
pub(super) fn consistent(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> bool {
    if old.size == 0 || old.size == new.size {
        let same = old.size == 0 || old.root == new.root;
        return proof.is_empty() && same;
    }
    if old.size > new.size {
        return false;
    }
    // Of a complete subtree the proof leaves out the root: it is the old root.
    let own = old.size.is_power_of_two().then_some(&old.root);
    let mut path = own.into_iter().chain(proof);
    let Some(first) = path.next() else {
        return false;
    };
    let below = (old.size - 1).trailing_ones();
    let (mut at, mut last) = ((old.size - 1) >> below, (new.size - 1) >> below);
    let (mut old_root, mut new_root) = (*first, *first);
    for hash in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            old_root = node(hash, &old_root);
            new_root = node(hash, &new_root);
            while at % 2 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new_root = node(&new_root, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_root == old.root && new_root == new.root
}
