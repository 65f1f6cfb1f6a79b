//! Whether a log is the one that its witnesses saw: the tree over its lines is computed anew and compared with
//! the checkpoints that they cosigned. This holds even against who has all keys of the log's machine.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::checkpoint::Checkpoint;
use super::leaves::{self, seq};
use super::origin::Removed;
use super::policy::Policy;
use super::tree::{Frontier, TreeHead};
use crate::chain::Hash;
use crate::head;
use crate::position::Position;
use crate::record::Record;
use crate::snapshot::Snapshot;
use crate::verify::{self, Anchor, Verdict};

/// What the witnesses vouch for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witnessed {
    /// The log's name.
    pub origin: String,
    /// How many of the log's lines.
    pub lines: u64,
    /// The number of the last record among them, if it is in the log's files.
    pub seq: Option<u64>,
    /// How many lines came after them.
    pub after: u64,
    /// Who vouches.
    pub by: Vec<Cosigned>,
}

/// One witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cosigned {
    /// As the policy calls it.
    pub witness: String,
    /// When it cosigned.
    pub time: Timestamp,
}

/// What came of the comparison.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What is wrong.
    pub findings: Vec<(Verdict, String)>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// The largest tree that enough witnesses vouch for.
    pub witnessed: Option<Witnessed>,
}

/// Who verifies a log asks its witnesses like anybody else outside it.
impl Anchor for &Judgement {
    fn see(&mut self, _: &Record<'_>, _: &[u8]) {}

    fn judge(&mut self, _: Option<&Position>) -> verify::Judgement {
        // A policy that asks for no witness has nobody who vouches.
        let witnessed = self
            .witnessed
            .as_ref()
            .filter(|witnessed| !witnessed.by.is_empty());
        let seq = witnessed.and_then(|witnessed| witnessed.seq);
        verify::Judgement {
            complete: seq,
            vouched: seq,
            findings: self.findings.clone(),
            notes: self.notes.clone(),
        }
    }
}

impl Judgement {
    fn find(&mut self, verdict: Verdict, why: String) {
        self.findings.push((verdict, why));
    }
}

/// A checkpoint while the lines pass by.
struct Watched<'a> {
    checkpoint: &'a Checkpoint,
    root: Option<Hash>,
    seq: Option<u64>,
}

impl Watched<'_> {
    fn see(&mut self, tree: &Frontier, line: &[u8]) {
        if tree.size() == self.checkpoint.head.size {
            self.root = Some(tree.root());
            self.seq = seq(line);
        }
    }
}

/// The witnesses of a log, and what they cosigned.
#[derive(Debug, Clone, Copy)]
pub struct Witnesses<'a> {
    /// Who they are.
    pub policy: &'a Policy,
    /// What they cosigned.
    pub checkpoints: &'a [Checkpoint],
    /// The log's state on the machine that writes it, where what was removed of its lines is known.
    pub state: Option<&'a Path>,
}

impl Witnesses<'_> {
    /// What was removed of the log's lines, where that can be known.
    pub(crate) fn removed(&self) -> io::Result<Option<Removed>> {
        let known = self.state.and_then(|state| {
            let head = head::read(state).ok()??;
            Some((state, head.position.log))
        });
        match known {
            Some((state, id)) => Removed::read(state, &id),
            None => Ok(None),
        }
    }

    /// Compares a log with what they cosigned of it.
    pub(crate) fn judge(
        &self,
        snapshot: &Snapshot,
        removed: Option<Removed>,
    ) -> io::Result<Judgement> {
        judge(snapshot, removed, self.policy, self.checkpoints)
    }
}

fn judge(
    snapshot: &Snapshot,
    removed: Option<Removed>,
    policy: &Policy,
    checkpoints: &[Checkpoint],
) -> io::Result<Judgement> {
    let mut judgement = Judgement::default();
    let mut standings = Vec::new();
    let mut watched = Vec::new();
    for checkpoint in checkpoints {
        let origin = &checkpoint.origin;
        let standing = match policy.judge(checkpoint) {
            Ok(standing) if standing.signed => standing,
            Ok(standing) => {
                let why = match standing.known {
                    true => {
                        format!("no signature of the checkpoint is by the key of the log {origin}")
                    }
                    false => format!(
                        "the checkpoint is of the log {origin}, which the policy does not name"
                    ),
                };
                judgement.find(Verdict::Unverifiable, why);
                continue;
            }
            Err(error) => {
                let why = format!("the checkpoint of {origin} is not to be believed: {error}");
                judgement.find(Verdict::Unverifiable, why);
                continue;
            }
        };
        standings.push(standing);
        watched.push(Watched {
            checkpoint,
            root: (checkpoint.head.size == 0).then(|| TreeHead::empty().root),
            seq: None,
        });
    }
    let here = removed.is_some();
    let removed = removed.unwrap_or_default();
    let mut tree = removed.frontier.clone();
    for watched in &mut watched {
        watched.see(&tree, b"");
    }
    let beginning = leaves::each(snapshot, removed.first, |leaf, line| {
        tree.push(leaf, |_, _| {});
        for watched in &mut watched {
            watched.see(&tree, line);
        }
    })?;
    let gone = removed.frontier.size();
    if gone > 0 {
        judgement.notes.push(format!(
            "the first {gone} lines of the tree were removed with their files: of them only their hashes are left, which can be compared, not read"
        ));
    }
    if let Err(error) = removed.fits(beginning) {
        judgement.find(Verdict::Truncated, error.to_string());
        return Ok(judgement);
    }
    // Elsewhere nobody knows what was before the first line.
    let begins = here || beginning.first.is_none_or(|first| first <= 1);
    let mut short = None;
    for (watched, standing) in watched.iter().zip(standings) {
        let head = &watched.checkpoint.head;
        let origin = &watched.checkpoint.origin;
        match watched.root {
            Some(root) if root == head.root => {}
            None if head.size < gone => {
                judgement.notes.push(format!(
                    "all {} lines of the checkpoint were removed with their files; nothing is left to compare with it",
                    head.size
                ));
                continue;
            }
            _ if !begins => {
                let why = "the log's first lines are missing, and what is known of them is on the machine that writes it; the checkpoint cannot be compared";
                judgement.find(Verdict::Unverifiable, why.to_owned());
                continue;
            }
            Some(_) => {
                let why = format!(
                    "the first {} lines are not those that {origin} signed for its witnesses: they were rewritten",
                    head.size
                );
                judgement.find(Verdict::Tampered, why);
                continue;
            }
            None => {
                let why = format!(
                    "it has {} lines, but {origin} signed a checkpoint of {}: its end is missing",
                    tree.size(),
                    head.size
                );
                judgement.find(Verdict::Truncated, why);
                continue;
            }
        }
        if !standing.quorum {
            short = Some((standing.by.len(), standing.needed));
            continue;
        }
        if standing.by.is_empty() {
            let note =
                "the policy asks for no witness: the checkpoint shows what the log signed, no more";
            judgement.notes.push(note.to_owned());
        }
        let larger = judgement.witnessed.as_ref();
        if larger.is_none_or(|larger| larger.lines < head.size) {
            let by = standing.by.iter().map(|(name, time)| Cosigned {
                witness: (*name).to_owned(),
                time: Timestamp::from_second(time.cast_signed()).unwrap_or(Timestamp::MAX),
            });
            judgement.witnessed = Some(Witnessed {
                origin: origin.clone(),
                lines: head.size,
                seq: watched.seq,
                after: tree.size() - head.size,
                by: by.collect(),
            });
        }
    }
    // One of them is enough; the others may be what single witnesses keep.
    if let (None, Some((by, needed))) = (&judgement.witnessed, short) {
        let why = format!(
            "the checkpoint is cosigned by {by} known witnesses, the policy asks for {needed}"
        );
        judgement.find(Verdict::Unverifiable, why);
    }
    Ok(judgement)
}
