//! The leaves of a log's tree: each line of its files, oldest first, without its newline. What a killed
//! writer left without an end is no line yet.

use std::io;

use super::tree::LeafHasher;
use crate::chain::Hash;
use crate::snapshot::Snapshot;
use crate::{line, walk};

/// Where a pass over the leaves began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    /// The number of the first record that is there, if that line is a record.
    pub(super) first: Option<u64>,
}

/// The number of a log's first record, if the first line is one.
pub(super) fn first(snapshot: &Snapshot) -> io::Result<Option<u64>> {
    let Some(part) = snapshot.parts().first() else {
        return Ok(None);
    };
    let mut line = Vec::new();
    walk::next_piece(&mut snapshot.read(part)?, &mut line)?;
    Ok(seq(line.strip_suffix(b"\n").unwrap_or_default()))
}

/// Goes through the leaves from the record with number `from` on, which begins a file. `each` gets a leaf's
/// hash and its line, or the beginning of one that is longer than any record.
pub(super) fn each(
    snapshot: &Snapshot,
    from: u64,
    mut each: impl FnMut(Hash, &[u8]),
) -> io::Result<Beginning> {
    let mut beginning = None;
    let parts = snapshot.parts().iter();
    for part in parts.filter(|part| part.first.is_none_or(|first| first >= from)) {
        let mut source = snapshot.read(part)?;
        let mut piece = Vec::new();
        let mut long: Option<LeafHasher> = None;
        loop {
            walk::next_piece(&mut source, &mut piece)?;
            if piece.is_empty() {
                break;
            }
            let line = piece.strip_suffix(b"\n");
            let mut hasher = long.take().unwrap_or_else(LeafHasher::new);
            hasher.update(line.unwrap_or(&piece));
            let Some(line) = line else {
                long = Some(hasher);
                continue;
            };
            beginning.get_or_insert_with(|| Beginning { first: seq(line) });
            each(hasher.finish(), line);
        }
    }
    Ok(beginning.unwrap_or(Beginning { first: None }))
}

/// The number of the record in a line.
pub(super) fn seq(line: &[u8]) -> Option<u64> {
    let (record, _) = line::read(line).ok()?;
    Some(record.seq)
}
