//! The request to a witness: a checkpoint, and the proof that it goes on from one that the witness knows.

use std::path::Path;

use super::Error;
use super::checkpoint::{Checkpoint, Request};
use super::leaves;
use super::origin::Removed;
use super::tree::{Prover, TreeHead};
use crate::chain::Hash;
use crate::snapshot::{Snapshot, whole};

/// What the witness knows.
#[derive(Debug, Clone)]
pub enum Start {
    /// A tree of this size.
    Size(u64),
    /// This checkpoint.
    Checkpoint(Box<Checkpoint>),
}

impl Start {
    fn size(&self) -> u64 {
        match self {
            Self::Size(size) => *size,
            Self::Checkpoint(checkpoint) => checkpoint.head.size,
        }
    }
}

/// Makes it, from the log's lines. `state` and the log's `id` are where what was removed of them is known.
pub fn request(
    log: &Path,
    state: Option<(&Path, &str)>,
    from: &Start,
    checkpoint: Checkpoint,
) -> Result<Request, Error> {
    let (old, head) = (from.size(), checkpoint.head);
    if old > head.size {
        return Err(Error::Backwards(old, head.size));
    }
    let removed = |snapshot: &Snapshot| {
        snapshot.there()?;
        let removed = state.map(|(state, id)| Removed::read(state, id));
        Ok(removed.transpose()?.flatten().unwrap_or_default())
    };
    let proof = whole(log, removed, |snapshot, removed| {
        proof(snapshot, &removed, from, &checkpoint)
    })?;
    Ok(Request {
        old,
        proof,
        checkpoint,
    })
}

/// The proof itself, once both trees are known to be this log's.
fn proof(
    snapshot: &Snapshot,
    removed: &Removed,
    from: &Start,
    checkpoint: &Checkpoint,
) -> Result<Vec<Hash>, Error> {
    let (old, head) = (from.size(), checkpoint.head);
    let mut prover = Prover::new(old, head.size);
    prover.begin(&removed.frontier);
    let mut tree = removed.frontier.clone();
    let mut roots = [None, None];
    let mut note = |size: u64, root: &dyn Fn() -> Hash| {
        for (wanted, found) in [old, head.size].iter().zip(&mut roots) {
            if *wanted == size {
                *found = Some(root());
            }
        }
    };
    note(tree.size(), &|| tree.root());
    let beginning = leaves::each(snapshot, removed.first, |leaf, _| {
        if tree.size() < head.size {
            tree.push(leaf, |block, hash| prover.see(block, hash));
            note(tree.size(), &|| tree.root());
        }
    })?;
    removed.fits(beginning)?;
    let [old_root, new_root] = roots;
    let agrees = |head: &TreeHead, root: Option<Hash>| match root {
        Some(root) if root != head.root => Err(Error::Changed(head.size)),
        Some(_) => Ok(()),
        None if head.size == 0 => Ok(()),
        None if head.size < removed.frontier.size() => Err(Error::Removed(removed.frontier.size())),
        None => Err(Error::Cut(head.size, tree.size())),
    };
    agrees(&head, new_root)?;
    if let Start::Checkpoint(from) = from {
        if from.origin != checkpoint.origin {
            return Err(Error::TwoOrigins(
                from.origin.clone(),
                checkpoint.origin.clone(),
            ));
        }
        agrees(&from.head, old_root)?;
    }
    let gone = |_| Error::Removed(removed.frontier.size());
    prover.finish().map_err(gone)
}
