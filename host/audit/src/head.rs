//! The head of a log: how far it is written. It is stored apart from the log, so that the next writer and the
//! verification notice if the end of the log, or all of it, was removed.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::position::Position;
use super::slot::Slot;

const FILE: &str = "head";
const LENGTH: usize = 1024;

/// How far a log is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// After its last record.
    #[serde(flatten)]
    pub position: Position,
    /// Length of its current file.
    pub offset: u64,
    /// Number of the first record that `keep` has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<u64>,
}

impl Head {
    /// The head as text, as `nethost audit head` prints it and its file holds it.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

/// Opens the file that it is in.
pub(super) fn open(state: &Path) -> io::Result<Slot<Head>> {
    Slot::open(&state.join(FILE), LENGTH)
}

/// The head of a log, for verification only.
pub fn read(state: &Path) -> io::Result<Option<Head>> {
    Slot::peek(&state.join(FILE), LENGTH)
}
